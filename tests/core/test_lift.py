"""Profit against the holdout (ORC-12): a reference library's answers, and the example of the requirements."""

import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from ritorno.core.lift import (
    MANY,
    Difference,
    days_until_conclusive,
    difference_of_shares,
    difference_of_spend,
    profit,
    sample_ratio,
    welch,
)
from ritorno.core.moments import NOBODY, Sample, moments, together
from ritorno.core.student import t_quantile

Case = dict[str, Any]  # one of the reference library's


@pytest.fixture(params=range(4))
def case(request: pytest.FixtureRequest, shared_folder: Path) -> Case:
    told = json.loads((shared_folder / "oracles/vectors/lift_tea_tasting_2.0.0.json").read_text())
    case: Case = told["cases"][request.param]
    return case


def _arms(case: Case) -> tuple[Sample, Sample]:
    rows = case["rows"]

    def arm(variant: int) -> Sample:
        chosen = [place for place, each in enumerate(rows["variant"]) if each == variant]
        return Sample([rows["spend"][place] for place in chosen], [rows["pre"][place] for place in chosen])

    return arm(1), arm(0)


@pytest.mark.shared
def test_welch_equals_the_reference_library(case: Case) -> None:
    treated, holdout = _arms(case)
    found = welch(moments(Sample(treated.spend)), moments(Sample(holdout.spend)))
    _agrees(found, case["expected"]["mean"])


@pytest.mark.shared
def test_with_the_time_before_it_equals_the_reference_library(case: Case) -> None:
    treated, holdout = _arms(case)
    _agrees(welch(moments(treated), moments(holdout)), case["expected"]["mean_cuped"])


def _agrees(found: Difference | None, expected: Case) -> None:
    assert found is not None
    assert found.estimate == pytest.approx(expected["effect_size"], rel=1e-9)
    assert found.low == pytest.approx(expected["effect_size_ci_lower"], rel=1e-6)
    assert found.high == pytest.approx(expected["effect_size_ci_upper"], rel=1e-6)


@pytest.mark.shared
def test_the_shares_and_the_sizes_of_the_arms_equal_the_reference(case: Case) -> None:
    rows, expected = case["rows"], case["expected"]
    bought = [sum(c for c, v in zip(rows["converted"], rows["variant"], strict=True) if v == arm) for arm in (1, 0)]
    found = difference_of_shares(bought[0], case["treated"], bought[1], case["holdout"])
    assert found is not None
    assert found.estimate == pytest.approx(expected["prop"]["effect_size"])
    assert found.low < found.estimate < found.high
    nominal = round(case["holdout"] / (case["holdout"] + case["treated"]), 1)
    # The reference is exact (binomial) where arms are small, ours is χ²: close, and equal where it matters.
    assert sample_ratio(case["treated"], case["holdout"], nominal) == pytest.approx(expected["srm"]["pvalue"], abs=0.05)


def test_orc_12_the_profit_of_the_example() -> None:
    """Treated 900 (₪45,000), holdout 100 (₪4,000): lift ₪9,000; at 40 % margin less ₪54 and ₪1,500: net ₪2,046."""
    spend = [4_500.0, 5_500.0]  # agorot, a mean of ₪50 and of ₪40
    found = difference_of_spend(moments(Sample(spend * 450)), moments(Sample([3_500.0, 4_500.0] * 50)))
    assert found is not None
    assert (found.treated, found.holdout) == (5_000, 4_000)
    told = profit(found, 0.4, 5_400, 150_000)
    assert (told.lift, told.net) == pytest.approx((900_000, 204_600))
    assert told.low < told.lift < told.high
    assert told.net_low < told.net < told.net_high


@given(st.floats(0.0001, 0.9999), st.floats(0.7, 1e7))
def test_quantiles_of_t_equal_scipys(probability: float, freedom: float) -> None:
    assert t_quantile(probability, freedom) == pytest.approx(stats.t.ppf(probability, freedom), rel=1e-6, abs=1e-9)


@pytest.mark.parametrize(("probability", "freedom"), [(0.5, 3), (0.975, 1), (0.975, 1e9), (1 - 1e-12, 3)])
def test_quantiles_of_t_at_the_edges_equal_scipys(probability: float, freedom: float) -> None:
    assert t_quantile(probability, freedom) == pytest.approx(stats.t.ppf(probability, freedom), rel=1e-4)


