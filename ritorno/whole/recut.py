"""Everyone under other cuts: the cells and groups now and then, and who moves (SCO-12). Nothing is changed by it.

Both scorings are of the same instant and the same orders, so what is told here is what settling everyone will do.
"""

from collections.abc import Iterable
from zoneinfo import ZoneInfo

import duckdb
import msgspec

from ritorno.core.ids import CustomerId
from ritorno.core.instants import Instant
from ritorno.core.scores.cells import CELLS, GROUPS, Cell, GroupKey, group_of
from ritorno.core.scores.cuts import Scheme
from ritorno.whole.rfm import Figures, score_everyone


class Sizes(msgspec.Struct, frozen=True):
    """A cell or a group under the cuts that stand and under the others."""

    now: Figures
    then: Figures


class Flow(msgspec.Struct, frozen=True):
    """Customers who go from one group to another, and their net spend of 12 months, in minor units."""

    before: GroupKey
    after: GroupKey
    customers: int
    at_stake: int


class Recut(msgspec.Struct, frozen=True):
    """`cells` and `groups` are all of them in their order; `flows` the largest first, between different groups only.
    `rescored` are customers whose cell is another, in their group or out of it; `movers` those whose group is."""

    customers: int
    rescored: int
    movers: int
    at_stake: int
    cells: dict[Cell, Sizes]
    groups: dict[GroupKey, Sizes]
    flows: tuple[Flow, ...]


class Mover(msgspec.Struct, frozen=True):
    customer: CustomerId
    before: Cell
    after: Cell
    at_stake: int


def under_both(
    orders: duckdb.DuckDBPyRelation, one: Scheme, other: Scheme, now: Instant, tz: ZoneInfo
) -> duckdb.DuckDBPyRelation:
    """One row a customer: customer_id, was and becomes (cells as text), spend, spend_year (minor units).

    `spend` is inside the first scheme's window. Raises OrdersError for a relation that is no table of orders.
    """
    first = score_everyone(orders, one, now, tz).project("customer_id, concat(r, f, m) AS was, spend, spend_year")
    second = score_everyone(orders, other, now, tz).project("customer_id AS who, concat(r, f, m) AS becomes")
    both = first.set_alias("one").join(second.set_alias("two"), "one.customer_id = two.who")
    return both.project("customer_id, was, becomes, spend, spend_year")


def recut(both: duckdb.DuckDBPyRelation) -> Recut:
    """Every figure, from what `under_both` gave."""
    rows = [
        (Cell(was), Cell(becomes), Figures(*figures))
        for was, becomes, *figures in both.aggregate(
            "was, becomes, count(*), sum(spend)::BIGINT, sum(spend_year)::BIGINT", "was, becomes"
        ).fetchall()
    ]
    cells = {
        name: Sizes(
            _sum(figures for was, _, figures in rows if was == name),
            _sum(figures for _, becomes, figures in rows if becomes == name),
        )
        for name in CELLS
    }
    flows = _flows(rows)
    return Recut(
        customers=sum(figures.customers for *_, figures in rows),
        rescored=sum(figures.customers for was, becomes, figures in rows if was != becomes),
        movers=sum(flow.customers for flow in flows),
        at_stake=sum(flow.at_stake for flow in flows),
        cells=cells,
        groups={
            group.key: Sizes(
                _sum(cells[name].now for name in group.cells), _sum(cells[name].then for name in group.cells)
            )
            for group in GROUPS
        },
        flows=flows,
    )


def _sum(parts: Iterable[Figures]) -> Figures:
    found = list(parts)
    return Figures(
        sum(part.customers for part in found),
        sum(part.revenue for part in found),
        sum(part.spend_year for part in found),
    )


def _flows(rows: list[tuple[Cell, Cell, Figures]]) -> tuple[Flow, ...]:
    found: dict[tuple[GroupKey, GroupKey], list[Figures]] = {}
    for was, becomes, figures in rows:
        before, after = group_of(was).key, group_of(becomes).key
        if before != after:
            found.setdefault((before, after), []).append(figures)
    flows = [
        Flow(before, after, total.customers, total.spend_year)
        for (before, after), parts in found.items()
        for total in [_sum(parts)]
    ]
    return tuple(sorted(flows, key=lambda flow: (-flow.customers, -flow.at_stake, flow.before, flow.after)))


def movers(both: duckdb.DuckDBPyRelation, *, most: int | None = None, skip: int = 0) -> list[Mover]:
    """Whose group would be another: most at stake first, then by id; a page of them, or all."""
    moved = both.filter(f"{_group_sql('was')} <> {_group_sql('becomes')}").order("spend_year DESC, customer_id")
    page = moved if most is None else moved.limit(most, skip)
    return [Mover(*row) for row in page.project("customer_id, was, becomes, spend_year").fetchall()]


def _group_sql(column: str) -> str:
    cases = [f"WHEN {column} = '{name}' THEN '{group.key}'" for group in GROUPS for name in group.cells]
    return f"(CASE {' '.join(cases)} END)"
