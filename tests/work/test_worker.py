"""The worker: rounds over all brands, a number that lives as long as its connection, a stop that is heeded."""

import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from ritorno.channels.base import Provider
from ritorno.channels.sandbox import Sandbox
from ritorno.core.events import Channel, OrderTold, SoldVia, happened
from ritorno.core.identifiers import Kind, normalise
from ritorno.core.messages.message import Content, Receipt, State
from ritorno.core.plan import Brand
from ritorno.settings import Settings
from ritorno.store import definitions, inbox, messages, workers
from ritorno.store.connection import connect
from ritorno.store.transaction import transaction
from ritorno.testing import at
from ritorno.wiring import App
from ritorno.work.accept import accept
from ritorno.work.found import found
from ritorno.worker import Worker, advance_clock
from tests.web.shop import DANI, Shop, open_shop


@pytest.fixture
def shop(database: str, tmp_path: Path) -> Iterator[Shop]:
    with open_shop(Settings(tmp_path, database)) as opened:
        yield opened


def receipt(name: str) -> list[object]:
    body = OrderTold(name, 9_900, "ILS", SoldVia.POS, branch="Ayalon")
    when = at("2026-03-01T10:00")
    who = (normalise(Kind.PHONE, DANI),)
    return [happened("pos", name, body, occurred_at=when, received_at=when, identifiers=who)]


def test_a_round_says_whether_anything_happened(shop: Shop) -> None:
    shop.clock("2026-03-01T10:00")
    assert not shop.worker.round()
    accept(shop.app.connection(), shop.brand, receipt("1"))  # type: ignore[arg-type]
    assert shop.worker.round()
    assert not shop.worker.round()


def test_every_brand_is_served_by_its_own_clock(shop: Shop) -> None:
    connection = shop.app.connection()
    second = found(connection, "second", {"name": "Second"}, at("2026-01-01"))
    for brand, when in ((shop.brand, "2026-03-01T10:00"), (second, "2026-05-01T10:00")):
        with transaction(connection):
            definitions.set_clock(connection, brand, at(when))
        accept(connection, brand, receipt("1"))  # type: ignore[arg-type]
    shop.worker.until_quiet()
    assert inbox.waiting(connection, shop.brand) == inbox.waiting(connection, second) == 0
    rows = connection.execute("SELECT brand_id, (cell / 100)::int FROM customer ORDER BY 1").fetchall()
    assert rows == [(shop.brand, 3), (second, 2)]  # by the clock of the second, 61 days have passed


def test_what_happens_once_is_noticed_at_once_and_a_stop_is_heeded(shop: Shop) -> None:
    shop.clock("2026-03-01T10:00")
    stop = threading.Event()
    beside = shop.app.beside()
    thread = threading.Thread(target=Worker(beside).run, args=(stop,))
    thread.start()
    accept(shop.app.connection(), shop.brand, receipt("1"))  # type: ignore[arg-type]
    for _ in range(200):
        if inbox.waiting(shop.app.connection(), shop.brand) == 0:
            break
        stop.wait(0.01)
    assert inbox.waiting(shop.app.connection(), shop.brand) == 0
    stop.set()
    thread.join(timeout=5)
    assert not thread.is_alive()
    beside.close()


def test_the_clock_stops_at_every_instant_at_which_something_is_due(shop: Shop) -> None:
    shop.buy("2026-03-01T10:00", 500)
    assert advance_clock(shop.app, shop.brand, at("2026-03-31T09:59"), shop.worker) == 0
    assert advance_clock(shop.app, shop.brand, at("2026-06-01"), shop.worker) == 2  # R falls to 2, then to 1
    assert shop.app.now(shop.brand) == at("2026-06-01")


class Watching(Sandbox):
    """A provider during whose work another worker looks for orphans."""

    def __init__(self, home: Path, url: str, brand: Brand) -> None:
        super().__init__(home, part_cost=1, email_cost=1, whatsapp_cost=1)
        self._url, self._brand = url, brand
        self.orphans: list[int] = []

    def send(self, key: str, content: Content) -> Receipt:
        with connect(self._url, autocommit=True) as other:
            worker = workers.new_worker(other)
            with transaction(other):
                self.orphans.append(len(messages.adopt_orphans(other, self._brand.id, worker)))
        return super().send(key, content)


class Unlucky(App):
    """An installation whose connection is lost within a round, before anything is delivered."""

    carrier: Watching | None = None

    def providers(self, brand: Brand) -> Mapping[Channel, Provider]:
        if self.carrier is None:
            self.carrier = Watching(self.settings.home, self.url, brand)
        with connect(self.url, autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s, 5000)", (self.connection().info.backend_pid,))
        return dict.fromkeys(Channel, self.carrier)


def test_orc_11_a_worker_that_lost_its_connection_in_a_round_is_not_taken_for_dead(shop: Shop, tmp_path: Path) -> None:
    """Its old lock is gone with the old connection: what it sends must carry the number of the new one."""
    shop.rescue()
    connection = shop.app.connection()
    sent = shop.message().message.id
    connection.execute("UPDATE message SET state = 'queued', sent_at = NULL, provider = NULL")
    connection.execute("UPDATE message SET due_at = %s", (at("2026-03-03T14:05:10"),))
    connection.execute("DELETE FROM code")
    unlucky = Unlucky(Settings(tmp_path / "unlucky", shop.app.url), shop.app.url)
    Worker(unlucky).round()
    assert unlucky.carrier is not None
    assert unlucky.carrier.orphans == [0]
    kept = messages.read(connection, shop.brand, sent)
    assert kept is not None
    assert kept.state == State.SENT
    unlucky.close()
