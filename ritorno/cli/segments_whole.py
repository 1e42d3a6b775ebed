"""`ritorno segments count|members|sample|overlap|breakdown`: questions about everyone, asked of the lake."""

import csv
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, cast

import click
from rich.table import Table

from ritorno.cli.app import (
    Refused,
    answer,
    as_of_option,
    brand_option,
    console,
    installation,
    instant_of,
    json_option,
)  # fmt: skip
from ritorno.cli.progress import over_customers
from ritorno.cli.segments import read_rule, segments
from ritorno.core.customer import Customer, latest
from ritorno.core.identifiers import Kind
from ritorno.core.ids import CustomerId
from ritorno.core.instants import say_instant
from ritorno.core.plan import Plan
from ritorno.core.segments.rule import Rule
from ritorno.core.segments.text_write import to_text
from ritorno.store import customers
from ritorno.whole import questions
from ritorno.whole.columns import Base
from ritorno.whole.engines import connected
from ritorno.whole.lake import Lake
from ritorno.whole.manifest import NoLake
from ritorno.whole.tables import Engine, tables_of
from ritorno.wiring import App
from ritorno.work.keep_lake import keep_lake

_PAUSE = 0.2
_PAGE = 10_000
_FIELDS = ("customer", "phone", "email", "first_name", "last_name", "cell", "orders", "spend_minor")


class Everyone(NamedTuple):
    """An installation whose lake is up to date, and the base that a question is asked of."""

    app: App
    plan: Plan
    base: Base
    engine: Engine


@contextmanager
def everyone(brand: str, as_of: str | None) -> Iterator[Everyone]:
    """The base as of an instant, with all that has been reacted to until now."""
    with installation() as app, connected(app.settings.whole) as engine:
        plan = app.plan(brand)
        now = instant_of(as_of, plan, app)
        lake = _fresh(app, plan)
        yield Everyone(app, plan, Base(tables_of(lake, engine), plan, now), engine)


def _fresh(app: App, plan: Plan) -> Lake:
    """The lake with every change taken in; where there is none yet, it is built now."""
    lake = Lake(app.settings.lake, plan.brand.id)
    count = customers.count(app.connection(), plan.brand.id)
    done = 0
    with over_customers() as progress:
        while True:
            now, at = app.now(plan.brand.id), app.clock.now()
            kept = app.session.run(lambda c, n=now, a=at: keep_lake(c, app.settings.lake, plan, n, a))  # type: ignore[misc]
            done += kept.built
            progress(done, count)
            if kept.was_free and not kept.is_unfinished:
                return lake
            if not kept.was_free:
                if _stands(lake):
                    return lake  # another process takes the changes in this very second
                time.sleep(_PAUSE)


def _stands(lake: Lake) -> bool:
    try:
        lake.standing()
    except NoLake:
        return False
    return True


@segments.command("count")
@click.argument("rules", metavar="RULE...", nargs=-1, required=True)
@as_of_option
@brand_option
@json_option
def count_command(rules: tuple[str, ...], as_of: str | None, brand: str, as_json: bool) -> None:
    """How many customers, of how many: one question for all the RULEs."""
    with everyone(brand, as_of) as whole:
        asked = {told: read_rule(whole.plan, told) for told in rules}
        found = questions.counts(asked, whole.base, whole.engine)
        at = say_instant(whole.base.now, whole.plan.tz)
    rows = [
        {"rule": told, "text": to_text(asked[told]), "customers": one.customers, "of": one.everyone}
        for told, one in found.items()
    ]
    if as_json:
        answer({"as_of": at, "counts": rows, **(rows[0] if len(rows) == 1 else {})})
        return
    for row in rows:
        share = f" ({row['customers'] / row['of']:.1%})" if row["of"] else ""  # type: ignore[operator]
        console.print(f"{row['customers']:,} of {row['of']:,}{share}  {row['text']}", markup=False, highlight=False)


@segments.command("members")
@click.argument("rule")
@click.option("--most", type=click.IntRange(1, 10_000), default=100, show_default=True, help="How many on a page.")
@click.option("--after", type=int, help="The page after this customer's number.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write all of them to a CSV file instead.")
@as_of_option
@brand_option
@json_option
def members_command(
    rule: str, most: int, after: int | None, out: Path | None, as_of: str | None, brand: str, as_json: bool
) -> None:
    """Who they are, in the order of their numbers."""
    with everyone(brand, as_of) as whole:
        asked = read_rule(whole.plan, rule)
        if out is not None:
            written = _write(whole, asked, out)
            if as_json:
                answer({"file": str(out), "customers": written})
            else:
                console.print(f"{out}: {written:,} customers", markup=False)
            return
        page = questions.members(
            asked, whole.base, whole.engine, after=None if after is None else CustomerId(after), most=most
        )
        _tell(whole, page.customers, as_json, {"after": None if page.after is None else str(page.after)})


