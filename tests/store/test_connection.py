"""Reaching PostgreSQL: the address, the set-up of a connection, and doing work again."""

import logging
import threading
from pathlib import Path

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg import errors

from ritorno.store.connection import (
    Session,
    StoreUnavailable,
    connect,
    database_url,
    is_embedded,
    with_retry,
    without_password,
)

NOWHERE = "postgresql://shop:s3cret@127.0.0.1:1/ritorno"


def test_the_address_given_by_the_environment_is_used_as_it_is(tmp_path: Path) -> None:
    assert database_url(tmp_path, " postgresql://shop@db.example/ritorno ") == "postgresql://shop@db.example/ritorno"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "wrong",
    ["mysql://shop:s3cret@db/x", "db.example", "postgresql://shop:s3cret@db/x?nonsense=1", "postgres://[s3cret"],
)
def test_an_address_that_is_none_is_refused_without_repeating_the_password(tmp_path: Path, wrong: str) -> None:
    with pytest.raises(ValueError, match=r"DATABASE_URL .*postgresql://USER") as raised:
        database_url(tmp_path, wrong)
    assert "s3cret" not in str(raised.value)


@given(password=st.text(st.characters(whitelist_categories=("Lu", "Ll", "Nd")), min_size=9))
def test_an_address_is_shown_without_its_password(password: str) -> None:
    assert password not in without_password(f"postgresql://shop:{password}@db.example:6000/ritorno")


def test_a_connection_is_in_utc_and_waits_for_nothing_for_ever(postgres_url: str) -> None:
    with connect(postgres_url, application_name="ritorno worker") as connection:
        shown = [
            connection.execute(f"SHOW {name}").fetchone()
            for name in ("timezone", "lock_timeout", "idle_in_transaction_session_timeout", "application_name")
        ]
        assert shown == [("UTC",), ("10s",), ("2min",), ("ritorno worker",)]
        assert not connection.autocommit


def test_settings_survive_a_rollback(postgres_url: str) -> None:
    with connect(postgres_url) as connection:
        connection.rollback()
        assert connection.execute("SHOW lock_timeout").fetchone() == ("10s",)


def test_an_absent_server_is_told_with_what_to_do_and_without_the_password() -> None:
    with pytest.raises(
        StoreUnavailable, match=r"ritorno at 127.0.0.1:1.*refused.*Check that PostgreSQL runs"
    ) as raised:
        connect(NOWHERE, wait_seconds=0.5)
    assert "s3cret" not in str(raised.value)


def test_an_absent_database_is_not_waited_for(postgres_url: str) -> None:
    with pytest.raises(StoreUnavailable, match="Create the database"):
        connect(postgres_url.replace("/ritorno?", "/absent?").replace("/postgres?", "/absent?"), wait_seconds=60)


def test_a_database_that_cannot_hold_hebrew_is_refused(postgres_url: str) -> None:
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
    try:
        with pytest.raises(StoreUnavailable, match="keeps text as LATIN1, which loses Hebrew"):
            connect(postgres_url.replace("/ritorno?", "/latin?").replace("/postgres?", "/latin?"))
    finally:
        with psycopg.connect(postgres_url, autocommit=True) as connection:
            connection.execute("DROP DATABASE latin WITH (FORCE)")


