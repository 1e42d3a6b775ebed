"""For whom one customer buys, asked by what she is to them."""

from collections.abc import Iterator

from ritorno.core.customer import Relation
from ritorno.core.instants import NEVER
from ritorno.core.segments.presence import Weight, any_of
from ritorno.core.segments.rule import BuysFor, OneOrMore
from ritorno.core.view import Answer, View


def buys_for(rule: BuysFor, view: View) -> Answer:
    return any_of(_told(rule, view), view.now)


def _told(rule: BuysFor, view: View) -> Iterator[Weight]:
    for each in view.customer.relations.values():
        if not each.ended and _fits(rule, each):
            yield Weight(each.at, NEVER)


def _fits(rule: BuysFor, relation: Relation) -> bool:
    return _one_of(rule.role, relation.role.value) and _one_of(rule.beneficiary, relation.beneficiary)


def _one_of(wanted: OneOrMore, told: str) -> bool:
    return wanted is None or told == wanted or (isinstance(wanted, tuple) and told in wanted)
