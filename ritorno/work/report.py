"""Report: everyone's scores, the banana curve and the movement of the groups, counted for one page.

All of it is read from one DuckDB table of the brand's orders, as of one instant and under the cuts in force.
"""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import duckdb
import psycopg

from ritorno.core.instants import Instant, add_span, days, months
from ritorno.core.journeys.way import Words
from ritorno.core.plan import Plan
from ritorno.core.scores.cells import CELLS, GROUPS, PROSPECTS, Cell, group_of
from ritorno.report import figures as page_figures
from ritorno.report.figures import CellTile, Curve, Figures, GroupTile, Language, Month, Notes, Place, Tile
from ritorno.report.page import page
from ritorno.store import customers, identifiers
from ritorno.whole.banana import Bar, banana, what_if
from ritorno.whole.movement import Movement, movement, movement_between
from ritorno.whole.nbd import BarsOnly
from ritorno.whole.orders import guests
from ritorno.whole.rfm import Summary, score_everyone, summarise
from ritorno.whole.week import changed_cell, omnichannel, places
from ritorno.work.group_names import group_names
from ritorno.work.whole import open_orders

_ONE_MORE = 0.05  # "if 5 % of those who bought once bought once more"
_YEAR = months(-12)
_MONTH = months(-1)
_WEEK = days(-7)


def write_report(path: Path, figures: Figures) -> int:
    """Write the page; its size in bytes. Raises OSError when the file cannot be written."""
    text = page(figures).encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text)
    return len(text)


def report(
    connection: psycopg.Connection, plan: Plan, as_of: Instant, language: Language, *, is_now: bool = True,
    lake: str | None = None,
) -> Figures:  # fmt: skip
    """Everything on the page, as of an instant. Who has not bought yet is known of now only (`is_now`)."""
    names = group_names(connection, plan)
    prospects = customers.prospects(connection, plan.brand.id) if is_now else None
    houses = identifiers.tally(connection, plan.brand.id)["house_accounts"]
    with open_orders(connection, plan, lake=lake) as (columns, orders):
        return of_orders(columns, orders, plan, as_of, language, names, prospects, houses)


def of_orders(
    columns: duckdb.DuckDBPyConnection,
    orders: duckdb.DuckDBPyRelation,
    plan: Plan,
    as_of: Instant,
    language: Language,
    names: Mapping[str, Words],
    prospects: int | None,
    house_accounts: int,
) -> Figures:
    """The same from any DuckDB relation of orders (`whole/orders.py` gives its columns)."""
    summary = summarise(score_everyone(orders, plan.scheme, as_of, plan.tz), plan.scheme, as_of)
    moved = movement(columns, orders, plan.scheme, as_of, plan.tz)
    lately = movement_between(columns, orders, plan.scheme, [add_span(as_of, _MONTH, plan.tz), as_of], plan.tz)
    week = changed_cell(orders, plan.scheme, add_span(as_of, _WEEK, plan.tz), as_of, plan.tz)
    said = {key: name.in_language(language) for key, name in names.items()}
    return Figures(
        brand=plan.brand.name,
        language=language,
        currency=plan.brand.currency,
        tz=plan.tz,
        as_of=as_of,
        scheme=plan.scheme,
        customers=summary.customers,
        prospects=prospects,
        prospects_name=said[PROSPECTS.key],
        revenue=summary.revenue,
        curve=_curve(orders, plan, as_of),
        tiles=_tiles(summary, week),
        cells=tuple(
            CellTile(name, group_of(name).key, summary.cells[name].customers, summary.cells[name].revenue)
            for name in CELLS
        ),
        groups=_groups(summary, said),
        months=tuple(_since_first(moved)),
        flows=tuple(page_figures.Flow(flow.origin or "", flow.target, flow.customers) for flow in lately.flows),
        flows_since=lately.sizes[0].as_of,
        notes=_notes(orders, plan, as_of, house_accounts),
    )


