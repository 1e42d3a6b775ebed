"""`ritorno rfm`, `banana`, `cuts …`, `score explain`: who buys, how often, for how much, and what moves next."""

from typing import Any

import click
import msgspec
from msgspec.structs import replace
from rich.progress import Progress
from rich.table import Table

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
from ritorno.core.instants import Instant, Span, days, months, parse_span, say_instant
from ritorno.core.money import decimal_text, format_amount, parse_amount
from ritorno.core.plan import Plan
from ritorno.core.scores.cells import GROUPS, PROSPECTS
from ritorno.core.scores.cuts import Scheme, SchemeError
from ritorno.store import customers
from ritorno.whole.banana import Banana, what_if
from ritorno.whole.fit_cuts import NoBuyersError
from ritorno.whole.nbd import Fit
from ritorno.whole.rfm import Figures, Summary
from ritorno.work import cuts as cut_work
from ritorno.work import whole
from ritorno.work.group_names import group_names
from ritorno.work.replan import replan

_WHAT_IF = 0.05  # "if 5 % of those who bought once bought once more"
_WIDTH = 40


@cli.command()
@as_of_option
@brand_option
@json_option
def rfm(as_of: str | None, brand: str, as_json: bool) -> None:
    """Everyone's scores: the 27 cells, the groups, and what the best are worth."""
    with installation() as app:
        plan = app.plan(brand)
        now = instant_of(as_of, plan, app)
        summary = whole.rfm(app.connection(), plan, now)
        prospects = customers.prospects(app.connection(), plan.brand.id)
        names = group_names(app.connection(), plan)
    if as_json:
        answer(told_rfm(summary, plan, prospects))
        return
    language, currency = plan.brand.language, plan.brand.currency
    table = Table("group", "cells", "customers", "share", "revenue")
    for group in GROUPS:
        figures = summary.groups[group.key]
        share = figures.customers / summary.customers if summary.customers else 0
        name = names[group.key].in_language(language)
        money = format_amount(figures.revenue, currency, language)
        table.add_row(name, " ".join(group.cells), f"{figures.customers:,}", f"{share:.1%}", money)
    table.add_row(names[PROSPECTS.key].in_language(language), "", f"{prospects:,}", "", "")
    console.print(table)
    vip = summary.vip
    if vip.spend_multiple is not None and vip.customers_share is not None and vip.revenue_share is not None:
        console.print(
            f"333: {vip.customers_share:.1%} of customers, {vip.revenue_share:.1%} of revenue, "
            f"×{vip.spend_multiple:.1f} the others' spend · cuts v{summary.scheme_version}"
        )


def told_rfm(summary: Summary, plan: Plan, prospects: int) -> dict[str, Any]:
    """The scores of everyone as JSON: every cell present, money as decimal text."""

    def figures(one: Figures) -> dict[str, Any]:
        return {"customers": one.customers, "revenue": decimal_text(one.revenue, plan.brand.currency)}

    nobody = {"customers": prospects, "revenue": decimal_text(0, plan.brand.currency)}
    return {
        "as_of": say_instant(summary.as_of, plan.tz),
        "currency": plan.brand.currency,
        "cuts": told_scheme(plan.scheme, plan),
        "customers": summary.customers,
        "revenue": decimal_text(summary.revenue, plan.brand.currency),
        "cells": {name: figures(one) for name, one in summary.cells.items()},
        "groups": {name: figures(one) for name, one in summary.groups.items()} | {PROSPECTS.key: nobody},
        "vip": msgspec.to_builtins(summary.vip),
    }


def told_scheme(scheme: Scheme, plan: Plan) -> dict[str, Any]:
    """Cuts as JSON: spans in words, money as decimal text."""
    return {
        "version": scheme.version,
        "recency": [str(cut) for cut in scheme.recency],
        "orders": list(scheme.orders),
        "spend": [decimal_text(cut, plan.brand.currency) for cut in scheme.spend],
        "window": str(scheme.window),
        "occasion": scheme.occasion,
        "origin": scheme.origin,
        "note": scheme.note,
    }


@cli.command()
@click.option("--period", default="12mo", show_default=True, help="How far back, in months or years.")
@click.option("--sold-via", type=click.Choice(["online", "pos", "phone"]), help="One place of sale only.")
@as_of_option
@brand_option
@json_option
def banana(period: str, sold_via: str | None, as_of: str | None, brand: str, as_json: bool) -> None:
    """The banana curve: how many bought once, twice …, what they bring, and the curve behind it."""
    with installation() as app:
        plan = app.plan(brand)
        now = instant_of(as_of, plan, app)
        curve = whole.banana_of(app.connection(), plan, now, period=_months(period), sold_via=sold_via)
    told = told_banana(curve, plan)
    if as_json:
        answer(told)
    else:
        _print_banana(curve, told, plan)


