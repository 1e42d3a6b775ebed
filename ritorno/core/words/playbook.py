"""A playbook on one page: segment, trigger, steps and exits in words, Hebrew and English (ORC-04)."""

from collections.abc import Callable, Mapping
from typing import assert_never

from ritorno.core.journeys.journey import (
    Check,
    Happened,
    JoinedSegment,
    Moved,
    Playbook,
    Send,
    Step,
    Trigger,
    Wait,
)  # fmt: skip
from ritorno.core.segments.rule import All, Any, Not, Reachable, Rule
from ritorno.core.words.catalogue import say_span
from ritorno.core.words.causes import CATALOGUES as CAUSES
from ritorno.core.words.rules import say_leaf
from ritorno.core.words.rules_speech import CATALOGUES as RULES

CATALOGUES: dict[str, dict[str, str]] = {
    "he": {
        "and": " וגם ",
        "moved": "{axis} עובר ל-{to}",
        "moved_from": "{axis} עובר מ-{before} ל-{to}",
        "event": "אירוע: {event}",
        "segment_entered": "כניסה לסגמנט {segment}",
        "send": "הודעה אחת, בערוץ הראשון שיש לו הסכמה: {channels}",
        "wait_step": "להמתין {span}",
        "wait_entry": "להמתין עד {span} מהכניסה",
        "wait_send": "להמתין עד {span} מאז שיצאה {since}",
        "check": "להמשיך רק אם: {rule}; אחרת יציאה: {why}",
        "exit_purchase": "כל קנייה, בכל מקום",
        "exit_after": "{span} מהכניסה",
        "exit_unless": "כשלא מתקיים עוד: {rule}",
        "exit_never": "רק בסוף הצעדים",
    },
    "en": {
        "and": " and ",
        "moved": "{axis} moves to {to}",
        "moved_from": "{axis} moves from {before} to {to}",
        "event": "event: {event}",
        "segment_entered": "entering segment {segment}",
        "send": "one message, by the first channel with consent: {channels}",
        "wait_step": "wait {span}",
        "wait_entry": "wait until {span} after entering",
        "wait_send": "wait until {span} after {since} left",
        "check": "go on only if: {rule}; otherwise leave: {why}",
        "exit_purchase": "any purchase, anywhere",
        "exit_after": "{span} after entering",
        "exit_unless": "as soon as this no longer holds: {rule}",
        "exit_never": "only at the end of its steps",
    },
}
SayRule = Callable[[Rule], str]


def rule_sayer(language: str, groups: Mapping[str, str], currency: str) -> SayRule:
    """Says a whole rule; `groups` are the names of the groups by key. Parts of a part stand in parentheses."""
    words = RULES[language]
    joints = {All: CATALOGUES[language]["and"], Any: words["or"]}

    def say(rule: Rule) -> str:
        match rule:
            case All(rules) | Any(rules) if rules:
                parts = [f"({say(each)})" if _is_joint(each) and len(rules) > 1 else say(each) for each in rules]
                return joints[type(rule)].join(parts)
            case Not(inner):
                said = f"({say(inner)})" if _is_joint(inner) else say(inner)
                return words["not"].format(said=said)
            case _:
                return say_leaf(rule, language, groups, currency)

    return say


def _is_joint(rule: Rule) -> bool:
    return isinstance(rule, All | Any) and len(rule.rules) > 1


def say_trigger(trigger: Trigger, language: str) -> str:
    """What lets customers in."""
    words = CATALOGUES[language]
    match trigger:
        case Moved(axis, to, None):
            return words["moved"].format(axis=axis.upper(), to=to)
        case Moved(axis, to, before):
            return words["moved_from"].format(axis=axis.upper(), to=to, before=before)
        case Happened(event):
            return words["event"].format(event=CAUSES[language].get(event, event))
        case JoinedSegment(segment):
            return words["segment_entered"].format(segment=segment)
        case _:
            assert_never(trigger)


def say_step(step: Step, language: str, say_rule: SayRule) -> str:
    """What one step does; a message's texts are not told."""
    words = CATALOGUES[language]
    match step:
        case Send():
            return words["send"].format(channels=", ".join(way.channel.value for way in step.ways))
        case Wait(_, span, since):
            key = f"wait_{since}" if since in ("step", "entry") else "wait_send"
            return words[key].format(span=say_span(span, language), since=since)
        case Check(_, rule, why):
            return words["check"].format(rule=say_rule(rule), why=why)
        case _:
            assert_never(step)


def say_exits(playbook: Playbook, language: str, say_rule: SayRule) -> list[str]:
    """Everything that ends a passage before its last step, consent taken back included."""
    words, exits = CATALOGUES[language], playbook.exits
    stays = [] if exits.unless is None else [exits.unless]
    if playbook.entry.reachable:
        stays.append(Reachable(playbook.entry.reachable))
    told = [words["exit_purchase"]] if exits.purchase else []
    told += [words["exit_unless"].format(rule=say_rule(rule)) for rule in stays]
    if exits.after is not None:
        told.append(words["exit_after"].format(span=say_span(exits.after, language)))
    return told or [words["exit_never"]]
