"""One customer's answer to a rule, and the instant at which it next changes by itself.

`next_change` is never later than the true one (design.md §5). A missing value is false at the leaf.
"""

import operator
from typing import assert_never
from zoneinfo import ZoneInfo

import msgspec

from ritorno.core import consent
from ritorno.core.address import address_for
from ritorno.core.customer import Customer, Order, Scores
from ritorno.core.events import Channel, Purpose
from ritorno.core.instants import NEVER, Instant, add_span
from ritorno.core.scores.facts import Facts, in_span
from ritorno.core.scores.rfm import group_key
from ritorno.core.segments.rule import (
    All,
    Any,
    Bought,
    CellIs,
    Consented,
    FactIs,
    GroupIs,
    Not,
    Reachable,
    Rule,
    ScoreIs,
    TraitIs,
)  # fmt: skip

Answer = tuple[bool, Instant]

_COMPARE = {
    "=": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip


class View(msgspec.Struct):
    """A customer at an instant, as rules see one: the document, and what was counted and scored from it at `now`."""

    customer: Customer
    now: Instant
    tz: ZoneInfo
    facts: Facts
    scores: Scores
    scores_change: Instant
    segments_change: Instant = NEVER


def ask(rule: Rule, view: View) -> Answer:
    """(answer, next_change)."""
    match rule:
        case All(rules):
            return _combine([ask(part, view) for part in rules], decisive=False)
        case Any(rules):
            return _combine([ask(part, view) for part in rules], decisive=True)
        case Not(inner):
            answer, change = ask(inner, view)
            return not answer, change
        case CellIs(cells):
            text = str(view.scores.cell)
            return view.scores.cell > 0 and any(_fits(text, cell) for cell in cells), view.scores_change
        case GroupIs(groups):
            return group_key(view.scores.cell) in groups, view.scores_change
        case ScoreIs(axis, values):
            digit = {"r": view.scores.r, "f": view.scores.f, "m": view.scores.m}[axis]
            return digit in values, view.scores_change
        case Consented(channel, purpose):
            return consent.in_force(view.customer.consents, channel, purpose) is not None, NEVER
        case Reachable(channels):
            return any(_reached(view.customer, channel) for channel in channels), NEVER
        case Bought():
            return _bought(rule, view)
        case FactIs():
            return _fact(rule, view), view.facts.next_change
        case TraitIs():
            return _trait(rule, view), NEVER
        case _:
            assert_never(rule)


def _combine(answers: list[Answer], *, decisive: bool) -> Answer:
    """All is decided by one False, Any by one True: while it stands, nothing else can change the answer; of several
    that stand, the last to fall decides."""
    standing = [change for answer, change in answers if answer is decisive]
    if standing:
        return decisive, max(standing)
    return not decisive, min((change for _, change in answers), default=NEVER)


def _fits(text: str, pattern: str) -> bool:
    return all(wanted in ("*", digit) for digit, wanted in zip(text, pattern, strict=True))


def _reached(customer: Customer, channel: Channel) -> bool:
    permitted = consent.in_force(customer.consents, channel, Purpose.MARKETING)
    return permitted is not None and address_for(customer, channel) is not None


def _bought(rule: Bought, view: View) -> Answer:
    """More purchases can only make it true, and only leaving the span can make it false."""
    matching = [order for order in view.customer.orders if order.net > 0 and _matches(rule, order)]
    ahead = min((order.occurred_at for order in matching if order.occurred_at > view.now), default=NEVER)
    matching = [order for order in matching if order.occurred_at <= view.now]
    if rule.within is not None:
        matching, _ = in_span(matching, rule.within, view.now, view.tz)
    if len(matching) < rule.at_least:
        return False, ahead
    if rule.within is None:
        return True, NEVER
    return True, min(add_span(order.occurred_at, rule.within, view.tz) for order in matching[-rule.at_least :])


def _matches(rule: Bought, order: Order) -> bool:
    if rule.sold_via is not None and order.sold_via is not rule.sold_via:
        return False
    if rule.branch is not None and order.branch != rule.branch:
        return False
    if rule.sku is None and rule.category is None:
        return True
    return any(
        (rule.sku is None or line.sku == rule.sku) and (rule.category is None or line.category == rule.category)
        for line in order.lines
    )


def _fact(rule: FactIs, view: View) -> bool:
    value = getattr(view.facts, rule.fact)
    if value is None or (view.facts.ever == 0 and rule.fact.startswith("last_")):
        return False
    return bool(_COMPARE[rule.op](value, rule.value))


def _trait(rule: TraitIs, view: View) -> bool:
    trait = view.customer.traits.get(rule.trait)
    if trait is None or trait.value is None:
        return False
    value = trait.value
    if isinstance(value, list):
        return rule.op in ("=", "!=") and (rule.value in value) is (rule.op == "=")
    if rule.op in ("=", "!="):
        return (value == rule.value) is (rule.op == "=")
    if isinstance(value, bool | str) or not isinstance(rule.value, int | float):
        return False
    return bool(_COMPARE[rule.op](value, rule.value))
