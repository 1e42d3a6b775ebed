"""The rhythm of everyone's orders: the whole-base reading of `core/scores/pace.py` and `streaks.py`."""

import ibis
from ibis.expr.types import BooleanValue, Table, Value

from ritorno.core.instants import DAY
from ritorno.core.scores.streaks import LOYAL, MEDIUM, STRONG, TOLERANCE, band
from ritorno.core.segments.compare import numbers
from ritorno.core.segments.rule import FactIs
from ritorno.whole.columns import Column, Columns, Moment, Source, count_rows, earliest, greatest_of
from ritorno.whole.windows import is_in, up_to

_ENOUGH = 4  # orders, for the three gaps that make a pace
_ROUNDING = 8  # µs that a product of doubles may be off


class Gaps:
    """Columns of the orders by now with such a line, if the rule names one: how many, and the gaps between them."""

    def __init__(self, sku: str | None, category: str | None, columns: Columns) -> None:
        self._now = columns.base.now
        self._category, self._columns = category, columns
        source: Source = ("gaps", sku, category)
        self._source = columns.source(source, lambda: _gaps(sku, category, columns))
        self.orders = self._zero(columns.of(self._source, count_rows, _every))
        self._last = columns.of(self._source, greatest_of("gap"), lambda rows: rows.is_last)
        self._last_at = columns.of(self._source, greatest_of("occurred_at"), _every)

    def _zero(self, column: Column) -> Column:
        return lambda joined: ibis.coalesce(column(joined), 0)

    def _median(self) -> Column:
        return self._columns.of(self._source, lambda rows, _: rows.gap.median(), _every)

    def gap_last(self) -> Column:
        return lambda joined: self._last(joined) / DAY

    def gap_median(self) -> Column:
        usual = self._median()
        return lambda joined: usual(joined) / DAY

    def gap_trend(self) -> Column:
        usual = self._median()
        return lambda joined: self._last(joined) / _positive(usual(joined))

    def pace(self) -> Column:
        usual = self._median()
        return lambda joined: self._when_enough(joined, usual(joined) / DAY)

    def late_for_pace(self) -> Column:
        usual = self._median()
        return lambda joined: self._when_enough(
            joined,
            (ibis.literal(self._now, "int64") - self._last_at(joined)) / _positive(usual(joined)),
        )

    def late_turns(self, rule: FactIs) -> Moment:
        """When the time since the last order reaches, as a multiple of the pace, a number that the rule names."""
        usual, late = self._median(), self.late_for_pace()

        def reached(number: float) -> Column:
            def moment(joined: Table) -> Value:
                about = (usual(joined) * number).floor().cast("int64") - _ROUNDING
                due = ibis.greatest(self._last_at(joined) + about, ibis.literal(self._now + 1, "int64"))
                return ibis.ifelse(late(joined) <= number, due, ibis.null("int64"))

            return moment

        return earliest(*(reached(number) for number in numbers(rule.value)))

    def streak(self) -> Column:
        allowed = band(TOLERANCE, self._category, self._columns.base.plan.policy)
        breaks = self._columns.of(
            self._source, greatest_of("place"), lambda rows: rows.gap.isnull() | (rows.gap >= allowed)
        )
        return lambda joined: self.orders(joined) - ibis.coalesce(breaks(joined), 0)

    def loyalty(self) -> Column:
        policy = self._columns.base.plan.policy
        strong, medium = (band(cycles, self._category, policy) for cycles in (STRONG, MEDIUM))
        return lambda joined: ibis.cases(
            (self._last(joined) < strong, "strong"),
            (self._last(joined) < medium, "medium"),
            (self._last(joined).notnull(), "weak"),
            else_=ibis.null("string"),
        )

    def buyer(self) -> Column:
        row = self.streak()
        return lambda joined: ibis.cases(
            (row(joined) >= LOYAL, "loyal"),
            (row(joined) > 0, "occasional"),
            else_=ibis.null("string"),
        )

    def _when_enough(self, joined: Table, value: Value) -> Value:
        return ibis.ifelse(self.orders(joined) >= _ENOUGH, value, ibis.null("float64"))


def _positive(usual: Value) -> Value:
    return ibis.ifelse(usual > 0, usual, ibis.null("float64"))


def _every(_rows: Table) -> BooleanValue:
    return ibis.literal(True)


def orders_with(sku: str | None, category: str | None, columns: Columns) -> Table:
    """The orders by now that have such a line, where one is named."""
    orders = columns.table(("orders",))
    orders = orders.filter(is_in(orders.occurred_at, up_to(columns.base.now)))
    if sku is None and category is None:
        return orders
    lines = columns.table(("lines",))
    return orders.semi_join(lines.filter(has_line(lines, sku, category)), ["customer_id", "number"])


def has_line(lines: Table, sku: str | None, category: str | None) -> BooleanValue:
    asked = [lines[column] == wanted for column, wanted in (("sku", sku), ("category", category)) if wanted is not None]
    return asked[0] if len(asked) == 1 else asked[0] & asked[1]


def _gaps(sku: str | None, category: str | None, columns: Columns) -> Table:
    """(customer_id, occurred_at, gap, place, is_last): µs since the order before, NULL for the first, place 0."""
    orders = orders_with(sku, category, columns)
    order = ibis.window(group_by=orders.customer_id, order_by=orders.number)
    return orders.select(
        "customer_id",
        "occurred_at",
        gap=orders.occurred_at - orders.occurred_at.lag().over(order),
        place=ibis.row_number().over(order),
        is_last=orders.occurred_at.lead().over(order).isnull(),
    )
