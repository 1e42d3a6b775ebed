"""A brand's stored history, read whole by several processes that all see one and the same moment.

Documents come with the events stored of them, slice by slice of the ids, by a cursor that the server holds: what is in
memory at a time is a batch, however long the history.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

import psycopg

from ritorno.core.customer import Customer, decode_customer
from ritorno.core.events import Event, decode_event
from ritorno.core.ids import BrandId
from ritorno.store.transaction import transaction

BATCH = 250  # customers: some thousand events


class Slice(NamedTuple):
    """Customers with an id from `first` to `last`, so many of them."""

    first: int
    last: int
    customers: int


class Told(NamedTuple):
    """A document as it stands, and every event stored of it in order of arrival."""

    document: Customer
    events: list[Event]


@contextmanager
def one_moment(connection: psycopg.Connection, seen: str | None = None) -> Iterator[str]:
    """Read only, and what others commit meanwhile is not seen; the name by which another process sees the same.

    `seen` is such a name. It is good as long as the transaction that gave it goes on.
    """
    with transaction(connection):
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        if seen is not None:
            connection.execute(psycopg.sql.SQL("SET TRANSACTION SNAPSHOT {}").format(seen))
        connection.execute("SET LOCAL idle_in_transaction_session_timeout = 0")  # the owner of it waits for others
        row = connection.execute("SELECT pg_export_snapshot()").fetchone()
        assert row is not None
        yield str(row[0])


def slices(connection: psycopg.Connection, brand: BrandId, size: int) -> list[Slice]:
    """The brand's customers, merged ones left out, in slices of about `size`, in order of id."""
    rows = connection.execute(
        "SELECT min(id), max(id), count(*) FROM (SELECT id, (row_number() OVER (ORDER BY id) - 1) / %s AS slice "
        "FROM customer WHERE brand_id = %s AND merged_into IS NULL) AS numbered GROUP BY slice ORDER BY slice",
        (size, brand),
    )
    return [Slice(*row) for row in rows]


def read_slice(connection: psycopg.Connection, brand: BrandId, part: Slice, batch: int = BATCH) -> Iterator[list[Told]]:
    """A slice in order of id, a batch at a time; inside a transaction."""
    with connection.cursor(f"history_{part.first}") as cursor:
        cursor.execute(
            "SELECT document FROM customer WHERE brand_id = %s AND id BETWEEN %s AND %s AND merged_into IS NULL "
            "ORDER BY id",
            (brand, part.first, part.last),
            binary=True,
        )
        while rows := cursor.fetchmany(batch):
            yield _with_events(connection, brand, [decode_customer(row[0]) for row in rows])


def _with_events(connection: psycopg.Connection, brand: BrandId, documents: Sequence[Customer]) -> list[Told]:
    told = {document.id: Told(document, []) for document in documents}
    rows = connection.execute(
        "SELECT customer_id, payload FROM event WHERE brand_id = %s AND customer_id = ANY(%s) ORDER BY received_at, id",
        (brand, list(told)),
        binary=True,
    )
    for customer, payload in rows:
        told[customer].events.append(decode_event(payload))
    return list(told.values())
