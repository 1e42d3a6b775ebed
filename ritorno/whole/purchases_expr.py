"""What was bought, for everyone: the whole-base reading of `core/segments/purchases.py` and of the cool-down."""

import ibis
from ibis.expr.types import BooleanValue, Table, Value

from ritorno.core.instants import Span
from ritorno.core.segments.purchases import asks_lines
from ritorno.core.segments.rule import Bought, Did, Fresh, OneOrMore
from ritorno.whole.columns import (
    Clause,
    Column,
    Columns,
    Reading,
    Reduce,
    Source,
    all_of,
    any_of,
    count_rows,
    distinct_of,
    earliest,
    sum_of,
    sure,
)
from ritorno.whole.windows import Window, is_in, turns, window_of

ORDERS: Source = ("orders",)
LINES: Source = ("lines",)


def bought(rule: Bought, columns: Columns) -> Reading:
    base, window = columns.base, window_of(rule)
    source = LINES if asks_lines(rule) else ORDERS
    inside = window.at(base.now, base.tz)
    measured = _measured(rule, columns, lambda rows: is_in(rows.occurred_at, inside) & fits(rule, rows))
    return Reading(
        sure(measured),
        lambda: turns(columns, source, "occurred_at", window, lambda rows: fits(rule, rows), base),
    )


def fits(rule: Bought, rows: Table) -> BooleanValue:
    """Do the filters fit the row: of lines, if the rule asks for them, otherwise of orders?"""
    asked = [*_one_of(rows, "branch", rule.branch)]
    if rule.sold_via is not None:
        asked.append(rows.sold_via == rule.sold_via.value)
    asked += _between(rows, "net", rule.total_from, rule.total_to)
    if asks_lines(rule):
        for column, wanted in (("sku", rule.sku), ("category", rule.category), ("maker", rule.maker)):
            asked += _one_of(rows, column, wanted)
        asked += _between(rows, "unit_price", rule.price_from, rule.price_to)
    return all_of(asked)


def occurrences(rule: Bought, columns: Columns) -> Table:
    """(customer_id, at) of the orders that fit; an order may come once a line."""
    rows = columns.table(LINES if asks_lines(rule) else ORDERS)
    return rows.filter(fits(rule, rows)).select("customer_id", at=rows.occurred_at)


def _one_of(rows: Table, column: str, wanted: OneOrMore) -> list[BooleanValue]:
    if wanted is None:
        return []
    return [rows[column].isin(wanted) if isinstance(wanted, tuple) else rows[column] == wanted]


def _between(rows: Table, column: str, low: int | None, high: int | None) -> list[BooleanValue]:
    found = []
    if low is not None:
        found.append(rows[column] >= low)
    if high is not None:
        found.append(rows[column] <= high)
    return found


def within_bounds(rule: Bought | Did, measure: Value) -> BooleanValue:
    """Is the measure between `at_least` (1, when the rule gives no bound) and `at_most`?"""
    low, high = rule.at_least, rule.at_most
    if low is None and high is None:
        low = 1
    asked = [] if low is None else [measure >= ibis.literal(low)]
    if high is not None:
        asked.append(measure <= ibis.literal(high))
    return all_of(asked)


def is_within(rule: Bought | Did, measure: int) -> bool:
    """The same of a number that is known."""
    low, high = rule.at_least, rule.at_most
    if low is None and high is None:
        low = 1
    return (low is None or measure >= low) and (high is None or measure <= high)


def _measured(rule: Bought, columns: Columns, when: Clause) -> Clause:
    by_line = asks_lines(rule)
    if rule.measure in ("lines", "quantity"):
        return _of_lines(rule, columns, when)
    orders = columns.of(LINES, _orders_of(rule), when) if by_line else columns.of(ORDERS, count_rows, when)
    if rule.measure == "orders":
        return lambda joined: within_bounds(rule, ibis.coalesce(orders(joined), 0))
    spend = columns.of(LINES, sum_of(line_sum), when) if by_line else columns.of(ORDERS, sum_of(_net), when)
    if rule.measure == "spend":
        return lambda joined: within_bounds(rule, ibis.coalesce(spend(joined), 0))
    return lambda joined: (orders(joined) > 0) & within_bounds(rule, spend(joined) / orders(joined))


def _orders_of(rule: Bought) -> Reduce:
    """Orders are counted by their lines; where one is enough, so is one line."""
    plain = rule.measure == "orders" and rule.at_most is None and (rule.at_least is None or rule.at_least <= 1)
    return count_rows if plain else distinct_of("number")


def _of_lines(rule: Bought, columns: Columns, when: Clause) -> Clause:
    if rule.measure == "lines":
        lines = columns.of(LINES, count_rows, when)
        return lambda joined: within_bounds(rule, ibis.coalesce(lines(joined), 0))
    thousandths = columns.of(LINES, sum_of(lambda rows: rounded(rows.quantity * 1000)), when)
    return lambda joined: within_bounds(rule, ibis.coalesce(thousandths(joined), 0) / 1000)


def _net(rows: Table) -> Value:
    return rows.net


def line_sum(rows: Table) -> Value:
    """Quantity × unit price in whole minor units."""
    return rounded(rows.quantity * rows.unit_price)


def rounded(number: Value) -> Value:
    """To a whole number, halves up."""
    return (number + 0.5).floor().cast("int64")


# --- the cool-down ---------------------------------------------------------------------------------


def fresh(_rule: Fresh, columns: Columns) -> Reading:
    """A line in its category's cool-down, or an order without lines in the usual one: more orders than have lines."""
    base = columns.base
    usual, own = base.plan.scheme.recency[0], base.plan.policy.cooldowns
    cools = [
        (span, [name for name, each in own.items() if each == span]) for span in sorted(set(own.values()), key=str)
    ]
    known = list(own)
    cooling = [(span, _of_categories(names)) for span, names in cools]
    cooling.append((usual, lambda rows: ~rows.category.isin(known) if known else ibis.literal(True)))
    lines = columns.of(LINES, count_rows, lambda rows: any_of(_cools(rows, *each, columns) for each in cooling))
    orders, lined = (
        _in_usual(columns, usual, ORDERS, count_rows),
        _in_usual(columns, usual, LINES, distinct_of("number")),
    )
    return Reading(
        sure(
            lambda joined: (
                (ibis.coalesce(lines(joined), 0) > 0)
                | (ibis.coalesce(orders(joined), 0) > ibis.coalesce(lined(joined), 0))
            )
        ),
        lambda: earliest(
            *(turns(columns, LINES, "occurred_at", Window(span), names, base) for span, names in cooling),
            turns(columns, ORDERS, "occurred_at", Window(usual), lambda _: ibis.literal(True), base),
        ),
    )


def _of_categories(names: list[str]) -> Clause:
    return lambda rows: rows.category.isin(names)


def _cools(rows: Table, span: Span, names: Clause, columns: Columns) -> BooleanValue:
    inside = Window(span).at(columns.base.now, columns.base.tz)
    return names(rows) & is_in(rows.occurred_at, inside)


def _in_usual(columns: Columns, usual: Span, source: Source, reduce: Reduce) -> Column:
    inside = Window(usual).at(columns.base.now, columns.base.tz)
    return columns.of(source, reduce, lambda rows: is_in(rows.occurred_at, inside))
