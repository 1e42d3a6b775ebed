"""Tasks: people take one and close it with an outcome, which the journey that asked for it may wait for (PB1-11)."""

import psycopg

from ritorno.core.events import Custom, TraitValue, happened
from ritorno.core.instants import Instant
from ritorno.core.plan import Plan
from ritorno.store import definitions, tasks
from ritorno.store.tasks import Kept
from ritorno.store.transaction import transaction
from ritorno.work.accept import accept
from ritorno.work.owner import own_identifiers

SOURCE = "ritorno"
CLOSED = "task_closed"  # the event, with the properties task, outcome, playbook, step, role, branch, by
_LONGEST = 60, 2_000  # of an outcome, of a note


class NoTask(LookupError):  # noqa: N818 - the name says the state
    """There is no such task; the message says where to look."""


class TaskError(ValueError):
    """What cannot be done to a task; the message says why."""


def assign(connection: psycopg.Connection, plan: Plan, task: int, who: str, now: Instant, by: str) -> Kept:
    """It is theirs now ("" gives it back). Raises NoTask, and TaskError once it is closed."""
    with transaction(connection):
        kept = _open(connection, plan, task)
        tasks.assign(connection, plan.brand.id, task, who.strip())
        definitions.audit(connection, plan.brand.id, now, by, "assign task", {"task": task, "to": who.strip()})
    return kept._replace(assigned_to=who.strip())


def close(
    connection: psycopg.Connection, plan: Plan, task: int, outcome: str, now: Instant, by: str, note: str = ""
) -> Kept:
    """Done, with an outcome in a word (`reached`, `no_answer`, …): told to the customer's journeys as the event
    `task_closed`. Raises NoTask, and TaskError for an empty outcome or a task that is closed already."""
    outcome, note = outcome.strip(), note.strip()
    if not outcome or len(outcome) > _LONGEST[0] or len(note) > _LONGEST[1]:
        raise TaskError("say how it ended in a word or two: reached, no_answer, … (a note may be longer)")
    with transaction(connection):
        kept = _open(connection, plan, task)
        tasks.close(connection, plan.brand.id, task, now, by, outcome, note)
        definitions.audit(connection, plan.brand.id, now, by, "close task", {"task": task, "outcome": outcome})
        _tell(connection, plan, kept, outcome, now, by)
    return kept._replace(closed_at=now, closed_by=by, outcome=outcome, note=note)


def _open(connection: psycopg.Connection, plan: Plan, task: int) -> Kept:
    kept = tasks.lock(connection, plan.brand.id, task)
    if kept is None:
        raise NoTask(f"there is no task {task}; see: ritorno tasks list")
    if kept.closed_at is not None:
        raise TaskError(f"task {task} is closed: {kept.outcome}, by {kept.closed_by}")
    return kept


def _tell(connection: psycopg.Connection, plan: Plan, kept: Kept, outcome: str, now: Instant, by: str) -> None:
    """Nobody can be told of a customer who is known by nothing of their own: the task is closed all the same."""
    task = kept.task
    who = own_identifiers(connection, plan.brand.id, task.customer)
    if not who:
        return
    properties: dict[str, TraitValue] = {
        "task": str(task.id), "outcome": outcome, "playbook": task.playbook, "step": task.step, "role": task.role,
        "branch": task.branch, "by": by,
    }  # fmt: skip
    event = happened(
        SOURCE, f"task {task.id} closed", Custom(CLOSED, properties), occurred_at=now, received_at=now, identifiers=who
    )
    accept(connection, plan.brand.id, [event])
