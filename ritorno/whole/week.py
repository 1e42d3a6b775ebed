"""Beside the scores: who changed cell between two instants, and where the orders of a period were sold."""

from collections import Counter
from zoneinfo import ZoneInfo

import duckdb
import msgspec

from ritorno.core.instants import Instant
from ritorno.core.scores.cells import Cell
from ritorno.core.scores.cuts import Scheme
from ritorno.whole.orders import require_columns
from ritorno.whole.rfm import score_everyone


class Sold(msgspec.Struct, frozen=True):
    """Counted orders of one place of sale, guests' included; revenue in minor units."""

    sold_via: str
    orders: int
    revenue: int


def changed_cell(
    orders: duckdb.DuckDBPyRelation, scheme: Scheme, start: Instant, end: Instant, tz: ZoneInfo
) -> Counter[tuple[Cell | None, Cell]]:
    """(cell at `start`, cell at `end`) → customers, of those whose cell changed; None: no order before `start`.

    Raises OrdersError for a relation that is no table of orders.
    """
    cell = "(r::USMALLINT * 100 + f * 10 + m)::USMALLINT"
    earlier = score_everyone(orders, scheme, start, tz).project(f"customer_id, {cell} AS was").set_alias("earlier")
    later = score_everyone(orders, scheme, end, tz).project(f"customer_id, {cell} AS is_now").set_alias("later")
    both = later.join(earlier, "later.customer_id = earlier.customer_id", how="left")
    moved = both.filter("was IS DISTINCT FROM is_now").aggregate("was, is_now, count(*)", "was, is_now").fetchall()
    return Counter({(None if was is None else Cell(str(was)), Cell(str(is_now))): n for was, is_now, n in moved})


def places(orders: duckdb.DuckDBPyRelation, start: Instant, end: Instant) -> list[Sold]:
    """Every place of sale with counted orders in [start, end), the largest revenue first."""
    require_columns(orders)
    inside = _inside(orders, start, end)
    rows = inside.aggregate("sold_via, count(*) AS orders, sum(net)::BIGINT AS revenue", "sold_via")
    return [Sold(*row) for row in rows.order("revenue DESC, sold_via").fetchall()]


def omnichannel(orders: duckdb.DuckDBPyRelation, start: Instant, end: Instant) -> int:
    """Customers who bought both at a till and online in [start, end) (DAT-06)."""
    require_columns(orders)
    theirs = _inside(orders, start, end).filter("customer_id IS NOT NULL AND sold_via IN ('pos', 'online')")
    counts = theirs.aggregate("customer_id, count(DISTINCT sold_via) AS places", "customer_id").filter("places = 2")
    ((customers,),) = counts.aggregate("count(*)").fetchall()
    return int(customers)


def _inside(orders: duckdb.DuckDBPyRelation, start: Instant, end: Instant) -> duckdb.DuckDBPyRelation:
    return orders.filter(f"counts AND occurred_at >= {start:d} AND occurred_at < {end:d}")
