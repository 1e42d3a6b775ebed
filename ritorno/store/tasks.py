"""Tasks for people: what steps asked for, who does it, how it ended."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import psycopg

from ritorno.core.ids import BrandId, CustomerId
from ritorno.core.instants import Instant
from ritorno.core.journeys.way import Words
from ritorno.core.tasks import Task


class Kept(NamedTuple):
    """A task as it is listed; `closed_at` None: it is open."""

    task: Task
    assigned_to: str
    closed_at: Instant | None
    closed_by: str
    outcome: str
    note: str


_COLUMNS = (
    "id, customer_id, enrollment, playbook, version, step, role, branch, he, en, made_at, due_at, assigned_to, "
    "closed_at, closed_by, outcome, note"
)


def add(connection: psycopg.Connection, brand: BrandId, tasks: Sequence[Task]) -> None:
    """Write them; one that is there stays as it is."""
    rows = [
        (
            one.id, one.customer, one.enrollment, one.playbook, one.version, one.step, one.role, one.branch,
            one.text.he, one.text.en, one.made_at, one.due_at,
        )
        for one in tasks
    ]  # fmt: skip
    connection.execute(
        "INSERT INTO task (brand_id, id, customer_id, enrollment, playbook, version, step, role, branch, he, en, "
        "made_at, due_at) SELECT %s, * FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::text[], %s::int[], "
        "%s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::bigint[], %s::bigint[]) "
        "ON CONFLICT DO NOTHING",
        (brand, *map(list, zip(*rows, strict=True))),
    )


def listed(
    connection: psycopg.Connection, brand: BrandId, *, branch: str | None = None, role: str | None = None,
    closed: bool = False, most: int = 200,
) -> list[Kept]:  # fmt: skip
    """Open tasks, those due first first; with `closed` those that are done, the latest first."""
    order = "closed_at DESC" if closed else "due_at, id"
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM task WHERE brand_id = %s AND (closed_at IS NOT NULL) = %s "  # noqa: S608 - constants
        "AND (%s::text IS NULL OR branch = %s) AND (%s::text IS NULL OR role = %s) "
        f"ORDER BY {order} LIMIT %s",
        (brand, closed, branch, branch, role, role, most),
    )
    return [_kept(row) for row in rows]


def of_customer(connection: psycopg.Connection, brand: BrandId, customer: CustomerId) -> list[Kept]:
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM task WHERE brand_id = %s AND customer_id = %s ORDER BY made_at, id",  # noqa: S608
        (brand, customer),
    )
    return [_kept(row) for row in rows]


def lock(connection: psycopg.Connection, brand: BrandId, task: int) -> Kept | None:
    """A task, locked until the transaction ends."""
    row = connection.execute(
        f"SELECT {_COLUMNS} FROM task WHERE brand_id = %s AND id = %s FOR UPDATE",  # noqa: S608 - constant
        (brand, task),
    ).fetchone()
    return _kept(row) if row else None


def _kept(row: tuple[Any, ...]) -> Kept:
    (number, customer, enrollment, playbook, version, step, role, branch, he, en, made_at, due_at, *rest) = row
    words = Words(he, en)
    task = Task(number, customer, enrollment, playbook, version, step, role, branch, words, made_at, due_at)
    return Kept(task, *rest)


def assign(connection: psycopg.Connection, brand: BrandId, task: int, who: str) -> None:
    connection.execute("UPDATE task SET assigned_to = %s WHERE brand_id = %s AND id = %s", (who, brand, task))


def close(
    connection: psycopg.Connection, brand: BrandId, task: int, at: Instant, who: str, outcome: str, note: str
) -> None:
    connection.execute(
        "UPDATE task SET closed_at = %s, closed_by = %s, outcome = %s, note = %s WHERE brand_id = %s AND id = %s",
        (at, who, outcome, note, brand, task),
    )


def let_go(
    connection: psycopg.Connection, brand: BrandId, ended: Sequence[tuple[int, Instant, str]], who: str, outcome: str
) -> None:
    """Close the open tasks of enrollments (id, when it ended, why), with why as the note."""
    connection.execute(
        "UPDATE task SET closed_at = gone.at, closed_by = %s, outcome = %s, note = gone.why "
        "FROM unnest(%s::bigint[], %s::bigint[], %s::text[]) AS gone(enrollment, at, why) "
        "WHERE task.brand_id = %s AND task.enrollment = gone.enrollment AND task.closed_at IS NULL",
        (who, outcome, *map(list, zip(*ended, strict=True)), brand),
    )


def follow_merge(connection: psycopg.Connection, brand: BrandId, other: CustomerId, survivor: CustomerId) -> None:
    """What was asked about the other is about the survivor, tasks and webhooks."""
    for table in ("task", "webhook_call"):
        connection.execute(
            f"UPDATE {table} SET customer_id = %s WHERE brand_id = %s AND customer_id = %s",  # noqa: S608 - our names
            (survivor, brand, other),
        )


def forget(connection: psycopg.Connection, brand: BrandId, customer: CustomerId) -> None:
    """What was asked about a customer is kept no longer: its text may name them."""
    connection.execute("DELETE FROM task WHERE brand_id = %s AND customer_id = %s", (brand, customer))
