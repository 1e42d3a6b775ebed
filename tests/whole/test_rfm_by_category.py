"""Everyone's scores where cuts differ by category, equal to the rules of one customer (SCO-06)."""

from collections.abc import Iterator

import duckdb
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from ritorno.core.customer import Customer, Order
from ritorno.core.events import Line, SoldVia
from ritorno.core.ids import CustomerId, EventId
from ritorno.core.instants import DAY, Instant, days
from ritorno.core.scores.cuts import Scheme
from ritorno.core.view import view_of
from ritorno.testing import JERUSALEM, at, shop
from ritorno.whole.fit_cuts import NoBuyersError, fit_category
from ritorno.whole.orders import OrdersError
from ritorno.whole.rfm import score_everyone

NOW = at("2026-03-01T10:00")
Row = tuple[int, Instant, int, list[str]]
SCHEMA = pa.schema(
    [("customer_id", pa.int64()), ("occurred_at", pa.int64()), ("net", pa.int64()), ("counts", pa.bool_()),
     ("sold_via", pa.string()), ("branch", pa.string()), ("categories", pa.list_(pa.string()))]
)  # fmt: skip
SCHEME = Scheme(window=days(60), by_category={"it's": (days(5), days(20)), "קפסולות": (days(10), days(25))})


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(config={"threads": 2}) as opened:
        yield opened


def relation(connection: duckdb.DuckDBPyConnection, rows: list[Row]) -> duckdb.DuckDBPyRelation:
    told = [(who, when, net, net > 0, "pos", "", categories) for who, when, net, categories in rows]
    columns = [list(column) for column in zip(*told, strict=True)] or [[] for _ in SCHEMA]
    return connection.from_arrow(pa.table(columns, schema=SCHEMA))


def one(who: int, rows: list[Row]) -> Customer:
    orders = [
        Order(when, "pos", str(n), net, net, SoldVia.POS, "", "ILS", 0, 0, False,
              tuple(Line(f"S{each}", category=each) for each in categories), when, EventId(n))
        for n, (_, when, net, categories) in enumerate(row for row in rows if row[0] == who)
    ]  # fmt: skip
    return Customer(CustomerId(who), orders=sorted(orders, key=lambda each: (each.occurred_at, each.key)))


bought = st.lists(
    st.tuples(
        st.integers(1, 3),
        st.integers(0, 70).map(lambda ago: Instant(NOW - ago * DAY)),
        st.sampled_from([0, 10_000]),
        st.lists(st.sampled_from(["it's", "קפסולות", "machines", ""]), max_size=3),
    ),
    max_size=12,
)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(bought)
def test_sco_06_the_reading_of_everyone_equals_the_rules_of_one(
    connection: duckdb.DuckDBPyConnection, rows: list[Row]
) -> None:
    plan = replace(shop(), scheme=SCHEME)
    read = score_everyone(relation(connection, rows), SCHEME, NOW, JERUSALEM).project("customer_id, r, f, m").fetchall()
    cells = {who: view_of(one(who, rows), plan, NOW).scores.cell for who in {row[0] for row in rows}}
    assert {who: 100 * r + 10 * f + m for who, r, f, m in read} == {who: cell for who, cell in cells.items() if cell}


def test_a_table_without_categories_is_refused_by_its_column(connection: duckdb.DuckDBPyConnection) -> None:
    orders = relation(connection, []).project("* EXCLUDE categories")
    with pytest.raises(OrdersError, match=r"categories is missing.*categories VARCHAR\[\]"):
        score_everyone(orders, SCHEME, NOW, JERUSALEM)
    score_everyone(orders, Scheme(), NOW, JERUSALEM)


def every(gap: int, customers: int, category: str, first: int = 0) -> list[Row]:
    return [
        (first + who, Instant(NOW - (1 + nth * gap) * DAY), 9_000, [category])
        for who in range(customers)
        for nth in range(3)
    ]


def test_sco_06_a_category_is_fitted_from_its_own_gaps(connection: duckdb.DuckDBPyConnection) -> None:
    """science.md: 1.5 × the median of customers' median gaps, 1.5 × their 90th percentile."""
    orders = relation(connection, [*every(20, 90, "capsules"), *every(40, 20, "capsules", 90), *every(200, 120, "m")])
    fitted = fit_category(orders, "capsules", NOW, JERUSALEM)
    assert (fitted.customers, fitted.repeat_customers, fitted.gap_median, fitted.gap_p90) == (110, 110, 20, 40)
    assert fitted.recency == (days(30), days(60))
    few = fit_category(relation(connection, every(20, 99, "capsules")), "capsules", NOW, JERUSALEM)
    assert few.recency == (days(40), days(90))
    with pytest.raises(NoBuyersError, match="nobody has bought anything of 'tea'; of these: m, capsules"):
        fit_category(orders, "tea", NOW, JERUSALEM)
