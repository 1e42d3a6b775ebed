"""What was bought: the orders that count and fit every filter, measured in their window."""

from collections.abc import Callable, Iterator
from math import floor

from ritorno.core.customer import FIRST, Order
from ritorno.core.events import Line
from ritorno.core.instants import NEVER, Instant, add_span
from ritorno.core.scores.facts import sure_bounds
from ritorno.core.segments.presence import Amount, Weight, bounds, first_sure, is_plain, weigh, window_of
from ritorno.core.segments.rule import Bought, OneOrMore
from ritorno.core.view import Answer, View

_THOUSANDTHS = 1000


def bought(rule: Bought, view: View) -> Answer:
    if rule.measure == "orders" and rule.at_most is None and is_plain(rule):  # by far the most asked
        return _lately(rule, view)
    return weigh(_weights(rule, view), view.now, _measured(rule))


def _lately(rule: Bought, view: View) -> Answer:
    """`presence.newest`, written out: a generator of the orders that fit took 0.3 µs more."""
    now, span, tz = view.now, rule.within, view.tz
    surely_out = FIRST if span is None else sure_bounds(span, now)[1]
    ahead = lasts_until = NEVER
    left = rule.at_least or 1
    for order in reversed(view.customer.orders):
        bought_at = order.occurred_at
        if bought_at < surely_out:
            break
        if order.net <= 0 or not fits(rule, order):
            continue
        if bought_at > now:
            ahead = bought_at
            continue
        if span is not None:
            end = add_span(bought_at, span, tz)
            if now >= end:
                continue
            if end < lasts_until:
                lasts_until = end
        left -= 1
        if left <= 0:
            return True, lasts_until
    return False, ahead


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
    return _has_line(rule, order)


def _has_line(rule: Bought, order: Order) -> bool:
    """The usual filters, one product or category, are asked at once: half of the time."""
    sku, category = rule.sku, rule.category
    if rule.maker is None and rule.price_from is None and rule.price_to is None:
        if sku is None and category is None:
            return True
        if not isinstance(sku, tuple) and not isinstance(category, tuple):
            for line in order.lines:
                if (sku is None or line.sku == sku) and (category is None or line.category == category):
                    return True
            return False
    return any(fits_line(rule, line) for line in order.lines)


def asks_lines(rule: Bought) -> bool:
    return (
        rule.sku is not None or rule.category is not None or rule.maker is not None
        or rule.price_from is not None or rule.price_to is not None
    )  # fmt: skip


def fits_line(rule: Bought, line: Line) -> bool:
    category, sku, maker = rule.category, rule.sku, rule.maker
    if category is not None and line.category != category and not _one_of(category, line.category):
        return False
    if sku is not None and line.sku != sku and not _one_of(sku, line.sku):
        return False
    if maker is not None and not _one_of(maker, line.maker):
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
