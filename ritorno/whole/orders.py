"""What the whole-base readings read: one row an order, in Parquet or in any DuckDB relation.

    customer_id  BIGINT   NULL for a guest: never taken for one person
    occurred_at  BIGINT   UTC microseconds
    net          BIGINT   minor units, net of refunds, VAT included
    counts       BOOLEAN  not cancelled and net > 0
    sold_via     VARCHAR  online, pos, phone
    branch       VARCHAR  read only by a scheme that counts one day and branch once
    categories   VARCHAR[]  of the order's lines, read only by a scheme with cuts of their own for categories

Readings are built as relations: nothing runs until rows are asked for or written, and no name is left behind in the
connection, so that two readings of one connection cannot meet.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import msgspec
import pyarrow as pa

from ritorno.core.instants import DAY, Instant, Span, window
from ritorno.core.wall_clock import wall_clock

_COLUMNS = {
    "customer_id": "BIGINT",
    "occurred_at": "BIGINT",
    "net": "BIGINT",
    "counts": "BOOLEAN",
    "sold_via": "VARCHAR",
}


class OrdersError(ValueError):
    """A file or relation that is not a table of orders; says which columns are missing or of another type."""


class Guests(msgspec.Struct, frozen=True):
    """Counted orders that belong to no customer; reported as unattributed. Revenue in minor units."""

    orders: int
    revenue: int


def read_orders(connection: duckdb.DuckDBPyConnection, paths: Sequence[Path]) -> duckdb.DuckDBPyRelation:
    """Orders of one or more Parquet files; raises OrdersError when a file is no table of orders or is not there."""
    absent = [str(path) for path in paths if not path.exists()]
    if absent or not paths:
        raise OrdersError(f"no orders to read: {', '.join(absent) or 'no file'} does not exist; import orders first")
    orders = connection.from_parquet([str(path) for path in paths])
    require_columns(orders, where=", ".join(str(path) for path in paths))
    return orders


def require_columns(
    orders: duckdb.DuckDBPyRelation, *, where: str = "orders", branch: bool = False, categories: bool = False
) -> None:
    """Raise OrdersError unless the relation has the columns of this page (the last two where they are asked for)."""
    found = dict(zip(orders.columns, map(str, orders.types), strict=True))
    asked = _COLUMNS | ({"branch": "VARCHAR"} if branch else {}) | ({"categories": "VARCHAR[]"} if categories else {})
    wrong = [f"{name} {found.get(name, 'is missing')}" for name, type_ in asked.items() if found.get(name) != type_]
    if wrong:
        needed = ", ".join(f"{name} {type_}" for name, type_ in asked.items())
        raise OrdersError(f"{where}: {'; '.join(wrong)}; a table of orders has {needed}")


def counted(orders: duckdb.DuckDBPyRelation, now: Instant) -> duckdb.DuckDBPyRelation:
    """The orders that count, of customers (not guests), up to and including `now`."""
    return orders.filter(f"counts AND customer_id IS NOT NULL AND occurred_at <= {now:d}")


def guests(orders: duckdb.DuckDBPyRelation, start: Instant, end: Instant) -> Guests:
    """What guests bought in [start, end)."""
    theirs = orders.filter(f"counts AND customer_id IS NULL AND occurred_at >= {start:d} AND occurred_at < {end:d}")
    (row,) = theirs.aggregate("count(*), coalesce(sum(net), 0)::BIGINT").fetchall()
    return Guests(*row)


def within_sql(column: str, span: Span, now: Instant, tz: ZoneInfo) -> str:
    """SQL for ``instants.within(column, span, now, tz)``, exactly, where `column` holds no instant after `now`.

    (So an interval that lasts until now needs no upper bound: a tenth less to compute in the largest reading.)
    """
    pieces = [
        f"{column} >= {start:d}" if end > now else f"({column} >= {start:d} AND {column} < {end:d})"
        for start, end in window(now, span, tz)
    ]
    return f"({' OR '.join(pieces)})" if pieces else "false"


def text_sql(text: str) -> str:
    """SQL for that text."""
    return "'" + text.replace("'", "''") + "'"


def wall_day_sql(column: str, first: Instant, last: Instant, tz: ZoneInfo) -> str:
    """SQL for the number of the wall-clock day (1970-01-01 is 0) of instants in [first, last]."""
    clock = wall_clock(tz)
    ends = [*clock.starts[1:], last + 1]
    segments = [(end, offset) for end, offset in zip(ends, clock.offsets, strict=True) if end > first]
    upto = next((i for i, (end, _) in enumerate(segments) if end > last), len(segments) - 1)
    cases = "".join(f" WHEN {column} < {end:d} THEN {offset:d}" for end, offset in segments[:upto])
    offset = f"CASE{cases} ELSE {segments[upto][1]:d} END" if cases else f"{segments[upto][1]:d}"
    return f"(({column} + ({offset})) // {DAY})"


def load_orders(
    connection: duckdb.DuckDBPyConnection, tables: Iterable[pa.Table], *, categories: bool = False
) -> duckdb.DuckDBPyRelation:
    """Arrow tables of the columns above as one table of this connection, kept compressed as they come."""
    last = ", categories VARCHAR[]" if categories else ""
    connection.execute(
        "CREATE TEMP TABLE orders (customer_id BIGINT, occurred_at BIGINT, net BIGINT, counts BOOLEAN, "
        f"sold_via VARCHAR, branch VARCHAR{last})"
    )
    for table in tables:
        connection.from_arrow(table).insert_into("orders")
    return connection.table("orders")
