"""When marketing may leave: weekly hours on the brand's wall clock, closed for Shabbat, holidays and memorial days.

Everything about a year is computed once into a list of open intervals; asking is a bisection (ISR-07, ISR-08).
"""

from bisect import bisect_right
from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import msgspec

from ritorno.core.instants import DAY, MINUTE, Instant, wall
from ritorno.core.rest_days import (
    CITIES,
    FALLEN,
    HOLOCAUST,
    MEMORIALS,
    City,
    RestDay,
    memorial_days,
    rest_days,
    rests_between,
)
from ritorno.core.wall_clock import instant_of, wall_of

_EPOCH_DAY = date(1970, 1, 1).toordinal()
_FRIDAY = 4
_MEMORIAL_EVE = 18 * 60  # the evening before a memorial day is silent from this minute
_DAY = timedelta(days=1)


class Hours(msgspec.Struct, frozen=True, array_like=True, cache_hash=True):
    """Open from minute `open` of the day until minute `close`, which is not part of it."""

    open: int
    close: int

    def __post_init__(self) -> None:
        if not 0 <= self.open < self.close <= 24 * 60:
            raise ValueError(f"hours from minute {self.open} to minute {self.close} are not within one day")


def parse_hours(text: str) -> Hours | None:
    """Read "08:00-21:00"; "closed" is None. Raises ValueError that says what is allowed."""
    if text.strip().lower() == "closed":
        return None
    opens, _, closes = text.replace("–", "-").partition("-")
    try:
        return Hours(_minute(opens), _minute(closes))
    except ValueError as error:
        raise ValueError(f"{text!r} are no opening hours; write for example 08:00-21:00, or closed") from error


def _minute(text: str) -> int:
    hour, _, minute = text.strip().partition(":")
    if not 0 <= int(minute or 0) < 60:
        raise ValueError(minute)
    return int(hour) * 60 + int(minute or 0)


WEEKDAY = Hours(8 * 60, 21 * 60)
EVE = Hours(8 * 60, 14 * 60)
ISRAELI_WEEK = (WEEKDAY, WEEKDAY, WEEKDAY, WEEKDAY, EVE, None, WEEKDAY)  # Monday first, as `datetime` counts
EVERY_DAY = (WEEKDAY,) * 7


class SendWindow(msgspec.Struct, frozen=True, cache_hash=True):
    """When a brand's marketing may leave. `city=None` keeps no Shabbat and no holiday: `week` alone decides.

    `week`: hours per weekday, Monday first, None when closed. `eve`: what is open at most on the day before a rest day,
    which also closes `margin_minutes` before candle lighting. `saturday_night`: open again `reopens_minutes` after a
    rest day ends, until minute `night_close`. `memorials`: memorial days without marketing, from 18:00 of their eve.
    Raises ValueError that names what is wrong.
    """

    week: tuple[Hours | None, ...] = ISRAELI_WEEK
    eve: Hours = EVE
    city: City | None = CITIES["Tel Aviv"]
    margin_minutes: int = 120
    saturday_night: bool = False
    reopens_minutes: int = 60
    night_close: int = 22 * 60 + 30
    memorials: tuple[str, ...] = (HOLOCAUST, FALLEN)

    def __post_init__(self) -> None:
        if len(self.week) != 7 or not any(self.week):
            raise ValueError("a send window has hours for seven days, Monday first, and is open on at least one")
        if self.margin_minutes < 0 or self.reopens_minutes < 0 or not 0 < self.night_close <= 24 * 60:
            raise ValueError("margin_minutes and reopens_minutes are 0 or more, night_close is a minute of the day")
        unknown = set(self.memorials) - set(MEMORIALS)
        if unknown:
            raise ValueError(f"{sorted(unknown)} are no memorial days; known are {', '.join(MEMORIALS)}")


class Opening(msgspec.Struct, frozen=True):
    """The first instant at which it may leave, and what closed the time before.

    `rule`: "" (open now), "shabbat", "holiday:Pesach", "eve:Pesach", "memorial:Yom HaZikaron", "friday", "night" or
    "day_off".
    """

    at: Instant
    rule: str = ""


def next_opening(instant: Instant, window: SendWindow, tz: ZoneInfo) -> Opening:
    """The first open instant from `instant` on (0.5 µs when open now, 6 µs when closed).

    Raises ValueError when the window never opens.
    """
    chunk = instant >> _CHUNK_BITS
    for later in range(3):
        starts, ends = _openings(chunk + later, window, tz)
        at = bisect_right(ends, instant)
        if at < len(ends):
            if starts[at] <= instant:
                return Opening(instant)
            return Opening(starts[at], _closed_by(instant, window, tz))
    raise ValueError("the send window never opens: its hours and its rest days leave nothing")


