"""Convert: offer live rules in the place of a list that was imported once (ENG-15). Reads every document, twice."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import psycopg

from ritorno.core.conversion import Offer, Stood, median_at, offers, stood
from ritorno.core.customer import Customer
from ritorno.core.folding import known_at
from ritorno.core.instants import Instant
from ritorno.core.plan import Plan
from ritorno.core.segments.compare import compare
from ritorno.core.segments.live import ask
from ritorno.core.segments.rule import Scalar
from ritorno.core.view import view_of
from ritorno.store import customers, traits
from ritorno.work.traits import STALE


class NoList(LookupError):  # noqa: N818 - the name says the state
    """Nobody has that value; the message says what to look at."""


class Today(NamedTuple):
    """A rule that is offered, and how many it would hold today."""

    offer: Offer
    now: int


class Conversion(NamedTuple):
    """The list: its entries, from when they are, whether files told them and none lately; the rules offered."""

    listed: int
    at: Instant
    is_static: bool
    offers: tuple[Today, ...]


def convert(
    connection: psycopg.Connection, plan: Plan, trait: str, value: Scalar, now: Instant,
    step: Callable[[int], None] = lambda _: None,
) -> Conversion:  # fmt: skip
    """What would make the list of those whose trait has the value a living one. Nothing is saved. Raises NoList."""
    told: list[Instant] = []
    sources: set[str] = set()
    for each in _everybody(connection, plan, step):
        if _is_listed(each, trait, value):
            told.append(each.traits[trait].at)
            sources.add(each.traits[trait].source)
    if not told:
        raise NoList(f"nobody has {trait} = {value}; see what is told: ritorno traits list --ages")
    at = min(median_at(told), now)
    people: list[Stood] = []
    for each in _everybody(connection, plan, step):
        if each.joined_at <= at:
            people.append(stood(view_of(known_at(each, at), plan, at), is_listed=_is_listed(each, trait, value)))
    found = offers(people)
    counts = [0] * len(found)
    for each in _everybody(connection, plan, step) if found else ():
        view = view_of(each, plan, now)
        for place, offer in enumerate(found):
            counts[place] += ask(offer.rule, view)[0]
    is_static = sources <= traits.imported_sources(connection, plan.brand.id) and max(told) + STALE <= now
    return Conversion(len(told), at, is_static, tuple(map(Today, found, counts)))


def _everybody(connection: psycopg.Connection, plan: Plan, step: Callable[[int], None]) -> Iterator[Customer]:
    for each in customers.read_all(connection, plan.brand.id):
        step(1)
        if not each.house:
            yield each


def _is_listed(customer: Customer, trait: str, value: Scalar) -> bool:
    told = customer.traits.get(trait)
    return told is not None and compare("=", told.value, value)
