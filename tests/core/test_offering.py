"""What is offered is in stock, not owned, not sensitive and excluded by nothing owned (COM-12, COM-13, COM-14)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritorno.core.catalogue import Catalogue, Product
from ritorno.core.events import Custom, Line
from ritorno.core.offering import (
    Article,
    Goods,
    GoodsRule,
    Refusal,
    Shelf,
    Standing,
    Unsuited,
    Why,
    discovery,
    excluded_among,
    fits,
    offered,
    refusal,
    shelf_of,
    upsell,
)
from ritorno.testing import Person, shop

VITAMINS = Goods("sku", "diabetes-vitamins")
SYRUP, SUGAR_FREE = Article("syrup", "sweets"), Article("sugar-free", "sweets")
NO_SYRUP = GoodsRule(VITAMINS, "excludes", Goods("sku", "syrup"))
RATHER = GoodsRule(VITAMINS, "fits", Goods("sku", "sugar-free"))
RULES = (NO_SYRUP, RATHER)
DIABETIC = Shelf(owned=frozenset({"diabetes-vitamins"}), owned_categories=frozenset({"vitamins"}))
CATALOGUE = {one.sku: one for one in (SYRUP, SUGAR_FREE, Article("diabetes-vitamins", "vitamins"), Article("tea"))}


def test_com_14_vitamins_for_diabetics_exclude_syrup_even_where_it_sells_best() -> None:
    best_sellers = ["syrup", "sugar-free", "tea"]
    assert offered(best_sellers, CATALOGUE, DIABETIC, RULES, 6) == ["sugar-free", "tea"]
    assert offered(best_sellers, CATALOGUE, Shelf(), RULES, 6) == best_sellers
    assert refusal(SYRUP, DIABETIC, RULES) == Refusal(Why.EXCLUDED, NO_SYRUP)


def test_com_14_owners_of_vitamins_are_suited_by_what_is_sugar_free() -> None:
    assert fits(SUGAR_FREE, DIABETIC, RULES)
    assert not fits(SUGAR_FREE, Shelf(), RULES)
    assert not fits(SYRUP, DIABETIC, RULES)


def test_com_14_what_one_rule_excludes_no_other_makes_fit() -> None:
    both = (*RULES, GoodsRule(VITAMINS, "excludes", Goods("category", "sweets")))
    assert not fits(SUGAR_FREE, DIABETIC, both)
    assert offered(["sugar-free"], CATALOGUE, DIABETIC, both, 6) == []


def test_com_14_aimed_by_hand_the_warning_counts_whom_it_is_not_for() -> None:
    assert excluded_among(SYRUP, [DIABETIC, Shelf(), DIABETIC], RULES) == 2


def test_com_14_a_rule_says_nothing_the_other_way_round() -> None:
    owner_of_syrup = Shelf(owned=frozenset({"syrup"}), owned_categories=frozenset({"sweets"}))
    assert offered(["diabetes-vitamins"], CATALOGUE, owner_of_syrup, RULES, 6) == ["diabetes-vitamins"]


@pytest.mark.parametrize(
    ("article", "why"),
    [
        (None, Why.UNKNOWN),
        (Article("tea", in_stock=False), Why.OUT_OF_STOCK),
        (Article("pads", sensitive=True), Why.SENSITIVE),
        (Article("diabetes-vitamins"), Why.OWNED),
    ],
)
def test_what_is_not_offered_says_why(article: Article | None, why: Why) -> None:
    assert refusal(article, DIABETIC, RULES) == Refusal(why)


def test_to_be_bought_again_what_is_owned_is_offered() -> None:
    assert offered(["diabetes-vitamins"], CATALOGUE, DIABETIC, RULES, 6) == []
    assert offered(["diabetes-vitamins"], CATALOGUE, DIABETIC, RULES, 6, again=True) == ["diabetes-vitamins"]


def test_fewer_than_none_cannot_be_shown() -> None:
    with pytest.raises(ValueError, match="most is -1; give the number of products"):
        offered([], {}, Shelf(), (), -1)


SENIORS = GoodsRule(Goods("category", "walkers"), "fits", Goods("category", "clothing"))
BATH = GoodsRule(Goods("category", "walkers"), "fits", Goods("category", "bath"))
OWNER = Shelf(owned=frozenset({"w1"}), owned_categories=frozenset({"walkers"}))


def test_com_12_a_buyer_without_clothing_is_offered_clothing() -> None:
    found = upsell(OWNER, Standing(), (SENIORS,))
    assert found.may_offer
    assert found.categories == ("clothing",)


def test_com_12_with_a_return_open_nothing_is_offered_and_the_reason_is_told() -> None:
    found = upsell(OWNER, Standing(open_return=True), (SENIORS,))
    assert not found.may_offer
    assert found.reasons == (Unsuited.OPEN_RETURN,)


def test_com_12_every_reason_is_told_at_once() -> None:
    found = upsell(OWNER, Standing(False, True, True, True), (SENIORS,))
    assert found.reasons == tuple(Unsuited)


def test_com_12_whoever_has_bought_of_everything_suitable_is_offered_nothing() -> None:
    everything = OWNER._replace(owned_categories=frozenset({"walkers", "clothing"}))
    assert not upsell(everything, Standing(), (SENIORS,)).may_offer


def test_com_13_what_was_never_seen_comes_before_what_was_looked_at() -> None:
    looked = OWNER._replace(seen_categories=frozenset({"bath"}))
    assert discovery(looked, (SENIORS, BATH)) == ["clothing", "bath"]
    assert discovery(OWNER, (SENIORS, BATH)) == ["bath", "clothing"]


def test_com_13_a_category_that_is_excluded_is_not_discovered_and_single_products_are_no_category() -> None:
    never = GoodsRule(Goods("sku", "w1"), "excludes", Goods("category", "bath"))
    single = GoodsRule(Goods("sku", "w1"), "fits", Goods("sku", "b7"))
    assert discovery(OWNER, (SENIORS, BATH, never, single)) == ["clothing"]


def test_what_a_customer_has_is_read_from_orders_that_count_and_from_views() -> None:
    person = Person(shop())
    person.buys("2026-01-01T10:00", 90, lines=(Line("cup", category="cups"), Line(""), Line("back", quantity=-1)))
    person.buys("2026-01-02T10:00", 90, lines=(Line("lid"),), cancelled=True)
    person.does(Custom("product_viewed", {"sku": "tea", "category": "drinks"}), "2026-01-03T10:00")
    person.does(Custom("product_viewed", {}), "2026-01-03T11:00")
    person.does(Custom("searched", {"sku": "sugar"}), "2026-01-03T12:00")
    assert shelf_of(person.customer) == Shelf(
        frozenset({"cup"}), frozenset({"cups"}), frozenset({"tea"}), frozenset({"drinks"})
    )


names = st.sampled_from("abcdef")
kinds = st.sampled_from("UVW")
goods = st.builds(Goods, st.just("sku"), names) | st.builds(Goods, st.just("category"), kinds)
rules_made = st.lists(st.builds(GoodsRule, goods, st.sampled_from(["excludes", "fits"]), goods), max_size=6)
articles = st.builds(Article, names, kinds, st.booleans(), st.booleans())
shelves = st.builds(
    Shelf, st.frozensets(names), st.frozensets(kinds), st.frozensets(names), st.frozensets(kinds)
)  # fmt: skip


@given(
    st.lists(names), st.lists(articles, unique_by=lambda one: one.sku), shelves, rules_made,
    st.integers(0, 5), st.booleans(),
)  # fmt: skip
def test_com_14_nothing_excluded_owned_out_of_stock_or_sensitive_is_ever_offered(
    candidates: list[str], articles: list[Article], shelf: Shelf, rules: list[GoodsRule], most: int, again: bool
) -> None:
    catalogue = {one.sku: one for one in articles}
    shown = offered(candidates, catalogue, shelf, rules, most, again=again)

    def may_be_shown(sku: str) -> bool:
        one = catalogue.get(sku)
        if one is None or one.sensitive or not one.in_stock or (sku in shelf.owned and not again):
            return False
        told = {("sku", name) for name in shelf.owned} | {("category", name) for name in shelf.owned_categories}
        against = [rule.other for rule in rules if rule.says == "excludes" and (rule.owned.by, rule.owned.name) in told]
        return Goods("sku", sku) not in against and Goods("category", one.category) not in against

    assert shown == [sku for sku in dict.fromkeys(candidates) if may_be_shown(sku)][:most]


def test_what_the_order_told_no_category_of_is_of_that_which_the_catalogue_says() -> None:
    person = Person(shop()).buys("2026-02-01T10:00", 90, lines=(Line("M"), Line("X", category="old")))
    person.does(Custom("product_viewed", {"sku": "C"}), "2026-02-02T10:00")
    catalogue = Catalogue({"M": Product("M", category="machines"), "C": Product("C", category="capsules")})
    shelf = shelf_of(person.customer, catalogue)
    assert shelf.owned_categories == {"machines", "old"}
    assert shelf.seen_categories == {"capsules"}
