"""The database goes away under a running worker: killed, cut off in the middle of a transaction, its disk full."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest

from ritorno.core.events import Event, OrderTold, SoldVia, happened
from ritorno.core.ids import BrandId
from ritorno.core.instants import Instant
from ritorno.settings import Settings
from ritorno.store import customers, inbox
from ritorno.store.connection import StoreUnavailable, connect
from ritorno.wiring import App, open_app
from ritorno.work.accept import accept
from ritorno.work.react import react_to_inbox
from ritorno.worker import Worker
from tests.faults import story
from tests.faults.standing import records
from tests.faults.story import OPENED
from tests.store.beside import as_root, postmaster
from tests.store.test_embedded_refusals import fill, small_disk

PEOPLE = 40


@contextmanager
def worker_of(app: App) -> Iterator[threading.Thread]:
    """A worker at work in a thread of its own until the block ends."""
    stop = threading.Event()
    beside = app.beside()
    thread = threading.Thread(target=Worker(beside).run, args=(stop,))
    thread.start()
    try:
        yield thread
    finally:
        stop.set()
        thread.join()
        beside.close()


def receipts(turn: int, count: int = 20) -> list[Event]:
    when = Instant(OPENED + turn)
    return [
        happened(
            "shop", f"{turn}-{place}", OrderTold(f"{turn}-{place}", 12_300, "ILS", SoldVia.POS, branch="Ayalon"),
            occurred_at=when, received_at=OPENED, identifiers=story.who(place % PEOPLE),
        )
        for place in range(count)
    ]  # fmt: skip


def told_until_kept(app: App, brand: BrandId, events: list[Event]) -> None:
    """As a till does: the same receipts again until they are answered."""
    for _ in range(60):
        with suppress(StoreUnavailable, psycopg.OperationalError):
            app.session.run(lambda connection: accept(connection, brand, events))
            return
        time.sleep(0.25)
    pytest.fail("the receipts were never answered")


def until(happens: Callable[[], bool], seconds: float = 30) -> bool:
    for _ in range(int(seconds * 20)):
        if happens():
            return True
        time.sleep(0.05)
    return False


def number_of(app: App, query: str) -> int:
    row = app.session.run(lambda connection: connection.execute(query).fetchone())
    assert row is not None
    return int(row[0])


def is_empty(app: App, brand: BrandId) -> bool:
    return app.session.run(lambda connection: inbox.waiting(connection, brand)) == 0


def what_remains(app: App, turns: int) -> None:
    """Every receipt that was answered is one event and one order of its customer."""
    assert number_of(app, "SELECT count(*) FROM event WHERE name = 'order'") == turns * 20
    assert number_of(app, "SELECT count(*) FROM purchase WHERE customer_id IS NOT NULL") == turns * 20
    documents = app.session.run(lambda connection: list(customers.read_all(connection, app.plan().brand.id)))
    assert sum(len(document.orders) for document in documents) == turns * 20


@pytest.fixture
def app(database: str, tmp_path: Path) -> Iterator[App]:
    app = App(Settings(tmp_path, database), database)
    story.open_shop(app, people=0)
    yield app
    app.close()


@pytest.fixture
def home(new_home: Path) -> Iterator[Path]:
    yield new_home
    with suppress(OSError):
        os.kill(postmaster(new_home), signal.SIGQUIT)


@pytest.mark.slow
def test_a_worker_goes_on_when_postgresql_was_killed_under_it(home: Path) -> None:
    """kill -9 of the postmaster, five times, while receipts come in: each that was answered is there, once."""
    with open_app(Settings(home, None)) as app:
        brand = story.open_shop(app, people=0)
        with worker_of(app) as thread:
            for turn in range(5):
                told_until_kept(app, brand, receipts(turn))
                os.kill(postmaster(home), signal.SIGKILL)
                told_until_kept(app, brand, receipts(turn))  # the till does not know whether it was heard
                assert until(lambda: is_empty(app, brand))
            assert thread.is_alive()
        what_remains(app, 5)


def test_work_that_loses_its_connection_in_the_middle_is_done_again_whole(app: App) -> None:
    """Connections are ended every few milliseconds, wherever in a transaction they are: nothing is lost or doubled."""
    brand = app.plan().brand.id
    ended = 0
    with worker_of(app) as thread, connect(app.url, autocommit=True, application_name="breaker") as breaker:
        for turn in range(25):
            told_until_kept(app, brand, receipts(turn))
            time.sleep(turn % 5 / 500)
            ended += len(breaker.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
                "AND application_name = 'ritorno' AND state <> 'idle'"
            ).fetchall())  # fmt: skip
        assert until(lambda: is_empty(app, brand))
        assert thread.is_alive()
    assert ended > 0
    what_remains(app, 25)


def test_a_transaction_that_is_cut_off_leaves_nothing(app: App) -> None:
    """Every statement of a batch, one after the other, is the one at which the connection is lost."""
    brand = app.plan().brand.id
    accept(app.connection(), brand, receipts(0))
    before = records(app.connection())
    plan = app.plan()
    cut_at = 0
    while True:
        cut_at += 1
        with connect(app.url, autocommit=True) as connection:
            Cut(connection, app.connection(), cut_at)
            with suppress(psycopg.OperationalError):
                react_to_inbox(connection, plan, OPENED)
                break
        assert records(app.connection()) == before, f"cut off at statement {cut_at}"
    assert cut_at > 8
    what_remains(app, 1)


class CutCursor(psycopg.Cursor[Any]):
    """A cursor under which the connection is lost before the statement that its `Cut` says."""

    def execute(self, *given: Any, **named: Any) -> "CutCursor":
        self.connection.cut.before_a_statement()  # type: ignore[attr-defined]
        return super().execute(*given, **named)

    def executemany(self, *given: Any, **named: Any) -> None:
        self.connection.cut.before_a_statement()  # type: ignore[attr-defined]
        super().executemany(*given, **named)

    def copy(self, *given: Any, **named: Any) -> Any:
        self.connection.cut.before_a_statement()  # type: ignore[attr-defined]
        return super().copy(*given, **named)


class Cut:
    """Ends the session of a connection, from another one, before the statement of that number."""

    def __init__(self, connection: psycopg.Connection, breaker: psycopg.Connection, number: int) -> None:
        self._pid, self._breaker, self._left = connection.info.backend_pid, breaker, number
        connection.cut = self  # type: ignore[attr-defined]
        connection.cursor_factory = CutCursor

    def before_a_statement(self) -> None:
        self._left -= 1
        if self._left == 0:
            self._breaker.execute("SELECT pg_terminate_backend(%s, 5000)", (self._pid,))


@as_root
@pytest.mark.slow
def test_a_full_disk_is_told_plainly_and_work_goes_on_when_there_is_space(new_home: Path) -> None:
    """Nothing is half-written: the refused receipts are in no table until they are told again."""
    with small_disk(new_home, "420m"), open_app(Settings(new_home, None)) as app:
        brand = story.open_shop(app, people=0)
        fill(new_home / "film")
        refused, said = told_until_refused(app, brand)
        assert "disk is full" in said.lower()
        assert "free some space" in said
        with worker_of(app) as thread:
            time.sleep(1)
            assert thread.is_alive()
            (new_home / "film").unlink()
            told_until_kept(app, brand, receipts(refused))
            assert until(lambda: is_empty(app, brand))
            assert thread.is_alive()
        what_remains(app, refused + 1)


def told_until_refused(app: App, brand: BrandId) -> tuple[int, str]:
    """Receipts, batch by batch, until one is refused: its number, and what was said."""
    worker = Worker(app)
    for turn in range(2_000):
        try:
            app.session.run(lambda connection, turn=turn: accept(connection, brand, receipts(turn)))  # type: ignore[misc]
        except StoreUnavailable as error:
            return turn, str(error)
        with suppress(StoreUnavailable):
            worker.until_quiet()
    pytest.fail("the disk never became full")
