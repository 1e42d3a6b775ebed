"""Who changed cell, and where orders were sold, equal to counting them one by one."""

from collections import Counter
from collections.abc import Callable
from zoneinfo import ZoneInfo

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ritorno.core.instants import DAY, Instant, days, parse_instant
from ritorno.core.scores.cells import Cell
from ritorno.core.scores.cuts import Scheme
from ritorno.whole.orders import OrdersError
from ritorno.whole.rfm import score_everyone
from ritorno.whole.week import Sold, changed_cell, omnichannel, places

JERUSALEM = ZoneInfo("Asia/Jerusalem")
NOW = parse_instant("2026-03-01T10:00", JERUSALEM)
WEEK_AGO = Instant(NOW - 7 * DAY)
MakeOrders = Callable[..., duckdb.DuckDBPyRelation]
rows_of_orders = st.lists(
    st.tuples(
        st.none() | st.integers(1, 4),
        st.integers(0, 40).map(lambda age: NOW - age * DAY),
        st.integers(0, 900),
        st.booleans(),
        st.sampled_from(["pos", "online", "phone"]),
        st.just(""),
    ),
    max_size=14,
)
SCHEME = Scheme(recency=(days(5), days(20)), orders=(2, 3), spend=(500, 1_000), window=days(40))


def cells(orders: duckdb.DuckDBPyRelation, instant: Instant) -> dict[int, str]:
    return {who: f"{r}{f}{m}" for who, r, f, m, *_ in score_everyone(orders, SCHEME, instant, JERUSALEM).fetchall()}


@given(rows=rows_of_orders)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
def test_who_changed_cell_is_who_has_another_cell_than_a_week_ago(make_orders: MakeOrders, rows: list[object]) -> None:
    orders = make_orders(rows)
    before, after = cells(orders, WEEK_AGO), cells(orders, NOW)
    wanted = Counter((before.get(who), cell) for who, cell in after.items() if before.get(who) != cell)
    assert changed_cell(orders, SCHEME, WEEK_AGO, NOW, JERUSALEM) == wanted


@given(rows=rows_of_orders)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
def test_dat_02_every_counted_order_is_of_one_place_guests_included(
    make_orders: MakeOrders, rows: list[object]
) -> None:
    told = places(make_orders(rows), WEEK_AGO, NOW)
    inside = [row for row in rows if row[3] and WEEK_AGO <= row[1] < NOW]  # type: ignore[index]
    assert {one.sold_via: one.orders for one in told} == Counter(row[4] for row in inside)  # type: ignore[index]
    assert sum(one.revenue for one in told) == sum(row[2] for row in inside)  # type: ignore[index]


def test_dat_06_omnichannel_is_who_bought_at_a_till_and_online(make_orders: MakeOrders) -> None:
    """A (2 POS, 1 online), B (3 online), C (3 POS): only A."""
    bought = {1: ("pos", "pos", "online"), 2: ("online",) * 3, 3: ("pos",) * 3}
    rows = [(who, NOW - age * DAY, 100, True, place, "") for who in bought for age, place in enumerate(bought[who], 1)]
    orders = make_orders(rows)
    assert omnichannel(orders, Instant(NOW - 10 * DAY), NOW) == 1
    assert omnichannel(orders, Instant(NOW - 2 * DAY), NOW) == 0  # the online order is three days old


def test_the_largest_place_comes_first(make_orders: MakeOrders) -> None:
    rows = [(1, NOW - DAY, 100, True, "online", ""), (None, NOW - DAY, 300, True, "pos", "")]
    assert places(make_orders(rows), WEEK_AGO, NOW) == [Sold("pos", 1, 300), Sold("online", 1, 100)]


def test_a_newcomer_comes_from_no_cell(make_orders: MakeOrders) -> None:
    moved = changed_cell(make_orders([(1, NOW - DAY, 100, True, "pos", "")]), SCHEME, WEEK_AGO, NOW, JERUSALEM)
    assert moved == {(None, Cell("311")): 1}


@pytest.mark.parametrize("read", [places, omnichannel])
def test_what_is_no_table_of_orders_is_refused(
    connection: duckdb.DuckDBPyConnection, read: Callable[..., object]
) -> None:
    with pytest.raises(OrdersError, match="customer_id is missing"):
        read(connection.sql("SELECT 1 AS x"), WEEK_AGO, NOW)
