"""Customer documents, with the columns that lists and counts read."""

from collections.abc import Iterable, Iterator, Sequence

import psycopg

from ritorno.core.customer import Customer, decode_customer, encode_customer
from ritorno.core.ids import BrandId, CustomerId
from ritorno.core.instants import NEVER, Instant
from ritorno.store import changed


class MovedAway(psycopg.errors.SerializationFailure):
    """Who is who changed between look-up and load: a conflict like any other, the piece of work is done again."""


def load(connection: psycopg.Connection, brand: BrandId, ids: Iterable[CustomerId]) -> dict[CustomerId, Customer]:
    """These documents, locked until the transaction ends, in order of id so that workers never wait in a circle."""
    rows = connection.execute(
        "SELECT id, document, merged_into FROM customer WHERE brand_id = %s AND id = ANY(%s) ORDER BY id FOR UPDATE",
        (brand, list(ids)),
        binary=True,
    ).fetchall()
    if any(row[2] is not None for row in rows):
        raise MovedAway("a customer was merged into another meanwhile")
    return {row[0]: decode_customer(row[1]) for row in rows}


def load_free(connection: psycopg.Connection, brand: BrandId, ids: Iterable[CustomerId]) -> dict[CustomerId, Customer]:
    """Those of these documents that no other worker holds, locked; never waits."""
    rows = connection.execute(
        "SELECT id, document FROM customer WHERE brand_id = %s AND id = ANY(%s) AND merged_into IS NULL "
        "ORDER BY id FOR UPDATE SKIP LOCKED",
        (brand, list(ids)),
        binary=True,
    )
    return {row[0]: decode_customer(row[1]) for row in rows}


def claim_due(connection: psycopg.Connection, brand: BrandId, now: Instant, most: int) -> list[Customer]:
    """Customers whose time has come, longest due first, that no other worker holds; locked."""
    rows = connection.execute(
        "SELECT document FROM customer WHERE brand_id = %s AND due_at <= %s ORDER BY due_at LIMIT %s "
        "FOR UPDATE SKIP LOCKED",
        (brand, now, most),
        binary=True,
    )
    return [decode_customer(row[0]) for row in rows]


def read(connection: psycopg.Connection, brand: BrandId, customer: CustomerId) -> Customer | None:
    """One document as it stands, not locked; of a merged customer the survivor's."""
    row = connection.execute(
        "SELECT document, merged_into FROM customer WHERE brand_id = %s AND id = %s", (brand, customer), binary=True
    ).fetchone()
    if row is None:
        return None
    return read(connection, brand, row[1]) if row[1] is not None else decode_customer(row[0])


def read_all(connection: psycopg.Connection, brand: BrandId, batch: int = 2000) -> Iterator[Customer]:
    """Every document, in order of id, a batch at a time; not locked."""
    after = -1
    while True:
        rows = connection.execute(
            "SELECT id, document FROM customer WHERE brand_id = %s AND id > %s AND merged_into IS NULL "
            "ORDER BY id LIMIT %s",
            (brand, after, batch),
            binary=True,
        ).fetchall()
        for row in rows:
            yield decode_customer(row[1])
        if len(rows) < batch:
            return
        after = rows[-1][0]


def lock_after(connection: psycopg.Connection, brand: BrandId, after: int, batch: int) -> list[Customer]:
    """The next documents by id, locked: for work that walks over everyone, batch by batch."""
    rows = connection.execute(
        "SELECT document FROM customer WHERE brand_id = %s AND id > %s AND merged_into IS NULL "
        "ORDER BY id LIMIT %s FOR UPDATE",
        (brand, after, batch),
        binary=True,
    )
    return [decode_customer(row[0]) for row in rows]


def read_some(connection: psycopg.Connection, brand: BrandId, ids: Iterable[CustomerId]) -> list[Customer]:
    """Those of these documents that are there and not merged into another, as they stand; not locked."""
    rows = connection.execute(
        "SELECT document FROM customer WHERE brand_id = %s AND id = ANY(%s) AND merged_into IS NULL",
        (brand, list(ids)),
        binary=True,
    )
    return [decode_customer(row[0]) for row in rows]


