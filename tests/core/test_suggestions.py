"""Which suggestions come first, what they may bring, who would enter."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from ritorno.core.ids import PlaybookKey
from ritorno.core.instants import DAY, Instant
from ritorno.core.journeys.trigger import Happened
from ritorno.core.lift import Difference
from ritorno.core.scores.cells import GROUPS, GroupKey
from ritorno.core.suggestions import (
    AIMS,
    Expected,
    Own,
    Reach,
    Suggestion,
    ahead,
    could_enter,
    expected,
    kind_of,
    paid,
    rank,
)
from ritorno.core.view import view_of
from ritorno.playbooks.library import load
from ritorno.testing import Person, at, shop

PB2, PB3 = load("PB2"), load("PB3")
NOW = at("2026-03-01T10:00")
REACH = Reach(120, 18_000_000, 100, {"sms": 90, "email": 40}, 50_000, 100 * 12_000)
GAIN = Difference(50_00, 40_00, 10_00, 4_00, 16_00, 900, 100)


def suggested(
    key: str = "PB2", stake: int = 1, reachable: int = 1, left_high: float = 1.0
) -> Suggestion:  # fmt: skip
    reach = replace(REACH, stake=stake, reachable=reachable)
    return Suggestion(
        PlaybookKey(key), "start", True, (GroupKey("risk"),), reach,
        Expected("prior", 90, 0, 0.0, 1.0, 0.0, -1.0, left_high),
    )  # fmt: skip


def test_nobody_is_counted_for_two_playbooks() -> None:
    groups = [group for aimed in AIMS.values() for group in aimed]
    assert len(groups) == len(set(groups))
    assert {group.key for group in GROUPS} >= set(groups)


def test_orc_09_the_most_at_stake_comes_first_and_three_are_enough() -> None:
    found = [suggested(key, stake) for key, stake in (("a", 1), ("b", 4), ("c", 3), ("d", 2))]
    assert [each.playbook for each in rank(found, {}, NOW, shop())] == ["b", "c", "d"]


def test_what_reaches_nobody_or_can_only_lose_is_left_out() -> None:
    found = [suggested("a", reachable=0), suggested("b", left_high=0.0), suggested("c")]
    assert [each.playbook for each in rank(found, {}, NOW, shop())] == ["c"]


def test_orc_14_put_aside_for_30_days_of_the_wall_clock() -> None:
    plan, found, since = shop(), [suggested()], at("2026-03-01T10:00")
    away = {PlaybookKey("PB2"): since}
    back = at("2026-03-31T10:00")
    assert back - since == 30 * DAY - DAY // 24, "the clock moves forward in between"
    assert rank(found, away, Instant(back - 1), plan) == []
    assert rank(found, away, back, plan) == found


def test_the_prior_is_nothing_to_four_of_a_hundred() -> None:
    """90 treated at ₪500: nothing to ₪1,800 more; of 40 % less a ₪50 gift for each that buys, and 90 messages."""
    told = expected(REACH, PB2, shop(), None)
    assert (told.source, told.heads, told.measured) == ("prior", 90, 0)
    assert told.low == 0
    assert told.high == pytest.approx(180_000)
    assert told.messages == pytest.approx(1_080)
    assert told.left_low == pytest.approx(-1_080)
    assert told.left_high == pytest.approx(0.4 * 180_000 - 90 * 0.04 * 5_000 - 1_080)


def test_a_playbook_without_an_offer_gives_nothing_away() -> None:
    told = expected(REACH, replace(PB2, offer=None), shop(), None)
    assert told.left_high == pytest.approx(0.4 * told.high - told.messages)


def test_own_results_say_what_may_come() -> None:
    told = expected(REACH, PB2, shop(), Own(GAIN, 50.0))
    assert (told.source, told.measured) == ("own", 1_000)
    assert told.low < 90 * 4_00 < 90 * 10_00 < told.high
    assert told.left_high == pytest.approx(0.4 * told.high - 90 * 50.0 - told.messages)


@given(st.integers(1, 10**6), st.integers(1, 10**6))
def test_the_more_customers_come_the_less_chance_widens_the_range(few: int, more: int) -> None:
    """And never to less than the interval that was measured."""
    (low, high), (lower, higher) = ahead(GAIN, few + more), ahead(GAIN, few)
    assert lower <= low <= GAIN.low
    assert GAIN.high <= high <= higher


def test_nobody_brings_nothing() -> None:
    assert ahead(GAIN, 0) == (0.0, 0.0)


def test_what_runs_is_suggested_only_where_somebody_can_be_let_in() -> None:
    assert [kind_of(PB2, status) for status in ("draft", "retired", "paused", "active")] == [
        "start", "start", "resume", "let_in",
    ]  # fmt: skip
    assert kind_of(PB3, "active") is None


def test_pb4_08_saved_money_pays_what_it_can() -> None:
    assert (paid(24_000, REACH, 90).messages, paid(24_000, REACH, 90).over) == (90, 22_920)
    assert (paid(126, REACH, 90).messages, paid(126, REACH, 90).over) == (10, 6)


def test_who_could_enter_is_in_the_segment_and_a_person() -> None:
    """Of a playbook that an order lets in: whose last order is like those."""
    plan = shop(PB2)
    risk = Person(plan).buys("2025-06-01", 900).buys("2025-08-01", 900).consents("sms")
    once = Person(plan, number=8).buys("2026-02-20", 1500).consents("sms")
    little = Person(plan, number=9).buys("2026-02-20", 60).consents("sms")
    nobody = Person(plan, number=10).consents("sms")
    everyone = [view_of(each.customer, plan, NOW) for each in (risk, once, little, nobody)]
    anew = replace(PB3, entry=replace(PB3.entry, episode="event"))
    assert [could_enter(PB2, view) for view in everyone] == [True, False, False, False]
    assert [could_enter(anew, view) for view in everyone] == [True, True, False, False]
    any_order = replace(anew, trigger=Happened("order"))
    assert [could_enter(any_order, view) for view in everyone] == [True, True, True, True]
    risk.customer.house = True
    assert not could_enter(PB2, view_of(risk.customer, plan, NOW))


def test_who_was_in_it_lately_could_not() -> None:
    """PB2 takes nobody in again within 180 days."""
    plan = shop(PB2)
    risk = Person(plan).consents("sms").buys("2025-06-01", 900).buys("2025-12-01", 900).lives_until("2026-03-01T10:00")
    assert risk.customer.enrollments
    assert not could_enter(PB2, view_of(risk.customer, plan, at("2026-03-20T10:00")))
