"""The products of a message's galleries, from the catalogue, the model and what the customer did."""

from datetime import date
from typing import Any

import psycopg
import pytest
from msgspec.structs import replace

from ritorno.core.catalogue import Catalogue
from ritorno.core.catalogue import Product as Known
from ritorno.core.customer import About
from ritorno.core.events import Custom, Line
from ritorno.core.instants import DAY, Instant
from ritorno.core.messages.blocks import Tile
from ritorno.core.plan import Plan
from ritorno.store import affinity, products
from ritorno.store.products import Product
from ritorno.store.transaction import transaction
from ritorno.testing import Person, at
from ritorno.whole.affinity import Affinity, Shape
from ritorno.whole.affinity_fit import fit
from ritorno.whole.affinity_packed import pack
from ritorno.work.block_products import GALLERIES, products_for
from ritorno.work.shelves import KEPT

NOW = at("2026-03-01T10:00")
LATER = Instant(NOW + KEPT)
SKUS = {
    "M": "machines", "C1": "capsules", "C2": "capsules", "C3": "capsules", "K1": "cups", "K2": "cups", "H1": "hosting",
    "TV": "tv", "SHOE": "shoes", "S1": "socks", "S2": "socks", "VIT": "vitamins", "SYRUP": "syrups", "FREE": "syrups",
    "PADS": "pads", "N1": "new", "N2": "new",
}  # fmt: skip
RELATIONS: dict[str, dict[str, Any]] = {
    "M": {"complements": ["capsules", "cups", "H1"]},
    "SHOE": {"fits": "socks", "complements": "K1"},
    "VIT": {"excludes": "SYRUP", "fits": ["FREE", "pads", "tv"]},
    "PADS": {"sensitive": True},
}


class Store:
    """A catalogue, sales, and a model learnt from what buyers did."""

    def __init__(self, connection: psycopg.Connection, plan: Plan) -> None:
        self.connection = connection
        kinds = {sku: Known(sku, f"name of {sku}", kind, consumable=kind == "capsules") for sku, kind in SKUS.items()}
        kinds["PADS"] = replace(kinds["PADS"], sensitive=True)
        self.plan = replace(plan, catalogue=Catalogue(kinds))
        self.stock()

    def stock(self, **out: bool) -> None:
        told = [
            Product(sku, f"name of {sku}", kind, 1_000, not out.get(sku, False),
                    at("2026-02-20") if kind == "new" else at("2020-01-01"), f"https://s/{sku}", f"https://s/{sku}.jpg",
                    RELATIONS.get(sku, {}))
            for sku, kind in SKUS.items()
        ]  # fmt: skip
        with transaction(self.connection):
            products.keep(self.connection, self.plan.brand.id, told)

    def sold(self, **units: int) -> None:
        for sku, many in units.items():
            told = (self.plan.brand.id, date(2026, 2, 20), sku, many)
            self.connection.execute("INSERT INTO sale (brand_id, day, sku, units) VALUES (%s, %s, %s, %s)", told)

    def learnt(self, model: Affinity) -> None:
        with transaction(self.connection):
            affinity.put(self.connection, self.plan.brand.id, "affinity", NOW, {}, pack(model))

    def person(self, *bought: str) -> Person:
        person = Person(self.plan)
        return person.buys("2026-02-01T10:00", 90, order="first", lines=tuple(map(Line, bought))) if bought else person

    def tiles(
        self, person: Person, name: str, about: About | None = None, now: Instant = NOW, most: int = 6
    ) -> tuple[Tile, ...]:
        found = products_for(self.connection, self.plan, person.customer, about or About(), [name], now, most)
        assert list(found) == [name]
        return found[name]

    def shown(
        self, person: Person, name: str, about: About | None = None, now: Instant = NOW, most: int = 6
    ) -> list[str]:
        return [tile.sku for tile in self.tiles(person, name, about, now, most)]


@pytest.fixture
def store(connection: psycopg.Connection, plan: Plan) -> Store:
    return Store(connection, plan)


def views(person: Person, *looks: tuple[str, str]) -> Person:
    for when, sku in looks:
        person.does(Custom("product_viewed", {"sku": sku, "category": SKUS[sku]}), when)
    return person


def coffee() -> Affinity:
    """Of 20 buyers of the machine 12 bought capsules, 8 cups, one a television."""
    lines = [(who, "M", 9) for who in range(20)] + [(who, "C1", 8) for who in range(12)]
    lines += [(who, "K1", 7) for who in range(12, 20)] + [(0, "TV", 6)] + [(who, "SHOE", 9) for who in range(20, 60)]
    who, items, ages = (list(column) for column in zip(*lines, strict=True))
    return fit(who, items, [NOW - age * DAY for age in ages], [1] * len(lines), NOW, Shape(least=1))


