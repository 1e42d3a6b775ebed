"""The customers of one rule, by sets: what a leaf counts in a table is a set of ids, and a rule is their algebra.

    leaf        Chosen: the ids of its rows – or everyone's but those
    Not         the other way round
    All, Any    semi and anti joins; a union
    the others  asked of one row a customer, as several rules at once are (`columns.py`)

An engine joins such sets without grouping where a row is enough, and of each table it reads little but the rows of
those whom the sets before have left. Each set reads its table for itself, so a rule that asks one table often is
answered by one scan and one grouping of it, as several rules are.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any as Anything
from typing import NamedTuple

import ibis
from ibis.expr.types import Table

from ritorno.core.ids import SegmentKey
from ritorno.core.segments.rule import (
    All,
    Any,
    Bought,
    CellIs,
    Did,
    GroupIs,
    InPlaybook,
    InSegment,
    LastMessages,
    Not,
    Rule,
    ScoreIs,
    ScoreMoved,
    Then,
)
from ritorno.whole.columns import Base, Columns, Source
from ritorno.whole.expressions import read
from ritorno.whole.purchases_expr import is_within
from ritorno.whole.scores_expr import EVERY_CELL, Scores, cells_asked, holds
from ritorno.whole.windows import Window, window_of

MOST_READINGS = 3  # of one table by sets
_CUSTOMERS: Source = ("customers",)


class Chosen(NamedTuple):
    """Customers of the ids in `who` – or with `others` all but those; `sources`: the tables that are read for it.

    An id may stand in `who` more than once, but where it `is_of_customers`: there it stands once, and is known."""

    who: Table
    others: bool
    sources: tuple[Source, ...]
    is_of_customers: bool = False


def members(rule: Rule, base: Base) -> Table:
    """(customer_id) of those for whom the rule is true, each once."""
    asked, chosen = _parts(rule, base)
    if not asked and chosen and chosen[0].is_of_customers:
        return _narrowed(chosen[0].who, chosen[1:])
    people = base.tables.customers
    if asked:
        columns = Columns(base)
        readings = [read(part, columns) for part in asked]
        people = columns.joined()
        people = people.filter([each.answer(people) for each in readings])
    return _narrowed(people.select("customer_id"), chosen)


def _parts(rule: Rule, base: Base) -> tuple[list[Rule], list[Chosen]]:
    """(what is asked of a row a customer, the sets) that must all hold; first the one of scores."""
    asked: list[Rule] = []
    cells: list[frozenset[int]] = []
    chosen: list[Chosen] = []
    for part in _flat(rule, base):
        standing = _cells(part)
        found = _choose(part, base) if standing is None else None
        if standing is not None:
            cells.append(standing)
        elif found is None:
            asked.append(part)
        else:
            chosen.append(found)
    if cells:
        chosen.insert(0, _in_cells(frozenset.intersection(*cells), base))
    if max(Counter(source for each in chosen for source in each.sources).values(), default=0) > MOST_READINGS:
        return [rule], []
    return asked, chosen


def _flat(rule: Rule, base: Base) -> list[Rule]:
    """What must all be true for the rule to be."""
    if isinstance(rule, All):
        return [each for part in rule.rules for each in _flat(part, base)]
    if isinstance(rule, InSegment):
        named = base.plan.rules.get(SegmentKey(rule.segment))
        return [rule] if named is None else _flat(named, base)
    return [rule]


def _choose(rule: Rule, base: Base) -> Chosen | None:
    match rule:
        case Not():
            inner = _choose(rule.rule, base)
            return None if inner is None else _but(inner)
        case All() | Any():
            found = [_choose(part, base) for part in rule.rules]
            chosen = [each for each in found if each is not None]
            if not chosen or len(chosen) < len(found):
                return None
            return _together(chosen) if isinstance(rule, All) else _but(_together([_but(each) for each in chosen]))
        case InSegment():
            named = base.plan.rules.get(SegmentKey(rule.segment))
            return None if named is None else _choose(named, base)
        case CellIs() | GroupIs() | ScoreIs():
            return _in_cells(cells_asked(rule), base)
        case _:
            return _of_leaf(rule, base)


def _but(chosen: Chosen) -> Chosen:
    return chosen._replace(others=not chosen.others, is_of_customers=False)


def _together(chosen: list[Chosen]) -> Chosen:
    """Who is in all of them."""
    sources = tuple(source for each in chosen for source in each.sources)
    inside = [each for each in chosen if not each.others]
    if not inside:
        outside = [each.who for each in chosen]
        return Chosen(outside[0] if len(outside) == 1 else ibis.union(*outside), True, sources)
    rest = [*inside[1:], *(each for each in chosen if each.others)]
    return Chosen(_narrowed(inside[0].who, rest), False, sources)


def _narrowed(people: Table, chosen: Iterable[Chosen]) -> Table:
    """The rows of `people` who are in every set; first in those that are named, which leave fewer."""
    for each in sorted(chosen, key=lambda one: one.others):
        people = (people.anti_join if each.others else people.semi_join)(each.who, "customer_id")
    return people


# --- scores ----------------------------------------------------------------------------------------


def _cells(rule: Rule) -> frozenset[int] | None:
    """The cells in which a rule is true that asks for nothing else."""
    match rule:
        case CellIs() | GroupIs() | ScoreIs():
            return cells_asked(rule)
        case Not():
            inner = _cells(rule.rule)
            return None if inner is None else frozenset(EVERY_CELL) - inner
        case All() | Any():
            found = [_cells(part) for part in rule.rules]
            cells = [each for each in found if each is not None]
            if not cells or len(cells) < len(found):
                return None
            return frozenset.intersection(*cells) if isinstance(rule, All) else frozenset.union(*cells)
        case _:
            return None


def _in_cells(cells: frozenset[int], base: Base) -> Chosen:
    """Those whose written scores hold, by one column that an engine filters while it reads; the few others apart."""
    customers, wanted = base.tables.customers, sorted(cells)
    written = holds(customers, base)
    held = customers.filter(written, customers.cell.isin(wanted)).select("customer_id")
    again = Columns(base._replace(stale=None)).once(Scores).again() if 0 not in cells else None
    if again is None:
        columns = Columns(base._replace(tables=base.tables._replace(customers=customers.filter(~written)), stale=None))
        scores = columns.once(Scores)
        joined = columns.joined()
        again = joined.select("customer_id", cell=scores.cell(joined))
    again = again.filter(again.cell.isin(wanted)).select("customer_id")
    return Chosen(held.union(again), False, (_CUSTOMERS,), is_of_customers=True)


# --- what happened ---------------------------------------------------------------------------------


def _of_leaf(rule: Rule, base: Base) -> Chosen | None:
    kind = _KINDS.get(type(rule), _no_set)(rule)
    if kind is None:
        return None
    columns = Columns(base)
    reading = read(rule, columns)
    source = columns.only_source()
    if kind.one_is_enough:
        return Chosen(columns.rows(source), False, (source[:1],))
    grouped = columns.grouped(source)
    answer = reading.answer(grouped)
    who = grouped.filter(~answer if kind.without_rows else answer).select("customer_id")
    return Chosen(who, kind.without_rows, (source[:1],))


class _Kind(NamedTuple):
    """Of a leaf that reads one table: its answer for who has no rows there that fit, and whether one row makes it
    true."""

    without_rows: bool = False
    one_is_enough: bool = False


def _no_set(_rule: Anything) -> _Kind | None:
    return None


def _one_row(_rule: Anything) -> _Kind:
    return _Kind(one_is_enough=True)


def _bought(rule: Bought) -> _Kind:
    return _measured(rule, plainly=rule.measure == "orders")


def _did(rule: Did) -> _Kind | None:
    if not rule.where and window_of(rule) == Window():
        return None  # what is no longer kept was counted among the customer's columns
    return _measured(rule, plainly=rule.measure == "times")


def _measured(rule: Bought | Did, *, plainly: bool) -> _Kind:
    low, high = rule.at_least, rule.at_most
    if plainly and high is None and (low is None or 0 < low <= 1):
        return _Kind(one_is_enough=True)
    return _Kind(without_rows=rule.measure != "average" and is_within(rule, 0))


def _last_messages(_rule: LastMessages) -> _Kind:
    return _Kind()


_KINDS: dict[type, Callable[[Anything], _Kind | None]] = {
    Bought: _bought, Did: _did, Then: _one_row, ScoreMoved: _one_row, InPlaybook: _one_row,
    LastMessages: _last_messages,
}  # fmt: skip
