"""A playbook as data: what may stand in a file, and what is wrong with one, by path.

ORC-04 its parts, PB2-14 urgency that is true, ISR-03 message classes, ISR-04 what every advertising message must say.
"""

from collections.abc import Iterator
from typing import Any

import msgspec

from ritorno.core import offers
from ritorno.core.events import Channel
from ritorno.core.instants import Unit
from ritorno.core.journeys.journey import Check, Playbook, Send, Step, Wait, Way
from ritorno.core.messages.render import expand, problems
from ritorno.core.segments.rule import RuleError, check

_PROMISES = {"24 שעות": 24, "24 hours": 24, "48 שעות": 48, "48 hours": 48, "72 שעות": 72, "72 hours": 72}
_SERVICE_MAY_NOT = ("offer.", "₪", "NIS", "מתנה", "הנחה", "discount", "% off")


class PlaybookError(ValueError):
    """A playbook that cannot run; every problem with the path of the part that has it."""

    def __init__(self, key: str, found: list[str]) -> None:
        super().__init__(f"playbook {key}: " + "; ".join(found))
        self.problems = found


def decode(data: dict[str, Any], switched_on: frozenset[str] = frozenset()) -> Playbook:
    """A playbook from its data, with those of its options switched on. Raises PlaybookError."""
    told = dict(data)
    key = str(told.get("key", "?"))
    options = told.pop("options", {})
    unknown = switched_on - options.keys()
    if unknown:
        raise PlaybookError(key, [f"there is no option {min(unknown)!r}; there are: {', '.join(options) or 'none'}"])
    for name in sorted(switched_on):
        told["steps"] = list(_with_option(told["steps"], options[name]))
    try:
        playbook = msgspec.convert(told, Playbook)
    except msgspec.ValidationError as error:
        raise PlaybookError(key, [str(error)]) from error
    found = list(faults(playbook))
    if found:
        raise PlaybookError(key, found)
    return playbook


def _with_option(steps: list[dict[str, Any]], option: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for step in steps:
        yield step
        if step.get("name") == option["after"]:
            yield from option["steps"]


def faults(playbook: Playbook) -> Iterator[str]:
    """Everything that would go wrong at run time, found now."""
    yield from _rule_faults(playbook)
    if not 0 <= playbook.holdout < 1:
        yield f"holdout is {playbook.holdout}; it is a share from 0 up to, not including, 1"
    if playbook.offer is not None:
        yield from offers.check(playbook.offer)
    names = [step.name for step in (*playbook.steps, *playbook.variants)]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"steps: the name {name!r} stands twice"
    for index, step in enumerate(playbook.steps):
        path = f"steps[{index}] {step.name!r}"
        match step:
            case Send():
                yield from _send_faults(path, step, playbook)
            case Wait():
                yield from _wait_faults(path, step, playbook.steps[:index])
            case Check():
                pass
    for index, variant in enumerate(playbook.variants):
        yield from _send_faults(f"variants[{index}] {variant.name!r}", variant, playbook)


def _rule_faults(playbook: Playbook) -> Iterator[str]:
    rules = [("segment", playbook.segment)]
    if playbook.exits.unless is not None:
        rules.append(("exits.unless", playbook.exits.unless))
    for index, step in enumerate(playbook.steps):
        if isinstance(step, Check):
            rules.append((f"steps[{index}].rule", step.rule))
        elif isinstance(step, Send) and step.only_if is not None:
            rules.append((f"steps[{index}].only_if", step.only_if))
    for path, rule in rules:
        try:
            check(rule)
        except RuleError as error:
            yield f"{path}: {error}"


def _wait_faults(path: str, step: Wait, before: tuple[Step, ...]) -> Iterator[str]:
    if step.span.count <= 0:
        yield f"{path}: a wait must be longer than nothing"
    sends = {each.name for each in before if isinstance(each, Send)}
    if step.since not in {"step", "entry"} | sends:
        yield f"{path}: since is {step.since!r}; write step, entry or the name of a send before it"


def _send_faults(path: str, step: Send, playbook: Playbook) -> Iterator[str]:
    if not step.ways:
        yield f"{path}: no way to send it; name at least one channel"
    if step.instead and step.instead not in {variant.name for variant in playbook.variants}:
        yield f"{path}: instead is {step.instead!r}, and there is no variant of that name"
    if step.with_offer and playbook.offer is None:
        yield f"{path}: with_offer, but the playbook has no offer"
    for way in step.ways:
        for language in ("he", "en"):
            yield from (f"{path} {way.channel} {language}: {each}" for each in _text_faults(way, language, step))
            yield from (f"{path} {way.channel} {language}: {each}" for each in _promise_faults(way, language, playbook))


def _text_faults(way: Way, language: str, step: Send) -> Iterator[str]:
    text = way.text.in_language(language)
    yield from problems(text, language)
    if not step.with_offer and "offer." in text:
        yield "speaks of an offer, but the step is not with_offer"
    if step.message_class == "service":
        sells = next((word for word in _SERVICE_MAY_NOT if word in text), None)
        if sells:
            yield f"a service message may not sell ({sells!r}); make it marketing"
        return
    whole = expand(text, language)
    if "{{ optout }}" not in whole:
        yield "no way to refuse; add [OUT]"
    word = "פרסומת" if language == "he" else "Ad"
    if way.channel is Channel.EMAIL:
        subject = way.subject.in_language(language) if way.subject else ""
        if not subject.startswith(word):
            yield f"the subject must begin with {word}"
        yield from problems(subject, language)
    elif not whole.startswith(word) or "{{ brand.name }}" not in whole:
        yield f"must begin with {word} and the sender's name; begin with [AD]"


def _promise_faults(way: Way, language: str, playbook: Playbook) -> Iterator[str]:
    """Urgency must be true (PB2-14)."""
    text = way.text.in_language(language)
    for words, told in _PROMISES.items():
        lives = playbook.offer.lives if playbook.offer else None
        if words in text and (lives is None or lives.unit is not Unit.HOURS or lives.count != told):
            yield f"says {words!r}, but the code lives {lives}"
