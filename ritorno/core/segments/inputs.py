"""What a rule's answer is read from, so that only the rules whose inputs changed are asked."""

from collections.abc import Mapping
from typing import assert_never

from ritorno.core.events import (
    CancellationTold,
    ConsentTold,
    Custom,
    Event,
    MessageTold,
    OrderTold,
    RefundTold,
    RelationTold,
    SignedUp,
    TraitsTold,
)  # fmt: skip
from ritorno.core.ids import SegmentKey
from ritorno.core.segments.rule import (
    All,
    Anniversary,
    Any,
    Bought,
    BuysFor,
    CellIs,
    Consented,
    Did,
    Elapsed,
    FactIs,
    Fresh,
    GroupIs,
    Inferred,
    InPlaybook,
    InSegment,
    Interest,
    LastMessages,
    NeedServed,
    Not,
    Reachable,
    Rule,
    ScoreIs,
    ScoreMoved,
    Share,
    Then,
    TraitIs,
    WasIn,
)  # fmt: skip

ORDERS = "orders"
TRAITS = "traits"
CONSENTS = "consents"
IDENTIFIERS = "identifiers"
BEHAVIOUR = "behaviour"
JOINED = "joined"
MOVES = "moves"
CONTACTS = "contacts"
ENROLLMENTS = "enrollments"
RELATIONS = "relations"


def inputs_of(rule: Rule, rules: Mapping[SegmentKey, Rule]) -> frozenset[str]:
    """The parts of the document that the rule reads; `rules` are those of the segments it may name."""
    match rule:
        case All(parts) | Any(parts):
            return frozenset().union(*(inputs_of(part, rules) for part in parts))
        case Not(inner):
            return inputs_of(inner, rules)
        case Then(first, then):
            return inputs_of(first, rules) | inputs_of(then, rules)
        case InSegment(segment):
            named = rules.get(SegmentKey(segment))
            return frozenset() if named is None else inputs_of(named, rules)
        case _:
            return frozenset(_read_by(rule))


def _read_by(leaf: Rule) -> tuple[str, ...]:
    match leaf:
        case FactIs(fact):
            return _read_by_fact(fact)
        case Elapsed(since):
            return (TRAITS,) if since is None else _MOMENTS[since]
        case _:
            return _LEAVES[type(leaf)]


def _read_by_fact(fact: str) -> tuple[str, ...]:
    if fact == "age":
        return (TRAITS,)
    if fact == "stage":
        return ORDERS, JOINED
    return (BEHAVIOUR, ORDERS) if fact.startswith("engagement") else (ORDERS,)


_MOMENTS: Mapping[str, tuple[str, ...]] = {
    "last_order": (ORDERS,), "first_order": (ORDERS,), "joined": (JOINED,), "last_message": (CONTACTS,),
    "last_open": (BEHAVIOUR,), "last_click": (BEHAVIOUR,),
}  # fmt: skip
_LEAVES: Mapping[type, tuple[str, ...]] = {
    TraitIs: (TRAITS,), Anniversary: (TRAITS,), Consented: (CONSENTS,), Reachable: (CONSENTS, IDENTIFIERS), Share: (),
    CellIs: (ORDERS,), GroupIs: (ORDERS,), ScoreIs: (ORDERS,), ScoreMoved: (MOVES,), WasIn: (MOVES, ORDERS),
    Fresh: (ORDERS,), Bought: (ORDERS,), Did: (BEHAVIOUR,), LastMessages: (BEHAVIOUR, CONTACTS),
    Interest: (BEHAVIOUR, ORDERS), InPlaybook: (ENROLLMENTS,),
    BuysFor: (RELATIONS,), Inferred: (BEHAVIOUR, ORDERS, TRAITS), NeedServed: (ORDERS,),
}  # fmt: skip


def touched_by(event: Event) -> set[str]:
    """The parts of the document that an event may change."""
    touched = {JOINED}
    if event.identifiers:
        touched.add(IDENTIFIERS)
    if event.traits:
        touched.add(TRAITS)
    match event.body:
        case OrderTold() | RefundTold() | CancellationTold():
            touched.add(ORDERS)
        case TraitsTold():
            touched.add(TRAITS)
        case ConsentTold():
            touched.add(CONSENTS)
        case MessageTold() | Custom() | SignedUp():
            touched.add(BEHAVIOUR)
        case RelationTold():
            touched.add(RELATIONS)
        case body:
            assert_never(body)
    return touched
