"""A rule as data: plain values, JSON or YAML, both ways; what is wrong with one is said by path.

Outside, `{"version": 1, "rule": …}` is written; a rule alone is read too. A span is `[30, "days"]` or the text "30d".
"""

from collections.abc import Mapping
from typing import Any

import msgspec
import yaml

from ritorno.core.segments.check import DEEPEST, MOST_LEAVES, RuleError
from ritorno.core.segments.codec_fields import check_fields, leaf_of
from ritorno.core.segments.rule import All, Bought, Did, Not, Rule, Then
from ritorno.core.segments.rule import Any as AnyOf

VERSION = 1
_BREAKS = "\x85\u2028\u2029"  # YAML would read them as the end of a line
_MOST_LETTERS = 200_000  # of YAML: so many take about a second


class _Loader(yaml.SafeLoader):
    """YAML 1.1 gives a bare = a meaning of its own; to a rule it is the operator."""


_Loader.add_constructor("tag:yaml.org,2002:value", lambda _, node: str(node.value))


def from_json(text: str | bytes) -> Rule:
    """Raises RuleError naming the place."""
    try:
        data = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise RuleError(f"rule: is no JSON: {error}") from error
    except RecursionError as error:
        raise _too_deep() from error
    return from_data(data)


def from_yaml(text: str) -> Rule:
    """Raises RuleError naming the place."""
    if len(text) > _MOST_LETTERS:
        raise RuleError(f"rule: YAML of {len(text)} letters; at most {_MOST_LETTERS} are read, larger ones as JSON")
    try:
        data = yaml.load(text, Loader=_Loader)  # noqa: S506 - a safe loader with one more plain scalar
    except yaml.YAMLError as error:
        raise RuleError(f"rule: is no YAML: {error}") from error
    except RecursionError as error:
        raise _too_deep() from error
    return from_data(data)


def to_data(rule: Rule) -> dict[str, Any]:
    """Plain values, in the version that is written."""
    return {"version": VERSION, "rule": msgspec.to_builtins(rule)}


def to_json(rule: Rule) -> str:
    return msgspec.json.encode(to_data(rule)).decode()


def to_yaml(rule: Rule) -> str:
    breaks = any(letter in to_json(rule) for letter in _BREAKS)
    told: str = yaml.safe_dump(to_data(rule), allow_unicode=not breaks, sort_keys=False)
    return told


def from_data(data: object) -> Rule:
    """A rule from plain values, alone or in its version; it is not checked yet. Raises RuleError naming the place."""
    if isinstance(data, Mapping) and "is" not in data and ("rule" in data or "version" in data):
        if data.get("version", VERSION) != VERSION:
            raise RuleError(f"version: {data['version']!r} is not read here; write {VERSION}")
        unknown = [str(name) for name in data if name not in ("version", "rule")]
        if unknown or "rule" not in data:
            raise RuleError(f"rule: beside version stands the rule alone, {{'version': {VERSION}, 'rule': …}}")
        data = data["rule"]
    return _Reader().read(data, "rule", 1)


class _Reader:
    """Counts what it reads: aliases of YAML can make a short text an endless rule."""

    def __init__(self) -> None:
        self.parts = 0

    def read(self, data: object, path: str, depth: int) -> Rule:
        self.parts += 1
        if self.parts > MOST_LEAVES:
            raise RuleError(f"rule: more than {MOST_LEAVES} parts; at most {MOST_LEAVES} can be asked")
        if depth > DEEPEST:
            raise _too_deep()
        leaf = leaf_of(data, path)
        assert isinstance(data, Mapping)
        values = {name: value for name, value in data.items() if name != "is"}
        check_fields(leaf, values, path)
        if leaf in (All, AnyOf):
            parts = _list_of(values["rules"], f"{path}.rules")
            rules = tuple(self.read(part, f"{path}.rules[{index}]", depth + 1) for index, part in enumerate(parts))
            return All(rules) if leaf is All else AnyOf(rules)
        if leaf is Not:
            return Not(self.read(values["rule"], f"{path}.rule", depth + 1))
        if leaf is Then:
            for name in ("first", "then"):
                part = self.read(values[name], f"{path}.{name}", depth + 1)
                if not isinstance(part, Bought | Did):
                    raise RuleError(f"{path}.{name}: must be bought or did, the two that can follow each other")
                values[name] = msgspec.to_builtins(part)
        converted: Rule = _converted(leaf, values, path)
        return converted


def _too_deep() -> RuleError:
    return RuleError(f"rule: deeper than {DEEPEST}; at most {DEEPEST} parts may stand inside each other")


def _list_of(data: object, path: str) -> list[object]:
    if not isinstance(data, list | tuple):
        raise RuleError(f"{path}: must be a list of rules")
    return list(data)


def _converted(leaf: type[Any], values: dict[str, Any], path: str) -> Any:
    try:
        return msgspec.convert(values | {"is": leaf.__struct_config__.tag}, leaf)
    except msgspec.ValidationError as error:
        said, _, place = str(error).partition(" - at ")
        inside = place.strip("`").removeprefix("$")
        raise RuleError(f"{path}{inside}: {said[:1].lower()}{said[1:]}") from error
