"""Simulate: live a scenario through, and tell at each checkpoint how everyone stands, what was decided, what left.

Here without a database, by the same `react` and `judge` as live; `simulate_store.py` goes through PostgreSQL and the
worker. Both must give the same answer.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal, NamedTuple

import msgspec
from msgspec.structs import replace

from ritorno.core.catalogue import Catalogue
from ritorno.core.customer import Customer
from ritorno.core.decisions import AnyDecision, encode_decision
from ritorno.core.events import Event
from ritorno.core.identity import New, resolve
from ritorno.core.ids import BrandId, CustomerId, SegmentKey
from ritorno.core.instants import NEVER, Instant, Span, parse_span, say_instant, zone
from ritorno.core.journeys.codec import decode
from ritorno.core.journeys.journey import Playbook
from ritorno.core.journeys.parameters import PlaybookError
from ritorno.core.journeys.way import Words
from ritorno.core.life import Life
from ritorno.core.messages.message import Message, Reason
from ritorno.core.money import decimal_text, parse_amount
from ritorno.core.plan import Brand, Plan, Policy, Segment, with_playbooks
from ritorno.core.scores.cuts import Scheme, check
from ritorno.core.scores.rfm import group_key
from ritorno.core.segments.check import RuleError
from ritorno.core.segments.check import check as check_rule
from ritorno.core.segments.codec import from_data
from ritorno.core.segments.text import from_text
from ritorno.playbooks import library
from ritorno.work.activate import adjusted
from ritorno.work.dry_run import live_together
from ritorno.work.resolve import new_customer_id
from ritorno.work.scenario import Scenario, ScenarioError, SegmentSaid, events_of, instants_of

BRAND = BrandId(1)  # the first brand of a fresh installation
Reading = Literal["live", "whole"]
Members = Callable[[list[Customer], Plan, Instant], Mapping[CustomerId, list[str]]]  # the segments each is in


class Sent(NamedTuple):
    """A message and what became of it."""

    message: Message
    state: str
    sent_at: Instant | None
    channel: str | None
    reasons: list[tuple[Instant, Reason]]


def plan_of(scenario: Scenario) -> Plan:
    """The compiled plan. Raises ScenarioError naming the part that is wrong."""
    said = scenario.brand
    brand = Brand(
        BRAND, "default", said.name, said.timezone, said.currency, said.language, said.region, sender=said.name
    )
    try:
        # A scenario is told what happened: nobody watches whether a till has gone silent.
        policy = msgspec.convert({**scenario.policy, "silent_after": None}, Policy)
        scheme = _scheme(scenario)
        check(scheme, zone(brand.timezone))
    except (msgspec.ValidationError, ValueError) as error:
        raise ScenarioError(f"scheme or policy: {error}") from error
    segments = tuple(_segment(index, one) for index, one in enumerate(scenario.segments))
    catalogue = Catalogue({each.sku: each for each in scenario.products})
    plan = Plan(brand, scheme, policy, segments, catalogue=catalogue)
    plan = with_playbooks(plan, *(_playbook(index, told) for index, told in enumerate(scenario.playbooks)))
    for index, segment in enumerate(segments):
        try:
            check_rule(segment.rule, plan, key=segment.key)
        except RuleError as error:
            raise ScenarioError(f"segments[{index}]: {error}") from error
    return plan


def _scheme(scenario: Scenario) -> Scheme:
    said, currency = scenario.scheme, scenario.brand.currency
    fresh, warm = (_span(each) for each in said.recency)
    some, much = (parse_amount(each, currency) for each in said.spend)
    return Scheme(1, (fresh, warm), said.orders, (some, much), _span(said.window), said.occasion)


def _span(said: str | int) -> Span:
    return parse_span(f"{said}d" if isinstance(said, int) else said)


def _segment(index: int, said: SegmentSaid) -> Segment:
    name = Words(said.name.he, said.name.en) if said.name else Words(said.key, said.key)
    try:
        rule = from_text(said.rule) if isinstance(said.rule, str) else from_data(said.rule)
    except ValueError as error:
        raise ScenarioError(f"segments[{index}]: {error}") from error
    return Segment(SegmentKey(said.key), 1, name, rule)


def _playbook(index: int, told: dict[str, Any]) -> Playbook:
    try:
        if "ready" not in told:
            return replace(decode(told), version=1)
        switched_on = frozenset(told.get("switched_on", ()))
        ready = library.load(told["ready"])
        one = adjusted(ready, switched_on=switched_on, holdout=told.get("holdout"), a_day=told.get("a_day"),
                       parameters=told.get("parameters"))  # fmt: skip
        return replace(one, version=1)
    except (KeyError, PlaybookError, msgspec.ValidationError) as error:
        raise ScenarioError(f"playbooks[{index}]: {error}") from error


def simulate(scenario: Scenario, members: Members | None = None) -> dict[str, Any]:
    """Everything the scenario asks, in memory. Raises ScenarioError. `members` reads memberships another way."""
    plan = plan_of(scenario)
    told = events_of(scenario)
    lives = {name: Life(Customer(who), inputs, plan) for name, who, inputs in _people(scenario, told)}
    checkpoints = []
    for moment in instants_of(scenario):
        live_together(list(lives.values()), plan, moment)
        for life in lives.values():
            life.step(moment)
        documents = {name: life.customer for name, life in lives.items()}
        checkpoints.append(tell_checkpoint(documents, plan, moment, members))
    decided = {name: life.decisions for name, life in lives.items()}
    sent = {
        name: [
            Sent(each.message, each.state.value, each.sent_at, each.way.channel if each.way else None, each.reasons)
            for each in life.fates
        ]
        for name, life in lives.items()
    }
    return tell(checkpoints, decided, sent, plan)


def _people(scenario: Scenario, told: list[Event]) -> Iterable[tuple[str, CustomerId, list[Event]]]:
    """Each customer under the id it would get in a database, so that hashes give the same arms."""
    by_shop_id: dict[str, list[Event]] = {each.id: [] for each in scenario.customers}
    for event in told:
        by_shop_id[event.identifiers[0].value].append(event)
    for name, inputs in by_shop_id.items():
        if not inputs:
            continue
        found = resolve(inputs[0].identifiers, "", {}, {})
        attach = found.identifiers if isinstance(found, New) else ()
        yield name, new_customer_id(BRAND, attach, inputs[0]), inputs


def tell_checkpoint(
    documents: Mapping[str, Customer], plan: Plan, now: Instant, members: Members | None
) -> dict[str, Any]:
    """How everyone known by `now` stands."""
    known = {name: one for name, one in sorted(documents.items()) if one.joined_at != NEVER or one.house}
    read = members(list(known.values()), plan, now) if members else {}
    told = {}
    for name, one in known.items():
        segments = read.get(one.id, []) if members else [str(key) for key in sorted(one.segments)]
        told[name] = _stand(one, segments, plan)
    return {"at": say_instant(now, plan.tz), "customers": told}


def _stand(one: Customer, segments: list[str], plan: Plan) -> dict[str, Any]:
    scores = one.scores
    return {
        "scores": {
            "cell": f"{scores.cell:03d}" if scores.cell else None,
            "r": scores.r or None,
            "f": scores.f or None,
            "m": scores.m or None,
            "orders": scores.orders,
            "spend": decimal_text(scores.spend, plan.brand.currency),
            "last_at": None if scores.last_at == NEVER else say_instant(scores.last_at, plan.tz),
        },
        "group": None if one.house else group_key(scores.cell),
        "segments": segments,
        "playbooks": {each.playbook: each.arm for each in one.enrollments if each.is_open},
        "fields": {name: trait.value for name, trait in sorted(one.traits.items())},
    }


def tell(
    checkpoints: list[dict[str, Any]],
    decided: Mapping[str, Iterable[AnyDecision]],
    sent: Mapping[str, Iterable[Sent]],
    plan: Plan,
) -> dict[str, Any]:
    """The answer: what was decided and what became of each message, by time."""
    decisions = [(each.at, name, encode_decision(each)) for name, several in decided.items() for each in several]
    messages = [
        (each.message.wanted_at, name, each.message.id, each) for name, several in sent.items() for each in several
    ]
    return {
        "version": 1,
        "checkpoints": checkpoints,
        "decisions": [
            {"customer": name, **msgspec.json.decode(payload), "at": say_instant(at, plan.tz)}
            for at, name, payload in sorted(decisions)
        ],
        "messages": [_tell_message(name, each, plan) for _, name, _, each in sorted(messages, key=lambda one: one[:3])],
    }


def _tell_message(name: str, each: Sent, plan: Plan) -> dict[str, Any]:
    message = each.message
    return {
        "customer": name,
        "playbook": message.playbook,
        "step": message.step,
        "arm": message.arm,
        "state": each.state,
        "channel": each.channel,
        "wanted_at": say_instant(message.wanted_at, plan.tz),
        "sent_at": None if each.sent_at is None else say_instant(each.sent_at, plan.tz),
        "reasons": [
            {"at": say_instant(at, plan.tz), "code": why.code, "detail": why.detail} for at, why in each.reasons
        ],
    }
