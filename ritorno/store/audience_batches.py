"""Batches for ad platforms: what is to be told, what was told, with the platforms' receipts."""

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

import psycopg
from psycopg.types.json import Jsonb

from ritorno.core.ad_identifiers import Hashed, Platform
from ritorno.core.ids import AudienceKey, BrandId, CustomerId
from ritorno.core.instants import Instant
from ritorno.store.audience_told import Members
from ritorno.store.workers import gone_of


class Batch(NamedTuple):
    """What one call (or several of one session) tells a platform of one ad audience."""

    id: int
    platform: Platform
    audience: AudienceKey
    action: str
    members: int
    identifiers: int
    content: Members
    state: str
    made_at: Instant
    queued_at: Instant
    next_at: Instant
    tries: int
    sent_at: Instant | None
    receipt: Any
    error: str


class Progress(NamedTuple):
    """Is a batch still to be told, or being told? `last` is the number of the latest."""

    is_open: bool
    last: int


class Size(NamedTuple):
    """How many a platform has of one ad audience, once its open batches are through, and when it was last told."""

    members: int
    identifiers: int
    waiting: int  # batches
    sent_at: Instant | None


_COLUMNS = (
    "id, platform, audience, action, members, identifiers, content, state, made_at, queued_at, next_at, tries, "
    "sent_at, receipt, error"
)


def add(
    connection: psycopg.Connection, brand: BrandId, platform: Platform, audience: AudienceKey, action: str,
    members: Members, queued_at: Instant, now: Instant,
) -> None:  # fmt: skip
    content = [[customer, [[one.kind, one.digest.hex()] for one in ones]] for customer, ones in members]
    connection.execute(
        "INSERT INTO audience_batch (brand_id, platform, audience, action, members, identifiers, content, state, "
        "made_at, queued_at, next_at) VALUES (%s, %s, %s, %s, %s, %s, %s, 'waiting', %s, %s, %s)",
        (
            brand, platform, audience, action, len(members), sum(len(ones) for _, ones in members), Jsonb(content), now,
            queued_at, now,
        ),
    )  # fmt: skip


def claim(
    connection: psycopg.Connection, brand: BrandId, platforms: Collection[Platform], now: Instant, worker: int
) -> Batch | None:
    """The oldest for these platforms that may go now, as this worker's. Of one ad audience at one platform they go one
    after the other: an earlier one that waits holds up the later ones."""
    row = connection.execute(
        "UPDATE audience_batch SET state = 'sending', claimed_by = %s, tries = tries + 1, sent_at = %s WHERE id = ("  # noqa: S608
        "SELECT id FROM audience_batch b WHERE brand_id = %s AND state = 'waiting' AND next_at <= %s "
        "AND platform = ANY(%s) AND NOT EXISTS ("
        "SELECT FROM audience_batch e WHERE e.brand_id = b.brand_id AND e.platform = b.platform "
        "AND e.audience = b.audience AND e.id < b.id AND e.state IN ('waiting', 'sending')) "
        f"ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED) AND state = 'waiting' RETURNING {_COLUMNS}",
        (worker, now, brand, now, list(platforms)),
    ).fetchone()
    return _batch(row) if row else None


def _batch(row: tuple[Any, ...]) -> Batch:
    members = [
        (CustomerId(customer), [Hashed(kind, bytes.fromhex(digest)) for kind, digest in ones])
        for customer, ones in row[6] or []
    ]
    return Batch(row[0], Platform(row[1]), row[2], row[3], row[4], row[5], members, *row[7:])


def settle(connection: psycopg.Connection, batch: int, receipt: Mapping[str, Any]) -> None:
    """The platform took it: its receipt stays, whom it was about does not."""
    connection.execute(
        "UPDATE audience_batch SET state = 'done', claimed_by = NULL, content = NULL, receipt = %s, error = '' "
        "WHERE id = %s AND state = 'sending'",
        (Jsonb(dict(receipt)), batch),
    )


