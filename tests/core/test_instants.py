"""Days are counted on the wall clock, hours as they pass; the fast reading equals a slow one taken from `zoneinfo`."""

from calendar import monthrange
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ritorno.core.instants import (
    DAY,
    HOUR,
    MINUTE,
    NEVER,
    Instant,
    Span,
    Unit,
    add_span,
    days,
    from_datetime,
    from_wall,
    hours,
    month_starts,
    months,
    parse_instant,
    parse_span,
    say_instant,
    start_of_day,
    start_of_week,
    to_datetime,
    wall,
    window,
    within,
    zone,
)

ZONES = ["Asia/Jerusalem", "Europe/London", "America/New_York", "UTC", "Australia/Lord_Howe"]
JERUSALEM = zone("Asia/Jerusalem")

zones = st.sampled_from(ZONES).map(zone)
spans = st.builds(Span, st.integers(0, 60), st.sampled_from(list(Unit)))


def at(text: str) -> Instant:
    return parse_instant(text, JERUSALEM)


# --- the slow reading --------------------------------------------------------------------------------------------


def slow_wall(instant: int, tz: ZoneInfo) -> datetime:
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=instant)
    return moment.astimezone(tz).replace(tzinfo=None, fold=0)


def slow_from_wall(moment: datetime, tz: ZoneInfo) -> int:
    """Try every offset the zone has within two days; without a match the clock skips it: look for the change itself."""
    guess = (moment.replace(tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    near = [guess + step * HOUR for step in range(-48, 49)]
    offsets = {(slow_wall(t, tz) - slow_wall(t, zone("UTC"))) // timedelta(microseconds=1) for t in near}
    exact = [guess - offset for offset in offsets if slow_wall(guess - offset, tz) == moment]
    if exact:
        return min(exact)
    low, high = guess - max(offsets), guess - min(offsets)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if slow_wall(middle, tz) > moment else (middle, high)
    return high


def slow_add(instant: int, span: Span, tz: ZoneInfo) -> int:
    length = {"seconds": 1, "minutes": 60, "hours": 3600}.get(span.unit.value)
    if length:
        return instant + span.count * length * 1_000_000
    moment = slow_wall(instant, tz)
    if span.unit in (Unit.DAYS, Unit.WEEKS):
        return slow_from_wall(moment + timedelta(days=span.count * (7 if span.unit is Unit.WEEKS else 1)), tz)
    month = moment.month
    year = moment.year + (span.count if span.unit is Unit.YEARS else 0)
    for _ in range(span.count if span.unit is Unit.MONTHS else 0):
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    return slow_from_wall(moment.replace(year=year, month=month, day=min(moment.day, monthrange(year, month)[1])), tz)


@st.composite
def instants(draw: st.DrawFn) -> Instant:
    """Any instant 1975–2090, half of them within hours of the days on which clocks change."""
    if draw(st.booleans()):
        return Instant(draw(st.integers(5 * 365 * DAY, 120 * 365 * DAY)))
    year, month = draw(st.integers(1990, 2060)), draw(st.sampled_from([3, 4, 9, 10, 11]))
    day = datetime(year, month, draw(st.integers(1, monthrange(year, month)[1])), tzinfo=UTC)
    return Instant(from_datetime(day) + draw(st.integers(-24, 24)) * (HOUR // 2) + draw(st.sampled_from([-1, 0, 1])))


@given(instants(), zones)
def test_the_clock_shows_what_zoneinfo_says(instant: Instant, tz: ZoneInfo) -> None:
    assert wall(instant, tz) == slow_wall(instant, tz)


@given(instants(), spans, zones)
def test_a_span_later_equals_the_slow_reading(instant: Instant, span: Span, tz: ZoneInfo) -> None:
    """ISR-13, rule 2: the same hour N days later, skipped → next that exists, repeated → the first."""
    assert add_span(instant, span, tz) == slow_add(instant, span, tz)


@given(instants(), zones)
def test_a_wall_time_is_read_as_its_first_instant(instant: Instant, tz: ZoneInfo) -> None:
    shown = slow_wall(instant, tz)
    assert from_wall(shown, tz) == slow_from_wall(shown, tz)
    skipped = shown + timedelta(minutes=30)
    assert from_wall(skipped, tz) == slow_from_wall(skipped, tz)


# --- the cases people know ---------------------------------------------------------------------------------------


def test_a_day_across_the_spring_change_keeps_its_hour() -> None:
    """ISR-13: +1 d from Thu 2026-03-26 10:00 (the clock changes Fri 03-27) is Fri 10:00."""
    tomorrow = add_span(at("2026-03-26T10:00"), days(1), JERUSALEM)
    assert say_instant(tomorrow, JERUSALEM) == "2026-03-27T10:00:00+03:00"
    assert tomorrow - at("2026-03-26T10:00") == 23 * HOUR


def test_ninety_days_reach_the_same_hour_across_the_change() -> None:
    """SCO-05: last order 2026-01-10 14:05, cut 90 → 2026-04-10 14:05:00."""
    assert add_span(at("2026-01-10T14:05"), days(90), JERUSALEM) == at("2026-04-10T14:05")


def test_an_hour_the_clock_skips_is_the_instant_of_the_change() -> None:
    assert say_instant(add_span(at("2026-03-26T02:30"), days(1), JERUSALEM), JERUSALEM) == "2026-03-27T03:00:00+03:00"


def test_an_hour_the_clock_repeats_is_the_first_of_the_two() -> None:
    assert say_instant(add_span(at("2026-10-24T01:30"), days(1), JERUSALEM), JERUSALEM) == "2026-10-25T01:30:00+03:00"


def test_hours_are_elapsed_time() -> None:
    assert say_instant(add_span(at("2026-03-26T10:00"), hours(24), JERUSALEM), JERUSALEM) == "2026-03-27T11:00:00+03:00"


def test_a_month_later_than_the_31st_is_the_last_day() -> None:
    assert add_span(at("2026-01-31T09:00"), months(1), JERUSALEM) == at("2026-02-28T09:00")
    assert add_span(at("2024-02-29T09:00"), Span(1, Unit.YEARS), JERUSALEM) == at("2025-02-28T09:00")


def test_never_stays_later_than_any_instant() -> None:
    assert add_span(NEVER, days(1), JERUSALEM) > at("2199-12-31")


# --- windows -----------------------------------------------------------------------------------------------------


@given(instants(), spans, zones, st.lists(st.tuples(st.integers(0, 60), st.integers(-90, 90)), max_size=30))
@example(at("2026-10-25T01:30"), days(1), JERUSALEM, [(0, 0)])
@example(Instant(at("2026-10-25T01:30") + HOUR), days(1), JERUSALEM, [(0, 0)])
@example(at("2026-02-28T09:30"), months(1), JERUSALEM, [(28, 0), (30, -20)])
def test_the_window_is_exactly_the_instants_within(
    now: Instant, span: Span, tz: ZoneInfo, around: list[tuple[int, int]]
) -> None:
    """Rule 1: one set, two readings; asked at every edge, one µs before it, and at random around the far edge."""
    found = window(now, span, tz)
    edges = [edge for piece in found for edge in piece]
    assert edges == sorted(set(edges)), "ascending, apart and none empty"
    far = found[0][0] if found else now
    asked = {edge - 1 for edge in edges} | set(edges) | {now, now + 1, now - 1}
    asked |= {far + day * DAY // 10 + minute * MINUTE for day, minute in around}
    asked |= {now - day * DAY + minute * MINUTE for day, minute in around}
    for t in asked:
        inside = any(start <= t < end for start, end in found)
        assert inside == within(Instant(t), span, now, tz), (t, found)


def test_a_window_that_ends_in_the_repeated_hour_has_two_pieces() -> None:
    """A day later than the second 01:00 is due before a day later than the first 01:30: later, and yet due earlier."""
    now = Instant(at("2026-10-26T01:15"))
    pieces = window(now, days(1), JERUSALEM)
    assert pieces == (
        (Instant(at("2026-10-25T01:15") + 1), Instant(at("2026-10-25T01:00") + HOUR)),
        (Instant(at("2026-10-25T01:15") + HOUR + 1), Instant(now + 1)),
    )


def test_a_boundary_instant_belongs_to_the_later_state() -> None:
    """SCO-07: 89 d 23:59:59 since the purchase is within 90 days; exactly 90 d is not."""
    bought = at("2026-01-10T14:05")
    due = at("2026-04-10T14:05")
    assert within(bought, days(90), Instant(due - 1), JERUSALEM)
    assert not within(bought, days(90), due, JERUSALEM)
    assert not within(bought, days(90), Instant(bought - 1), JERUSALEM), "what has not happened is in no window"


# --- days, weeks, months -----------------------------------------------------------------------------------------


def test_weeks_start_on_sunday_unless_the_brand_says_monday() -> None:
    """ISR-13."""
    assert start_of_week(at("2026-03-07T23:59"), JERUSALEM) == at("2026-03-01")
    assert start_of_week(at("2026-03-08T00:00"), JERUSALEM) == at("2026-03-08")
    assert start_of_week(at("2026-03-08T00:00"), JERUSALEM, first=0) == at("2026-03-02")


@given(instants(), zones)
def test_a_day_starts_with_its_first_instant(instant: Instant, tz: ZoneInfo) -> None:
    start = start_of_day(instant, tz)
    today = wall(instant, tz).date()
    assert start <= instant
    assert wall(start, tz).date() == today
    assert wall(Instant(start - 1), tz).date() < today


def test_months_of_a_report_begin_at_midnight_on_the_wall_clock() -> None:
    starts = month_starts(at("2025-11-15T10:00"), at("2026-04-01T00:00"), JERUSALEM)
    expected = ["2025-11-01", "2025-12-01", "2026-01-01", "2026-02-01", "2026-03-01", "2026-04-01"]
    assert [wall(start, JERUSALEM).date().isoformat() for start in starts] == expected
    assert all(start_of_day(start, JERUSALEM) == start for start in starts)
    assert month_starts(at("2026-04-01"), at("2026-03-31"), JERUSALEM) == ()


# --- reading and writing -----------------------------------------------------------------------------------------


@given(instants(), zones)
def test_what_is_said_can_be_read(instant: Instant, tz: ZoneInfo) -> None:
    assert parse_instant(say_instant(instant, tz), JERUSALEM) == instant
    assert from_datetime(to_datetime(instant, tz)) == instant


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("90d", days(90)),
        (" 24 H ", hours(24)),
        ("15min", Span(15, Unit.MINUTES)),
        ("2w", Span(2, Unit.WEEKS)),
        ("24mo", months(24)),
        ("1y", Span(1, Unit.YEARS)),
        (str(days(90)), days(90)),
    ],
)
def test_spans_are_read_as_people_write_them(text: str, span: Span) -> None:
    assert parse_span(text) == span


@pytest.mark.parametrize("text", ["", "d", "ninety days", "90", "-3d", "1.5d", "3 fortnights", "²d"])
def test_a_wrong_span_says_what_is_allowed(text: str) -> None:
    with pytest.raises(ValueError, match="write for example 90d"):
        parse_span(text)


def test_wrong_times_and_zones_are_named() -> None:
    with pytest.raises(ValueError, match="'soon' is not a time"):
        parse_instant("soon", JERUSALEM)
    with pytest.raises(ValueError, match="'Asia/Atlantis' is not a time zone"):
        zone("Asia/Atlantis")
    with pytest.raises(ValueError, match="has no time zone"):
        from_datetime(wall(at("2026-03-01"), JERUSALEM))
