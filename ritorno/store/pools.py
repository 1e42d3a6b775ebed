"""Pools: codes that were given to us by another system, handed out one after the other."""

from collections.abc import Sequence
from typing import NamedTuple

import psycopg

from ritorno.core.ids import BrandId, MessageId
from ritorno.core.offers import spelled


class Pool(NamedTuple):
    key: str
    codes: int
    free: int


def add(connection: psycopg.Connection, brand: BrandId, pool: str, codes: Sequence[str]) -> int:
    """Put codes into a pool, in this order; how many are new. One in any pool, or issued, stays as it is."""
    done = connection.execute(
        "INSERT INTO pool_code (brand_id, pool, code, spelled) SELECT %(brand)s, %(pool)s, code, spelled "
        "FROM unnest(%(codes)s::text[], %(spelled)s::text[]) WITH ORDINALITY AS given(code, spelled, place) "
        "WHERE NOT EXISTS (SELECT FROM code WHERE brand_id = %(brand)s AND code.code = given.spelled) "
        "ORDER BY place ON CONFLICT DO NOTHING",
        {"brand": brand, "pool": pool, "codes": list(codes), "spelled": [spelled(code) for code in codes]},
    )
    return done.rowcount


def take(connection: psycopg.Connection, brand: BrandId, pool: str, message: MessageId) -> str | None:
    """The next code for a message, nobody else's from here on; None when the pool is empty."""
    row = connection.execute(
        "UPDATE pool_code SET message_id = %s WHERE (brand_id, spelled) = (SELECT brand_id, spelled FROM pool_code "
        "WHERE brand_id = %s AND pool = %s AND message_id IS NULL ORDER BY place LIMIT 1 FOR UPDATE SKIP LOCKED) "
        "RETURNING code",
        (message, brand, pool),
    ).fetchone()
    return str(row[0]) if row else None


def read(connection: psycopg.Connection, brand: BrandId) -> list[Pool]:
    rows = connection.execute(
        "SELECT pool, count(*), count(*) FILTER (WHERE message_id IS NULL) FROM pool_code WHERE brand_id = %s "
        "GROUP BY pool ORDER BY pool",
        (brand,),
    )
    return [Pool(*row) for row in rows]
