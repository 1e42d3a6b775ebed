"""Cut points score raw values alike for everyone, at exact instants."""

from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritorno.core.instants import Instant, days, hours, months, parse_instant
from ritorno.core.scores.cuts import (
    Scheme,
    SchemeError,
    check,
    occasion_key,
    orders_score,
    recency_moves_at,
    recency_score,
    spend_score,
    validate,
)  # fmt: skip

JERUSALEM = ZoneInfo("Asia/Jerusalem")
NOW = parse_instant("2026-03-01T10:00", JERUSALEM)
T = Scheme()  # the cuts of fixture store T: 30/90 days, 2/3 orders, 400/1,200


def at(text: str) -> Instant:
    return parse_instant(text, JERUSALEM)


@pytest.mark.parametrize(
    ("last", "orders", "minor", "scores"),
    [
        ("2026-02-24T10:00", 4, 150_000, (3, 3, 3)),
        ("2026-01-15T10:00", 2, 60_000, (2, 2, 2)),
        ("2025-11-01T10:00", 1, 10_000, (1, 1, 1)),
        ("2026-02-24T10:00", 0, 0, (3, 1, 1)),
    ],
)
def test_raw_values_become_scores_by_the_stored_cuts(
    last: str, orders: int, minor: int, scores: tuple[int, int, int]
) -> None:
    """SCO-01."""
    assert (recency_score(at(last), NOW, T, JERUSALEM), orders_score(orders, T), spend_score(minor, T)) == scores


def test_the_cut_itself_belongs_to_the_better_money_score_and_the_older_age() -> None:
    """SCO-07."""
    assert [spend_score(minor, T) for minor in (39_999, 40_000, 119_999, 120_000)] == [1, 2, 2, 3]
    bought = at("2025-12-01T10:00")
    one_second_to_90_days, ninety_days = Instant(NOW - 1_000_000), NOW
    assert recency_score(bought, one_second_to_90_days, T, JERUSALEM) == 2
    assert recency_score(bought, ninety_days, T, JERUSALEM) == 1


def test_recency_falls_at_the_same_wall_clock_hour_across_daylight_saving() -> None:
    """SCO-05."""
    two_at, one_at = recency_moves_at(at("2026-01-10T14:05"), T, JERUSALEM)
    assert (two_at, one_at) == (at("2026-02-09T14:05"), at("2026-04-10T14:05"))


@given(st.integers(0, 2_000_000_000), st.integers(1, 60), st.integers(1, 400))
def test_the_score_changes_exactly_when_it_says_it_will(second: int, newer: int, longer: int) -> None:
    scheme = Scheme(recency=(days(newer), days(newer + longer)))
    last = Instant(second * 1_000_000)
    two_at, one_at = recency_moves_at(last, scheme, JERUSALEM)
    seen = [recency_score(last, Instant(now), scheme, JERUSALEM) for now in (two_at - 1, two_at, one_at - 1, one_at)]
    assert seen == [3, 2, 2, 1]


def test_a_window_of_90_days_beside_an_r1_cut_of_90_is_refused() -> None:
    """SCO-15."""
    with pytest.raises(SchemeError, match="a customer idle 90 days would always have F=0"):
        check(Scheme(window=days(90)), JERUSALEM)


@pytest.mark.parametrize(
    ("window", "cut", "fine"),
    [
        (days(180), days(90), True),
        (days(179), days(90), False),
        (months(24), days(365), True),
        (months(24), days(366), False),
        (months(24), months(12), True),
        (months(23), months(12), False),
    ],
)
def test_the_window_lasts_at_least_twice_the_r1_cut(window: object, cut: object, fine: bool) -> None:
    """SCO-15."""
    scheme = Scheme(window=window, recency=(days(30), cut))  # type: ignore[arg-type]
    assert (validate(scheme, JERUSALEM) == []) is fine


def test_each_wrong_cut_is_named_with_its_value() -> None:
    wrong = Scheme(orders=(1, 1), spend=(0, -5), recency=(days(90), days(30)))
    problems = " | ".join(validate(wrong, JERUSALEM))
    for said in ("orders 1, 1", "spend 0, -5", "recency 90 days, 30 days", "above the first", "at least 2 orders"):
        assert said in problems


def test_an_impossible_span_is_told_and_not_computed() -> None:
    problems = validate(Scheme(recency=(hours(0), days(10**9))), JERUSALEM)
    assert [problem.split(":")[0] for problem in problems] == [
        "recency R3 is 0 hours",
        "recency R1 is 1000000000 days",
    ]


def test_the_default_cuts_may_be_saved() -> None:
    check(T, JERUSALEM)


def test_one_day_in_one_branch_is_one_occasion() -> None:
    """SCO-03."""
    morning, evening = at("2026-02-01T09:00"), at("2026-02-01T20:00")
    assert occasion_key(morning, "Haifa", JERUSALEM) == occasion_key(evening, "Haifa", JERUSALEM)
    assert occasion_key(morning, "Haifa", JERUSALEM) != occasion_key(evening, None, JERUSALEM)
    assert occasion_key(morning, "Haifa", JERUSALEM) != occasion_key(at("2026-02-02T00:00"), "Haifa", JERUSALEM)
