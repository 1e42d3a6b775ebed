"""Ad audiences: who is in by our rules, and of whom platforms are still to be told."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import psycopg

from ritorno.core.ad_identifiers import Platform
from ritorno.core.audiences import AudienceMove
from ritorno.core.ids import AudienceKey, BrandId, CustomerId
from ritorno.core.instants import Instant
from ritorno.core.wall_clock import SECOND

GATHER = 20 * SECOND  # moves are told together: 250 who join within it are one batch
_LOCK = 1_012  # first key of the lock under which what a platform is to be told is worked out

Place = tuple[AudienceKey, CustomerId]


class Known(NamedTuple):
    """An ad audience that somebody is or was in."""

    key: AudienceKey
    number: int
    members: int
    use: str


def queue(connection: psycopg.Connection, brand: BrandId, moves: Sequence[AudienceMove]) -> None:
    """Write who is in now, and queue them for the platforms."""
    _know(connection, brand, {one.audience for one in moves})
    joined = sorted((one.audience, one.customer, one.use, one.at) for one in moves if one.joined)
    left = sorted((one.audience, one.customer) for one in moves if not one.joined)
    if joined:
        connection.execute(
            "INSERT INTO audience_member (brand_id, audience, customer_id, use, since) SELECT %s, * FROM unnest("
            "%b::text[], %b::bigint[], %b::text[], %b::bigint[]) ON CONFLICT (brand_id, audience, customer_id) "
            "DO UPDATE SET use = excluded.use",
            (brand, *map(list, zip(*joined, strict=True))),
        )
    if left:
        connection.execute(
            "DELETE FROM audience_member m USING unnest(%b::text[], %b::bigint[]) AS gone(audience, customer_id) "
            "WHERE m.brand_id = %s AND m.audience = gone.audience AND m.customer_id = gone.customer_id",
            (*map(list, zip(*left, strict=True)), brand),
        )
    for platforms in {one.platforms for one in moves if one.platforms}:
        rows = [(one.audience, one.customer, one.at) for one in moves if one.platforms == platforms]
        connection.execute(
            "INSERT INTO audience_due (brand_id, platform, audience, customer_id, queued_at, due_at) SELECT %s, "
            "platform, audience, customer_id, at, at + %s FROM unnest(%b::text[], %b::bigint[], %b::bigint[]) "
            "AS new(audience, customer_id, at) CROSS JOIN unnest(%s::text[]) AS platform",
            (brand, GATHER, *map(list, zip(*rows, strict=True)), list(platforms)),
        )


def _know(connection: psycopg.Connection, brand: BrandId, keys: set[AudienceKey]) -> None:
    """Give each a number, once: a conflict would use one up."""
    connection.execute(
        "INSERT INTO audience (brand_id, key) SELECT %s, key FROM unnest(%s::text[]) AS key WHERE NOT EXISTS "
        "(SELECT FROM audience a WHERE a.brand_id = %s AND a.key = key.key) ON CONFLICT DO NOTHING",
        (brand, sorted(keys), brand),
    )


def look_again(connection: psycopg.Connection, brand: BrandId, customers: Sequence[CustomerId], now: Instant) -> int:
    """Something told of these customers may change by what they are known at the platforms: consent, identifiers, a
    merge, being forgotten. How many places are looked at again."""
    return connection.execute(  # customer by customer: without statistics of a young table it was read whole
        "INSERT INTO audience_due (brand_id, platform, audience, customer_id, queued_at, due_at) "
        "SELECT DISTINCT %s::int, found.platform, found.audience, who.id, %s::bigint, %s::bigint "
        "FROM unnest(%b::bigint[]) AS who(id) CROSS JOIN LATERAL ("
        "  SELECT platform, audience FROM audience_identifier WHERE brand_id = %s AND customer_id = who.id "
        "  UNION SELECT platform, audience FROM audience_member CROSS JOIN unnest(%s::text[]) AS platform "
        "  WHERE brand_id = %s AND customer_id = who.id) AS found",
        (brand, now, now + GATHER, list(customers), brand, [*Platform], brand),
    ).rowcount


def restate(
    connection: psycopg.Connection, brand: BrandId, customer: CustomerId,
    stands: Mapping[AudienceKey, tuple[str, Instant]], now: Instant,
) -> None:  # fmt: skip
    """Make the rows of a customer those of the document (audience → use, since): after a merge or its undoing."""
    look_again(connection, brand, [customer], now)
    connection.execute("DELETE FROM audience_member WHERE brand_id = %s AND customer_id = %s", (brand, customer))
    moves = [
        AudienceMove(customer, key, use, True, Instant(min(since, now)), tuple(Platform))
        for key, (use, since) in stands.items()
    ]
    if moves:
        queue(connection, brand, moves)


def look_at_all(
    connection: psycopg.Connection, brand: BrandId, now: Instant, audience: AudienceKey | None = None
) -> int:
    """Everyone in any ad audience (or in this one, and in those of its categories), by our rules or at a platform, is
    looked at again; who is queued already stays due when it was."""
    return connection.execute(
        "INSERT INTO audience_due (brand_id, platform, audience, customer_id, queued_at, due_at) "
        "SELECT %s::int, platform, audience, customer_id, %s::bigint, %s::bigint FROM ("
        "  (SELECT platform, audience, customer_id FROM audience_identifier WHERE brand_id = %s "
        "  UNION SELECT platform, audience, customer_id FROM audience_member "
        "  CROSS JOIN unnest(%s::text[]) AS platform WHERE brand_id = %s) "
        "  EXCEPT SELECT platform, audience, customer_id FROM audience_due WHERE brand_id = %s) AS found "
        "WHERE %s::text IS NULL OR split_part(audience, ':', 1) = %s",
        (brand, now, now, brand, [*Platform], brand, brand, audience, audience),
    ).rowcount


def follow_segment(
    connection: psycopg.Connection, brand: BrandId, key: AudienceKey, segment: str, use: str, now: Instant
) -> None:
    """Make the members of a mirror those of its segment as it stands (none, where `segment` is ""), and queue whoever
    that moves in or out."""
    _know(connection, brand, {key})
    connection.execute(
        "WITH gone AS (DELETE FROM audience_member m WHERE brand_id = %(brand)s AND audience = %(key)s AND NOT EXISTS "
        "(SELECT FROM membership s WHERE s.brand_id = %(brand)s AND s.segment = %(segment)s "
        "AND s.customer_id = m.customer_id) RETURNING customer_id), come AS (INSERT INTO audience_member "
        "(brand_id, audience, customer_id, use, since) SELECT brand_id, %(key)s, customer_id, %(use)s, since "
        "FROM membership WHERE brand_id = %(brand)s AND segment = %(segment)s ON CONFLICT DO NOTHING "
        "RETURNING customer_id) INSERT INTO audience_due (brand_id, platform, audience, customer_id, queued_at, "
        "due_at) SELECT %(brand)s, platform, %(key)s, customer_id, %(now)s, %(now)s FROM (SELECT * FROM gone UNION "
        "SELECT * FROM come) AS moved CROSS JOIN unnest(%(platforms)s::text[]) AS platform",
        {"brand": brand, "key": key, "segment": segment, "use": use, "now": now, "platforms": [*Platform]},
    )


def forget(connection: psycopg.Connection, brand: BrandId, customer: CustomerId, now: Instant) -> None:
    """Out of every ad audience; what the platforms have of the customer is taken back, and then known no more."""
    look_again(connection, brand, [customer], now)
    connection.execute("DELETE FROM audience_member WHERE brand_id = %s AND customer_id = %s", (brand, customer))


def lock(connection: psycopg.Connection, brand: BrandId, platform: Platform) -> bool:
    """One worker at a time works out what a platform is to be told, until its transaction ends; is it this one?"""
    row = connection.execute(
        "SELECT pg_try_advisory_xact_lock(%s, hashtext(%s))", (_LOCK, f"{brand} {platform}")
    ).fetchone()
    return row == (True,)


def is_due(connection: psycopg.Connection, brand: BrandId, platform: Platform, now: Instant) -> bool:
    row = connection.execute(
        "SELECT EXISTS (SELECT FROM audience_due WHERE brand_id = %s AND due_at <= %s AND platform = %s)",
        (brand, now, platform),
    ).fetchone()
    return row == (True,)


def claim(
    connection: psycopg.Connection, brand: BrandId, platform: Platform, now: Instant, most: int
) -> dict[Place, Instant]:
    """Take off the queue whoever is due, and with them all others of the same ad audiences: (audience, customer) and
    since when they were queued. A worker that is killed before its commit has taken nobody."""
    due = connection.execute(
        "SELECT DISTINCT audience FROM audience_due WHERE brand_id = %s AND platform = %s AND due_at <= %s",
        (brand, platform, now),
    ).fetchall()
    rows = connection.execute(
        "DELETE FROM audience_due WHERE ctid = ANY(ARRAY(SELECT ctid FROM audience_due WHERE brand_id = %s "
        "AND platform = %s AND audience = ANY(%s) ORDER BY due_at LIMIT %s FOR UPDATE SKIP LOCKED)) "
        "RETURNING audience, customer_id, queued_at",
        (brand, platform, [row[0] for row in due], most),
    )
    found: dict[Place, Instant] = {}
    for audience, customer, queued_at in rows:
        place = audience, customer
        found[place] = min(found.get(place, queued_at), queued_at)
    return found


def members_among(connection: psycopg.Connection, brand: BrandId, places: Sequence[Place]) -> set[Place]:
    """Those of them who are in by our rules."""
    rows = connection.execute(
        "SELECT there.audience, who.id FROM unnest(%b::bigint[]) AS who(id) CROSS JOIN LATERAL (SELECT audience "
        "FROM audience_member WHERE brand_id = %s AND customer_id = who.id OFFSET 0) AS there",
        (sorted({customer for _, customer in places}), brand),
    )
    return {(row[0], row[1]) for row in rows}.intersection(places)


def known(connection: psycopg.Connection, brand: BrandId) -> list[Known]:
    """Every ad audience that anybody was ever in, by its number."""
    rows = connection.execute(
        "SELECT a.key, a.number, count(m.customer_id), coalesce(min(m.use), '') FROM audience a LEFT JOIN "
        "audience_member m ON m.brand_id = a.brand_id AND m.audience = a.key WHERE a.brand_id = %s "
        "GROUP BY a.key, a.number ORDER BY a.number",
        (brand,),
    )
    return [Known(*row) for row in rows]


def of_customer(
    connection: psycopg.Connection, brand: BrandId, customer: CustomerId
) -> list[tuple[AudienceKey, str, Instant]]:
    """(audience, use, since) of everything that the customer is in."""
    return connection.execute(
        "SELECT audience, use, since FROM audience_member WHERE brand_id = %s AND customer_id = %s ORDER BY audience",
        (brand, customer),
    ).fetchall()


def number_of(connection: psycopg.Connection, brand: BrandId, key: AudienceKey) -> int:
    """Its number, given now if it has none."""
    _know(connection, brand, {key})
    row = connection.execute("SELECT number FROM audience WHERE brand_id = %s AND key = %s", (brand, key)).fetchone()
    assert row is not None
    return int(row[0])


def next_due(connection: psycopg.Connection, brand: BrandId) -> Instant | None:
    """When next a platform has to be told something; None while the brand is stopped."""
    row = connection.execute(
        "SELECT least((SELECT min(due_at) FROM audience_due WHERE brand_id = b.id), (SELECT min(next_at) FROM (SELECT "
        "DISTINCT ON (platform, audience) state, next_at FROM audience_batch WHERE brand_id = b.id AND state IN "
        "('waiting', 'sending') ORDER BY platform, audience, id) AS first WHERE state = 'waiting')) "
        "FROM brand b WHERE id = %s AND NOT stopped",
        (brand,),
    ).fetchone()
    return row[0] if row else None


def counts_queued(connection: psycopg.Connection, brand: BrandId) -> dict[tuple[str, str], int]:
    """How many wait, by (platform, audience)."""
    rows = connection.execute(
        "SELECT platform, audience, count(DISTINCT customer_id) FROM audience_due WHERE brand_id = %s GROUP BY 1, 2",
        (brand,),
    )
    return {(row[0], row[1]): row[2] for row in rows}
