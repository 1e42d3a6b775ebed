"""`ritorno backtest …`: what a playbook, a segment or other cuts would have done over stored history."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import msgspec
from msgspec.structs import replace
from rich.table import Table

from ritorno.cli.app import Refused, answer, brand_option, cli, console, installation, instant_of, json_option
from ritorno.cli.cut_texts import amounts, counts, spans
from ritorno.cli.playbooks import print_dry_run, told_dry_run
from ritorno.cli.progress import over_customers
from ritorno.core.instants import DAY, Instant, add_span, days, months, parse_span, say_instant
from ritorno.core.journeys.journey import Playbook
from ritorno.core.journeys.parameters import PlaybookError
from ritorno.core.money import decimal_text, format_amount
from ritorno.core.plan import Plan
from ritorno.core.scores.cuts import Scheme, check
from ritorno.core.segments.check import RuleError
from ritorno.wiring import App
from ritorno.work.activate import NoPlaybook, adjusted, current
from ritorno.work.backtest import BacktestError, backtest_cuts, backtest_playbooks, backtest_segment
from ritorno.work.backtest_crew import BacktestFailed, Reading
from ritorno.work.backtest_cuts import CutsRun
from ritorno.work.backtest_segment import Bought, Every, SegmentRun
from ritorno.work.playbook_file import SUFFIXES, read_playbook
from ritorno.work.segments import NoSegment, told_rule


@cli.group()
def backtest() -> None:
    """What would have happened: stored history lived through again. Nothing is written, no message leaves."""


def _stretch_options(command: Callable[..., Any]) -> Callable[..., Any]:
    options = (
        click.option("--from", "start", metavar="TIME", help="From when; a year before --to if not given."),
        click.option("--to", "end", metavar="TIME", help="Until when; now if not given."),
        click.option("--processes", default=2, show_default=True, type=click.IntRange(1, 64), help="At once."),
    )
    for option in reversed(options):
        command = option(command)
    return json_option(brand_option(command))


def _cuts_options(command: Callable[..., Any]) -> Callable[..., Any]:
    options = (
        click.option("--recency", metavar="SPAN,SPAN", help="R3 below the first, R2 below the second: 30,120."),
        click.option("--orders", metavar="N,N", help="F2 from the first, F3 from the second: 2,3."),
        click.option("--spend", metavar="AMOUNT,AMOUNT", help="M2 from the first, M3 from the second: 400,1200."),
        click.option("--window", metavar="SPAN", help="F and M look back so far: 24mo."),
    )
    for option in reversed(options):
        command = option(command)
    return command


@backtest.command("playbook")
@click.argument("playbooks", metavar="KEY|FILE...", nargs=-1, required=True)
@click.option("--with", "switched_on", multiple=True, metavar="OPTION", help="Switch on an option of the playbook.")
@click.option("--holdout", type=click.FloatRange(0, 100, max_open=True), help="Per cent left out.")
@click.option("--a-day", type=click.IntRange(0), help="The most messages of each a day; 0 for no limit.")
@click.option("--cap-a-day", type=click.IntRange(0), help="The most marketing to one customer in 24 hours; 0: no cap.")
@click.option("--cap-a-week", type=click.IntRange(0), help="The same in 7 days.")
@click.option("--rows", is_flag=True, help="Show every customer: when, why, what became of it.")
@_cuts_options
@_stretch_options
def playbook_command(
    playbooks: tuple[str, ...], switched_on: tuple[str, ...], holdout: float | None, a_day: int | None,
    cap_a_day: int | None, cap_a_week: int | None, rows: bool, recency: str | None, orders: str | None,
    spend: str | None, window: str | None, start: str | None, end: str | None, processes: int, brand: str,
    as_json: bool,
) -> None:  # fmt: skip
    """What playbooks would have done, had they and no others run. KEY is one of the brand's, FILE YAML or JSON."""
    with _prepared(brand, start, end, processes) as (app, plan, stretch, reading):
        plan = replace(plan, scheme=_scheme(plan, recency, orders, spend, window))
        caps = {"a_day": cap_a_day, "a_week": cap_a_week, "a_week_stars": cap_a_week}
        given = {name: most for name, most in caps.items() if most is not None}
        plan = replace(plan, policy=replace(plan.policy, **given))
        found = tuple(_playbook(app, plan, told, frozenset(switched_on), holdout, a_day) for told in playbooks)
        with over_customers() as progress:
            results = backtest_playbooks(reading, plan, found, *stretch, progress)
    if as_json:
        answer({"playbooks": [told_dry_run(each, plan, with_rows=rows) for each in results]})
    else:
        for each in results:
            print_dry_run(each, plan, with_rows=rows)


