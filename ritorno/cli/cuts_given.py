"""Cuts as given on the command line: one set of options for what is previewed and what is saved."""

from collections.abc import Callable
from typing import Any, NamedTuple

import click
from msgspec.structs import replace

from ritorno.cli.app import Refused
from ritorno.cli.cut_texts import amounts, counts, spans
from ritorno.core.instants import Instant, Span, days, months
from ritorno.core.plan import Plan
from ritorno.core.scores.cuts import Occasion, Scheme
from ritorno.core.scores.presets import PRESETS, Preset
from ritorno.whole.fit_cuts import NoBuyersError
from ritorno.wiring import App
from ritorno.work import cuts as cut_work


class CutsGiven(NamedTuple):
    recency: str | None
    orders: str | None
    spend: str | None
    window_days: int | None
    window_months: int | None
    occasion: Occasion | None
    category: tuple[str, ...]
    preset: Preset | None
    from_fit: bool


_OPTIONS = (
    click.option("--recency", metavar="DAYS,DAYS", help="R3 below the first, R2 below the second: 30,90."),
    click.option("--orders", metavar="N,N", help="F2 from the first, F3 from the second: 2,3."),
    click.option("--spend", metavar="AMOUNT,AMOUNT", help="M2 from the first, M3 from the second: 400,1200."),
    click.option("--window-days", type=click.IntRange(1), help="F and M look back so many days."),
    click.option("--window-months", type=click.IntRange(1), help="F and M look back so many months."),
    click.option("--occasion", type=click.Choice(["order", "day_and_branch"]), help="What F counts as one purchase."),
    click.option("--category", multiple=True, metavar="NAME=DAYS,DAYS",
                 help="R's cuts of who mostly buys that: capsules=20,45. NAME= takes them away."),
    click.option("--preset", type=click.Choice(PRESETS), help="Begin with what suits such goods."),
    click.option("--from-fit", is_flag=True, help="Begin with what the data proposes."),
)  # fmt: skip


def cut_options(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def wanted(app: App, plan: Plan, given: CutsGiven, as_of: Instant) -> Scheme:
    """The cuts that were asked for: what stands, a preset or a fit, with what was given over it."""
    if given.preset and given.from_fit:
        raise Refused("give --preset or --from-fit, not both")
    scheme = _begin(app, plan, given, as_of)
    try:
        return _changed(scheme, plan, given)
    except ValueError as error:
        raise Refused(str(error)) from error


def _begin(app: App, plan: Plan, given: CutsGiven, as_of: Instant) -> Scheme:
    if given.preset:
        return cut_work.from_preset(app.connection(), plan, given.preset, as_of, lake=app.settings.lake)
    if not given.from_fit:
        return replace(plan.scheme, note="", origin="set")
    try:
        return cut_work.fit(app.connection(), plan, as_of, lake=app.settings.lake).scheme
    except NoBuyersError as error:
        raise Refused(str(error)) from error


def _changed(scheme: Scheme, plan: Plan, given: CutsGiven) -> Scheme:
    if given.window_days and given.window_months:
        raise Refused("give --window-days or --window-months, not both")
    if given.recency is not None:
        scheme = replace(scheme, recency=spans("--recency", given.recency))
    if given.orders is not None:
        scheme = replace(scheme, orders=counts("--orders", given.orders))
    if given.spend is not None:
        scheme = replace(scheme, spend=amounts("--spend", given.spend, plan.brand.currency))
    if given.occasion is not None:
        scheme = replace(scheme, occasion=given.occasion)
    scheme = replace(scheme, by_category=_by_category(scheme, given.category))
    if given.window_days:
        scheme = replace(scheme, window=days(given.window_days))
    return replace(scheme, window=months(given.window_months)) if given.window_months else scheme


def _by_category(scheme: Scheme, given: tuple[str, ...]) -> dict[str, tuple[Span, Span]]:
    after = dict(scheme.by_category)
    for one in given:
        name, is_told, told = one.rpartition("=")
        name = name.strip()
        if not is_told or not name:
            raise Refused(f"--category {one}: write NAME=DAYS,DAYS, for example capsules=20,45")
        if told.strip():
            after[name] = spans(f"--category {name}", told)
        elif after.pop(name, None) is None:
            raise Refused(f"--category {one}: {name!r} has no cuts of its own, so there are none to take away")
    return after
