"""Events as they were told, with whose they are; and the rows that orders and consents leave in lists."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import NamedTuple

import psycopg

from ritorno.core.events import ConsentTold, Event, decode_event, encode_event
from ritorno.core.ids import BrandId, CustomerId, EventId
from ritorno.core.instants import Instant


class Owned(NamedTuple):
    """An event and its customer; None is nobody's."""

    customer: CustomerId | None
    event: Event
    name: str


class Purchase(NamedTuple):
    id: int
    customer: CustomerId | None
    occurred_at: Instant
    net: int
    total: int
    sold_via: str
    branch: str
    source: str
    order_id: str


class Sale(NamedTuple):
    day: date
    sku: str
    units: float


def add(connection: psycopg.Connection, brand: BrandId, events: Sequence[Owned]) -> None:
    """By binary COPY: the fastest door PostgreSQL has."""
    with connection.cursor().copy(
        "COPY event (brand_id, id, customer_id, occurred_at, received_at, name, payload) FROM STDIN (FORMAT binary)"
    ) as copy:
        copy.set_types(["int4", "int8", "int8", "int8", "int8", "text", "bytea"])
        for customer, event, name in events:
            copy.write_row((brand, event.id, customer, event.occurred_at, event.received_at, name, encode_event(event)))


def of_customers(connection: psycopg.Connection, brand: BrandId, customers: Iterable[CustomerId]) -> Iterator[Owned]:
    """Every event of these customers, in order of arrival."""
    rows = connection.execute(
        "SELECT customer_id, payload, name FROM event WHERE brand_id = %s AND customer_id = ANY(%s) "
        "ORDER BY received_at, id",
        (brand, list(customers)),
        binary=True,
    )
    for customer, payload, name in rows:
        yield Owned(customer, decode_event(payload), name)


def give_to(
    connection: psycopg.Connection, brand: BrandId, events: Sequence[EventId], old: CustomerId, new: CustomerId
) -> None:
    """These events are another customer's."""
    connection.execute(
        "UPDATE event SET customer_id = %s WHERE brand_id = %s AND customer_id = %s AND id = ANY(%s)",
        (new, brand, old, list(events)),
    )


def upsert_purchases(connection: psycopg.Connection, brand: BrandId, purchases: Sequence[Purchase]) -> None:
    """The order table follows the documents; one statement for all of them."""
    latest = {purchase.id: purchase for purchase in purchases}
    rows = [latest[key] for key in sorted(latest)]
    columns = [list(column) for column in zip(*rows, strict=True)]
    connection.execute(
        "INSERT INTO purchase (brand_id, id, customer_id, occurred_at, net, total, sold_via, branch, source, order_id) "
        "SELECT %s, * FROM unnest(%b::bigint[], %b::bigint[], %b::bigint[], %b::bigint[], %b::bigint[], %b::text[], "
        "%b::text[], %b::text[], %b::text[]) ON CONFLICT (brand_id, id) DO UPDATE SET "
        "customer_id = excluded.customer_id, occurred_at = excluded.occurred_at, net = excluded.net, "
        "total = excluded.total, sold_via = excluded.sold_via, branch = excluded.branch",
        (brand, *columns),
    )


def make_anonymous(connection: psycopg.Connection, brand: BrandId, customer: CustomerId) -> None:
    """A house account's orders are nobody's (ISR-11)."""
    connection.execute(
        "UPDATE purchase SET customer_id = NULL WHERE brand_id = %s AND customer_id = %s", (brand, customer)
    )


def add_sales(connection: psycopg.Connection, brand: BrandId, sales: Sequence[Sale]) -> None:
    with connection.cursor().copy("COPY sale (brand_id, day, sku, units) FROM STDIN (FORMAT binary)") as copy:
        copy.set_types(["int4", "date", "text", "float8"])
        for sale in sales:
            copy.write_row((brand, *sale))


def add_consents(
    connection: psycopg.Connection, brand: BrandId, told: Sequence[tuple[CustomerId, Event, ConsentTold, str]]
) -> None:
    """The ledger grows, each event once. Tuples: customer, event, what was told, what it proves."""
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO consent (brand_id, event_id, customer_id, at, received_at, channel, purpose, given, proof, "
            "source, wording, wording_version, evidence) "
            "VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
            [
                (
                    brand, event.id, customer, event.occurred_at, event.received_at, body.channel, body.purpose,
                    body.given, proof, body.source, body.wording, body.wording_version, body.evidence,
                )
                for customer, event, body, proof in told
            ],
        )  # fmt: skip
