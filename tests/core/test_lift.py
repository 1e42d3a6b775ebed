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
    Difference,
    Sample,
    days_until_conclusive,
    difference_of_means,
    difference_of_shares,
    profit,
    sample_ratio,
)
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
    found = difference_of_means(Sample(treated.spend), Sample(holdout.spend))
    _agrees(found, case["expected"]["mean"])


@pytest.mark.shared
def test_with_the_time_before_it_equals_the_reference_library(case: Case) -> None:
    treated, holdout = _arms(case)
    _agrees(difference_of_means(treated, holdout), case["expected"]["mean_cuped"])


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
    found = difference_of_means(Sample(spend * 450), Sample([3_500.0, 4_500.0] * 50))
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
    assert difference_of_means(Sample([1.0]), Sample([1.0, 2.0])) is None
    assert difference_of_shares(0, 0, 1, 10) is None


def test_one_customer_counts_no_more_than_the_cap() -> None:
    capped = difference_of_means(Sample([10.0, 10.0, 1e9]), Sample([10.0, 10.0, 10.0]), cap=100.0)
    assert capped is not None
    assert capped.estimate == pytest.approx(30)


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
    plain = difference_of_means(Sample([1.0, 2.0, 3.0]), Sample([1.0, 1.0]))
    told = difference_of_means(Sample([1.0, 2.0, 3.0], [0.0, 0.0, 0.0]), Sample([1.0, 1.0], [0.0, 0.0]))
    assert told == plain


def test_equal_spend_has_no_width_and_a_wrong_split_shows() -> None:
    found = difference_of_means(Sample([5.0, 5.0]), Sample([5.0, 5.0]))
    assert found is not None
    assert (found.low, found.high) == (0, 0)
    assert sample_ratio(500, 500, 0.1) < 0.001
    assert math.isclose(sample_ratio(0, 0, 0.1), 1.0)
