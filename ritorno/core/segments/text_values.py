"""Comparisons, names, channels and times read from text; part of `text.py`."""

from datetime import datetime
from typing import Any

from ritorno.core.events import Channel
from ritorno.core.instants import Span
from ritorno.core.segments.check_values import OPS, op_problem
from ritorno.core.segments.rule import OneOrMore, Value
from ritorno.core.segments.text_tokens import Cursor, RuleTextError

_CHANNELS = tuple(channel.value for channel in Channel)


def comparison(at: Cursor, choices: tuple[str, ...] = ()) -> tuple[Any, Value]:
    """`= 3`, `in (1, 2)`, `between 1 and 2`, `is set`; `choices` are what may well be meant."""
    if at.take("is", "set") or at.take("set"):
        return "set", None
    token = at.next
    if token.kind == "text" or token.value not in OPS:
        problem = op_problem(token.value) if token.kind == "word" else ""
        if "regular" in problem:
            raise RuleTextError(f"column {token.column}: {problem}")
        raise at.refusal("a comparison: =, !=, <, <=, >, >=, in, contains, between or is set", OPS)
    at.take(token.value)
    if token.value == "between":
        low = at.value()
        at.need("and")
        return "between", (low, at.value())
    if at.take("("):
        values = at.several(at.value)
        at.need(")")
        return token.value, values
    if choices and at.names_something():
        return token.value, at.one_of(f"one of {', '.join(choices)}", choices)
    return token.value, at.value()


def names(at: Cursor, what: str) -> OneOrMore:
    """One name, or several in parentheses."""
    if not at.take("("):
        return at.name(what)
    found = at.several(lambda: at.name(what))
    at.need(")")
    return found


def channel(at: Cursor) -> Channel:
    return Channel(at.one_of(f"a channel: {', '.join(_CHANNELS)}", _CHANNELS))


def within(at: Cursor) -> Span | None:
    return at.span() if at.take("within") else None


def moment(at: Cursor) -> datetime:
    """An instant as 2026-03-01T10:00:00+02:00."""
    token = at.next
    told = at.name("a time, as 2026-03-01T10:00:00+02:00")
    try:
        return datetime.fromisoformat(told)
    except ValueError as error:
        raise RuleTextError(f"column {token.column}: {told!r} is no time; write 2026-03-01T10:00:00+02:00") from error
