"""A playbook as data: what may stand in a file, and what is wrong with one, by path.

ORC-04 its parts, PB2-14 urgency that is true, ISR-03 message classes, ISR-04 what every advertising message must say.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from ritorno.core import offers
from ritorno.core.journeys.check import step_faults
from ritorno.core.journeys.journey import Playbook
from ritorno.core.journeys.parameters import PlaybookError, with_parameters
from ritorno.core.journeys.rules import rules_of, with_rules_read
from ritorno.core.journeys.step import Send
from ritorno.core.journeys.trigger import JoinedSegment, LeftSegment, Moved
from ritorno.core.messages import lint
from ritorno.core.plan import Plan
from ritorno.core.segments.check import RuleError, check

_MOST_PARTS, _DEEPEST = 20_000, 60


def decode(data: dict[str, Any], switched_on: frozenset[str] = frozenset(), plan: Plan | None = None) -> Playbook:
    """A playbook from its data, with those of its options switched on; with a plan its rules are held against what
    the brand has defined. Raises PlaybookError."""
    key = str(data.get("key", "?"))
    _require_bounded(key, data)
    told = dict(data)
    options = told.pop("options", {})
    unknown = switched_on - options.keys()
    if unknown:
        raise PlaybookError(key, [f"there is no option {min(unknown)!r}; there are: {', '.join(options) or 'none'}"])
    for name in sorted(switched_on):
        told["steps"] = _with_option(key, told.get("steps", ()), name, options[name])
    told = with_parameters(key, told)
    told, found = with_rules_read(told)
    if found:
        raise PlaybookError(key, found)
    try:
        playbook = msgspec.convert(told, Playbook)
    except msgspec.ValidationError as error:
        raise PlaybookError(key, [str(error)]) from error
    found = list(faults(playbook, plan))
    if found:
        raise PlaybookError(key, found)
    return playbook


def _require_bounded(key: str, data: dict[str, Any]) -> None:
    """A file of aliases may tell itself for ever. Raises PlaybookError."""
    left = _MOST_PARTS
    todo: list[tuple[Any, int]] = [(data, 0)]
    while todo:
        part, depth = todo.pop()
        if depth > _DEEPEST:
            raise PlaybookError(key, [f"is nested deeper than {_DEEPEST}"])
        left -= 1
        if left < 0:
            raise PlaybookError(key, [f"has more than {_MOST_PARTS} parts"])
        if isinstance(part, dict | list | tuple):
            todo += [(each, depth + 1) for each in (part.values() if isinstance(part, dict) else part)]


def _with_option(key: str, steps: Sequence[dict[str, Any]], name: str, option: dict[str, Any]) -> list[dict[str, Any]]:
    """The steps with the option's behind the one it names."""
    after = option.get("after")
    for place, step in enumerate(steps, 1):
        if step.get("name") == after:
            return [*steps[:place], *option.get("steps", ()), *steps[place:]]
    raise PlaybookError(key, [f"options.{name}.after is {after!r}; there is no step of that name"])


def faults(playbook: Playbook, plan: Plan | None = None) -> Iterator[str]:
    """Everything that would go wrong at run time, found now."""
    for path, rule in rules_of(playbook):
        try:
            check(rule, plan, playbook=playbook.key)
        except RuleError as error:
            yield f"{path}: {error}"
    if not 0 <= playbook.holdout < 1:
        yield f"holdout is {playbook.holdout}; it is a share from 0 up to, not including, 1"
    if playbook.a_day < 0:
        yield f"a_day is {playbook.a_day}; it is the most messages a day, 0 for no limit"
    if isinstance(playbook.trigger, Moved) and not {playbook.trigger.to, playbook.trigger.before or 0} <= {0, 1, 2, 3}:
        yield "trigger: a score moves between 1, 2 and 3, or from 0, where there was none"
    named = playbook.trigger.segment if isinstance(playbook.trigger, JoinedSegment | LeftSegment) else None
    if plan is not None and named is not None and named not in plan.rules:
        yield f"trigger: there is no segment {named!r}; there are: {', '.join(plan.rules) or 'none'}"
    if playbook.offer is not None:
        yield from offers.check(playbook.offer, plan.brand.margin if plan is not None else None)
    yield from step_faults(playbook)
    for place in playbook.program:
        if isinstance(place.step, Send):
            yield from _send_faults(f"{place.path} {place.step.name!r}", place.step, playbook)
    for index, variant in enumerate(playbook.variants):
        yield from _send_faults(f"variants[{index}] {variant.name!r}", variant, playbook)


def _send_faults(path: str, step: Send, playbook: Playbook) -> Iterator[str]:
    if not step.ways:
        yield f"{path}: no way to send it; name at least one channel"
    if step.instead and step.instead not in {variant.name for variant in playbook.variants}:
        yield f"{path}: instead is {step.instead!r}, and there is no variant of that name"
    if step.with_offer and playbook.offer is None:
        yield f"{path}: with_offer, but the playbook has no offer"
    for way in step.ways:
        yield from (f"{path} {fault}" for fault in lint.faults(way, step, playbook.offer))
