"""Interests: what a customer is drawn to, counted from what they click, view and buy (ENG-04, SEG-16).

Nothing is stored of an interest but its definition. Its strength is the number of things that fed it within a span: it
is there with the click, fades by itself, and one that is defined today knows what was clicked before.
"""

from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from ritorno.core.clicks import CLICKED
from ritorno.core.customer import Customer, Did, Order
from ritorno.core.instants import DAY, Instant, Span, Unit, add_span, days
from ritorno.core.journeys.way import Words
from ritorno.core.segments.compare import compare
from ritorno.core.segments.rule import Where

VIEWED = "product_viewed"  # with the properties `category` and `product_type`
SETTLES = Span(1, Unit.SECONDS)  # from then on it is known whether a click was one of a burst (clicks.py)


class ProductType(StrEnum):
    """What kind of thing is sold."""

    DIGITAL = "digital"
    PHYSICAL = "physical"
    SERVICE = "service"


class Watched(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Events of a name that fit every filter."""

    event: str
    where: tuple[Where, ...] = ()


class InterestDefinition(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`links` are patterns of what was clicked, `*` standing for anything; `categories`, and those of the
    `product_type` (Policy.product_types), feed it when viewed or bought. What fed it weighs half after `half_life`
    days, for display; it fades when nothing has for `fades_after`."""

    key: str
    name: Words
    links: tuple[str, ...] = ()
    events: tuple[Watched, ...] = ()
    categories: tuple[str, ...] = ()
    product_type: ProductType | None = None
    half_life: float = 30
    fades_after: Span = days(90)
    version: int = 0


class Fed(NamedTuple):
    """Something that feeds an interest: when it happened, and from when it counts."""

    at: Instant
    counts_from: Instant


class Strength(NamedTuple):
    """`times` it was fed within `fades_after`; `weight` is of all times, halved every half-life; `fading`: it was fed,
    but not of late."""

    key: str
    times: int
    weight: float
    last_at: Instant
    fading: bool


def matches(pattern: str, told: str) -> bool:
    """Does the text fit the pattern as a whole? `*` is any text, none too; everything else is itself."""
    first, *rest = pattern.split("*")
    if not rest:
        return told == pattern
    if not told.startswith(first):
        return False
    told = told[len(first) :]
    *middle, last = rest
    for piece in filter(None, middle):
        _, found, told = told.partition(piece)
        if not found:
            return False
    return told.endswith(last)


def typed_categories(definition: InterestDefinition, types: Mapping[str, ProductType]) -> tuple[str, ...]:
    """Its own categories and those whose products are of its type."""
    wanted = definition.product_type
    typed = (name for name, each in types.items() if each is wanted)
    return tuple(dict.fromkeys((*definition.categories, *typed)))


def feeds(definition: InterestDefinition, done: Did, categories: Collection[str]) -> bool:
    """Does what was done feed the interest? What a machine did feeds none."""
    if not done.by_hand:
        return False
    told = done.properties
    if done.name == CLICKED and isinstance(link := told.get("link"), str) and _leads(definition, link):
        return True
    if done.name == VIEWED:
        if isinstance(category := told.get("category"), str) and category in categories:
            return True
        if definition.product_type is not None and told.get("product_type") == definition.product_type.value:
            return True
    return any(done.name == each.event and _fits(each, done) for each in definition.events)


def _leads(definition: InterestDefinition, link: str) -> bool:
    return any(matches(pattern, link) for pattern in definition.links)


def _fits(watched: Watched, done: Did) -> bool:
    return all(compare(each.op, done.properties.get(each.property), each.value) for each in watched.where)


def is_fed_by(order: Order, categories: Collection[str]) -> bool:
    """Does an order that counts hold a line of one of them?"""
    return order.net > 0 and any(line.category in categories for line in order.lines)


def fed(
    definition: InterestDefinition, customer: Customer, types: Mapping[str, ProductType], tz: ZoneInfo
) -> list[Fed]:
    """Everything that feeds the interest, what is dated ahead too; an event or an order feeds it once."""
    categories = frozenset(typed_categories(definition, types))
    found = [Fed(done.at, _settled(done, tz)) for done in customer.did if feeds(definition, done, categories)]
    if categories:
        orders = (order.occurred_at for order in customer.orders if is_fed_by(order, categories))
        found += [Fed(at, at) for at in orders]
    return found


def _settled(done: Did, tz: ZoneInfo) -> Instant:
    return add_span(done.at, SETTLES, tz) if done.name == CLICKED else done.at


def strengths(
    definitions: Collection[InterestDefinition],
    customer: Customer,
    types: Mapping[str, ProductType],
    now: Instant,
    tz: ZoneInfo,
) -> list[Strength]:
    """Of every interest that the customer has or had, the strongest first."""
    every = (_strength(each, fed(each, customer, types, tz), now, tz) for each in definitions)
    return sorted((each for each in every if each), key=lambda each: (-each.weight, each.key))


def _strength(definition: InterestDefinition, found: list[Fed], now: Instant, tz: ZoneInfo) -> Strength | None:
    counting = [each.at for each in found if each.counts_from <= now]
    if not counting:
        return None
    count = sum(now < add_span(each, definition.fades_after, tz) for each in counting)
    weight = sum(0.5 ** ((now - each) / DAY / definition.half_life) for each in counting)
    return Strength(definition.key, count, weight, max(counting), count == 0)
