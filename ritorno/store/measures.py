"""What results are counted from: clicks, codes redeemed, orders of those who entered."""

from collections.abc import Sequence

import psycopg

from ritorno.core.ids import BrandId, CustomerId, MessageId
from ritorno.core.instants import Instant


def redeemed(connection: psycopg.Connection, brand: BrandId, playbook: str) -> tuple[int, int, int]:
    """(codes made, codes redeemed, their value in minor units)."""
    row = connection.execute(
        "SELECT count(*), count(redeemed_at), coalesce(sum(value) FILTER (WHERE redeemed_at IS NOT NULL), 0)::bigint "
        "FROM code WHERE brand_id = %s AND playbook = %s",
        (brand, playbook),
    ).fetchone()
    assert row is not None
    return row[0], row[1], row[2]


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


def clicked(connection: psycopg.Connection, brand: BrandId, customers: Sequence[CustomerId]) -> set[MessageId]:
    """Messages that a person (no machine) has clicked."""
    rows = connection.execute(
        "SELECT DISTINCT (convert_from(payload, 'UTF8')::jsonb -> 'body' ->> 'message')::bigint FROM event "
        "WHERE brand_id = %s AND customer_id = ANY(%s) AND name = 'message_clicked' "
        "AND NOT coalesce((convert_from(payload, 'UTF8')::jsonb -> 'body' ->> 'machine')::boolean, false)",
        (brand, list(customers)),
    )
    return {MessageId(row[0]) for row in rows}
