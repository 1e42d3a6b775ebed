"""Scores of everyone: as written where they still hold at `now`, counted again from the orders for the others.

A row of `customers` holds from the instant at which it was read until `scored_until`; for any other instant, and under
another scheme, the figures are those of `core/scores/rfm.py` from the customer's orders.
"""

import ibis
from ibis.expr.types import BooleanValue, IntegerValue, Table, Value

from ritorno.core.customer import FIRST
from ritorno.core.instants import DAY, NEVER, Instant, Span, Unit
from ritorno.core.scores.cells import CELLS, cells_of
from ritorno.core.scores.rfm import group_key
from ritorno.core.segments.rule import Axis, CellIs, GroupIs, ScoreIs, ScoreMoved, WasIn
from ritorno.whole.columns import (
    FIGURES,
    Base,
    Column,
    Columns,
    Condition,
    Moment,
    Reading,
    Source,
    count_rows,
    earliest,
    greatest_of,
    least_of,
    sum_of,
    sure,
)
from ritorno.whole.engines import rows_of
from ritorno.whole.tables import Engine
from ritorno.whole.windows import Window, ahead, is_in, passes, turns, up_to, wall_day

_STALE: Source = ("orders of those whose scores do not hold",)
_MOVES: Source = ("moves",)
_PLACE = {"r": 100, "f": 10, "m": 1}


_FEW = 100  # customers whose orders are found by their ids; of more, the orders are joined


def holds(customers: Table, base: Base) -> BooleanValue:
    """Do the scores that were written hold at `now`?"""
    scheme = (customers.scheme == base.plan.scheme.version) | (customers.cell == 0)
    return (customers.read_at <= base.now) & (ibis.coalesce(customers.scored_until, NEVER) > base.now) & scheme


def settled(base: Base, engine: Engine) -> Base:
    """The base knowing whose scores do not hold, where they are few. Workers move everyone in time, so mostly nobody's
    do not: then no order is read for the scores, a quarter of a question's time."""
    customers = base.tables.customers
    found = rows_of(engine, customers.filter(~holds(customers, base)).select("customer_id").limit(_FEW + 1))
    return base if len(found) > _FEW else base._replace(stale=tuple(sorted(row["customer_id"] for row in found)))


