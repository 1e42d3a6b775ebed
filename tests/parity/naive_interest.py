"""An interest read naively: everything that feeds it, one after the other."""

import re
from datetime import timedelta

from ritorno.core.customer import Customer, Did
from ritorno.core.instants import Instant
from ritorno.core.interests import InterestDefinition
from ritorno.core.plan import Plan
from ritorno.core.segments import rule as r
from tests.parity.naive_compare import compare, inside
from tests.parity.naive_facts import by_hand, counting

SECOND = timedelta(seconds=1) // timedelta(microseconds=1)


def interest(rule: r.Interest, customer: Customer, plan: Plan, now: Instant) -> bool:
    found = [each for each in plan.interests if each.key == rule.interest]
    if not found:
        return False
    (definition,) = found
    moments = _moments(definition, customer, plan, now)
    lately = [each for each in moments if inside(each, definition.fades_after, plan, now)]
    if rule.state == "active":
        return len(lately) > 0
    if rule.state == "fading":
        return len(moments) > 0 and len(lately) == 0
    span = definition.fades_after if rule.within is None else rule.within
    return sum(inside(each, span, plan, now) for each in moments) >= rule.at_least


def _moments(definition: InterestDefinition, customer: Customer, plan: Plan, now: Instant) -> list[Instant]:
    """When it was fed, as far as it counts by now; a click counts a second later."""
    categories = set(definition.categories)
    for category, kind in plan.policy.product_types.items():
        if kind == definition.product_type:
            categories.add(category)
    moments = [
        order.occurred_at
        for order in counting(customer, now)
        if any(line.category in categories for line in order.lines)
    ]
    for done in customer.did:
        wait = SECOND if done.name == "message_clicked" else 0
        if done.at + wait <= now and by_hand(done) and _feeds(definition, done, categories):
            moments.append(done.at)
    return moments


def _feeds(definition: InterestDefinition, done: Did, categories: set[str]) -> bool:
    for watched in definition.events:
        if done.name == watched.event and all(
            compare(each.op, done.properties.get(each.property), each.value) for each in watched.where
        ):
            return True
    link, category = done.properties.get("link"), done.properties.get("category")
    if done.name == "message_clicked" and isinstance(link, str):
        return any(_fits(pattern, link) for pattern in definition.links)
    if done.name == "product_viewed":
        kind = done.properties.get("product_type")
        named = isinstance(category, str) and category in categories
        return named or (kind is not None and kind == definition.product_type)
    return False


def _fits(pattern: str, link: str) -> bool:
    wanted = ".*".join(re.escape(piece) for piece in pattern.split("*"))
    return re.fullmatch(wanted, link, re.DOTALL) is not None