def test_an_old_postgresql_is_refused(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ritorno.store.connection.OLDEST_VERSION", 99)
    with pytest.raises(StoreUnavailable, match=r"is PostgreSQL \d+; Ritorno needs 99 or newer"):
        connect(postgres_url)


def test_the_system_postgresql_is_reached_like_the_embedded_one(system_postgres: str) -> None:
    with connect(system_postgres) as connection:
        assert connection.execute("SHOW timezone").fetchone() == ("UTC",)
        assert connection.info.server_version >= 150_000
    assert not is_embedded(system_postgres)


def test_a_test_database_is_migrated_and_empty(database: str) -> None:
    with connect(database) as connection:
        tables = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
        assert tables is not None
        assert tables[0] > 0


class TestDoingWorkAgain:
    def test_a_conflict_is_done_again_with_growing_pauses_and_the_reason_is_logged(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        pauses: list[float] = []
        troubles: list[psycopg.Error] = [
            errors.SerializationFailure("could not serialize"),
            errors.DeadlockDetected("x"),
        ]

        def work() -> str:
            if troubles:
                raise troubles.pop(0)
            return "done"

        with caplog.at_level(logging.WARNING):
            assert with_retry(work, pause=pauses.append) == "done"
        assert pauses == sorted(pauses)
        assert len(pauses) == 2
        assert "could not serialize" in caplog.text

    def test_a_conflict_that_goes_on_is_raised_after_the_last_attempt(self) -> None:
        tries: list[int] = []

        def work() -> None:
            tries.append(1)
            raise errors.DeadlockDetected("deadlock detected")

        with pytest.raises(errors.DeadlockDetected):
            with_retry(work, attempts=4, pause=lambda _: None)
        assert len(tries) == 4

    @pytest.mark.parametrize("error", [errors.UniqueViolation("twice"), errors.QueryCanceled("stopped"), KeyError("k")])
    def test_a_mistake_is_not_done_again(self, error: Exception) -> None:
        tries: list[int] = []

        def work() -> None:
            tries.append(1)
            raise error

        with pytest.raises(type(error)):
            with_retry(work, pause=lambda _: None)
        assert len(tries) == 1

    def test_a_full_disk_is_told_and_not_done_again(self) -> None:
        def work() -> None:
            raise errors.DiskFull("could not extend file: No space left on device")

        with pytest.raises(StoreUnavailable, match="Its disk is full: free some space"):
            with_retry(work, pause=lambda _: None)

    def test_work_whose_connection_is_cut_is_done_again_on_a_new_one_and_counts_once(self, database: str) -> None:
        cut = [True]

        def work(connection: psycopg.Connection[tuple[object, ...]]) -> int:
            with connection.transaction():
                connection.execute("INSERT INTO marks VALUES (1)")
                if cut.pop() if cut else False:
                    with connect(database, autocommit=True) as other:
                        other.execute("SELECT pg_terminate_backend(%s)", [connection.info.backend_pid])
                connection.execute("SELECT 1")
            return connection.info.backend_pid

        with Session(database) as session:
            session.connection().execute("CREATE TABLE marks (n int)")
            session.connection().commit()
            first = session.connection().info.backend_pid
            assert session.run(work) != first
            assert session.connection().execute("SELECT count(*) FROM marks").fetchone() == (1,)

    def test_two_workers_that_deadlock_both_finish(self, database: str) -> None:
        with connect(database, autocommit=True) as connection:
            connection.execute("CREATE TABLE purse (id int PRIMARY KEY, coins int)")
            connection.execute("INSERT INTO purse VALUES (1, 0), (2, 0)")
        both_hold_one = threading.Barrier(2)

        def move(first: int, second: int) -> None:
            meet = [True]

            def work(connection: psycopg.Connection[tuple[object, ...]]) -> None:
                with connection.transaction():
                    connection.execute("UPDATE purse SET coins = coins + 1 WHERE id = %s", [first])
                    if meet:
                        meet.clear()
                        both_hold_one.wait(10)
                    connection.execute("UPDATE purse SET coins = coins + 1 WHERE id = %s", [second])

            with Session(database) as session:
                session.run(work)

        threads = [threading.Thread(target=move, args=pair) for pair in ((1, 2), (2, 1))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        with connect(database) as connection:
            assert connection.execute("SELECT sum(coins) FROM purse").fetchone() == (4,)

    def test_a_lock_that_another_holds_too_long_is_a_conflict(self, database: str) -> None:
        with connect(database) as holder, Session(database) as session:
            holder.execute("CREATE TABLE shelf (n int)")
            holder.commit()
            holder.execute("LOCK TABLE shelf")
            tries: list[int] = []

            def work(connection: psycopg.Connection[tuple[object, ...]]) -> None:
                connection.execute("SET LOCAL lock_timeout = '20ms'")
                tries.append(1)
                if len(tries) == 2:
                    holder.rollback()
                connection.execute("SELECT n FROM shelf")

            session.run(work)
            assert len(tries) == 2
