"""Is the store there, and does the worker keep up?"""

from typing import NamedTuple

import psycopg

from ritorno.core.ids import BrandId
from ritorno.core.instants import Instant


class Backlog(NamedTuple):
    """What a brand's worker has before it; the oldest of each kind, None when nothing waits."""

    waiting: int
    oldest_received_at: Instant | None
    oldest_due_at: Instant | None
    oldest_message_due_at: Instant | None


def backlog(connection: psycopg.Connection, brand: BrandId) -> Backlog:
    row = connection.execute(
        "SELECT (SELECT count(*) FROM inbox WHERE brand_id = %(brand)s), "
        "(SELECT min(received_at) FROM inbox WHERE brand_id = %(brand)s), "
        "(SELECT min(due_at) FROM customer WHERE brand_id = %(brand)s), "
        "(SELECT min(due_at) FROM message WHERE brand_id = %(brand)s AND state IN ('queued', 'held'))",
        {"brand": brand},
    ).fetchone()
    assert row is not None
    return Backlog(*row)


def version(connection: psycopg.Connection) -> str:
    """PostgreSQL's, such as 18.1."""
    return str(connection.info.parameter_status("server_version"))
