"""Instants are UTC microseconds (int); days, weeks, months and years are counted on the brand's wall clock.

Two rules (requirements.md, rules 1 and 2):

* ``add_span``: the same wall-clock hour N days later; an hour the clock skips is the next instant that exists, an hour
  it repeats is the first of the two. Hours, minutes and seconds are elapsed time.
* windows are half-open: *within w* means ``now < occurred_at + w``; ``within`` says so for one instant,
  ``window`` gives the same set of instants as intervals, for readings that look at everyone at once.
"""

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import NewType
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

Instant = NewType("Instant", int)

SECOND = 1_000_000
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
    if not digits.isdigit() or unit is None:
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
    early = wall.replace(tzinfo=tz, fold=0)
    offset = early.utcoffset()
    late_offset = early.replace(fold=1).utcoffset()
    assert offset is not None
    assert late_offset is not None
    if late_offset > offset:  # a gap: `fold=0` reads the clock as before the change; the change itself comes next
        return _change_between(wall - late_offset, wall - offset, tz)
    return Instant((wall - offset - _EPOCH) // _MICRO)


def _change_between(low: datetime, high: datetime, tz: ZoneInfo) -> Instant:
    """The instant in (low, high] (naive UTC) at which the zone's offset changes, by bisection to the second."""
    start = (low - _EPOCH) // timedelta(seconds=1)
    end = -((_EPOCH - high) // timedelta(seconds=1))
    before = to_datetime(Instant(start * SECOND), tz).utcoffset()
    while end - start > 1:
        middle = (start + end) // 2
        if to_datetime(Instant(middle * SECOND), tz).utcoffset() == before:
            start = middle
        else:
            end = middle
    return Instant(end * SECOND)


def wall(instant: Instant, tz: ZoneInfo) -> datetime:
    """The naive wall-clock time at an instant."""
    return to_datetime(instant, tz).replace(tzinfo=None, fold=0)


def add_span(instant: Instant, span: Span, tz: ZoneInfo) -> Instant:
    """`instant` + `span`, by the two rules above."""
    elapsed = _ELAPSED.get(span.unit)
    if elapsed is not None:
        return Instant(instant + span.count * elapsed)
    return from_wall(_shift(wall(instant, tz), span), tz)


def _shift(moment: datetime, span: Span) -> datetime:
    match span.unit:
        case Unit.DAYS:
            return moment + timedelta(days=span.count)
        case Unit.WEEKS:
            return moment + timedelta(weeks=span.count)
        case Unit.MONTHS:
            return _shift_months(moment, span.count)
        case _:
            return _shift_months(moment, span.count * 12)


def _shift_months(moment: datetime, count: int) -> datetime:
    """The same day `count` months later, or that month's last day where there is no such day."""
    year, month = divmod(moment.year * 12 + moment.month - 1 + count, 12)
    month += 1
    for day in range(moment.day, 27, -1):
        try:
            return moment.replace(year=year, month=month, day=day)
        except ValueError:
            continue
    return moment.replace(year=year, month=month)


def within(occurred_at: Instant, span: Span, now: Instant, tz: ZoneInfo) -> bool:
    """Is `now` inside the window that `occurred_at` opens? (An instant in the future is in no window.)"""
    return occurred_at <= now < add_span(occurred_at, span, tz)


def start_of_day(instant: Instant, tz: ZoneInfo) -> Instant:
    """The first instant of the wall-clock day that holds `instant`."""
    return from_wall(wall(instant, tz).replace(hour=0, minute=0, second=0, microsecond=0), tz)


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
