"""`ritorno tasks …`: what playbooks ask people to do."""

from typing import Any

import click
from rich.table import Table

from ritorno.cli.app import Refused, answer, brand_option, cli, console, installation, json_option
from ritorno.core.instants import say_instant
from ritorno.core.plan import Plan
from ritorno.store import tasks
from ritorno.store.tasks import Kept
from ritorno.work.tasks import NoTask, TaskError, assign, close


@cli.group("tasks")
def tasks_group() -> None:
    """What playbooks ask people to do: calls, visits, whatever a branch does by hand."""


@tasks_group.command("list")
@click.option("--branch", help="Of this branch.")
@click.option("--role", help="For this role: branch, service, any of yours.")
@click.option("--closed", is_flag=True, help="Those that are done.")
@brand_option
@json_option
def list_command(branch: str | None, role: str | None, closed: bool, brand: str, as_json: bool) -> None:
    """Open tasks, those due first first."""
    with installation() as app:
        plan = app.plan(brand)
        found = tasks.listed(app.connection(), plan.brand.id, branch=branch, role=role, closed=closed)
        now = app.now(plan.brand.id)
    if as_json:
        answer({"tasks": [told_task(each, plan) for each in found]})
        return
    if not found:
        console.print("Nothing is to be done." if not closed else "Nothing was closed yet.")
        return
    table = Table("task", "text", "for", "until", "whose", "outcome")
    for each in found:
        one = each.task
        late = " [red]late[/]" if each.closed_at is None and one.due_at <= now else ""
        table.add_row(
            str(one.id), one.text.in_language(plan.brand.language), " · ".join(filter(None, (one.role, one.branch))),
            say_instant(one.due_at, plan.tz)[:16] + late, each.assigned_to, each.outcome,
        )  # fmt: skip
    console.print(table)


def told_task(kept: Kept, plan: Plan) -> dict[str, Any]:
    """A task as JSON."""
    one = kept.task
    return {
        "id": str(one.id), "text": {"he": one.text.he, "en": one.text.en}, "customer": str(one.customer),
        "role": one.role, "branch": one.branch, "playbook": one.playbook, "version": one.version, "step": one.step,
        "enrollment": str(one.enrollment), "made_at": say_instant(one.made_at, plan.tz),
        "due_at": say_instant(one.due_at, plan.tz), "assigned_to": kept.assigned_to,
        "closed_at": None if kept.closed_at is None else say_instant(kept.closed_at, plan.tz),
        "closed_by": kept.closed_by, "outcome": kept.outcome, "note": kept.note,
    }  # fmt: skip


@tasks_group.command("assign")
@click.argument("task", type=int)
@click.argument("who")
@brand_option
@json_option
def assign_command(task: int, who: str, brand: str, as_json: bool) -> None:
    """TASK is WHO's to do (an empty WHO: anybody's)."""
    with installation() as app:
        plan = app.plan(brand)
        try:
            kept = assign(app.connection(), plan, task, who, app.now(plan.brand.id), "cli")
        except (NoTask, TaskError) as error:
            raise Refused(str(error)) from error
    _show(kept, plan, as_json=as_json)


@tasks_group.command("close")
@click.argument("task", type=int)
@click.argument("outcome")
@click.option("--note", default="", help="What should be known of it.")
@click.option("--by", default="cli", show_default=True, help="Who did it.")
@brand_option
@json_option
def close_command(task: int, outcome: str, note: str, by: str, brand: str, as_json: bool) -> None:
    """TASK is done, with an OUTCOME in a word: reached, no_answer, … Journeys may wait for it (`task_closed`)."""
    with installation() as app:
        plan = app.plan(brand)
        try:
            kept = close(app.connection(), plan, task, outcome, app.now(plan.brand.id), by, note)
        except (NoTask, TaskError) as error:
            raise Refused(str(error)) from error
    _show(kept, plan, as_json=as_json)


def _show(kept: Kept, plan: Plan, *, as_json: bool) -> None:
    if as_json:
        answer(told_task(kept, plan))
        return
    said = kept.outcome or f"{kept.assigned_to or 'anybody'}'s"
    text = kept.task.text.in_language(plan.brand.language)
    console.print(f"{kept.task.id} {text}: {said}", highlight=False, markup=False)