def test_there_is_no_lift_without_an_interval() -> None:
    """With one customer in an arm, or before two have bought anything, nothing is known."""
    one, two, nobody = moments(Sample([1.0])), moments(Sample([1.0, 2.0])), moments(Sample([0.0] * 9))
    assert (welch(one, two), difference_of_spend(one, two)) == (None, None)
    assert difference_of_spend(two, moments(Sample([]))) is None
    assert difference_of_spend(nobody, nobody) is None
    assert difference_of_spend(moments(Sample([0.0, 1.0])), nobody) is None
    assert difference_of_spend(moments(Sample([1.0, 1.0])), nobody) is not None
    assert difference_of_shares(0, 0, 1, 10) is None


def test_one_customer_counts_no_more_than_the_cap() -> None:
    capped = moments(Sample([10.0, 10.0, 1e9], [1e9, 0.0, 0.0]), cap=100.0)
    assert (capped.mean, capped.mean_before) == pytest.approx((40, 100 / 3))


def test_a_small_arm_in_which_nobody_bought_is_not_believed() -> None:
    """6 of 87 against 0 of 10 (ORC-10's): by Welch the difference is certain, for the holdout shows no variance."""
    treated, holdout = moments(Sample([20_000.0] * 6 + [0.0] * 81)), moments(Sample([0.0] * 10))
    certain, found = welch(treated, holdout), difference_of_spend(treated, holdout)
    assert certain is not None
    assert found is not None
    assert certain.is_conclusive
    assert not found.is_conclusive
    assert found.estimate == certain.estimate == pytest.approx(120_000 / 87)
    assert found.low < -found.estimate, "who knows what ten more would have spent"


def test_amounts_that_are_all_equal_have_newcombes_interval_of_the_share() -> None:
    """Where every buyer spends 1, money is a share: its variance is a multiple of its mean, here for rare purchases."""
    found = difference_of_spend(moments(Sample([1.0] * 30 + [0.0] * 970)), moments(Sample([1.0] * 5 + [0.0] * 295)))
    share = difference_of_shares(30, 1000, 5, 300)
    assert found is not None
    assert share is not None
    assert (found.low, found.high) == pytest.approx((share.low, share.high), rel=0.15), "and a t of 34"


def test_with_many_buyers_in_both_arms_it_is_welchs_interval() -> None:
    spend = [100.0 + 7 * (number % 13) for number in range(MANY)]
    treated, holdout = moments(Sample(spend * 2)), moments(Sample(spend))
    assert difference_of_spend(treated, holdout) == welch(treated, holdout)
    few = moments(Sample(spend[1:]))
    one, other = difference_of_spend(treated, few), welch(treated, few)
    assert one is not None
    assert other is not None
    assert one != other
    assert (one.low, one.high) == pytest.approx((other.low, other.high), rel=0.02), (
        "at the border both say nearly the same"
    )


@given(
    st.lists(st.tuples(st.floats(0, 1e6), st.floats(0, 1e6)), min_size=2, max_size=30),
    st.lists(st.tuples(st.floats(0, 1e6), st.floats(0, 1e6)), min_size=2, max_size=30),
)
def test_the_estimate_is_in_its_interval_and_the_arms_mirror_each_other(
    some: list[tuple[float, float]], others: list[tuple[float, float]]
) -> None:
    one, other = (moments(Sample([y for y, _ in arm], [x for _, x in arm])) for arm in (some, others))
    found, mirrored = difference_of_spend(one, other), difference_of_spend(other, one)
    if found is None:
        assert mirrored is None
        assert one.buyers + other.buyers < 2
        return
    assert mirrored is not None
    assert found.low <= found.estimate <= found.high
    scale = max(found.high - found.low, 1e-6)
    assert (-mirrored.high, -mirrored.low) == pytest.approx((found.low, found.high), abs=1e-6 * scale + 1e-6)


@given(st.lists(st.lists(st.tuples(st.floats(0, 1e4), st.floats(0, 1e4)), max_size=8), max_size=5))
def test_groups_counted_apart_are_the_arm_they_make(groups: list[list[tuple[float, float]]]) -> None:
    apart = together(moments(Sample([y for y, _ in group], [x for _, x in group])) for group in groups)
    everyone = [each for group in groups for each in group]
    whole = moments(Sample([y for y, _ in everyone], [x for _, x in everyone]))
    assert (apart.count, apart.buyers) == (whole.count, whole.buyers)
    for name in ("mean", "squares", "mean_before", "squares_before", "products"):
        assert getattr(apart, name) == pytest.approx(getattr(whole, name), rel=1e-6, abs=1e-2)
    assert together([]) == NOBODY


