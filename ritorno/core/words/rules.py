"""A leaf of a rule in words, Hebrew and English; the words stand in `rules_he.py` and `rules_en.py`."""

from collections.abc import Mapping
from typing import assert_never

from ritorno.core.bidi import isolated
from ritorno.core.events import Purpose
from ritorno.core.instants import days
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
from ritorno.core.words.rules_counted import (
    elapsed,
    expected,
    fact,
    happened,
    last_messages,
    measured,
    trait_is,
    within_of,
)
from ritorno.core.words.rules_speech import Speech


def say_leaf(leaf: Rule, language: str, groups: Mapping[str, str], currency: str, *, wanted: bool = True) -> str:
    """What the leaf asks; `groups` are the names of the groups by key."""
    speech = Speech(language, groups, currency)
    said = said_leaf(leaf, speech)
    return said if wanted else speech.say("not", said=said)


def said_leaf(leaf: Rule, speech: Speech) -> str:  # noqa: C901 - one case a leaf
    """The same with everything that has a name called by it."""
    match leaf:
        case TraitIs():
            return trait_is(leaf, speech)
        case Anniversary(trait, before, lasts):
            told = speech.say("anniversary_before", span=speech.span(days(before))) if before else ""
            length = speech.say("anniversary_lasts", span=speech.span(days(lasts))) if lasts != 1 else ""
            return speech.say("anniversary", trait=speech.trait(trait), before=told, lasts=length)
        case Consented(channel, purpose):
            key = "consent" if purpose is Purpose.MARKETING else f"consent_{purpose.value}"
            return speech.say(key, channel=channel.value)
        case Reachable(channels):
            return speech.say("reachable", channels=speech.either(channel.value for channel in channels))
        case Share(name, start, end):
            ends = {key: f"{round(100 * share, 2):g}%" for key, share in (("start", start), ("end", end))}
            return speech.say("share", name=speech.name(name, {}), **ends)
        case CellIs(cells):
            return _cells(cells, speech)
        case GroupIs(groups):
            return _groups(groups, speech)
        case ScoreIs(axis, values):
            return speech.say("score", axis=axis.upper(), values=speech.either(map(str, values)))
        case ScoreMoved(axis, to, before, within):
            known = {} if before is None else {"before": str(before)}
            key = "moved" if before is None else "moved_from"
            return speech.say(key, axis=axis.upper(), to=str(to), within=within_of(within, speech), **known)
        case WasIn(within, groups, cells):
            places = ([_groups(groups, speech)] if groups else []) + ([_cells(cells, speech)] if cells else [])
            return speech.say("was", places=speech.either(places), last=speech.last(within))
        case FactIs():
            return fact(leaf, speech)
        case Elapsed():
            return elapsed(leaf, speech)
        case Fresh():
            return speech.say("fresh")
        case Bought() | Did():
            return measured(leaf, speech)
        case Then(first, then, within, never):
            parts = {"first": happened(first, speech), "second": happened(then, speech), "span": speech.span(within)}
            return speech.say("then_never" if never else "then", **parts)
        case LastMessages():
            return last_messages(leaf, speech)
        case Interest(key, _, _, str(state)):
            return speech.say(f"interest_{state}", name=speech.name(key, speech.interests))
        case Interest(key, at_least, within):
            name, amount = speech.name(key, speech.interests), speech.amount(f"{at_least:,}", None)
            return speech.say("interest", name=name, within=within_of(within, speech), amount=amount)
        case InSegment(segment):
            return speech.say("segment", name=speech.name(segment, speech.segments))
        case InPlaybook(playbook, "now"):
            return speech.say("playbook_now", name=speech.name(playbook, speech.playbooks))
        case InPlaybook(playbook, _, within):
            name = speech.name(playbook, speech.playbooks)
            return speech.say("playbook_ever", name=name, within=within_of(within, speech))
        case BuysFor() | Inferred() | NeedServed():
            return expected(leaf, speech)
        case All() | Any():
            return speech.say("everyone" if isinstance(leaf, All) else "nobody")
        case Not(inner):
            return speech.say("not", said=said_leaf(inner, speech))
        case _:
            assert_never(leaf)


def _cells(cells: tuple[str, ...], speech: Speech) -> str:
    return speech.say("cell", cells=speech.either(isolated(cell, speech.language) for cell in cells))


def _groups(groups: tuple[str, ...], speech: Speech) -> str:
    return speech.say("group", groups=speech.either(speech.groups.get(key, key) for key in groups))
