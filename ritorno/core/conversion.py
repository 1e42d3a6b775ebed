"""A list that was imported once, as a live rule that would have made it (ENG-15).

Of simple rules – a group, a threshold of spend, orders or silence, a category – those are offered that agree best with
the list as of its date: by F1 = 2 · both ÷ (listed + met), van Rijsbergen 1979. What is offered is a proposal; nothing
is saved.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ritorno.core.instants import DAY, Instant, Span
from ritorno.core.scores.rfm import group_key
from ritorno.core.segments.rule import Bought, Elapsed, FactIs, GroupIs, Rule
from ritorno.core.view import View

LEAST = 0.5  # F1 below which a rule is another list


class Stood(NamedTuple):
    """How a customer stood on the list's date. Money in minor units; `silent` are days since the last order."""

    is_listed: bool
    group: str
    figures: tuple[tuple[str, int], ...]
    silent: int | None
    categories: frozenset[str]


class Offer(NamedTuple):
    """On the list's date `met` customers were in the rule, `both` of them among the `listed`."""

    rule: Rule
    listed: int
    met: int
    both: int

    @property
    def agreement(self) -> float:
        """F1, 0 to 1."""
        return 2 * self.both / (self.listed + self.met)


def stood(view: View, *, is_listed: bool) -> Stood:
    """The customer of the view, at its instant."""
    orders = view.counted()[0]
    figures = {"spend": view.facts.spend, "ever": len(orders), "largest": max((each.net for each in orders), default=0)}
    silent = (view.now - orders[-1].occurred_at) // DAY if orders else None
    bought = frozenset(line.category for order in orders for line in order.lines if line.category)
    return Stood(is_listed, group_key(view.scores.cell), tuple(figures.items()), silent, bought)


def offers(people: Sequence[Stood], most: int = 3) -> list[Offer]:
    """At most so many rules that agree with the list by half or more, the best first; none for an empty list."""
    listed = sum(each.is_listed for each in people)
    if not listed:
        return []
    every = [*_named(people, listed), *_thresholds(people, listed), *_silences(people, listed)]
    good = [each for each in every if each.agreement >= LEAST and each.met < len(people)]
    return sorted(good, key=lambda each: -each.agreement)[:most]


def _named(people: Sequence[Stood], listed: int) -> Iterable[Offer]:
    for group in sorted({each.group for each in people}):
        yield _offer(GroupIs((group,)), [each.is_listed for each in people if each.group == group], listed)
    for category in sorted({name for each in people for name in each.categories}):
        met = [each.is_listed for each in people if category in each.categories]
        yield _offer(Bought(category=category), met, listed)


def _offer(rule: Rule, met: Sequence[bool], listed: int) -> Offer:
    return Offer(rule, listed, len(met), sum(met))


def _thresholds(people: Sequence[Stood], listed: int) -> Iterable[Offer]:
    for place, (name, _) in enumerate(people[0].figures):
        figures = [(each.figures[place][1], each.is_listed) for each in people]
        value, met, both = _cut(sorted(figures, reverse=True), listed)
        if value > 0:
            yield Offer(FactIs(name, ">=", value), listed, met, both)  # type: ignore[arg-type]


def _silences(people: Sequence[Stood], listed: int) -> Iterable[Offer]:
    days = sorted((each.silent, each.is_listed) for each in people if each.silent is not None)
    if not days:
        return
    value, met, both = _cut(days, listed)
    yield Offer(Elapsed("last_order", below=Span(value + 1)), listed, met, both)
    value, met, both = _cut(days[::-1], listed)
    if value > 0:
        yield Offer(Elapsed("last_order", at_least=Span(value)), listed, met, both)


def _cut(ranked: Sequence[tuple[int, bool]], listed: int) -> tuple[int, int, int]:
    """(the last value taken in, how many are taken in, how many of them are listed) where the agreement is greatest."""
    best, both = (ranked[0][0], 0, 0), 0
    for met, (value, is_listed) in enumerate(ranked, 1):
        both += is_listed
        is_whole = met == len(ranked) or ranked[met][0] != value
        if is_whole and both * (listed + best[1]) > best[2] * (listed + met):
            best = (value, met, both)
    return best


def median_at(told: Sequence[Instant]) -> Instant:
    """The date of a list: when half of its entries had been told."""
    return sorted(told)[(len(told) - 1) // 2]
