"""Deliver: judged on the fresh document, written before it leaves, and never twice whatever happens in between."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ritorno.core.events import Channel, ConsentTold
from ritorno.core.messages.message import Content, Receipt, State
from ritorno.settings import Settings
from ritorno.store import customers, messages, workers
from ritorno.store.connection import connect
from ritorno.store.transaction import transaction
from ritorno.testing import at
from ritorno.wiring import chance
from ritorno.work.deliver import Delivered, Providers, deliver, recover
from ritorno.work.wake import wake
from tests.web.shop import Shop, open_shop

PHONES = [f"052-11100{number:02}" for number in range(12)]
RISK = "2026-03-03T14:05:10"  # a Tuesday afternoon


class Postman:
    """A provider that does not know a key again: what it is given twice it carries twice."""

    name = "postman"

    def __init__(self, *, once_carried: Callable[[str], None] = lambda _: None, refuses: str = "") -> None:
        self.carried: list[str] = []
        self._once_carried, self._refuses = once_carried, refuses

    def send(self, key: str, content: Content) -> Receipt:
        self.carried.append(key)
        self._once_carried(key)
        return Receipt(self.name, f"p-{key}", accepted=not self._refuses, cost=1, error=self._refuses)

    def look_up(self, key: str) -> Receipt | None:
        return Receipt(self.name, f"p-{key}", accepted=True, cost=1) if key in self.carried else None


@pytest.fixture
def shop(database: str, tmp_path: Path) -> Iterator[Shop]:
    """A dozen customers who are at risk at RISK; nobody has been written to."""
    with open_shop(Settings(tmp_path, database)) as opened:
        for phone in PHONES:
            opened.tell(ConsentTold(Channel.SMS, True, source="form", wording="כן"), "2025-06-01T10:00", phone=phone)
        for day in ("2025-08-01T12:00", "2025-09-20T12:00", "2025-11-01T12:00", "2025-12-03T14:05:10"):
            for phone in PHONES:
                opened.buy(day, 800, phone=phone)
        opened.live_until("2026-03-03T14:05")
        opened.clock(RISK)
        wake(opened.app.connection(), opened.plan, at(RISK))
        yield opened


def by(postman: Postman) -> Providers:
    return dict.fromkeys(Channel, postman)


def delivered(shop: Shop, postman: Postman, worker: int = 1, most: int = 200) -> Delivered:
    return deliver(shop.app.connection(), shop.plan, by(postman), at(RISK), worker, chance, most=most)


def states(shop: Shop) -> Counter[State]:
    return Counter(kept.state for kept in messages.outbox(shop.app.connection(), shop.brand))


def test_each_message_leaves_once_a_batch_at_a_time(shop: Shop) -> None:
    postman = Postman()
    assert delivered(shop, postman, most=5) == (5, 5)
    assert delivered(shop, postman) == (7, 7)
    assert delivered(shop, postman) == (0, 0)
    assert len(set(postman.carried)) == len(postman.carried) == 12
    assert states(shop) == {State.SENT: 12}


def test_nothing_leaves_before_it_is_written_as_sending(shop: Shop, database: str) -> None:
    seen = []

    def look(key: str) -> None:
        with connect(database, autocommit=True) as other:
            kept = messages.read(other, shop.brand, int(key))  # type: ignore[arg-type]
            assert kept is not None
            assert kept.content is not None
            seen.append((kept.state, kept.sent_at))

    delivered(shop, Postman(once_carried=look))
    assert set(seen) == {(State.SENDING, at(RISK))}


def test_what_the_provider_refuses_has_failed_with_its_words(shop: Shop) -> None:
    delivered(shop, Postman(refuses="number out of service"))
    assert states(shop) == {State.FAILED: 12}
    kept = shop.message(PHONES[0])
    assert kept.reasons == [[at(RISK), "provider", "number out of service"]]


def test_a_purchase_before_the_judging_drops_the_message(shop: Shop) -> None:
    postman = Postman()
    shop.app.connection().execute("UPDATE message SET due_at = due_at + 60000000")  # a minute from now
    shop.buy("2026-03-03T14:05:11", 50, phone=PHONES[0])
    shop.app.connection().execute("UPDATE message SET due_at = due_at - 60000000")
    delivered(shop, postman)
    assert states(shop) == {State.SENT: 11, State.DROPPED: 1}
    assert shop.message(PHONES[0]).reasons[-1][1] == "bought"


def test_whom_another_worker_holds_is_written_to_in_the_next_round(shop: Shop, database: str) -> None:
    postman = Postman()
    with connect(database, autocommit=True) as other, transaction(other):
        customers.load(other, shop.brand, [shop.customer(PHONES[0]).id])
        assert delivered(shop, postman) == (11, 11)
    assert delivered(shop, postman) == (1, 1)


def test_two_workers_at_one_outbox_send_each_message_once(shop: Shop, database: str) -> None:
    postman = Postman()

    def work(worker: int) -> None:
        with connect(database, autocommit=True) as connection:
            for _ in range(40):  # many come to nothing while the other holds the same
                deliver(connection, shop.plan, by(postman), at(RISK), worker, chance, most=3)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(work, (1, 2)))
    assert len(set(postman.carried)) == len(postman.carried) == 12


def test_orc_11_two_who_find_what_a_dead_worker_left_settle_each_message_once(shop: Shop, database: str) -> None:
    """Of six that it left in `sending` one had reached the provider: its answer had not come back."""
    dying = Postman(once_carried=dies_after(6))
    with pytest.raises(KeyboardInterrupt):
        delivered(shop, dying, worker=999_999)
    assert states(shop) == {State.SENDING: 6, State.SENT: 6}
    together = threading.Barrier(2, timeout=10)
    after = Postman()
    after.carried = dying.carried.copy()

    def settle(_: int) -> int:
        with connect(database, autocommit=True) as connection:
            worker = workers.new_worker(connection)
            together.wait()
            return recover(connection, shop.plan, by(after), at(RISK), worker)

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(settle, range(2))) == [0, 6]
    assert states(shop) == {State.SENT: 12}
    assert len(set(after.carried)) == len(after.carried) == 12


def dies_after(count: int) -> Callable[[str], None]:
    left = [count]

    def step(_key: str) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise KeyboardInterrupt

    return step
