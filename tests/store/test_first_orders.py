"""First orders and what followed them, as the database sums them, beside the same counted one by one."""

from collections.abc import Iterator
from itertools import count

import psycopg
import pytest

from ritorno.core.acquisition import Day
from ritorno.core.ids import BrandId, PlaybookKey
from ritorno.core.instants import DAY, HOUR, Instant, zone
from ritorno.core.second_purchase import Waits, curve
from ritorno.store import first_orders
from ritorno.store.connection import connect
from ritorno.store.first_orders import Asked
from ritorno.testing import at

TZ = zone("Asia/Jerusalem")
NOW = at("2026-06-01")
ASKED = Asked(BrandId(1), NOW, TZ, at("2025-01-01"), NOW)


class Till:
    """Orders as the work writes them."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self.connection, self._numbers = connection, count(1)

    def sells(self, customer: int | None, when: Instant, net: int = 10_000) -> None:
        number = next(self._numbers)
        self.connection.execute(
            "INSERT INTO purchase (brand_id, id, customer_id, occurred_at, net, total, sold_via, branch, source, "
            "order_id) VALUES (1, %s, %s, %s, %s, %s, 'pos', '', '', '')",
            (number, customer, when, net, abs(net)),
        )

    def enters(self, customer: int, arm: str, when: Instant) -> None:
        self.connection.execute(
            "INSERT INTO enrollment (brand_id, id, customer_id, playbook, version, key, arm, entered_at) "
            "VALUES (1, %s, %s, 'PB3', 1, '', %s, %s)",
            (next(self._numbers), customer, arm, when),
        )


@pytest.fixture
def till(database: str) -> Iterator[Till]:
    with connect(database, autocommit=True) as connection:
        yield Till(connection)


def test_pb3_03_the_shops_curve_of_second_purchases(till: Till) -> None:
    first = at("2026-01-10T12:00")
    with till.connection.transaction():
        for customer in range(1_000):
            till.sells(customer, first)
            if customer < 180:
                till.sells(customer, Instant(first + (10 + customer % 30) * DAY))
    told = curve(first_orders.waits(till.connection, ASKED)[""], 90)
    assert told.customers == 1_000
    assert told.share == pytest.approx(0.18)
    assert told.median_day == 24


def test_days_are_the_wall_clocks_and_what_does_not_count_is_no_order(till: Till) -> None:
    """The clock goes forward on 27 March 2026: at 11:59 the next day but one are not yet two days."""
    first = at("2026-03-26T12:00")
    for customer, when in enumerate([at("2026-03-28T11:59"), at("2026-03-28T12:00")]):
        till.sells(customer, first)
        till.sells(customer, when)
        till.sells(customer, Instant(first + HOUR), net=0)
    till.sells(None, first)
    till.sells(None, Instant(first + DAY))
    till.sells(7, at("2024-06-01"))  # a first order before the time that is asked for
    assert first_orders.waits(till.connection, ASKED)[""] == [Waits(1, 1, 0), Waits(2, 1, 0)]


def test_who_bought_in_a_day_not_yet_through_has_only_been_watched(till: Till) -> None:
    """Else only those who buy would be counted of a day that is not over."""
    for customer in range(3):
        till.sells(customer, Instant(NOW - 10 * DAY - HOUR))
    till.sells(0, Instant(NOW - HOUR // 2))
    assert first_orders.waits(till.connection, ASKED)[""] == [Waits(10, 0, 3)]


def test_pb3_03_the_curve_of_a_playbooks_arms_begins_at_the_entry(till: Till) -> None:
    entered = at("2026-02-01T10:00")
    for customer, arm in enumerate(["treated", "treated", "holdout"]):
        till.sells(customer, entered)
        till.enters(customer, arm, entered)
    till.enters(2, "holdout", Instant(entered + 5 * DAY))
    till.enters(9, "treated", entered)
    till.enters(9, "holdout", entered)  # a merge of both arms
    till.sells(1, Instant(entered + 3 * DAY))
    told = first_orders.waits(till.connection, ASKED, PlaybookKey("PB3"))
    assert told["treated"][0] == Waits(3, 1, 0)
    assert {arm: sum(each.bought + each.watched for each in rows) for arm, rows in told.items()} == {
        "holdout": 1,
        "treated": 2,
    }


def test_orc_13_what_each_day_since_the_first_order_brought(till: Till) -> None:
    first = at("2026-05-01T12:00")
    for customer in range(4):
        till.sells(customer, first, 30_000)
    till.sells(0, Instant(first + 2 * DAY), 5_000)
    till.sells(1, Instant(NOW - 2 * DAY - HOUR), 7_000)  # a new customer of the last days
    till.sells(5, Instant(NOW - 2 * DAY - HOUR), 8_000)
    customers, days = first_orders.revenue_by_day(till.connection, ASKED, 5)
    assert customers == 5
    assert days == [Day(0, 5, 128_000), Day(1, 5, 0), Day(2, 4, 5_000), Day(3, 4, 0), Day(4, 4, 0)]
