"""Facts of everyone, compared: the whole-base reading of `core/segments/counted.py`."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import NamedTuple

import ibis
from ibis.expr.types import BooleanValue, Table, Value

from ritorno.core.events import Channel, SoldVia
from ritorno.core.scores.stage import DORMANT, JUST_JOINED
from ritorno.core.scores.streaks import LOYAL
from ritorno.core.scores.tiers import YEAR
from ritorno.core.segments.rule import FactIs
from ritorno.whole.columns import (
    Clause,
    Column,
    Columns,
    Moment,
    Reading,
    count_rows,
    distinct_of,
    earliest,
    greatest_of,
    never,
    sum_of,
    sure,
)
from ritorno.whole.compare import compare_flag, compare_number, compare_text
from ritorno.whole.engagement_expr import level, level_turns
from ritorno.whole.gaps_expr import Gaps, has_line
from ritorno.whole.purchases_expr import LINES, ORDERS
from ritorno.whole.scores_expr import Scores
from ritorno.whole.told_expr import day_text, keys_of, returns, today, told_ahead
from ritorno.whole.windows import Window, is_in, passes, turns, up_to


class Fact(NamedTuple):
    """`value` is NULL where the fact is missing; `change()`: when it next changes by time."""

    value: Column
    change: Callable[[], Moment]
    compare: Callable[..., BooleanValue] = compare_number


def fact(rule: FactIs, columns: Columns) -> Reading:
    found = _FACTS[rule.fact](rule, columns)
    return Reading(sure(lambda joined: found.compare(found.value(joined), rule.op, rule.value)), found.change)


def value_of(rule: FactIs, columns: Columns) -> Column:
    """The fact itself, NULL where it is missing; `op` and `value` of the rule are not asked."""
    return _FACTS[rule.fact](rule, columns).value


def _orders_ahead(columns: Columns) -> Moment:
    return turns(columns, ORDERS, "occurred_at", Window(), _every, columns.base)


def _every(_rows: Table) -> BooleanValue:
    return ibis.literal(True)


def _by_now(columns: Columns) -> Clause:
    return lambda rows: is_in(rows.occurred_at, up_to(columns.base.now))


def _in_window(columns: Columns, window: Window) -> Clause:
    instants = window.at(columns.base.now, columns.base.tz)
    return lambda rows: is_in(rows.occurred_at, instants)


def _zero(column: Column) -> Column:
    return lambda joined: ibis.coalesce(column(joined), 0)


# --- in the scheme's window ------------------------------------------------------------------------


def _scored(rule: FactIs, columns: Columns) -> Fact:
    scores = columns.once(Scores)
    if rule.fact == "orders":
        return Fact(scores.orders, scores.change)
    if rule.fact == "spend":
        return Fact(scores.spend, scores.change)

    def average(joined: Table) -> Value:
        orders, spend = scores.orders(joined), scores.spend(joined)
        return ibis.ifelse(orders > 0, (spend / orders).floor().cast("int64"), 0)

    return Fact(average, scores.change)


def _omnichannel(_rule: FactIs, columns: Columns) -> Fact:
    inside = _in_window(columns, Window(columns.base.plan.scheme.window))
    at_till, online = (
        _zero(columns.of(ORDERS, count_rows, _sold(via, inside))) for via in (SoldVia.POS, SoldVia.ONLINE)
    )
    return Fact(
        lambda joined: (at_till(joined) > 0) & (online(joined) > 0),
        columns.once(Scores).change,
        compare_flag,
    )


def _sold(via: SoldVia, inside: Clause) -> Clause:
    return lambda rows: inside(rows) & (rows.sold_via == via.value)


def _places(_rule: FactIs, columns: Columns) -> Fact:
    inside = _in_window(columns, Window(columns.base.plan.scheme.window))
    return Fact(_zero(columns.of(ORDERS, distinct_of("sold_via"), inside)), columns.once(Scores).change)


# --- ever ------------------------------------------------------------------------------------------


def _ever(rule: FactIs, columns: Columns) -> Fact:
    by_now = _by_now(columns)
    if rule.sku is None and rule.category is None:
        orders = columns.of(ORDERS, count_rows, by_now)
    else:
        sku, category = rule.sku, rule.category
        orders = columns.of(LINES, distinct_of("number"), lambda rows: by_now(rows) & has_line(rows, sku, category))
    return Fact(_zero(orders), lambda: _orders_ahead(columns))


def _largest(_rule: FactIs, columns: Columns) -> Fact:
    return Fact(columns.of(ORDERS, greatest_of("net"), _by_now(columns)), lambda: _orders_ahead(columns))


def _first_total(_rule: FactIs, columns: Columns) -> Fact:
    first = columns.of(ORDERS, lambda rows, where: rows.net.argmin(rows.number, where=where), _by_now(columns))
    return Fact(first, lambda: _orders_ahead(columns))


def _last(column: str) -> Callable[[FactIs, Columns], Fact]:
    def last(_rule: FactIs, columns: Columns) -> Fact:
        told = columns.of(ORDERS, lambda rows, where: rows[column].argmax(rows.number, where=where), _by_now(columns))
        return Fact(told, lambda: _orders_ahead(columns), compare_text)

    return last


def _categories(_rule: FactIs, columns: Columns) -> Fact:
    by_now = _by_now(columns)
    named = columns.of(LINES, distinct_of("category"), lambda rows: by_now(rows) & (rows.category != ""))
    return Fact(_zero(named), lambda: _orders_ahead(columns))


# --- rhythm ----------------------------------------------------------------------------------------


def _gap(rule: FactIs, columns: Columns) -> Fact:
    gaps = Gaps(rule.sku, rule.category, columns)
    compare = compare_text if rule.fact in ("loyalty", "buyer") else compare_number
    value: Column = getattr(gaps, rule.fact)()

    def change() -> Moment:
        ahead = _orders_ahead(columns)
        return earliest(ahead, gaps.late_turns(rule)) if rule.fact == "late_for_pace" else ahead

    return Fact(value, change, compare)


# --- where it stands -------------------------------------------------------------------------------


def _stage(_rule: FactIs, columns: Columns) -> Fact:
    base, gaps = columns.base, Gaps(None, None, columns)
    lapses = base.plan.scheme.recency[1]
    row, last = gaps.streak(), columns.of(ORDERS, greatest_of("occurred_at"), _by_now(columns))

    def since(column: Value, window: Window) -> BooleanValue:
        return is_in(column, window.at(base.now, base.tz))

    def stage(joined: Table) -> Value:
        return ibis.cases(
            (last(joined).isnull() & since(joined.joined_at, Window(JUST_JOINED)), "joined"),
            (last(joined).isnull(), "not_yet"),
            (since(last(joined), Window(older_than=DORMANT)), "dormant"),
            (since(last(joined), Window(older_than=lapses)), "lapsing"),
            (row(joined) >= LOYAL, "loyal"),
            (gaps.orders(joined) > 1, "returning"),
            else_="first_time",
        )

    def change() -> Moment:
        joins = lambda joined: joined.joined_at  # noqa: E731
        comes = lambda joined: ibis.ifelse(joined.joined_at > base.now, joined.joined_at, ibis.null("int64"))  # noqa: E731
        passed = [passes(last, span, base) for span in (DORMANT, lapses)]
        return earliest(_orders_ahead(columns), comes, passes(joins, JUST_JOINED, base), *passed)

    return Fact(stage, change, compare_text)


def _value_tier(_rule: FactIs, columns: Columns) -> Fact:
    base, tiers = columns.base, columns.base.plan.policy.tiers
    if tiers is None:
        return Fact(
            lambda joined: joined.customer_id.cast("string").nullif(joined.customer_id.cast("string")),
            never,
            compare_text,
        )
    orders = columns.of(ORDERS, count_rows, _by_now(columns))
    spend = _zero(columns.of(ORDERS, sum_of(lambda rows: rows.net), _in_window(columns, Window(YEAR))))

    def tier(joined: Table) -> Value:
        named = ibis.cases((spend(joined) >= tiers[0], "A"), (spend(joined) >= tiers[1], "B"), else_="C")
        return ibis.ifelse(orders(joined) > 0, named, ibis.null("string"))

    return Fact(tier, lambda: turns(columns, ORDERS, "occurred_at", Window(YEAR), _every, base), compare_text)


def _value(rule: FactIs, columns: Columns) -> Fact:
    base = columns.base
    window = Window(YEAR) if rule.fact == "value_year" else Window()
    spend = _zero(columns.of(ORDERS, sum_of(lambda rows: rows.net), _in_window(columns, window)))

    def worth(joined: Table) -> Value:
        return (spend(joined).cast("float64") * base.plan.brand.margin + 0.5).floor().cast("int64")

    return Fact(worth, lambda: turns(columns, ORDERS, "occurred_at", window, _every, base))


def _engagement(rule: FactIs, columns: Columns) -> Fact:
    one = rule.fact.removeprefix("engagement").removeprefix("_")
    channels = (Channel(one),) if one else tuple(Channel)
    return Fact(level(channels, columns), lambda: level_turns(channels, columns), compare_text)


def _age(_rule: FactIs, columns: Columns) -> Fact:
    base = columns.base
    text, day = day_text("birth_date", columns), today(base)
    reached = max(keys_of(date(day.year, day.month, day.day)))

    def age(joined: Table) -> Value:
        born = text(joined)
        later = ibis.ifelse(born.substr(5, 5) > reached, 1, 0)
        years = day.year - born.substr(0, 4).try_cast("int64") - later
        return ibis.ifelse(years >= 0, years, ibis.null("int64"))

    return Fact(age, lambda: earliest(told_ahead("birth_date", base), returns(text, (0,), base)))


_FACTS: Mapping[str, Callable[[FactIs, Columns], Fact]] = {
    "orders": _scored, "spend": _scored, "average": _scored, "omnichannel": _omnichannel, "places": _places,
    "ever": _ever, "largest": _largest, "first_total": _first_total, "categories": _categories,
    "last_sold_via": _last("sold_via"), "last_branch": _last("branch"),
    "gap_last": _gap, "gap_median": _gap, "gap_trend": _gap, "pace": _gap, "late_for_pace": _gap, "streak": _gap,
    "loyalty": _gap, "buyer": _gap,
    "stage": _stage, "value_tier": _value_tier, "value_year": _value, "value_ever": _value, "age": _age,
    "engagement": _engagement, "engagement_sms": _engagement, "engagement_email": _engagement,
    "engagement_whatsapp": _engagement,
}  # fmt: skip
