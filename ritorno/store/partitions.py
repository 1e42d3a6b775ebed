"""Events, decisions and messages are kept by month of the wall clock of UTC; retention drops whole months."""

from datetime import datetime

import psycopg

from ritorno.core.instants import Instant, add_span, from_wall, months, to_datetime, zone
from ritorno.store.transaction import transaction

_TABLES = ("event", "decision", "message")
_LOCK = 1_003
_UTC = zone("UTC")


def month_of(now: Instant) -> int:
    """A number that changes with the month: 202603."""
    day = to_datetime(now, _UTC)
    return day.year * 100 + day.month


def ensure(connection: psycopg.Connection, now: Instant) -> None:
    """Make this month's and the next month's partitions, if they are not there. Cheap when they are."""
    for first in (now, add_span(now, months(1), _UTC)):
        month = to_datetime(first, _UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
        name = f"{month:%Y_%m}"
        if not _exists(connection, f"event_{name}"):
            _make(connection, month, name)


def _make(connection: psycopg.Connection, month: datetime, name: str) -> None:
    """Rows that came into the default partition while the month had none of its own move into it."""
    start = from_wall(month, _UTC)
    end = add_span(start, months(1), _UTC)
    columns = {"event": "received_at", "decision": "at", "message": "wanted_at"}
    with transaction(connection):
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
        for table in _TABLES:
            part = f"{table}_{name}"
            if _exists(connection, part):
                continue
            column = columns[table]
            connection.execute(f"CREATE TABLE {part} (LIKE {table} INCLUDING ALL)")
            connection.execute(
                f"WITH moved AS (DELETE FROM {table}_other WHERE {column} >= {start} AND {column} < {end} RETURNING *) "  # noqa: S608 - our own names and integers
                f"INSERT INTO {part} SELECT * FROM moved"
            )
            connection.execute(f"ALTER TABLE {table} ATTACH PARTITION {part} FOR VALUES FROM ({start}) TO ({end})")


def _exists(connection: psycopg.Connection, table: str) -> bool:
    """Asked of the catalogue itself: `to_regclass` answers from a cache that does not hear of another worker's table
    before the next transaction."""
    found = connection.execute(
        "SELECT FROM pg_class WHERE relname = %s AND relkind = 'r' AND pg_table_is_visible(oid)", (table,)
    )
    return found.fetchone() is not None
