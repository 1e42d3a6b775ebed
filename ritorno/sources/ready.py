"""Staged orders as a process reads them that takes them in: batch by batch, light to import.

(What makes them is `staged_batches.py`; it needs the libraries that two workers can do without.)
"""
# ruff: noqa: S608 - names and numbers of our own; what a file says is never part of a statement

from pathlib import Path
from typing import NamedTuple, cast

import duckdb
import msgspec

from ritorno.core.identifiers import Kind
from ritorno.core.instants import Instant

FIELDS = {"customer_id": Kind.SHOP_ID, "email": Kind.EMAIL, "phone": Kind.PHONE, "club_card": Kind.CLUB_CARD}
IDENTIFIERS = ", ".join(FIELDS)
KINDS = ("fresh", "known", "nobody")  # of batches, by the number that stands for each


class Batch(msgspec.Struct, frozen=True):
    """`kind`: fresh (none of them is known), known (some may be), nobody (no customer to name)."""

    number: int
    kind: str
    orders: int


class OrderRow(NamedTuple):
    """One order or refund of a batch. `who` numbers its set of identifiers, `person` the group it is resolved in.

    `lines` is JSON of tuples (sku, name, category, quantity, unit price); `refunded` what refunds of the same file take
    from it, −1 for all; `digest` 8 bytes of the content.
    """

    person: int | None
    who: int
    order_id: str
    occurred_at: Instant
    first_name: str | None
    last_name: str | None
    sold_via: str
    branch: str
    beneficiary: str
    total: int | None  # None: a refund of all
    discount: int
    tax: int
    cancelled: bool
    refund_of: str | None
    lines: str | None
    updated_at: Instant | None
    refunded: int | None
    is_elsewhere: bool
    digest: int


def open_ready(path: Path) -> duckdb.DuckDBPyConnection:
    """The database of a staging that has been closed, for reading by several processes."""
    return duckdb.connect(str(path), read_only=True, config={"memory_limit": "300MB", "threads": 1})


def read_batch(connection: duckdb.DuckDBPyConnection, batch: Batch) -> list[OrderRow]:
    """The orders of a batch, each person's by time. (Plain tuples: naming 20,000 would take longer than reading.)"""
    columns = ", ".join(OrderRow._fields)
    rows = connection.execute(
        f"SELECT {columns} FROM ready WHERE kind = ? AND part = ?", [KINDS.index(batch.kind), batch.number]
    )
    return cast("list[OrderRow]", rows.fetchall())


def read_people(connection: duckdb.DuckDBPyConnection, batch: Batch) -> dict[int, tuple[str | None, ...]]:
    """The sets of identifiers of a batch: by number, in the order of FIELDS."""
    kind = KINDS.index(batch.kind)
    where = "kind = ? AND part = ?" if batch.number >= 0 and batch.kind != "nobody" else "who IN " + _OF_BATCH
    rows = connection.execute(f"SELECT who, {IDENTIFIERS} FROM people WHERE {where}", [kind, batch.number])
    return {row[0]: row[1:] for row in rows.fetchall()}


_OF_BATCH = "(SELECT who FROM ready WHERE kind = ? AND part = ?)"
