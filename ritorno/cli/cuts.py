"""`ritorno cuts …`: what stands, what the data proposes, who would move, a new version."""

from typing import Any

import click
import msgspec
from msgspec.structs import replace
from rich.markup import escape
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
from ritorno.cli.cuts_given import CutsGiven, cut_options, wanted
from ritorno.core.instants import Instant, say_instant
from ritorno.core.money import decimal_text
from ritorno.core.plan import Plan
from ritorno.core.scores.cells import GROUPS, group_of
from ritorno.core.scores.cuts import Scheme, SchemeError
from ritorno.store import customers
from ritorno.whole.fit_cuts import NoBuyersError
from ritorno.whole.recut import Mover, Recut, Sizes
from ritorno.wiring import App
from ritorno.work import cuts as cut_work
from ritorno.work.group_names import said_groups
from ritorno.work.replan import replan


@cli.group()
def cuts() -> None:
    """The cuts that make scores: what stands, what the data proposes, who would move, a new version."""


@cuts.command("show")
@click.option("--version", type=click.IntRange(1), help="That version only.")
@brand_option
@json_option
def cuts_show(version: int | None, brand: str, as_json: bool) -> None:
    """Every stored version; the last active one makes the scores."""
    with installation() as app:
        plan = app.plan(brand)
        if version is not None:
            version_of(app, plan, version)
        found = cut_work.versions(app.connection(), plan)
    rows = [
        told_scheme(scheme, plan) | {"status": row.status, "saved_by": row.saved_by,
                                     "saved_at": say_instant(row.saved_at, plan.tz)}
        for scheme, row in found if version in (None, scheme.version)
    ]  # fmt: skip
    if as_json:
        answer({"versions": rows})
        return
    for row in rows:
        _print_scheme(row)


def version_of(app: App, plan: Plan, number: int) -> Scheme:
    """A stored version; `Refused` names those there are."""
    try:
        return cut_work.version(app.connection(), plan, number)
    except cut_work.NoVersion as error:
        raise Refused(str(error)) from error


def told_scheme(scheme: Scheme, plan: Plan) -> dict[str, Any]:
    """Cuts as JSON: spans in words, money as decimal text."""
    return {
        "version": scheme.version,
        "recency": [str(cut) for cut in scheme.recency],
        "by_category": {name: [str(cut) for cut in own] for name, own in scheme.by_category.items()},
        "orders": list(scheme.orders),
        "spend": [decimal_text(cut, plan.brand.currency) for cut in scheme.spend],
        "window": str(scheme.window),
        "occasion": scheme.occasion,
        "origin": scheme.origin,
        "note": scheme.note,
    }


def _print_scheme(row: dict[str, Any]) -> None:
    mark = f"[bold]v{row['version']}[/] {row.get('status', '')}".strip()
    per = "" if row["occasion"] == "order" else " · a day at one branch is one purchase"
    console.print(
        f"{mark}: R {' / '.join(row['recency'])} · F {row['orders'][0]}, {row['orders'][1]} orders · "
        f"M {row['spend'][0]}, {row['spend'][1]} · window {row['window']}{per} · {row['origin']} "
        f"{escape(row['note'])}".rstrip()
    )
    for name, own in row["by_category"].items():
        console.print(f"    R of {escape(name)}: {' / '.join(own)}")


@cuts.command("fit")
@click.option("--category", metavar="NAME", help="R's cuts of that category, from the gaps between purchases of it.")
@as_of_option
@brand_option
@json_option
def cuts_fit(category: str | None, as_of: str | None, brand: str, as_json: bool) -> None:
    """What your own orders propose, and who would move. It scores nobody until you save it."""
    with installation() as app:
        plan = app.plan(brand)
        now = instant_of(as_of, plan, app)
        try:
            told, scheme = _fitted(app, plan, category, now)
        except NoBuyersError as error:
            raise Refused(str(error)) from error
        found = _preview(app, plan, plan.scheme, scheme, now).recut
    if as_json:
        answer(told | {"movers": told_moves(found, plan)})
        return
    _print_scheme(told["proposal"])
    _print_moves(found)
    if category is None:
        console.print("Save it with: ritorno cuts save --from-fit")
    else:
        newer, older = (cut.count for cut in scheme.by_category[category])
        console.print(escape(f'Save it with: ritorno cuts save --category "{category}={newer},{older}"'))


def _fitted(app: App, plan: Plan, category: str | None, now: Instant) -> tuple[dict[str, Any], Scheme]:
    """The proposal and its evidence as JSON, and as cuts."""
    if category is None:
        fitted = cut_work.fit(app.connection(), plan, now, lake=app.settings.lake)
        evidence, scheme = msgspec.to_builtins(fitted.evidence), fitted.scheme
    else:
        own = cut_work.fit_category(app.connection(), plan, category, now, lake=app.settings.lake)
        evidence = {name: value for name, value in msgspec.to_builtins(own).items() if name != "recency"}
        version = plan.scheme.version + 1
        by_category = plan.scheme.by_category | {category: own.recency}
        scheme = replace(plan.scheme, by_category=by_category, version=version, origin="fitted", note="")
    return {"proposal": told_scheme(scheme, plan), "evidence": evidence}, scheme


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
        schemes = [version_of(app, plan, number) for number in (one, other)]
        found = _preview(app, plan, schemes[0], schemes[1], instant_of(as_of, plan, app)).recut
    if as_json:
        answer(told_moves(found, plan))
    else:
        _print_moves(found)


