"""What was done, for everyone: the whole-base reading of `core/segments/behaviour.py` and `sequence.py`."""

import ibis
from ibis.expr.types import BooleanValue, NumericValue, Table, Value

from ritorno.core.customer import machine_counter
from ritorno.core.segments.rule import Bought, Did, LastMessages, Then
from ritorno.whole import purchases_expr
from ritorno.whole.columns import (
    Clause,
    Columns,
    Moment,
    Reading,
    Source,
    all_of,
    count_rows,
    earliest,
    least_of,
    sum_of,
    sure,
)
from ritorno.whole.compare import compare_told, number_told
from ritorno.whole.purchases_expr import within_bounds
from ritorno.whole.windows import Window, ahead, is_in, later, turns, up_to, window_of

EVENTS: Source = ("events",)


def did(rule: Did, columns: Columns) -> Reading:
    base, window = columns.base, window_of(rule)
    instants = window.at(base.now, base.tz)
    measured = _measured(rule, columns, lambda rows: is_in(rows.at, instants) & _weighs(rule, rows))
    return Reading(sure(measured), lambda: turns(columns, EVENTS, "at", window, lambda rows: _weighs(rule, rows), base))


def fits(rule: Did, rows: Table) -> BooleanValue:
    asked = [rows.name == rule.event]
    if not rule.machines:
        asked.append(by_hand(rows))
    for each in rule.where:
        told = compare_told(rows.properties.get(each.property), each.op, each.value)
        asked.append(ibis.coalesce(told, False))
    return all_of(asked)


def by_hand(rows: Table) -> BooleanValue:
    return ~rows.machine


def occurrences(rule: Did, columns: Columns) -> Table:
    """(customer_id, at) of the events that fit."""
    rows = columns.table(EVENTS)
    return rows.filter(fits(rule, rows)).select("customer_id", at=rows.at)


def _weighs(rule: Did, rows: Table) -> BooleanValue:
    return fits(rule, rows) if rule.measure == "times" else fits(rule, rows) & _number(rule, rows).notnull()


def _number(rule: Did, rows: Table) -> NumericValue:
    return number_told(rows.properties.get(rule.property or ""))


def _measured(rule: Did, columns: Columns, when: Clause) -> Clause:
    times = columns.of(EVENTS, count_rows, when)
    if rule.measure == "times":
        return lambda joined: within_bounds(rule, ibis.coalesce(times(joined), 0) + _beyond_what_is_kept(rule, joined))
    total = columns.of(EVENTS, sum_of(lambda rows: _number(rule, rows)), when)
    if rule.measure == "sum":
        return lambda joined: within_bounds(rule, ibis.coalesce(total(joined), 0))
    return lambda joined: (times(joined) > 0) & within_bounds(rule, total(joined) / times(joined))


def _beyond_what_is_kept(rule: Did, customers: Table) -> Value:
    if rule.where or window_of(rule) != Window():
        return ibis.literal(0)
    names = [rule.event, machine_counter(rule.event)] if rule.machines else [rule.event]
    counted = [ibis.coalesce(customers.counters.get(name), 0) for name in names]
    return counted[0] if len(counted) == 1 else counted[0] + counted[1]


# --- the last messages -----------------------------------------------------------------------------


def last_messages(rule: LastMessages, columns: Columns) -> Reading:
    source = columns.source(("last messages", rule), lambda: _last_messages(rule, columns))
    delivered = columns.of(source, count_rows, lambda rows: rows.rank < rule.count)
    answered = columns.of(source, count_rows, lambda rows: (rows.rank < rule.count) & rows.answered)
    needed = {"all": rule.count, "any": 1, "none": 0}[rule.how]

    def answer(joined: Table) -> BooleanValue:
        hits = ibis.coalesce(answered(joined), 0)
        holds = hits == 0 if rule.how == "none" else hits >= needed
        return (ibis.coalesce(delivered(joined), 0) >= rule.count) & holds

    return Reading(sure(answer), lambda: next_told(columns))


def next_told(columns: Columns) -> Moment:
    """When the next event that is dated ahead happens."""
    return earliest(columns.of(EVENTS, least_of("at"), lambda rows: is_in(rows.at, ahead(columns.base.now))))


