"""What is measured of recommendations, and whom a shop listens to by its own past."""

import math
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from ritorno.core.instants import DAY, Instant
from ritorno.whole.affinity import Bought, Shape
from ritorno.whole.affinity_fit import fit
from ritorno.whole.affinity_quality import Case, Lines, after, fit_measured, gain, last_baskets, quality

_ONLINE_RETAIL = """
    WITH told AS (SELECT * FROM read_parquet($path)), line AS (
        SELECT CustomerID::BIGINT AS who, StockCode AS item, Quantity::DOUBLE AS units,
            epoch_us(min(InvoiceDate) OVER (PARTITION BY Invoice)) AS moment
        FROM told WHERE CustomerID IS NOT NULL AND Quantity > 0 AND NOT starts_with(Invoice, 'C')
            AND regexp_full_match(StockCode, '[0-9]{5}[A-Za-z]*') AND NOT (sheet = '2009-2010'
            AND InvoiceDate >= (SELECT min(InvoiceDate) FROM told WHERE sheet = '2010-2011'))
    ), bought AS (SELECT DISTINCT who, moment, item FROM line)
    SELECT * FROM line WHERE item IN (SELECT item FROM bought GROUP BY item HAVING count(*) >= 5)
"""
NOW = Instant(1_000 * DAY)
ANY = Shape(least=1)


def lines(*rows: tuple[int, str, int]) -> Lines:
    """Rows (customer, sku, days ago)."""
    who, skus, ago = zip(*rows, strict=True)
    at = NOW - np.array(ago, np.int64) * DAY
    return Lines(np.array(who, np.int64), pa.array(skus), at, np.ones(len(rows)))


def test_a_hit_in_the_first_place_is_worth_more_than_in_the_second() -> None:
    assert gain(["a", "b"], frozenset("a"), 10) == 1.0
    assert gain(["b", "a"], frozenset("a"), 10) == pytest.approx(1 / math.log2(3))
    assert gain(["x", "b", "a"], frozenset("a"), 2) == 0.0
    assert gain(["a"], frozenset(), 10) == 0.0


def test_as_many_hits_as_fit_in_are_the_best_that_is_possible() -> None:
    assert gain(["a", "b"], frozenset("abcd"), 2) == pytest.approx(1.0)


def test_wanted_is_what_is_bought_for_the_first_time_after_the_cut_by_whoever_bought_thrice_before() -> None:
    told = lines(
        (1, "a", 90), (1, "b", 80), (1, "a", 70), (1, "a", 5), (1, "new", 4),
        (2, "a", 90), (2, "b", 80), (2, "new", 4),
        (3, "a", 90), (3, "b", 80), (3, "c", 70), (3, "c", 4),
    )  # fmt: skip
    cut = Instant(NOW - 30 * DAY)
    past, cases = after(told, cut)
    assert len(past.customers) == 8
    assert [(case.customer, case.at, case.wanted) for case in cases] == [(1, cut, frozenset({"new"}))]
    assert [one.sku for one in cases[0].owned] == ["a", "b", "a"]


def test_the_last_basket_is_wanted_also_what_was_bought_before() -> None:
    told = lines((1, "a", 9), (1, "b", 8), (1, "a", 7), (1, "c", 7), (2, "a", 9), (2, "b", 1))
    past, cases = last_baskets(told)
    assert len(past.customers) == 4
    assert cases == [
        Case(1, Instant(NOW - 7 * DAY), (Bought("a", Instant(NOW - 9 * DAY)), Bought("b", Instant(NOW - 8 * DAY))),
             frozenset({"a", "c"}))
    ]  # fmt: skip


def test_what_the_model_never_saw_is_not_held_against_it() -> None:
    model = fit(*lines((1, "a", 9), (2, "b", 9)), NOW, ANY)
    asked = [Case(1, NOW, (Bought("a", NOW),), frozenset({"b", "unseen"})), Case(2, NOW, (), frozenset({"unseen"}))]
    found = quality(model, asked)
    assert (found.customers, found.hit_rate, found.ndcg) == (1, 1.0, 1.0)
    assert quality(model, []).customers == 0


def shop(*, alike: bool) -> Lines:
    """120 customers in twelve crowds. Each buys thrice of its crowd's ten items before the last month, and in it the
    next of them (`alike`), or another of ten that everybody buys of late but nobody of its crowd did."""
    rows = []
    for who in range(120):
        crowd, place = who % 12, who // 12
        for turn in range(6):
            rows.append((who, f"crowd {crowd:02} item {(place + turn) % 10}", 100 - turn * 10 - place))
        if not alike:
            rows.append((who, f"hit {who % 10}", 32))
        late = f"crowd {crowd:02} item {(place + 6) % 10}" if alike else f"hit {(who + 5) % 10}"
        rows.append((who, late, 3))
    return lines(*rows)


def test_a_shop_whose_customers_are_alike_in_crowds_listens_to_similar_customers() -> None:
    model, told = fit_measured(shop(alike=True), NOW, ANY)
    assert (told.uses, told.few) == ("similar_customers", False)
    assert told.similar_customers.ndcg > told.best_sellers.ndcg
    assert model.shape.new.similar > 0


def test_a_shop_where_best_sellers_find_more_recommends_them_and_says_so() -> None:
    model, told = fit_measured(shop(alike=False), NOW, ANY)
    assert (told.uses, told.few) == ("best_sellers", False)
    assert told.similar_customers.ndcg < told.best_sellers.ndcg
    assert model.shape.new.similar == 0


def test_too_few_customers_say_nothing() -> None:
    _, told = fit_measured(lines((1, "a", 90), (1, "b", 1), (2, "a", 3)), NOW, ANY)
    assert (told.uses, told.few) == ("similar_customers", True)


@pytest.mark.shared
def test_on_a_real_shop_similar_customers_find_what_science_asks_for(shared_folder: Path) -> None:
    """science, "Recommendation": Online Retail II, its last 90 days, new items only."""
    with duckdb.connect() as db:
        path = str(shared_folder / "data/online_retail_ii.parquet")
        table = db.sql(_ONLINE_RETAIL, params={"path": path}).to_arrow_table()
    who, item, moment, units = (table.column(name).combine_chunks() for name in ("who", "item", "moment", "units"))
    told = Lines(who.to_numpy(), item, moment.to_numpy(), units.to_numpy())
    cut = Instant(int(told.instants.max()) - 90 * DAY)
    past, cases = after(told, cut)
    found = quality(fit(*past, cut), cases)
    assert found.ndcg >= 0.0800
    assert found.hit_rate >= 0.391