def wait(connection: psycopg.Connection, batch: int, until: Instant, error: str) -> None:
    """The platform could not be asked: again at `until`."""
    connection.execute(
        "UPDATE audience_batch SET state = 'waiting', claimed_by = NULL, next_at = %s, error = %s "
        "WHERE id = %s AND state = 'sending'",
        (until, error, batch),
    )


def fail(connection: psycopg.Connection, batch: int, error: str) -> None:
    """The platform refused it."""
    connection.execute(
        "UPDATE audience_batch SET state = 'failed', claimed_by = NULL, content = NULL, error = %s "
        "WHERE id = %s AND state = 'sending'",
        (error, batch),
    )


def release_orphans(connection: psycopg.Connection, brand: BrandId) -> int:
    """What a worker that is gone was telling waits again: to be told twice changes nothing at a platform."""
    rows = connection.execute(
        "SELECT DISTINCT claimed_by FROM audience_batch WHERE brand_id = %s AND state = 'sending'", (brand,)
    ).fetchall()
    gone = gone_of(connection, (owner for (owner,) in rows))
    return connection.execute(
        "UPDATE audience_batch SET state = 'waiting', claimed_by = NULL WHERE brand_id = %s AND state = 'sending' "
        "AND claimed_by = ANY(%s)",
        (brand, gone),
    ).rowcount if gone else 0  # fmt: skip


def progress(connection: psycopg.Connection, brand: BrandId, platform: Platform, audience: AudienceKey) -> Progress:
    row = connection.execute(
        "SELECT coalesce(bool_or(state IN ('waiting', 'sending')), false), coalesce(max(id), 0) FROM audience_batch "
        "WHERE brand_id = %s AND platform = %s AND audience = %s",
        (brand, platform, audience),
    ).fetchone()
    assert row is not None
    return Progress(*row)


def log(connection: psycopg.Connection, brand: BrandId, most: int = 50) -> list[Batch]:
    """The latest batches, with their receipts."""
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM audience_batch WHERE brand_id = %s ORDER BY id DESC LIMIT %s",  # noqa: S608 - constant
        (brand, most),
    )
    return [_batch(row) for row in rows]


def waiting(connection: psycopg.Connection, brand: BrandId) -> list[Batch]:
    """Every batch that is not told yet, the oldest first."""
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM audience_batch WHERE brand_id = %s AND state = 'waiting' ORDER BY id",  # noqa: S608
        (brand,),
    )
    return [_batch(row) for row in rows]


def latest_id(connection: psycopg.Connection, brand: BrandId) -> int:
    """The number of the latest batch, 0 before the first."""
    row = connection.execute("SELECT coalesce(max(id), 0) FROM audience_batch WHERE brand_id = %s", (brand,)).fetchone()
    assert row is not None
    return int(row[0])


def sizes(connection: psycopg.Connection, brand: BrandId) -> dict[tuple[str, str], Size]:
    """By (platform, audience)."""
    there = connection.execute(
        "SELECT platform, audience, count(DISTINCT customer_id), count(DISTINCT (kind, digest)) "
        "FROM audience_identifier WHERE brand_id = %s GROUP BY 1, 2",
        (brand,),
    ).fetchall()
    batches = connection.execute(
        "SELECT platform, audience, count(*) FILTER (WHERE state IN ('waiting', 'sending')), "
        "max(sent_at) FILTER (WHERE state = 'done') FROM audience_batch WHERE brand_id = %s GROUP BY 1, 2",
        (brand,),
    ).fetchall()
    found = {(row[0], row[1]): Size(row[2], row[3], 0, None) for row in there}
    for platform, audience, waiting, sent_at in batches:
        size = found.get((platform, audience), Size(0, 0, 0, None))
        found[platform, audience] = size._replace(waiting=waiting, sent_at=sent_at)
    return found