def next_usable(instant: Instant, lifetime: int, max_closed: int, window: SendWindow, tz: ZoneInfo) -> Opening:
    """The first opening from which a life of `lifetime` µs has at most `max_closed` µs in rest days (ISR-08).

    From inside an opening, waiting only moves more of a life into the next rest day, until that block is over: so the
    openings to ask are the next one and the first after each block. Raises ValueError when no life that long fits.
    """
    opening = next_opening(instant, window, tz)
    for _ in range(_BLOCKS_TRIED):
        closed = closed_time_between(opening.at, Instant(opening.at + lifetime), window, tz)
        if closed <= max_closed:
            return opening
        block = next(_rests(opening.at, Instant(opening.at + lifetime), window, tz))
        opening = Opening(next_opening(block.block_end, window, tz).at, block.rule)
    raise ValueError(f"no life of {lifetime / DAY:g} days has at most {max_closed / DAY:g} days of rest in it")


def closed_time_between(start: Instant, end: Instant, window: SendWindow, tz: ZoneInfo) -> int:
    """µs of [start, end) between candle lighting and nightfall of rest days (nights and memorial days are not)."""
    return sum(min(end, rest.end) - max(start, rest.start) for rest in _rests(start, end, window, tz))


def _rests(start: Instant, end: Instant, window: SendWindow, tz: ZoneInfo) -> Iterator[RestDay]:
    return iter(()) if window.city is None else rests_between(start, end, window.city, tz)


_BLOCKS_TRIED = 60  # a year of Shabbatot
_CHUNK_BITS = 45  # 407 days in µs


@lru_cache(maxsize=128)
def _openings(chunk: int, window: SendWindow, tz: ZoneInfo) -> tuple[list[Instant], list[Instant]]:
    """Starts and ends of the open intervals that touch one chunk of time, ascending (15 ms, once)."""
    first = wall_of(chunk << _CHUNK_BITS, tz) // DAY
    last = wall_of((chunk + 1) << _CHUNK_BITS, tz) // DAY
    opened = [_open_on(date.fromordinal(day + _EPOCH_DAY), window, tz) for day in range(first, last + 1)]
    intervals = [interval for interval in opened if interval is not None and interval[0] < interval[1]]
    return [start for start, _ in intervals], [end for _, end in intervals]


def _open_on(day: date, window: SendWindow, tz: ZoneInfo) -> tuple[Instant, Instant] | None:
    rest = _rest_of(day, window, tz)
    if rest is not None:
        if not window.saturday_night or rest.end < rest.block_end:
            return None
        return Instant(rest.end + window.reopens_minutes * MINUTE), _at_minute(day, window.night_close, tz)
    base = _hours_of(day, window, tz)
    if base is None:
        return None
    opens, closes = _at_minute(day, base.open, tz), _at_minute(day, base.close, tz)
    tomorrow = _rest_of(day + _DAY, window, tz)
    return opens, closes if tomorrow is None else min(closes, _margin(tomorrow, window))


def _hours_of(day: date, window: SendWindow, tz: ZoneInfo) -> Hours | None:
    """The hours of a day that does not rest, before the margin of the evening's candle lighting."""
    base = window.week[day.weekday()]
    if base is None or _memorial(day, window) is not None:
        return None
    opens, closes = base.open, base.close
    if _rest_of(day + _DAY, window, tz) is not None:
        opens, closes = max(opens, window.eve.open), min(closes, window.eve.close)
    if _memorial(day + _DAY, window) is not None:
        closes = min(closes, _MEMORIAL_EVE)
    return Hours(opens, closes) if opens < closes else None


def _rest_of(day: date, window: SendWindow, tz: ZoneInfo) -> RestDay | None:
    return None if window.city is None else _rests_by_day(day.year, window.city, tz).get(day)


@lru_cache(maxsize=256)
def _rests_by_day(year: int, city: City, tz: ZoneInfo) -> dict[date, RestDay]:
    return {rest.day: rest for rest in rest_days(year, city, tz)}


def _memorial(day: date, window: SendWindow) -> str | None:
    name = memorial_days(day.year).get(day)
    return name if name in window.memorials else None


def _margin(rest: RestDay, window: SendWindow) -> Instant:
    return Instant(rest.start - window.margin_minutes * MINUTE)


def _at_minute(day: date, minute: int, tz: ZoneInfo) -> Instant:
    return Instant(instant_of((day.toordinal() - _EPOCH_DAY) * DAY + minute * MINUTE, tz))


def _closed_by(instant: Instant, window: SendWindow, tz: ZoneInfo) -> str:
    """The rule that closes a closed instant."""
    day = wall(instant, tz).date()
    today, tomorrow = _rest_of(day, window, tz), _rest_of(day + _DAY, window, tz)
    for rest in (tomorrow, today):
        if rest is not None and rest.start <= instant:
            return rest.rule
    name = _memorial(day, window)
    if name is None and instant >= _at_minute(day, _MEMORIAL_EVE, tz):
        name = _memorial(day + _DAY, window)
    if name is not None:
        return f"memorial:{name}"
    base = _hours_of(day, window, tz)
    if base is None:
        return "day_off"
    if instant < _at_minute(day, base.open, tz):
        return "night"
    if tomorrow is not None and instant < _at_minute(day, base.close, tz):
        return tomorrow.rule
    if day.weekday() == _FRIDAY:
        return "friday"
    return f"eve:{tomorrow.rule.partition(':')[2]}" if tomorrow is not None else "night"
