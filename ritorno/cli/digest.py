"""`ritorno cooling`, `irrelevance`, `repeat-rate`, `segment-health`: what the shop should look at, with its money."""

from typing import Any, Literal

import click
import msgspec

from ritorno.cli.app import answer, as_of_option, brand_option, cli, console, installation, instant_of, json_option
from ritorno.core.instants import DAY, Instant, add_span, days, months, start_of_day
from ritorno.core.money import decimal_text, format_amount
from ritorno.core.plan import Plan
from ritorno.core.repeat_rate import rated
from ritorno.store import insights
from ritorno.store.first_orders import Asked
from ritorno.store.insights import Crossed, Flow, Late
from ritorno.work.repeat_rate import by_category

_STARS = 33  # F3 and M3, whatever R


@cli.command()
@click.option("--rows", is_flag=True, help="Show every customer.")
@as_of_option
@brand_option
@json_option
def cooling(rows: bool, as_of: str | None, brand: str, as_json: bool) -> None:
    """Who began to cool yesterday, by the cuts or by their own pace, and what they are worth a year (SEG-08)."""
    with installation() as app:
        plan = app.plan(brand)
        until = start_of_day(instant_of(as_of, plan, app), plan.tz)
        since = start_of_day(Instant(until - 1), plan.tz)
        crossed = insights.cooled(app.connection(), plan.brand.id, since, until)
        late = insights.late(app.connection(), plan.brand.id, since, until)
    stars = [one for one in crossed if one.cell % 100 == _STARS]
    if as_json:
        told = {"vip": _told_crossed(stars, plan), "everyone": _told_crossed(crossed, plan),
                "own_pace": _told_late(late, plan)}  # fmt: skip
        everyone = [{"customer": str(one.customer), "before": one.before, "after": one.after, "cell": one.cell,
                     "spend": decimal_text(one.spend, plan.brand.currency)} for one in crossed]  # fmt: skip
        own = [{"customer": str(one.customer), "gap": round(one.gap, 1), "cell": one.cell,
                "spend": decimal_text(one.spend, plan.brand.currency)} for one in late]  # fmt: skip
        answer(told | ({"rows": everyone, "own_pace_rows": own} if rows else {}))
        return
    for title, some in (("VIP", stars), ("everyone", crossed)):
        moves = ", ".join(f"R{before}→R{after} {count}" for (before, after), count in _moves(some).items())
        worth = format_amount(sum(one.spend for one in some), plan.brand.currency, plan.brand.language)
        console.print(f"{title}: {len(some):,} cooled yesterday, {worth} a year {moves}".rstrip(), highlight=False)
    for one in crossed if rows else ():
        spend = format_amount(one.spend, plan.brand.currency, plan.brand.language)
        console.print(f"{one.customer}  R{one.before}→R{one.after}  {one.cell}  {spend}", highlight=False)
    _print_late(late, plan, rows=rows)


def _print_late(late: list[Late], plan: Plan, *, rows: bool) -> None:
    worth = format_amount(sum(one.spend for one in late), plan.brand.currency, plan.brand.language)
    console.print(f"own pace: {len(late):,} silent for twice their usual gap, {worth} a year", highlight=False)
    for one in late if rows else ():
        spend = format_amount(one.spend, plan.brand.currency, plan.brand.language)
        console.print(f"{one.customer}  usually {one.gap:.0f} days  {one.cell}  {spend}", highlight=False)


def _told_late(late: list[Late], plan: Plan) -> dict[str, Any]:
    vip = sum(one.cell % 100 == _STARS for one in late)
    spend = decimal_text(sum(one.spend for one in late), plan.brand.currency)
    return {"customers": len(late), "vip": vip, "spend": spend}


def _moves(some: list[Crossed]) -> dict[tuple[int, int], int]:
    found: dict[tuple[int, int], int] = {}
    for one in some:
        found[one.before, one.after] = found.get((one.before, one.after), 0) + 1
    return dict(sorted(found.items(), reverse=True))


def _told_crossed(some: list[Crossed], plan: Plan) -> dict[str, Any]:
    moves = {f"{before}-{after}": count for (before, after), count in _moves(some).items()}
    spend = decimal_text(sum(one.spend for one in some), plan.brand.currency)
    return {"customers": len(some), "spend": spend, "moves": moves}


