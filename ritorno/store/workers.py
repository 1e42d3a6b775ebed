"""Workers: a number for each, and which of those who had claimed something are gone."""

from collections.abc import Iterable

import psycopg

_WORKER_LOCK = 1_002  # first key of the session locks by which a worker shows that it lives


def new_worker(connection: psycopg.Connection) -> int:
    """A number of its own, and a session lock that is free again the moment the worker is gone."""
    row = connection.execute("SELECT nextval('worker_number')::int4").fetchone()
    assert row is not None
    connection.execute("SELECT pg_advisory_lock(%s, %s)", (_WORKER_LOCK, row[0]))
    return int(row[0])


def gone_of(connection: psycopg.Connection, workers: Iterable[int]) -> list[int]:
    """Those that are gone. Of several who look at once one is told so of each: the lock of the dead is held until the
    transaction ends."""
    gone = []
    for worker in workers:
        free = connection.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", (_WORKER_LOCK, worker)).fetchone()
        if free == (True,):
            gone.append(worker)
    return gone
