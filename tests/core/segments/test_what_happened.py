"""Rules about what was bought and done: filters, measures, windows, one thing after the other, the last messages."""

from datetime import UTC, datetime
from typing import Literal

import pytest

from ritorno.core.customer import Contact
from ritorno.core.events import Channel, Line, MessageTold, SoldVia
from ritorno.core.ids import MessageId, PlaybookKey
from ritorno.core.instants import Span, Unit, days
from ritorno.core.plan import Policy
from ritorno.core.react import Sent
from ritorno.core.segments.rule import All, Bought, Did, LastMessages, Not, Rule, Then, Where
from ritorno.testing import Person, at, shop
from tests.core.segments.watching import gets, holds, turns, views, watched

A1 = (Line("A1", "נר", "home", 2, 5_000, "Nur"),)


def test_dat_10_what_was_bought_counts_until_the_window_ends_to_the_microsecond() -> None:
    """2 × A1 on 2026-02-03 10:00; within 60 days until 2026-04-04 10:00, an hour of which the clock has skipped."""
    person = watched(Bought(sku="A1", within=days(60))).buys("2026-02-03T10:00", 100, lines=A1)
    assert turns(person, "2026-12-31") == ["+2026-02-03T10:00:00", "-2026-04-04T10:00:00"]


def test_seg_09_a_membership_ends_by_itself() -> None:
    person = watched(Bought(category="vitamins", within=days(30)))
    person.buys("2026-02-03T10:00", 100, lines=(Line("V1", category="vitamins"),))
    assert turns(person, "2026-12-31") == ["+2026-02-03T10:00:00", "-2026-03-05T10:00:00"]


def test_com_15_purchases_of_a_category_by_lines_and_by_quantity() -> None:
    """Vitamins 2 lines (quantity 3), pads 1."""
    lines = (Line("V1", category="vitamins", quantity=2), Line("V2", category="vitamins"), Line("P", category="pads"))
    person = Person(shop()).buys("2026-02-01", 100, lines=lines)

    def counts(category: str, measure: Literal["orders", "lines", "quantity"]) -> list[int]:
        return [
            number
            for number in range(5)
            if holds(Bought(category=category, measure=measure, at_least=number, at_most=number), person, "2026-03-01")
        ]

    assert (counts("vitamins", "lines"), counts("pads", "lines")) == ([2], [1])
    assert (counts("vitamins", "quantity"), counts("vitamins", "orders")) == ([3], [1])


LINES = (
    Line("A1", category="home", quantity=0.7, unit_price=5_000, maker="Nur"),
    Line("B2", category="home", quantity=0.1, unit_price=905),
    Line("B2", category="garden", quantity=3, unit_price=1_000),
)
FITS: list[tuple[Rule, bool]] = [
    (Bought(sku=("A1", "X")), True),
    (Bought(sku="A1", maker="Nur"), True),
    (Bought(sku="B2", maker="Nur"), False),
    (Bought(sku=("B2", "X"), category=("garden", "home"), price_from=1_000), True),
    (Bought(sku="B2", category="home", price_from=1_000), False),
    (Bought(category="home", price_from=905, price_to=905), True),
    (Bought(price_to=904), False),
    (Bought(maker=("Nur", "Or")), True),
    (Bought(sku="A1", category="garden"), False),
    (Bought(sku=("A1", "X"), category="garden"), False),
    (Bought(branch="Ayalon"), True),
    (Bought(branch=("Holon", "Ayalon")), True),
    (Bought(branch="Holon"), False),
    (Bought(sold_via=SoldVia.POS), True),
    (Bought(sold_via=SoldVia.ONLINE), False),
    (Bought(total_from=10_000, total_to=10_000), True),
    (Bought(total_from=10_001), False),
    (Bought(total_to=9_999), False),
    (Bought(measure="lines", at_least=3, at_most=3), True),
    (Bought(measure="lines", sku="B2", at_least=3), False),
    (Bought(measure="quantity", category="home", at_least=0.8, at_most=0.8), True),
    (Bought(measure="quantity", at_least=3.8, at_most=3.8), True),
    (Bought(measure="spend", at_least=10_000, at_most=10_000), True),
    (Bought(measure="spend", sku="B2", at_least=3_091, at_most=3_091), True),  # 90.5 → 91, and 3,000
    (Bought(measure="average", at_least=10_000), True),
    (Bought(measure="average", at_most=9_999), False),
    (Bought(measure="average", branch="Holon", at_most=9_999), False),  # no order, no average
    (Bought(measure="spend", branch="Holon", at_most=0), True),
    (Bought(branch="Holon", at_most=0), True),
    (Bought(at_most=0), False),
    (Bought(measure="lines"), True),
]


