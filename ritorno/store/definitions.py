"""Brands and their definitions: versioned, never changed; a change makes workers read the plan anew."""

from typing import Any, NamedTuple

import psycopg
from psycopg.types.json import Jsonb

from ritorno.core.ids import BrandId
from ritorno.core.instants import Instant


class Definition(NamedTuple):
    kind: str
    key: str
    version: int
    status: str
    body: Any
    saved_at: Instant
    saved_by: str


class BrandRow(NamedTuple):
    id: BrandId
    key: str
    settings: dict[str, Any]
    plan_version: int
    stopped: bool
    now_at: Instant | None  # where the brand's clock has been set; None: it is the machine's


_PLAN_LOCK = 1_008  # first key of the advisory lock under which definitions change
_BRAND = "SELECT id, key, settings, plan_version, stopped, now_at FROM brand "


def brands(connection: psycopg.Connection) -> list[BrandRow]:
    return [BrandRow(*row) for row in connection.execute(_BRAND + "ORDER BY id")]


def find_brand(connection: psycopg.Connection, key: str) -> BrandRow | None:
    row = connection.execute(_BRAND + "WHERE key = %s", (key,)).fetchone()
    return BrandRow(*row) if row else None


def plan_version(connection: psycopg.Connection, brand: BrandId) -> int:
    row = connection.execute("SELECT plan_version FROM brand WHERE id = %s", (brand,)).fetchone()
    assert row is not None
    return int(row[0])


def save_brand(connection: psycopg.Connection, key: str, settings: dict[str, Any]) -> BrandId:
    """Make or change a brand; its id."""
    row = connection.execute(
        "INSERT INTO brand (key, settings) VALUES (%s, %s) ON CONFLICT (key) DO UPDATE SET "
        "settings = excluded.settings, plan_version = brand.plan_version + 1 RETURNING id",
        (key, Jsonb(settings)),
    ).fetchone()
    assert row is not None
    return BrandId(row[0])


def stop(connection: psycopg.Connection, brand: BrandId, *, stopped: bool) -> None:
    """Hold everything, or let it go on. What is leaving in this instant is waited for; after it, nothing does."""
    connection.execute("UPDATE brand SET stopped = %s WHERE id = %s", (stopped, brand))
    _new_plan(connection, brand)


def save(
    connection: psycopg.Connection,
    brand: BrandId,
    kind: str,
    key: str,
    body: Any,
    *,
    status: str,
    at: Instant,
    by: str,
) -> int:
    """A new version; the number it got. With status `active` it takes the place of the one that was active."""
    connection.execute("SELECT FROM brand WHERE id = %s FOR UPDATE", (brand,))  # one change of a brand at a time
    if status == "active":
        _retire(connection, brand, kind, key)
    row = connection.execute(
        "INSERT INTO definition (brand_id, kind, key, version, status, body, saved_at, saved_by) "
        "SELECT %(brand)s, %(kind)s, %(key)s, coalesce(max(version), 0) + 1, %(status)s, %(body)s, %(at)s, %(by)s "
        "FROM definition WHERE brand_id = %(brand)s AND kind = %(kind)s AND key = %(key)s RETURNING version",
        {"brand": brand, "kind": kind, "key": key, "status": status, "body": Jsonb(body), "at": at, "by": by},
    ).fetchone()
    _new_plan(connection, brand)
    assert row is not None
    return int(row[0])


def set_status(connection: psycopg.Connection, brand: BrandId, kind: str, key: str, version: int, status: str) -> None:
    connection.execute("SELECT FROM brand WHERE id = %s FOR UPDATE", (brand,))
    if status == "active":
        _retire(connection, brand, kind, key)
    connection.execute(
        "UPDATE definition SET status = %s WHERE brand_id = %s AND kind = %s AND key = %s AND version = %s",
        (status, brand, kind, key, version),
    )
    _new_plan(connection, brand)


def _retire(connection: psycopg.Connection, brand: BrandId, kind: str, key: str) -> None:
    connection.execute(
        "UPDATE definition SET status = 'retired' WHERE brand_id = %s AND kind = %s AND key = %s "
        "AND status IN ('active', 'paused')",
        (brand, kind, key),
    )


def hold(connection: psycopg.Connection, brand: BrandId) -> int:
    """Let no definition change until the transaction ends; the version of the plan that stands.

    Shared with everyone who works under the plan: whoever changes it waits for them, and they for nobody else.
    """
    connection.execute("SELECT pg_advisory_xact_lock_shared(%s, %s)", (_PLAN_LOCK, brand))
    return plan_version(connection, brand)


def renew(connection: psycopg.Connection, brand: BrandId) -> None:
    """Something that the plan is built of has changed, and no definition: workers read it again."""
    _new_plan(connection, brand)


def _new_plan(connection: psycopg.Connection, brand: BrandId) -> None:
    connection.execute("SELECT pg_advisory_xact_lock(%s, %s)", (_PLAN_LOCK, brand))
    connection.execute("UPDATE brand SET plan_version = plan_version + 1 WHERE id = %s", (brand,))


def read(connection: psycopg.Connection, brand: BrandId, kind: str | None = None) -> list[Definition]:
    """Every version of every definition, by kind, key and version."""
    rows = connection.execute(
        "SELECT kind, key, version, status, body, saved_at, saved_by FROM definition WHERE brand_id = %s "
        "AND (%s::text IS NULL OR kind = %s) ORDER BY kind, key, version",
        (brand, kind, kind),
    )
    return [Definition(*row) for row in rows]


def audit(connection: psycopg.Connection, brand: BrandId, at: Instant, who: str, action: str, detail: Any) -> None:
    """Who did what: every write of an operator or of the CLI leaves a row."""
    connection.execute(
        "INSERT INTO audit (brand_id, at, who, action, detail) VALUES (%s, %s, %s, %s, %s)",
        (brand, at, who, action, Jsonb(detail)),
    )


def read_clock(connection: psycopg.Connection, brand: BrandId) -> Instant | None:
    """Where the brand's clock has been set; None: it is the machine's."""
    row = connection.execute("SELECT now_at FROM brand WHERE id = %s", (brand,)).fetchone()
    return row[0] if row else None


def set_clock(connection: psycopg.Connection, brand: BrandId, now: Instant | None) -> None:
    connection.execute("UPDATE brand SET now_at = %s WHERE id = %s", (now, brand))


def add_api_key(
    connection: psycopg.Connection, brand: BrandId, hashed: bytes, source: str, label: str, at: Instant
) -> None:
    connection.execute(
        "INSERT INTO api_key (hash, brand_id, source, label, created_at) VALUES (%s, %s, %s, %s, %s)",
        (hashed, brand, source, label, at),
    )
