"""A value that was told compared with the one a rule names (docs/reference/rules.md, what holds for every leaf, 5)."""

import operator
from collections.abc import Callable, Mapping
from datetime import date
from functools import lru_cache
from typing import Any as Anything

from ritorno.core.segments.rule import Compare, Scalar, Value

_NUMBER = (int, float)
_ISO = len("2026-01-01")


def compare(op: Compare, value: object, wanted: Value) -> bool:
    """Is it so? None is a missing value and compares to nothing; equality is only within a kind (a yes is no 1)."""
    if value is None:
        return False
    if isinstance(value, list):
        return _compare_list(op, value, wanted)
    return _COMPARED[op](value, wanted)


@lru_cache(maxsize=4096)
def day(text: str) -> date | None:
    """Text `YYYY-MM-DD` as a date, None for any other."""
    if len(text) != _ISO or text[4] != "-" or text[7] != "-" or not text.isascii():
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def numbers(wanted: Value) -> list[float]:
    """The numbers that a rule names: where the answer to any comparison with it may change."""
    return [each for each in _several(wanted) if type(each) in _NUMBER]  # type: ignore[misc]


def _equal(value: object, wanted: Value) -> bool:
    return value == wanted and isinstance(value, bool) is isinstance(wanted, bool)


def _several(wanted: Value) -> tuple[Scalar | None, ...]:
    return wanted if isinstance(wanted, tuple) else (wanted,)


def _compare_list(op: Compare, values: list[str], wanted: Value) -> bool:
    if op == "set":
        return bool(values)
    holds = any(_equal(value, each) for value in values for each in _several(wanted))
    if op == "!=":
        return not holds
    return holds and op in ("=", "in", "contains")


def _ordered(order: Callable[[Anything, Anything], bool]) -> Callable[[object, Value], bool]:
    def ordered(value: object, wanted: Value) -> bool:
        if type(value) in _NUMBER and type(wanted) in _NUMBER:
            return order(value, wanted)
        if not isinstance(value, str) or not isinstance(wanted, str):
            return False
        return None not in (day(value), day(wanted)) and order(value, wanted)  # such text sorts as its days

    return ordered


def _between(value: object, wanted: Value) -> bool:
    ends = _several(wanted)
    return len(ends) == 2 and _AT_LEAST(value, ends[0]) and _AT_MOST(value, ends[1])


_AT_LEAST, _AT_MOST = _ordered(operator.ge), _ordered(operator.le)
_COMPARED: Mapping[str, Callable[[object, Value], bool]] = {
    "=": _equal,
    "!=": lambda value, wanted: not _equal(value, wanted),
    "<": _ordered(operator.lt),
    "<=": _AT_MOST,
    ">": _ordered(operator.gt),
    ">=": _AT_LEAST,
    "in": lambda value, wanted: any(_equal(value, each) for each in _several(wanted)),
    "contains": lambda value, wanted: isinstance(value, str) and isinstance(wanted, str) and wanted in value,
    "between": _between,
    "set": lambda _value, _wanted: True,
}
