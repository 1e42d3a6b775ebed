"""When each source was last heard, and the alarms that stand."""

from typing import NamedTuple

import psycopg

from ritorno.core.ids import BrandId
from ritorno.core.instants import NEVER, Instant


class Alarm(NamedTuple):
    kind: str
    about: str
    raised_at: Instant
    cleared_at: Instant | None


def hear(connection: psycopg.Connection, brand: BrandId, source: str, at: Instant) -> None:
    connection.execute(
        "INSERT INTO feed (brand_id, source, last_at) VALUES (%s, %s, %s) ON CONFLICT (brand_id, source) "
        "DO UPDATE SET last_at = greatest(feed.last_at, excluded.last_at)",
        (brand, source, at),
    )


def feeds(connection: psycopg.Connection, brand: BrandId) -> dict[str, Instant]:
    """Each live source and when it was last heard."""
    return dict(connection.execute("SELECT source, last_at FROM feed WHERE brand_id = %s", (brand,)).fetchall())


def stranded(connection: psycopg.Connection, brand: BrandId) -> int:
    """How many messages wait because their provider could not be asked."""
    row = connection.execute(
        "SELECT count(*) FROM message WHERE brand_id = %s AND state = 'held' AND reasons -> -1 ->> 1 = 'provider'",
        (brand,),
    ).fetchone()
    assert row is not None
    return int(row[0])


def set_standing(
    connection: psycopg.Connection, brand: BrandId, kind: str, about: str, at: Instant, *, stands: bool
) -> bool:
    """Raise an alarm or clear it; did that change anything? A change makes workers read the plan anew."""
    if stands:
        done = connection.execute(
            "INSERT INTO alarm (brand_id, kind, about, raised_at) VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING",
            (brand, kind, about, at),
        )
    else:
        done = connection.execute(
            "UPDATE alarm SET cleared_at = %s WHERE brand_id = %s AND kind = %s AND about = %s AND cleared_at IS NULL",
            (at, brand, kind, about),
        )
    if done.rowcount:
        connection.execute("UPDATE brand SET plan_version = plan_version + 1 WHERE id = %s", (brand,))
    return done.rowcount > 0


def raised(connection: psycopg.Connection, brand: BrandId, kind: str, before: int = NEVER) -> frozenset[str]:
    """What the standing alarms of one kind are about; those raised until an instant."""
    rows = connection.execute(
        "SELECT about FROM alarm WHERE brand_id = %s AND kind = %s AND cleared_at IS NULL AND raised_at <= %s",
        (brand, kind, before),
    )
    return frozenset(row[0] for row in rows)


def read(connection: psycopg.Connection, brand: BrandId, most: int = 50) -> list[Alarm]:
    """The alarms, those that stand first, then the latest."""
    rows = connection.execute(
        "SELECT kind, about, raised_at, cleared_at FROM alarm WHERE brand_id = %s "
        "ORDER BY cleared_at IS NOT NULL, raised_at DESC LIMIT %s",
        (brand, most),
    )
    return [Alarm(*row) for row in rows]
