"""What was bought: the orders that count and fit every filter, measured in their window."""

from collections.abc import Callable, Iterator
from math import floor

from ritorno.core.customer import Order
from ritorno.core.events import Line
from ritorno.core.instants import Instant
from ritorno.core.segments.presence import Amount, Weight, bounds, first_sure, is_plain, newest, weigh, window_of
from ritorno.core.segments.rule import Bought, OneOrMore
from ritorno.core.view import Answer, View

_THOUSANDTHS = 1000


def bought(rule: Bought, view: View) -> Answer:
    if rule.measure == "orders" and rule.at_most is None and is_plain(rule):  # by far the most asked
        fit = (order.occurred_at for order in reversed(view.customer.orders) if order.net > 0 and fits(rule, order))
        return newest(fit, rule.at_least or 1, rule.within, view.now, view.tz)
    return weigh(_weights(rule, view), view.now, _measured(rule))


def occurrences(rule: Bought, view: View) -> list[Instant]:
    """When what fits the filters was bought, ascending, those dated ahead too."""
    return [order.occurred_at for order in view.customer.orders if order.net > 0 and fits(rule, order)]


def fits(rule: Bought, order: Order) -> bool:
    """Do the filters fit the order, those of lines one and the same line?"""
    if rule.sold_via is not None and order.sold_via is not rule.sold_via:
        return False
    if rule.branch is not None and not _one_of(rule.branch, order.branch):
        return False
    if rule.total_from is not None and order.net < rule.total_from:
        return False
    if rule.total_to is not None and order.net > rule.total_to:
        return False
    return not asks_lines(rule) or any(fits_line(rule, line) for line in order.lines)


def asks_lines(rule: Bought) -> bool:
    return (
        rule.sku is not None or rule.category is not None or rule.maker is not None
        or rule.price_from is not None or rule.price_to is not None
    )  # fmt: skip


def fits_line(rule: Bought, line: Line) -> bool:
    if rule.category is not None and not _one_of(rule.category, line.category):
        return False
    if rule.sku is not None and not _one_of(rule.sku, line.sku):
        return False
    if rule.maker is not None and not _one_of(rule.maker, line.maker):
        return False
    if rule.price_from is not None and line.unit_price < rule.price_from:
        return False
    return rule.price_to is None or line.unit_price <= rule.price_to


def _one_of(wanted: OneOrMore, told: str) -> bool:
    return told == wanted or (isinstance(wanted, tuple) and told in wanted)


def _weights(rule: Bought, view: View) -> Iterator[Weight]:
    window, earliest = window_of(rule, view.tz), first_sure(rule, view.now)
    for order in view.customer.orders:
        if order.net > 0 and order.occurred_at >= earliest and fits(rule, order):
            yield Weight(*window(order.occurred_at), _amount(rule, order))


def _amount(rule: Bought, order: Order) -> int:
    """What the order adds to the measure; of a quantity thousandths, so that 0.7 and 0.1 kg are 0.8."""
    by_line = asks_lines(rule)
    if rule.measure == "orders":
        return 1
    if rule.measure in ("spend", "average") and not by_line:
        return order.net
    lines = [line for line in order.lines if not by_line or fits_line(rule, line)]
    if rule.measure == "lines":
        return len(lines)
    if rule.measure == "quantity":
        return sum(rounded(line.quantity * _THOUSANDTHS) for line in lines)
    return sum(rounded(line.quantity * line.unit_price) for line in lines)


def rounded(number: float) -> int:
    """To a whole number, halves up."""
    return floor(number + 0.5)


def _measured(rule: Bought) -> Callable[[int, Amount], bool]:
    """Does the measure of so many orders, so much together, lie between the rule's bounds?"""
    between = bounds(rule)
    if rule.measure == "average":
        return lambda many, much: many > 0 and between(much / many)
    if rule.measure == "quantity":
        return lambda _, much: between(much / _THOUSANDTHS)
    return lambda _, much: between(much)
