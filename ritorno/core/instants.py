"""Instants are UTC microseconds (int); days, weeks, months and years are counted on the brand's wall clock.

Two rules (requirements.md, rules 1 and 2):

* ``add_span``: the same wall-clock hour N days later; an hour the clock skips is the next instant that exists, an hour
  it repeats is the first of the two. Hours, minutes and seconds are elapsed time.
* windows are half-open: *within w* means ``now < occurred_at + w``; ``within`` says so for one instant,
  ``window`` gives the same set of instants as intervals, for readings that look at everyone at once.
"""

from calendar import monthrange
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import NewType
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from ritorno.core.wall_clock import FOREVER, SECOND, first_wall_after, instant_of, instants_between, wall_later, wall_of

Instant = NewType("Instant", int)

MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
NEVER = Instant(2**62)  # later than any instant; stored as NULL

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - naive on purpose: wall-clock time counted from the epoch
_EPOCH_UTC = datetime(1970, 1, 1, tzinfo=UTC)
_MICRO = timedelta(microseconds=1)


class Unit(StrEnum):
    SECONDS = "seconds"
    MINUTES = "minutes"
    HOURS = "hours"
    DAYS = "days"
    WEEKS = "weeks"
    MONTHS = "months"
    YEARS = "years"


_EPOCH_DAY = _EPOCH.toordinal()
_EPOCH_WEEKDAY = _EPOCH.weekday()
SUNDAY = 6  # as `datetime` counts weekdays

_WHOLE_DAYS = {Unit.DAYS: DAY, Unit.WEEKS: 7 * DAY}
_ELAPSED = {Unit.SECONDS: SECOND, Unit.MINUTES: MINUTE, Unit.HOURS: HOUR}


class Span(msgspec.Struct, frozen=True, array_like=True):
    """A length of time as people say it: 90 days, 24 hours, 24 months."""

    count: int
    unit: Unit = Unit.DAYS

    def __str__(self) -> str:
        return f"{self.count} {self.unit.value}"


def days(count: int) -> Span:
    return Span(count, Unit.DAYS)


def hours(count: int) -> Span:
    return Span(count, Unit.HOURS)


def months(count: int) -> Span:
    return Span(count, Unit.MONTHS)


def parse_span(text: str) -> Span:
    """Read "90d", "24h", "15min", "2w", "24mo", "1y" or "90 days"; raises ValueError that says what is allowed."""
    compact = text.strip().lower().replace(" ", "")
    digits = compact.rstrip("abcdefghijklmnopqrstuvwxyz")
    unit = _UNIT_NAMES.get(compact[len(digits) :])
    if not (digits.isascii() and digits.isdigit()) or unit is None:
        raise ValueError(f"{text!r} is not a span of time; write for example 90d, 24h, 15min, 2w, 24mo or 1y")
    return Span(int(digits), unit)


_UNIT_NAMES = {
    "s": Unit.SECONDS, "sec": Unit.SECONDS, "second": Unit.SECONDS, "seconds": Unit.SECONDS,
    "m": Unit.MINUTES, "min": Unit.MINUTES, "minute": Unit.MINUTES, "minutes": Unit.MINUTES,
    "h": Unit.HOURS, "hour": Unit.HOURS, "hours": Unit.HOURS,
    "d": Unit.DAYS, "day": Unit.DAYS, "days": Unit.DAYS,
    "w": Unit.WEEKS, "week": Unit.WEEKS, "weeks": Unit.WEEKS,
    "mo": Unit.MONTHS, "month": Unit.MONTHS, "months": Unit.MONTHS,
    "y": Unit.YEARS, "year": Unit.YEARS, "years": Unit.YEARS,
}  # fmt: skip


