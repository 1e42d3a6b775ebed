"""Comparing values and asking windows, naively."""

from collections.abc import Callable
from typing import Any as Anything

from ritorno.core.instants import Instant, Span, add_span
from ritorno.core.plan import Plan
from tests.parity.naive_facts import date_of

ORDERING: dict[str, Callable[[Anything, Anything], bool]] = {
    "<": lambda a, b: a < b, "<=": lambda a, b: a <= b, ">": lambda a, b: a > b, ">=": lambda a, b: a >= b,
}  # fmt: skip


def _kind(value: object) -> str:
    if isinstance(value, bool):
        return "yes/no"
    return "number" if isinstance(value, int | float) else "text"


def _equal(one: object, other: object) -> bool:
    return _kind(one) == _kind(other) and one == other


def compare(op: str, told: object, wanted: Anything) -> bool:
    """The fifth of the rules for every leaf; `told` None is a missing value."""
    if told is None:
        return False
    if isinstance(told, list):
        return _compare_list(op, told, wanted)
    match op:
        case "set":
            return True
        case "=":
            return _equal(told, wanted)
        case "!=":
            return not _equal(told, wanted)
        case "in":
            return any(_equal(told, each) for each in wanted)
        case "contains":
            return isinstance(told, str) and isinstance(wanted, str) and wanted in told
        case "between":
            return _ordered(">=", told, wanted[0]) and _ordered("<=", told, wanted[1])
        case _:
            return _ordered(op, told, wanted)


def _compare_list(op: str, told: list[str], wanted: Anything) -> bool:
    match op:
        case "set":
            return len(told) > 0
        case "=" | "contains":
            return any(_equal(each, wanted) for each in told)
        case "!=":
            return not any(_equal(each, wanted) for each in told)
        case "in":
            return any(_equal(each, one) for each in told for one in wanted)
        case _:
            return False


def _ordered(op: str, told: object, wanted: object) -> bool:
    if _kind(told) == _kind(wanted) == "number":
        return ORDERING[op](told, wanted)
    days = date_of(told), date_of(wanted)
    return None not in days and ORDERING[op](*days)


def inside(at: Instant, span: Span | None, plan: Plan, now: Instant) -> bool:
    """Did it occur by now, and not longer ago than the span?"""
    return at <= now and (span is None or now < add_span(at, span, plan.tz))
