"""`ritorno second-purchase`, `cac`, `ad-savings`: how soon customers come back, what a new one costs, what ads save."""

from typing import Any

import click
import msgspec

from ritorno.cli.app import (
    Refused,
    answer,
    as_of_option,
    brand_option,
    cli,
    console,
    installation,
    instant_of,
    json_option,
)  # fmt: skip
from ritorno.core.acquisition import acquisition
from ritorno.core.ad_savings import Inputs, Savings, compared, savings
from ritorno.core.ids import PlaybookKey
from ritorno.core.instants import add_span, months
from ritorno.core.money import decimal_text, format_amount, parse_amount
from ritorno.core.plan import Plan
from ritorno.core.second_purchase import Curve, curve
from ritorno.store import first_orders
from ritorno.store.first_orders import Asked

_MARKS = (7, 14, 30, 60, 90, 180, 365)
_WIDTH = 40


@cli.command("second-purchase")
@click.option("--days", default=90, show_default=True, type=click.IntRange(1, 1_000), help="How far the curve goes.")
@click.option("--playbook", metavar="KEY", help="From the entry into a playbook to the next order, by arm.")
@click.option("--from", "since", metavar="TIME", help="First orders from then on; three years back if not given.")
@as_of_option
@brand_option
@json_option
def second_purchase(
    days: int, playbook: str | None, since: str | None, as_of: str | None, brand: str, as_json: bool
) -> None:
    """How soon those who bought once buy again: the share by day, with its 95 % interval (PB3-03)."""
    with installation() as app:
        plan = app.plan(brand)
        now = instant_of(as_of, plan, app)
        start = instant_of(since, plan, app) if since else add_span(now, months(-36), plan.tz)
        asked = Asked(plan.brand.id, now, plan.tz, start, now)
        waited = first_orders.waits(app.connection(), asked, None if playbook is None else PlaybookKey(playbook))
    curves = {arm: curve(waits, days) for arm, waits in waited.items()}
    if as_json:
        answer({"days": days, "curves": {arm or "all": _told_curve(one) for arm, one in curves.items()}})
        return
    if not curves:
        console.print("Nobody has bought yet." if playbook is None else f"Nobody has entered {playbook} yet.")
    for arm, one in curves.items():
        _print_curve(arm, one)


def _told_curve(one: Curve) -> dict[str, Any]:
    told: dict[str, Any] = msgspec.to_builtins(one)
    return told | {"share": one.share}


def _print_curve(arm: str, one: Curve) -> None:
    title = f"{arm}: " if arm else ""
    reached = f"{one.share:.1%} again by day {one.points[-1].day}" if one.points else "none watched for a day yet"
    half = "" if one.median_day is None else f", half of those by day {one.median_day}"
    console.print(f"[bold]{title}{one.customers:,}[/] customers, {reached}{half}", highlight=False)
    last = one.points[-1].day if one.points else 0
    for point in one.points:
        if point.day in _MARKS or point.day == last:
            bar = "█" * round(_WIDTH * point.share)
            console.print(
                f"day {point.day:>3} {point.share:6.1%} (95 %: {point.low:.1%} to {point.high:.1%}) {bar}",
                highlight=False,
            )


@cli.command()
@click.option("--cost", required=True, metavar="AMOUNT", help="What ads cost over the time, in the brand's currency.")
@click.option("--from", "since", required=True, metavar="TIME", help="New customers from then on.")
@click.option("--to", "until", metavar="TIME", help="Up to then; now if not given.")
@click.option("--days", default=90, show_default=True, type=click.IntRange(1, 1_000), help="What they bring so far.")
@brand_option
@json_option
def cac(cost: str, since: str, until: str | None, days: int, brand: str, as_json: bool) -> None:
    """What a new customer costs, beside the margin they bring, and when it is paid back (ORC-13)."""
    with installation() as app:
        plan = app.plan(brand)
        now = app.now(plan.brand.id)
        asked = Asked(plan.brand.id, now, plan.tz, instant_of(since, plan, app), instant_of(until, plan, app))
        spent = _amount(cost, plan)
        customers, by_day = first_orders.revenue_by_day(app.connection(), asked, days)
    told = acquisition(spent, customers, by_day, plan.brand.margin)
    if as_json:
        plain = msgspec.to_builtins(told)
        for name in ("cost", "cac", "margin"):
            plain[name] = None if plain[name] is None else decimal_text(plain[name], plan.brand.currency)
        answer(plain)
        return
    if told.cac is None:
        console.print("No new customers in that time.")
        return
    paid = "not paid back within them" if told.payback_day is None else f"paid back by day {told.payback_day}"
    brought = "" if told.margin is None else f" · margin of {told.days} days {_say(told.margin, plan)}, {paid}"
    console.print(f"CAC {_say(told.cac, plan)} = {_say(spent, plan)} ÷ {told.customers:,} new customers{brought}")


