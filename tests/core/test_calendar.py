"""Marketing leaves in the brand's hours, never on Shabbat or a holiday, and no short code spends its life there."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritorno.core.calendar import (
    EVE,
    EVERY_DAY,
    ISRAELI_WEEK,
    WEEKDAY,
    Hours,
    Opening,
    SendWindow,
    closed_time_between,
    next_opening,
    next_usable,
    parse_hours,
)
from ritorno.core.instants import DAY, HOUR, MINUTE, Instant, parse_instant, say_instant, wall, zone
from ritorno.core.rest_days import CITIES, FALLEN, TISHA_BAV, memorial_days, rest_days

JERUSALEM = zone("Asia/Jerusalem")
SHOP = SendWindow()
NIGHT = SendWindow(saturday_night=True)
SECULAR = SendWindow(week=EVERY_DAY, city=None, memorials=())


def at(text: str) -> Instant:
    return parse_instant(text, JERUSALEM)


def opening(text: str, window: SendWindow = SHOP) -> tuple[str, str]:
    """The next opening, to the minute on the wall clock, and its rule."""
    found = next_opening(at(text), window, JERUSALEM)
    return say_instant(found.at, JERUSALEM)[:16], found.rule


@pytest.mark.parametrize(
    ("due", "leaves", "rule"),
    [
        ("2026-03-01T10:00", "2026-03-01T10:00", ""),
        ("2026-03-01T08:00", "2026-03-01T08:00", ""),
        ("2026-03-01T07:59", "2026-03-01T08:00", "night"),
        ("2026-03-01T20:59", "2026-03-01T20:59", ""),
        ("2026-03-01T21:00", "2026-03-02T08:00", "night"),
        ("2026-03-05T21:00", "2026-03-06T08:00", "night"),
        ("2026-03-06T13:59", "2026-03-06T13:59", ""),
        ("2026-03-06T16:00", "2026-03-08T08:00", "friday"),
        ("2026-03-06T18:00", "2026-03-08T08:00", "shabbat"),
        ("2026-03-07T12:00", "2026-03-08T08:00", "shabbat"),
        ("2026-03-07T22:00", "2026-03-08T08:00", "shabbat"),
        ("2026-04-01T15:00", "2026-04-03T08:00", "eve:Pesach"),
        ("2026-04-01T20:00", "2026-04-03T08:00", "holiday:Pesach"),
        ("2026-04-02T21:30", "2026-04-03T08:00", "holiday:Pesach"),
        ("2026-09-11T20:00", "2026-09-14T08:00", "holiday:Rosh Hashana"),
        ("2026-05-21T20:00", "2026-05-24T08:00", "holiday:Shavuot"),
        ("2026-05-22T20:00", "2026-05-24T08:00", "shabbat"),
        ("2026-04-20T18:00", "2026-04-22T08:00", "memorial:Yom HaZikaron"),
        ("2026-04-21T12:00", "2026-04-22T08:00", "memorial:Yom HaZikaron"),
        ("2026-04-13T17:59", "2026-04-13T17:59", ""),
    ],
)
def test_a_message_is_held_to_the_next_opening_and_the_rule_is_named(due: str, leaves: str, rule: str) -> None:
    """ISR-07: due Fri 2026-03-06 16:00 → Sun 03-08 08:00; due 2026-04-01 20:00 (Pesach eve) → Fri 04-03 08:00."""
    assert opening(due) == (leaves, rule)


def test_saturday_night_opens_an_hour_after_the_end() -> None:
    """ISR-07: option on: Sat 03-07 ≈19:19 Tel Aviv; a holiday on a weekday likewise, a holiday after Shabbat not."""
    assert opening("2026-03-06T16:00", NIGHT) == ("2026-03-07T19:19", "friday")
    assert opening("2026-04-01T20:00", NIGHT) == ("2026-04-02T20:38", "holiday:Pesach")
    assert opening("2026-03-07T22:30", NIGHT) == ("2026-03-08T08:00", "shabbat")
    assert opening("2026-09-12T21:00", NIGHT)[0] == "2026-09-13T20:26"


def test_candle_lighting_closes_two_hours_before_where_that_is_earlier() -> None:
    """ISR-07: Jerusalem on a December Friday lights at 15:57: closed from 13:57, not from 14:00."""
    jerusalem = SendWindow(city=CITIES["Jerusalem"])
    assert opening("2026-12-04T13:50", jerusalem) == ("2026-12-04T13:50", "")
    assert opening("2026-12-04T13:59", jerusalem) == ("2026-12-06T08:00", "shabbat")
    assert opening("2026-12-04T13:59", SHOP) == ("2026-12-04T13:59", "")


def test_memorial_days_are_a_setting() -> None:
    assert opening("2026-04-21T12:00", SendWindow(memorials=())) == ("2026-04-21T12:00", "")
    assert opening("2026-07-23T12:00", SendWindow(memorials=(TISHA_BAV,)))[1] == "memorial:Tisha B'Av"


def test_a_brand_without_a_religious_calendar_has_its_weekly_hours_alone() -> None:
    assert opening("2026-03-07T12:00", SECULAR) == ("2026-03-07T12:00", "")
    assert opening("2026-04-02T22:00", SECULAR) == ("2026-04-03T08:00", "night")
    closed_sundays = SendWindow(week=(*(WEEKDAY,) * 6, None), city=None, memorials=())
    assert opening("2026-03-08T12:00", closed_sundays) == ("2026-03-09T08:00", "day_off")
    assert closed_time_between(at("2026-03-06"), at("2026-03-09"), SECULAR, JERUSALEM) == 0


def test_an_eve_opens_no_day_that_the_week_closes() -> None:
    no_fridays = SendWindow(week=(*ISRAELI_WEEK[:4], None, None, WEEKDAY))
    assert opening("2026-03-06T10:00", no_fridays) == ("2026-03-08T08:00", "day_off")
    late = SendWindow(week=(*(Hours(15 * 60, 20 * 60),) * 5, None, WEEKDAY))
    assert opening("2026-03-06T15:30", late) == ("2026-03-08T08:00", "day_off"), "15:00–20:00 leaves nothing of an eve"


def test_a_day_that_loses_or_repeats_an_hour_opens_at_its_wall_clock_hour() -> None:
    """ISR-13: clocks change on Fri 2026-03-27 and Sun 2026-10-25, both at 02:00."""
    assert opening("2026-03-27T00:30") == ("2026-03-27T08:00", "night")
    assert opening("2026-10-25T01:30") == ("2026-10-25T08:00", "night")
    two_oclock = SendWindow(week=(Hours(150, 300),) * 7, city=None, memorials=())
    assert opening("2026-03-27T00:30", two_oclock) == ("2026-03-27T03:00", "night")


# --- short codes -------------------------------------------------------------------------------------------------


def usable(text: str, lifetime: int = 24 * HOUR, window: SendWindow = SHOP) -> tuple[str, str]:
    found = next_usable(at(text), lifetime, 6 * HOUR, window, JERUSALEM)
    return say_instant(found.at, JERUSALEM)[:16], found.rule


def test_a_code_of_a_day_is_not_issued_into_shabbat() -> None:
    """ISR-08: PB2 fires Fri 10:00 → held to Sun 08:00 so that 24 h are usable."""
    assert usable("2026-03-06T10:00") == ("2026-03-08T08:00", "shabbat")


@pytest.mark.parametrize(
    ("due", "lifetime", "leaves"),
    [
        ("2026-03-05T19:00", 24 * HOUR, "2026-03-05T19:00"),  # 1.6 h of Shabbat
        ("2026-03-05T23:30", 24 * HOUR, "2026-03-08T08:00"),  # night; from Friday 08:00 on, 14 h of Shabbat
        ("2026-03-06T10:00", 12 * HOUR, "2026-03-06T10:00"),  # until 22:00: 4.6 h
        ("2026-03-05T10:00", 48 * HOUR, "2026-03-08T08:00"),
        ("2026-03-31T10:00", 24 * HOUR, "2026-03-31T10:00"),
        ("2026-04-01T10:00", 24 * HOUR, "2026-04-05T08:00"),  # Pesach, then Friday into Shabbat
        ("2026-09-11T10:00", 24 * HOUR, "2026-09-14T08:00"),
    ],
)
def test_a_code_leaves_when_enough_of_its_life_is_usable(due: str, lifetime: int, leaves: str) -> None:
    """ISR-08."""
    assert usable(due, lifetime)[0] == leaves


def test_without_a_religious_calendar_a_code_leaves_at_once() -> None:
    assert usable("2026-03-06T10:00", window=SECULAR) == ("2026-03-06T10:00", "")


def test_a_life_that_never_fits_is_refused() -> None:
    with pytest.raises(ValueError, match=r"no life of 14 days has at most 0\.25 days of rest"):
        usable("2026-03-06T10:00", 14 * DAY)


def test_closed_time_lies_between_candle_lighting_and_nightfall() -> None:
    """ISR-08: nights count as usable, rest days do not; Shabbat of 2026-03-07 lasts 24 h 55 min."""
    closed = closed_time_between(at("2026-03-05"), at("2026-03-09"), SHOP, JERUSALEM)
    assert 24 * HOUR + 50 * MINUTE < closed < 25 * HOUR
    assert closed_time_between(at("2026-03-07T10:00"), at("2026-03-07T12:00"), SHOP, JERUSALEM) == 2 * HOUR
    assert closed_time_between(at("2026-03-04"), at("2026-03-05"), SHOP, JERUSALEM) == 0


# --- rules -------------------------------------------------------------------------------------------------------

windows = st.builds(
    SendWindow,
    week=st.sampled_from([ISRAELI_WEEK, EVERY_DAY, (None, *ISRAELI_WEEK[1:])]),
    city=st.sampled_from([None, *CITIES.values()]),
    margin_minutes=st.sampled_from([0, 120, 400]),
    saturday_night=st.booleans(),
    memorials=st.sampled_from([(), (FALLEN,)]),
)
moments = st.integers(at("2024-01-01") // MINUTE, at("2036-01-01") // MINUTE).map(
    lambda minute: Instant(minute * MINUTE)
)


def slow_is_open(instant: Instant, window: SendWindow) -> bool:
    """Read straight from the rules, one instant at a time."""
    moment = wall(instant, JERUSALEM)
    today, minute = moment.date(), moment.hour * 60 + moment.minute
    rests = {} if window.city is None else dict(_rests(today, window))
    if today in rests:
        _, end, last = rests[today]
        reopened = window.saturday_night and last and instant >= end + window.reopens_minutes * MINUTE
        return reopened and minute < window.night_close
    tomorrow = today + timedelta(days=1)
    hours_today = window.week[today.weekday()]
    if hours_today is None or memorial_days(today.year).get(today) in window.memorials:
        return False
    if memorial_days(tomorrow.year).get(tomorrow) in window.memorials and minute >= 18 * 60:
        return False
    if tomorrow in rests:
        before_candles = instant < rests[tomorrow][0] - window.margin_minutes * MINUTE
        if not (before_candles and EVE.open <= minute < EVE.close):
            return False
    return hours_today.open <= minute < hours_today.close


def _rests(today: date, window: SendWindow) -> Iterator[tuple[date, tuple[int, int, bool]]]:
    assert window.city is not None
    for year in (today.year, today.year + 1):
        for rest in rest_days(year, window.city, JERUSALEM):
            yield rest.day, (rest.start, rest.end, rest.end == rest.block_end)


@given(moments, windows, st.integers(0, 999))
def test_the_opening_is_the_first_open_instant(instant: Instant, window: SendWindow, share: int) -> None:
    """ISR-07: it is open, nothing before it is, and asking again changes nothing."""
    found = next_opening(instant, window, JERUSALEM)
    assert slow_is_open(found.at, window)
    assert (found.at == instant) == (found.rule == "") == slow_is_open(instant, window)
    if found.at > instant:
        assert not slow_is_open(Instant(instant + (found.at - instant) * share // 1000), window)
        assert not slow_is_open(Instant(found.at - 1), window)
    assert next_opening(found.at, window, JERUSALEM) == Opening(found.at)


@given(moments, windows, st.integers(1, 48))
def test_a_short_code_has_its_usable_life(instant: Instant, window: SendWindow, lifetime: int) -> None:
    """ISR-08: the answer fits and is open, and the opening before it, if another, did not fit."""
    found = next_usable(instant, lifetime * HOUR, 6 * HOUR, window, JERUSALEM).at
    assert slow_is_open(found, window)
    assert closed_time_between(found, Instant(found + lifetime * HOUR), window, JERUSALEM) <= 6 * HOUR
    first = next_opening(instant, window, JERUSALEM).at
    if found > first:
        assert closed_time_between(first, Instant(first + lifetime * HOUR), window, JERUSALEM) > 6 * HOUR


# --- settings ----------------------------------------------------------------------------------------------------


def test_hours_are_read_as_people_write_them() -> None:
    assert parse_hours("08:00-21:00") == WEEKDAY
    assert parse_hours(" 8 – 14:00 ") == EVE
    assert parse_hours("closed") is None


@pytest.mark.parametrize("text", ["", "8", "21:00-08:00", "08:00-25:00", "08:70-10:00", "morning-night"])
def test_wrong_hours_are_named(text: str) -> None:
    with pytest.raises(ValueError, match="are no opening hours; write for example 08:00-21:00"):
        parse_hours(text)


def test_wrong_windows_are_refused() -> None:
    with pytest.raises(ValueError, match="hours for seven days"):
        SendWindow(week=(WEEKDAY,))
    with pytest.raises(ValueError, match="open on at least one"):
        SendWindow(week=(None,) * 7)
    with pytest.raises(ValueError, match="margin_minutes"):
        SendWindow(margin_minutes=-1)
    with pytest.raises(ValueError, match=r"'Purim'.* are no memorial days; known are Yom HaShoah"):
        SendWindow(memorials=("Purim",))
    with pytest.raises(ValueError, match="never opens"):
        next_opening(at("2026-03-01"), SendWindow(week=(*(None,) * 5, WEEKDAY, None)), JERUSALEM)
