"""What may be offered to whom: in stock, not owned, not sensitive, never what something owned excludes (COM-12 to 14).

Everything that proposes products (blocks, galleries, journeys, broadcasts) ranks as it likes and asks here at the end:

    candidates, the best first → refusal() of each → those that stay, at most so many

A rule says of owners of something (a sku, or anything of a category) that something else is not for them (`excludes`)
or suits them (`fits`). It says nothing the other way round. Where one rule excludes and another fits, it is excluded.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from enum import StrEnum
from typing import Literal, NamedTuple

import msgspec

from ritorno.core.catalogue import EMPTY, Catalogue
from ritorno.core.customer import Customer
from ritorno.core.interests import VIEWED


class Goods(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One product by its sku, or everything of a category."""

    by: Literal["sku", "category"]
    name: str


class GoodsRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Owners of `owned`: `other` is not for them, or suits them."""

    owned: Goods
    says: Literal["excludes", "fits"]
    other: Goods


Exclusions = Mapping[Goods, GoodsRule]  # by what is excluded


class Article(msgspec.Struct, frozen=True):
    """What of a product decides whether it may be offered."""

    sku: str
    category: str = ""
    in_stock: bool = True
    sensitive: bool = False


class Shelf(NamedTuple):
    """What one customer has and has looked at. Categories stand apart from SKUs: what was bought long ago may be in no
    catalogue any more."""

    owned: frozenset[str] = frozenset()
    owned_categories: frozenset[str] = frozenset()
    seen: frozenset[str] = frozenset()
    seen_categories: frozenset[str] = frozenset()


class Why(StrEnum):
    """Why a product is not offered."""

    UNKNOWN = "unknown"  # not in the catalogue
    OUT_OF_STOCK = "out_of_stock"
    SENSITIVE = "sensitive"
    EXCLUDED = "excluded"
    OWNED = "owned"


class Refusal(NamedTuple):
    """`rule` is the one that excludes, None for every other reason."""

    why: Why
    rule: GoodsRule | None = None


class Unsuited(StrEnum):
    """Why a customer is offered nothing more at all, for now."""

    NO_CONSENT = "no_consent"
    OPEN_RETURN = "open_return"
    OPEN_COMPLAINT = "open_complaint"
    COOLING_DOWN = "cooling_down"


class Standing(NamedTuple):
    """What stands in the way of offering this customer more (COM-12)."""

    consented: bool = True
    open_return: bool = False
    open_complaint: bool = False
    cooling_down: bool = False


class Upsell(NamedTuple):
    """Suitable categories not yet bought, or every reason why none is offered."""

    categories: tuple[str, ...]
    reasons: tuple[Unsuited, ...]

    @property
    def may_offer(self) -> bool:
        return bool(self.categories)


def shelf_of(customer: Customer, catalogue: Catalogue = EMPTY) -> Shelf:
    """What is in orders that count, and what was looked at (events `product_viewed` with `sku` and `category`).

    Of a category is what was told so, or what the catalogue says so of now.
    """
    lines = [line for order in customer.orders if order.counts for line in order.lines if line.quantity > 0]
    looks = [done.properties for done in customer.did if done.name == VIEWED]
    owned = frozenset(line.sku for line in lines) - {""}
    seen = frozenset(str(told["sku"]) for told in looks if "sku" in told)
    return Shelf(
        owned,
        (frozenset(line.category for line in lines) | _categories(owned, catalogue)) - {""},
        seen,
        (frozenset(str(told["category"]) for told in looks if "category" in told) | _categories(seen, catalogue))
        - {""},
    )


def _categories(skus: Collection[str], catalogue: Catalogue) -> frozenset[str]:
    return frozenset(catalogue.product(sku).category for sku in skus)


def refusal(
    article: Article | None, shelf: Shelf, rules: Collection[GoodsRule], *, again: bool = False
) -> Refusal | None:
    """Why this customer is not offered it; None: it may be. With `again` also what is owned, but nothing excluded."""
    return refusal_by(article, shelf, exclusions(shelf, rules), again=again)


def exclusions(shelf: Shelf, rules: Iterable[GoodsRule]) -> Exclusions:
    """What is not for this customer, each with the first rule that says so: asked once, for many articles."""
    found: dict[Goods, GoodsRule] = {}
    for rule in _of_owner(rules, "excludes", shelf):
        found.setdefault(rule.other, rule)
    return found


def refusal_by(article: Article | None, shelf: Shelf, excluded: Exclusions, *, again: bool = False) -> Refusal | None:
    """The same, where the exclusions of this customer are known."""
    if article is None:
        return Refusal(Why.UNKNOWN)
    excluding = excluded.get(Goods("sku", article.sku)) or excluded.get(Goods("category", article.category))
    if excluding is not None:
        return Refusal(Why.EXCLUDED, excluding)
    if article.sensitive:
        return Refusal(Why.SENSITIVE)
    if not article.in_stock:
        return Refusal(Why.OUT_OF_STOCK)
    return Refusal(Why.OWNED) if article.sku in shelf.owned and not again else None


def offered(
    candidates: Iterable[str],
    catalogue: Mapping[str, Article],
    shelf: Shelf,
    rules: Collection[GoodsRule],
    most: int,
    *,
    again: bool = False,
) -> list[str]:
    """The first `most` of the candidates that may be offered, in their order, each once.

    Candidates are asked one after the other, and no further than needed. Raises ValueError for a negative `most`.
    """
    if most < 0:
        raise ValueError(f"most is {most}; give the number of products to show, 0 or more")
    excluded = exclusions(shelf, rules)
    kept: dict[str, None] = {}
    for sku in candidates:
        if len(kept) >= most:
            break
        if refusal_by(catalogue.get(sku), shelf, excluded, again=again) is None:
            kept[sku] = None
    return list(kept)


def fits(article: Article, shelf: Shelf, rules: Collection[GoodsRule]) -> bool:
    """Does something owned say that it suits, and nothing that it does not?"""
    return _first(rules, "fits", shelf, article) is not None and _first(rules, "excludes", shelf, article) is None


def excluded_among(article: Article, shelves: Iterable[Shelf], rules: Collection[GoodsRule]) -> int:
    """Of so many customers it is not for: the number that a warning names when it is aimed at them by hand (COM-14)."""
    return sum(_first(rules, "excludes", shelf, article) is not None for shelf in shelves)


def discovery(shelf: Shelf, rules: Collection[GoodsRule]) -> list[str]:
    """Categories that fit and were never bought: first those never seen, then those looked at, by name (COM-13)."""
    suited = {
        rule.other.name
        for rule in _of_owner(rules, "fits", shelf)
        if rule.other.by == "category" and rule.other.name not in shelf.owned_categories
    }
    excluded = {rule.other.name for rule in _of_owner(rules, "excludes", shelf) if rule.other.by == "category"}
    return sorted(suited - excluded, key=lambda name: (name in shelf.seen_categories, name))


def upsell(shelf: Shelf, standing: Standing, rules: Collection[GoodsRule]) -> Upsell:
    """May this customer be offered more, and of which categories? With a reason there are no categories (COM-12)."""
    stands = {
        Unsuited.NO_CONSENT: not standing.consented,
        Unsuited.OPEN_RETURN: standing.open_return,
        Unsuited.OPEN_COMPLAINT: standing.open_complaint,
        Unsuited.COOLING_DOWN: standing.cooling_down,
    }
    reasons = tuple(reason for reason, holds in stands.items() if holds)
    return Upsell(() if reasons else tuple(discovery(shelf, rules)), reasons)


def _first(rules: Iterable[GoodsRule], says: str, shelf: Shelf, article: Article) -> GoodsRule | None:
    return next((rule for rule in _of_owner(rules, says, shelf) if _covers(rule.other, article)), None)


def _of_owner(rules: Iterable[GoodsRule], says: str, shelf: Shelf) -> Iterator[GoodsRule]:
    for rule in rules:
        owned = shelf.owned if rule.owned.by == "sku" else shelf.owned_categories
        if rule.says == says and rule.owned.name in owned:
            yield rule


def _covers(goods: Goods, article: Article) -> bool:
    return goods.name == (article.sku if goods.by == "sku" else article.category)
