"""Wake: each moves at its own instant, whenever a worker gets to it; whom another holds waits for the next round."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ritorno.core.decisions import ScoreMoved
from ritorno.core.ids import CustomerId
from ritorno.settings import Settings
from ritorno.store import customers, decisions
from ritorno.store.connection import connect
from ritorno.store.transaction import transaction
from ritorno.testing import at
from ritorno.work.wake import wake
from tests.web.shop import DANI, Shop, open_shop

MAYA = "052-765-4321"


@pytest.fixture
def shop(database: str, tmp_path: Path) -> Iterator[Shop]:
    """Two who bought on 1 and 2 December: R falls to 2 after 30 days, to 1 after 90."""
    with open_shop(Settings(tmp_path, database)) as opened:
        opened.buy("2025-12-01T12:00", 800, phone=DANI)
        opened.buy("2025-12-02T12:00", 800, phone=MAYA)
        yield opened


def falls(shop: Shop, phone: str) -> list[tuple[int, int, int]]:
    log = decisions.of_customer(shop.app.connection(), shop.brand, shop.customer(phone).id)
    return [(each.at, each.before, each.after) for each in log if isinstance(each, ScoreMoved) and each.axis == "r"]


def woken(shop: Shop, when: str, most: int = 1000) -> int:
    return wake(shop.app.connection(), shop.plan, at(when), most=most)


def test_sco_05_the_move_is_of_its_own_instant_however_late_the_worker_comes(shop: Shop) -> None:
    assert woken(shop, "2025-12-31T11:59:59.999999") == 0
    assert woken(shop, "2026-04-01") == 2
    assert falls(shop, DANI)[1:] == [(at("2025-12-31T12:00"), 3, 2), (at("2026-03-01T12:00"), 2, 1)]
    assert falls(shop, MAYA)[1:] == [(at("2026-01-01T12:00"), 3, 2), (at("2026-03-02T12:00"), 2, 1)]
    assert woken(shop, "2026-04-01") == 0


def test_late_or_on_time_the_document_is_the_same(shop: Shop) -> None:
    for when in ("2025-12-31T12:00", "2026-01-20", "2026-03-01T12:00"):
        assert woken(shop, when) >= 1
    woken(shop, "2026-04-01")
    woken(shop, "2026-04-01")
    on_time = falls(shop, DANI)
    assert on_time[1:] == [(at("2025-12-31T12:00"), 3, 2), (at("2026-03-01T12:00"), 2, 1)]
    assert shop.customer().settled_at == at("2026-03-01T12:00")


def test_those_longest_due_come_first(shop: Shop) -> None:
    assert woken(shop, "2026-01-05", most=1) == 1
    assert (shop.customer(DANI).scores.r, shop.customer(MAYA).scores.r) == (2, 3)


def test_whom_another_worker_holds_is_left_for_the_next_round(shop: Shop, database: str) -> None:
    held = CustomerId(shop.customer(DANI).id)
    with connect(database, autocommit=True) as other, transaction(other):
        customers.load(other, shop.brand, [held])
        assert woken(shop, "2026-01-05") == 1
        assert shop.customer(DANI).scores.r == 3
    assert woken(shop, "2026-01-05") == 1
    assert shop.customer(DANI).scores.r == 2
