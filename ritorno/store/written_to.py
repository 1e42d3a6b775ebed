"""Whom we have written to at an address, so that an answer finds its customer."""

import psycopg

from ritorno.core.events import Channel
from ritorno.core.ids import BrandId, CustomerId, MessageId


def written_to(
    connection: psycopg.Connection, brand: BrandId, channel: Channel, address: str
) -> dict[CustomerId, MessageId]:
    """Everybody we have sent something to at that address, each with the latest message; an address may be a family's.

    Reads the messages of the brand: an answer is rare enough for it.
    """
    rows = connection.execute(
        "SELECT DISTINCT ON (customer_id) customer_id, id FROM message WHERE brand_id = %s AND channel = %s "
        "AND address = %s AND sent_at IS NOT NULL ORDER BY customer_id, sent_at DESC",
        (brand, channel, address),
    )
    return dict(rows.fetchall())


def latest_to(
    connection: psycopg.Connection, brand: BrandId, channel: Channel, customer: CustomerId
) -> MessageId | None:
    """The latest message that this customer was sent on a channel."""
    row = connection.execute(
        "SELECT id FROM message WHERE brand_id = %s AND customer_id = %s AND channel = %s AND sent_at IS NOT NULL "
        "ORDER BY sent_at DESC LIMIT 1",
        (brand, customer, channel),
    ).fetchone()
    return MessageId(row[0]) if row else None
