"""When a customer buys of a category again."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritorno.core.instants import DAY, Instant
from ritorno.core.pace import (
    Calibration,
    CategoryPace,
    around,
    calibrated,
    chance,
    chance_within,
    expected_error,
    expected_gap,
    expected_next,
    faded,
    occasions,
    off_beat,
)

MONTHLY = CategoryPace("coffee", math.log(30), within=0.5, between=0.25, shape=1.0, exposure=30.0)
gaps = st.lists(st.floats(1, 400), max_size=20)


def bought(*days: float) -> list[Instant]:
    return [Instant(round(day * DAY)) for day in days]


def test_who_never_bought_has_no_next_purchase() -> None:
    assert expected_next(MONTHLY, [], Instant(0)) is None
    assert chance_within(MONTHLY, [], Instant(0), 7) is None


def test_who_bought_once_is_expected_at_the_pace_of_the_category() -> None:
    expected = expected_next(MONTHLY, bought(5), Instant(6 * DAY))
    assert expected is not None
    assert expected.gap == pytest.approx(30)
    assert (expected.gaps, expected.error) == (0, 36)
    assert expected.at == pytest.approx(35 * DAY, abs=DAY / 1000)


def test_own_gaps_weigh_more_the_more_there_are() -> None:
    """COM-04: k is 2 here, so two own gaps weigh as much as the category."""
    assert MONTHLY.k == 2
    assert expected_gap(MONTHLY, [10, 10]) == pytest.approx(math.sqrt(10 * 30))
    assert expected_gap(MONTHLY, [10] * 98) == pytest.approx(10, rel=0.03)


def test_gaps_of_20_22_and_21_days_on_a_30_day_product_expect_the_next_in_21() -> None:
    """COM-04."""
    expected = expected_next(around(30), bought(0, 20, 42, 63), Instant(70 * DAY))
    assert expected is not None
    assert round(expected.gap) == 21
    assert abs(expected.at / DAY - (63 + 21)) <= 2


def test_a_known_supply_moves_the_middle_of_a_fitted_pace_and_keeps_its_variation() -> None:
    moved = around(60, MONTHLY)
    assert moved.log_mean == pytest.approx(math.log(60))
    assert (moved.within, moved.between) == (MONTHLY.within, MONTHLY.between)


def test_purchases_less_than_a_day_apart_are_one() -> None:
    assert occasions(bought(0.5, 0, 1.2, 3), Instant(3 * DAY)) == bought(0, 1.2, 3)


def test_a_purchase_dated_ahead_is_not_known_yet() -> None:
    now = Instant(40 * DAY)
    assert expected_next(MONTHLY, bought(0, 30, 60), now) == expected_next(MONTHLY, bought(0, 30), now)
    assert chance_within(MONTHLY, bought(0, 30, 60), now, 7) == chance_within(MONTHLY, bought(0, 30), now, 7)


def test_the_chance_is_that_of_the_negative_binomial() -> None:
    """Gamma(1, 30 days) after 2 repeats in 60 days is Gamma(3, 90): no purchase in 10 days has (90 ÷ 100)³."""
    assert chance(MONTHLY, 2, 60, 10) == pytest.approx(1 - 0.9**3)


def test_what_is_half_a_year_old_counts_half() -> None:
    """One repeat 180 days ago and one now; the days from the first on fade alike."""
    repeats, observed = faded([360, 180, 0])
    assert repeats == pytest.approx(1.5)
    assert observed == pytest.approx((1 - 1 / 4) * 180 / math.log(2))
    assert faded([0.001])[1] == pytest.approx(0.001, rel=1e-4)
    assert chance_within(MONTHLY, bought(0, 180, 360), Instant(360 * DAY), 7) == chance(MONTHLY, repeats, observed, 7)


def test_who_bought_often_three_years_ago_has_lapsed() -> None:
    often = bought(*range(0, 300, 10))
    then, now = (chance_within(MONTHLY, often, Instant(day * DAY), 7) for day in (300, 1_400))
    assert then is not None
    assert now is not None
    assert then > 0.4
    assert now < 0.05


def test_an_error_is_told_that_falls_with_own_gaps() -> None:
    assert [expected_error(count) for count in (0, 2, 12, 50)] == [36, 36, 8, 8]
    told = [expected_error(count) for count in range(20)]
    assert told == sorted(told, reverse=True)


@pytest.mark.parametrize(("name", "value"), [("between", 0.0), ("exposure", math.inf), ("log_mean", math.nan)])
def test_a_pace_with_an_impossible_parameter_is_refused_by_name(name: str, value: float) -> None:
    parameters = {"log_mean": 3.0, "within": 0.5, "between": 0.5, "shape": 1.0, "exposure": 30.0} | {name: value}
    with pytest.raises(ValueError, match=f"'tea'.*{name}"):
        CategoryPace("tea", **parameters)  # type: ignore[arg-type]


@given(gaps)
def test_the_expected_gap_lies_between_the_category_and_the_own_ones(own: list[float]) -> None:
    told = [*own, 30.0]
    assert min(told) * 0.999999 <= expected_gap(MONTHLY, own) <= max(told) * 1.000001


@given(st.lists(st.integers(0, 400 * DAY), min_size=1, max_size=15), st.floats(0.1, 100), st.floats(0.1, 100))
def test_a_longer_time_is_never_less_likely_and_silence_never_makes_it_likelier(
    days: list[int], span: float, silence: float
) -> None:
    purchases = [Instant(day) for day in days]
    now = Instant(max(days))
    near, far = (chance_within(MONTHLY, purchases, now, each) for each in (span, span + 1))
    later = chance_within(MONTHLY, purchases, Instant(now + round(silence * DAY)), span)
    assert near is not None
    assert far is not None
    assert later is not None
    assert 0 < later <= near <= far <= 1


@given(st.permutations(bought(0, 3, 21, 40)))
def test_the_order_of_telling_changes_nothing(told: list[Instant]) -> None:
    now = Instant(50 * DAY)
    assert expected_next(MONTHLY, told, now) == expected_next(MONTHLY, bought(0, 3, 21, 40), now)


def test_a_chance_is_corrected_to_what_came_true() -> None:
    """Odds of 1 to 3 become, with slope 2 and twice as likely, 2 to 9."""
    assert calibrated(0.25, Calibration(7, math.log(2), 2.0)) == pytest.approx(2 / 11)
    assert calibrated(0.25, Calibration(7)) == pytest.approx(0.25)


@given(st.floats(0, 1), st.floats(0, 1), st.floats(-5, 5), st.floats(0.1, 5))
def test_a_correction_keeps_the_order_of_customers(one: float, other: float, offset: float, slope: float) -> None:
    by = Calibration(7, offset, slope)
    low, high = (calibrated(each, by) for each in sorted((one, other)))
    assert 0 <= low <= high + 1e-12 <= 1 + 1e-12


def test_a_correction_that_would_turn_the_order_round_is_refused() -> None:
    with pytest.raises(ValueError, match=r"7 days: slope = -1"):
        Calibration(7, slope=-1)


def test_near_her_own_time_a_purchase_is_likelier_than_long_before_or_after_it() -> None:
    week = Calibration(7, 0.1, 1.0, off_beat=-0.2, lively=0.3)
    early, due, late = (calibrated(0.3, week, off_beat(silence, 30), 2) for silence in (3, 29.5, 299.5))
    assert off_beat(29.5, 30) == 0
    assert early < due
    assert late < due
    assert calibrated(0.3, week, 0.0, 8) > due > calibrated(0.3, week, 0.0, 0)
    assert calibrated(0.3, Calibration(7), 9.0, 9) == pytest.approx(0.3)
