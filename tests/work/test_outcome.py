"""Outcome: the lists say what the documents say, after every batch."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ritorno.core.decisions import SegmentEntered, SegmentLeft, decode_decision
from ritorno.core.events import Line, OrderTold, SoldVia, happened
from ritorno.core.identifiers import Kind, normalise
from ritorno.core.instants import Instant
from ritorno.settings import Settings
from ritorno.store import customers, definitions
from ritorno.store.transaction import transaction
from ritorno.testing import at
from ritorno.work.accept import accept
from ritorno.work.react import react_to_inbox
from tests.web.shop import DANI, Shop, open_shop

FRESH = {"is": "bought", "within": [7, "days"]}


@pytest.fixture
def shop(database: str, tmp_path: Path) -> Iterator[Shop]:
    """With one segment: who has bought within seven days."""
    with open_shop(Settings(tmp_path, database)) as opened:
        body = {"name": {"he": "טריים", "en": "Fresh"}, "rule": FRESH}
        with transaction(opened.app.connection()) as connection:
            definitions.save(
                connection, opened.brand, "segment", "fresh", body, status="active", at=at("2026-01-01"), by="test"
            )
        yield opened


def members(shop: Shop) -> list[tuple[int, int]]:
    rows = shop.app.connection().execute("SELECT customer_id, since FROM membership ORDER BY 1")
    return [(row[0], row[1]) for row in rows]


def in_documents(shop: Shop) -> list[tuple[int, int]]:
    found = customers.read_all(shop.app.connection(), shop.brand)
    return [(each.id, since) for each in found for since in each.memberships.values()]


def told(shop: Shop, *orders: tuple[str, str], known: str) -> None:
    """Orders (number, when) that are all heard of at once, and reacted to in one batch."""
    who = (normalise(Kind.PHONE, DANI),)
    shop.clock(known)
    accept(
        shop.app.connection(),
        shop.brand,
        [
            happened(
                "pos", number, OrderTold(number, 10_000, "ILS", SoldVia.POS, lines=(Line("A1", quantity=2),)),
                occurred_at=at(when), received_at=Instant(at(known) + place), identifiers=who,
            )
            for place, (number, when) in enumerate(orders)
        ],
    )  # fmt: skip
    react_to_inbox(shop.app.connection(), shop.plan, Instant(at(known) + len(orders)))


def test_the_list_of_members_is_that_of_the_documents_at_every_turn(shop: Shop) -> None:
    shop.buy("2026-03-01T10:00", 100)
    assert members(shop) == in_documents(shop) == [(shop.customer().id, at("2026-03-01T10:00"))]
    shop.live_until("2026-03-08T09:59:59")
    assert members(shop) == in_documents(shop) != []
    shop.live_until("2026-03-08T10:00")
    assert members(shop) == in_documents(shop) == []


def test_one_who_left_and_came_back_in_one_batch_is_in_since_then(shop: Shop) -> None:
    shop.buy("2026-03-01T10:00", 100)
    first = members(shop)
    told(shop, ("late", "2026-03-20T10:00"), known="2026-03-20T10:00")  # the worker was away: left on the 8th
    assert members(shop) == in_documents(shop) == [(first[0][0], at("2026-03-20T10:00"))]
    log = [each for each in log_of(shop) if isinstance(each, SegmentEntered | SegmentLeft)]
    assert [(type(each).__name__, each.at) for each in log] == [
        ("SegmentEntered", at("2026-03-01T10:00")),
        ("SegmentLeft", at("2026-03-08T10:00")),
        ("SegmentEntered", at("2026-03-20T10:00")),
    ]


def log_of(shop: Shop) -> list[object]:
    rows = shop.app.connection().execute("SELECT payload FROM decision ORDER BY at")
    return [decode_decision(row[0]) for row in rows]


def test_units_sold_are_counted_when_an_order_is_told_for_the_first_time(shop: Shop) -> None:
    told(shop, ("one", "2026-03-01T23:30"), ("two", "2026-03-02T00:30"), known="2026-03-03T10:00")
    told(shop, ("one", "2026-03-01T23:30"), known="2026-03-04T10:00")  # repeated: no news
    shop.app.connection().execute("DELETE FROM seen")
    told(shop, ("one", "2026-03-01T23:30"), known="2026-03-05T10:00")  # described anew: the order is known
    rows = shop.app.connection().execute("SELECT day::text, sku, sum(units) FROM sale GROUP BY 1, 2 ORDER BY 1")
    assert rows.fetchall() == [("2026-03-01", "A1", 2), ("2026-03-02", "A1", 2)]


def test_a_till_s_account_leaves_orders_without_a_customer_and_no_membership(shop: Shop) -> None:
    """ISR-11: so many receipts in a day are nobody's."""
    orders = [(f"r{number}", f"2026-03-01T10:{number:02}") for number in range(60)]
    told(shop, *orders, known="2026-03-01T20:00")
    assert shop.customer().house
    row = shop.app.connection().execute("SELECT count(*), count(customer_id) FROM purchase").fetchone()
    assert row == (60, 0)
    assert members(shop) == in_documents(shop) == []
