"""Replan: a changed definition is settled for everyone, batch by batch; interrupted it goes on where it stood."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ritorno.core.decisions import SegmentEntered
from ritorno.settings import Settings
from ritorno.store import decisions, definitions, replans
from ritorno.store.connection import connect
from ritorno.store.transaction import transaction
from ritorno.testing import at
from ritorno.work.replan import replan, replan_some
from tests.web.shop import Shop, open_shop

NOW = at("2026-02-01T10:00")
PHONES = [f"052-22200{number:02}" for number in range(5)]


@pytest.fixture
def shop(database: str, tmp_path: Path) -> Iterator[Shop]:
    """Five who have bought, and a segment of all of them that nobody has been settled under."""
    with open_shop(Settings(tmp_path, database)) as opened:
        for number, phone in enumerate(PHONES):
            opened.buy(f"2026-01-1{number}T10:00", 500, phone=phone)
        opened.clock(NOW)
        rule = {"is": "fact", "fact": "orders", "op": ">=", "value": 1}
        with transaction(opened.app.connection()) as connection:
            body = {"name": {"he": "קונים", "en": "Buyers"}, "rule": rule}
            definitions.save(connection, opened.brand, "segment", "buyers", body, status="active", at=NOW, by="t")
            replans.ask(connection, opened.brand, "segment buyers v1")
        yield opened


def members(shop: Shop) -> int:
    row = shop.app.connection().execute("SELECT count(*) FROM membership").fetchone()
    assert row is not None
    return int(row[0])


def some(shop: Shop, most: int) -> int:
    return replan_some(shop.app.connection(), shop.plan, NOW, most=most)


def test_it_goes_on_after_the_last_customer_that_was_settled(shop: Shop) -> None:
    assert (some(shop, 2), members(shop)) == (2, 2)
    assert replans.is_pending(shop.app.connection(), shop.brand)
    assert (some(shop, 2), members(shop)) == (2, 4)
    assert (some(shop, 2), members(shop)) == (1, 5)
    assert not replans.is_pending(shop.app.connection(), shop.brand)
    assert some(shop, 2) == 0


def test_another_change_begins_from_the_first_customer_again(shop: Shop) -> None:
    some(shop, 2)
    with transaction(shop.app.connection()) as connection:
        replans.ask(connection, shop.brand, "cuts v2")
    told: list[int] = []
    assert replan(shop.app.connection(), shop.plan, NOW, told.append) == 5
    assert sum(told) == 5


def test_the_log_says_which_change_it_was_and_nobody_enters_a_playbook_for_it(shop: Shop) -> None:
    replan(shop.app.connection(), shop.plan, NOW)
    log = list(decisions.of_customer(shop.app.connection(), shop.brand, shop.customer(PHONES[0]).id))
    (entered,) = [each for each in log if isinstance(each, SegmentEntered)]
    assert (entered.cause, entered.at) == ("segment buyers v1", NOW)
    assert shop.customer(PHONES[0]).enrollments == []


def test_while_one_worker_settles_the_others_have_other_work(shop: Shop, database: str) -> None:
    with connect(database, autocommit=True) as other, transaction(other):
        assert replans.claim(other, shop.brand) is not None
        assert some(shop, 2) == 0
    assert some(shop, 9) == 5


def test_whom_the_change_does_not_move_is_not_written(shop: Shop) -> None:
    replan(shop.app.connection(), shop.plan, NOW)
    versions = shop.app.connection().execute("SELECT xmin FROM customer ORDER BY id").fetchall()
    with transaction(shop.app.connection()) as connection:
        replans.ask(connection, shop.brand, "again")
    assert replan(shop.app.connection(), shop.plan, NOW) == 5
    assert shop.app.connection().execute("SELECT xmin FROM customer ORDER BY id").fetchall() == versions