def _months(text: str) -> int:
    try:
        span = parse_span(text)
    except ValueError as error:
        raise Refused(str(error)) from error
    factor = {"months": 1, "years": 12}.get(span.unit.value)
    if factor is None or span.count < 1:
        raise Refused(f"--period {text}: give months or years, for example 12mo or 1y")
    return span.count * factor


def told_banana(curve: Banana, plan: Plan) -> dict[str, Any]:
    """The curve as JSON."""
    currency = plan.brand.currency
    gain = what_if(curve, 1, _WHAT_IF) if curve.customers else None
    bars = []
    for bar in curve.bars:
        told = msgspec.to_builtins(bar)
        for name in ("revenue", "next_value_median", "next_value_mean"):
            told[name] = None if told[name] is None else decimal_text(told[name], currency)
        bars.append(told)
    more = None
    if gain is not None:
        more = {
            "share": _WHAT_IF,
            "customers": gain.customers,
            "low": decimal_text(gain.low, currency),
            "high": decimal_text(gain.high, currency),
        }
    return {
        "from": say_instant(curve.start, plan.tz),
        "to": say_instant(curve.end, plan.tz),
        "sold_via": curve.sold_via,
        "customers": curve.customers,
        "purchases": curve.purchases,
        "revenue": decimal_text(curve.revenue, currency),
        "currency": currency,
        "bars": bars,
        "curve": msgspec.to_builtins(curve.curve),
        "one_more": more,
    }


def _print_banana(curve: Banana, told: dict[str, Any], plan: Plan) -> None:
    currency, language = plan.brand.currency, plan.brand.language
    console.print(f"[bold]{curve.customers:,}[/] customers, {told['from'][:10]} – {told['to'][:10]}")
    tallest = max((bar.share for bar in curve.bars), default=0) or 1
    for bar in curve.bars:
        name = f"{bar.purchases}+" if bar.is_open else f"{bar.purchases} "
        length = round(_WIDTH * bar.share / tallest)
        fitted = f"  curve {bar.fitted_share:5.1%}" if bar.fitted_share is not None else ""
        money = format_amount(bar.revenue, currency, language)
        console.print(
            f"{name} {'█' * length:<{_WIDTH}} {bar.share:6.1%}{fitted}  {bar.revenue_share:6.1%} of revenue, {money}"
        )
    fit = curve.curve
    if isinstance(fit, Fit):
        fits = "fits" if fit.is_good else "does not fit well"
        console.print(f"The curve {fits}: largest gap {fit.gap_points:.1f} points.")
    else:
        console.print(fit.says)
    if told["one_more"] is not None:
        low, high = told["one_more"]["low"], told["one_more"]["high"]
        console.print(f"If {_WHAT_IF:.0%} of those who bought once bought once more: {low} – {high} {currency}.")


@cli.group()
def cuts() -> None:
    """The cuts that make scores: what stands, what the data proposes, who would move, a new version."""


@cuts.command("show")
@brand_option
@json_option
def cuts_show(brand: str, as_json: bool) -> None:
    """Every stored version; the last active one makes the scores."""
    with installation() as app:
        plan = app.plan(brand)
        found = cut_work.versions(app.connection(), plan)
    rows = [
        told_scheme(scheme, plan) | {"status": row.status, "saved_by": row.saved_by,
                                     "saved_at": say_instant(row.saved_at, plan.tz)}
        for scheme, row in found
    ]  # fmt: skip
    if as_json:
        answer({"versions": rows})
        return
    for row in rows:
        _print_scheme(row)


def _print_scheme(row: dict[str, Any]) -> None:
    mark = f"[bold]v{row['version']}[/] {row.get('status', '')}".strip()
    console.print(
        f"{mark}: R {' / '.join(row['recency'])} · F {row['orders'][0]}, {row['orders'][1]} orders · "
        f"M {row['spend'][0]}, {row['spend'][1]} · window {row['window']} · {row['origin']} {row['note']}".rstrip()
    )


@cuts.command("fit")
@as_of_option
@brand_option
@json_option
def cuts_fit(as_of: str | None, brand: str, as_json: bool) -> None:
    """What your own orders propose, and who would move. It scores nobody until you save it."""
    with installation() as app:
        plan = app.plan(brand)
        now = instant_of(as_of, plan, app)
        fitted = _fit(app, plan, now)
        movers = cut_work.compare(app.connection(), plan, plan.scheme, fitted.scheme, now)
    told = {
        "proposal": told_scheme(fitted.scheme, plan),
        "evidence": msgspec.to_builtins(fitted.evidence),
        "movers": msgspec.to_builtins(movers),
    }
    if as_json:
        answer(told)
        return
    _print_scheme(told["proposal"])
    _print_movers(movers)
    console.print("Save it with: ritorno cuts save --from-fit")


