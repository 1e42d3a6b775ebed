"""Who cools, what messages to nobody cost, where customers come back: as the database counts them."""

from collections.abc import Iterator
from itertools import count

import psycopg
import pytest

from ritorno.core.decisions import ScoreMoved, SegmentEntered, SegmentLeft
from ritorno.core.ids import BrandId, CustomerId, SegmentKey
from ritorno.core.instants import DAY, Instant, zone
from ritorno.core.repeat_rate import Part
from ritorno.store import decisions, insights
from ritorno.store.connection import connect
from ritorno.store.decisions import Decided
from ritorno.store.first_orders import Asked
from ritorno.testing import at

BRAND = BrandId(1)
TODAY = at("2026-03-03T00:00")
YESTERDAY = at("2026-03-02T00:00")


class Records:
    """Rows as the work writes them."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self.connection, self._numbers = connection, count(1)

    def put(self, table: str, **values: object) -> None:
        names = ", ".join(values)
        marks = ", ".join(["%s"] * len(values))
        self.connection.execute(f"INSERT INTO {table} (brand_id, {names}) VALUES (1, {marks})", list(values.values()))

    def stands(self, customer: int, cell: int) -> None:
        self.put("customer", id=customer, document=b"", cell=cell, orders=3, spend=0)

    def falls(self, customer: int, when: Instant, before: int, after: int, axis: str = "r") -> None:
        moved = ScoreMoved(at=when, axis=axis, before=before, after=after, version=1)  # type: ignore[arg-type]
        decisions.add(self.connection, BRAND, [Decided(CustomerId(customer), moved)])

    def buys(self, customer: int, when: Instant, net: int = 10_000, branch: str = "") -> None:
        number = next(self._numbers)
        self.put("purchase", id=number, customer_id=customer, occurred_at=when, net=net, total=net, sold_via="pos",
                 branch=branch, source="till", order_id=str(number))  # fmt: skip

    def gets(self, customer: int, when: Instant) -> None:
        number = next(self._numbers)
        self.put("message", id=number, customer_id=customer, enrollment=number, playbook="PB2", version=1, step="s",
                 arm="treated", wanted_at=when, due_at=when, state="sent", sent_at=when, cost=12_000)  # fmt: skip

    def withdraws(self, customer: int, when: Instant) -> None:
        self.put("consent", event_id=next(self._numbers), customer_id=customer, at=when, received_at=when,
                 channel="sms", purpose="marketing", given=False, proof="", source="link", wording="",
                 wording_version="", evidence="")  # fmt: skip


@pytest.fixture
def records(database: str) -> Iterator[Records]:
    with connect(database, autocommit=True) as connection:
        yield Records(connection)


def test_seg_08_seven_vips_cooled_yesterday_worth_21000_a_year(records: Records) -> None:
    for customer in range(7):
        records.stands(customer, 233)
        records.falls(customer, Instant(YESTERDAY + customer), 3, 2)
        records.buys(customer, Instant(YESTERDAY - 40 * DAY), 300_000)
        records.buys(customer, Instant(YESTERDAY - 400 * DAY), 999_900)  # more than a year ago
    told = insights.cooled(records.connection, BRAND, YESTERDAY, TODAY)
    assert (len(told), sum(one.spend for one in told)) == (7, 2_100_000)
    assert {(one.before, one.after, one.cell) for one in told} == {(3, 2, 233)}


def test_seg_08_who_is_silent_for_twice_their_own_gap_is_told_on_that_day(records: Records) -> None:
    """Every ten days until twenty days before yesterday noon; those of a day before and after are of other days."""
    last = Instant(YESTERDAY + DAY // 2 - 20 * DAY)
    for customer, moved in ((1, 0), (2, -DAY), (3, DAY)):
        records.stands(customer, 333)
        for back in (30, 20, 10, 0):
            records.buys(customer, Instant(last - back * DAY + moved), 50_000)
    (one,) = insights.late(records.connection, BRAND, YESTERDAY, TODAY)
    assert (one.customer, round(one.gap, 6), one.cell, one.spend) == (1, 10, 333, 200_000)


def test_seg_08_two_gaps_are_no_pace_and_two_orders_of_a_day_one_occasion(records: Records) -> None:
    last = Instant(YESTERDAY + DAY // 2 - 20 * DAY)
    for customer in (1, 2, 3):
        records.stands(customer, 211)
        for back in (20, 10, 0):
            records.buys(customer, Instant(last - back * DAY))
    records.buys(2, Instant(last - 10 * DAY - 1))  # the same occasion
    records.buys(3, Instant(last - 30 * DAY))
    records.buys(3, Instant(YESTERDAY + 1))  # and is back
    assert insights.late(records.connection, BRAND, YESTERDAY, TODAY) == []


def test_seg_08_who_came_back_rose_or_moved_on_another_day_is_not_told(records: Records) -> None:
    for customer, cell, when, before, after, axis in [
        (1, 333, YESTERDAY, 3, 2, "r"),  # bought since
        (2, 333, YESTERDAY, 2, 3, "r"),
        (3, 232, YESTERDAY, 3, 2, "m"),
        (4, 233, TODAY, 3, 2, "r"),
        (5, 233, Instant(YESTERDAY - 1), 3, 2, "r"),
        (6, 133, YESTERDAY, 3, 2, "r"),
    ]:
        records.stands(customer, cell)
        records.falls(customer, when, before, after, axis)
    records.falls(6, Instant(YESTERDAY + 5), 2, 1)
    told = insights.cooled(records.connection, BRAND, YESTERDAY, TODAY)
    assert [(one.customer, one.before, one.after) for one in told] == [(6, 3, 1)]


def test_eng_08_messages_to_the_silent_their_cost_and_who_withdrew(records: Records) -> None:
    """50 messages, 26 to customers without an order in 180 days: 52 %; of these two withdrew within a week."""
    for customer in range(50):
        records.gets(customer, TODAY)
        records.buys(customer, Instant(TODAY - (200 if customer < 26 else 100) * DAY))
    for customer, later in ((0, 1), (1, 6), (2, 8), (40, 1)):
        records.withdraws(customer, Instant(TODAY + later * DAY))
    told = insights.irrelevance(
        records.connection, BRAND, YESTERDAY, Instant(TODAY + DAY), 180 * DAY, 7 * DAY
    )  # fmt: skip
    assert told == (50, 26, 600_000, 312_000, 3, 2)


def test_eng_08_a_click_of_a_person_is_an_answer_a_machines_is_none(records: Records) -> None:
    for customer, machine in ((1, False), (2, True)):
        records.gets(customer, TODAY)
        body = b'{"body": {"message": 1, "machine": %s}}' % (b"true" if machine else b"false")
        when = Instant(TODAY - DAY)
        records.put("event", id=customer, customer_id=customer, occurred_at=when, received_at=when,
                    name="message_clicked", payload=body)  # fmt: skip
    told = insights.irrelevance(records.connection, BRAND, YESTERDAY, Instant(TODAY + 1), 180 * DAY, 7 * DAY)
    assert (told.messages, told.silent) == (2, 1)


def test_eng_10_customers_by_the_branch_of_their_first_order(records: Records) -> None:
    first = at("2025-10-01T12:00")
    asked = Asked(BRAND, TODAY, zone("Asia/Jerusalem"), at("2025-01-01"), TODAY)
    for customer in range(6):
        records.buys(customer, first, branch="Ayalon" if customer < 4 else "Haifa")
    records.buys(0, at("2025-12-30T11:59"), branch="Haifa")  # within 90 days on the wall clock, elsewhere
    records.buys(1, at("2025-12-30T12:00"), branch="Ayalon")  # on the 90th day, no more
    records.buys(9, Instant(TODAY - 10 * DAY), branch="Haifa")  # not watched for so long
    records.buys(8, at("2024-06-01"), branch="Haifa")  # a first order before the time
    told = insights.repeat_parts(records.connection, asked, "branch", 90)
    assert told == [Part("Ayalon", 4, 1), Part("Haifa", 2, 0)]
    assert insights.repeat_parts(records.connection, asked, "sold_via", 90) == [Part("pos", 6, 1)]


def test_eng_09_a_segment_is_told_with_who_came_who_left_and_what_they_spent(records: Records) -> None:
    """Nobody has moved in or out of "still" since before the time."""
    live, still, gone = SegmentKey("live"), SegmentKey("still"), SegmentKey("gone")
    early, then = Instant(YESTERDAY - DAY), Instant(YESTERDAY + 1)
    for customer, segment, when in ((1, still, early), (2, live, then), (3, live, early)):
        records.put("membership", segment=segment, customer_id=customer, since=when)
        entered = SegmentEntered(at=when, segment=segment)
        decisions.add(records.connection, BRAND, [Decided(CustomerId(customer), entered)])
    left = SegmentLeft(at=then, segment=gone, since=early)
    decisions.add(records.connection, BRAND, [Decided(CustomerId(4), left)])
    records.buys(1, then, 700)
    records.buys(2, early, 999)
    told = insights.flows(records.connection, BRAND, YESTERDAY, TODAY)
    assert told == [("gone", 0, 0, 1, 0), ("live", 2, 1, 0, 0), ("still", 1, 0, 0, 700)]
