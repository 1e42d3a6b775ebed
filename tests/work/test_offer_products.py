"""A customer's block of products, from the lake's orders to what is shown (PB2-10, PB2-11, COM-14)."""

from pathlib import Path

import psycopg
import pytest
from msgspec.structs import replace

from ritorno.core.customer import Customer
from ritorno.core.events import Custom, Line
from ritorno.core.offering import Article, Goods, GoodsRule
from ritorno.core.plan import Plan
from ritorno.testing import Person, at
from ritorno.whole.affinity import Affinity, Because, Shape, fit
from ritorno.whole.affinity_file import NoAffinity, read
from ritorno.whole.affinity_quality import BEST_SELLERS
from ritorno.whole.manifest import NoLake
from ritorno.work.fit_affinity import affinity_path, fit_affinity
from ritorno.work.offer_products import offer_products
from tests.work.lakes import Beside

pytestmark = pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning")
NOW = at("2026-03-01T10:00")
EXCLUDES = GoodsRule(Goods("sku", "vitamins"), "excludes", Goods("sku", "syrup"))


def buyer(plan: Plan, number: int, *skus: str, when: str = "2026-02-01T10:00") -> Person:
    person = Person(plan, phone=f"05212{number:05d}", email="", number=number)
    return person.buys(when, 90, lines=tuple(Line(sku) for sku in skus))


def stock(*skus: str) -> dict[str, Article]:
    return {sku: Article(sku) for sku in skus}


def many(*skus: str) -> Affinity:
    """A model that goes by sales, where the earlier of these items were bought by more."""
    lines = [(who, sku) for place, sku in enumerate(skus) for who in range(20 + len(skus) - place)]
    who, items = (list(column) for column in zip(*lines, strict=True))
    by_sales = Shape(least=1, new=BEST_SELLERS, again=replace(BEST_SELLERS, own=2.0))
    return fit(who, items, [NOW - 1] * len(lines), [1] * len(lines), NOW, by_sales)


def shown(customer: Customer, catalogue: dict[str, Article], *, most: int = 6, **how: bool) -> list[str]:
    model = many("syrup", "vitamins", "tea", "gone", "cups")
    return [one.sku for one in offer_products(model, customer, catalogue, (EXCLUDES,), NOW, most, **how)]


def test_com_14_owners_of_vitamins_never_see_syrup_though_it_sells_best(plan: Plan) -> None:
    catalogue = stock("syrup", "vitamins", "tea", "cups") | {"gone": Article("gone", in_stock=False)}
    assert shown(buyer(plan, 1, "vitamins").customer, catalogue) == ["tea", "cups"]
    assert shown(buyer(plan, 2, "cups").customer, catalogue) == ["syrup", "vitamins", "tea"]
    assert shown(buyer(plan, 1, "vitamins").customer, catalogue, again=True) == ["vitamins", "tea", "cups"]


def test_pb2_10_what_was_looked_at_is_left_out_where_only_the_unseen_is_wanted(plan: Plan) -> None:
    person = buyer(plan, 1, "cups").does(Custom("product_viewed", {"sku": "tea"}), "2026-02-02T10:00")
    assert shown(person.customer, stock("syrup", "vitamins", "tea"), unseen=True) == ["syrup", "vitamins"]
    assert shown(person.customer, stock("syrup", "vitamins", "tea"), most=1) == ["syrup"]
    assert shown(person.customer, stock("syrup"), most=0) == []


def test_where_most_of_what_ranks_high_is_sold_out_the_block_is_filled_from_below(plan: Plan) -> None:
    names = [f"s{number:03}" for number in range(400)]
    left = stock(names[-2], names[-1])
    found = offer_products(many(*names), buyer(plan, 1, "x").customer, left, (), NOW, 2)
    assert [one.sku for one in found] == names[-2:]


def test_what_the_lake_knows_is_learnt_written_and_recommended(connection: psycopg.Connection, tmp_path: Path) -> None:
    beside = Beside(connection, tmp_path / "lake")
    plan = beside.plan
    people = [buyer(plan, number, "machine", "capsules") for number in range(1, 8)]
    people += [buyer(plan, number, "shoes", "") for number in range(8, 14)]
    beside.save(*(each.customer for each in people))
    beside.keep()
    measured = fit_affinity(beside.url, tmp_path, plan, NOW)
    assert measured.few
    model = read(affinity_path(tmp_path, plan.brand.id))
    assert model.items.tolist() == ["capsules", "machine", "shoes"]
    asked = buyer(plan, 20, "machine").customer
    first = offer_products(model, asked, stock("capsules", "machine", "shoes"), (), NOW)[0]
    assert (first.sku, first.because) == ("capsules", Because("similar_customers"))


def test_without_a_lake_nothing_is_learnt_and_nothing_replaced(plan: Plan, tmp_path: Path) -> None:
    with pytest.raises(NoLake):
        fit_affinity(str(tmp_path / "none"), tmp_path, plan, NOW)
    with pytest.raises(NoAffinity):
        read(affinity_path(tmp_path, plan.brand.id))
