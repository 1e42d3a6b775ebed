"""One transaction per piece of work. Nothing else in Ritorno commits."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg


@contextmanager
def transaction(connection: psycopg.Connection) -> Iterator[psycopg.Connection]:
    """Commit when the block ends, undo all of it when it raises. Connections are opened with autocommit."""
    with connection.transaction():
        yield connection


@contextmanager
def undone(connection: psycopg.Connection) -> Iterator[psycopg.Connection]:
    """Do the block and undo all of it: for a rehearsal by the code that does it in earnest."""
    with connection.transaction(force_rollback=True):
        yield connection
