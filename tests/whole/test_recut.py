"""Who moves under other cuts, as figures of the whole base (SCO-12)."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from ritorno.core.instants import DAY, Instant, days, parse_instant
from ritorno.core.scores.cells import Cell, GroupKey, group_of
from ritorno.core.scores.cuts import Scheme
from ritorno.whole.recut import Recut, movers, recut, under_both
from ritorno.whole.rfm import score_everyone, summarise
from ritorno.whole.tiers import NobodyBoughtError, fit_tiers

JERUSALEM = ZoneInfo("Asia/Jerusalem")
NOW = parse_instant("2026-03-01T10:00", JERUSALEM)
T = Scheme()
WIDER = replace(T, version=2, recency=(days(30), days(120)))
MakeOrders = Callable[..., duckdb.DuckDBPyRelation]
Row = tuple[int, int, int, bool, str, None]


def buyer(who: int, ago: int, orders: int, net: int) -> list[Row]:
    return [(who, NOW - (ago + 10 * nth) * DAY, net, True, "pos", None) for nth in range(orders)]


def thousand() -> list[Row]:
    """140 at risk, of whom 45 have been silent for less than 120 days; the others bought lately."""
    rows = [row for who in range(45) for row in buyer(who, 100, 3, 50_000 + who)]
    rows += [row for who in range(45, 140) for row in buyer(who, 150, 2, 50_000)]
    return rows + [row for who in range(140, 1000) for row in buyer(who, 5, 1, 10_000)]


def test_sco_12_of_a_thousand_140_at_risk_become_95_by_a_cut_of_120_days(make_orders: MakeOrders) -> None:
    both = under_both(make_orders(thousand()), T, WIDER, NOW, JERUSALEM)
    found = recut(both)
    risk = found.groups[GroupKey("risk")]
    assert (found.customers, risk.now.customers, risk.then.customers, found.movers) == (1000, 140, 95, 45)
    assert [(flow.before, flow.after, flow.customers) for flow in found.flows] == [("risk", "cooling", 45)]
    assert found.at_stake == found.flows[0].at_stake == sum(3 * (50_000 + who) for who in range(45))
    first, *others = movers(both, most=10)
    assert (first.customer, first.before, first.after, first.at_stake) == (44, "133", "233", 3 * 50_044)
    pages = [one.customer for skip in range(0, 50, 10) for one in movers(both, most=10, skip=skip)]
    assert pages == [one.customer for one in movers(both)] == list(range(44, -1, -1))
    assert len(others) == 9


def test_under_the_same_cuts_nobody_moves(make_orders: MakeOrders) -> None:
    both = under_both(make_orders(thousand()), T, replace(T, version=9), NOW, JERUSALEM)
    found = recut(both)
    assert (found.movers, found.rescored, found.flows, movers(both)) == (0, 0, (), [])
    assert all(sizes.now == sizes.then for sizes in (*found.cells.values(), *found.groups.values()))


def test_without_orders_there_is_nobody(make_orders: MakeOrders) -> None:
    found: Recut = recut(under_both(make_orders([]), T, WIDER, NOW, JERUSALEM))
    assert (found.customers, found.at_stake, len(found.cells), len(found.groups)) == (0, 0, 27, 11)


rows_of_orders = st.lists(
    st.tuples(
        st.integers(1, 5), st.integers(0, 800).map(lambda ago: NOW - ago * DAY), st.integers(1, 90_000),
        st.just(True), st.just("pos"), st.none(),
    ),
    max_size=20,
)  # fmt: skip
schemes = st.builds(
    lambda newer, more, twice, some: Scheme(
        recency=(days(newer), days(newer + more)), orders=(twice, twice + 1), spend=(some, 2 * some)
    ),
    st.integers(1, 90), st.integers(1, 200), st.integers(2, 4), st.integers(1, 90_000),
)  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows_of_orders, schemes, schemes)
def test_each_side_is_what_its_own_cuts_say(
    make_orders: MakeOrders, rows: list[Row], one: Scheme, other: Scheme
) -> None:
    orders = make_orders(rows)
    both = under_both(orders, one, other, NOW, JERUSALEM)
    found = recut(both)
    for scheme, side in ((one, "now"), (other, "then")):
        own = summarise(score_everyone(orders, scheme, NOW, JERUSALEM), scheme, Instant(NOW))
        for cell, figures in own.cells.items():
            told = getattr(found.cells[cell], side)
            assert (told.customers, told.spend_year) == (figures.customers, figures.spend_year)
    moved = movers(both)
    assert len(moved) == found.movers
    assert sum(each.at_stake for each in moved) == found.at_stake
    assert all(group_of(Cell(each.before)) is not group_of(Cell(each.after)) for each in moved)


def test_tiers_are_the_top_tenth_and_the_next_four_by_twelve_months_spend(make_orders: MakeOrders) -> None:
    """product.md, section 2: of 100 customers who spent 1 to 100, 10 are A and 40 B."""
    rows = [(who, NOW - DAY, who * 100, True, "pos", None) for who in range(1, 101)]
    old = [(who, NOW - 400 * DAY, 10**9, True, "pos", None) for who in range(1, 200)]
    found = fit_tiers(make_orders([*rows, *old]), NOW, JERUSALEM)
    assert found.customers == 100
    assert [sum(who * 100 >= cut for who in range(1, 101)) for cut in found.cuts] == [10, 50]
    alike = fit_tiers(make_orders([(who, NOW - DAY, 500, True, "pos", None) for who in range(9)]), NOW, JERUSALEM)
    assert alike.cuts == (502, 501)
    with pytest.raises(NobodyBoughtError, match="nobody has bought in the last 12 months"):
        fit_tiers(make_orders(old), NOW, JERUSALEM)