def test_pb3_06_a_buyer_of_the_machine_sees_what_its_buyers_bought_and_why(store: Store) -> None:
    store.learnt(coffee())
    tiles = store.tiles(store.person("M"), "similar_customers", About(sku="M"))
    assert [tile.sku for tile in tiles[:2]] == ["C1", "K1"]
    assert tiles[0].why.en == "Bought by 60% of name of M buyers"
    assert tiles[0].why.he == "נקנה על ידי 60% מקוני name of M"
    assert tiles[1].why.en == "Bought by 40% of name of M buyers"
    assert "M" not in {tile.sku for tile in tiles}
    assert tiles[0] == Tile("C1", "name of C1", 1_000, "https://s/C1.jpg", "https://s/C1", tiles[0].why)


def test_pb3_06_what_is_out_of_stock_in_this_instant_is_not_shown(store: Store) -> None:
    store.learnt(coffee())
    assert store.shown(store.person("M"), "similar_customers")[0] == "C1"
    store.stock(C1=True)
    assert store.shown(store.person("M"), "similar_customers")[0] == "K1"


def test_without_a_model_there_is_nobody_alike(store: Store) -> None:
    assert store.shown(store.person("M"), "similar_customers") == []


def test_whoever_bought_nothing_known_sees_best_sellers_and_is_told_so(store: Store) -> None:
    store.learnt(coffee())
    tiles = store.tiles(store.person(), "similar_customers")
    assert tiles[0].sku == "SHOE"
    assert tiles[0].why.en == "A best seller"


def test_a_model_that_cannot_be_read_leaves_the_one_before(store: Store) -> None:
    store.learnt(coffee())
    before = store.shown(store.person("M"), "similar_customers")
    with transaction(store.connection):
        affinity.put(store.connection, store.plan.brand.id, "affinity", NOW, {}, b"broken")
    assert store.shown(store.person("M"), "similar_customers") == before


def test_a_new_model_serves_at_once(store: Store) -> None:
    store.learnt(coffee())
    assert store.shown(store.person("M"), "similar_customers")[0] == "C1"
    lines = [(who, sku) for who in range(9) for sku in ("M", "S1")]
    who, items = (list(column) for column in zip(*lines, strict=True))
    store.learnt(fit(who, items, [NOW - DAY] * len(lines), [1] * len(lines), NOW, Shape(least=1)))
    assert store.shown(store.person("M"), "similar_customers") == ["S1"]


def test_pb3_07_every_tile_completes_what_was_bought(store: Store) -> None:
    store.learnt(coffee())
    store.sold(C2=9, C1=5, C3=1, K2=4, TV=99)
    tiles = store.tiles(store.person("M"), "complements", About(sku="M"))
    assert [tile.sku for tile in tiles] == ["C2", "K2", "H1", "C1", "K1", "C3"]
    assert {SKUS[tile.sku] for tile in tiles} == {"capsules", "cups", "hosting"}
    assert all(tile.url.startswith("https://s/") and tile.url != "/" for tile in tiles)
    assert tiles[0].why.en == "Completes name of M"


def test_pb3_08_one_of_two_is_used_up_and_one_stays(store: Store) -> None:
    store.stock(H1=True)
    assert store.shown(store.person("M"), "complements", most=2) == ["C1", "K1"]
    store.stock(K1=True, K2=True)
    assert store.shown(store.person("M"), "complements", most=2) == ["C1", "H1"]
    store.stock(K1=True, K2=True, H1=True)
    assert store.shown(store.person("M"), "complements", most=2) == ["C1", "C2"]


def test_where_nothing_is_declared_complements_are_learnt(store: Store) -> None:
    lines = [(who, sku) for who in range(40) for sku in ("TV", "H1")] + [(who, "K1") for who in range(40, 90)]
    who, items = (list(column) for column in zip(*lines, strict=True))
    store.learnt(fit(who, items, [NOW - DAY] * len(lines), [1] * len(lines), NOW, Shape(least=1)))
    tiles = store.tiles(store.person("TV"), "complements", About(order="shop\x00first"))
    assert [(tile.sku, tile.why.en) for tile in tiles] == [("H1", "Often bought with name of TV")]


