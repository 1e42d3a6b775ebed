"""The curve behind the bars."""

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ritorno.whole.nbd import BarsOnly, Fit, fit, nbd_shares, poisson_shares


def fitted(bars: tuple[int, ...]) -> Fit:
    curve = fit(bars)
    assert isinstance(curve, Fit)
    return curve


def test_the_example_of_the_product_comes_out_to_the_last_digit_shown() -> None:
    """SEG-07."""
    curve = fitted((600, 200, 100, 60, 40))
    assert curve.model == "nbd"
    assert curve.k == pytest.approx(0.274, abs=0.0005)
    assert curve.a == pytest.approx(1.373, abs=0.0005)
    assert [round(share * 100, 1) for share in curve.shares] == [59.3, 21.9, 9.6, 4.5, 4.7]
    assert (round(curve.next_period(1), 2), round(curve.next_period(5), 2)) == (0.74, 3.05)
    assert curve.gap_points == pytest.approx(1.87, abs=0.01)
    assert curve.is_good


@given(st.floats(0.05, 8), st.floats(0.05, 20))
def test_shares_of_any_curve_fall_short_of_nothing_and_sum_to_one(k: float, a: float) -> None:
    shares = nbd_shares(k, a, 5)
    assert sum(shares) == pytest.approx(1)
    assert min(shares) >= 0


@settings(max_examples=25, deadline=None)
@given(st.sampled_from([(0.05, 3.0), (0.274, 1.373), (1.0, 2.0), (3.0, 0.5)]), st.integers(0, 2**32 - 1))
def test_on_made_data_the_fit_is_within_three_points_of_every_bar(truth: tuple[float, float], seed: int) -> None:
    """SEG-07: buyers drawn from the model itself."""
    k, a = truth
    chance = np.random.default_rng(seed)
    made = chance.poisson(chance.gamma(k, a, size=200_000))
    bars = tuple(int(((made == x) if x < 5 else (made >= 5)).sum()) for x in range(1, 6))
    curve = fit(bars)
    assert isinstance(curve, BarsOnly) or curve.gap_points <= 3


def test_the_parameters_of_a_large_made_population_are_found_again() -> None:
    chance = np.random.default_rng(7)
    made = chance.poisson(chance.gamma(0.8, 1.5, size=400_000))
    curve = fitted(tuple(int(((made == x) if x < 5 else (made >= 5)).sum()) for x in range(1, 6)))
    assert curve.k == pytest.approx(0.8, rel=0.05)
    assert curve.a == pytest.approx(1.5, rel=0.05)


def test_a_tail_heavier_than_any_shape_gives_the_logarithmic_series() -> None:
    bars = tuple(round(100_000 * share) for share in nbd_shares(0, 1.5, 5))
    heavier = (bars[0] + 1_000, *bars[1:4], bars[4] + 1_000)
    curve = fitted(heavier)
    assert (curve.model, curve.k) == ("logarithmic", 0.0)
    assert curve.next_period(2) == pytest.approx(2 * (curve.a or 0) / (1 + (curve.a or 0)))


def test_customers_who_are_all_alike_give_the_poisson_limit() -> None:
    bars = tuple(round(100_000 * share) for share in poisson_shares(1.2, 5))
    narrower = (bars[0] - 1_500, bars[1] + 3_000, bars[2], bars[3], bars[4] - 500)
    curve = fitted(narrower)
    assert (curve.model, curve.k) == ("poisson", None)
    assert curve.next_period(1) == curve.next_period(5) == curve.rate


def test_the_limits_join_the_curve_smoothly() -> None:
    assert nbd_shares(1e-9, 1.5, 5) == pytest.approx(nbd_shares(0, 1.5, 5), abs=1e-6)
    assert nbd_shares(1e7, 1.2 / 1e7, 5) == pytest.approx(poisson_shares(1.2, 5), abs=1e-6)


@pytest.mark.parametrize(
    ("bars", "reason", "said"),
    [((10, 9, 5, 3, 2), "few_buyers", "29 buyers"), ((500, 100, 0, 0, 0), "few_bars", "only 2 of 5 bars")],
)
def test_too_little_to_say_gives_bars_and_a_sentence(bars: tuple[int, ...], reason: str, said: str) -> None:
    curve = fit(bars)
    assert isinstance(curve, BarsOnly)
    assert curve.reason == reason
    assert said in curve.says


def test_thirty_buyers_in_three_bars_are_enough() -> None:
    assert isinstance(fit((20, 7, 3, 0, 0)), Fit)


def test_chi_square_counts_only_bars_that_expect_five_customers() -> None:
    curve = fitted((900, 80, 10, 1, 0))
    assert (curve.degrees_of_freedom, curve.p_value) == (0, None)
    told = [(n, 991 * share) for n, share in zip((900, 80, 10), curve.shares, strict=False)]
    assert curve.chi_square == pytest.approx(sum((n - e) ** 2 / e for n, e in told))


def test_a_wrong_bar_is_named() -> None:
    with pytest.raises(ValueError, match="none below 0"):
        fit((5, -1, 3, 0, 0))


@given(st.lists(st.integers(0, 5_000), min_size=5, max_size=5))
def test_any_bars_give_a_curve_or_a_reason_that_can_be_written_as_json(bars: list[int]) -> None:
    curve = fit(bars)
    assert msgspec.json.decode(msgspec.json.encode(curve), type=Fit | BarsOnly) == curve
