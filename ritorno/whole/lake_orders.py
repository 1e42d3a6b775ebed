"""The lake's orders as the readings of `whole/orders.py` take them: no order leaves PostgreSQL but those of nobody."""

from collections.abc import Iterable

import duckdb
import ibis
import pyarrow as pa

from ritorno.whole.lake import Lake
from ritorno.whole.manifest import Manifest
from ritorno.whole.orders import load_orders
from ritorno.whole.tables import tables_of


def load_lake_orders(
    connection: duckdb.DuckDBPyConnection,
    lake: Lake,
    manifest: Manifest,
    guests: Iterable[pa.Table],
    *,
    categories: bool = False,
) -> duckdb.DuckDBPyRelation:
    """Customers' orders that count, from the lake, and those of nobody, as one table of this connection."""
    table = load_orders(connection, guests, categories=categories)
    engine = ibis.duckdb.from_connection(connection)
    tables = tables_of(lake, engine, manifest)
    orders = tables.orders
    if categories:
        lines = tables.lines
        named = lines.filter(lines.category != "").group_by(["customer_id", "number"])
        bought = named.aggregate(categories=lines.category.collect())
        orders = orders.left_join(bought, ["customer_id", "number"])
    columns = ["customer_id", "occurred_at", "net", ibis.literal(value=True).name("counts"), "sold_via", "branch"]
    chosen = orders.select(*columns, *(["categories"] if categories else []))
    connection.sql(str(engine.compile(chosen))).insert_into("orders")
    return table