def _playbook(
    app: App, plan: Plan, told: str, switched_on: frozenset[str], holdout: float | None, a_day: int | None
) -> Playbook:
    share = None if holdout is None else holdout / 100
    if told.endswith(SUFFIXES):
        return adjusted(read_playbook(Path(told), plan, switched_on), holdout=share, a_day=a_day)
    one, _ = current(app.connection(), plan, told)
    return adjusted(one, switched_on=switched_on, holdout=share, a_day=a_day)


@backtest.command("segment")
@click.argument("rule", metavar="RULE|NAME")
@click.option("--every", type=click.Choice(["month", "day"]), default="month", show_default=True, help="Count by.")
@_cuts_options
@_stretch_options
def segment_command(
    rule: str, every: Every, recency: str | None, orders: str | None, spend: str | None, window: str | None,
    start: str | None, end: str | None, processes: int, brand: str, as_json: bool,
) -> None:  # fmt: skip
    """Who would have come into a segment and left it. RULE is text (group risk), a file, or a saved segment's key."""
    with _prepared(brand, start, end, processes) as (_, plan, stretch, reading):
        plan = replace(plan, scheme=_scheme(plan, recency, orders, spend, window))
        asked = told_rule(plan, rule)
        with over_customers() as progress:
            result = backtest_segment(reading, plan, asked, *stretch, every, progress)
    if as_json:
        answer(told_segment(result, plan))
    else:
        _print_segment(result, plan)


@backtest.command("cuts")
@_cuts_options
@_stretch_options
def cuts_command(
    recency: str | None, orders: str | None, spend: str | None, window: str | None,
    start: str | None, end: str | None, processes: int, brand: str, as_json: bool,
) -> None:  # fmt: skip
    """Where everyone would have stood under other cuts, month by month, beside those in force."""
    with _prepared(brand, start, end, processes) as (_, plan, stretch, reading):
        scheme = _scheme(plan, recency, orders, spend, window)
        if scheme == plan.scheme:
            raise Refused("give other cuts than those in force: --recency, --orders, --spend, --window")
        with over_customers() as progress:
            result = backtest_cuts(reading, plan, scheme, *stretch, progress)
    if as_json:
        answer(told_cuts(result, plan))
    else:
        _print_cuts(result, plan)


@contextmanager
def _prepared(
    brand: str, start: str | None, end: str | None, processes: int
) -> Iterator[tuple[App, Plan, tuple[Instant, Instant], Reading]]:
    """The installation, the plan and the stretch; what is wrong is said in a sentence."""
    with installation() as app:
        plan = app.plan(brand)
        until = instant_of(end, plan, app)
        since = instant_of(start, plan, app) if start else add_span(until, months(-12), plan.tz)
        try:
            yield app, plan, (since, until), Reading(app.url, processes)
        except (BacktestError, BacktestFailed, NoPlaybook, PlaybookError, RuleError, NoSegment) as error:
            raise Refused(str(error)) from error


def _scheme(plan: Plan, recency: str | None, orders: str | None, spend: str | None, window: str | None) -> Scheme:
    """The cuts in force with what was given on the command line."""
    changed: dict[str, Any] = {}
    try:
        if recency is not None:
            changed["recency"] = spans("--recency", recency)
        if orders is not None:
            changed["orders"] = counts("--orders", orders)
        if spend is not None:
            changed["spend"] = amounts("--spend", spend, plan.brand.currency)
        if window is not None:
            changed["window"] = days(int(window)) if window.strip().isdigit() else parse_span(window)
        scheme = replace(plan.scheme, **changed)
        check(scheme, plan.tz)
    except ValueError as error:  # a SchemeError too
        raise Refused(str(error)) from error
    return scheme


