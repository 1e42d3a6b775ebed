"""How far the settling of a changed plan has come, and who waits to be let into a playbook."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import psycopg

from ritorno.core.ids import BrandId, CustomerId, PlaybookKey
from ritorno.core.instants import Instant


class Pending(NamedTuple):
    cause: str
    after: CustomerId  # the last one settled; -1: nobody yet
    as_moves: bool  # what moves may trigger playbooks
    keys: tuple[str, ...] | None  # the segments that changed; None: settle everyone
    listed: bool  # whom they concern is listed


def ask(
    connection: psycopg.Connection, brand: BrandId, cause: str, *, as_moves: bool = False,
    keys: Sequence[str] | None = None,
) -> None:  # fmt: skip
    """Everyone is to be settled anew, from the first; in the transaction that changes the definition. With `keys` only
    segments changed: those they do not concern may be left alone.

    Of two changes that follow each other before the first is settled, the later says whether moves trigger playbooks:
    nobody is ever enrolled by a change for which that was not asked.
    """
    connection.execute("DELETE FROM replan_candidate WHERE brand_id = %s", (brand,))
    connection.execute(
        "INSERT INTO replan (brand_id, cause, after, as_moves, keys) VALUES (%s, %s, -1, %s, %s) "
        "ON CONFLICT (brand_id) DO UPDATE SET cause = excluded.cause, after = -1, as_moves = excluded.as_moves, "
        "listed = false, keys = CASE WHEN replan.keys IS NULL OR excluded.keys IS NULL THEN NULL "
        "ELSE replan.keys || excluded.keys END",
        (brand, cause, as_moves, None if keys is None else list(keys)),
    )


def ask_enrolled(
    connection: psycopg.Connection, brand: BrandId, cause: str, playbooks: Sequence[str], versions: Sequence[int] = ()
) -> None:
    """Those who are in these playbooks (in these versions) are to be settled anew; with another replan pending all
    are."""
    if is_pending(connection, brand):
        ask(connection, brand, cause)
        return
    connection.execute(
        "INSERT INTO replan (brand_id, cause, after, as_moves, keys, listed) VALUES (%s, %s, -1, false, '{}', true)",
        (brand, cause),
    )
    connection.execute(
        "INSERT INTO replan_candidate (brand_id, customer_id) SELECT DISTINCT brand_id, customer_id FROM enrollment "
        "WHERE brand_id = %s AND playbook = ANY(%s) AND ended_at IS NULL AND (%s OR version = ANY(%s))",
        (brand, list(playbooks), not versions, list(versions)),
    )


def claim(connection: psycopg.Connection, brand: BrandId) -> Pending | None:
    """What is pending, ours until the transaction ends; None: nothing to do, or another does it."""
    row = connection.execute(
        "SELECT cause, after, as_moves, keys, listed FROM replan WHERE brand_id = %s FOR UPDATE SKIP LOCKED", (brand,)
    ).fetchone()
    if row is None:
        return None
    return Pending(row[0], CustomerId(row[1]), row[2], None if row[3] is None else tuple(row[3]), row[4])


def list_candidates(connection: psycopg.Connection, brand: BrandId, who: Iterable[CustomerId]) -> None:
    """Whom a claimed replan concerns: these are settled, and no one else."""
    with connection.cursor().copy("COPY replan_candidate (brand_id, customer_id) FROM STDIN (FORMAT binary)") as copy:
        copy.set_types(["int4", "int8"])
        for customer in who:
            copy.write_row((brand, customer))
    connection.execute("UPDATE replan SET listed = true WHERE brand_id = %s", (brand,))


def widen(connection: psycopg.Connection, brand: BrandId) -> None:
    """A claimed replan settles everyone after all."""
    connection.execute("UPDATE replan SET keys = NULL WHERE brand_id = %s", (brand,))


def take_candidates(connection: psycopg.Connection, brand: BrandId, most: int) -> list[CustomerId]:
    """The next of those listed, off the list with this transaction."""
    rows = connection.execute(
        "DELETE FROM replan_candidate WHERE brand_id = %s AND customer_id IN (SELECT customer_id FROM replan_candidate "
        "WHERE brand_id = %s ORDER BY customer_id LIMIT %s) RETURNING customer_id",
        (brand, brand, most),
    )
    return [CustomerId(row[0]) for row in rows]


def advance(connection: psycopg.Connection, brand: BrandId, after: CustomerId) -> None:
    connection.execute("UPDATE replan SET after = %s WHERE brand_id = %s", (after, brand))


def finish(connection: psycopg.Connection, brand: BrandId) -> None:
    connection.execute("DELETE FROM replan WHERE brand_id = %s", (brand,))


def is_pending(connection: psycopg.Connection, brand: BrandId) -> bool:
    return connection.execute("SELECT FROM replan WHERE brand_id = %s", (brand,)).fetchone() is not None


def is_as_moves(connection: psycopg.Connection, brand: BrandId) -> bool:
    """Is what is pending to be treated as moves?"""
    row = connection.execute("SELECT as_moves FROM replan WHERE brand_id = %s", (brand,)).fetchone()
    return row is not None and bool(row[0])


def invite(
    connection: psycopg.Connection, brand: BrandId, playbook: PlaybookKey, who: Sequence[tuple[CustomerId, Instant]]
) -> None:
    """Let these in, each at its instant; who waits already keeps its place."""
    connection.execute(
        "INSERT INTO invitation (brand_id, playbook, customer_id, invite_at) "
        "SELECT %s, %s, * FROM unnest(%b::bigint[], %b::bigint[]) ON CONFLICT DO NOTHING",
        (brand, playbook, [customer for customer, _ in who], [instant for _, instant in who]),
    )


def claim_invited(
    connection: psycopg.Connection, brand: BrandId, now: Instant, most: int
) -> list[tuple[PlaybookKey, CustomerId, Instant]]:
    """Those whose turn has come, taken off the list."""
    rows = connection.execute(
        "DELETE FROM invitation WHERE ctid IN (SELECT ctid FROM invitation WHERE brand_id = %s AND invite_at <= %s "
        "ORDER BY invite_at LIMIT %s FOR UPDATE SKIP LOCKED) RETURNING playbook, customer_id, invite_at",
        (brand, now, most),
    )
    return [(PlaybookKey(row[0]), CustomerId(row[1]), Instant(row[2])) for row in rows]


def next_invitation(connection: psycopg.Connection, brand: BrandId) -> Instant | None:
    row = connection.execute("SELECT min(invite_at) FROM invitation WHERE brand_id = %s", (brand,)).fetchone()
    return row[0] if row else None
