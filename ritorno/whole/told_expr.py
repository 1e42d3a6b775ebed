"""What was told of everyone: traits, yearly days, permission – and the lasting share that a hash gives."""

from datetime import date, datetime, timedelta

import ibis
from ibis.expr.types import BooleanValue, IntegerValue, Table, Value

from ritorno.core.consent import Proof
from ritorno.core.events import Channel, Purpose
from ritorno.core.experiments import PRIME, line
from ritorno.core.instants import Instant, from_wall, wall
from ritorno.core.segments.rule import Anniversary, Consented, Reachable, Share, TraitIs
from ritorno.core.segments.traits import return_in
from ritorno.whole.columns import (
    FIGURES,
    TOLD,
    Base,
    Clause,
    Column,
    Columns,
    Moment,
    Reading,
    Source,
    always,
    any_of,
    count_rows,
    earliest,
    greatest_of,
    least_of,
    never,
    sure,
)
from ritorno.whole.compare import compare_told
from ritorno.whole.windows import Window, ahead, is_in, passes, up_to

CONSENTS: Source = ("consents",)
_LEAP = 2024  # a year with all the days that a year may have


# --- traits ----------------------------------------------------------------------------------------


def told(name: str, columns: Columns) -> Column:
    """The trait as told by now, as JSON text; NULL without."""
    now = columns.base.now
    return columns.stage(
        TOLD,
        lambda joined: ibis.ifelse(joined.traits_at.get(name) <= now, joined.traits.get(name), ibis.null("string")),
    )


def told_ahead(name: str, base: Base) -> Moment:
    """When a trait that is dated ahead is told."""

    def moment(joined: Table) -> Value:
        at = joined.traits_at.get(name)
        return ibis.ifelse(at > base.now, at, ibis.null("int64"))

    return earliest(moment)


def trait(rule: TraitIs, columns: Columns) -> Reading:
    base = columns.base
    value = told(rule.trait, columns)

    def answer(joined: Table) -> BooleanValue:
        holds = compare_told(value(joined), rule.op, rule.value)
        if rule.source is not None:
            holds = holds & (joined.traits_source.get(rule.trait) == rule.source)
        if rule.told_within is not None:
            instants = Window(rule.told_within).at(base.now, base.tz)
            holds = holds & is_in(joined.traits_at.get(rule.trait), instants)
        return holds

    def change() -> Moment:
        span = rule.told_within
        ends = [] if span is None else [passes(lambda joined: joined.traits_at.get(rule.trait), span, base)]
        return earliest(told_ahead(rule.trait, base), *ends)

    return Reading(sure(answer), change)


def day_text(name: str, columns: Columns) -> Column:
    """The date in a trait, `2026-03-01`; NULL where it holds none (or one after the year 9000)."""
    value = told(name, columns)

    def text(joined: Table) -> Value:
        written = value(joined).substr(1, 10)
        is_day = value(joined).length() == len('"2026-03-01"')
        is_day = is_day & value(joined).startswith('"') & written.re_search(_DAY) & written.try_cast("date").notnull()
        return ibis.ifelse(is_day, written, ibis.null("string"))

    return columns.stage(FIGURES, text)


_DAY = r"^[0-8][0-9]{3}-[0-9]{2}-[0-9]{2}$"


def midnight(day: date, base: Base) -> Instant:
    return from_wall(datetime(day.year, day.month, day.day), base.tz)  # noqa: DTZ001 - wall clock


def today(base: Base) -> date:
    """The last day that has begun."""
    day = wall(base.now, base.tz).date() + timedelta(days=1)
    while midnight(day, base) > base.now:
        day -= timedelta(days=1)
    return day


# --- the days that come back every year --------------------------------------------------------------


def anniversary(rule: Anniversary, columns: Columns) -> Reading:
    base = columns.base
    text = day_text(rule.trait, columns)
    day = today(base) + timedelta(days=rule.days_before)
    back = range(min(rule.days, 366 * 4 + 1))
    wanted = sorted({key for number in back for key in keys_of(day - timedelta(days=number))})
    begins, ends = -rule.days_before, rule.days - rule.days_before
    return Reading(
        sure(lambda joined: text(joined).substr(5, 5).isin(wanted)),
        lambda: earliest(told_ahead(rule.trait, base), returns(text, (begins, ends), base)),
    )


