"""Rules answered for everyone at once: the second reading of the tree in `core/segments/rule.py`.

    rule → leaves → Columns: what each asks of each table → one scan and one grouping a table → one row a customer

Equal to `core/segments/live.py` for each customer at any instant: only what occurred by `now` is seen. The expressions
are Ibis's, so any of its engines answers them; nothing runs until rows are asked for.
"""

from collections.abc import Callable, Mapping
from typing import Any as Anything

import ibis
from ibis.expr.types import Table, Value

from ritorno.core.customer import FIRST
from ritorno.core.ids import SegmentKey
from ritorno.core.instants import NEVER
from ritorno.core.segments.opened import opened
from ritorno.core.segments.rule import (
    All,
    Anniversary,
    Any,
    Bought,
    BuysFor,
    CellIs,
    Consented,
    Did,
    Elapsed,
    FactIs,
    Fresh,
    GroupIs,
    Inferred,
    InPlaybook,
    InSegment,
    Interest,
    LastMessages,
    NeedServed,
    Not,
    Reachable,
    Rule,
    ScoreIs,
    ScoreMoved,
    Share,
    Then,
    TraitIs,
    WasIn,
)  # fmt: skip
from ritorno.whole.behaviour_expr import did, last_messages, then
from ritorno.whole.columns import COMBINED, Base, Columns, Moment, Reading, all_of, always, any_of, never
from ritorno.whole.facts_expr import fact
from ritorno.whole.interest_expr import interest
from ritorno.whole.moments_expr import elapsed, in_playbook
from ritorno.whole.purchases_expr import bought, fresh
from ritorno.whole.relations_expr import buys_for
from ritorno.whole.scores_expr import cell, group, moved, score, was
from ritorno.whole.told_expr import anniversary, consented, reachable, share, trait


def answers(rules: Mapping[str, Rule], base: Base) -> Table:
    """(customer_id, one yes or no for each rule under its name), one row a customer; all rules in one query."""
    columns = Columns(base)
    readings = {name: read(rule, columns) for name, rule in rules.items()}
    joined = columns.joined()
    return joined.select("customer_id", **{name: each.answer(joined) for name, each in readings.items()})


def answer(rule: Rule, base: Base) -> Table:
    """(customer_id, answer, next_change): the change NULL where time alone never changes the answer."""
    columns = Columns(base)
    reading = read(rule, columns)
    change = reading.change()
    joined = columns.joined()
    return joined.select(
        "customer_id", answer=reading.answer(joined), next_change=change(joined).nullif(ibis.literal(NEVER, "int64"))
    )


def next_change(rule: Rule, base: Base) -> Table:
    """(customer_id, next_change): the first instant after `base.now` at which the answer may change by time alone,
    never later than the true one; NULL for never."""
    return answer(rule, base).drop("answer")


def read(rule: Rule, columns: Columns) -> Reading:
    """The reading of a rule, its questions put to `columns`."""
    return _READ[type(rule)](rule, columns)


def _all(rule: All, columns: Columns) -> Reading:
    return _combine([read(part, columns) for part in rule.rules], columns, decisive=False)


def _any(rule: Any, columns: Columns) -> Reading:
    return _combine([read(part, columns) for part in rule.rules], columns, decisive=True)


def _not(rule: Not, columns: Columns) -> Reading:
    inner = read(rule.rule, columns)
    return Reading(lambda joined: ~inner.answer(joined), inner.change, inner.height)


def _combine(parts: list[Reading], columns: Columns, *, decisive: bool) -> Reading:
    """As live does: while decisive parts stand, the last of them to fall decides; otherwise the first change."""
    if not parts:
        return Reading(always(not decisive), never)
    together = any_of if decisive else all_of
    height = max(part.height for part in parts)

    def change() -> Moment:
        layer = COMBINED + height
        moments = [columns.stage(layer, part.change()) for part in parts]
        holds = [columns.stage(layer, part.answer) for part in parts]

        def moment(joined: Table) -> Value:
            standing = [each(joined) if decisive else ~each(joined) for each in holds]
            changes = [each(joined) for each in moments]
            first, no = ibis.literal(FIRST, "int64"), ibis.literal(NEVER, "int64")
            last = ibis.greatest(
                first, *(ibis.ifelse(stands, at, first) for stands, at in zip(standing, changes, strict=True))
            )
            return ibis.ifelse(any_of(standing), last, ibis.least(no, *changes))

        return moment

    return Reading(lambda joined: together(part.answer(joined) for part in parts), change, height + 1)


def _opened(rule: NeedServed | Inferred, columns: Columns) -> Reading:
    return read(opened(rule, columns.base.plan), columns)


def _segment(rule: InSegment, columns: Columns) -> Reading:
    named = columns.base.plan.rules.get(SegmentKey(rule.segment))
    return Reading(always(answer=False), never) if named is None else read(named, columns)


_READ: dict[type, Callable[[Anything, Columns], Reading]] = {
    All: _all, Any: _any, Not: _not,
    TraitIs: trait, Anniversary: anniversary, Consented: consented, Reachable: reachable, Share: share,
    CellIs: cell, GroupIs: group, ScoreIs: score, ScoreMoved: moved, WasIn: was,
    FactIs: fact, Elapsed: elapsed, Fresh: fresh,
    Bought: bought, Did: did, Then: then, LastMessages: last_messages, Interest: interest,
    InSegment: _segment, InPlaybook: in_playbook,
    BuysFor: buys_for, Inferred: _opened, NeedServed: _opened,
}  # fmt: skip