def told_segment(result: SegmentRun, plan: Plan) -> dict[str, Any]:
    """A segment's backtest as JSON: money as decimal text, spans in days."""

    def bought(one: Bought) -> dict[str, Any]:
        a_month = one.revenue_in_30_days
        return {
            "customer_days": round(one.customer_days, 1),
            "orders": one.orders,
            "revenue": decimal_text(one.revenue, plan.brand.currency),
            "revenue_in_30_days": None if a_month is None else decimal_text(round(a_month), plan.brand.currency),
        }

    told: dict[str, Any] = msgspec.to_builtins(result)
    return told | {
        "start": say_instant(result.start, plan.tz),
        "end": say_instant(result.end, plan.tz),
        "median_inside": None if result.median_inside is None else round(result.median_inside / DAY, 2),
        "after": bought(result.after),
        "otherwise": bought(result.otherwise),
    }


def told_cuts(result: CutsRun, plan: Plan) -> dict[str, Any]:
    """A backtest of cuts as JSON."""
    told: dict[str, Any] = msgspec.to_builtins(result)
    standings = [each | {"at": say_instant(Instant(each["at"]), plan.tz)} for each in told["standings"]]
    return told | {
        "start": say_instant(result.start, plan.tz),
        "end": say_instant(result.end, plan.tz),
        "scheme": _told_scheme(result.scheme, plan),
        "other": _told_scheme(result.other, plan),
        "standings": standings,
    }


def _told_scheme(scheme: Scheme, plan: Plan) -> dict[str, Any]:
    return {
        "recency": [str(cut) for cut in scheme.recency],
        "orders": list(scheme.orders),
        "spend": [decimal_text(cut, plan.brand.currency) for cut in scheme.spend],
        "window": str(scheme.window),
    }


def _said(result: SegmentRun | CutsRun, plan: Plan) -> str:
    return f"{say_instant(result.start, plan.tz)[:10]} – {say_instant(result.end, plan.tz)[:10]}"


def _print_segment(result: SegmentRun, plan: Plan) -> None:
    inside = "–" if result.median_inside is None else f"{result.median_inside / DAY:.1f} days"
    console.print(
        f"[bold]{_said(result, plan)}[/]: {result.customers:,} customers · {result.at_start:,} inside at the start, "
        f"{result.at_end:,} at the end · {result.entered:,} entered · {result.left:,} left, half within {inside}"
    )
    table = Table(result.every, "entered", "left", "inside at its end")
    for turn in result.turns:
        table.add_row(turn.when, f"{turn.entered:,}", f"{turn.left:,}", f"{turn.inside:,}")
    console.print(table)
    for name, one in (("in the 30 days after entering", result.after), ("at all other times", result.otherwise)):
        a_month = one.revenue_in_30_days
        money = "–" if a_month is None else format_amount(round(a_month), plan.brand.currency, plan.brand.language)
        console.print(f"{name}: {money} per customer and 30 days ({one.orders:,} orders)")
    console.print("That describes who enters; it does not say that entering brings it about.")


def _print_cuts(result: CutsRun, plan: Plan) -> None:
    console.print(
        f"[bold]{_said(result, plan)}[/]: {result.customers:,} customers, {result.moved:,} would stand in another cell"
    )
    for standing in result.standings:
        table = Table("cell", "now", "other cuts", title=say_instant(standing.at, plan.tz)[:10])
        for cell in sorted({*standing.now, *standing.other}):
            table.add_row(cell, f"{standing.now.get(cell, 0):,}", f"{standing.other.get(cell, 0):,}")
        console.print(table)
    console.print(", ".join(f"{flow} {count:,}" for flow, count in result.flows.items()), highlight=False)