class Scores:
    """Columns of everyone's figures at `now`: cell, orders and spend in the window, the last order (NULL)."""

    def __init__(self, columns: Columns) -> None:
        self._columns = columns
        self._base = columns.base
        self._all_hold = self._base.stale == ()
        if self._all_hold:
            self.cell = columns.stage(FIGURES, lambda joined: joined.cell.cast("int64"))
            return
        source = columns.source(_STALE, self._stale_orders)
        occasions = count_rows if self._base.plan.scheme.occasion == "order" else self._occasions
        self._counted = columns.of(source, occasions, self._inside)
        self._spent = columns.of(source, sum_of(lambda rows: rows.net), self._inside)
        self._last = columns.of(
            source, greatest_of("occurred_at"), lambda rows: is_in(rows.occurred_at, up_to(self._base.now))
        )
        self._category: Column | None = None
        if self._base.plan.scheme.by_category:
            own = columns.source(("dominant categories",), self._dominant)
            self._category = columns.of(own, greatest_of("category"), _every)
        self.cell = columns.stage(FIGURES, self._cell)

    def orders(self, joined: Table) -> Value:
        return joined.orders.cast("int64") if self._all_hold else self._either(joined, joined.orders, self._counted)

    def spend(self, joined: Table) -> Value:
        return joined.spend.cast("int64") if self._all_hold else self._either(joined, joined.spend, self._spent)

    def last_at(self, joined: Table) -> Value:
        return joined.last_at if self._all_hold else ibis.ifelse(self._hold(joined), joined.last_at, self._last(joined))

    def _hold(self, joined: Table) -> BooleanValue:
        return holds(joined, self._base)

    def _cell(self, joined: Table) -> IntegerValue:
        return ibis.ifelse(self._hold(joined), joined.cell.cast("int64"), self._recounted(joined))

    def change(self) -> Moment:
        """When the scores, or what they were counted from, next change by time."""
        base, scheme = self._base, self._base.plan.scheme
        if self._all_hold:
            return lambda joined: ibis.coalesce(joined.scored_until, NEVER)
        told = turns(self._columns, _STALE, "occurred_at", Window(scheme.window), _every, base)
        spans = {span for cuts in (scheme.recency, *scheme.by_category.values()) for span in cuts}
        falls = [passes(self._last, span, base) for span in sorted(spans, key=str)]
        again = earliest(told, *falls)
        return lambda joined: ibis.ifelse(self._hold(joined), ibis.coalesce(joined.scored_until, NEVER), again(joined))

    # -- counted again --

    def again(self) -> Table | None:
        """(customer_id, cell) of those who have bought and whose scores do not hold, where their orders alone tell."""
        if self._all_hold or self._category is not None:
            return None
        counted = self._columns.grouped(_STALE)
        return counted.select("customer_id", cell=self._recounted(counted))

    def _stale(self, rows: Table) -> Table:
        """The rows of customers whose scores do not hold."""
        customers, stale = self._base.tables.customers, self._base.stale
        if stale is not None:
            return rows.filter(rows.customer_id.isin(stale))
        return rows.semi_join(customers.filter(~self._hold(customers)).select("customer_id"), "customer_id")

    def _stale_orders(self) -> Table:
        return self._stale(self._base.tables.orders)

    def _dominant(self) -> Table:
        """(customer_id, category): `core/scores/facts.py: dominant` of everyone who has one."""
        lines = self._base.tables.lines
        rows = self._stale(lines.filter(self._inside(lines), lines.category != ""))
        bought = rows.group_by("customer_id", "category").aggregate(
            orders=lambda rows: rows.number.nunique(), last_at=lambda rows: rows.occurred_at.max()
        )
        order = [bought.orders.desc(), bought.last_at.desc(), bought.category]
        place = ibis.row_number().over(ibis.window(group_by=bought.customer_id, order_by=order))
        ranked = bought.select("customer_id", "category", place=place)
        return ranked.filter(ranked.place == 0)

    def _inside(self, rows: Table) -> BooleanValue:
        return is_in(rows.occurred_at, Window(self._base.plan.scheme.window).at(self._base.now, self._base.tz))

    def _occasions(self, rows: Table, where: Condition) -> Value:
        day = wall_day(rows.occurred_at, self._base.now + 1, self._base.tz).cast("string")
        return (day + "|" + ibis.coalesce(rows.branch, "")).nunique(where=where)

    def _either(self, joined: Table, written: Value, counted: Column) -> Value:
        again = ibis.coalesce(counted(joined), 0).cast("int64")
        return ibis.ifelse(self._hold(joined), written.cast("int64"), again)

    def _recounted(self, joined: Table) -> Value:
        scheme, last = self._base.plan.scheme, self._last(joined)
        recency = self._recency(last, scheme.recency)
        if self._category is not None:
            own = [
                (self._category(joined) == name, self._recency(last, cuts)) for name, cuts in scheme.by_category.items()
            ]
            recency = ibis.cases(*own, else_=recency)
        counted, spent = ibis.coalesce(self._counted(joined), 0), ibis.coalesce(self._spent(joined), 0)
        cell = recency * 100 + _step(counted, scheme.orders) * 10 + _step(spent, scheme.spend)
        return ibis.ifelse(last.notnull(), cell, 0).cast("int64")

    def _recency(self, last: Value, cuts: tuple[Span, Span]) -> Value:
        newest, newer = (is_in(last, Window(span).at(self._base.now, self._base.tz)) for span in cuts)
        return ibis.cases((newest, 3), (newer, 2), else_=1)


def _every(_rows: Table) -> BooleanValue:
    return ibis.literal(True)


def _step(value: Value, cuts: tuple[int, int]) -> Value:
    return ibis.cases((value >= cuts[1], 3), (value >= cuts[0], 2), else_=1)


# --- where it stands -------------------------------------------------------------------------------


def cell(rule: CellIs, columns: Columns) -> Reading:
    return _standing(rule, columns)


def group(rule: GroupIs, columns: Columns) -> Reading:
    return _standing(rule, columns)


def score(rule: ScoreIs, columns: Columns) -> Reading:
    return _standing(rule, columns)


def _standing(rule: CellIs | GroupIs | ScoreIs, columns: Columns) -> Reading:
    scores, wanted = columns.once(Scores), sorted(cells_asked(rule))
    return Reading(sure(lambda joined: scores.cell(joined).isin(wanted)), scores.change)


