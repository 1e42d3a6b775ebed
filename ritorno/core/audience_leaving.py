"""What of an ad audience may leave: nothing of one that tells of health or another sensitive category (ORC-22, ISR-17),
and no name that gives its members away.

An ad audience tells of a sensitive category when it is for that category, mirrors a segment whose rule speaks of it (or
of one of its products), or is joined in a playbook that is entered for it.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import msgspec

from ritorno.core.audiences import AudienceDefinition, called, category_of, family
from ritorno.core.ids import AudienceKey, SegmentKey
from ritorno.core.journeys.journey import Playbook
from ritorno.core.journeys.rules import rules_of
from ritorno.core.journeys.step import Audience
from ritorno.core.journeys.trigger import Happened
from ritorno.core.plan import Plan
from ritorno.core.segments.check import leaves
from ritorno.core.segments.rule import InSegment, Interest, Rule

# Words by which Meta and Google tell an ad audience of health or means (Meta: operation status 471).
_HINTS = re.compile(
    r"ספיג|בריאות|רפוא|תרופ|מחל[הות]|סוכרת|סרטן|היריון|הריון|דיכאון|נכות|אשראי|חובות|הכנסה|עשיר|"
    r"incontinen|health|medic|disease|diabet|cancer|pregnan|depress|disab|arthrit|credit|debt|income|wealth",
    re.IGNORECASE,
)


class Blocked(NamedTuple):
    """Nothing of it leaves: `about` is the category or product that it tells of; "" for any sensitive product."""

    about: str


def blocked(key: AudienceKey, definition: AudienceDefinition, plan: Plan) -> Blocked | None:
    """Why nothing of the ad audience leaves; None: it may."""
    named: set[str] = {category_of(key)}
    if definition.segment:
        named |= _in_segment(SegmentKey(definition.segment), plan, set())
    for playbook in plan.running:
        if _joins(playbook, family(key)):
            named |= _in_playbook(playbook, plan)
    found = sorted(named & (plan.catalogue.sensitive | {_FLAG}))
    return Blocked(found[-1].removeprefix(_FLAG)) if found else None


_FLAG = "\x00sensitive"  # what a trigger that asks for sensitive products is taken to name


def _joins(playbook: Playbook, key: AudienceKey) -> bool:
    steps = (place.step for place in playbook.program)
    return any(isinstance(each, Audience) and family(AudienceKey(each.audience)) == key for each in steps)


def _in_playbook(playbook: Playbook, plan: Plan) -> set[str]:
    named = {name for _, rule in rules_of(playbook) for name in _in_rule(rule, plan, set())}
    trigger = playbook.trigger
    if isinstance(trigger, Happened) and trigger.product is not None and trigger.product.sensitive:
        named.add(_FLAG)
    return named


def _in_segment(key: SegmentKey, plan: Plan, seen: set[SegmentKey]) -> set[str]:
    if key in seen or key not in plan.rules:
        return set()
    seen.add(key)
    return _in_rule(plan.rules[key], plan, seen)


def _in_rule(rule: Rule, plan: Plan, seen: set[SegmentKey]) -> set[str]:
    """Every text in the rule, in the segments that it names and in what feeds the interests that it asks for."""
    named = set(_texts(msgspec.to_builtins(rule)))
    for _, part in leaves(rule):
        if isinstance(part, InSegment):
            named |= _in_segment(SegmentKey(part.segment), plan, seen)
        elif isinstance(part, Interest) and part.interest in plan.interests_by_key:
            named |= set(_texts(msgspec.to_builtins(plan.interests_by_key[part.interest])))
    return named


def _texts(told: Any) -> Iterator[str]:
    if isinstance(told, str):
        yield told
    elif isinstance(told, dict):
        for part in told.values():
            yield from _texts(part)
    elif isinstance(told, list | tuple):
        for part in told:
            yield from _texts(part)


class OutwardName(NamedTuple):
    """What the platforms call it; `is_renamed` when it would have given its members away."""

    name: str
    is_renamed: bool


def outward_name(
    number: int, key: AudienceKey, definition: AudienceDefinition, language: str, sensitive: Iterable[str]
) -> OutwardName:
    """`AUD-17`, unless the definition shows its name, and that speaks of neither health nor means nor what is
    sensitive."""
    name, neutral = called(key, definition, language), f"AUD-{number}"
    hints = bool(_HINTS.search(name)) or any(each.lower() in name.lower() for each in sensitive)
    return OutwardName(name if definition.show_name and not hints else neutral, definition.show_name and hints)
