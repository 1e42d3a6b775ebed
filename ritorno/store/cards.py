"""What a customer card reads beyond the document: the codes that messages carried."""

from collections.abc import Sequence

import psycopg

from ritorno.core.ids import BrandId, MessageId
from ritorno.core.offers import Code
from ritorno.store.codes import CODE, read_code


def codes_of(connection: psycopg.Connection, brand: BrandId, messages: Sequence[MessageId]) -> list[Code]:
    """The codes of these messages, the oldest first."""
    rows = connection.execute(
        f"SELECT {CODE} FROM code "  # noqa: S608 - our own columns
        "WHERE brand_id = %s AND message_id = ANY(%s) ORDER BY issued_at, code",
        (brand, list(messages)),
    )
    return [read_code(row) for row in rows]
