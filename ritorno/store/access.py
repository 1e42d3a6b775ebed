"""Early access: collections, until when each is closed to others, and who may come in, by a token (PB1-06)."""

from typing import NamedTuple

import psycopg

from ritorno.core.ids import BrandId, CustomerId
from ritorno.core.instants import Instant


class Collection(NamedTuple):
    """Early access to it is over at the instant `until`."""

    key: str
    name: str
    url: str
    until: Instant


class Grant(NamedTuple):
    """May come in [granted_at, until), unless revoked."""

    token: str
    brand: BrandId
    collection: str
    customer: CustomerId
    granted_at: Instant
    until: Instant
    revoked_at: Instant | None


def save_collection(connection: psycopg.Connection, brand: BrandId, collection: Collection) -> None:
    """As it stands from now on; who was let in before stays let in, no longer than `until`."""
    connection.execute(
        "INSERT INTO collection (brand_id, key, name, url, until) VALUES (%s, %s, %s, %s, %s) "
        "ON CONFLICT (brand_id, key) DO UPDATE SET name = excluded.name, url = excluded.url, until = excluded.until",
        (brand, *collection),
    )


def collections(connection: psycopg.Connection, brand: BrandId) -> list[Collection]:
    rows = connection.execute("SELECT key, name, url, until FROM collection WHERE brand_id = %s ORDER BY key", (brand,))
    return [Collection(*row) for row in rows]


def collection(connection: psycopg.Connection, brand: BrandId, key: str) -> Collection | None:
    return next((each for each in collections(connection, brand) if each.key == key), None)


def grant(connection: psycopg.Connection, fresh: Grant, *, again: bool) -> Grant | None:
    """What stands then. Who was let in before keeps the token, until the later instant. Whose access was taken back is
    not let in (None), unless `again`: by the new token then."""
    row = connection.execute(
        "INSERT INTO early_access (token, brand_id, collection, customer_id, granted_at, until) "  # noqa: S608
        "VALUES (%(token)s, %(brand)s, %(collection)s, %(customer)s, %(at)s, %(until)s) "
        "ON CONFLICT (brand_id, collection, customer_id) DO UPDATE SET "
        "token = CASE WHEN early_access.revoked_at IS NULL THEN early_access.token ELSE excluded.token END, "
        "until = greatest(early_access.until, excluded.until), revoked_at = NULL "
        "WHERE early_access.revoked_at IS NULL OR %(again)s "
        f"RETURNING {_COLUMNS}",
        {
            "token": fresh.token, "brand": fresh.brand, "collection": fresh.collection, "customer": fresh.customer,
            "at": fresh.granted_at, "until": fresh.until, "again": again,
        },
    ).fetchone()  # fmt: skip
    return Grant(*row) if row else None


_COLUMNS = "token, brand_id, collection, customer_id, granted_at, until, revoked_at"


def find(connection: psycopg.Connection, token: str) -> Grant | None:
    row = connection.execute(
        f"SELECT {_COLUMNS} FROM early_access WHERE token = %s",  # noqa: S608 - our own columns
        (token,),
    ).fetchone()
    return Grant(*row) if row else None


def granted(connection: psycopg.Connection, brand: BrandId, key: str) -> list[Grant]:
    """Who was let in to a collection, the first first."""
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM early_access WHERE brand_id = %s AND collection = %s "  # noqa: S608
        "ORDER BY granted_at, customer_id",
        (brand, key),
    )
    return [Grant(*row) for row in rows]


def revoke(connection: psycopg.Connection, brand: BrandId, key: str, customer: CustomerId, now: Instant) -> bool:
    """From now on the token opens nothing; was there one that did?"""
    done = connection.execute(
        "UPDATE early_access SET revoked_at = %s WHERE brand_id = %s AND collection = %s AND customer_id = %s "
        "AND revoked_at IS NULL",
        (now, brand, key, customer),
    )
    return done.rowcount == 1
