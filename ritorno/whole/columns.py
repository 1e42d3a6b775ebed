"""What the leaves of some rules ask of each table, gathered so that a table is read and grouped once for all of them.

    leaf → Columns.of(source, reduce, when)     what to count in which rows; a name for it comes back
    leaf → Reading                              the answer and the change, from one row a customer
    Columns.joined()                            customers, and beside them what was counted: one row a customer

The rows that no leaf asks for are filtered out before the grouping.
"""

from collections.abc import Callable, Hashable, Iterable
from functools import reduce as fold
from typing import Any, NamedTuple, TypeAlias, TypeVar
from zoneinfo import ZoneInfo

import ibis
from ibis.expr.types import BooleanValue, IntegerValue, Table, Value

from ritorno.core.instants import NEVER, Instant
from ritorno.core.plan import Plan
from ritorno.whole.tables import Tables

Made = TypeVar("Made")
Clause = Callable[[Table], BooleanValue]
Moment = Callable[[Table], IntegerValue]
Column = Callable[[Table], Value]
Condition: TypeAlias = BooleanValue | None
Reduce = Callable[[Table, Condition], Value]  # a value of the rows that satisfy the condition; None: of all
Source = tuple[Hashable, ...]  # a table's name, or what a table was made of


class Base(NamedTuple):
    """Everyone as the lake knows them, what the brand defined, and the instant that is asked about.

    `stale` are those whose written scores do not hold at `now`, where that has been asked and they are few
    (`scores_expr.settled`); None: they are found in the question itself.
    """

    tables: Tables
    plan: Plan
    now: Instant
    stale: tuple[int, ...] | None = None

    @property
    def tz(self) -> ZoneInfo:
        return self.plan.tz


class Reading(NamedTuple):
    """A leaf over one row a customer: `answer` is never NULL; `change()` is the first instant after now at which it may
    differ (NEVER), never later than the true one. What only the change needs is asked for when it is called."""

    answer: Clause
    change: Callable[[], Moment]
    height: int = 0  # of the tree below it


TOLD, FIGURES, COMBINED = 0, 1, 10  # layers: texts, what is computed from them, parts of trees by their height


class Columns:
    """Collects what leaves ask of the tables of one base; equal questions are asked once."""

    def __init__(self, base: Base) -> None:
        self.base = base
        self._sources: dict[Source, Table] = {}
        self._asked: dict[Source, dict[Hashable, tuple[str, Reduce, Clause]]] = {}
        self._staged: dict[int, dict[str, Column]] = {}
        self._made: dict[object, Any] = {}
        self._count = 0

    def once(self, make: Callable[["Columns"], Made]) -> Made:
        """What several leaves share, made when the first of them asks."""
        found = self._made.get(make)
        if found is None:
            found = self._made[make] = make(self)
        made: Made = found
        return made

    def source(self, name: Source, make: Callable[[], Table]) -> Source:
        """Know a table that was made of others under `name`; it has `customer_id`."""
        if name not in self._sources:
            self._sources[name] = make()
        return name

    def table(self, name: Source) -> Table:
        if name not in self._sources:
            self._sources[name] = getattr(self.base.tables, str(name[0]))
        return self._sources[name]

    def of(self, source: Source, reduce: Reduce, when: Clause) -> Column:
        """One value a customer: `reduce(rows, condition)` over the rows of `source` that satisfy `when`; NULL for who
        has no row there at all."""
        rows = self.table(source)
        asked = self._asked.setdefault(source, {})
        key = reduce(rows, when(rows)).op()
        if key not in asked:
            asked[key] = (self._name(), reduce, when)
        name = asked[key][0]
        return lambda joined: joined[name]

    def stage(self, layer: int, make: Column) -> Column:
        """A value of a joined row that is computed once, below whatever uses it: written into each use, it would be
        repeated there, and what uses that again. A layer sees those with lower numbers."""
        name = self._name()
        self._staged.setdefault(layer, {})[name] = make
        return lambda joined: joined[name]

    def joined(self) -> Table:
        """One row a customer: the columns of `customers` and every column that was asked for."""
        together = self.base.tables.customers
        for index, source in enumerate(self._asked):
            key = f"key{index}"
            grouped = self.grouped(source).rename({key: "customer_id"})
            together = together.left_join(grouped, together.customer_id == grouped[key])
        for _, staged in sorted(self._staged.items()):
            together = together.mutate(**{name: make(together) for name, make in staged.items()}).view()
        return together

    def only_source(self) -> Source:
        """The one table of which something was asked."""
        (source,) = self._asked
        return source

    def rows(self, source: Source) -> Table:
        """(customer_id) of the rows that anything asks for; a customer may stand there more than once."""
        rows = self.table(source)
        return rows.filter(any_of(when(rows) for _, _, when in self._asked[source].values())).select("customer_id")

    def grouped(self, source: Source) -> Table:
        """(customer_id, what was asked of the table), a row for each customer who has rows there that anything asks
        for."""
        return _grouped(self.table(source), list(self._asked[source].values()))

    def _name(self) -> str:
        self._count += 1
        return f"c{self._count}"


def _grouped(rows: Table, asked: list[tuple[str, Reduce, Clause]]) -> Table:
    conditions = list({condition.op(): condition for condition in (when(rows) for _, _, when in asked)}.values())
    kept = rows.filter(any_of(conditions))
    if len(conditions) == 1:  # nothing else is left
        return kept.group_by("customer_id").aggregate(**{name: reduce(kept, None) for name, reduce, _ in asked})
    return kept.group_by("customer_id").aggregate(**{name: reduce(kept, when(kept)) for name, reduce, when in asked})


# --- reductions ------------------------------------------------------------------------------------


def count_rows(rows: Table, where: Condition) -> Value:
    return rows.count(where=where)


def greatest_of(column: str) -> Reduce:
    return lambda rows, where: rows[column].max(where=where)


def least_of(column: str) -> Reduce:
    return lambda rows, where: rows[column].min(where=where)


def sum_of(value: Column) -> Reduce:
    return lambda rows, where: value(rows).sum(where=where)


def distinct_of(column: str) -> Reduce:
    return lambda rows, where: rows[column].nunique(where=where)


# --- clauses and moments ---------------------------------------------------------------------------


def any_of(conditions: Iterable[BooleanValue]) -> BooleanValue:
    kept = list(conditions)
    return fold(lambda one, other: one | other, kept) if kept else ibis.literal(False)


def all_of(conditions: Iterable[BooleanValue]) -> BooleanValue:
    kept = list(conditions)
    return fold(lambda one, other: one & other, kept) if kept else ibis.literal(True)


def sure(clause: Clause) -> Clause:
    """The clause, false where a value is missing."""
    return lambda joined: ibis.coalesce(clause(joined), False)


def always(answer: bool) -> Clause:
    return lambda _: ibis.literal(answer)


def never() -> Moment:
    return lambda _: ibis.literal(NEVER, "int64")


def earliest(*moments: Column) -> Moment:
    """The first of some instants, each NULL where there is none."""
    if not moments:
        return never()
    return lambda joined: ibis.least(
        *(ibis.coalesce(moment(joined), NEVER) for moment in moments), ibis.literal(NEVER, "int64")
    )
