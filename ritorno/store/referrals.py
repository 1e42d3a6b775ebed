"""Personal codes, and the orders that were shown with one: when each is judged, and what came of it."""

from collections.abc import Iterable
from typing import NamedTuple

import psycopg

from ritorno.core.ids import BrandId, CustomerId, EventId
from ritorno.core.instants import Instant


class Referral(NamedTuple):
    """An order that the code of `referrer` was shown with; `due_at` None: `verdict` says what came of it."""

    source: str
    order_id: str
    code: str
    referrer: CustomerId
    told_at: Instant
    due_at: Instant | None
    verdict: str
    friend: CustomerId | None


_COLUMNS = "source, order_id, code, referrer_id, told_at, due_at, verdict, friend_id"


def code_of(connection: psycopg.Connection, brand: BrandId, customer: CustomerId) -> str | None:
    row = connection.execute(
        "SELECT code FROM personal_code WHERE brand_id = %s AND customer_id = %s", (brand, customer)
    ).fetchone()
    return str(row[0]) if row else None


def make_code(
    connection: psycopg.Connection, brand: BrandId, customer: CustomerId, candidates: Iterable[str], now: Instant
) -> str:
    """The customer's own code: the one there is, else the first of the candidates that nobody has."""
    for code in candidates:
        connection.execute(
            "INSERT INTO personal_code (brand_id, code, customer_id, made_at) VALUES (%s, %s, %s, %s) "
            "ON CONFLICT DO NOTHING",
            (brand, code, customer, now),
        )
        made = code_of(connection, brand, customer)
        if made is not None:
            return made
    raise AssertionError(f"every code of customer {customer} is somebody else's")


def owner_of(connection: psycopg.Connection, brand: BrandId, code: str) -> CustomerId | None:
    """Whose personal code it is, by its spelling."""
    row = connection.execute(
        "SELECT customer_id FROM personal_code WHERE brand_id = %s AND code = %s", (brand, code)
    ).fetchone()
    return CustomerId(row[0]) if row else None


def add(connection: psycopg.Connection, brand: BrandId, referral: Referral) -> bool:
    """Is it news? An order is referred once, by the code that was shown first."""
    done = connection.execute(
        f"INSERT INTO referral (brand_id, {_COLUMNS}) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s) "  # noqa: S608
        "ON CONFLICT DO NOTHING",
        (brand, *referral),
    )
    return done.rowcount == 1


def claim_due(connection: psycopg.Connection, brand: BrandId, now: Instant, most: int) -> list[Referral]:
    """Those to be judged now that no other worker holds, locked."""
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM referral WHERE brand_id = %s AND due_at <= %s "  # noqa: S608 - our own columns
        "ORDER BY due_at, source, order_id LIMIT %s FOR UPDATE SKIP LOCKED",
        (brand, now, most),
    )
    return [Referral(*row) for row in rows]


def write(connection: psycopg.Connection, brand: BrandId, referral: Referral) -> None:
    """What is known of it from now on."""
    connection.execute(
        "UPDATE referral SET due_at = %s, verdict = %s, friend_id = %s "
        "WHERE brand_id = %s AND source = %s AND order_id = %s",
        (referral.due_at, referral.verdict, referral.friend, brand, referral.source, referral.order_id),
    )


def next_due(connection: psycopg.Connection, brand: BrandId) -> Instant | None:
    row = connection.execute("SELECT min(due_at) FROM referral WHERE brand_id = %s", (brand,)).fetchone()
    return row[0] if row else None


def was_rewarded(connection: psycopg.Connection, brand: BrandId, friend: CustomerId) -> bool:
    """Has this friend, or somebody who was merged into them, been rewarded before?"""
    row = connection.execute(
        "SELECT 1 FROM referral r JOIN customer c ON c.brand_id = r.brand_id AND c.id = r.friend_id "
        "WHERE r.brand_id = %s AND r.verdict = 'rewarded' AND (c.id = %s OR c.merged_into = %s) LIMIT 1",
        (brand, friend, friend),
    ).fetchone()
    return row is not None


def read(connection: psycopg.Connection, brand: BrandId, referrer: CustomerId | None = None) -> list[Referral]:
    """Every referral, or one referrer's; the latest first."""
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM referral WHERE brand_id = %s AND (%s::bigint IS NULL OR referrer_id = %s) "  # noqa: S608
        "ORDER BY told_at DESC, source, order_id",
        (brand, referrer, referrer),
    )
    return [Referral(*row) for row in rows]


def buyer_of(connection: psycopg.Connection, brand: BrandId, order: EventId) -> tuple[CustomerId | None] | None:
    """Who bought, None inside where nobody knows; None when the order has not come in."""
    row = connection.execute(
        "SELECT customer_id FROM purchase WHERE brand_id = %s AND id = %s", (brand, order)
    ).fetchone()
    return None if row is None else (row[0],)
