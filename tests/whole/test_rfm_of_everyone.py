"""Everyone's scores in one reading, equal to the rules of one customer."""

from collections.abc import Callable, Mapping
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ritorno.core.instants import DAY, HOUR, Instant, Span, Unit, days, months, parse_instant, within
from ritorno.core.scores.cells import CELLS, Cell, group_named
from ritorno.core.scores.cuts import Occasion, Scheme, occasion_key, orders_score, recency_score, spend_score
from ritorno.whole.orders import OrdersError, guests, read_orders
from ritorno.whole.rfm import STAKE, Summary, members, score_everyone, summarise

JERUSALEM = ZoneInfo("Asia/Jerusalem")
NOW = parse_instant("2026-03-01T10:00", JERUSALEM)
T = Scheme()
Row = tuple[int | None, int, int, bool, str, str | None]
MakeOrders = Callable[..., duckdb.DuckDBPyRelation]


def ago(count: float) -> int:
    return NOW - round(count * DAY)


def scores_of(relation: duckdb.DuckDBPyRelation) -> dict[int, tuple[int, ...]]:
    return {row[0]: row[1:] for row in relation.fetchall()}


def by_the_rules(rows: list[Row], scheme: Scheme, now: Instant, tz: ZoneInfo) -> dict[int, tuple[int, ...]]:
    """The same table, customer by customer, from the pure functions of the core."""
    table: dict[int, tuple[int, ...]] = {}
    for who in {row[0] for row in rows if row[0] is not None}:
        mine = [row for row in rows if row[0] == who and row[3] and row[1] <= now]
        if not mine:
            continue
        inside = [row for row in mine if within(Instant(row[1]), scheme.window, now, tz)]
        keys = {occasion_key(Instant(row[1]), row[5], tz) for row in inside}
        count = len(inside) if scheme.occasion == "order" else len(keys)
        spend = sum(row[2] for row in inside)
        year = sum(row[2] for row in mine if within(Instant(row[1]), STAKE, now, tz))
        last, first = max(row[1] for row in mine), min(row[1] for row in mine)
        digits = recency_score(Instant(last), now, scheme, tz), orders_score(count, scheme), spend_score(spend, scheme)
        table[who] = (*digits, count, spend, year, last, first)
    return table


# Instants that meet the edges: hours before and after the cuts of 1-3 days, months' ends, the hours that clocks change.
edges = st.sampled_from(
    [
        parse_instant(text, JERUSALEM)
        for text in ("2025-10-26T00:30", "2026-03-27T01:59", "2026-02-28T10:00", "2026-03-31T10:00")
    ]
)
moments = st.builds(
    lambda edge, hours, micros: edge + hours * HOUR // 2 + micros, edges, st.integers(-200, 200), st.integers(-1, 1)
)
rows_of_orders = st.lists(
    st.tuples(
        st.one_of(st.none(), st.integers(1, 4)),
        moments,
        st.integers(0, 900),
        st.booleans(),
        st.just("pos"),
        st.sampled_from([None, "", "A", "B"]),
    ),
    max_size=14,
)
spans = st.sampled_from([Span(36, Unit.HOURS), days(1), days(3), days(30), months(1), Span(1, Unit.WEEKS)])
occasions: st.SearchStrategy[Occasion] = st.sampled_from(["order", "day_and_branch"])
schemes = st.builds(
    lambda newer, older, window, occasion: Scheme(
        recency=(newer, older), window=window, occasion=occasion, orders=(2, 3), spend=(500, 1_000)
    ),
    spans, spans, spans, occasions,
)  # fmt: skip


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows_of_orders, schemes, moments)
def test_the_reading_of_everyone_equals_the_rules_of_one(
    make_orders: MakeOrders, rows: list[Row], scheme: Scheme, now: int
) -> None:
    """SCO-01, SCO-02, SCO-03, SCO-07: any orders, cuts and instant, across clock changes and months' ends."""
    read = scores_of(score_everyone(make_orders(rows), scheme, Instant(now), JERUSALEM))
    assert read == by_the_rules(rows, scheme, Instant(now), JERUSALEM)


def test_the_three_customers_of_the_requirement(make_orders: MakeOrders) -> None:
    """SCO-01."""
    best = [(1, ago(5 + 40 * n), 37_500, True, "online", None) for n in range(4)]
    middle = [(2, ago(45 + 100 * n), 30_000, True, "pos", "Haifa") for n in range(2)]
    rows = [*best, *middle, (3, ago(120), 10_000, True, "online", None)]
    expected = {1: (3, 3, 3), 2: (2, 2, 2), 3: (1, 1, 1)}
    for order in (rows, rows[::-1], [*rows, (4, ago(1), 99_999_999, True, "pos", None)]):
        read = scores_of(score_everyone(make_orders(order), T, NOW, JERUSALEM))
        assert {who: read[who][:3] for who in expected} == expected


def test_an_order_leaves_spend_and_orders_after_24_months_to_the_instant(make_orders: MakeOrders) -> None:
    """SCO-02."""
    bought = parse_instant("2024-03-01T10:00", JERUSALEM)
    orders = make_orders([(1, bought, 110_000, True, "pos", None), (1, ago(3), 30_000, True, "pos", None)])
    before, after = (scores_of(score_everyone(orders, T, Instant(now), JERUSALEM))[1] for now in (NOW - 1, NOW))
    assert (before[:5], after[:5]) == ((3, 2, 3, 2, 140_000), (3, 1, 1, 1, 30_000))


