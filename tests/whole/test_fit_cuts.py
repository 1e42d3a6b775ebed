"""Cuts proposed from a shop's own orders."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ritorno.core.instants import DAY, Instant, days, months, parse_instant
from ritorno.core.scores.cuts import validate
from ritorno.whole.fit_cuts import NoBuyersError, fit_cuts
from ritorno.whole.rfm import score_everyone, summarise

JERUSALEM = ZoneInfo("Asia/Jerusalem")
NOW = parse_instant("2026-03-01T10:00", JERUSALEM)
MakeOrders = Callable[..., duckdb.DuckDBPyRelation]


def every(gap: int, first_id: int, customers: int, times: int = 3, net: int = 10_000) -> list[tuple[object, ...]]:
    return [
        (first_id + who, NOW - (1 + nth * gap) * DAY, net, True, "pos", None)
        for who in range(customers)
        for nth in range(times)
    ]


def test_recency_follows_the_customers_own_gaps(make_orders: MakeOrders) -> None:
    """SCO-06."""
    rows = [*every(40, 0, 60), *every(60, 100, 30), *every(100, 200, 11)]
    fitted = fit_cuts(make_orders(rows), NOW, JERUSALEM, version=4)
    assert (fitted.evidence.repeat_customers, fitted.evidence.gap_median, fitted.evidence.gap_p90) == (101, 40, 100)
    assert fitted.scheme.recency == (days(60), days(150))
    assert (fitted.scheme.version, fitted.scheme.origin) == (4, "fitted")
    assert "median gap 40 and 90th percentile 100 days of 101 repeat customers" in fitted.scheme.note


def test_two_receipts_of_one_day_are_no_gap(make_orders: MakeOrders) -> None:
    rows = every(40, 0, 110)
    twice = [*rows, *[(who, at + 3_600_000_000, net, *rest) for who, at, net, *rest in rows]]  # type: ignore[operator]
    assert fit_cuts(make_orders(twice), NOW, JERUSALEM).evidence.gap_median == 40


def test_under_a_hundred_repeat_customers_recency_is_40_and_90(make_orders: MakeOrders) -> None:
    few, enough = (fit_cuts(make_orders(every(50, 0, n)), NOW, JERUSALEM).scheme.recency for n in (99, 100))
    assert (few, enough) == ((days(40), days(90)), (days(75), days(76)))


def test_a_grocer_gets_the_floors_of_21_and_45_days(make_orders: MakeOrders) -> None:
    assert fit_cuts(make_orders(every(3, 0, 120)), NOW, JERUSALEM).scheme.recency == (days(21), days(45))


def test_a_slow_shop_gets_a_window_that_outlives_its_r1_cut(make_orders: MakeOrders) -> None:
    """SCO-15."""
    slow = fit_cuts(make_orders(every(300, 0, 120)), NOW, JERUSALEM).scheme
    assert (slow.recency[1], slow.window) == (days(451), days(902))
    assert validate(slow, JERUSALEM) == []
    assert fit_cuts(make_orders(every(30, 0, 120)), NOW, JERUSALEM).scheme.window == months(24)


def test_customers_who_spend_the_same_are_never_split(make_orders: MakeOrders) -> None:
    """50, 40 and 10 % where spends differ; one score where they do not."""
    spread = [(who, NOW - DAY, 1_000 + who, True, "pos", None) for who in range(1_000)]
    alike = [(who, NOW - DAY, 1_000, True, "pos", None) for who in range(1_000)]
    sizes = []
    for rows in (spread, alike):
        orders = make_orders(rows)
        scores = score_everyone(orders, fit_cuts(orders, NOW, JERUSALEM).scheme, NOW, JERUSALEM)
        sizes.append(dict(scores.aggregate("m, count(*)", "m").fetchall()))
    assert sizes == [{1: 500, 2: 400, 3: 100}, {1: 1_000}]


def test_f3_is_above_the_80th_percentile_and_above_two_orders(make_orders: MakeOrders) -> None:
    once, often = (fit_cuts(make_orders(every(9, 0, 10, times)), NOW, JERUSALEM).scheme for times in (1, 7))
    assert (once.orders, often.orders) == ((2, 3), (2, 8))


def test_a_shop_nobody_has_bought_at_is_told_so(make_orders: MakeOrders) -> None:
    with pytest.raises(NoBuyersError, match="import orders first"):
        fit_cuts(make_orders([]), NOW, JERUSALEM)


orders_of_any_shop = st.lists(
    st.tuples(st.integers(1, 9), st.integers(1, NOW), st.integers(1, 10**9)).map(lambda row: (*row, True, "pos", None)),
    min_size=1,
    max_size=25,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(orders_of_any_shop)
def test_whatever_is_fitted_may_be_saved(make_orders: MakeOrders, rows: list[tuple[object, ...]]) -> None:
    try:
        scheme = fit_cuts(make_orders(rows), NOW, JERUSALEM).scheme
    except NoBuyersError:
        return
    assert validate(scheme, JERUSALEM) == []


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "customers", "revenue", "multiple"),
    [("Online Retail II", 7.8, 54, 14.0), ("CDNOW", 5.9, 34, 8.1), ("Complete Journey", 7.9, 29, 4.8)],
)
def test_the_best_customers_of_real_shops_are_those_of_the_reference_table(
    name: str, customers: float, revenue: float, multiple: float, real_shop: Callable[[str], duckdb.DuckDBPyRelation]
) -> None:
    """SEG-02."""
    orders = real_shop(name)
    ((last,),) = orders.aggregate("max(occurred_at)").fetchall()
    now, tz = Instant(last - 90 * DAY), ZoneInfo("UTC")
    scheme = fit_cuts(orders, now, tz).scheme
    vip = summarise(score_everyone(orders, scheme, now, tz), scheme, now).vip
    assert vip.customers_share is not None
    assert vip.revenue_share is not None
    assert vip.customers_share * 100 == pytest.approx(customers, abs=0.06)
    assert vip.revenue_share * 100 == pytest.approx(revenue, abs=0.6)
    assert vip.spend_multiple == pytest.approx(multiple, abs=0.06)
