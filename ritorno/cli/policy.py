"""`ritorno policy …`: caps, cool-downs, cycles, value tiers – what stands, a new version, tiers from the data."""

from typing import Any

import click
from msgspec.structs import replace
from rich.progress import Progress

from ritorno.cli.app import (
    Refused,
    answer,
    as_of_option,
    brand_option,
    cli,
    console,
    errors,
    installation,
    instant_of,
    json_option,
)  # fmt: skip
from ritorno.core.instants import Instant, Span, days, parse_span
from ritorno.core.money import decimal_text, parse_amount
from ritorno.core.plan import Plan, Policy
from ritorno.core.policies import PolicyError
from ritorno.store import customers
from ritorno.whole.tiers import NobodyBoughtError
from ritorno.wiring import App
from ritorno.work import policy as policy_work
from ritorno.work.replan import replan


@cli.group()
def policy() -> None:
    """Caps, cool-downs, cycles and value tiers; every change is a new version, audited."""


@policy.command("show")
@brand_option
@json_option
def policy_show(brand: str, as_json: bool) -> None:
    """What stands."""
    with installation() as app:
        plan = app.plan(brand)
        told = told_policy(plan, policy_work.version(app.connection(), plan))
    _tell(told, as_json)


@policy.command("set")
@click.option("--a-day", type=int, help="Marketing messages per customer and day; 0: no cap.")
@click.option("--a-week", type=int, help="The same in 7 days.")
@click.option("--a-week-stars", type=int, help="The same in 7 days for 333.")
@click.option(
    "--whatsapp-a-day", type=int, help="Whom WhatsApp lets you begin with in 24 hours, its tier; 0: no limit."
)
@click.option(
    "--whatsapp-falls-back/--whatsapp-waits",
    default=None,
    help="Beyond 95 % of that: by the step's next way, or on the next day.",
)
@click.option(
    "--cooldown",
    "cooldowns",
    multiple=True,
    metavar="CATEGORY=SPAN",
    help="How long the buyer of a category is fresh: shoes=14d. CATEGORY= takes it away.",
)
@click.option("--cycle", type=float, help="Days that a product lasts, where its category says nothing else.")
@click.option(
    "--category-cycle",
    "cycles",
    multiple=True,
    metavar="CATEGORY=DAYS",
    help="Days that a product of a category lasts. CATEGORY= takes it away.",
)
@click.option("--tiers", metavar="AMOUNT,AMOUNT", help="Net spend of 12 months from which a customer is A, is B.")
@click.option("--keeps-behaviour", metavar="SPAN", help="How long behaviour is kept: 400d.")
@brand_option
@json_option
def policy_set(
    a_day: int | None, a_week: int | None, a_week_stars: int | None, cooldowns: tuple[str, ...], cycle: float | None,
    cycles: tuple[str, ...], tiers: str | None, whatsapp_a_day: int | None, whatsapp_falls_back: bool | None,
    keeps_behaviour: str | None, brand: str, as_json: bool,
) -> None:  # fmt: skip
    """Store a new version and settle everyone under it. Nobody enters a playbook for that."""
    numbers = {"a_day": a_day, "a_week": a_week, "a_week_stars": a_week_stars, "cycle": cycle,
               "whatsapp_a_day": whatsapp_a_day, "whatsapp_falls_back": whatsapp_falls_back}  # fmt: skip
    with installation() as app:
        plan = app.plan(brand)
        changes: dict[str, Any] = {name: value for name, value in numbers.items() if value is not None}
        try:
            changes["cooldowns"] = _with(plan.policy.cooldowns, "--cooldown", cooldowns, _span)
            changes["cycles"] = _with(plan.policy.cycles, "--category-cycle", cycles, float)
            if keeps_behaviour is not None:
                changes["keeps_behaviour"] = _span(keeps_behaviour)
            if tiers is not None:
                changes["tiers"] = _tiers(tiers, plan)
        except ValueError as error:
            raise Refused(str(error)) from error
        told = _save(app, plan, replace(plan.policy, **changes), app.now(plan.brand.id))
    _tell(told, as_json)