def _last_messages(rule: LastMessages, columns: Columns) -> Table:
    """One row a message delivered by the channel: its `rank` (0 is the last), and whether it was `answered`."""
    events = columns.table(EVENTS)
    told = ["message_clicked"] if rule.did == "clicked" else ["message_opened", "message_clicked"]
    is_delivered = (events.name == "message_delivered") & (events.channel == rule.channel.value)
    is_answer = events.name.isin(told)
    if rule.strict:
        is_answer = is_answer & by_hand(events)
    seen = events.filter(is_in(events.at, up_to(columns.base.now)), is_delivered | is_answer)
    messages = (
        seen.select(
            "customer_id", "message", "number", delivered=is_delivered.coalesce(False), answer=is_answer.coalesce(False)
        )
        .group_by("customer_id", "message")
        .aggregate(
            first=lambda rows: rows.number.min(where=rows.delivered),
            answers=lambda rows: rows.count(where=rows.answer),
        )
        .filter(lambda rows: rows["first"].notnull())
    )
    contacts = columns.base.tables.contacts
    service = contacts.filter(~contacts.marketing)
    kept = messages.anti_join(service, ["customer_id", "message"])
    window = ibis.window(group_by=kept.customer_id, order_by=kept["first"].desc())
    return kept.select("customer_id", rank=ibis.row_number().over(window), answered=kept.answers > 0)


# --- one thing, and then another -------------------------------------------------------------------


def then(rule: Then, columns: Columns) -> Reading:
    source = columns.source(("then", rule), lambda: _pairs(rule, columns))
    pairs = columns.of(source, count_rows, lambda _: ibis.literal(True))
    return Reading(sure(lambda joined: ibis.coalesce(pairs(joined), 0) > 0), lambda: _then_turns(rule, columns))


def _occurrences(part: Bought | Did, columns: Columns) -> Table:
    if isinstance(part, Bought):
        return purchases_expr.occurrences(part, columns)
    return occurrences(part, columns)


def _pairs(rule: Then, columns: Columns) -> Table:
    """The `first`s in their window that have their `then` – or, with `never`, can no longer have it."""
    now, tz = columns.base.now, columns.base.tz
    window = window_of(rule.first)
    if rule.never and (window.older_than is None):
        window = window._replace(older_than=rule.within)
    firsts, thens = _occurrences(rule.first, columns), _occurrences(rule.then, columns)
    firsts = firsts.filter(is_in(firsts.at, window.at(now, tz))).mutate(is_first=True)
    thens = thens.filter(is_in(thens.at, up_to(now))).mutate(is_first=False)
    both = firsts.union(thens)
    following = ibis.window(group_by="customer_id", order_by="at", range=(1, None))
    next_then = ibis.ifelse(~both.is_first, both.at, ibis.null("int64")).min().over(following)
    rows = both.mutate(next_then=next_then)
    rows = rows.filter(rows.is_first)
    end = later(rows.at, rule.within, *_range(window, columns), tz)
    if rule.never:
        over = is_in(rows.at, Window(older_than=rule.within).at(now, tz))
        return rows.filter(over & (rows.next_then.isnull() | (rows.next_then >= end)))
    return rows.filter(rows.next_then < end)


def _range(window: Window, columns: Columns) -> tuple[int, int]:
    intervals = window.at(columns.base.now, columns.base.tz)
    return (intervals[0][0], intervals[-1][1]) if intervals else (0, 1)


def _then_turns(rule: Then, columns: Columns) -> Moment:
    base = columns.base
    firsts = columns.source(("first of", rule), lambda: _occurrences(rule.first, columns))
    thens = columns.source(("then of", rule), lambda: _occurrences(rule.then, columns))
    every: Clause = lambda _: ibis.literal(True)  # noqa: E731
    moments = [turns(columns, firsts, "at", window_of(rule.first), every, base)]
    moments.append(turns(columns, thens, "at", Window(), every, base))
    if rule.never:
        moments.append(turns(columns, firsts, "at", Window(within=rule.within), every, base))
    return earliest(*moments)
