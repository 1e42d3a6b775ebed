"""One JSON object read field by field: the value in its type, or a problem that names it by its path.

Reading goes on after a problem, so that whoever sends it learns of all of them at once.
"""

import math
from enum import StrEnum
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from ritorno.core.instants import Instant, parse_instant
from ritorno.core.money import parse_amount

Choice = TypeVar("Choice", bound=StrEnum)

_MOST_SHOWN = 60  # letters of a wrong value that a problem repeats
_MOST_QUANTITY = 1_000_000


class Fields:
    """`told` is the object, `place` its path. Parts of it share its list of problems."""

    def __init__(self, told: Any, place: str, problems: list[str] | None = None) -> None:
        self.place = place
        self.problems: list[str] = [] if problems is None else problems
        self._told: dict[str, Any] = told if isinstance(told, dict) else {}
        self._read: set[str] = set()
        self._parts: list[Fields] = []
        if not isinstance(told, dict):
            self.problems.append(f'{place}: is {_shown(told)}; write an object, {{"name": value, …}}')

    def wrong(self, name: str, why: str) -> None:
        self.problems.append(f"{self.place}.{name}: {why}")

    def ignored(self) -> tuple[str, ...]:
        """The paths of fields that nothing has asked for."""
        own = [f"{self.place}.{name}" for name in self._told if name not in self._read]
        return (*own, *(path for part in self._parts for path in part.ignored()))

    def text(self, name: str, *, most: int, required: bool = False) -> str:
        """A text; a whole number counts as one (881). Empty when absent."""
        value = self._take(name)
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if value is None or value == "":
            if required:
                self.wrong(name, "is missing")
            return ""
        if not isinstance(value, str):
            self.wrong(name, f"is {_shown(value)}; write a text")
            return ""
        if len(value) > most:
            self.wrong(name, f"is {len(value)} letters long; at most {most} are kept")
            return ""
        if "\x00" in value:
            self.wrong(name, "holds a NUL letter, which no text has")
            return ""
        stripped = value.strip()
        if required and not stripped:
            self.wrong(name, "is missing")
        return stripped

    def amount(self, name: str, currency: str) -> int | None:
        """Money in minor units, told as decimal text or as a number; None when absent."""
        value = self._take(name)
        if value is None or value == "":
            return None
        if not isinstance(value, str | int | float) or isinstance(value, bool):
            self.wrong(name, f"is {_shown(value)}; write an amount, for example 249.90")
            return None
        if isinstance(value, str) and len(value) > _MOST_SHOWN:
            self.wrong(name, "is too long for an amount; write for example 249.90")
            return None
        try:
            return parse_amount(value, currency)
        except (ValueError, ArithmeticError) as error:
            self.wrong(name, str(error))
            return None

    def number(self, name: str, default: float) -> float:
        """A plain number, such as a quantity or a weight."""
        value = self._take(name)
        if value is None or value == "":
            return default
        try:
            number = math.nan if isinstance(value, bool) or not isinstance(value, str | int | float) else float(value)
        except (ValueError, OverflowError):
            number = math.nan
        if not abs(number) <= _MOST_QUANTITY:  # NaN is not
            self.wrong(name, f"is {_shown(value)}; write a number, for example 1 or 0.35")
            return default
        return number

    def instant(self, name: str, tz: ZoneInfo) -> Instant | None:
        """ISO 8601 with an offset, or on the wall clock of `tz`; required."""
        text = self.text(name, most=_MOST_SHOWN, required=True)
        if not text:
            return None
        try:
            return parse_instant(text, tz)
        except (ValueError, OverflowError) as error:
            self.wrong(name, str(error) or f"{text!r} is not a time")
            return None

    def one_of(self, name: str, choices: type[Choice]) -> Choice | None:
        value = self._take(name)
        if value is None or value == "":
            return None
        known = {choice.value: choice for choice in choices}
        if isinstance(value, str) and value in known:
            return known[value]
        self.wrong(name, f"is {_shown(value)}; write one of {', '.join(known)}")
        return None

    def flag(self, name: str) -> bool:
        value = self._take(name)
        if value is None or isinstance(value, bool):
            return bool(value)
        self.wrong(name, f"is {_shown(value)}; write true or false")
        return False

    def part(self, name: str) -> "Fields | None":
        """An object inside this one; None when absent."""
        value = self._take(name)
        if value is None:
            return None
        part = Fields(value, f"{self.place}.{name}", self.problems)
        self._parts.append(part)
        return part

    def parts(self, name: str, *, most: int) -> list["Fields"]:
        """A list of objects inside this one; empty when absent."""
        value = self._take(name)
        if value is None:
            return []
        if not isinstance(value, list):
            self.wrong(name, f"is {_shown(value)}; write a list")
            return []
        if len(value) > most:
            self.wrong(name, f"has {len(value)} entries; at most {most} are kept")
            return []
        found = [Fields(each, f"{self.place}.{name}[{index}]", self.problems) for index, each in enumerate(value)]
        self._parts += found
        return found

    def items(self, *, most: int) -> list[tuple[str, Any]]:
        """Every field of the object, whatever its name; empty texts as names are a problem."""
        if len(self._told) > most:
            self.problems.append(f"{self.place}: has {len(self._told)} fields; at most {most} are kept")
            return []
        for name in self._told:
            self._read.add(name)
            if not name.strip() or len(name) > _MOST_SHOWN or "\x00" in name:
                self.problems.append(
                    f"{self.place}: {_shown(name)} cannot be the name of a trait; write at most {_MOST_SHOWN} letters"
                )
        return list(self._told.items())

    def _take(self, name: str) -> Any:
        self._read.add(name)
        return self._told.get(name)


def _shown(value: Any) -> str:
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}…"