@segments.command("sample")
@click.argument("rule")
@click.option("--most", type=click.IntRange(1, 1000), default=20, show_default=True, help="How many.")
@as_of_option
@brand_option
@json_option
def sample_command(rule: str, most: int, as_of: str | None, brand: str, as_json: bool) -> None:
    """Some of them, by hash: the same ones every time."""
    with everyone(brand, as_of) as whole:
        found = questions.sample(read_rule(whole.plan, rule), whole.base, whole.engine, most=most)
        _tell(whole, found, as_json, {})


@segments.command("overlap")
@click.argument("rules", metavar="[RULE...]", nargs=-1)
@as_of_option
@brand_option
@json_option
def overlap_command(rules: tuple[str, ...], as_of: str | None, brand: str, as_json: bool) -> None:
    """How many are in every two of the RULEs; without any, in every two of the saved segments."""
    with everyone(brand, as_of) as whole:
        asked = {told: read_rule(whole.plan, told) for told in rules or tuple(sorted(whole.plan.rules))}
        found = questions.overlap(asked, whole.base, whole.engine)
    rows = [
        {"one": one, "other": other, "both": both, "either": found.sizes[one] + found.sizes[other] - both}
        for (one, other), both in found.both.items()
    ]
    if as_json:
        answer({"sizes": found.sizes, "overlaps": rows})
        return
    table = Table("one", "other", "both", "share of either")
    for row in sorted(rows, key=lambda each: -cast("int", each["both"])):
        share = f"{row['both'] / row['either']:.1%}" if row["either"] else "–"  # type: ignore[operator]
        table.add_row(str(row["one"]), str(row["other"]), f"{row['both']:,}", share)
    console.print(table)


@segments.command("breakdown")
@click.argument("rule")
@click.option(
    "--by", required=True, metavar="WHAT",
    help="group, sold_via, branch, trait:NAME or fact:NAME (fact:orders, fact:stage, fact:engagement_email …).",
)  # fmt: skip
@as_of_option
@brand_option
@json_option
def breakdown_command(rule: str, by: str, as_of: str | None, brand: str, as_json: bool) -> None:
    """How they divide by a trait, a fact, their group or where they bought last."""
    kind, _, name = by.partition(":")
    if kind not in ("trait", "fact", "group", "sold_via", "branch") or bool(name) is not (kind in ("trait", "fact")):
        raise Refused(f"--by {by!r}: write group, sold_via, branch, trait:NAME or fact:NAME")
    with everyone(brand, as_of) as whole:
        try:
            found = questions.breakdown(
                read_rule(whole.plan, rule), cast("questions.Kind", kind), whole.base, whole.engine, name=name
            )
        except ValueError as error:
            raise Refused(str(error)) from error
    if as_json:
        parts = [{"value": part.value, "customers": part.customers} for part in found.parts]
        answer({"by": by, "customers": found.customers, "parts": parts, "others": found.others})
        return
    table = Table(by, "customers", "share")
    for part in found.parts:
        share = f"{part.customers / found.customers:.1%}"
        table.add_row("–" if part.value is None else part.value, f"{part.customers:,}", share)
    if found.others:
        table.add_row("…", f"{found.others:,}", f"{found.others / found.customers:.1%}")
    console.print(table)


def _tell(whole: Everyone, ids: tuple[CustomerId, ...], as_json: bool, more: dict[str, Any]) -> None:
    rows = [dict(zip(_FIELDS, row, strict=True)) for row in _rows(whole.app, whole.plan, ids)]
    if as_json:
        answer({"as_of": say_instant(whole.base.now, whole.plan.tz), "customers": rows, **more})
        return
    table = Table(*_FIELDS)
    for row in rows:
        table.add_row(*("" if value is None else str(value) for value in row.values()))
    console.print(table)
    if more.get("after"):
        console.print(f"more: --after {more['after']}")


def _rows(app: App, plan: Plan, ids: tuple[CustomerId, ...]) -> Iterator[tuple[Any, ...]]:
    documents = {one.id: one for one in customers.read_some(app.connection(), plan.brand.id, list(ids))}
    yield from (_row(documents[each]) for each in ids if each in documents)


def _row(one: Customer) -> tuple[Any, ...]:
    phone, email = latest(one, Kind.PHONE), latest(one, Kind.EMAIL)
    names = [one.traits[name].value if name in one.traits else None for name in ("first_name", "last_name")]
    scores = one.scores
    cell = f"{scores.cell:03d}" if scores.cell else None
    return str(one.id), phone and phone.value, email and email.value, *names, cell, scores.orders, scores.spend


def _write(whole: Everyone, rule: Rule, out: Path) -> int:
    """All of them, page by page, to a file that is there only when it is whole."""
    beside = out.with_name(out.name + ".part")
    written, after = 0, None
    with over_customers() as progress, beside.open("w", encoding="utf-8-sig", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(_FIELDS)
        while True:
            page = questions.members(rule, whole.base, whole.engine, after=after, most=_PAGE)
            rows.writerows([_plain(value) for value in row] for row in _rows(whole.app, whole.plan, page.customers))
            written += len(page.customers)
            progress(written, written)
            after = page.after
            if after is None:
                break
    beside.replace(out)
    return written


def _plain(value: Any) -> Any:
    """What a spreadsheet would take for a formula is text."""
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@") and not value[1:].isdigit():
        return f"'{value}"
    return value
