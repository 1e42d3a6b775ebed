"""What an enrollment is about, put into what its journey says: `@sku`, `@category`, `@thing` in rules and names."""

from functools import lru_cache
from typing import Any

import msgspec

from ritorno.core.customer import NOTHING, About, Customer, Enrollment, Order
from ritorno.core.segments.rule import Bought, Rule

MARKS = ("@sku", "@category", "@thing")


def filled(text: str, about: About) -> str:
    """The text with each mark replaced by what it stands for."""
    if "@" not in text:
        return text
    for mark, value in zip(MARKS, (about.sku, about.category, about.thing), strict=True):
        text = text.replace(mark, value)
    return text


@lru_cache(maxsize=4096)
def rule_about(rule: Rule, about: About) -> Rule:
    """The rule as it is meant for one enrollment."""
    if about == NOTHING:
        return rule
    told = msgspec.to_builtins(rule)
    said = _fill(told, about)
    return rule if said == told else msgspec.convert(said, Rule)


def bought_about(filters: Bought, about: About) -> Bought:
    """The filters of an order as they are meant for one enrollment."""
    said = rule_about(filters, about)
    assert isinstance(said, Bought)
    return said


def _fill(told: Any, about: About) -> Any:
    if isinstance(told, str):
        return filled(told, about)
    if isinstance(told, dict):
        return {name: _fill(part, about) for name, part in told.items()}
    if isinstance(told, list | tuple):
        return type(told)(_fill(part, about) for part in told)
    return told


def marks_in(rule: Rule) -> set[str]:
    """The marks that a rule speaks of."""
    return {mark for mark in MARKS if mark in msgspec.json.encode(rule).decode()}


def order_of(passage: Enrollment, customer: Customer) -> Order | None:
    """The order that an enrollment is about, as it stands now."""
    key = passage.about.order
    return next((order for order in customer.orders if order.key == key), None) if key else None


def say_about(about: About) -> str:
    """The product or category, for whom, the order, the cart: whatever there is, for people."""
    parts = (about.sku or about.category, about.beneficiary, about.order.partition("\x00")[2], about.thing)
    return ", ".join(part for part in parts if part)