@pytest.mark.parametrize(("rule", "answer"), FITS, ids=str)
def test_filters_and_measures_of_purchases(rule: Rule, answer: bool) -> None:
    person = Person(shop()).buys("2026-02-01", 100, lines=LINES, sold_via=SoldVia.POS, branch="Ayalon")
    assert holds(rule, person, "2026-03-01") is answer


def test_windows_from_both_sides() -> None:
    person = watched(Bought(older_than=days(10), within=days(30))).buys("2026-02-01T10:00", 100)
    assert turns(person, "2026-12-31") == ["+2026-02-11T10:00:00", "-2026-03-03T10:00:00"]
    hours = watched(Bought(older_than=Span(90, Unit.MINUTES))).buys("2026-02-01T10:00", 100)
    assert turns(hours, "2026-12-31") == ["+2026-02-01T11:30:00"]
    never = watched(Bought(older_than=days(30), within=days(30), at_most=3, at_least=1)).buys("2026-02-01T10:00", 100)
    assert turns(never, "2026-12-31") == []


def test_of_a_count_the_first_of_the_newest_to_leave_ends_it() -> None:
    """31 January 09:00 and 30 January 10:00 are both due on 28 February a month on: the earlier one leaves last."""
    person = watched(Bought(at_least=2, within=Span(1, Unit.MONTHS)))
    person.buys("2026-01-30T10:00", 100).buys("2026-01-31T09:00", 100)
    assert turns(person, "2026-12-31") == ["+2026-01-31T09:00:00", "-2026-02-28T09:00:00"]


def test_fixed_windows_are_half_open() -> None:
    since, until = datetime(2026, 2, 1, 8, tzinfo=UTC), datetime(2026, 2, 2, 8, tzinfo=UTC)
    rule = Bought(since=since, until=until)
    for moment, inside in [("01T09:59", False), ("01T10:00", True), ("02T09:59", True), ("02T10:00", False)]:
        assert holds(rule, Person(shop()).buys(f"2026-02-{moment}", 100), "2026-03-01") is inside


def test_too_many_is_over_when_enough_have_left() -> None:
    person = watched(Bought(at_most=1, within=days(30)))
    person.buys("2026-02-01T10:00", 100).buys("2026-02-05T10:00", 100).buys("2026-02-05T10:00", 100)
    person.lives_until("2026-12-31")
    assert turns(person, "2026-12-31") == ["+2026-02-01T10:00:00", "-2026-02-05T10:00:00", "+2026-03-07T10:00:00"]


# --- behaviour -----------------------------------------------------------------------------------


def test_seg_15_clicked_twice_left_a_cart_and_did_not_buy() -> None:
    rule = All(
        (
            Did(event="message_clicked", at_least=2, within=days(14)),
            Did(event="cart_abandoned", within=days(2)),
            Not(Bought(within=days(2))),
        )
    )
    person = watched(rule)
    gets(person, "clicked", 1, "2026-02-20T10:00")
    gets(person, "clicked", 2, "2026-02-24T10:00")
    views(person, "cart_abandoned", "2026-02-28T18:00")
    assert turns(person, "2026-03-01T10:00") == ["+2026-02-28T18:00:00"]
    person.buys("2026-03-01T11:00", 100)
    assert turns(person, "2026-04-01")[1:] == ["-2026-03-01T11:00:00"]


