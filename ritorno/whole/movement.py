"""How the groups grew and who moved between them, month by month, from orders alone.

Every reading is scored with the *same* cuts, as of the first instant of a month, by what is known today: a refund that
came later is already off its order.
"""

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from zoneinfo import ZoneInfo

import duckdb
import msgspec
import pyarrow as pa

from ritorno.core.instants import Instant, Span, Unit, add_span, month_starts
from ritorno.core.scores.cells import GROUPS, Cell, GroupKey, group_of
from ritorno.core.scores.cuts import Scheme
from ritorno.whole.rfm import score_everyone


class Sizes(msgspec.Struct, frozen=True):
    """Customers in each group at an instant; every group present."""

    as_of: Instant
    groups: dict[GroupKey, int]


class Flow(msgspec.Struct, frozen=True):
    """Customers who were in `origin` at `start` and in `target` at `end`; `origin` None: no order before `start`."""

    start: Instant
    end: Instant
    origin: GroupKey | None
    target: GroupKey
    customers: int


class Movement(msgspec.Struct, frozen=True):
    """Flows between different groups only: who stayed is the size less who came."""

    sizes: tuple[Sizes, ...]
    flows: tuple[Flow, ...]


def movement(
    connection: duckdb.DuckDBPyConnection,
    orders: duckdb.DuckDBPyRelation,
    scheme: Scheme,
    now: Instant,
    tz: ZoneInfo,
    *,
    months: int = 12,
) -> Movement:
    """Sizes at each month start of the last `months` months and at `now`, and the flows between one and the next."""
    if months < 1:
        raise ValueError(f"months {months}: give at least 1")
    back = add_span(now, Span(-months, Unit.MONTHS), tz)
    starts = [start for start in month_starts(back, now, tz) if start >= back]
    return movement_between(connection, orders, scheme, [*starts, *([now] if now not in starts else [])], tz)


def movement_between(
    connection: duckdb.DuckDBPyConnection,
    orders: duckdb.DuckDBPyRelation,
    scheme: Scheme,
    instants: Sequence[Instant],
    tz: ZoneInfo,
) -> Movement:
    """The same between any instants, ascending. Holds two readings of 10 bytes a customer in memory at a time."""
    sizes: list[Sizes] = []
    flows: list[Flow] = []
    before: pa.Table | None = None
    for start, end in pairwise([None, *instants]):
        assert end is not None
        after = _cells(orders, scheme, end, tz)
        moves = _moves(connection, before, after)
        sizes.append(_sizes(end, moves))
        if start is not None:
            flows += _flows(start, end, moves)
        before = after
    return Movement(tuple(sizes), tuple(flows))


def _cells(orders: duckdb.DuckDBPyRelation, scheme: Scheme, now: Instant, tz: ZoneInfo) -> pa.Table:
    scores = score_everyone(orders, scheme, now, tz)
    return scores.project("customer_id, (r::USMALLINT * 100 + f * 10 + m)::USMALLINT AS cell").to_arrow_table()


def _moves(
    connection: duckdb.DuckDBPyConnection, before: pa.Table | None, after: pa.Table
) -> Counter[tuple[GroupKey | None, GroupKey]]:
    """(group before, group after) → customers. Who once bought stays a buyer, so nobody is in `before` alone."""
    later = connection.from_arrow(after).set_alias("later")
    pairs = later.project("NULL AS was, cell AS is_now")
    if before is not None:
        earlier = connection.from_arrow(before).set_alias("earlier")
        joined = later.join(earlier, "later.customer_id = earlier.customer_id", how="left")
        pairs = joined.project("earlier.cell AS was, later.cell AS is_now")
    counts: Counter[tuple[GroupKey | None, GroupKey]] = Counter()
    for was, is_now, customers in pairs.aggregate("was, is_now, count(*)", "was, is_now").fetchall():
        origin = None if was is None else group_of(Cell(str(was))).key
        counts[origin, group_of(Cell(str(is_now))).key] += customers
    return counts


def _sizes(as_of: Instant, moves: Counter[tuple[GroupKey | None, GroupKey]]) -> Sizes:
    groups = {group.key: 0 for group in GROUPS}
    for (_, target), customers in moves.items():
        groups[target] += customers
    return Sizes(as_of, groups)


def _flows(start: Instant, end: Instant, moves: Counter[tuple[GroupKey | None, GroupKey]]) -> list[Flow]:
    order = {None: -1} | {group.key: place for place, group in enumerate(GROUPS)}
    moved = sorted(moves.items(), key=lambda move: (order[move[0][0]], order[move[0][1]]))
    return [Flow(start, end, origin, target, n) for (origin, target), n in moved if origin != target]
