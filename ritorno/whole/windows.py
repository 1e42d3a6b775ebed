"""Windows for everyone at once: the instants that are in a window at `now` as constant intervals, so that an engine
compares integers; and `instants.add_span` of a column, exactly, where two columns meet."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple
from zoneinfo import ZoneInfo

import ibis
from ibis.expr.types import BooleanValue, IntegerValue, Table, Value

from ritorno.core.customer import FIRST
from ritorno.core.instants import (
    DAY,
    HOUR,
    MINUTE,
    NEVER,
    Instant,
    Span,
    Unit,
    from_datetime,
    window,
)
from ritorno.core.segments.rule import Timed
from ritorno.core.span_pieces import To, pieces
from ritorno.core.wall_clock import SECOND, wall_clock
from ritorno.whole.columns import Base, Clause, Column, Columns, Moment, Source, any_of, earliest, least_of

Interval = tuple[int, int]  # half-open
ALL_TIME: tuple[Interval, ...] = ((FIRST, NEVER),)

_ELAPSED = {Unit.SECONDS: SECOND, Unit.MINUTES: MINUTE, Unit.HOURS: HOUR}


def meet(some: Sequence[Interval], others: Sequence[Interval]) -> tuple[Interval, ...]:
    """What is in both; ascending intervals in and out."""
    found = [(max(a, c), min(b, d)) for a, b in some for c, d in others if max(a, c) < min(b, d)]
    return tuple(sorted(found))


def outside(intervals: Iterable[Interval]) -> tuple[Interval, ...]:
    """All of time but these ascending intervals."""
    left: list[Interval] = []
    start: int = FIRST
    for opens, closes in intervals:
        if start < opens:
            left.append((start, opens))
        start = closes
    return (*left, (start, NEVER)) if start < NEVER else tuple(left)


def up_to(now: Instant) -> tuple[Interval, ...]:
    """All of time up to and including `now`."""
    return ((FIRST, now + 1),)


def inside(
    now: Instant, tz: ZoneInfo, *, within: Span | None = None, older_than: Span | None = None
) -> tuple[Interval, ...]:
    """The instants t, none after `now`, with now < t + within and now ≥ t + older_than."""
    found = up_to(now)
    if within is not None:
        found = meet(found, window(now, within, tz))
    return found if older_than is None else meet(found, outside(window(now, older_than, tz)))


class Window(NamedTuple):
    """When something may have happened: spans back from now, and fixed bounds."""

    within: Span | None = None
    older_than: Span | None = None
    bounds: Interval = (FIRST, NEVER)

    def at(self, now: Instant, tz: ZoneInfo) -> tuple[Interval, ...]:
        """The instants that are in it, as asked at `now`."""
        return meet(inside(now, tz, within=self.within, older_than=self.older_than), (self.bounds,))


def window_of(timed: Timed) -> Window:
    since = FIRST if timed.since is None else from_datetime(timed.since)
    until = NEVER if timed.until is None else from_datetime(timed.until)
    return Window(timed.within, timed.older_than, (since, until))


def is_in(column: Value, intervals: Sequence[Interval]) -> BooleanValue:
    """Is the instant (or any integer) in one of the intervals?"""
    return any_of(_is_in_one(column, start, end) for start, end in intervals)


def _is_in_one(column: Value, start: int, end: int) -> BooleanValue:
    above, below = column >= ibis.literal(start, "int64"), column < ibis.literal(end, "int64")
    if start <= FIRST:
        return column.notnull() if end >= NEVER else below
    return above if end >= NEVER else above & below


# --- add_span of a column --------------------------------------------------------------------------


def later(column: Value, span: Span, low: int, high: int, tz: ZoneInfo) -> IntegerValue:
    """``add_span(column, span, tz)``, exactly, for instants in [low, high): a sum for each piece between two changes of
    the clock (or the calendar), the newest asked first."""
    elapsed = _ELAPSED.get(span.unit)
    if elapsed is not None:
        return column + span.count * elapsed
    (_, first), *rest = pieces(span, max(low, _EARLIEST), high, tz)
    branches = [(column >= ibis.literal(start, "int64"), _moved(column, by)) for start, by in reversed(rest)]
    oldest = _moved(column, first)
    return ibis.cases(*branches, else_=oldest) if branches else oldest


def _moved(column: Value, by: int) -> Value:
    return ibis.literal(int(by), "int64") if isinstance(by, To) else column + int(by)


_EARLIEST = 20 * 365 * DAY  # 1990: before it, the sum of then


def wall_day(column: Value, high: int, tz: ZoneInfo) -> IntegerValue:
    """The number of the wall-clock day (1970-01-01 is 0) of instants below `high`."""
    clock = wall_clock(tz)
    known = [(at, by) for at, by in zip(clock.starts, clock.offsets, strict=True) if at < high]
    branches = [(column >= ibis.literal(at, "int64"), column + by) for at, by in reversed(known[1:])]
    oldest = column + known[0][1]
    return (ibis.cases(*branches, else_=oldest) if branches else oldest) // DAY


# --- what time alone turns -------------------------------------------------------------------------


def turns(columns: Columns, source: Source, column: str, timed: Window, fits: Clause, base: Base) -> Moment:
    """The first instant after now at which a row that fits comes into its window or leaves it; NEVER."""
    now, tz = base.now, base.tz
    low, high = timed.bounds
    allowed = ((low, high),)
    asked = [
        columns.of(source, least_of(column), lambda rows: fits(rows) & is_in(rows[column], meet(ahead(now), allowed)))
    ]
    for span in (timed.within, timed.older_than):
        if span is not None:
            asked.append(_passes(columns, source, column, span, meet(inside(now, tz, within=span), allowed), fits, tz))
    return earliest(*asked)


def _passes(
    columns: Columns, source: Source, column: str, span: Span, when: Sequence[Interval], fits: Clause, tz: ZoneInfo
) -> Column:
    """The first instant at which the span has passed since a row of these instants."""
    if not when:
        return lambda _: ibis.null("int64")
    low, high = when[0][0], when[-1][1]
    return columns.of(
        source,
        lambda rows, where: later(rows[column], span, low, high, tz).min(where=where),
        lambda rows: fits(rows) & is_in(rows[column], when),
    )


def passes(column: Column, span: Span, base: Base) -> Column:
    """When the span has passed since the instant in a column of customers; NULL where it has, or is ahead."""
    when = inside(base.now, base.tz, within=span)
    if not when:
        return lambda _: ibis.null("int64")

    def end(joined: Table) -> IntegerValue:
        due = later(column(joined), span, when[0][0], when[-1][1], base.tz)
        return ibis.ifelse(is_in(column(joined), when), due, ibis.null("int64"))

    return end


def ahead(now: Instant) -> tuple[Interval, ...]:
    return ((now + 1, NEVER),)
