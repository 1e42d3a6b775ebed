"""What was last learnt from everyone, as bytes: replaced whole, so readers have the old until the new is committed."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal, NamedTuple
from uuid import UUID

import psycopg
from psycopg.types.json import Jsonb

from ritorno.core.ids import BrandId
from ritorno.core.instants import Instant

Kind = Literal["affinity", "pace"]
_TURN_LOCK = 1_009  # first key of the advisory lock of whoever learns for a brand


class Learnt(NamedTuple):
    """`token` is another with every fit; `learnt_at` is the machine's time."""

    token: UUID
    learnt_at: Instant
    told: dict[str, Any]


def put(
    connection: psycopg.Connection, brand: BrandId, kind: Kind, at: Instant, told: dict[str, Any], body: bytes
) -> None:
    """In the place of what there is."""
    connection.execute(
        "INSERT INTO learnt (brand_id, kind, learnt_at, told, body) VALUES (%s, %s, %s, %s, %s) "
        "ON CONFLICT (brand_id, kind) DO UPDATE SET token = gen_random_uuid(), learnt_at = excluded.learnt_at, "
        "told = excluded.told, body = excluded.body",
        (brand, kind, at, Jsonb(told), body),
    )


def learnt(connection: psycopg.Connection, brand: BrandId, kind: Kind) -> Learnt | None:
    row = connection.execute(
        "SELECT token, learnt_at, told FROM learnt WHERE brand_id = %s AND kind = %s", (brand, kind)
    ).fetchone()
    return Learnt(*row) if row else None


def token(connection: psycopg.Connection, brand: BrandId, kind: Kind) -> UUID | None:
    """Which fit stands; None: nothing has been learnt yet."""
    row = connection.execute("SELECT token FROM learnt WHERE brand_id = %s AND kind = %s", (brand, kind)).fetchone()
    return row[0] if row else None


def body(connection: psycopg.Connection, brand: BrandId, kind: Kind) -> tuple[UUID, bytes] | None:
    """What stands, and which fit it is of."""
    with connection.cursor(binary=True) as cursor:  # as text, bytes are twice as many
        row = cursor.execute(
            "SELECT token, body FROM learnt WHERE brand_id = %s AND kind = %s", (brand, kind)
        ).fetchone()
    return (row[0], row[1]) if row else None


@contextmanager
def only_one(connection: psycopg.Connection, brand: BrandId) -> Iterator[bool]:
    """Are we the only one who learns for that brand while the block lasts? No transaction is open for that long."""
    row = connection.execute("SELECT pg_try_advisory_lock(%s, %s)", (_TURN_LOCK, brand)).fetchone()
    is_ours = row is not None and bool(row[0])
    try:
        yield is_ours
    finally:
        if is_ours and not connection.closed:
            connection.execute("SELECT pg_advisory_unlock(%s, %s)", (_TURN_LOCK, brand))
