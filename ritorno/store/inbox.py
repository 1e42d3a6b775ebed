"""The inbox: what has been accepted and not yet reacted to. Durable before the answer, each message id once."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

import psycopg

from ritorno.core.ids import BrandId
from ritorno.core.instants import Instant

LANES = 16
_LANE_LOCK = 1_001  # first key of the advisory locks of lanes

Outcome = Literal["new", "repeated", "conflict"]


class Delivery(NamedTuple):
    """`key` is 16 bytes of (source, message id), `digest` 8 bytes of the content, `payload` the event as JSON."""

    key: bytes
    digest: bytes
    lane: int
    received_at: Instant
    payload: bytes


class Waiting(NamedTuple):
    lane: int
    seq: int
    payload: bytes


_ACCEPT = """
WITH given AS (
    SELECT DISTINCT ON (key) * FROM unnest(
        %(keys)b::bytea[], %(digests)b::bytea[], %(lanes)b::smallint[], %(times)b::bigint[], %(payloads)b::bytea[]
    ) WITH ORDINALITY AS t(key, digest, lane, received_at, payload, place)
    ORDER BY key, place
), fresh AS (
    INSERT INTO seen (brand_id, key, digest) SELECT %(brand)s, key, digest FROM given
    ON CONFLICT DO NOTHING RETURNING key
), kept AS (
    INSERT INTO inbox (brand_id, lane, received_at, payload)
    SELECT %(brand)s, lane, received_at, payload FROM given JOIN fresh USING (key) ORDER BY place
)
SELECT key FROM fresh
"""


def accept(connection: psycopg.Connection, brand: BrandId, deliveries: Sequence[Delivery]) -> list[Outcome]:
    """Keep each delivery unless its key is known; `conflict` when it is known with another content."""
    columns = list(zip(*deliveries, strict=True))
    given = dict(zip(("keys", "digests", "lanes", "times", "payloads"), map(list, columns), strict=True))
    fresh = {row[0] for row in connection.execute(_ACCEPT, {"brand": brand, **given}, binary=True)}
    known = [delivery.key for delivery in deliveries if delivery.key not in fresh]
    digests = _digests(connection, brand, known) if known or len(fresh) < len(deliveries) else {}
    outcomes: list[Outcome] = []
    for delivery in deliveries:
        if delivery.key in fresh:
            fresh.discard(delivery.key)  # a second one in the same batch is a repetition
            digests[delivery.key] = delivery.digest
            outcomes.append("new")
        else:
            outcomes.append("repeated" if digests[delivery.key] == delivery.digest else "conflict")
    return outcomes


def _digests(connection: psycopg.Connection, brand: BrandId, keys: list[bytes]) -> dict[bytes, bytes]:
    rows = connection.execute(
        "SELECT key, digest FROM seen WHERE brand_id = %s AND key = ANY(%s)", (brand, keys), binary=True
    )
    return dict(rows.fetchall())


def mark_seen(connection: psycopg.Connection, brand: BrandId, keys: list[bytes], digests: list[bytes]) -> set[bytes]:
    """Those of the keys that were not known: for imports, which need no inbox."""
    rows = connection.execute(
        "INSERT INTO seen (brand_id, key, digest) SELECT %s, * FROM unnest(%b::bytea[], %b::bytea[]) "
        "ON CONFLICT DO NOTHING RETURNING key",
        (brand, keys, digests),
        binary=True,
    )
    return {row[0] for row in rows}


def claim(connection: psycopg.Connection, brand: BrandId, most: int, first_lane: int = 0) -> list[Waiting]:
    """The oldest of each lane that no other worker holds, up to `most`; the lanes are ours until the transaction ends.

    Workers begin at different lanes. A lane is claimed whole, so the events of one identifier keep their order.
    """
    claimed: list[Waiting] = []
    filled = connection.execute(
        "SELECT lane FROM generate_series(0, %s) AS lane "
        "WHERE EXISTS (SELECT FROM inbox WHERE brand_id = %s AND inbox.lane = lane.lane)",
        (LANES - 1, brand),
    ).fetchall()
    for (lane,) in sorted(filled, key=lambda row: (row[0] - first_lane) % LANES):
        # The lock comes in a statement of its own: rows read in the same one could be another worker's, just finished.
        held = connection.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", (_LANE_LOCK, brand * 64 + lane))
        if held.fetchone() == (True,):
            rows = connection.execute(
                "SELECT lane, seq, payload FROM inbox WHERE brand_id = %s AND lane = %s ORDER BY seq LIMIT %s",
                (brand, lane, most - len(claimed)),
                binary=True,
            )
            claimed += [Waiting(*row) for row in rows]
        if len(claimed) >= most:
            break
    return claimed


def finish(connection: psycopg.Connection, brand: BrandId, done: Sequence[Waiting]) -> None:
    """Take what has been reacted to out of the inbox, in the same transaction."""
    finished = connection.execute(
        "DELETE FROM inbox USING unnest(%b::smallint[], %b::bigint[]) AS done(lane, seq) "
        "WHERE inbox.brand_id = %s AND inbox.lane = done.lane AND inbox.seq = done.seq",
        ([one.lane for one in done], [one.seq for one in done], brand),
    )
    assert finished.rowcount == len(done), "another worker has reacted to what this one claimed"


def waiting(connection: psycopg.Connection, brand: BrandId) -> int:
    """How many events wait."""
    row = connection.execute("SELECT count(*) FROM inbox WHERE brand_id = %s", (brand,)).fetchone()
    assert row is not None
    return int(row[0])


def reject(
    connection: psycopg.Connection, brand: BrandId, source: str, received_at: Instant, reason: str, payload: bytes
) -> None:
    """Keep what could not be accepted, with the reason."""
    connection.execute(
        "INSERT INTO rejected (brand_id, source, received_at, reason, payload) VALUES (%s, %s, %s, %s, %s)",
        (brand, source, received_at, reason, payload),
    )


class Rejection(NamedTuple):
    source: str
    received_at: Instant
    reason: str


def rejections(connection: psycopg.Connection, brand: BrandId, most: int) -> list[Rejection]:
    """The latest of what could not be accepted."""
    rows = connection.execute(
        "SELECT source, received_at, reason FROM rejected WHERE brand_id = %s ORDER BY id DESC LIMIT %s", (brand, most)
    )
    return [Rejection(*row) for row in rows]
