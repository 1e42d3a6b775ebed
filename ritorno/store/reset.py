"""Empty every table: for the demonstration's own folder only."""

import psycopg

from ritorno.store.definitions import brands


class NotADemo(RuntimeError):  # noqa: N818 - the name says the state
    """There are other brands here than the demonstration's."""


def empty(connection: psycopg.Connection, demo_brands: frozenset[str]) -> None:
    """Forget everything, unless anything here is not the demonstration's. Raises NotADemo."""
    others = sorted(row.key for row in brands(connection) if row.key not in demo_brands)
    if others:
        raise NotADemo(f"this data folder holds the brand {others[0]!r}; run the demonstration in a folder of its own")
    rows = connection.execute(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename NOT LIKE 'django%'"
    ).fetchall()
    names = ", ".join(f'"{row[0]}"' for row in rows)
    connection.execute(f"TRUNCATE {names} RESTART IDENTITY CASCADE")
