"""Invite: those in the segment when a playbook begins are let in so many a day, the most valuable first."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ritorno.core.events import Channel, ConsentTold
from ritorno.core.ids import PlaybookKey
from ritorno.core.journeys.journey import Playbook
from ritorno.settings import Settings
from ritorno.store import customers, replans
from ritorno.store.connection import connect
from ritorno.store.transaction import transaction
from ritorno.testing import at, local
from ritorno.work.invite import invite, let_in, members
from tests.web.shop import Shop, open_shop

SPENT = {f"052-33300{number:02}": number for number in range(1, 6)}
LEAST = next(iter(SPENT))
NOW = at("2026-03-10T12:00")  # a Tuesday; all have been at risk since the 3rd


@pytest.fixture
def shop(database: str, tmp_path: Path) -> Iterator[Shop]:
    """Five at risk, each of whom spent more than the one before; the playbook was paused when they came to it."""
    with open_shop(Settings(tmp_path, database)) as opened:
        opened.app.connection().execute("UPDATE definition SET status = 'draft' WHERE kind = 'playbook'")
        for phone in SPENT:
            opened.tell(ConsentTold(Channel.SMS, True, source="form", wording="כן"), "2025-06-01T10:00", phone=phone)
        for day in ("2025-08-01T12:00", "2025-09-20T12:00", "2025-11-01T12:00", "2025-12-03T14:05:10"):
            for phone, more in SPENT.items():
                opened.buy(day, 600 + 100 * more, phone=phone)
        opened.live_until("2026-03-10T12:00")
        opened.app.connection().execute(
            "UPDATE definition SET status = 'active' WHERE kind = 'playbook' AND version = "
            "(SELECT max(version) FROM definition WHERE kind = 'playbook')"
        )
        opened.app.connection().execute("UPDATE brand SET plan_version = plan_version + 1")
        yield opened


def shield(shop: Shop) -> Playbook:
    (playbook,) = shop.plan.running
    return playbook


def turns(shop: Shop) -> list[str]:
    rows = shop.app.connection().execute("SELECT invite_at FROM invitation ORDER BY 1")
    return [local(row[0])[:16] for row in rows]


def test_the_most_valuable_are_first_and_each_day_takes_so_many(shop: Shop) -> None:
    found = members(shop.app.connection(), shop.plan, shield(shop), NOW)
    assert found == [shop.customer(phone).id for phone in reversed(SPENT)]
    assert invite(shop.app.connection(), shop.plan, shield(shop), NOW, 2) == 5
    days = [turn[:10] for turn in turns(shop)]
    assert days == ["2026-03-10", "2026-03-10", "2026-03-11", "2026-03-11", "2026-03-12"]
    assert let_in(shop.app.connection(), shop.plan, NOW) == 2
    assert let_in(shop.app.connection(), shop.plan, NOW) == 0
    entered = [phone for phone in SPENT if shop.customer(phone).enrollments]
    assert entered == list(SPENT)[3:]


def test_who_waits_already_keeps_the_place(shop: Shop) -> None:
    invite(shop.app.connection(), shop.plan, shield(shop), NOW, 2)
    before = turns(shop)
    invite(shop.app.connection(), shop.plan, shield(shop), NOW, 5)
    assert turns(shop) == before


def test_who_bought_since_is_no_longer_let_in(shop: Shop) -> None:
    invite(shop.app.connection(), shop.plan, shield(shop), NOW, 5)
    best = list(SPENT)[-1]
    shop.buy("2026-03-10T12:00:00", 50, phone=best)
    let_in(shop.app.connection(), shop.plan, NOW)
    assert [phone for phone in SPENT if shop.customer(phone).enrollments] == list(SPENT)[:-1]


def test_whom_another_worker_holds_keeps_the_invitation(shop: Shop, database: str) -> None:
    invite(shop.app.connection(), shop.plan, shield(shop), NOW, 5)
    held = shop.customer(LEAST)
    with connect(database, autocommit=True) as other, transaction(other):
        customers.load(other, shop.brand, [held.id])
        assert let_in(shop.app.connection(), shop.plan, NOW) == 4
        waits = replans.next_invitation(shop.app.connection(), shop.brand)
        assert waits is not None
        assert waits <= NOW
    assert let_in(shop.app.connection(), shop.plan, NOW) == 1
    assert PlaybookKey("PB2") == shop.customer(LEAST).enrollments[0].playbook
