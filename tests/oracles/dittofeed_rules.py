"""Segments of Dittofeed as our rules, and its words and paths as ours."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from ritorno.core.events import TraitValue
from ritorno.core.instants import Span, Unit
from ritorno.core.segments.rule import All, Did, Not, Rule, Share, TraitIs, Where
from ritorno.core.segments.rule import Any as AnyOf

Json = Mapping[str, Any]


class Translator:
    """`met`: the names of events that happen in the case; `spoken` fills in placeholders of the clock."""

    def __init__(self, met: set[str], spoken: Callable[[Any], Any]) -> None:
        self.met = met
        self.spoken = spoken

    def rule(self, segment: Json) -> Rule:
        definition = segment["definition"]
        nodes = {node["id"]: node for node in definition["nodes"]}
        return self._rule(definition["entryNode"], nodes, segment["name"])

    def _rule(self, node: Json, nodes: Json, segment: str) -> Rule:
        match node["type"]:
            case "And":
                return All(tuple(self._rule(nodes[child], nodes, segment) for child in node["children"]))
            case "Or":
                return AnyOf(tuple(self._rule(nodes[child], nodes, segment) for child in node["children"]))
            case "Trait":
                return self._trait(key_of(node["path"]), node["operator"])
            case "Includes":
                return TraitIs(key_of(node["path"]), "=", node["item"])
            case "Performed":
                return self._did(node)
            case "LastPerformed":
                return self._last_did(node)
            case "Email":
                named = Where("templateId", "=", node["templateId"])
                return Did(event=node["event"], where=(named,), at_least=node["times"])
            case "Manual":
                return TraitIs(manual(segment, node["version"]), "=", value=True)
            case "RandomBucket":
                return Share(segment, 0, node["percent"])
            case kind:
                raise ValueError(f"{kind} is a node that the adapter does not know")

    def _trait(self, trait: str, operator: Json) -> Rule:
        match operator["type"]:
            case "Within":
                return Did(event="sign_up", within=seconds(operator["windowSeconds"]))
            case "AbsoluteTimestamp":
                assert operator["direction"] == "after"
                return Did(event="sign_up", since=datetime.fromisoformat(self.spoken(operator["absoluteTimestamp"])))
            case "HasBeen":
                lately = TraitIs(trait, "set", told_within=seconds(operator["windowSeconds"]))
                stands = TraitIs(trait, "=", operator["value"])
                return All((stands, Not(lately) if operator["comparator"] == "GTE" else lately))
            case "NotEquals":
                return Not(TraitIs(trait, "in", either(operator["value"])))
            case "NotExists":
                return Not(TraitIs(trait, "!=", ""))
            case _:
                return TraitIs(trait, *_compared(operator))

    def _did(self, node: Json) -> Rule:
        where = tuple(_where(each) for each in node.get("properties", ()))
        within = seconds(node["withinSeconds"]) if "withinSeconds" in node else None
        times, operator = node.get("times", 1), node.get("timesOperator", ">=")
        bounds = {">=": (times, None), "=": (times, times), "<": (None, times - 1)}[operator]
        return AnyOf(
            tuple(
                Did(event=name, where=where, within=within, at_least=bounds[0], at_most=bounds[1])
                for name in names_of(node["event"], self.met)
            )
        )

    def _last_did(self, node: Json) -> Rule:
        """Nobody in the cases does such an event twice, so the last one is the only one."""
        wanted = [*node.get("whereProperties", ()), *node["hasProperties"]]
        having = [each for each in wanted if each["operator"]["type"] != "NotExists"]
        lacking = [each for each in wanted if each["operator"]["type"] == "NotExists"]
        events = names_of(node["event"], self.met)
        did: Rule = AnyOf(tuple(Did(event=name, where=tuple(map(_where, having))) for name in events))
        none = [
            Not(Did(event=name, where=(Where(key_of(each["path"]), "!=", ""),))) for each in lacking for name in events
        ]  # fmt: skip
        return All((did, *none))


def manual(segment: str, version: object) -> str:
    """A hand-made list is a trait that says yes; a new version is a new trait."""
    return f"list {segment} {version}"


def seconds(count: int) -> Span:
    return Span(count, Unit.SECONDS)


def either(value: str) -> tuple[str | float, ...]:
    """Its values are text that stands for numbers too; ours have kinds."""
    return (value, float(value)) if re.fullmatch(r"-?\d+(\.\d+)?", value) else (value,)


def _compared(operator: Json) -> Any:
    match operator["type"]:
        case "Equals":
            return "in", either(operator["value"])
        case "Exists":
            return "!=", ""  # empty text is nothing there
        case "GreaterThanOrEqual":
            return ">=", operator["value"]
        case "LessThan":
            return "<", operator["value"]
        case kind:
            raise ValueError(f"{kind} is an operator that the adapter does not know")


def _where(condition: Json) -> Where:
    return Where(key_of(condition["path"]), *_compared(condition["operator"]))


def condition(condition: Json) -> tuple[str, str]:
    assert condition["operator"]["type"] == "Equals"
    return key_of(condition["path"]), condition["operator"]["value"]


def key_of(path: str) -> str:
    r"""A path as the name of a trait: `a.b`, and `value with spaces` for `$["value with spaces"]`."""
    quoted = re.fullmatch(r'\$\["(.+)"\]', path)
    return quoted[1] if quoted else path


def flat(told: Json, before: str = "") -> dict[str, TraitValue]:
    """What is told in layers, as traits: `a.b`."""
    found: dict[str, TraitValue] = {}
    for name, value in told.items():
        if isinstance(value, dict):
            found |= flat(value, f"{before}{name}.")
        else:
            found[before + name] = value
    return found


def at_path(told: Json, path: str) -> Any:
    """The value there, in its layers again; None when there is none."""
    if path in told:
        return told[path]
    before = "" if path == "$" else f"{key_of(path)}."
    layers: dict[str, Any] = {}
    for name, value in told.items():
        if name.startswith(before):
            inner = layers
            *outer, last = name.removeprefix(before).split(".")
            for each in outer:
                inner = inner.setdefault(each, {})
            inner[last] = value
    return layers or None


def names_of(event: str, met: set[str]) -> list[str]:
    """The names of events that a name with a star stands for, of those met in the case."""
    return sorted(name for name in met if name.startswith(event[:-1])) if event.endswith("*") else [event]
