"""`ritorno pace …`: how often what is used up is bought again; what was fitted stands once it is accepted."""

from typing import Any

from rich.table import Table

from ritorno.cli.app import Refused, answer, brand_option, cli, console, errors, installation, json_option
from ritorno.cli.learning import learning
from ritorno.core.instants import say_instant
from ritorno.whole.fit_pace import PurchasesError
from ritorno.whole.lake import Lake
from ritorno.whole.manifest import NoLake
from ritorno.work.fit_pace import NoPace, Proposal, accept, fit_pace, proposal, propose_supplies
from ritorno.work.replan import replan


@cli.group("pace")
def pace_group() -> None:
    """How often what is used up is bought again, by category. Reminders go by what was accepted."""


@pace_group.command("fit")
@brand_option
@json_option
def pace_fit(brand: str, as_json: bool) -> None:
    """Fit now, from the lake, as a proposal; nothing moves until it is accepted."""
    with installation() as app:
        plan, connection = app.plan(brand), app.connection()
        with learning(app, plan) as lake:
            try:
                fit_pace(connection, lake, plan, app.now(plan.brand.id), app.clock.now())
                found = proposal(connection, plan)
            except NoPace as error:
                raise Refused(str(error)) from error
    _tell(found, plan.tz, as_json)


@pace_group.command("show")
@brand_option
@json_option
def pace_show(brand: str, as_json: bool) -> None:
    """What was fitted last, beside what stands."""
    with installation() as app:
        plan = app.plan(brand)
        try:
            found = proposal(app.connection(), plan)
        except NoPace as error:
            raise Refused(str(error)) from error
    _tell(found, plan.tz, as_json)


@pace_group.command("accept")
@brand_option
@json_option
def pace_accept(brand: str, as_json: bool) -> None:
    """Let what was fitted last stand, as a new version. Waiting reminders move; nobody enters a playbook."""
    with installation() as app:
        plan, connection = app.plan(brand), app.connection()
        now = app.now(plan.brand.id)
        try:
            if not proposal(connection, plan).is_new:
                raise Refused("what was fitted last stands already; fit again: ritorno pace fit")
            number = accept(connection, plan, now, "cli")
        except NoPace as error:
            raise Refused(str(error)) from error
        settled = replan(connection, app.plan(brand), now)
    if as_json:
        answer({"version": number, "settled": settled})
    else:
        console.print(f"pace v{number} stands; {settled:,} customers were settled under it")


@pace_group.command("supply")
@brand_option
@json_option
def pace_supply(brand: str, as_json: bool) -> None:
    """Products that are seen to last otherwise than the catalogue says, with the evidence. Nothing changes: give what
    you accept as days_per_unit in the next file of products."""
    with installation() as app:
        plan = app.plan(brand)
        try:
            found = propose_supplies(Lake(app.settings.lake, plan.brand.id), plan, app.now(plan.brand.id))
        except (NoLake, PurchasesError) as error:
            raise Refused(str(error)) from error
    if as_json:
        names = ("item", "days", "configured", "gaps", "customers", "low", "high")
        answer({"proposals": [{name: getattr(each, name) for name in names} for each in found]})
        return
    table = Table("product", "days a unit", "configured", "median of", "half of them between")
    for one in found:
        configured = "–" if one.configured is None else f"{one.configured:g}"
        evidence = f"{one.gaps:,} gaps of {one.customers:,} customers"
        table.add_row(one.item, str(one.days), configured, evidence, f"{one.low:.0f} and {one.high:.0f}")
    console.print(table)


def _tell(found: Proposal, tz: Any, as_json: bool) -> None:
    week = found.paces.week
    told = {
        "learnt_at": say_instant(found.learnt_at, tz),
        "is_new": found.is_new,
        "categories": [each._asdict() for each in found.shifts],
        "week": {"offset": week.offset, "slope": week.slope, "told": week.told},
    }
    if as_json:
        answer(told)
        return
    table = Table("category", "days between purchases", "stands", "learnt from")
    for each in found.shifts:
        stands = "–" if each.before is None else f"{each.before:.1f}"
        evidence = f"{each.gaps:,} gaps of {each.customers:,} customers" + (", borrowed" if each.borrowed else "")
        table.add_row(each.category, f"{each.after:.1f}", stands, evidence)
    console.print(table)
    if found.is_new:
        errors.print("This is a proposal: reminders go by it after `ritorno pace accept`.")
