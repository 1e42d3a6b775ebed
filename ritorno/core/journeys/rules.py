"""The rules inside a playbook: which there are, and reading them from its data."""

from collections.abc import Iterator
from typing import Any

import msgspec

from ritorno.core.journeys.journey import Playbook
from ritorno.core.journeys.step import Branch, Check, Send, Step, WaitFor
from ritorno.core.journeys.trigger import BecameTrue, Happened, Trigger
from ritorno.core.segments.check import RuleError
from ritorno.core.segments.codec import from_data
from ritorno.core.segments.rule import Rule
from ritorno.core.segments.text import from_text

_RULES = frozenset({"rule", "only_if", "unless", "goal"})  # the fields that hold a rule, wherever they stand


def rules_of(playbook: Playbook) -> Iterator[tuple[str, Rule]]:
    """Every rule that a playbook asks, with its path."""
    yield "segment", playbook.segment
    yield from _of_trigger("trigger", playbook.trigger)
    exits = playbook.exits
    for name, rule in (("unless", exits.unless), ("goal", exits.goal), ("bought", exits.bought)):
        if rule is not None:
            yield f"exits.{name}", rule
    for place in playbook.program:
        yield from _of_step(place.path, place.step)
    for index, variant in enumerate(playbook.variants):
        yield from _of_step(f"variants[{index}]", variant)


def _of_trigger(path: str, trigger: Trigger) -> Iterator[tuple[str, Rule]]:
    if isinstance(trigger, BecameTrue):
        yield f"{path}.rule", trigger.rule
    elif isinstance(trigger, Happened) and trigger.order is not None:
        yield f"{path}.order", trigger.order


def _of_step(path: str, step: Step) -> Iterator[tuple[str, Rule]]:
    if isinstance(step, Check | Branch):
        yield f"{path}.rule", step.rule
    elif isinstance(step, WaitFor):
        if step.rule is not None:
            yield f"{path}.rule", step.rule
        if step.event is not None:
            yield from _of_trigger(f"{path}.event", step.event)
    elif isinstance(step, Send):
        if step.only_if is not None:
            yield f"{path}.only_if", step.only_if
        for index, way in enumerate(step.ways):
            yield from ((f"{path}.ways[{index}].{where}", rule) for where, rule in way.rules())


def with_rules_read(told: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """The data with every rule in it read (plain values, in its version, or text), and what is wrong with them."""
    found: list[str] = []

    def read(part: Any, path: str) -> Any:
        if isinstance(part, dict):
            return {
                name: _read_rule(value, f"{path}{name}", found) if name in _RULES else read(value, f"{path}{name}.")
                for name, value in part.items()
            }
        if isinstance(part, list | tuple):
            return [read(each, f"{path[:-1]}[{index}].") for index, each in enumerate(part)]
        return part

    parts = {
        name: _read_rule(part, name, found) if name == "segment" else read(part, f"{name}.")
        for name, part in told.items()
    }
    return parts, found


def _read_rule(rule: Any, path: str, found: list[str]) -> Any:
    if rule is None:
        return None
    try:
        read = from_text(rule) if isinstance(rule, str) else from_data(rule)
    except RuleError as error:
        found.append(f"{path}: {error}")
        return rule
    return msgspec.to_builtins(read)