def read_after(connection: psycopg.Connection, brand: BrandId, after: int, batch: int) -> list[Customer]:
    """The next documents by id, as they stand; not locked."""
    rows = connection.execute(
        "SELECT document FROM customer WHERE brand_id = %s AND id > %s AND merged_into IS NULL ORDER BY id LIMIT %s",
        (brand, after, batch),
        binary=True,
    )
    return [decode_customer(row[0]) for row in rows]


def count(connection: psycopg.Connection, brand: BrandId) -> int:
    """How many customers there are, house accounts and prospects included."""
    row = connection.execute(
        "SELECT count(*) FROM customer WHERE brand_id = %s AND merged_into IS NULL", (brand,)
    ).fetchone()
    assert row is not None
    return int(row[0])


def prospects(connection: psycopg.Connection, brand: BrandId) -> int:
    """Customers who have not bought yet."""
    row = connection.execute(
        "SELECT count(*) FROM customer WHERE brand_id = %s AND merged_into IS NULL AND cell = 0 AND NOT house", (brand,)
    ).fetchone()
    assert row is not None
    return int(row[0])


def next_due(connection: psycopg.Connection, brand: BrandId) -> Instant | None:
    row = connection.execute("SELECT min(due_at) FROM customer WHERE brand_id = %s", (brand,)).fetchone()
    return row[0] if row else None


def _columns(customers: Sequence[Customer]) -> list[list[object]]:
    return [
        [customer.id for customer in customers],
        [encode_customer(customer) for customer in customers],
        [None if customer.due_at == NEVER else customer.due_at for customer in customers],
        [customer.scores.cell for customer in customers],
        [customer.scores.orders for customer in customers],
        [customer.scores.spend for customer in customers],
        [None if customer.scores.last_at == NEVER else customer.scores.last_at for customer in customers],
        [customer.house for customer in customers],
    ]


def save(connection: psycopg.Connection, brand: BrandId, customers: Sequence[Customer]) -> None:
    """Write back documents that exist: one statement for all of them."""
    connection.execute(
        "UPDATE customer SET document = new.document, due_at = new.due_at, cell = new.cell, orders = new.orders, "
        "spend = new.spend, last_at = new.last_at, house = new.house FROM unnest(%b::bigint[], %b::bytea[], "
        "%b::bigint[], %b::smallint[], %b::int[], %b::bigint[], %b::bigint[], %b::bool[]) "
        "AS new(id, document, due_at, cell, orders, spend, last_at, house) "
        "WHERE customer.brand_id = %s AND customer.id = new.id",
        (*_columns(customers), brand),
    )
    changed.note(connection, brand, customers)


def add(connection: psycopg.Connection, brand: BrandId, customers: Sequence[Customer]) -> None:
    """Write new documents by COPY; raises UniqueViolation when another worker has just made one of them."""
    with connection.cursor().copy(
        "COPY customer (brand_id, id, document, due_at, cell, orders, spend, last_at, house) FROM STDIN (FORMAT binary)"
    ) as copy:
        copy.set_types(["int4", "int8", "bytea", "int8", "int2", "int4", "int8", "int8", "bool"])
        for row in zip(*_columns(customers), strict=True):
            copy.write_row((brand, *row))
    changed.note(connection, brand, customers)


def mark_merged(connection: psycopg.Connection, brand: BrandId, other: CustomerId, survivor: CustomerId) -> None:
    """The other's row stays as it was, pointing to the survivor; time no longer moves it."""
    connection.execute(
        "UPDATE customer SET merged_into = %s, due_at = NULL WHERE brand_id = %s AND id = %s",
        (survivor, brand, other),
    )
    changed.note_ids(connection, brand, [other])


def mark_unmerged(connection: psycopg.Connection, brand: BrandId, other: CustomerId) -> None:
    connection.execute("UPDATE customer SET merged_into = NULL WHERE brand_id = %s AND id = %s", (brand, other))
    changed.note_ids(connection, brand, [other])
