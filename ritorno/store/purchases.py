"""Whose an order is, by its source and number."""

import psycopg

from ritorno.core.events import event_id, event_key
from ritorno.core.ids import BrandId, CustomerId


def buyer(connection: psycopg.Connection, brand: BrandId, source: str, order_id: str) -> CustomerId | None:
    """The customer of an order, None when it is nobody's or not known yet."""
    row = connection.execute(
        "SELECT customer_id FROM purchase WHERE brand_id = %s AND id = %s",
        (brand, event_id(event_key(source, order_id))),
    ).fetchone()
    return row[0] if row else None
