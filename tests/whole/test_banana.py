"""The banana curve of a base of orders."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

import duckdb
import msgspec
import pytest

from ritorno.core.instants import DAY, Instant, parse_instant
from ritorno.whole.banana import Banana, banana, what_if
from ritorno.whole.nbd import BarsOnly, Fit
from ritorno.whole.orders import OrdersError

JERUSALEM = ZoneInfo("Asia/Jerusalem")
START, END = (parse_instant(text, JERUSALEM) for text in ("2025-03-01T10:00", "2026-03-01T10:00"))
MakeOrders = Callable[..., duckdb.DuckDBPyRelation]


def buyers(
    first_id: int, count: int, times: int, net: int = 10_000, sold_via: str = "online"
) -> list[tuple[object, ...]]:
    """`count` customers who bought `times` times each, a day apart from the start on."""
    return [
        (first_id + who, START + day * DAY, net + day, True, sold_via, None)
        for who in range(count)
        for day in range(times)
    ]


@pytest.fixture
def thousand(make_orders: MakeOrders) -> Banana:
    groups = ((0, 600, 1), (600, 200, 2), (800, 100, 3), (900, 60, 4), (960, 20, 5), (980, 20, 9))
    return banana(make_orders([row for group in groups for row in buyers(*group)]), START, END, JERUSALEM)


def test_bars_of_a_thousand_buyers_are_60_20_10_6_4_percent(thousand: Banana) -> None:
    """SEG-07."""
    assert [bar.customers for bar in thousand.bars] == [600, 200, 100, 60, 40]
    assert [bar.share for bar in thousand.bars] == [0.6, 0.2, 0.1, 0.06, 0.04]
    assert isinstance(thousand.curve, Fit)
    assert thousand.curve.is_good
    assert all(abs(bar.share - (bar.fitted_share or 0)) <= 0.03 for bar in thousand.bars)


def test_the_revenue_line_runs_from_light_to_heavy_buyers_and_ends_at_all_of_it(thousand: Banana) -> None:
    """SEG-07."""
    running = [bar.running_revenue_share for bar in thousand.bars]
    assert running == sorted(running)
    assert running[-1] == 1
    assert thousand.revenue == sum(bar.revenue for bar in thousand.bars)
    assert thousand.bars[0].revenue_share == 600 * 10_000 / thousand.revenue


def test_heavy_buyers_are_expected_to_sink_back_and_light_ones_to_rise(thousand: Banana) -> None:
    lightest, heaviest = thousand.bars[0], thousand.bars[-1]
    assert heaviest.is_open
    assert heaviest.mean_purchases == 7
    assert round(lightest.expected_next or 0, 2) == 0.74
    assert heaviest.expected_next is not None
    assert heaviest.expected_next < 7
    assert isinstance(thousand.curve, Fit)
    assert heaviest.expected_next == thousand.curve.next_period(7)


def test_five_percent_of_one_time_buyers_buying_again_is_a_range_of_money(make_orders: MakeOrders) -> None:
    rows = [*buyers(0, 100, 1), *buyers(100, 2, 2), (200, START, 1, True, "pos", None)]
    rows.append((200, START + 1, 40_001, True, "pos", None))
    curve = banana(make_orders(rows), START, END, JERUSALEM)
    second = sorted([10_001, 10_001, 40_001])
    bar = curve.bars[0]
    assert (bar.next_value_median, bar.next_value_mean) == (second[1], round(sum(second) / 3))
    gain = what_if(curve, 1, 0.05)
    assert gain is not None
    assert (gain.customers, gain.low, gain.high) == (5.0, 5 * 10_001, 5 * 20_001)
    assert what_if(curve, 5, 0.05) is None
    with pytest.raises(ValueError, match="bar 6"):
        what_if(curve, 6, 0.05)


def test_only_counted_orders_of_known_customers_inside_the_half_open_period_are_read(make_orders: MakeOrders) -> None:
    rows = [
        (1, START, 100, True, "online", None),
        (1, END - 1, 100, True, "online", None),
        (1, END, 100, True, "online", None),
        (1, START - 1, 100, True, "online", None),
        (1, START + 5, 0, False, "online", None),
        (None, START + 5, 100, True, "online", None),
    ]
    curve = banana(make_orders(rows), START, END, JERUSALEM)
    assert [bar.customers for bar in curve.bars] == [0, 1, 0, 0, 0]
    assert curve.revenue == 200


def test_one_place_of_sale_can_be_looked_at_alone(make_orders: MakeOrders) -> None:
    rows = [*buyers(0, 3, 1, sold_via="pos"), *buyers(0, 3, 2, sold_via="online")]
    by_place = {via: banana(make_orders(rows), START, END, JERUSALEM, sold_via=via) for via in ("pos", "it's", None)}
    assert [[bar.customers for bar in curve.bars] for curve in by_place.values()] == [
        [3, 0, 0, 0, 0],
        [0, 0, 0, 0, 0],
        [0, 0, 3, 0, 0],
    ]


def test_one_day_in_one_branch_is_one_purchase_when_the_scheme_says_so(make_orders: MakeOrders) -> None:
    """SCO-03."""
    day = parse_instant("2025-06-01T09:00", JERUSALEM)
    rows = [(1, day + hour * DAY // 24, 100, True, "pos", branch) for hour, branch in ((0, "A"), (3, "A"), (5, "B"))]
    curve = banana(make_orders(rows), START, END, JERUSALEM, occasion="day_and_branch")
    assert [bar.customers for bar in curve.bars] == [0, 1, 0, 0, 0]
    assert curve.revenue == 300


def test_an_empty_shop_has_empty_bars_and_a_sentence(make_orders: MakeOrders) -> None:
    curve = banana(make_orders([]), START, END, JERUSALEM)
    assert isinstance(curve.curve, BarsOnly)
    assert [bar.share for bar in curve.bars] == [0.0] * 5
    assert msgspec.json.decode(msgspec.json.encode(curve), type=Banana) == curve


def test_a_wrong_table_or_period_is_told(connection: duckdb.DuckDBPyConnection, make_orders: MakeOrders) -> None:
    with pytest.raises(OrdersError, match="customer_id is missing"):
        banana(connection.sql("SELECT 1 AS net"), START, END, JERUSALEM)
    with pytest.raises(ValueError, match="give a start before its end"):
        banana(make_orders([]), END, Instant(START), JERUSALEM)


@pytest.mark.shared
@pytest.mark.parametrize(("name", "buyers_"), [("Online Retail II", 4313), ("CDNOW", 9526)])
def test_real_shops_are_within_three_points_of_the_curve(
    name: str, buyers_: int, real_shop: Callable[[str], duckdb.DuckDBPyRelation]
) -> None:
    """SEG-07."""
    orders = real_shop(name)
    ((last,),) = orders.aggregate("max(occurred_at)").fetchall()
    end = Instant(last - 90 * DAY)
    curve = banana(orders, Instant(end - 365 * DAY), end, ZoneInfo("UTC"))
    assert isinstance(curve.curve, Fit)
    assert curve.customers == pytest.approx(buyers_, abs=5)
    assert curve.curve.gap_points < 3
