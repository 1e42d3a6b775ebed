"""Interests, for everyone: the whole-base reading of `core/segments/interest.py`."""

from typing import NamedTuple

import ibis
from ibis.expr.types import BooleanValue, IntegerValue, StringValue, Table

from ritorno.core.clicks import CLICKED
from ritorno.core.interests import SETTLES, VIEWED, InterestDefinition, Watched, typed_categories
from ritorno.core.segments.rule import Did, Interest
from ritorno.whole.behaviour_expr import EVENTS, by_hand, fits
from ritorno.whole.columns import (
    Clause,
    Columns,
    Moment,
    Reading,
    Reduce,
    Source,
    all_of,
    always,
    any_of,
    count_rows,
    distinct_of,
    earliest,
    never,
    sure,
)
from ritorno.whole.compare import text_told
from ritorno.whole.purchases_expr import LINES
from ritorno.whole.windows import Window, is_in, turns


class _Feeder(NamedTuple):
    """Rows that feed it: which, when they happened, how often a customer's count, and after what delay."""

    source: Source
    at: str
    reduce: Reduce
    fits: Clause
    delay: Window = Window()


def interest(rule: Interest, columns: Columns) -> Reading:
    plan = columns.base.plan
    definition = plan.interests_by_key.get(rule.interest)
    if definition is None:
        return Reading(always(answer=False), never)
    feeders = _feeders(definition, typed_categories(definition, plan.policy.product_types))
    lately = Window(rule.within or definition.fades_after)
    within = _count(feeders, lately, columns)

    def answer(joined: Table) -> BooleanValue:
        return within(joined) >= rule.at_least

    if rule.state == "fading":
        ever = _count(feeders, Window(), columns)
        return Reading(
            sure(lambda joined: (ever(joined) > 0) & (within(joined) == 0)),
            lambda: _turns(feeders, lately, columns),
        )
    return Reading(sure(answer), lambda: _turns(feeders, lately, columns))


def _count(feeders: list[_Feeder], window: Window, columns: Columns) -> Moment:
    """How many things fed it in the window."""
    base = columns.base
    counted = [
        columns.of(each.source, each.reduce, _when(each, _delayed(window, each).at(base.now, base.tz)))
        for each in feeders
    ]

    def together(joined: Table) -> IntegerValue:
        total = ibis.literal(0, "int64")
        for column in counted:
            total = total + ibis.coalesce(column(joined), 0)
        return total

    return together


def _when(feeder: _Feeder, intervals: tuple[tuple[int, int], ...]) -> Clause:
    return lambda rows: is_in(rows[feeder.at], intervals) & feeder.fits(rows)


def _delayed(window: Window, feeder: _Feeder) -> Window:
    return window._replace(older_than=feeder.delay.older_than)


def _turns(feeders: list[_Feeder], window: Window, columns: Columns) -> Moment:
    base = columns.base
    return earliest(
        *(turns(columns, each.source, each.at, _delayed(window, each), each.fits, base) for each in feeders)
    )


def _feeders(definition: InterestDefinition, categories: tuple[str, ...]) -> list[_Feeder]:
    clicks = [each for each in definition.events if each.event == CLICKED]
    others = [each for each in definition.events if each.event != CLICKED]
    found = []
    if definition.links or clicks:
        found.append(
            _Feeder(EVENTS, "at", count_rows, lambda rows: _clicked(definition, clicks, rows), Window(None, SETTLES))
        )
    if categories or definition.product_type is not None or others:
        found.append(_Feeder(EVENTS, "at", count_rows, lambda rows: _done(definition, others, categories, rows)))
    if categories:
        found.append(_Feeder(LINES, "occurred_at", distinct_of("number"), lambda rows: rows.category.isin(categories)))
    return found


def _clicked(definition: InterestDefinition, watched: list[Watched], rows: Table) -> BooleanValue:
    link = text_told(rows.properties.get("link"))
    links = [_matches(pattern, link) for pattern in definition.links]
    mapped = all_of([rows.name == CLICKED, by_hand(rows), ibis.coalesce(any_of(links), False)])
    return any_of([mapped, *_watched(watched, rows)])


def _done(
    definition: InterestDefinition, watched: list[Watched], categories: tuple[str, ...], rows: Table
) -> BooleanValue:
    types = [] if definition.product_type is None else [definition.product_type.value]
    viewed = [
        ibis.coalesce(text_told(rows.properties.get(name)).isin(wanted), False)
        for name, wanted in (("category", categories), ("product_type", types))
        if wanted
    ]
    return any_of([all_of([rows.name == VIEWED, by_hand(rows), any_of(viewed)]), *_watched(watched, rows)])


def _watched(watched: list[Watched], rows: Table) -> list[BooleanValue]:
    return [fits(Did(event=each.event, where=each.where), rows) for each in watched]


def _matches(pattern: str, told: StringValue) -> BooleanValue:
    """`interests.matches`, piece by piece: engines differ in their patterns."""
    first, *rest = pattern.split("*")
    if not rest:
        return told == pattern
    asked = [told.startswith(first)]
    left = told.substr(len(first))
    *middle, last = rest
    for piece in filter(None, middle):
        asked.append(left.contains(piece))
        left = left.substr(left.find(piece) + len(piece))
    return all_of([*asked, left.endswith(last)])
