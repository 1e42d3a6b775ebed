"""The rules inside a playbook: which there are, and reading them from its data."""

from collections.abc import Iterator
from typing import Any

import msgspec

from ritorno.core.journeys.journey import Check, Playbook, Send
from ritorno.core.segments.check import RuleError
from ritorno.core.segments.codec import from_data
from ritorno.core.segments.rule import Rule
from ritorno.core.segments.text import from_text


def rules_of(playbook: Playbook) -> Iterator[tuple[str, Rule]]:
    """Every rule that a playbook asks, with its path."""
    yield "segment", playbook.segment
    if playbook.exits.unless is not None:
        yield "exits.unless", playbook.exits.unless
    for index, step in enumerate(playbook.steps):
        if isinstance(step, Check):
            yield f"steps[{index}].rule", step.rule
        elif isinstance(step, Send) and step.only_if is not None:
            yield f"steps[{index}].only_if", step.only_if
    for index, variant in enumerate(playbook.variants):
        if variant.only_if is not None:
            yield f"variants[{index}].only_if", variant.only_if


def with_rules_read(told: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """The data with every rule in it read (plain values, in its version, or text), and what is wrong with them."""
    found: list[str] = []

    def read(part: dict[str, Any], name: str, path: str) -> dict[str, Any]:
        rule = part.get(name)
        if rule is None:
            return part
        try:
            read = from_text(rule) if isinstance(rule, str) else from_data(rule)
        except RuleError as error:
            found.append(f"{path}: {error}")
            return part
        return {**part, name: msgspec.to_builtins(read)}

    told = read(told, "segment", "segment")
    if isinstance(told.get("exits"), dict):
        told["exits"] = read(told["exits"], "unless", "exits.unless")
    for steps, name in (("steps", "rule"), ("steps", "only_if"), ("variants", "only_if")):
        if isinstance(told.get(steps), list | tuple):
            told[steps] = [
                read(step, name, f"{steps}[{index}].{name}") if isinstance(step, dict) else step
                for index, step in enumerate(told[steps])
            ]
    return told, found
