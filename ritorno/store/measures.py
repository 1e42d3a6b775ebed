"""What results are counted from: feedback, codes, orders of those who entered, what customers usually spend."""

from collections.abc import Sequence
from typing import NamedTuple

import psycopg

from ritorno.core.ids import BrandId, CustomerId, MessageId
from ritorno.core.instants import Instant


class Issued(NamedTuple):
    """A code that a message carried; `value` in minor units."""

    message: MessageId
    value: int
    expires_at: Instant
    redeemed_at: Instant | None


def codes(connection: psycopg.Connection, brand: BrandId, playbook: str) -> list[Issued]:
    """Every code of a playbook, in order of issue."""
    rows = connection.execute(
        "SELECT message_id, value, expires_at, redeemed_at FROM code WHERE brand_id = %s AND playbook = %s "
        "ORDER BY issued_at, code",
        (brand, playbook),
    )
    return [Issued(*row) for row in rows]


def purchases(
    connection: psycopg.Connection, brand: BrandId, customers: Sequence[CustomerId]
) -> dict[CustomerId, list[tuple[Instant, int]]]:
    """(when, net) of the counted orders of these customers, in order of time."""
    rows = connection.execute(
        "SELECT customer_id, occurred_at, net FROM purchase WHERE brand_id = %s AND net > 0 AND customer_id = ANY(%s) "
        "ORDER BY occurred_at",
        (brand, list(customers)),
    )
    found: dict[CustomerId, list[tuple[Instant, int]]] = {}
    for customer, at, net in rows:
        found.setdefault(CustomerId(customer), []).append((Instant(at), net))
    return found


def feedback(
    connection: psycopg.Connection, brand: BrandId, customers: Sequence[CustomerId]
) -> dict[str, set[MessageId]]:
    """Messages that were delivered, and those that a person (no machine) has clicked: "delivered", "clicked"."""
    rows = connection.execute(
        "SELECT DISTINCT name, (convert_from(payload, 'UTF8')::jsonb -> 'body' ->> 'message')::bigint FROM event "
        "WHERE brand_id = %s AND customer_id = ANY(%s) AND name IN ('message_delivered', 'message_clicked') "
        "AND NOT coalesce((convert_from(payload, 'UTF8')::jsonb -> 'body' ->> 'machine')::boolean, false)",
        (brand, list(customers)),
    )
    found: dict[str, set[MessageId]] = {"delivered": set(), "clicked": set()}
    for name, message in rows:
        found[name.removeprefix("message_")].add(MessageId(message))
    return found


def spent_at_most(
    connection: psycopg.Connection, brand: BrandId, since: Instant, until: Instant, length: int, share: float
) -> tuple[int, int]:
    """(the amount that this share of buyers stays within, of how many), in minor units.

    A buyer here is a customer with an order in one of the spans of `length` microseconds that end at `until`.
    """
    row = connection.execute(
        "SELECT coalesce(percentile_disc(%s) WITHIN GROUP (ORDER BY spent), 0)::bigint, count(*) FROM ("
        "SELECT sum(net) AS spent FROM purchase WHERE brand_id = %s AND customer_id IS NOT NULL AND net > 0 "
        "AND occurred_at >= %s AND occurred_at < %s GROUP BY customer_id, (%s - 1 - occurred_at) / %s) AS buyer",
        (share, brand, since, until, until, length),
    ).fetchone()
    assert row is not None
    return row[0], row[1]
