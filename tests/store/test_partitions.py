"""Months have their own tables, made ahead of time; many workers may find at once that one is missing."""

import threading
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from ritorno.core.instants import Instant
from ritorno.store import partitions
from ritorno.store.connection import connect
from ritorno.testing import at

MAY = at("2026-05-31T23:30")  # in UTC it is still May


def tables_of(connection: psycopg.Connection, parent: str) -> set[str]:
    rows = connection.execute(
        "SELECT c.relname FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid WHERE inhparent = %s::regclass",
        (parent,),
    )
    return {row[0] for row in rows}


@pytest.mark.parametrize("parent", ["event", "decision", "message"])
def test_this_month_and_the_next_have_tables_of_their_own(database: str, parent: str) -> None:
    with connect(database, autocommit=True) as connection:
        partitions.ensure(connection, MAY)
        partitions.ensure(connection, MAY)
        assert tables_of(connection, parent) == {f"{parent}_other", f"{parent}_2026_05", f"{parent}_2026_06"}


def test_the_month_is_the_one_of_utc() -> None:
    assert [partitions.month_of(at(when)) for when in ("2026-06-01T02:59", "2026-06-01T03:00")] == [202605, 202606]


def test_what_came_before_the_month_had_a_table_moves_into_it(database: str) -> None:
    with connect(database, autocommit=True) as connection:
        for number, when in enumerate(("2026-04-10", "2026-05-10", "2026-06-10")):
            connection.execute(
                "INSERT INTO event (brand_id, id, occurred_at, received_at, name, payload) "
                "VALUES (1, %s, 0, %s, '', '')",
                (number, at(when)),
            )
        partitions.ensure(connection, MAY)
        rows = connection.execute("SELECT id, tableoid::regclass::text FROM event ORDER BY id").fetchall()
        assert rows == [(0, "event_other"), (1, "event_2026_05"), (2, "event_2026_06")]


def test_workers_who_find_it_missing_at_the_same_time_make_it_once(database: str) -> None:
    months = [Instant(at(f"20{year}-{month:02}-15")) for year in (27, 28) for month in range(1, 13, 2)]
    together = threading.Barrier(4, timeout=10)

    def work(_number: int) -> None:
        with connect(database, autocommit=True) as connection:
            for month in months:
                together.wait()
                partitions.ensure(connection, month)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    with connect(database, autocommit=True) as connection:
        assert len(tables_of(connection, "message")) == 1 + 2 * len(months)
