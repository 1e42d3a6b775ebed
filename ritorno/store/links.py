"""The other personal links of a message."""

import psycopg

from ritorno.core.ids import BrandId, MessageId


def opt_out_of(connection: psycopg.Connection, brand: BrandId, message: MessageId) -> str | None:
    """The token of a message's link to refuse."""
    row = connection.execute(
        "SELECT token FROM link WHERE brand_id = %s AND message_id = %s AND purpose = 'opt_out' LIMIT 1",
        (brand, message),
    ).fetchone()
    return row[0] if row else None
