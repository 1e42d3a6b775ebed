"""The products that one message's galleries show one customer: ranked, let through by the rules, each with its reason.

    similar_customers   what customers alike bought lately (whole/affinity.py)        PB3-06
    complements         what completes the purchase: declared, else learnt            PB3-07, PB3-08
    match               the item that suits what was bought: `fits`, then complements PB4-06, COM-19
    upsell              suitable categories never bought, those never seen first      COM-12, COM-13
    recently_viewed     looked at and not bought, the latest first                    PB3-10
    best_sellers        by units sold                                                 PB2-10
    new_and_unseen      new arrivals neither viewed nor bought                        PB2-10

Whatever ranks them, nothing is shown that is out of stock, sensitive, owned, or excluded by something owned
(core/offering.py), by the catalogue as it is in this instant. A gallery that has nothing is empty: what stands in for
it is the block's to say. Measured: benchmarks/recommend.py.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

import msgspec
import psycopg

from ritorno.core.complements import Relations, both_kinds, in_turns
from ritorno.core.customer import About, Customer
from ritorno.core.instants import Instant
from ritorno.core.interests import VIEWED
from ritorno.core.messages.blocks import MOST_PRODUCTS, Tile
from ritorno.core.messages.text import Text
from ritorno.core.offering import (
    Article,
    Exclusions,
    Goods,
    GoodsRule,
    Shelf,
    Standing,
    exclusions,
    refusal_by,
    shelf_of,
    upsell,
)
from ritorno.core.plan import Plan
from ritorno.core.run_out import category_of
from ritorno.core.words import offered as words
from ritorno.store import gallery
from ritorno.whole.affinity import (
    Affinity,
    Bought,
    Buyers,
    Recommended,
    buyers_of,
    complements,
    recommend,
    share_of_buyers,
)
from ritorno.work.served_affinity import model_of
from ritorno.work.shelves import Shelves, shelves_of

_ASKED, _ASKED_MORE = 40, 600  # candidates
_LEAST_SHARE = 0.1  # of buyers, that a reason speaks of
_SPOKEN_OF = 30  # of the latest purchases


class _Pick(NamedTuple):
    """A candidate; `why` is asked only of what is shown."""

    sku: str
    why: Callable[[], Text]


class _Asked(msgspec.Struct, frozen=True, dict=True):
    """Everything that choosing for one customer goes by."""

    connection: psycopg.Connection
    plan: Plan
    customer: Customer
    about: About
    now: Instant
    shelf: Shelf
    rules: Sequence[GoodsRule]
    excluded: Exclusions
    shelves: Shelves
    relations: Relations
    model: Affinity | None

    def name(self, sku: str) -> str:
        """What a message may call it; "" for what it may not name."""
        known = self.plan.catalogue.product(sku)
        return known.label if known.sensitive else known.name

    @cached_property
    def bought(self) -> list[Bought]:
        """Each item once an order, in order of time."""
        return [
            Bought(sku, order.occurred_at)
            for order in self.customer.orders
            if order.counts
            for sku in dict.fromkeys(line.sku for line in order.lines if line.quantity > 0)
        ]

    def mains(self) -> list[str]:
        """What was bought that others are to complete: what the message is about, else the last order."""
        if self.about.sku:
            return [self.about.sku]
        counted = [order for order in self.customer.orders if order.counts]
        own = [order for order in counted if order.key == self.about.order] or counted[-1:]
        lines = [line for order in own for line in order.lines if line.quantity > 0]
        kind = self.about.category
        found = [line.sku for line in lines if not kind or category_of(self.plan, line) == kind]
        return list(dict.fromkeys(sku for sku in found if sku))


def products_for(
    connection: psycopg.Connection,
    plan: Plan,
    customer: Customer,
    about: About,
    names: Collection[str],
    now: Instant,
    most: int = MOST_PRODUCTS,
) -> Mapping[str, tuple[Tile, ...]]:
    """For each gallery of those names at most `most` tiles, the best first, possibly none.

    Raises ValueError for a name that is no gallery.
    """
    unknown = sorted(set(names) - set(GALLERIES))
    if unknown:
        raise ValueError(f"there is no gallery {unknown[0]!r}; there are: {', '.join(GALLERIES)}")
    if not names:
        return {}
    shelf, shelves = shelf_of(customer, plan.catalogue), shelves_of(connection, plan, now)
    relations, model = shelves.relations(connection), model_of(connection, plan.brand.id)
    rules = relations.rules_of(shelf)
    excluded = exclusions(shelf, rules)
    asked = _Asked(connection, plan, customer, about, now, shelf, rules, excluded, shelves, relations, model)
    found = {name: GALLERIES[name](asked, _ASKED) for name in sorted(names)}
    known = _known(asked, *found.values())
    return {name: _tiles(asked, name, picks, known, most) for name, picks in found.items()}


def _tiles(
    asked: _Asked, name: str, picks: list[_Pick], known: Mapping[str, gallery.Product], most: int
) -> tuple[Tile, ...]:
    """A gallery names each product once. Where most of the candidates are not to be shown, more are asked for."""
    ranked = [each for each in picks if _may_be_shown(asked, known.get(each.sku))]
    if len(ranked) < most and len(picks) >= _ASKED:
        picks = GALLERIES[name](asked, _ASKED_MORE)
        known = _known(asked, picks)
        ranked = [each for each in picks if _may_be_shown(asked, known.get(each.sku))]
    chosen = [each.sku for each in ranked]
    if name == "complements":
        chosen = both_kinds(chosen, lambda sku: asked.plan.catalogue.product(sku).consumable, most)
    why = {each.sku: each.why for each in ranked}
    return tuple(_tile(known[sku], why[sku]()) for sku in chosen[:most])


def _known(asked: _Asked, *galleries: list[_Pick]) -> dict[str, gallery.Product]:
    skus = {each.sku for picks in galleries for each in picks}
    return gallery.shown(asked.connection, asked.plan.brand.id, skus) if skus else {}


def _may_be_shown(asked: _Asked, product: gallery.Product | None) -> bool:
    if product is None:
        return False
    article = Article(product.sku, product.category, product.in_stock, product.sensitive)
    return refusal_by(article, asked.shelf, asked.excluded) is None


def _tile(product: gallery.Product, why: Text) -> Tile:
    return Tile(product.sku, product.name, product.price, product.image_url, product.url, why)


def _similar(asked: _Asked, many: int) -> list[_Pick]:
    model = asked.model
    if model is None:
        return []
    bought = asked.bought
    lately = list(dict.fromkeys(each.sku for each in reversed(bought)))[:_SPOKEN_OF]
    spoken_of = [buyers_of(model, these) for these in ([asked.about.sku], lately)]
    return [
        _Pick(one.sku, lambda one=one: _because(asked, model, spoken_of, one))  # type: ignore[misc]
        for one in recommend(model, bought, (), many, asked.now)
    ]


def _because(asked: _Asked, model: Affinity, spoken_of: Sequence[Buyers], one: Recommended) -> Text:
    """The share of buyers of what the message is about, else of what was bought lately; else what spoke loudest."""
    for buyers in spoken_of:
        found = share_of_buyers(model, buyers, one.sku)
        if found is not None and found.share >= _LEAST_SHARE and asked.name(found.owned):
            return words.share(round(found.share * 100), asked.name(found.owned))
    match one.because.voice:
        case "bought_with":
            return words.together(asked.name(one.because.sku or ""))
        case "best_seller":
            return words.BEST_SELLER
        case "bought_before":
            return words.AGAIN
        case "similar_customers":
            return words.SIMILAR


def _complements(asked: _Asked, many: int) -> list[_Pick]:
    """Declared ones alone where there are any: every tile belongs to what completes the purchase (PB3-07)."""
    mains = asked.mains()
    declared = [(main, goods) for main in mains for goods in asked.relations.complements.get(main, ())]
    return _standing_behind(asked, declared, words.completes, many) or _learnt(asked, mains, many)


def _match(asked: _Asked, many: int) -> list[_Pick]:
    mains = asked.mains()
    fits = [(main, goods) for main in mains for goods in asked.relations.fits.get(main, ())]
    completing = [(main, goods) for main in mains for goods in asked.relations.complements.get(main, ())]
    found = _standing_behind(asked, fits, words.matches, many)
    already = {each.sku for each in found}
    found += [each for each in _standing_behind(asked, completing, words.matches, many) if each.sku not in already]
    return found[:many] or _learnt(asked, mains, many)


def _standing_behind(
    asked: _Asked, declared: Sequence[tuple[str, Goods]], say: Callable[[str], Text], many: int
) -> list[_Pick]:
    """Products that these speak of: SKUs themselves, of a category its best, in turns."""
    because: dict[str, str] = {}
    rows = []
    for main, goods in declared:
        row = (goods.name,) if goods.by == "sku" else asked.shelves.of_category(asked.connection, goods.name)
        rows.append(row)
        for sku in row:
            because.setdefault(sku, main)
    return [_Pick(sku, lambda sku=sku: say(asked.name(because[sku]))) for sku in in_turns(rows)[:many]]  # type: ignore[misc]


def _learnt(asked: _Asked, mains: Sequence[str], many: int) -> list[_Pick]:
    """What lies in one basket with it oftener than by chance."""
    model = asked.model
    if model is None:
        return []
    found = [(-one.score, one.sku, main) for main in mains for one in complements(model, main, many)]
    closest: dict[str, str] = {}
    for _, sku, main in sorted(found):
        closest.setdefault(sku, main)
    return [_Pick(sku, lambda main=main: words.together(asked.name(main))) for sku, main in closest.items()][:many]  # type: ignore[misc]


def _upsell(asked: _Asked, many: int) -> list[_Pick]:
    """Of each suitable category its best, the never seen first; learnt, where the catalogue declares none."""
    told = upsell(asked.shelf, _standing(asked.customer), asked.rules)
    if told.reasons:
        return []
    shelves = [asked.shelves.of_category(asked.connection, category) for category in told.categories]
    kinds = {sku: name for name, skus in zip(told.categories, shelves, strict=True) for sku in skus}
    picks = [_Pick(sku, lambda sku=sku: words.unknown_category(kinds[sku])) for sku in in_turns(shelves)[:many]]  # type: ignore[misc]
    return picks or list(_of_unknown_categories(asked, many))


def _of_unknown_categories(asked: _Asked, many: int) -> Iterator[_Pick]:
    product = asked.plan.catalogue.product
    kinds = {each.sku: product(each.sku).category for each in _similar(asked, many)}
    unknown = [sku for sku, kind in kinds.items() if kind and kind not in asked.shelf.owned_categories]
    for sku in sorted(unknown, key=lambda sku: kinds[sku] in asked.shelf.seen_categories):
        yield _Pick(sku, lambda sku=sku: words.unknown_category(kinds[sku]))  # type: ignore[misc]


def _standing(customer: Customer) -> Standing:
    """As the shop's service told it: the traits `open_return` and `open_complaint`."""
    is_open = {name for name in ("open_return", "open_complaint") if name in customer.traits
               and customer.traits[name].value is True}  # fmt: skip
    return Standing(open_return="open_return" in is_open, open_complaint="open_complaint" in is_open)


def _viewed(asked: _Asked, many: int) -> list[_Pick]:
    looks = [done.properties.get("sku") for done in reversed(asked.customer.did)
             if done.name == VIEWED and done.by_hand and done.at <= asked.now]  # fmt: skip
    return [_Pick(str(sku), lambda: words.VIEWED) for sku in dict.fromkeys(looks) if sku][:many]


def _best(asked: _Asked, many: int) -> list[_Pick]:
    return [_Pick(sku, lambda: words.BEST_SELLER) for sku in asked.shelves.best(asked.connection)[:many]]


def _new(asked: _Asked, many: int) -> list[_Pick]:
    arrivals = asked.shelves.new(asked.connection)
    return [_Pick(sku, lambda: words.NEW) for sku in arrivals if sku not in asked.shelf.seen][:many]


GALLERIES: Mapping[str, Callable[[_Asked, int], list[_Pick]]] = {
    "similar_customers": _similar,
    "complements": _complements,
    "match": _match,
    "upsell": _upsell,
    "recently_viewed": _viewed,
    "best_sellers": _best,
    "new_and_unseen": _new,
}
