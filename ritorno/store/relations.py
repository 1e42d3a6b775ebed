"""Who was ever told to buy for whom; whether it still stands, the buyer's document says."""

from collections.abc import Sequence

import psycopg

from ritorno.core.ids import BrandId, CustomerId


def buyers_for(connection: psycopg.Connection, brand: BrandId, references: Sequence[str]) -> list[CustomerId]:
    """The customers of whom it was told that they buy for one of these beneficiaries, by id."""
    rows = connection.execute(
        "SELECT DISTINCT customer_id FROM event WHERE brand_id = %s AND name = 'relation' AND customer_id IS NOT NULL "
        "AND beneficiary_told(payload) = ANY(%s) ORDER BY customer_id",
        (brand, list(references)),
    )
    return [CustomerId(row[0]) for row in rows]
