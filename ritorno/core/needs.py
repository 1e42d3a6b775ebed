"""Needs: what customers buy for, told by which categories and products answer them (SEG-18).

Nothing is stored of a customer: a need is served when something that answers it was bought and kept. One that is
defined today knows what was bought before.
"""

import re
from collections.abc import Collection, Iterator
from typing import NamedTuple

import msgspec

from ritorno.core.customer import Customer
from ritorno.core.instants import Instant, Span
from ritorno.core.journeys.way import Words
from ritorno.core.segments.rule import Any, Bought, Rule

_KEY = re.compile(r"[^\W\d][\w-]{0,59}")
_MOST = 500
_LONGEST = 500


class Need(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is bought of these categories or products answers it."""

    key: str
    name: Words
    categories: tuple[str, ...] = ()
    skus: tuple[str, ...] = ()
    version: int = 0


class Served(NamedTuple):
    """A need that so many orders answered, the last of them at `last_at`."""

    key: str
    orders: int
    last_at: Instant


def answers(need: Need, within: Span | None) -> Rule:
    """The rule that is true of who bought what answers the need."""
    asked = []
    if need.categories:
        asked.append(Bought(category=need.categories, within=within))
    if need.skus:
        asked.append(Bought(sku=need.skus, within=within))
    return asked[0] if len(asked) == 1 else Any(tuple(asked))


def served(needs: Collection[Need], customer: Customer, now: Instant) -> list[Served]:
    """The needs that were served by `now`, the last served first."""
    found = (_served(each, customer, now) for each in needs)
    return sorted((each for each in found if each), key=lambda each: (-each.last_at, each.key))


def _served(need: Need, customer: Customer, now: Instant) -> Served | None:
    at = [
        order.occurred_at
        for order in customer.orders
        if order.counts
        and order.occurred_at <= now
        and any(line.category in need.categories or line.sku in need.skus for line in order.lines)
    ]
    return Served(need.key, len(at), max(at)) if at else None


def problems(need: Need) -> list[str]:
    """Everything that is wrong with a definition; empty when nothing is."""
    return [f"{need.key}: {each}" for each in _problems(need)]


def _problems(need: Need) -> Iterator[str]:
    if not _KEY.fullmatch(need.key):
        yield "a key is a letter, then letters, digits, _ and -, at most 60, for example dryness"
    if not need.name.he.strip() or not need.name.en.strip():
        yield "give it a name in both languages"
    if not need.categories and not need.skus:
        yield "nothing answers it; name categories or products"
    if len(need.categories) > _MOST or len(need.skus) > _MOST:
        yield f"at most {_MOST} categories and {_MOST} products answer a need"
    for told in (*need.categories, *need.skus):
        if not told.strip() or len(told) > _LONGEST:
            yield f"{told[:20]!r} is no category or product; write up to {_LONGEST} letters"
