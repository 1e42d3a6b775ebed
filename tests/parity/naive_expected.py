"""What purchases say beyond themselves, read naively: needs, what is inferred, for whom somebody buys."""

from collections.abc import Callable

from ritorno.core.customer import Customer
from ritorno.core.instants import Instant
from ritorno.core.plan import Plan
from ritorno.core.segments import rule as r
from ritorno.core.segments.rule import OneOrMore, Rule
from tests.parity.naive_compare import compare, inside
from tests.parity.naive_facts import counting

Asked = Callable[[Rule, Customer, Plan, Instant], bool]


def buys_for(rule: r.BuysFor, customer: Customer, now: Instant) -> bool:
    for relation in customer.relations.values():
        fits = _among(relation.role, rule.role) and _among(relation.beneficiary, rule.beneficiary)
        if fits and relation.at <= now and not relation.ended:
            return True
    return False


def _among(told: str, wanted: OneOrMore) -> bool:
    return wanted is None or told in ([wanted] if isinstance(wanted, str) else wanted)


def need(rule: r.NeedServed, customer: Customer, plan: Plan, now: Instant) -> bool:
    for each in plan.needs:
        if each.key == rule.need:
            for order in counting(customer, now):
                fits = any(line.category in each.categories or line.sku in each.skus for line in order.lines)
                if fits and inside(order.occurred_at, rule.within, plan, now):
                    return True
    return False


def inferred(rule: r.Inferred, customer: Customer, plan: Plan, now: Instant, holds: Asked) -> bool:
    told = customer.traits.get(rule.trait)
    if told is not None and told.at <= now and told.value not in (None, []):
        return False
    sensitive = {each.key for each in plan.traits if each.sensitive}
    drawn = [
        each
        for each in plan.inferences
        if each.trait == rule.trait
        and (each.approved_by or each.trait not in sensitive)
        and holds(each.rule, customer, plan, now)
    ]
    if not drawn:
        return False
    surest = min(drawn, key=lambda each: (-each.confidence, each.key))
    return surest.confidence >= rule.confidence and compare("=", surest.value, rule.value)
