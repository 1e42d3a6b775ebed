"""A brand's orders as columns: how the readings of the whole base get them out of PostgreSQL.

COPY sends text, Arrow reads it a chunk at a time: 10 M orders never stand in memory as rows. What was bought of which
category stands in the documents alone, so a reading that asks for it takes the customers' orders from there.
"""

import io
from collections.abc import Iterator
from itertools import islice

import psycopg
import pyarrow as pa
import pyarrow.compute
import pyarrow.csv

from ritorno.core.ids import BrandId
from ritorno.store import customers

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
_CATEGORIES = pa.field("categories", pa.list_(pa.string()))
_PEOPLE = 10_000  # whose orders are one table
_CHUNK = 8 << 20  # bytes of text read as one table
_COPY = """
COPY (
    SELECT customer_id, occurred_at, net, CASE WHEN net > 0 THEN 'true' ELSE 'false' END, sold_via, branch
    FROM purchase WHERE brand_id = {brand}{only}
) TO STDOUT (FORMAT csv)
"""


def batches(connection: psycopg.Connection, brand: BrandId, *, nobodys: bool = False) -> Iterator[pa.Table]:
    """Every order of the brand, or those of nobody (`customer_id` null) alone, in tables of `SCHEMA`."""
    rest = b""
    pieces: list[bytes] = []
    size = 0
    with connection.cursor().copy(
        _COPY.format(brand=int(brand), only=" AND customer_id IS NULL" if nobodys else "")
    ) as copy:
        for block in copy:
            pieces.append(bytes(block))
            size += len(block)
            if size >= _CHUNK:
                whole, rest = _cut(rest + b"".join(pieces))
                pieces, size = [], 0
                if whole:
                    yield _read(whole)
    last = rest + b"".join(pieces)
    if last:
        yield _read(last)


def batches_with_categories(connection: psycopg.Connection, brand: BrandId) -> Iterator[pa.Table]:
    """The same orders with the column `categories`, those of an order's lines; null for what is nobody's.

    About 20,000 customers (of six orders) a second: for schemes whose cuts differ by category, and no others.
    """
    yield from nobodys_with_categories(connection, brand)
    people = customers.read_all(connection, brand)
    while some := list(islice(people, _PEOPLE)):
        rows = [(one.id, order) for one in some if not one.house for order in one.orders]
        yield pa.table(
            [
                [customer for customer, _ in rows],
                [order.occurred_at for _, order in rows],
                [order.net for _, order in rows],
                [order.net > 0 for _, order in rows],
                [order.sold_via.value for _, order in rows],
                [order.branch for _, order in rows],
                [[line.category for line in order.lines if line.category] for _, order in rows],
            ],
            schema=SCHEMA.append(_CATEGORIES),
        )


def nobodys_with_categories(connection: psycopg.Connection, brand: BrandId) -> Iterator[pa.Table]:
    """The orders of nobody, with the column `categories`, null."""
    for table in batches(connection, brand, nobodys=True):
        yield table.append_column(_CATEGORIES, pa.nulls(len(table), _CATEGORIES.type))


def _cut(text: bytes) -> tuple[bytes, bytes]:
    """Up to the last end of a row, and what follows. A branch may hold a line end: rows end where quotes are even."""
    end = text.rfind(b"\n") + 1
    while end and text.count(b'"', 0, end) % 2:
        end = text.rfind(b"\n", 0, end - 1) + 1
    return text[:end], text[end:]


def _read(text: bytes) -> pa.Table:
    return pyarrow.csv.read_csv(
        io.BytesIO(text),
        read_options=pyarrow.csv.ReadOptions(column_names=SCHEMA.names),
        parse_options=pyarrow.csv.ParseOptions(newlines_in_values=True),
        convert_options=pyarrow.csv.ConvertOptions(
            column_types=SCHEMA, strings_can_be_null=False, quoted_strings_can_be_null=False
        ),
    )