def test_a_buyer_whose_orders_all_left_the_window_is_still_in_one_cell(make_orders: MakeOrders) -> None:
    """SEG-01."""
    scores = score_everyone(make_orders([(1, ago(900), 500_000, True, "pos", None)]), T, NOW, JERUSALEM)
    assert scores_of(scores)[1][:5] == (1, 1, 1, 0, 0)
    assert summarise(scores, T, NOW).cells[Cell("111")].customers == 1


def test_cancelled_and_zero_orders_are_no_occasions(make_orders: MakeOrders) -> None:
    """SCO-03."""
    rows = [
        (1, ago(9), 40_000, True, "pos", None),
        (1, ago(2), 0, False, "pos", None),
        (2, ago(1), 0, False, "pos", None),
    ]
    assert scores_of(score_everyone(make_orders(rows), T, NOW, JERUSALEM)) == {
        1: (3, 1, 2, 1, 40_000, 40_000, ago(9), ago(9))
    }


def base(cells: Mapping[Cell, int]) -> list[Row]:
    """So many customers in each cell, each with her own spend."""
    age = {"3": 5, "2": 45, "1": 120}
    spend = {"1": 30_000, "2": 80_000, "3": 150_000}
    rows: list[Row] = []
    for name, count in cells.items():
        for _ in range(count):
            who = len({row[0] for row in rows}) + 1
            each, rest = divmod(spend[name[2]] + who, int(name[1]))
            for nth in range(int(name[1])):
                rows.append((who, ago(age[name[0]] + nth), each + (rest if nth == 0 else 0), True, "online", None))
    return rows


def test_cells_and_groups_each_hold_every_buyer_once(make_orders: MakeOrders) -> None:
    """SEG-01."""
    counts = {name: place % 4 for place, name in enumerate(CELLS)}
    summary = summarise(score_everyone(make_orders(base(counts)), T, NOW, JERUSALEM), T, NOW)
    assert {name: figures.customers for name, figures in summary.cells.items()} == counts
    assert sum(figures.customers for figures in summary.groups.values()) == summary.customers == sum(counts.values())
    assert sum(figures.revenue for figures in summary.groups.values()) == summary.revenue
    assert len(summary.groups) == 11


def test_fifty_of_a_thousand_at_4500_against_1000_are_4_and_a_half_times_as_good(make_orders: MakeOrders) -> None:
    """SEG-02."""
    stars = [(who, ago(1 + nth), 150_000, True, "pos", None) for who in range(50) for nth in range(3)]
    others = [(who, ago(1), 100_000, True, "pos", None) for who in range(50, 1_000)]
    vip = summarise(score_everyone(make_orders([*stars, *others]), T, NOW, JERUSALEM), T, NOW).vip
    assert (vip.customers, vip.customers_share, vip.spend_multiple) == (50, 0.05, 4.5)
    assert round((vip.revenue_share or 0) * 100, 1) == 19.1


def test_at_risk_are_forty_sorted_by_what_they_spent_in_a_year(make_orders: MakeOrders) -> None:
    """SEG-04."""
    counts = dict.fromkeys(map(Cell, ("133", "132", "123", "122", "113", "111")), 10)
    scores = score_everyone(make_orders(base(counts)), T, NOW, JERUSALEM)
    rows = members(scores, group_named("risk")).fetchall()
    spent = [row[6] for row in rows]
    assert len(rows) == 40
    assert spent == sorted(spent, reverse=True)
    assert {row[1:4] for row in rows} == {(1, 3, 3), (1, 3, 2), (1, 2, 3), (1, 2, 2)}


def test_a_shop_with_no_orders_has_every_cell_and_nobody_in_it(make_orders: MakeOrders) -> None:
    summary = summarise(score_everyone(make_orders([]), T, NOW, JERUSALEM), T, NOW)
    assert (summary.customers, len(summary.cells), summary.vip.customers_share) == (0, 27, None)
    assert msgspec.json.decode(msgspec.json.encode(summary), type=Summary) == summary


def test_two_readings_of_one_connection_do_not_meet(make_orders: MakeOrders) -> None:
    one = score_everyone(make_orders([(1, ago(1), 5, True, "pos", None)]), T, NOW, JERUSALEM)
    two = score_everyone(make_orders([(2, ago(1), 5, True, "pos", None)]), T, NOW, JERUSALEM)
    assert (set(scores_of(one)), set(scores_of(two))) == ({1}, {2})


def test_guests_are_counted_apart_and_scored_as_nobody(make_orders: MakeOrders) -> None:
    orders = make_orders([(None, ago(1), 70, True, "online", None), (None, ago(2), 30, True, "online", None)])
    assert scores_of(score_everyone(orders, T, NOW, JERUSALEM)) == {}
    told = guests(orders, Instant(ago(2)), NOW)
    assert (told.orders, told.revenue) == (2, 100)


def test_orders_come_from_parquet_and_what_is_no_table_of_orders_is_told(
    connection: duckdb.DuckDBPyConnection, make_orders: MakeOrders, tmp_path: Path
) -> None:
    good, bad = tmp_path / "good.parquet", tmp_path / "bad.parquet"
    make_orders([(1, ago(1), 5, True, "pos", None)]).write_parquet(str(good))
    connection.sql("SELECT 1::BIGINT AS customer_id, 1.5 AS net, 'x' AS occurred_at").write_parquet(str(bad))
    assert set(scores_of(score_everyone(read_orders(connection, [good]), T, NOW, JERUSALEM))) == {1}
    with pytest.raises(OrdersError, match=r"bad.parquet: occurred_at VARCHAR; net DECIMAL.*counts is missing"):
        read_orders(connection, [bad])
    with pytest.raises(OrdersError, match=r"none.parquet does not exist; import orders first"):
        read_orders(connection, [tmp_path / "none.parquet"])
