"""How soon those who bought once buy again (PB3-03)."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritorno.core.second_purchase import Waits, curve


def test_pb3_03_180_of_1000_within_90_days_and_half_of_them_by_day_24() -> None:
    """All watched for 200 days: the share is what was seen, 18.0 %."""
    early, late = [Waits(day, 5, 0) for day in range(6, 24)], [Waits(day, 3, 0) for day in range(60, 88)]
    told = curve([*early, *late, Waits(24, 6, 0), Waits(120, 40, 0), Waits(200, 0, 780)], 90)
    assert told.customers == 1_000
    assert told.share == pytest.approx(0.18)
    assert told.median_day == 24
    assert (told.points[-1].day, told.points[-1].at_risk) == (90, 820)
    assert told.points[-1].low < 0.18 < told.points[-1].high


def test_who_has_not_been_watched_for_so_long_is_not_one_who_did_not_buy() -> None:
    """Half were watched for a day only: of the others, half bought on the second day."""
    told = curve([Waits(1, 0, 100), Waits(1, 50, 0), Waits(9, 0, 50)], 5)
    assert told.points[0].share == 0
    assert told.points[1].share == pytest.approx(0.5)
    assert told.chance[:3] == (0, 0.5, 0)


def test_intervals_equal_those_of_the_published_leukaemia_remissions() -> None:
    """6-MP (Freireich 1963): at 6 weeks 3 of 21 relapse; log-log by Greenwood 0.62 to 0.95 remain."""
    told = curve([Waits(5, 3, 0), Waits(30, 0, 18)], 6)
    point = told.points[-1]
    assert 1 - point.share == pytest.approx(0.857, abs=5e-4)
    assert (1 - point.high, 1 - point.low) == pytest.approx((0.620, 0.952), abs=1e-3)


def test_nobody_and_everybody() -> None:
    nobody, everybody = curve([], 90), curve([Waits(0, 7, 0)], 90)
    assert (nobody.points, nobody.share, nobody.median_day) == ((), 0, None)
    assert curve([Waits(40, 0, 3)], 30).median_day is None
    assert [(point.day, point.share) for point in everybody.points] == [(1, 1.0)]
    assert everybody.median_day == 0


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 5), st.integers(0, 5)), max_size=30), st.integers(1, 50))
def test_the_curve_never_falls_and_stays_within_its_interval(told: list[tuple[int, int, int]], days: int) -> None:
    points = curve([Waits(*each) for each in told], days).points
    assert [point.day for point in points] == list(range(1, len(points) + 1))
    shares = [0.0, *(point.share for point in points)]
    assert all(before <= after <= 1 for before, after in pairwise(shares))
    assert all(-1e-12 <= point.low <= point.share + 1e-12 <= point.high + 2e-12 <= 1 + 3e-12 for point in points)