def _fit(app: Any, plan: Plan, now: Instant) -> Any:
    try:
        return cut_work.fit(app.connection(), plan, now)
    except NoBuyersError as error:
        raise Refused(str(error)) from error


def _print_movers(movers: cut_work.Movers) -> None:
    console.print(f"{movers.movers:,} of {movers.customers:,} customers would be in another group.")
    for flow, count in movers.flows.items():
        console.print(f"  {count:>8,}  {flow}")


@cuts.command("diff")
@click.argument("one", type=click.IntRange(1))
@click.argument("other", type=click.IntRange(1))
@as_of_option
@brand_option
@json_option
def cuts_diff(one: int, other: int, as_of: str | None, brand: str, as_json: bool) -> None:
    """Who is in another group under version OTHER than under version ONE. Nothing is changed."""
    with installation() as app:
        plan = app.plan(brand)
        try:
            schemes = [cut_work.version(app.connection(), plan, number) for number in (one, other)]
        except cut_work.NoVersion as error:
            raise Refused(str(error)) from error
        movers = cut_work.compare(app.connection(), plan, schemes[0], schemes[1], instant_of(as_of, plan, app))
    if as_json:
        answer(msgspec.to_builtins(movers))
    else:
        _print_movers(movers)


@cuts.command("save")
@click.option("--recency", metavar="DAYS,DAYS", help="R3 below the first, R2 below the second: 30,90.")
@click.option("--orders", metavar="N,N", help="F2 from the first, F3 from the second: 2,3.")
@click.option("--spend", metavar="AMOUNT,AMOUNT", help="M2 from the first, M3 from the second: 400,1200.")
@click.option("--window-days", type=click.IntRange(1), help="F and M look back so many days.")
@click.option("--window-months", type=click.IntRange(1), help="F and M look back so many months.")
@click.option("--from-fit", is_flag=True, help="Begin with what the data proposes.")
@click.option("--note", default="", help="For people: why.")
@as_of_option
@brand_option
@json_option
def cuts_save(
    recency: str | None, orders: str | None, spend: str | None, window_days: int | None, window_months: int | None,
    from_fit: bool, note: str, as_of: str | None, brand: str, as_json: bool,
) -> None:  # fmt: skip
    """Store a new version and settle everyone under it. Nobody enters a playbook for that."""
    with installation() as app:
        plan = app.plan(brand)
        now = app.now(plan.brand.id)
        scheme = _fit(app, plan, instant_of(as_of, plan, app)).scheme if from_fit else replace(plan.scheme, note="")
        scheme = _changed(scheme, plan, recency, orders, spend, window_days, window_months)
        scheme = replace(scheme, origin="fitted" if from_fit else "set", note=note or scheme.note)
        try:
            number = cut_work.save(app.connection(), plan, scheme, now, "cli")
        except SchemeError as error:
            raise Refused(str(error)) from error
        plan = app.plan(brand)
        with Progress(console=errors, transient=True) as progress:
            task = progress.add_task("settling", total=customers.count(app.connection(), plan.brand.id))
            replan(app.connection(), plan, now, lambda done: progress.update(task, advance=done))
    told = told_scheme(plan.scheme, plan)
    if as_json:
        answer(told)
    else:
        console.print(f"Saved as v{number}.")
        _print_scheme(told)


def _changed(
    scheme: Scheme, plan: Plan, recency: str | None, orders: str | None, spend: str | None, window_days: int | None,
    window_months: int | None,
) -> Scheme:  # fmt: skip
    """The cuts with what was given on the command line."""
    if window_days and window_months:
        raise Refused("give --window-days or --window-months, not both")
    try:
        if recency is not None:
            first, second = (_recency(part) for part in _pair("--recency", recency))
            scheme = replace(scheme, recency=(first, second))
        if orders is not None:
            twice, thrice = (int(part) for part in _pair("--orders", orders))
            scheme = replace(scheme, orders=(twice, thrice))
        if spend is not None:
            some, much = (parse_amount(part, plan.brand.currency) for part in _pair("--spend", spend))
            scheme = replace(scheme, spend=(some, much))
    except ValueError as error:
        raise Refused(str(error)) from error
    if window_days:
        scheme = replace(scheme, window=days(window_days))
    return replace(scheme, window=months(window_months)) if window_months else scheme


def _recency(text: str) -> Span:
    return days(int(text)) if text.strip().isdigit() else parse_span(text)


def _pair(option: str, text: str) -> list[str]:
    parts = text.split(",")
    if len(parts) != 2:
        raise Refused(f"{option} {text}: give two, with a comma between")
    return parts
