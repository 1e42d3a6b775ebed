"""A whole rule in words, part by part; and one customer's answer to it, with until when it stands."""

from collections.abc import Iterator, Mapping

import msgspec

from ritorno.core.bidi import isolated
from ritorno.core.ids import SegmentKey
from ritorno.core.instants import NEVER, Instant, to_datetime
from ritorno.core.plan import Plan
from ritorno.core.segments.live import ask
from ritorno.core.segments.rule import All, Any, InSegment, Not, Rule
from ritorno.core.view import View
from ritorno.core.words.catalogue import say_moment
from ritorno.core.words.rules import said_leaf
from ritorno.core.words.rules_speech import Speech


class Said(msgspec.Struct, frozen=True):
    """A part of a rule in words; `parts` are those inside it, a segment's rule inside the leaf that names it."""

    words: str
    parts: tuple["Said", ...] = ()


class Explained(msgspec.Struct, frozen=True):
    """The same for one customer: the answer, until when it stands (NEVER: until something is told), and both in
    words."""

    words: str
    answer: bool
    until: Instant
    said: str
    parts: tuple["Explained", ...] = ()


def speech_of(plan: Plan, language: str, groups: Mapping[str, str]) -> Speech:
    """What the brand calls its segments, playbooks and traits; `groups` are the names of the groups by key."""
    return Speech(
        language,
        groups,
        plan.brand.currency,
        segments={str(each.key): each.name.in_language(language) for each in plan.segments},
        playbooks={str(each.key): each.name.in_language(language) for each in plan.versions.values()},
        traits={each.key: each.name.in_language(language) for each in plan.traits},
        choices={
            each.key: {choice.key: choice.name.in_language(language) for choice in each.choices} for each in plan.traits
        },
        needs={each.key: each.name.in_language(language) for each in plan.needs},
        interests={each.key: each.name.in_language(language) for each in plan.interests},
        tz=plan.tz,
    )


def say_rule(rule: Rule, speech: Speech) -> Said:
    """The tree in words, as it is written; a segment is named and not opened."""
    return Said(_heading(rule, speech), tuple(say_rule(part, speech) for part in _inside(rule)))


def explain(rule: Rule, view: View, speech: Speech) -> Explained:
    """Leaf by leaf for the customer of the view; segments that the rule names are opened."""
    answer, until = ask(rule, view)
    inside = _inside(rule)
    if isinstance(rule, InSegment) and (named := view.plan.rules.get(SegmentKey(rule.segment))) is not None:
        inside = (named,)
    parts = tuple(explain(part, view, speech) for part in inside)
    return Explained(_heading(rule, speech), answer, until, _answer(answer, until, view, speech), parts)


def lines(told: Said | Explained) -> list[str]:
    """One line a part, deeper parts further in."""
    return list(_lines(told, 0))


def _lines(told: Said | Explained, depth: int) -> Iterator[str]:
    answer = f" – {told.said}" if isinstance(told, Explained) else ""
    yield f"{'  ' * depth}{told.words}{answer}"
    for part in told.parts:
        yield from _lines(part, depth + 1)


def _inside(rule: Rule) -> tuple[Rule, ...]:
    match rule:
        case All(rules) | Any(rules):
            return rules
        case Not(inner) if _has_parts(inner):
            return (inner,)
        case _:
            return ()


def _has_parts(rule: Rule) -> bool:
    while isinstance(rule, Not):
        rule = rule.rule
    return isinstance(rule, All | Any) and bool(rule.rules)


def _heading(rule: Rule, speech: Speech) -> str:
    match rule:
        case All(rules) if rules:
            return speech.say("all")
        case Any(rules) if rules:
            return speech.say("any")
        case Not() if _inside(rule):
            return speech.say("none_of")
        case _:
            return said_leaf(rule, speech)


def _answer(answer: bool, until: Instant, view: View, speech: Speech) -> str:
    key = "true" if answer else "false"
    if until == NEVER:
        return speech.say(key)
    at = isolated(say_moment(to_datetime(until, view.tz)), speech.language)
    return speech.say(f"{key}_until", at=at)
