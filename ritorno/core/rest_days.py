"""Shabbat, Israeli holidays and memorial days: which days rest, and from when to when.

A rest day lasts from candle lighting of the evening before (sunset less the city's custom) until the sun is 8.5° below
the horizon. Days that touch are one block: they abut, and each knows the end of the whole block. Dates are those of
`pyluach` (Israel's rules, days on which work is forbidden), times of `astral`; against Hebcal 2024–2035 all 96 dates
are equal, candle lighting is up to 2.7 min later and the end within 0.7 min (hence the margin of a send window).
"""

from bisect import bisect_right
from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import msgspec
from astral import Observer, SunDirection
from astral.sun import sunset, time_at_elevation
from pyluach.dates import HebrewDate

from ritorno.core.instants import DAY, MINUTE, Instant, from_datetime, wall

_NIGHTFALL = -8.5  # degrees of the sun's centre: three small stars
_SATURDAY = 5
_DAY = timedelta(days=1)


class City(msgspec.Struct, frozen=True, cache_hash=True):
    """Degrees north and east; minutes from candle lighting to sunset. Raises ValueError beyond 58° north or south,
    where summer nights do not grow dark enough to end a rest day."""

    name: str
    latitude: float
    longitude: float
    candle_minutes: int = 18

    def __post_init__(self) -> None:
        if not (abs(self.latitude) <= 58 and abs(self.longitude) <= 180):
            raise ValueError(
                f"{self.name}: {self.latitude}, {self.longitude} is not a place between 58° north and south"
            )


CITIES = {
    city.name: city
    for city in (
        City("Tel Aviv", 32.0809, 34.7806),
        City("Jerusalem", 31.7780, 35.2354, 40),
        City("Haifa", 32.7940, 34.9896, 30),
        City("Beer Sheva", 31.2518, 34.7913),
        City("Eilat", 29.5581, 34.9482),
        City("Ashdod", 31.8044, 34.6553),
        City("Netanya", 32.3215, 34.8532),
        City("Petah Tikva", 32.0871, 34.8875, 40),
        City("Tiberias", 32.7922, 35.5312),
        City("Safed", 32.9646, 35.4960),
    )
}


class RestDay(msgspec.Struct, frozen=True):
    """[start, end) of one day of rest and the end of its block; `rule` is "shabbat" or "holiday:Pesach"."""

    day: date
    start: Instant
    end: Instant
    block_end: Instant
    rule: str


# pyluach's names in the spelling used in Israel.
_HOLIDAYS = {
    "Pesach": "Pesach",
    "Shavuos": "Shavuot",
    "Rosh Hashana": "Rosh Hashana",
    "Yom Kippur": "Yom Kippur",
    "Succos": "Sukkot",
    "Shmini Atzeres": "Shmini Atzeret",
}


def rest_rule(day: date) -> str | None:
    """Why this civil day rests, if it does; a holiday on a Saturday is called by the holiday."""
    holiday = HebrewDate.from_pydate(day).festival(israel=True, include_working_days=False)
    if holiday is not None:
        return f"holiday:{_HOLIDAYS[holiday]}"
    return "shabbat" if day.weekday() == _SATURDAY else None


@lru_cache(maxsize=256)
def rest_days(year: int, city: City, tz: ZoneInfo) -> tuple[RestDay, ...]:
    """The rest days of a civil year, ascending (5 ms, once). The first may begin on the evening of 31 December."""
    days: list[RestDay] = []
    for day, rule in reversed(list(_resting(year))):
        follows = days[-1] if days and days[-1].day == day + _DAY else None
        start = _candles(day - _DAY, city, tz)
        end = follows.start if follows else _nightfall(day, city, tz)
        days.append(RestDay(day, start, end, follows.block_end if follows else end, rule))
    return tuple(reversed(days))


def _resting(year: int) -> Iterator[tuple[date, str]]:
    """No block crosses the turn of the year: no holiday falls from November to mid-March."""
    for number in range(date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal() + 1):
        rule = rest_rule(day := date.fromordinal(number))
        if rule is not None:
            yield day, rule


def _candles(evening: date, city: City, tz: ZoneInfo) -> Instant:
    setting = sunset(Observer(city.latitude, city.longitude, 0), evening, tz)
    return Instant(from_datetime(setting.replace(microsecond=0)) - city.candle_minutes * MINUTE)


def _nightfall(day: date, city: City, tz: ZoneInfo) -> Instant:
    observer = Observer(city.latitude, city.longitude, 0)
    dark = time_at_elevation(observer, _NIGHTFALL, day, SunDirection.SETTING, tz)
    return from_datetime(dark.replace(microsecond=0))


def rests_between(start: Instant, end: Instant, city: City, tz: ZoneInfo) -> Iterator[RestDay]:
    """The rest days that share any time with [start, end), ascending."""
    for year in range(wall(start, tz).year, wall(Instant(end + 2 * DAY), tz).year + 1):
        days = rest_days(year, city, tz)
        for at in range(bisect_right(days, start, key=lambda rest: rest.end), len(days)):
            if days[at].start >= end:
                return
            yield days[at]


HOLOCAUST, FALLEN, TISHA_BAV = "Yom HaShoah", "Yom HaZikaron", "Tisha B'Av"
MEMORIALS = (HOLOCAUST, FALLEN, TISHA_BAV)


@lru_cache(maxsize=64)
def memorial_days(year: int) -> dict[date, str]:
    """Israel's memorial days of a civil year, by the dates to which law moves them away from Shabbat.

    Yom HaShoah: 27 Nisan; on a Friday the day before, on a Sunday the day after (law of 1959, amended 1997).
    Yom HaZikaron: 4 Iyar; on a Thursday or Friday the Wednesday before, on a Sunday the day after (1963, amended 2004).
    Tisha B'Av: 9 Av; on a Saturday the day after.
    """
    hebrew = year + 3760
    shoah = _civil(hebrew, 1, 27)
    fallen = _civil(hebrew, 2, 4)
    av = _civil(hebrew, 5, 9)
    return {
        shoah + _DAY * {4: -1, 6: 1}.get(shoah.weekday(), 0): HOLOCAUST,
        fallen + _DAY * {3: -1, 4: -2, 6: 1}.get(fallen.weekday(), 0): FALLEN,
        av + _DAY * {_SATURDAY: 1}.get(av.weekday(), 0): TISHA_BAV,
    }


def _civil(hebrew_year: int, month: int, day: int) -> date:
    civil: date = HebrewDate(hebrew_year, month, day).to_pydate()
    return civil