@lru_cache(maxsize=64)
def zone(name: str) -> ZoneInfo:
    """The time zone of that name; raises ValueError when there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, IsADirectoryError) as error:
        raise ValueError(f"{name!r} is not a time zone; write for example Asia/Jerusalem") from error


def from_datetime(moment: datetime) -> Instant:
    """An aware datetime as an instant; raises ValueError for a naive one, which names no instant."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment.isoformat()} has no time zone")
    return Instant((moment - _EPOCH_UTC) // _MICRO)


def to_datetime(instant: Instant, tz: ZoneInfo) -> datetime:
    return (_EPOCH_UTC + timedelta(microseconds=instant)).astimezone(tz)


def from_wall(wall: datetime, tz: ZoneInfo) -> Instant:
    """A naive wall-clock time as an instant: skipped → the next that exists, repeated → the first."""
    since = wall - _EPOCH
    return Instant(instant_of(since.days * DAY + since.seconds * SECOND + since.microseconds, tz))


def wall(instant: Instant, tz: ZoneInfo) -> datetime:
    """The naive wall-clock time at an instant."""
    return _EPOCH + timedelta(microseconds=wall_of(instant, tz))


def add_span(instant: Instant, span: Span, tz: ZoneInfo) -> Instant:
    """`instant` + `span`, by the two rules above: 0.8 µs for days and weeks, 2 µs for months and years."""
    unit = span.unit
    if unit is Unit.DAYS:  # by far the most asked
        return Instant(wall_later(instant, span.count * DAY, tz))
    elapsed = _ELAPSED.get(unit)
    if elapsed is not None:
        return Instant(instant + span.count * elapsed)
    return Instant(instant_of(_shift(wall_of(instant, tz), span), tz))


def _shift(wall: int, span: Span) -> int:
    """Wall-clock µs moved by days, weeks, months or years; a month without that day gives its last day."""
    size = _WHOLE_DAYS.get(span.unit)
    if size is not None:
        return wall + span.count * size
    day, time_of_day = divmod(wall, DAY)
    moment = date.fromordinal(day + _EPOCH_DAY)
    first, length = _month_of(moment, _months_in(span))
    return (first + min(moment.day, length) - 1) * DAY + time_of_day


def _months_in(span: Span) -> int:
    return span.count * 12 if span.unit is Unit.YEARS else span.count


def _month_of(moment: date, later: int = 0) -> tuple[int, int]:
    """The month `later` months after that of `moment`: its first day, counted from 1970-01-01, and its length."""
    year, month = divmod(moment.year * 12 + moment.month - 1 + later, 12)
    return date(year, month + 1, 1).toordinal() - _EPOCH_DAY, monthrange(year, month + 1)[1]


def within(occurred_at: Instant, span: Span, now: Instant, tz: ZoneInfo) -> bool:
    """Is `now` inside the window that `occurred_at` opens? (An instant in the future is in no window.)"""
    return occurred_at <= now < add_span(occurred_at, span, tz)


def window(now: Instant, span: Span, tz: ZoneInfo) -> tuple[tuple[Instant, Instant], ...]:
    """The instants t for which ``within(t, span, now, tz)``, exactly, as ascending half-open intervals [start, end).

    Mostly one. There are more where later does not mean due later: across an hour that the clock repeats, and for
    months that end in fewer days (31 January 09:00 and 30 January 10:00 are both in February's last day a month on).
    """
    elapsed = _ELAPSED.get(span.unit)
    if elapsed is not None:
        pieces = [(now - span.count * elapsed + 1, now + 1)]
    else:
        pieces = sorted(
            piece
            for low, high in _walls_reaching(first_wall_after(now, tz), span)
            for piece in instants_between(low, high, now + 1, tz)
        )
    joined: list[tuple[Instant, Instant]] = []
    for start, end in pieces:
        if joined and joined[-1][1] >= start:
            joined[-1] = (joined[-1][0], Instant(max(end, joined[-1][1])))
        elif start < end:
            joined.append((Instant(start), Instant(end)))
    return tuple(joined)


def _walls_reaching(goal: int, span: Span) -> Iterator[tuple[int, int]]:
    """The wall times that `_shift` moves to `goal` or later, as half-open intervals."""
    size = _WHOLE_DAYS.get(span.unit)
    if size is not None:
        yield goal - span.count * size, FOREVER
        return
    day, time_of_day = divmod(goal, DAY)
    target = date.fromordinal(day + _EPOCH_DAY)
    first, length = _month_of(target, -_months_in(span))
    due = target.day
    if due == _month_of(target)[1]:  # the last day of its month: every later day of the month that is left lands on it
        for late in range(due, length):
            yield (first + late - 1) * DAY + time_of_day, (first + late) * DAY
        due = max(due, length)
    yield (first + due - 1) * DAY + time_of_day if due <= length else (first + length) * DAY, FOREVER


def start_of_day(instant: Instant, tz: ZoneInfo) -> Instant:
    """The first instant of the wall-clock day that holds `instant`."""
    return Instant(instant_of(wall_of(instant, tz) // DAY * DAY, tz))


def start_of_week(instant: Instant, tz: ZoneInfo, first: int = SUNDAY) -> Instant:
    """The first instant of the wall-clock week that holds `instant`; weeks begin on `first` (Monday is 0)."""
    day = wall_of(instant, tz) // DAY
    return Instant(instant_of((day - (day + _EPOCH_WEEKDAY - first) % 7) * DAY, tz))


def month_starts(first: Instant, last: Instant, tz: ZoneInfo) -> tuple[Instant, ...]:
    """The first instants of every month that [first, last] touches, ascending; none when `last` is before `first`."""
    month = wall(first, tz).date()
    starts: list[Instant] = []
    while True:
        day, length = _month_of(month)
        start = Instant(instant_of(day * DAY, tz))
        if start > last or last < first:
            return tuple(starts)
        starts.append(start)
        month = date.fromordinal(day + length + _EPOCH_DAY)


def parse_instant(text: str, tz: ZoneInfo) -> Instant:
    """ISO 8601, with an offset or on the brand's wall clock; a date alone is its first instant. Raises ValueError."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise ValueError(f"{text!r} is not a time; write for example 2026-03-01 or 2026-03-01T10:00") from error
    return from_datetime(moment) if moment.tzinfo else from_wall(moment, tz)


def say_instant(instant: Instant, tz: ZoneInfo) -> str:
    """ISO 8601 with the offset of the zone, for machines and logs."""
    return to_datetime(instant, tz).isoformat()
