"""Groups month by month."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

import duckdb
import pytest

from ritorno.core.instants import Instant, parse_instant, say_instant
from ritorno.core.scores.cuts import Scheme
from ritorno.whole.movement import movement, movement_between
from ritorno.whole.rfm import score_everyone, summarise

JERUSALEM = ZoneInfo("Asia/Jerusalem")
NOW = parse_instant("2026-03-01T10:00", JERUSALEM)
T = Scheme()
MakeOrders = Callable[..., duckdb.DuckDBPyRelation]


def at(text: str) -> Instant:
    return parse_instant(text, JERUSALEM)


def test_a_customer_comes_cools_and_is_gone(connection: duckdb.DuckDBPyConnection, make_orders: MakeOrders) -> None:
    """One order of 50 on 15 October: new buyer, awaiting a second purchase, fading."""
    orders = make_orders([(1, at("2025-10-15T10:00"), 5_000, True, "pos", None)])
    told = movement(connection, orders, T, NOW, JERUSALEM, months=6)
    assert [say_instant(size.as_of, JERUSALEM)[:10] for size in told.sizes] == [
        "2025-10-01", "2025-11-01", "2025-12-01", "2026-01-01", "2026-02-01", "2026-03-01", "2026-03-01",
    ]  # fmt: skip
    assert [
        (say_instant(flow.end, JERUSALEM)[:10], flow.origin, flow.target, flow.customers) for flow in told.flows
    ] == [
        ("2025-11-01", None, "new_buyers", 1),
        ("2025-12-01", "new_buyers", "second", 1),
        ("2026-02-01", "second", "fading", 1),
    ]


def test_the_last_reading_is_now_and_equals_the_summary(
    connection: duckdb.DuckDBPyConnection, make_orders: MakeOrders
) -> None:
    orders = make_orders(
        [
            (who, NOW - who * 10**12 - nth * 10**12, 9_000 * who, True, "pos", None)
            for who in range(1, 40)
            for nth in range(who % 4)
        ]
    )
    told = movement(connection, orders, T, NOW, JERUSALEM, months=3)
    summary = summarise(score_everyone(orders, T, NOW, JERUSALEM), T, NOW)
    assert told.sizes[-1].as_of == NOW
    assert told.sizes[-1].groups == {key: figures.customers for key, figures in summary.groups.items()}


def test_flows_explain_every_change_of_size(connection: duckdb.DuckDBPyConnection, make_orders: MakeOrders) -> None:
    orders = make_orders(
        [
            (who, NOW - (who * 37 + nth * 19) % 400 * 86_400_000_000, 9_000 * who, True, "pos", None)
            for who in range(1, 90)
            for nth in range(1 + who % 4)
        ]
    )
    told = movement(connection, orders, T, NOW, JERUSALEM, months=5)
    for before, after in zip(told.sizes, told.sizes[1:], strict=False):
        moved = dict(before.groups)
        for flow in told.flows:
            if flow.end == after.as_of:
                moved[flow.target] += flow.customers
                if flow.origin is not None:
                    moved[flow.origin] -= flow.customers
        assert moved == after.groups


def test_now_at_a_month_start_is_read_once(connection: duckdb.DuckDBPyConnection, make_orders: MakeOrders) -> None:
    first = at("2026-03-01")
    told = movement(connection, make_orders([]), T, first, JERUSALEM, months=2)
    assert [size.as_of for size in told.sizes] == [at("2026-01-01"), at("2026-02-01"), first]
    with pytest.raises(ValueError, match="at least 1"):
        movement(connection, make_orders([]), T, first, JERUSALEM, months=0)


def test_any_two_instants_can_be_compared(connection: duckdb.DuckDBPyConnection, make_orders: MakeOrders) -> None:
    orders = make_orders([(1, NOW, 5_000, True, "pos", None)])
    told = movement_between(connection, orders, T, [Instant(NOW - 1), NOW], JERUSALEM)
    assert [(flow.origin, flow.target) for flow in told.flows] == [(None, "new_buyers")]
