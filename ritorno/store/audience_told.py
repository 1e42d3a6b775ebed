"""What each ad platform was told: by what everybody is known there, where it keeps an ad audience, what reconciling
found."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import psycopg

from ritorno.core.ad_identifiers import Hashed, Platform
from ritorno.core.ids import AudienceKey, BrandId, CustomerId
from ritorno.core.instants import Instant
from ritorno.store.audiences import Place

Members = list[tuple[CustomerId, list[Hashed]]]


class Found(NamedTuple):
    """What reconciling found; `missing` and `extra` are None where a platform tells sizes only."""

    platform: Platform
    audience: AudienceKey
    at: Instant
    told: int | None
    missing: int | None
    extra: int | None


def held(
    connection: psycopg.Connection, brand: BrandId, platform: Platform, places: Sequence[Place]
) -> dict[Place, dict[Hashed, Instant]]:
    """What the platform was told of each of these places, and when."""
    found: dict[Place, dict[Hashed, Instant]] = {}
    asked = set(places)
    rows = connection.execute(  # of a young table PostgreSQL knows too little to choose the index of customers itself
        "SELECT there.* FROM unnest(%b::bigint[]) AS who(id) CROSS JOIN LATERAL (SELECT platform, audience, "
        "customer_id, kind, digest, told_at FROM audience_identifier WHERE brand_id = %s AND customer_id = who.id "
        "OFFSET 0) AS there",
        (sorted({customer for _, customer in places}), brand),
    )
    for where, audience, customer, kind, digest, told_at in rows:
        if where == platform and (audience, customer) in asked:
            found.setdefault((audience, customer), {})[Hashed(kind, digest)] = told_at
    return found


def tell(
    connection: psycopg.Connection, brand: BrandId, platform: Platform, audience: AudienceKey, members: Members,
    now: Instant,
) -> None:  # fmt: skip
    """These are there from now on."""
    rows = [(customer, one.kind, one.digest) for customer, ones in members for one in ones]
    if rows:
        connection.execute(
            "INSERT INTO audience_identifier (brand_id, platform, audience, customer_id, kind, digest, told_at) "
            "SELECT %s, %s, %s, *, %s FROM unnest(%s::bigint[], %s::text[], %s::bytea[]) "
            "ON CONFLICT (brand_id, platform, audience, digest, kind, customer_id) "
            "DO UPDATE SET told_at = excluded.told_at",
            (brand, platform, audience, now, *map(list, zip(*rows, strict=True))),
        )


def untell(
    connection: psycopg.Connection, brand: BrandId, platform: Platform, audience: AudienceKey, members: Members
) -> set[Hashed]:
    """These are there no more; those of them that somebody else is still known by, and that must stay."""
    rows = [(customer, one.kind, one.digest) for customer, ones in members for one in ones]
    if not rows:
        return set()
    where = (brand, platform, audience)
    connection.execute(
        "DELETE FROM audience_identifier i USING unnest(%s::bigint[], %s::text[], %s::bytea[]) AS gone(customer_id, "
        "kind, digest) WHERE i.brand_id = %s AND i.platform = %s AND i.audience = %s "
        "AND i.customer_id = gone.customer_id AND i.kind = gone.kind AND i.digest = gone.digest",
        (*map(list, zip(*rows, strict=True)), *where),
    )
    shared = connection.execute(
        "SELECT DISTINCT kind, digest FROM audience_identifier WHERE brand_id = %s AND platform = %s AND audience = %s "
        "AND digest = ANY(%s)",
        (*where, [digest for _, _, digest in rows]),
    )
    return {Hashed(*row) for row in shared}


def all_told(connection: psycopg.Connection, brand: BrandId, platform: Platform, audience: AudienceKey) -> set[Hashed]:
    rows = connection.execute(
        "SELECT DISTINCT kind, digest FROM audience_identifier WHERE brand_id = %s AND platform = %s AND audience = %s",
        (brand, platform, audience),
    )
    return {Hashed(*row) for row in rows}


def look_at_stale(connection: psycopg.Connection, brand: BrandId, told_before: Instant, now: Instant, most: int) -> int:
    """Queue those whom a platform was told of too long ago; how many."""
    return connection.execute(
        "INSERT INTO audience_due (brand_id, platform, audience, customer_id, queued_at, due_at) "
        "SELECT DISTINCT brand_id, platform, audience, customer_id, %s::bigint, %s::bigint FROM (SELECT * FROM "
        "audience_identifier WHERE brand_id = %s AND told_at <= %s LIMIT %s) AS stale",
        (now, now, brand, told_before, most),
    ).rowcount


def home(connection: psycopg.Connection, brand: BrandId, platform: Platform, audience: AudienceKey) -> str | None:
    """The platform's own id of an ad audience."""
    row = connection.execute(
        "SELECT platform_id FROM audience_home WHERE brand_id = %s AND platform = %s AND audience = %s",
        (brand, platform, audience),
    ).fetchone()
    return row[0] if row else None


def keep_home(
    connection: psycopg.Connection,
    brand: BrandId,
    platform: Platform,
    audience: AudienceKey,
    platform_id: str,
    name: str,
) -> None:
    connection.execute(
        "INSERT INTO audience_home (brand_id, platform, audience, platform_id, name) VALUES (%s, %s, %s, %s, %s) "
        "ON CONFLICT DO NOTHING",
        (brand, platform, audience, platform_id, name),
    )


def homes(connection: psycopg.Connection, brand: BrandId) -> list[tuple[Platform, AudienceKey, str, str]]:
    """(platform, audience, the platform's id, the name there)."""
    rows = connection.execute(
        "SELECT platform, audience, platform_id, name FROM audience_home WHERE brand_id = %s ORDER BY 1, 2", (brand,)
    )
    return [(Platform(row[0]), *row[1:]) for row in rows]


def note_found(connection: psycopg.Connection, brand: BrandId, found: Iterable[Found]) -> None:
    for each in found:
        connection.execute(
            "INSERT INTO audience_reconciled (brand_id, platform, audience, at, told, missing, extra) "
            "VALUES (%s, %s, %s, %s, %s, %s, %s)",
            (brand, *each),
        )


def note_look(connection: psycopg.Connection, brand: BrandId, now: Instant) -> None:
    """Everyone was looked at again."""
    connection.execute(
        "INSERT INTO audience_reconciled (brand_id, platform, audience, at) VALUES (%s, '', '', %s)", (brand, now)
    )


def last_look(connection: psycopg.Connection, brand: BrandId) -> Instant | None:
    row = connection.execute(
        "SELECT max(at) FROM audience_reconciled WHERE brand_id = %s AND platform = ''", (brand,)
    ).fetchone()
    return row[0] if row else None


def last_found(connection: psycopg.Connection, brand: BrandId) -> dict[tuple[str, str], Found]:
    """What was found last, by (platform, audience)."""
    rows = connection.execute(
        "SELECT DISTINCT ON (platform, audience) platform, audience, at, told, missing, extra FROM audience_reconciled "
        "WHERE brand_id = %s AND platform <> '' ORDER BY platform, audience, at DESC",
        (brand,),
    )
    return {(row[0], row[1]): Found(Platform(row[0]), *row[1:]) for row in rows}
