"""Webhooks: endpoints of other systems, and the calls that wait, were taken, or are dead letters."""

from collections.abc import Sequence
from typing import NamedTuple

import psycopg

from ritorno.core.ids import BrandId, CustomerId
from ritorno.core.instants import Instant
from ritorno.core.webhooks import Call
from ritorno.store.workers import gone_of


class Endpoint(NamedTuple):
    """`secret` is sealed; `dry`: what would be sent is recorded alone; `disabled` says why nothing is sent."""

    key: str
    url: str
    secret: bytes
    allow_private: bool
    dry: bool
    disabled: str
    rests_until: Instant


class Kept(NamedTuple):
    """A call as it is listed."""

    call: Call
    state: str  # waiting, sending, sent, dry, dead
    next_at: Instant
    tries: int
    tried_at: Instant | None
    status: int | None
    error: str


_ENDPOINT = "key, url, secret, allow_private, dry, disabled, rests_until"
_CALL = "id, endpoint, customer_id, enrollment, playbook, version, step, body, wanted_at"
_KEPT = f"{_CALL}, state, next_at, tries, tried_at, status, error"


def save_endpoint(connection: psycopg.Connection, brand: BrandId, endpoint: Endpoint, at: Instant, by: str) -> None:
    """Make it or change it; it is tried again at once."""
    connection.execute(
        "INSERT INTO webhook_endpoint (brand_id, key, url, secret, allow_private, dry, saved_at, saved_by) "
        "VALUES (%s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT (brand_id, key) DO UPDATE SET url = excluded.url, "
        "secret = excluded.secret, allow_private = excluded.allow_private, dry = excluded.dry, disabled = '', "
        "rests_until = 0, saved_at = excluded.saved_at, saved_by = excluded.saved_by",
        (brand, endpoint.key, endpoint.url, endpoint.secret, endpoint.allow_private, endpoint.dry, at, by),
    )


def endpoints(connection: psycopg.Connection, brand: BrandId) -> list[Endpoint]:
    rows = connection.execute(
        f"SELECT {_ENDPOINT} FROM webhook_endpoint WHERE brand_id = %s ORDER BY key",  # noqa: S608 - constant
        (brand,),
    )
    return [Endpoint(*row) for row in rows]


def endpoint(connection: psycopg.Connection, brand: BrandId, key: str) -> Endpoint | None:
    return next((one for one in endpoints(connection, brand) if one.key == key), None)


def disable(connection: psycopg.Connection, brand: BrandId, key: str, why: str) -> None:
    connection.execute("UPDATE webhook_endpoint SET disabled = %s WHERE brand_id = %s AND key = %s", (why, brand, key))


def rest(connection: psycopg.Connection, brand: BrandId, key: str, until: Instant) -> None:
    """Nothing is tried there before."""
    connection.execute(
        "UPDATE webhook_endpoint SET rests_until = %s WHERE brand_id = %s AND key = %s AND rests_until <> %s",
        (until, brand, key, until),
    )


def queue(connection: psycopg.Connection, brand: BrandId, calls: Sequence[Call]) -> None:
    """Write them; one that is there stays as it is."""
    rows = [
        (
            one.id, one.endpoint, one.customer, one.enrollment, one.playbook, one.version, one.step, one.body,
            one.wanted_at,
        )
        for one in calls
    ]  # fmt: skip
    connection.execute(
        "INSERT INTO webhook_call (brand_id, id, endpoint, customer_id, enrollment, playbook, version, step, body, "
        "wanted_at, next_at, state) SELECT %s, *, wanted_at, 'waiting' FROM unnest(%s::bigint[], %s::text[], "
        "%s::bigint[], %s::bigint[], %s::text[], %s::int[], %s::text[], %s::text[], %s::bigint[]) AS new(id, endpoint, "
        "customer_id, enrollment, playbook, version, step, body, wanted_at) ON CONFLICT DO NOTHING",
        (brand, *map(list, zip(*rows, strict=True))),
    )