@cli.command("ad-savings")
@click.option("--customers", required=True, type=click.IntRange(0), help="How many are left out of the ads.")
@click.option("--impressions", default=8.0, show_default=True, help="That one would have seen in a month.")
@click.option("--cpm", metavar="AMOUNT", help="What a thousand impressions cost.")
@click.option("--cpc", metavar="AMOUNT", help="What a click costs, instead.")
@click.option("--click-rate", default=1.0, show_default=True, help="Per cent of impressions clicked, with --cpc.")
@click.option("--on", nargs=2, metavar="COST DAYS", help="What the account cost in days with the exclusion on.")
@click.option("--off", nargs=2, metavar="COST DAYS", help="The same with it off.")
@brand_option
@json_option
def ad_savings(
    customers: int, impressions: float, cpm: str | None, cpc: str | None, click_rate: float,
    on: tuple[str, str] | None, off: tuple[str, str] | None, brand: str, as_json: bool,
) -> None:  # fmt: skip
    """What leaving customers out of ads saves in a month: an estimate, its formula shown (PB4-07)."""
    with installation() as app:
        plan = app.plan(brand)
    a_thousand, a_click = (None if each is None else _amount(each, plan) for each in (cpm, cpc))
    try:
        told = savings(customers, Inputs(impressions, a_thousand, a_click, click_rate / 100))
        beside = None
        if on and off:
            beside = compared(_amount(on[0], plan), float(on[1]), _amount(off[0], plan), float(off[1]))
    except ValueError as error:
        raise Refused(str(error)) from error
    if as_json:
        plain = _told_savings(told, plan)
        answer(plain | {"measured_month": None if beside is None else decimal_text(beside.month, plan.brand.currency)})
        return
    console.print(_say_savings(told, plan), highlight=False)
    if told.month > 0:
        amount = decimal_text(told.month, plan.brand.currency)
        console.print(f"what it could pay instead: ritorno suggest --saved {amount}", highlight=False)
    if beside is not None:
        console.print(f"on and off: {_say(beside.month, plan)} a month less with the exclusion on", highlight=False)


def _told_savings(told: Savings, plan: Plan) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(told)
    plain["month"] = decimal_text(told.month, plan.brand.currency)
    for name in ("cpm", "cpc"):
        value = plain["inputs"][name]
        plain["inputs"][name] = None if value is None else decimal_text(value, plan.brand.currency)
    return plain


def _say_savings(told: Savings, plan: Plan) -> str:
    inputs = told.inputs
    shown = f"{told.customers:,} × {inputs.impressions:g}"
    if inputs.cpm is not None:
        shown += f" × {_say(inputs.cpm, plan)} ÷ 1,000"
    elif inputs.cpc is not None:
        shown += f" × {inputs.click_rate:.2%} × {_say(inputs.cpc, plan)}"
    return f"estimate {_say(told.month, plan)}/month = {shown} ({told.formula})"


def _amount(text: str, plan: Plan) -> int:
    try:
        return parse_amount(text, plan.brand.currency)
    except ValueError as error:
        raise Refused(str(error)) from error


def _say(minor: int, plan: Plan) -> str:
    return format_amount(minor, plan.brand.currency, plan.brand.language)