def test_pb4_06_com_19_shoes_are_matched_by_socks_never_by_what_is_owned(store: Store) -> None:
    tiles = store.tiles(store.person("SHOE"), "match", About(category="shoes"))
    assert [tile.sku for tile in tiles] == ["S1", "S2", "K1"]
    assert tiles[0].why.en == "Matches name of SHOE"
    assert store.shown(store.person("SHOE", "S1"), "match", About(sku="SHOE")) == ["S2", "K1"]
    assert store.shown(store.person("SHOE"), "match", About(category="machines")) == []


def test_com_14_owners_of_vitamins_never_see_syrup_though_it_sells_best(store: Store) -> None:
    store.sold(SYRUP=500, VIT=9, FREE=5)
    assert store.shown(store.person("TV"), "best_sellers") == ["SYRUP", "VIT", "FREE"]
    assert store.shown(store.person("VIT"), "best_sellers") == ["FREE"]
    looked = views(store.person("VIT"), ("2026-02-20T10:00", "SYRUP"))
    assert store.shown(looked, "recently_viewed") == []


def test_com_13_the_category_never_seen_comes_first_and_nothing_sensitive(store: Store) -> None:
    person = views(store.person("VIT"), ("2026-02-20T10:00", "TV"))
    assert store.shown(person, "upsell") == ["TV"], "pads are sensitive"
    store.connection.execute("UPDATE product SET traits = traits - 'sensitive' WHERE sku = 'PADS'")
    tiles = store.tiles(person, "upsell", now=LATER)
    assert [tile.sku for tile in tiles] == ["PADS", "TV"]
    assert tiles[0].why.en == "New to you: pads"


def test_com_12_with_an_open_return_nothing_more_is_offered(store: Store) -> None:
    person = store.person("VIT")
    assert store.shown(person, "upsell") == ["TV"]
    assert store.shown(person.is_told("2026-02-25", open_return=True), "upsell") == []


def test_com_13_where_nothing_is_declared_unknown_categories_are_learnt(store: Store) -> None:
    store.learnt(coffee())
    person = views(store.person("M", "K2"), ("2026-02-20T10:00", "C3"))
    found = store.shown(person, "upsell")
    assert set(found) == {"TV", "SHOE", "C1"}
    assert found[-1] == "C1", "capsules were looked at"


def test_pb3_10_viewed_and_not_bought_the_latest_first(store: Store) -> None:
    person = views(
        store.person("K1"), ("2026-02-27T10:00", "S1"), ("2026-02-28T10:00", "K2"), ("2026-02-28T11:00", "S1"),
        ("2026-03-01T09:00", "K1"),
    )  # fmt: skip
    assert store.shown(person, "recently_viewed") == ["S1", "K2"]
    assert store.shown(store.person("K1"), "recently_viewed") == []


def test_pb2_10_new_and_neither_viewed_nor_bought(store: Store) -> None:
    assert store.shown(store.person("M"), "new_and_unseen") == ["N1", "N2"]
    assert store.shown(views(store.person("M"), ("2026-02-27T10:00", "N1")), "new_and_unseen") == ["N2"]
    assert store.shown(store.person("N2"), "new_and_unseen") == ["N1"]


def test_pb2_11_six_at_most(store: Store) -> None:
    store.sold(**dict.fromkeys(SKUS, 1))
    assert len(store.shown(store.person(), "best_sellers")) == 6


def test_what_sells_best_is_asked_once_in_ten_minutes_but_stock_every_time(store: Store) -> None:
    store.sold(TV=5)
    assert store.shown(store.person("M"), "best_sellers") == ["TV"]
    store.sold(K1=50)
    assert store.shown(store.person("M"), "best_sellers") == ["TV"]
    assert store.shown(store.person("M"), "best_sellers", now=LATER) == ["K1", "TV"]
    store.stock(K1=True)
    assert store.shown(store.person("M"), "best_sellers", now=LATER) == ["TV"]


def test_every_gallery_of_a_shop_without_a_catalogue_is_empty(connection: psycopg.Connection, plan: Plan) -> None:
    person = Person(plan).buys("2026-02-01T10:00", 90, lines=(Line("M"),))
    assert products_for(connection, plan, person.customer, About(), list(GALLERIES), NOW) == dict.fromkeys(
        GALLERIES, ()
    )
    assert products_for(connection, plan, person.customer, About(), [], NOW) == {}


def test_a_gallery_that_is_none_is_refused_with_those_there_are(connection: psycopg.Connection, plan: Plan) -> None:
    with pytest.raises(ValueError, match="there is no gallery 'populer'; there are: similar_customers, complements"):
        products_for(connection, plan, Person(plan).customer, About(), ["populer"], NOW)
