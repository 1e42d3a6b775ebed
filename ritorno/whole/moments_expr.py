"""How long since, for everyone: moments of a life, dates that were told, and passages through playbooks."""

from collections.abc import Callable

import ibis
from ibis.expr.types import BooleanValue, Table, Value

from ritorno.core.instants import DAY, Instant, Span
from ritorno.core.segments.rule import Elapsed, InPlaybook
from ritorno.whole.behaviour_expr import EVENTS, by_hand
from ritorno.whole.columns import (
    Base,
    Clause,
    Column,
    Columns,
    Moment,
    Reading,
    Source,
    count_rows,
    earliest,
    greatest_of,
    least_of,
    sure,
)
from ritorno.whole.purchases_expr import ORDERS
from ritorno.whole.scores_expr import Scores, roughly_later
from ritorno.whole.told_expr import day_text, midnight, today, told_ahead
from ritorno.whole.windows import Interval, Window, ahead, is_in, passes, turns, up_to

_CONTACTS: Source = ("contacts",)
_ENROLLMENTS: Source = ("enrollments",)


def elapsed(rule: Elapsed, columns: Columns) -> Reading:
    base, window = columns.base, Window(rule.below, rule.at_least)
    if rule.trait is not None:
        return _since_a_day(rule.trait, window, columns)
    moment, source = _moment(rule.since or "joined", columns)
    instants = window.at(base.now, base.tz)

    def change() -> Moment:
        passed = [passes(moment, span, base) for span in (rule.at_least, rule.below) if span is not None]
        return earliest(*passed, source())

    return Reading(sure(lambda joined: is_in(moment(joined), instants)), change)


def _moment(since: str, columns: Columns) -> tuple[Column, Callable[[], Moment]]:
    """The moment by now, and when another may take its place."""
    now = columns.base.now
    if since == "joined":

        def joins(joined: Table) -> Value:
            return ibis.ifelse(joined.joined_at > now, joined.joined_at, ibis.null("int64"))

        return lambda joined: joined.joined_at, lambda: earliest(joins)
    if since == "last_order":
        return columns.once(Scores).last_at, lambda: _comes(ORDERS, "occurred_at", _every, columns)
    if since == "first_order":
        first = columns.of(ORDERS, least_of("occurred_at"), lambda rows: is_in(rows.occurred_at, up_to(now)))
        return first, lambda: _comes(ORDERS, "occurred_at", _every, columns)
    source, fits = (_CONTACTS, _left) if since == "last_message" else (EVENTS, _answer(since))
    last = columns.of(source, greatest_of("at"), lambda rows: is_in(rows.at, up_to(now)) & fits(rows))
    return last, lambda: _comes(source, "at", fits, columns)


def _comes(source: Source, column: str, fits: Clause, columns: Columns) -> Moment:
    return turns(columns, source, column, Window(), fits, columns.base)


def _every(_rows: Table) -> BooleanValue:
    return ibis.literal(True)


def _left(rows: Table) -> BooleanValue:
    return rows.channel != ""


def _answer(since: str) -> Clause:
    name = {"last_open": "message_opened", "last_click": "message_clicked"}[since]
    return lambda rows: (rows.name == name) & by_hand(rows)


# --- since a day that was told ----------------------------------------------------------------------


def _since_a_day(trait: str, window: Window, columns: Columns) -> Reading:
    """Days are compared as text: those whose midnights are in the window."""
    base = columns.base
    text = day_text(trait, columns)

    def change() -> Moment:
        spans = [span for span in (window.within, window.older_than) if span is not None]
        return earliest(told_ahead(trait, base), *(_day_passes(text, span, base) for span in (*spans, Span(0))))

    instants = window.at(base.now, base.tz)
    return Reading(sure(lambda joined: _is_midnight_in(text(joined), instants, base)), change)


def _is_midnight_in(text: Value, instants: tuple[Interval, ...], base: Base) -> BooleanValue:
    found: BooleanValue = ibis.literal(False)
    for start, end in instants:
        found = found | ((text >= _first_day(start, base)) & (text < _first_day(end, base)))
    return found


def _first_day(instant: int, base: Base) -> str:
    """The first day whose midnight is not before the instant, as text that sorts as days do."""
    if instant < -62_000_000_000 * 1_000_000:  # before all days that can be written
        return "0001-01-01"
    day = today(base._replace(now=Instant(instant)))
    return day.isoformat() if midnight(day, base) >= instant else day.fromordinal(day.toordinal() + 1).isoformat()


def _day_passes(text: Callable[[Table], Value], span: Span, base: Base) -> Column:
    """When the span has passed since a day's midnight, or somewhat earlier; NULL where it has."""

    def moment(joined: Table) -> Value:
        written = text(joined)
        year, month, day = (
            written.substr(start, length).try_cast("int64") for start, length in ((0, 4), (5, 2), (8, 2))
        )
        days = ((year - 1970) * 365.2425 + (month - 1) * 30.4 + day - 6).floor().cast("int64")
        gone = _is_midnight_in(written, Window(older_than=span).at(base.now, base.tz), base)
        return ibis.ifelse(written.notnull() & ~gone, roughly_later(days * DAY, span, base.now), ibis.null("int64"))

    return moment


# --- playbooks --------------------------------------------------------------------------------------


def in_playbook(rule: InPlaybook, columns: Columns) -> Reading:
    base = columns.base
    window = Window(rule.within) if rule.when == "ever" else Window()
    instants = window.at(base.now, base.tz)

    def fits(rows: Table) -> BooleanValue:
        return rows.playbook == rule.playbook

    def counts(rows: Table) -> BooleanValue:
        entered = fits(rows) & is_in(rows.entered_at, instants)
        return entered if rule.when == "ever" else entered & (rows.ended_at.isnull() | (rows.ended_at > base.now))

    def change() -> Moment:
        ends = columns.of(
            _ENROLLMENTS, least_of("ended_at"), lambda rows: fits(rows) & is_in(rows.ended_at, ahead(base.now))
        )
        return earliest(turns(columns, _ENROLLMENTS, "entered_at", window, fits, base), ends)

    passages = columns.of(_ENROLLMENTS, count_rows, counts)
    return Reading(sure(lambda joined: passages(joined) > 0), change)