def claim(connection: psycopg.Connection, brand: BrandId, now: Instant, worker: int) -> Kept | None:
    """The call due longest whose endpoint does not rest, as this worker's; also one whose endpoint is not there."""
    row = connection.execute(
        "UPDATE webhook_call SET state = 'sending', claimed_by = %s, tries = tries + 1, tried_at = %s "  # noqa: S608
        "WHERE brand_id = %s AND id = (SELECT c.id FROM webhook_call c LEFT JOIN webhook_endpoint e ON "
        "e.brand_id = c.brand_id AND e.key = c.endpoint WHERE c.brand_id = %s AND c.state = 'waiting' "
        "AND c.next_at <= %s AND coalesce(e.rests_until, 0) <= %s ORDER BY c.next_at, c.id LIMIT 1 "
        f"FOR UPDATE OF c SKIP LOCKED) RETURNING {_KEPT}",
        (worker, now, brand, brand, now, now),
    ).fetchone()
    return _kept(row) if row else None


def _kept(row: tuple[object, ...]) -> Kept:
    return Kept(Call(*row[:9]), *row[9:])  # type: ignore[arg-type]


def settle(
    connection: psycopg.Connection, brand: BrandId, call: int, state: str, next_at: Instant, status: int | None,
    error: str,
) -> None:  # fmt: skip
    """What became of a call that is being sent."""
    connection.execute(
        "UPDATE webhook_call SET state = %s, next_at = %s, status = %s, error = %s, claimed_by = NULL "
        "WHERE brand_id = %s AND id = %s AND state = 'sending'",
        (state, next_at, status, error, brand, call),
    )


def release_orphans(connection: psycopg.Connection, brand: BrandId) -> int:
    """What a worker that is gone was sending waits again: the receiver knows a repetition by its id."""
    rows = connection.execute(
        "SELECT DISTINCT claimed_by FROM webhook_call WHERE brand_id = %s AND state = 'sending'", (brand,)
    ).fetchall()
    gone = gone_of(connection, (owner for (owner,) in rows))
    if not gone:
        return 0
    return connection.execute(
        "UPDATE webhook_call SET state = 'waiting', claimed_by = NULL, tries = tries - 1 WHERE brand_id = %s "
        "AND state = 'sending' AND claimed_by = ANY(%s)",
        (brand, gone),
    ).rowcount


def again(connection: psycopg.Connection, brand: BrandId, now: Instant, calls: Sequence[int] | None = None) -> int:
    """Dead letters (these, or all of them) wait again, with all their tries; how many."""
    return connection.execute(
        "UPDATE webhook_call SET state = 'waiting', tries = 0, next_at = %s WHERE brand_id = %s AND state = 'dead' "
        "AND (%s::bigint[] IS NULL OR id = ANY(%s))",
        (now, brand, None if calls is None else list(calls), None if calls is None else list(calls)),
    ).rowcount


def calls(
    connection: psycopg.Connection, brand: BrandId, state: str | None = None, most: int = 50, call: int | None = None
) -> list[Kept]:
    """The latest calls."""
    rows = connection.execute(
        f"SELECT {_KEPT} FROM webhook_call WHERE brand_id = %s AND (%s::text IS NULL OR state = %s) "  # noqa: S608
        "AND (%s::bigint IS NULL OR id = %s) ORDER BY wanted_at DESC, id LIMIT %s",
        (brand, state, state, call, call, most),
    )
    return [_kept(row) for row in rows]


def counts(connection: psycopg.Connection, brand: BrandId) -> dict[tuple[str, str], int]:
    """How many calls, by (endpoint, state)."""
    rows = connection.execute(
        "SELECT endpoint, state, count(*) FROM webhook_call WHERE brand_id = %s GROUP BY 1, 2", (brand,)
    )
    return {(row[0], row[1]): row[2] for row in rows}


def next_due(connection: psycopg.Connection, brand: BrandId) -> Instant | None:
    """When a call is next tried; None while the brand is stopped."""
    row = connection.execute(
        "SELECT min(greatest(c.next_at, coalesce(e.rests_until, 0))) FROM webhook_call c JOIN brand b "
        "ON b.id = c.brand_id AND NOT b.stopped LEFT JOIN webhook_endpoint e ON e.brand_id = c.brand_id "
        "AND e.key = c.endpoint WHERE c.brand_id = %s AND c.state = 'waiting'",
        (brand,),
    ).fetchone()
    return row[0] if row else None


def forget(connection: psycopg.Connection, brand: BrandId, customer: CustomerId) -> None:
    """What was said of a customer is kept no longer, sent or not."""
    connection.execute("DELETE FROM webhook_call WHERE brand_id = %s AND customer_id = %s", (brand, customer))
