"""Codes and points go with whom they belong to, through a merge and back (DAT-03, PB1-07)."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ritorno.core.events import Channel, Custom
from ritorno.core.ids import CustomerId
from ritorno.core.points_balance import balance
from ritorno.playbooks.library import load
from ritorno.settings import Settings
from ritorno.store import customers
from ritorno.testing import at
from ritorno.work import book_points
from tests.web.shop import open_shop
from tests.work.test_unmerge_lists import CARD, MAIL, PHONE, Town, consents


@pytest.fixture
def town(database: str, tmp_path: Path) -> Iterator[Town]:
    with open_shop(Settings(tmp_path, database), playbook=load("PB2")) as shop:
        town = Town.__new__(Town)
        town.__dict__.update(shop.__dict__)
        yield town


def codes_of(town: Town, customer: CustomerId) -> int:
    row = town.app.connection().execute("SELECT count(*) FROM code WHERE customer_id = %s", [customer]).fetchone()
    assert row is not None
    return int(row[0])


def points_of(town: Town, customer: CustomerId) -> int:
    document = customers.read(town.app.connection(), town.brand, customer)
    assert document is not None
    return balance(document.points, town.app.now(town.brand))


def test_codes_and_points_of_two_are_one_s_and_each_one_s_again(town: Town) -> None:
    consents(town, PHONE, CARD, channel=Channel.SMS)
    consents(town, MAIL, channel=Channel.EMAIL)
    for who in (PHONE, MAIL):
        for day in ("2025-09-20T12:00", "2025-11-01T12:00", "2025-12-03T14:05:10"):
            town.buys(day, 800, who)
    town.live_until("2026-03-03T14:05:10")
    dani, rina = town.who(PHONE), town.who(MAIL)
    connection, plan, now = town.app.connection(), town.plan, at("2026-03-03T14:05:10")
    assert (codes_of(town, dani), codes_of(town, rina)) == (1, 1)
    book_points.give(connection, plan, dani, 50, "gift 1", now)
    book_points.give(connection, plan, rina, 30, "gift 2", now)
    town.react()

    town.tells(Custom("visit"), "2026-03-03T18:00", MAIL, PHONE)
    one = town.who(PHONE)
    assert one == town.who(MAIL)
    assert (codes_of(town, one), points_of(town, one)) == (2, 80)
    later = at("2026-03-03T19:00")
    town.clock("2026-03-03T19:00")
    other = ({dani, rina} - {one}).pop()
    assert book_points.spend(connection, plan, other, 10, "s", later).balance == 70  # asked by the id it had
    assert book_points.spend(connection, plan, one, 10, "s", later).status == "repeated"
    town.react()

    assert set(town.unmerge(town.merges("merge")[0])) == {dani, rina}
    town.react()
    assert (codes_of(town, dani), codes_of(town, rina)) == (1, 1)
    assert sorted((points_of(town, dani), points_of(town, rina))) in ([20, 50], [30, 40])  # nothing came back