@cuts.command("preview")
@cut_options
@click.option("--movers", type=click.IntRange(0), default=10, show_default=True, help="How many movers a page tells.")
@click.option("--page", type=click.IntRange(1), default=1, show_default=True, help="Which page of them.")
@as_of_option
@brand_option
@json_option
def cuts_preview(
    movers: int, page: int, as_of: str | None, brand: str, as_json: bool, **given: Any
) -> None:  # fmt: skip
    """What other cuts would do: cells and groups now and then, and who moves. Nothing is changed."""
    with installation() as app:
        plan = app.plan(brand)
        now = instant_of(as_of, plan, app)
        scheme = wanted(app, plan, CutsGiven(**given), now)
        scheme = replace(scheme, version=cut_work.next_version(app.connection(), plan))
        most, skip = (None, 0) if as_json else (movers, (page - 1) * movers)
        found = _preview(app, plan, plan.scheme, scheme, now, most, skip)
        names = said_groups(app.connection(), plan, plan.brand.language)
    if as_json:
        told = {"as_of": say_instant(now, plan.tz), "cuts": told_scheme(plan.scheme, plan)}
        told |= {"proposal": told_scheme(scheme, plan)} | told_recut(found.recut, plan)
        answer(told | {"who": [_told_mover(one, plan) for one in found.movers]})
        return
    _print_scheme(told_scheme(scheme, plan) | {"status": "would be"})
    _print_sizes(found.recut, names, plan)
    _print_moves(found.recut)
    for one in found.movers:
        money = decimal_text(one.at_stake, plan.brand.currency)
        console.print(f"  {one.customer}  {one.before} → {one.after}  {money} {plan.brand.currency} in 12 months")
    console.print("Save it with the same options: ritorno cuts save …")


def _preview(
    app: App, plan: Plan, one: Scheme, other: Scheme, now: Instant, most: int | None = 0, skip: int = 0
) -> cut_work.Preview:
    try:
        return cut_work.preview(app.connection(), plan, one, other, now, most=most, skip=skip, lake=app.settings.lake)
    except SchemeError as error:
        raise Refused(str(error)) from error


def told_recut(found: Recut, plan: Plan) -> dict[str, Any]:
    """Cells and groups now and then, and the moves, as JSON; `revenue` is net spend of 12 months."""

    def told(sizes: Sizes) -> dict[str, Any]:
        return {
            when: {"customers": one.customers, "revenue": decimal_text(one.spend_year, plan.brand.currency)}
            for when, one in (("now", sizes.now), ("then", sizes.then))
        }

    return {
        "cells": {name: told(sizes) for name, sizes in found.cells.items()},
        "groups": {name: told(sizes) for name, sizes in found.groups.items()},
        **told_moves(found, plan),
    }


def told_moves(found: Recut, plan: Plan) -> dict[str, Any]:
    """Who would move, as JSON: "risk → fading" and how many, how much is at stake."""
    money = plan.brand.currency
    return {
        "customers": found.customers,
        "rescored": found.rescored,
        "movers": found.movers,
        "at_stake": decimal_text(found.at_stake, money),
        "flows": {f"{flow.before} → {flow.after}": flow.customers for flow in found.flows},
        "stakes": {f"{flow.before} → {flow.after}": decimal_text(flow.at_stake, money) for flow in found.flows},
    }


def _told_mover(one: Mover, plan: Plan) -> dict[str, Any]:
    return {
        "customer": str(one.customer),
        "from_cell": one.before,
        "to_cell": one.after,
        "from": group_of(one.before).key,
        "to": group_of(one.after).key,
        "at_stake": decimal_text(one.at_stake, plan.brand.currency),
    }


def _print_sizes(found: Recut, names: Any, plan: Plan) -> None:
    table = Table("group, cell", "customers now", "then", f"{plan.brand.currency} in 12 months now", "then")

    def row(name: str, sizes: Sizes, style: str | None = None) -> None:
        money = (decimal_text(one.spend_year, plan.brand.currency) for one in (sizes.now, sizes.then))
        table.add_row(name, f"{sizes.now.customers:,}", f"{sizes.then.customers:,}", *money, style=style)

    for group in GROUPS:
        row(names[group.key], found.groups[group.key], "bold")
        for cell in group.cells:
            row(f"  {cell}", found.cells[cell])
    console.print(table)


def _print_moves(found: Recut) -> None:
    console.print(f"{found.movers:,} of {found.customers:,} customers would be in another group.")
    for flow in found.flows:
        console.print(f"  {flow.customers:>8,}  {flow.before} → {flow.after}")


@cuts.command("save")
@cut_options
@click.option("--note", default="", help="For people: why.")
@click.option("--treat-as-moves", is_flag=True, help="Let what moves trigger playbooks; without it nobody enters one.")
@as_of_option
@brand_option
@json_option
def cuts_save(
    note: str, treat_as_moves: bool, as_of: str | None, brand: str, as_json: bool, **given: Any
) -> None:  # fmt: skip
    """Store a new version and settle everyone under it. Nobody enters a playbook for that, unless you say so."""
    with installation() as app:
        plan = app.plan(brand)
        now = app.now(plan.brand.id)
        scheme = wanted(app, plan, CutsGiven(**given), instant_of(as_of, plan, app))
        scheme = replace(scheme, note=note or scheme.note)
        try:
            number = cut_work.save(app.connection(), plan, scheme, now, "cli", as_moves=treat_as_moves)
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
