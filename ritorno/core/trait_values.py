"""A trait's value from what was told of it: the text of a cell, a form's answer, a program's JSON.

Whatever the door, equal things told become equal values: numbers are numbers, dates ISO text, yes and no booleans,
a choice its key, a list its different entries in their order.
"""

import math
import re
from collections.abc import Callable, Sequence
from datetime import date
from enum import StrEnum

import msgspec

from ritorno.core.bidi import visible
from ritorno.core.events import TraitValue
from ritorno.core.journeys.way import Words

_MOST_LETTERS = 2_000
_MOST_ENTRIES = 200
_LARGEST = 10**15  # beyond it, JSON numbers are no longer exact everywhere
_MOST_SHOWN = 60
_EARLIEST, _LATEST = 1850, 2200

_DAY_FIRST = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4}|\d{2})", re.ASCII)
_ISO = re.compile(r"(\d{4})([./-])(\d{1,2})\2(\d{1,2})", re.ASCII)
_MIDNIGHT = re.compile(r"[T ]00:00(:00(\.0+)?)?Z?$", re.ASCII)  # how sheets and programs write a day
_NUMBER = re.compile(r"[+-]?(\d{1,3}(,\d{3})+|\d+)?(\.\d+)?", re.ASCII)
_COMMA = re.compile(r"[+-]?\d+,\d{1,2}", re.ASCII)
_YES = frozenset({"yes", "y", "true", "t", "1", "on", "כן", "כ", "יש", "נכון"})
_NO = frozenset({"no", "n", "false", "f", "0", "off", "לא", "ל", "אין", "לא נכון"})


class TraitError(ValueError):
    """A value that the trait cannot hold; the message says what would be right."""


class TraitKind(StrEnum):
    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    YES_NO = "yes_no"
    CHOICE = "choice"
    LIST = "list"


class Choice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`key` is what is kept and what rules compare with; `name` what people read and write."""

    key: str
    name: Words

    @property
    def words(self) -> frozenset[str]:
        return frozenset(map(plain, (self.key, self.name.he, self.name.en)))


def plain(text: str) -> str:
    """Text as it is compared: without case, marks and repeated blanks; `_` and `-` are blanks."""
    return " ".join(re.sub(r"[\s_-]+", " ", visible(text).casefold()).split())


def as_told(told: object) -> TraitValue:
    """The value of a trait that nobody defined, in the kind it was told in. Raises TraitError."""
    if isinstance(told, list):
        return _list(told, ())
    if isinstance(told, str):
        return _text(told)
    if isinstance(told, bool) or told is None:
        return told
    if isinstance(told, int | float):
        return _number(told)
    raise TraitError(f"is {shown(told)}; write a text, a number, true or false, or a list of texts")


def read_value(told: object, kind: TraitKind, choices: Sequence[Choice] = ()) -> TraitValue:
    """`told` in that kind; None and empty text say that it is known no more. Raises TraitError."""
    if isinstance(told, str):
        told = visible(told)
    if told is None or told in ("", []):
        return None
    if kind is TraitKind.CHOICE:
        return _choice(told, choices)
    if kind is TraitKind.LIST:
        return _list(told, choices)
    return _READ[kind](told)


def _text(told: object) -> str:
    if isinstance(told, int) and not isinstance(told, bool):
        told = str(told)
    if not isinstance(told, str):
        raise TraitError(f"is {shown(told)}; write a text")
    if len(told) > _MOST_LETTERS:
        raise TraitError(f"is {len(told)} letters long; at most {_MOST_LETTERS} are kept")
    if "\x00" in told:
        raise TraitError("holds a NUL letter, which no text has")
    return visible(told)


def _number(told: object) -> int | float:
    number: float = math.nan
    if isinstance(told, str) and len(told) <= _MOST_SHOWN:
        number = _number_of(told.replace("\N{MINUS SIGN}", "-").replace("\N{NO-BREAK SPACE}", ""))
    elif isinstance(told, int | float) and not isinstance(told, bool):
        number = told
    if not abs(number) <= _LARGEST:  # NaN is not
        raise TraitError(f"is {shown(told)}; write a number, for example 12, 1,234.5 or -0.35")
    return int(number) if number == int(number) else number


def _number_of(text: str) -> float:
    if _COMMA.fullmatch(text):
        return float(text.replace(",", "."))
    if _NUMBER.fullmatch(text) and text[-1:].isdigit():
        return float(text.replace(",", ""))
    return math.nan


def _date(told: object) -> str:
    text = _MIDNIGHT.sub("", told) if isinstance(told, str) else ""
    if found := _ISO.fullmatch(text):
        year, month, day = found[1], found[3], found[4]
    elif found := _DAY_FIRST.fullmatch(text):
        day, month, year = found[1], found[3], found[4]
    else:
        raise TraitError(f"is {shown(told)}; write a date, for example 31/12/1950, 31.12.1950 or 1950-12-31")
    if len(year) == 2:
        raise TraitError(f"is {shown(told)}; write the year with four digits, for example 31/12/1950")
    if not _EARLIEST <= int(year) < _LATEST:
        raise TraitError(f"is {shown(told)}; the year {year} is outside {_EARLIEST}–{_LATEST - 1}")
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        raise TraitError(f"is {shown(told)}, a day that does not exist; days come first: 31/12/1950") from None


def _yes_no(told: object) -> bool:
    word = plain(str(told)) if isinstance(told, str | int | float) else ""
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise TraitError(f"is {shown(told)}; write yes or no (כן, לא, true, false)")


def _choice(told: object, choices: Sequence[Choice]) -> str:
    word = plain(str(told)) if isinstance(told, str | int) and not isinstance(told, bool) else None
    for choice in choices:
        if word in choice.words:
            return choice.key
    right = ", ".join(f"{choice.key} ({choice.name.he})" for choice in choices)
    raise TraitError(f"is {shown(told)}; write one of {right}")


def _list(told: object, choices: Sequence[Choice]) -> list[str]:
    """Different entries, in their order. Text is split at semicolons or bars; where there are none, at commas."""
    if isinstance(told, str):
        told = re.split(r"[;|\n]" if re.search(r"[;|\n]", told) else ",", told)
    if not isinstance(told, list):
        raise TraitError(f'is {shown(told)}; write a list, ["a", "b"] or a; b')
    if len(told) > _MOST_ENTRIES:
        raise TraitError(f"has {len(told)} entries; at most {_MOST_ENTRIES} are kept")
    texts = [text for entry in told if (text := _text(entry))]
    return list(dict.fromkeys(_choice(text, choices) if choices else text for text in texts))


_READ: dict[TraitKind, Callable[[object], TraitValue]] = {
    TraitKind.TEXT: _text,
    TraitKind.NUMBER: _number,
    TraitKind.DATE: _date,
    TraitKind.YES_NO: _yes_no,
}


def shown(value: object) -> str:
    """A wrong value as a message repeats it, cut short."""
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}…"
