"""Whose an order is, and what was told of orders that nobody is known to have bought yet.

Two workers may be told of one order at once. Both write its row of `purchase`, and the key of that row lets the second
wait for the first: it then sees that it was not the first (`known_before`, `stay_without_owner`) and begins again.
"""

from collections.abc import Collection, Sequence
from typing import NamedTuple

import psycopg

from ritorno.core.events import Event, decode_event
from ritorno.core.ids import BrandId, CustomerId, EventId
from ritorno.core.instants import Instant


class Loose(NamedTuple):
    """An event about an order without an owner. `customer` holds it meanwhile; `told` is read for nobody's alone."""

    order: int
    event: EventId
    received_at: Instant
    customer: CustomerId | None
    told: Event | None = None


def owners(connection: psycopg.Connection, brand: BrandId, orders: Collection[int]) -> dict[int, CustomerId | None]:
    """Whose these orders are; None is nobody's, and one that has not been told is missing."""
    rows = connection.execute(
        "SELECT id, customer_id FROM purchase WHERE brand_id = %s AND id = ANY(%b::bigint[])",
        (brand, list(orders)),
        binary=True,
    )
    return dict(rows.fetchall())


def of_orders(connection: psycopg.Connection, brand: BrandId, orders: Collection[int]) -> list[Loose]:
    """What was told of these orders and still waits for an owner, in order of arrival."""
    rows = connection.execute(
        "SELECT l.order_id, l.event_id, l.received_at, l.customer_id, e.payload FROM loose_event l LEFT JOIN event e "
        "ON l.customer_id IS NULL AND e.customer_id IS NULL AND e.received_at = l.received_at AND e.id = l.event_id "
        "AND e.brand_id = l.brand_id WHERE l.brand_id = %s AND l.order_id = ANY(%b::bigint[]) "
        "ORDER BY l.received_at, l.event_id",
        (brand, list(orders)),
        binary=True,
    )
    return [
        Loose(order, event, at, customer, None if payload is None else decode_event(payload))
        for order, event, at, customer, payload in rows
    ]


def with_owner(connection: psycopg.Connection, brand: BrandId, most: int) -> list[tuple[Loose, CustomerId]]:
    """What waits as nobody's although its order has an owner by now, with that owner, in order of arrival."""
    rows = connection.execute(
        "SELECT l.order_id, l.event_id, l.received_at, e.payload, p.customer_id FROM loose_event l "
        "JOIN purchase p ON p.brand_id = l.brand_id AND p.id = l.order_id AND p.customer_id IS NOT NULL "
        "JOIN event e ON e.customer_id IS NULL AND e.received_at = l.received_at AND e.id = l.event_id "
        "AND e.brand_id = l.brand_id WHERE l.brand_id = %s AND l.customer_id IS NULL "
        "ORDER BY l.received_at, l.event_id LIMIT %s",
        (brand, most),
        binary=True,
    )
    return [
        (Loose(order, event, at, None, decode_event(payload)), CustomerId(owner))
        for order, event, at, payload, owner in rows
    ]


def keep(connection: psycopg.Connection, brand: BrandId, loose: Sequence[Loose]) -> None:
    connection.execute(
        "INSERT INTO loose_event (brand_id, order_id, event_id, received_at, customer_id) SELECT %s, * FROM "
        "unnest(%b::bigint[], %b::bigint[], %b::bigint[], %b::bigint[]) ON CONFLICT DO NOTHING",
        (brand, *([one[place] for one in loose] for place in range(4))),
    )


def drop(connection: psycopg.Connection, brand: BrandId, loose: Sequence[Loose]) -> None:
    """Their orders have an owner now; what another worker adds meanwhile stays, to be found."""
    connection.execute(
        "DELETE FROM loose_event USING unnest(%b::bigint[], %b::bigint[]) AS done(order_id, event_id) WHERE "
        "loose_event.brand_id = %s AND loose_event.order_id = done.order_id AND loose_event.event_id = done.event_id",
        ([one.order for one in loose], [one.event for one in loose], brand),
    )


def take_from_nobody(
    connection: psycopg.Connection, brand: BrandId, loose: Sequence[Loose], customer: CustomerId
) -> None:
    """Nobody's events are this customer's."""
    connection.execute(
        "UPDATE event SET customer_id = %s WHERE brand_id = %s AND customer_id IS NULL "
        "AND received_at = ANY(%b::bigint[]) AND id = ANY(%b::bigint[])",
        (customer, brand, [one.received_at for one in loose], [one.event for one in loose]),
    )


def follow_merge(connection: psycopg.Connection, brand: BrandId, other: CustomerId, survivor: CustomerId) -> None:
    connection.execute(
        "UPDATE loose_event SET customer_id = %s WHERE brand_id = %s AND customer_id = %s", (survivor, brand, other)
    )


def known_before(
    connection: psycopg.Connection, brand: BrandId, orders: Collection[int], owned: Collection[int]
) -> bool:
    """Was one of `orders`, whose rows this transaction has just written, there before, or is something loose of one
    of `owned`?

    A row that the statement inserted has no xmax; one that it found and updated carries its lock there.
    """
    row = connection.execute(
        "SELECT EXISTS (SELECT FROM purchase WHERE brand_id = %(brand)s AND id = ANY(%(orders)b::bigint[]) "
        "AND xmax <> '0'::xid) OR EXISTS (SELECT FROM loose_event WHERE brand_id = %(brand)s "
        "AND order_id = ANY(%(owned)b::bigint[]))",
        {"brand": brand, "orders": list(orders), "owned": list(owned)},
    ).fetchone()
    return row == (True,)


def stay_without_owner(
    connection: psycopg.Connection, brand: BrandId, untold: Collection[int], nobodys: Collection[int]
) -> bool:
    """Are the first still not told, and the others still nobody's? Then a worker that is about to give one an owner
    waits until this transaction ends."""
    held = connection.execute(
        "SELECT id FROM purchase WHERE brand_id = %s AND id = ANY(%b::bigint[]) AND customer_id IS NULL "
        "ORDER BY id FOR SHARE",
        (brand, list(nobodys)),
    )
    made = connection.execute(
        "INSERT INTO purchase (brand_id, id, occurred_at, net, total, sold_via, branch, source, order_id) "
        "SELECT %s, id, 0, 0, 0, '', '', '', '' FROM unnest(%b::bigint[]) AS id ON CONFLICT DO NOTHING",
        (brand, sorted(untold)),
    )
    if made.rowcount != len(untold) or held.rowcount != len(nobodys):
        return False
    connection.execute("DELETE FROM purchase WHERE brand_id = %s AND id = ANY(%b::bigint[])", (brand, sorted(untold)))
    return True