@given(st.lists(st.floats(0, 1e6), min_size=2, max_size=40))
def test_what_was_counted_elsewhere_gives_the_same_as_the_values(spend: list[float]) -> None:
    told = moments(Sample(spend))
    count, mean = len(spend), sum(spend) / len(spend)
    assert (told.count, told.buyers) == (count, sum(value > 0 for value in spend))
    assert told.mean == pytest.approx(mean)
    assert told.variance == pytest.approx(sum((value - mean) ** 2 for value in spend) / (count - 1), abs=1e-3)


def test_newcombes_interval_of_a_published_example() -> None:
    """56 of 70 against 48 of 80: 0.2000, 0.0524 to 0.3339 (Newcombe 1998, table II, method 10)."""
    found = difference_of_shares(56, 70, 48, 80)
    assert found is not None
    assert (found.estimate, found.low, found.high) == pytest.approx((0.2, 0.0524, 0.3339), abs=5e-5)


def test_what_is_not_conclusive_says_how_long_it_takes() -> None:
    """Half the interval is twice the effect: four times the customers are needed, so three times the days more."""
    found = Difference(11, 10, 1, -1, 3, 100, 100)
    assert not found.is_conclusive
    assert days_until_conclusive(found, 30) == pytest.approx(90)
    assert days_until_conclusive(Difference(11, 10, 1, 0.5, 1.5, 100, 100), 30) is None


def test_an_interval_says_which_difference_it_would_have_shown() -> None:
    """Half of it is 1.96 errors, and 2.80 errors are found in four of five experiments."""
    told = Difference(11, 10, 1, 1 - 1.96, 1 + 1.96, 100, 100)
    assert told.smallest == pytest.approx(2.80, abs=0.01)


def test_what_nobody_spent_before_explains_nothing() -> None:
    plain = welch(moments(Sample([1.0, 2.0, 3.0])), moments(Sample([1.0, 1.0])))
    told = welch(moments(Sample([1.0, 2.0, 3.0], [0.0] * 3)), moments(Sample([1.0, 1.0], [0.0] * 2)))
    assert told == plain


def test_what_the_time_before_explains_whole_leaves_no_doubt() -> None:
    before = [float(number) for number in range(1, 40)]
    treated = moments(Sample([value + 5 for value in before], before))
    found = difference_of_spend(treated, moments(Sample(before[1:], before[1:])))
    assert found is not None
    assert found.estimate == pytest.approx(5, abs=0.05)
    assert found.high - found.low < 0.5


def test_equal_spend_has_no_width_and_a_wrong_split_shows() -> None:
    found = welch(moments(Sample([5.0, 5.0])), moments(Sample([5.0, 5.0])))
    assert found is not None
    assert (found.low, found.high) == (0, 0)
    assert sample_ratio(500, 500, 0.1) < 0.001
    assert math.isclose(sample_ratio(0, 0, 0.1), 1.0)


def test_ads_are_a_cost_like_messages_and_offers() -> None:
    found = Difference(11, 10, 1, 0.5, 1.5, 100, 100)
    told = profit(found, 0.5, 1, 2, 3)
    assert (told.net, told.net_low, told.net_high, told.ads) == (44, 19, 69, 3)


def test_pb3_14_a_difference_of_shares_is_open_while_its_interval_holds_zero() -> None:
    """200 treated, 44 second purchases in 60 days; 50 held out, 7: 22.0 % − 14.0 % = 8.0 points."""
    found = difference_of_shares(44, 200, 7, 50)
    assert found is not None
    assert (found.treated, found.holdout, found.estimate) == pytest.approx((0.22, 0.14, 0.08))
    assert found.low < 0 < found.high
    assert not found.is_conclusive


def test_a_drop_becomes_conclusive_on_its_own_side() -> None:
    """What counts is how far the bound towards zero is from the estimate, not the one away from it."""
    assert days_until_conclusive(Difference(9, 10, -1, -9, 1, 100, 100), 10) == pytest.approx(30)
    assert days_until_conclusive(Difference(10, 10, 0, -1, 1, 100, 100), 10) is None
    assert days_until_conclusive(Difference(11, 10, 1, -1, 3, 100, 100), 0) is None