def keys_of(day: date) -> tuple[str, ...]:
    """The dates, as `03-01`, that return on a day."""
    key = f"{day:%m-%d}"
    return (key, "02-29") if key == "02-28" and not _is_leap(day.year) else (key,)


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def returns(text: Column, shifts: tuple[int, ...], base: Base) -> Moment:
    """The next midnight that is one of `shifts` days after a return of the date, or one before it: nearer ones to the
    day."""
    first = today(base)
    by_wait: dict[int, list[str]] = {}
    for number in range(366):
        born = date(_LEAP, 1, 1) + timedelta(days=number)
        by_wait.setdefault(_wait(born, first, shifts), []).append(f"{born:%m-%d}")
    moments = [(keys, midnight(first + timedelta(days=wait), base)) for wait, keys in sorted(by_wait.items())]

    def moment(joined: Table) -> Value:
        key = text(joined).substr(5, 5)
        return ibis.cases(*((key.isin(keys), at) for keys, at in moments), else_=ibis.null("int64"))

    return earliest(moment)


_WAITS = (240, 120, 60, 30, 14, 7, 4, 3, 2, 1)


def _wait(born: date, first: date, shifts: tuple[int, ...]) -> int:
    """Days until then, rounded down to one of `_WAITS`."""
    waits = []
    for shift in shifts:
        about = (first - timedelta(days=shift)).year
        days = [(return_in(born, year) + timedelta(days=shift) - first).days for year in range(about - 1, about + 3)]
        waits.append(min(each for each in days if each > 0))
    return next(each for each in _WAITS if each <= min(waits))


# --- permission ------------------------------------------------------------------------------------


def consented(rule: Consented, columns: Columns) -> Reading:
    return Reading(sure(_permitted(rule.channel, rule.purpose, columns)), lambda: _consents_ahead(columns))


def reachable(rule: Reachable, columns: Columns) -> Reading:
    permitted = [(channel, _permitted(channel, Purpose.MARKETING, columns)) for channel in rule.channels]
    return Reading(
        sure(
            lambda joined: any_of(
                ibis.coalesce(joined[f"reach_{channel.value}"] & holds(joined), False) for channel, holds in permitted
            )
        ),
        lambda: _consents_ahead(columns),
    )


def _consents_ahead(columns: Columns) -> Moment:
    return earliest(columns.of(CONSENTS, least_of("at"), lambda rows: is_in(rows.at, ahead(columns.base.now))))


def _permitted(channel: Channel, purpose: Purpose, columns: Columns) -> Clause:
    """`core/consent.py: in_force`: given after the last withdrawal by an explicit act; by any proof where there was no
    withdrawal."""

    def about(rows: Table) -> BooleanValue:
        told_by_now = is_in(rows.at, up_to(columns.base.now)) & (rows.proof != Proof.UNPROVEN.value)
        return told_by_now & (rows.channel == channel.value) & (rows.purpose == purpose.value)

    refused = columns.of(CONSENTS, greatest_of("number"), lambda rows: about(rows) & ~rows.given)
    explicit = columns.of(
        CONSENTS, greatest_of("number"), lambda rows: about(rows) & rows.given & (rows.proof == Proof.EXPLICIT.value)
    )
    given = columns.of(CONSENTS, count_rows, lambda rows: about(rows) & rows.given)
    return lambda joined: ibis.ifelse(
        refused(joined).isnull(),
        given(joined) > 0,
        explicit(joined) > refused(joined),
    )


# --- by hash ---------------------------------------------------------------------------------------


def share(rule: Share, _columns: Columns) -> Reading:
    """`core/experiments.py: position` in [start, end)."""
    factor, offset = line(rule.name)
    if rule.start >= rule.end:
        return Reading(always(answer=False), never)

    def answer(joined: Table) -> BooleanValue:
        place: IntegerValue = (joined.customer_id % PRIME * factor + offset) % PRIME
        position = place / PRIME
        return (position >= rule.start) & (position < rule.end)

    return Reading(sure(answer), never)
