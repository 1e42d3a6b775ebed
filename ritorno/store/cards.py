"""What a customer card reads beyond the document: the codes that messages carried."""

from collections.abc import Sequence

import psycopg

from ritorno.core.ids import BrandId, MessageId
from ritorno.core.offers import Code


def codes_of(connection: psycopg.Connection, brand: BrandId, messages: Sequence[MessageId]) -> list[Code]:
    """The codes of these messages, the oldest first."""
    rows = connection.execute(
        "SELECT code, value, min_basket, issued_at, expires_at, redeemed_at FROM code "
        "WHERE brand_id = %s AND message_id = ANY(%s) ORDER BY issued_at, code",
        (brand, list(messages)),
    )
    return [Code(*row) for row in rows]
