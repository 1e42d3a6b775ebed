"""API keys: whose door a request knocks on. One statement tells the key's source and its brand as it stands."""

from typing import NamedTuple

import psycopg

from ritorno.store.definitions import BrandRow


class Caller(NamedTuple):
    """`source` is where events of this key come from."""

    source: str
    brand: BrandRow


def caller(connection: psycopg.Connection, hashed: bytes) -> Caller | None:
    """Who a key speaks for, by its SHA-256; None when there is no such key or it was revoked."""
    row = connection.execute(
        "SELECT k.source, b.id, b.key, b.settings, b.plan_version, b.stopped, b.now_at FROM api_key k "
        "JOIN brand b ON b.id = k.brand_id WHERE k.hash = %s AND k.revoked_at IS NULL",
        (hashed,),
    ).fetchone()
    return Caller(row[0], BrandRow(*row[1:])) if row else None


def brand_of(connection: psycopg.Connection, brand: int) -> BrandRow | None:
    """The brand a link belongs to."""
    row = connection.execute(
        "SELECT id, key, settings, plan_version, stopped, now_at FROM brand WHERE id = %s", (brand,)
    ).fetchone()
    return BrandRow(*row) if row else None