@cli.command()
@click.option("--days", "back", default=90, show_default=True, type=click.IntRange(1), help="Messages of how long.")
@click.option("--silent", default=180, show_default=True, type=click.IntRange(1), help="Days without order or click.")
@as_of_option
@brand_option
@json_option
def irrelevance(back: int, silent: int, as_of: str | None, brand: str, as_json: bool) -> None:
    """What messages to those who do not answer cost, and how many of them withdrew for it (ENG-08)."""
    with installation() as app:
        plan = app.plan(brand)
        now = instant_of(as_of, plan, app)
        since = add_span(now, days(-back), plan.tz)
        told = insights.irrelevance(app.connection(), plan.brand.id, since, now, silent * DAY, 7 * DAY)
    share = told.silent / told.messages if told.messages else 0.0
    if as_json:
        plain: dict[str, Any] = told._asdict()
        for name in ("cost", "silent_cost"):
            plain[name] = decimal_text(round(plain[name] / 1000), plan.brand.currency)
        answer(plain | {"share": share})
        return
    cost = format_amount(round(told.silent_cost / 1000), plan.brand.currency, plan.brand.language)
    console.print(
        f"{told.messages:,} messages, {told.silent:,} of them ({share:.0%}) to customers without an order or a click "
        f"in {silent} days: {cost}; {told.silent_withdrew:,} of these withdrew within a week, of all {told.withdrew:,}",
        highlight=False, soft_wrap=True,
    )  # fmt: skip


@cli.command("repeat-rate")
@click.option(
    "--by", type=click.Choice(["branch", "sold_via", "source", "category"]), default="branch", show_default=True
)
@click.option(
    "--days", "within", default=90, show_default=True, type=click.IntRange(1, 1_000), help="Again in so long."
)
@click.option("--from", "since", metavar="TIME", help="First orders from then on; two years back if not given.")
@as_of_option
@brand_option
@json_option
def repeat_rate(
    by: insights.By | Literal["category"], within: int, since: str | None, as_of: str | None, brand: str, as_json: bool
) -> None:  # fmt: skip
    """Where those come from who come back: the share with its 95 % interval; flagged only beyond chance (ENG-10)."""
    with installation() as app:
        plan = app.plan(brand)
        now = instant_of(as_of, plan, app)
        start = instant_of(since, plan, app) if since else add_span(now, months(-24), plan.tz)
        asked = Asked(plan.brand.id, now, plan.tz, start, now)
        if by == "category":
            found = by_category(app.connection(), asked, within)
        else:
            found = insights.repeat_parts(app.connection(), asked, by, within)
        parts = rated(found)
    if as_json:
        answer({"by": by, "days": within, "parts": [msgspec.to_builtins(one) for one in parts]})
        return
    for one in parts:
        flag = f"  {one.flag}" if one.flag else ""
        console.print(
            f"{one.part.name or '–'}: {one.share:.1%} (95 %: {one.low:.1%} to {one.high:.1%}) "
            f"of {one.part.customers:,}{flag}",
            highlight=False,
        )
    if parts and not any(one.flag for one in parts):
        console.print("No difference is beyond what chance makes.")


@cli.command("segment-health")
@click.option("--days", "back", default=30, show_default=True, type=click.IntRange(1), help="Moves of how long.")
@as_of_option
@brand_option
@json_option
def segment_health(back: int, as_of: str | None, brand: str, as_json: bool) -> None:
    """Each segment over time: its size, who came in and left, what its members spent; "static?" where nobody moved
    (ENG-09)."""
    with installation() as app:
        plan = app.plan(brand)
        now = instant_of(as_of, plan, app)
        told = insights.flows(app.connection(), plan.brand.id, add_span(now, days(-back), plan.tz), now)
    known = {one.segment: one for one in told}
    flows = [known.get(one.key, Flow(one.key, 0, 0, 0, 0)) for one in plan.segments]
    if as_json:
        rows = [one._asdict() | {"revenue": decimal_text(one.revenue, plan.brand.currency),
                                 "static": _stands_still(one)} for one in flows]  # fmt: skip
        answer({"days": back, "segments": rows})
        return
    for one in flows:
        spent = format_amount(one.revenue, plan.brand.currency, plan.brand.language)
        flag = "  static?" if _stands_still(one) else ""
        console.print(f"{one.segment}: {one.members:,}, +{one.entered:,} −{one.left:,}, {spent}{flag}", highlight=False)
    if not flows:
        console.print("There are no segments yet.")


def _stands_still(one: Flow) -> bool:
    return not one.entered and not one.left