def cells_asked(rule: CellIs | GroupIs | ScoreIs) -> frozenset[int]:
    """The cells in which the leaf is true; 0 is no purchase."""
    match rule:
        case CellIs():
            return frozenset(cells_of(rule.cells))
        case GroupIs():
            return frozenset(cells_in(rule.groups, ()))
        case ScoreIs():
            place = _PLACE[rule.axis]
            return frozenset(cell for cell in EVERY_CELL if cell // place % 10 in rule.values)


EVERY_CELL = (0, *(int(name) for name in CELLS))


def cells_in(groups: tuple[str, ...], patterns: tuple[str, ...]) -> list[int]:
    """The cells of these groups, and those that the patterns fit; 0 is no purchase."""
    fitting = cells_of(patterns)
    return [cell for cell in EVERY_CELL if group_key(cell) in groups or cell in fitting]


# --- what it did -----------------------------------------------------------------------------------


def moved(rule: ScoreMoved, columns: Columns) -> Reading:
    base, window = columns.base, Window(rule.within)
    instants = window.at(base.now, base.tz)
    moves = columns.of(_MOVES, count_rows, lambda rows: is_in(rows.at, instants) & _asked(rule, rows))
    return Reading(
        sure(lambda joined: moves(joined) > 0),
        lambda: turns(columns, _MOVES, "at", window, lambda rows: _asked(rule, rows), base),
    )


def _asked(rule: ScoreMoved, rows: Table) -> BooleanValue:
    before, after = _digit(rows.before, rule.axis), _digit(rows.after, rule.axis)
    came = rows.before != 0 if rule.before is None else before == rule.before
    return (before != after) & (after == rule.to) & came


def _digit(cell: Value, axis: Axis) -> Value:
    return (cell // _PLACE[axis]) % 10


def was(rule: WasIn, columns: Columns) -> Reading:
    """Now, or in a stay that the span still reaches."""
    base = columns.base
    scores, wanted = columns.once(Scores), cells_in(rule.groups, rule.cells)
    reached = Window(rule.within).at(base.now, base.tz)
    source = columns.source(("stays", base.now), lambda: _stays(columns))

    def stands(rows: Table) -> BooleanValue:
        meets = is_in(rows.end, ((-NEVER, -NEVER + 1),))
        for start, end in reached:
            meets = meets | ((rows.start < end) & (rows.end > start))
        return meets & rows.cell.isin(wanted)

    stays = columns.of(source, count_rows, stands)

    def change() -> Moment:
        told = columns.of(_MOVES, least_of("at"), lambda rows: is_in(rows.at, ahead(base.now)))
        ends = columns.of(
            source,
            lambda rows, where: roughly_later(rows.end - 1, rule.within, base.now).min(where=where),
            lambda rows: stands(rows) & (rows.end < NEVER),
        )
        return earliest(scores.change(), told, ends)

    return Reading(
        sure(lambda joined: (ibis.coalesce(stays(joined), 0) > 0) | scores.cell(joined).isin(wanted)), change
    )


_SHORTEST = {Unit.DAYS: DAY, Unit.WEEKS: 7 * DAY, Unit.MONTHS: 28 * DAY, Unit.YEARS: 365 * DAY}


def roughly_later(column: Value, span: Span, now: Instant) -> IntegerValue:
    """An instant after now, and not after the one at which the span has passed since."""
    shortest = span.count * _SHORTEST.get(span.unit, 0) - 2 * DAY
    return ibis.greatest(column + shortest, ibis.literal(now + 1, "int64"))


def _stays(columns: Columns) -> Table:
    """(customer_id, cell, start, end): where everyone stood by the moves decided by now, half open."""
    moves = columns.base.tables.moves
    moves = moves.filter(is_in(moves.at, up_to(columns.base.now)))
    order = ibis.window(group_by=moves.customer_id, order_by=moves.number)
    rows = moves.select(
        "customer_id",
        "before",
        "after",
        "at",
        following=moves.at.lead().over(order),
        place=ibis.row_number().over(order),
    )
    after = rows.select(
        "customer_id", cell=rows.after.cast("int64"), start=rows.at, end=ibis.coalesce(rows.following, NEVER)
    )
    first = rows.filter(rows.place == 0)
    before = first.select(
        "customer_id", cell=first.before.cast("int64"), start=ibis.literal(FIRST, "int64"), end=first.at
    )
    stays = after.union(before)
    return stays.filter(stays.start < stays.end)
