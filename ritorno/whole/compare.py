"""Comparing a column with a rule's value, as docs/reference/rules.md says for every leaf (5): by kind, and false where
it makes no sense. Told values come as JSON text, as `lake_rows.py` writes them."""

import re
from collections.abc import Callable, Iterable
from datetime import date

import ibis
import msgspec
from ibis.expr.types import BooleanValue, NumericValue, StringValue, Value

from ritorno.core.segments.rule import Compare, Scalar
from ritorno.core.segments.rule import Value as Wanted
from ritorno.whole.columns import any_of

_NO = ibis.literal(False)
_SIZES: dict[str, Callable[[Value, object], BooleanValue]] = {
    "<": lambda one, other: one < other,
    "<=": lambda one, other: one <= other,
    ">": lambda one, other: one > other,
    ">=": lambda one, other: one >= other,
}
_DATE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_encode = msgspec.json.Encoder().encode


def is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_date(value: object) -> bool:
    """Text `YYYY-MM-DD` that names a day."""
    if not isinstance(value, str) or not re.match(_DATE, value):
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


def compare_number(value: NumericValue, op: Compare, wanted: Wanted) -> BooleanValue:
    """A number that is there (NULL gives NULL: the leaf makes it false)."""
    return _compare(value, op, wanted, is_number, is_number)


def compare_flag(value: BooleanValue, op: Compare, wanted: Wanted) -> BooleanValue:
    return _compare(value, op, wanted, lambda each: isinstance(each, bool), lambda _: False)


def compare_text(value: StringValue, op: Compare, wanted: Wanted) -> BooleanValue:
    if op == "contains":
        return value.contains(wanted) if isinstance(wanted, str) else _NO
    found = _compare(value, op, wanted, lambda each: isinstance(each, str), is_date)
    return found & _is_day(value) if op in (*_SIZES, "between") else found


def _is_day(value: StringValue) -> BooleanValue:
    return value.re_search(_DATE) & value.try_cast("date").notnull()


def _compare(
    value: Value, op: Compare, wanted: Wanted, same: Callable[[object], bool], sized: Callable[[object], bool]
) -> BooleanValue:
    """`same`: is it of the column's kind; `sized`: can the column be ordered by it."""
    match op, wanted:
        case "set", _:
            return value.notnull()
        case "=", _ if same(wanted):
            return value == ibis.literal(wanted)
        case "!=", _:
            return value != ibis.literal(wanted) if same(wanted) else value.notnull()
        case "in", _:
            return any_of(value == ibis.literal(each) for each in scalars(wanted) if same(each))
        case "between", (low, high) if sized(low) and sized(high):
            return (value >= ibis.literal(low)) & (value <= ibis.literal(high))
        case _:
            return _SIZES[op](value, ibis.literal(wanted)) if op in _SIZES and sized(wanted) else _NO


# --- JSON text -------------------------------------------------------------------------------------


def compare_told(text: StringValue, op: Compare, wanted: Wanted) -> BooleanValue:
    """A trait or a property, as JSON text; NULL where it was not told."""
    match op:
        case "set":
            return text.notnull() & (text != "[]")
        case "=":
            return _equals(text, wanted)
        case "in":
            return any_of(_equals(text, each) for each in scalars(wanted))
        case "!=":
            return text.notnull() & ~ibis.coalesce(_equals(text, wanted), False)
        case "contains":
            return _contains(text, wanted)
        case _:
            return _sized(text, op, wanted)


def _equals(text: StringValue, wanted: Wanted) -> BooleanValue:
    if isinstance(wanted, tuple):
        return _holds_any(text, wanted)
    if is_number(wanted):
        return number_told(text) == ibis.literal(wanted)
    if not isinstance(wanted, str | bool):
        return _NO
    same = text == _encode(wanted).decode()
    return same | _holds(text, wanted) if isinstance(wanted, str) else same


def _contains(text: StringValue, wanted: Wanted) -> BooleanValue:
    if not isinstance(wanted, str):
        return _holds_any(text, scalars(wanted))
    return ibis.coalesce(text_told(text).contains(wanted), False) | _holds(text, wanted)


def _sized(text: StringValue, op: Compare, wanted: Wanted) -> BooleanValue:
    ends: Iterable[object] = wanted if isinstance(wanted, tuple) else (wanted,)
    if all(is_number(each) for each in ends):
        return compare_number(number_told(text), op, wanted)
    return compare_text(text.substr(1, 10), op, wanted) & (text.length() == 12)


def number_told(text: StringValue) -> NumericValue:
    """JSON numbers begin with a digit or a minus; everything else is no number, whatever an engine reads in it."""
    return ibis.ifelse(text.re_search(r"^[-0-9]"), text.try_cast("float64"), ibis.null("float64"))


def text_told(text: StringValue) -> StringValue:
    """The text that was told; NULL where it was something else."""
    return ibis.ifelse(text.startswith('"'), _plain(text), ibis.null("string"))


# Between quotes that do not belong to a text: a list's texts are its every second piece, brackets and commas the rest.
_QUOTE, _SLASH = "\x02", "\x01"  # never in JSON as they are


def _holds_any(text: StringValue, wanted: Iterable[Scalar]) -> BooleanValue:
    return any_of(_holds(text, each) for each in wanted if isinstance(each, str))


def _holds(text: StringValue, wanted: str) -> BooleanValue:
    """Is it a list that holds this text?"""
    written = _encode(wanted).decode()[1:-1].replace("\\\\", _SLASH).replace('\\"', _QUOTE)
    found = text.replace("\\\\", _SLASH).replace('\\"', _QUOTE).split('"')
    if wanted in (",", "[", "]"):  # as the rest is: there must be one more than that
        rest = {",": (found.length() - 1) / 2 - 1}.get(wanted, 1)
        holds = found.filter(lambda piece: piece == wanted).length() > rest
    else:
        holds = found.contains(written)
    return text.startswith("[") & (text != "[]") & holds


_ESCAPES = {"\\n": "\n", "\\r": "\r", "\\t": "\t", "\\b": "\b", "\\f": "\f", '\\"': '"'}


def _plain(text: StringValue) -> StringValue:
    """The text that a JSON text is."""
    plain = text.substr(1, text.length() - 2).replace("\\\\", _SLASH)
    for written, meant in _ESCAPES.items():
        plain = plain.replace(written, meant)
    return plain.replace(_SLASH, "\\")


def scalars(wanted: Wanted) -> tuple[Scalar, ...]:
    """The values that were given, as several."""
    if wanted is None:
        return ()
    return wanted if isinstance(wanted, tuple) else (wanted,)