MEASURED: list[tuple[Did, bool]] = [
    (Did(event="viewed"), True),
    (Did(event="quiz"), False),
    (Did(event="viewed", at_least=4), True),
    (Did(event="viewed", at_least=5), False),
    (Did(event="viewed", at_most=3), False),
    (Did(event="viewed", at_least=4, at_most=4), True),
    (Did(event="viewed", where=(Where("size", "=", "L"),)), True),
    (Did(event="viewed", where=(Where("size", "=", "L"), Where("price", ">", 2))), False),
    (Did(event="viewed", where=(Where("price", "set"),), at_least=3), True),
    (Did(event="viewed", measure="sum", property="price", at_least=3.7, at_most=3.7), True),
    (Did(event="viewed", measure="average", property="price", at_least=1.85, at_most=1.85), True),
    (Did(event="viewed", measure="average", property="weight", at_most=9), False),
    (Did(event="viewed", measure="sum", at_most=0), True),
    (Did(event="viewed", measure="sum", property="price", within=days(10), at_least=1), False),
]


@pytest.mark.parametrize(("rule", "answer"), MEASURED, ids=str)
def test_filters_and_measures_of_events(rule: Did, answer: bool) -> None:
    person = Person(shop())
    views(person, "viewed", "2026-02-01", size="L", price=1.2)
    views(person, "viewed", "2026-02-02", size="S", price=2.5)
    views(person, "viewed", "2026-02-03", size="S", price="7")
    views(person, "viewed", "2026-02-04", price=None)
    assert holds(rule, person, "2026-03-01") is answer


def test_a_number_that_is_none_is_left_out_and_true_is_no_number() -> None:
    person = Person(shop())
    for price in (float("inf"), float("nan"), True, 3):
        views(person, "viewed", "2026-02-01", price=price)
    rule = Did(event="viewed", measure="sum", property="price", at_least=3, at_most=3)
    assert holds(rule, person, "2026-03-01")


def test_what_a_machine_did_counts_only_when_asked() -> None:
    person = Person(shop())
    gets(person, "opened", 1, "2026-02-01", machine=True)
    assert not holds(Did(event="message_opened"), person, "2026-03-01")
    assert holds(Did(event="message_opened", machines=True), person, "2026-03-01")


def test_beyond_what_is_kept_the_counters_count_people_and_machines_apart() -> None:
    """Kept for 30 days here. Forgetting changes no answer."""
    rules = [
        Did(event="message_opened", at_least=2),
        Did(event="message_opened", at_most=2),
        Did(event="message_opened", at_least=3, machines=True),
        Did(event="message_opened", where=(Where("channel", "=", "email"),)),
    ]
    person = Person(shop(policy=Policy(keeps_behaviour=days(30))))
    for number, machine in [(1, False), (2, False), (3, True)]:
        gets(person, "opened", number, "2026-01-01", machine=machine)
    assert [holds(rule, person, "2026-01-02") for rule in rules] == [True] * 4
    person.is_told("2026-03-01", city="Haifa")
    assert person.customer.did == []
    assert [holds(rule, person, "2026-03-01") for rule in rules] == [True, True, True, False]


# --- one, then the other -------------------------------------------------------------------------


def test_com_05_a_repurchase_followed_or_none_within_60_days() -> None:
    """Purchases on day 0 and 28; then none: known at day 60 exactly."""
    followed = Then(Bought(), Bought(), within=days(60))
    person = watched(followed).buys("2026-01-01T10:00", 100).buys("2026-01-29T10:00", 100)
    assert turns(person, "2026-12-31") == ["+2026-01-29T10:00:00"]
    silent = watched(Then(Bought(), Bought(), within=days(60), never=True))
    silent.buys("2026-01-01T10:00", 100).buys("2026-01-29T10:00", 100)
    assert turns(silent, "2026-12-31") == ["+2026-03-30T10:00:00"], "60 days after the second"


