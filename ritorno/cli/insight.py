"""`ritorno rfm`, `banana`: who buys, how often, for how much."""

from typing import Any

import click
import msgspec
from msgspec.structs import replace
from rich.table import Table

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
from ritorno.cli.cuts import told_scheme, version_of
from ritorno.core.instants import parse_span, say_instant
from ritorno.core.money import decimal_text, format_amount
from ritorno.core.plan import Plan
from ritorno.core.scores.cells import GROUPS, PROSPECTS
from ritorno.store import customers
from ritorno.whole.banana import Banana, what_if
from ritorno.whole.nbd import Fit
from ritorno.whole.rfm import Figures, Summary
from ritorno.work import whole
from ritorno.work.group_names import group_names

_WHAT_IF = 0.05  # "if 5 % of those who bought once bought once more"
_WIDTH = 40


@cli.command()
@click.option("--cuts-version", type=click.IntRange(1), help="Under these stored cuts, not those that stand.")
@as_of_option
@brand_option
@json_option
def rfm(cuts_version: int | None, as_of: str | None, brand: str, as_json: bool) -> None:
    """Everyone's scores: the 27 cells, the groups, and what the best are worth."""
    with installation() as app:
        plan = app.plan(brand)
        now = instant_of(as_of, plan, app)
        if cuts_version is not None:
            plan = replace(plan, scheme=version_of(app, plan, cuts_version))
        summary = whole.rfm(app.connection(), plan, now, lake=app.settings.lake)
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
        curve = whole.banana_of(
            app.connection(), plan, now, period=_months(period), sold_via=sold_via, lake=app.settings.lake
        )
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