def _curve(orders: duckdb.DuckDBPyRelation, plan: Plan, as_of: Instant) -> Curve:
    """The banana curve of the 12 months before `as_of`."""
    start = add_span(as_of, _YEAR, plan.tz)
    curve = banana(orders, start, as_of, plan.tz, occasion=plan.scheme.occasion)

    def bar(one: Bar) -> page_figures.Bar:
        gain = what_if(curve, one.purchases, _ONE_MORE) if one.customers else None
        return page_figures.Bar(
            purchases=one.purchases,
            is_open=one.is_open,
            customers=one.customers,
            share=one.share,
            revenue=one.revenue,
            revenue_share=one.revenue_share,
            running_share=one.running_revenue_share,
            mean_purchases=one.mean_purchases,
            fitted_share=one.fitted_share,
            expected_next=one.expected_next,
            gain=None if gain is None else (gain.low, gain.high),
        )

    bars = tuple(bar(one) for one in curve.bars)
    if isinstance(curve.curve, BarsOnly):
        return Curve(start, as_of, curve.customers, curve.revenue, bars, unfit=curve.curve.reason, one_more=_ONE_MORE)
    fit = curve.curve
    return Curve(start, as_of, curve.customers, curve.revenue, bars, fit.gap_points, fit.is_good, one_more=_ONE_MORE)


def _tiles(summary: Summary, week: Counter[tuple[Cell | None, Cell]]) -> tuple[Tile, ...]:
    came: Counter[str] = Counter()
    went: Counter[str] = Counter()
    for (origin, target), count in week.items():
        left = "" if origin is None else origin[:2]
        if left != target[:2]:
            came[target[:2]] += count
            went[left] += count
    tiles = []
    for place in sorted({name[:2] for name in CELLS}, reverse=True):
        cells = [summary.cells[Cell(f"{place}{m}")] for m in (1, 2, 3)]
        customers_in = sum(cell.customers for cell in cells)
        tiles.append(
            Tile(
                r=int(place[0]),
                f=int(place[1]),
                customers=customers_in,
                share=customers_in / summary.customers if summary.customers else 0.0,
                spend_year=sum(cell.spend_year for cell in cells),
                by_spend=(cells[0].customers, cells[1].customers, cells[2].customers),
                came=came[place],
                went=went[place],
            )
        )
    return tuple(tiles)


def _groups(summary: Summary, names: Mapping[str, str]) -> tuple[GroupTile, ...]:
    tiles = []
    for group in GROUPS:
        one = summary.groups[group.key]
        others, theirs = summary.customers - one.customers, summary.revenue - one.revenue
        comparable = one.customers > 0 and others > 0 and theirs > 0
        tiles.append(
            GroupTile(
                key=group.key,
                name=names[group.key],
                cells=group.cells,
                customers=one.customers,
                share=one.customers / summary.customers if summary.customers else 0.0,
                revenue=one.revenue,
                revenue_share=one.revenue / summary.revenue if summary.revenue else 0.0,
                spend_year=one.spend_year,
                multiple=(one.revenue * others) / (one.customers * theirs) if comparable else None,
            )
        )
    return tuple(tiles)


def _since_first(moved: Movement) -> list[Month]:
    """From the first reading that found anybody: a young shop has no empty months."""
    found = [Month(one.as_of, {str(key): n for key, n in one.groups.items()}) for one in moved.sizes]
    while len(found) > 1 and not any(found[0].sizes.values()):
        del found[0]
    return found


def _notes(orders: duckdb.DuckDBPyRelation, plan: Plan, as_of: Instant, house_accounts: int) -> Notes:
    start, end = add_span(as_of, _YEAR, plan.tz), Instant(as_of + 1)
    nobodys = guests(orders, start, end)
    return Notes(
        places=tuple(Place(one.sold_via, one.orders, one.revenue) for one in places(orders, start, end)),
        unattributed_orders=nobodys.orders,
        unattributed_revenue=nobodys.revenue,
        both_places=omnichannel(orders, start, end),
        house_accounts=house_accounts,
    )