@policy.command("fit-tiers")
@click.option("--save", "keep", is_flag=True, help="Store what is proposed as a new version.")
@as_of_option
@brand_option
@json_option
def policy_fit_tiers(keep: bool, as_of: str | None, brand: str, as_json: bool) -> None:
    """What 12 months of net spend propose: A the top tenth, B the next 40 %. It changes nothing until you save it."""
    with installation() as app:
        plan = app.plan(brand)
        try:
            found = policy_work.propose_tiers(
                app.connection(), plan, instant_of(as_of, plan, app), lake=app.settings.lake
            )
        except NobodyBoughtError as error:
            raise Refused(str(error)) from error
        currency = plan.brand.currency
        high, low = (decimal_text(cut, currency) for cut in found.cuts)
        told: dict[str, Any] = {"customers": found.customers, "tiers": [high, low], "saved": None}
        if keep:
            saved = _save(app, plan, replace(plan.policy, tiers=found.cuts), app.now(plan.brand.id))
            told["saved"] = saved["version"]
    if as_json:
        answer(told)
        return
    console.print(f"A from {high}, B from {low} {currency} in 12 months, of {found.customers:,} customers who bought.")
    console.print(f"Saved as v{told['saved']}." if keep else "Save it with: ritorno policy fit-tiers --save")


def _save(app: App, plan: Plan, wanted: Policy, now: Instant) -> dict[str, Any]:
    """Store it, settle everyone, and tell what stands then."""
    if not policy_work.changed(plan.policy, wanted):
        raise Refused("this changes nothing: that is what stands. See: ritorno policy show")
    try:
        number = policy_work.save(app.connection(), plan, wanted, now, "cli")
    except PolicyError as error:
        raise Refused(str(error)) from error
    plan = app.plan(plan.brand.key)
    with Progress(console=errors, transient=True) as progress:
        task = progress.add_task("settling", total=customers.count(app.connection(), plan.brand.id))
        replan(app.connection(), plan, now, lambda done: progress.update(task, advance=done))
    return told_policy(plan, number)


def told_policy(plan: Plan, version: int) -> dict[str, Any]:
    """The policy as JSON: spans in words, money as decimal text. `send_window` is not told here."""
    one, currency = plan.policy, plan.brand.currency
    return {
        "version": version,
        "a_day": one.a_day,
        "a_week": one.a_week,
        "a_week_stars": one.a_week_stars,
        "whatsapp_a_day": one.whatsapp_a_day,
        "whatsapp_falls_back": one.whatsapp_falls_back,
        "cooldowns": {name: str(span) for name, span in one.cooldowns.items()},
        "cycle": one.cycle,
        "cycles": one.cycles,
        "tiers": None if one.tiers is None else [decimal_text(cut, currency) for cut in one.tiers],
        "keeps_behaviour": str(one.keeps_behaviour),
    }


def _tell(told: dict[str, Any], as_json: bool) -> None:
    if as_json:
        answer(told)
        return
    caps = [_cap(told[name]) for name in ("a_day", "a_week", "a_week_stars")]
    console.print(f"[bold]v{told['version']}[/]: at most {caps[0]} a day, {caps[1]} a week, {caps[2]} a week for 333")
    if told["whatsapp_a_day"]:
        beyond = "then by the next way" if told["whatsapp_falls_back"] else "the rest on the next day"
        console.print(f"WhatsApp: 95 % of {told['whatsapp_a_day']:,} in 24 hours, 333 first, {beyond}")
    console.print(f"behaviour is kept {told['keeps_behaviour']}")
    console.print(f"a product lasts {told['cycle']:g} days" + _listed(told["cycles"], " days"))
    console.print("cool-down: until R falls to 2" + _listed(told["cooldowns"]))
    if told["tiers"] is None:
        console.print("value tiers: none yet; ritorno policy fit-tiers proposes them")
    else:
        console.print(f"value tiers: A from {told['tiers'][0]}, B from {told['tiers'][1]} in 12 months")


def _cap(most: int) -> str:
    return str(most) if most else "any number"


def _listed(by_category: dict[str, Any], unit: str = "") -> str:
    return "".join(f"; {name}: {value}{unit}" for name, value in by_category.items())


def _with(standing: dict[str, Any], option: str, given: tuple[str, ...], read: Any) -> dict[str, Any]:
    """What stands by category, with what was given; an empty value takes a category away. Raises ValueError."""
    after = dict(standing)
    for one in given:
        category, is_told, value = one.rpartition("=")
        if not is_told or not category:
            raise ValueError(f"{option} {one}: write CATEGORY=VALUE, or CATEGORY= to take it away")
        if value:
            after[category] = read(value)
        elif after.pop(category, None) is None:
            raise ValueError(f"{option} {one}: nothing is said of {category!r}, so there is nothing to take away")
    return after


def _span(text: str) -> Span:
    return days(int(text)) if text.strip().isdigit() else parse_span(text)


def _tiers(text: str, plan: Plan) -> tuple[int, int]:
    parts = text.split(",")
    if len(parts) != 2:
        raise ValueError(f"--tiers {text}: give two, with a comma between: where A begins, where B begins")
    high, low = (parse_amount(part, plan.brand.currency) for part in parts)
    return high, low