def test_what_follows_must_follow_in_the_span_and_fit() -> None:
    rule = Then(
        Did(event="viewed", within=days(10)), Bought(sku="A1", within=days(1), at_least=9), Span(36, Unit.HOURS)
    )
    person = watched(rule)
    views(person, "viewed", "2026-02-01T10:00")
    person.buys("2026-02-01T10:00", 100, lines=A1)  # not later
    person.buys("2026-02-01T12:00", 100)  # not A1
    assert turns(person, "2026-02-02") == []
    person.buys("2026-02-02T21:59", 100, lines=A1)
    assert turns(person, "2026-12-31") == ["+2026-02-02T21:59:00", "-2026-02-11T10:00:00"]


# --- the last messages ---------------------------------------------------------------------------

OPENED_ALL = LastMessages(3, "all", "opened")
CLICKED_ALL = LastMessages(3, "all", "clicked")
OPENED_NONE = LastMessages(3, "none", "opened")
LOOSE = LastMessages(3, "all", "opened", strict=False)


def reader(*opened: bool, machine: int | None = None) -> Person:
    """E-mails 1, 2, 3 … delivered a day each, some opened."""
    person = Person(shop())
    for number, is_opened in enumerate(opened, 1):
        gets(person, "delivered", number, f"2026-02-0{number}T10:00")
        if is_opened:
            gets(person, "opened", number, f"2026-02-0{number}T11:00", machine=number == machine)
    return person


def test_eng_01_opened_the_last_three_and_a_proxy_is_no_reader() -> None:
    assert holds(OPENED_ALL, reader(False, True, True, True), "2026-03-01"), "the last three of four"
    assert not holds(OPENED_ALL, reader(True, True, False), "2026-03-01")
    prefetched = reader(True, True, True, machine=3)
    assert (holds(OPENED_ALL, prefetched, "2026-03-01"), holds(LOOSE, prefetched, "2026-03-01")) == (False, True)
    for number in (1, 2, 3):
        assert not holds(CLICKED_ALL, prefetched, "2026-03-01")
        gets(prefetched, "clicked", number, "2026-02-20")
    assert holds(CLICKED_ALL, prefetched, "2026-03-01"), "the twin by clicks"
    assert holds(OPENED_ALL, prefetched, "2026-03-01"), "a click is an open too"


def test_eng_02_opened_none_of_the_last_three_and_two_are_too_few() -> None:
    assert holds(OPENED_NONE, reader(True, False, False, False), "2026-03-01")
    assert not holds(OPENED_NONE, reader(False, False, True), "2026-03-01")
    assert not holds(OPENED_NONE, reader(False, False), "2026-03-01")
    assert holds(LastMessages(3, "any", "opened"), reader(False, False, True), "2026-03-01")
    assert not holds(LastMessages(3, "any", "opened", Channel.SMS), reader(False, False, True), "2026-03-01")


def test_service_messages_are_no_marketing_and_one_delivered_twice_is_one() -> None:
    person = reader(True, True, True)
    person.life.tell(Sent(at("2026-02-04"), Contact(at("2026-02-04"), MessageId(9), "email", PlaybookKey("x"), False)))
    gets(person, "delivered", 9, "2026-02-05")
    gets(person, "delivered", 1, "2026-02-06")
    assert holds(OPENED_ALL, person, "2026-03-01")


def test_a_message_told_ahead_of_its_time_is_waited_for() -> None:
    person = watched(LastMessages(1, "none", "opened"))
    body = MessageTold("delivered", MessageId(1), Channel.EMAIL)
    person.does(body, "2026-02-01T10:00", known="2026-01-31")
    assert turns(person, "2026-03-01") == ["+2026-02-01T10:00:00"]
