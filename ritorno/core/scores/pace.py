"""The rhythm of one customer's orders: gaps, the pace they make, and how late the next one is for it (COM-09, SEG-06).

gap    elapsed time between two orders one after the other, in days of 24 hours
pace   the median gap, from three gaps on
late   time since the last order ÷ pace: 2.0 is silent twice as long as usual
"""

from bisect import bisect_left, bisect_right
from itertools import pairwise

from ritorno.core.customer import Order
from ritorno.core.instants import DAY, Instant
from ritorno.core.scores.course import Course
from ritorno.core.segments.compare import numbers
from ritorno.core.segments.rule import FactIs, Value
from ritorno.core.view import View

_ENOUGH = 3  # gaps, for a pace
_LONGEST = 2**52  # µs: as far as a double counts them one by one
_ROUNDING = 4  # µs that a division of such doubles may be off


def orders_of(rule: FactIs, view: View) -> tuple[list[Order], Instant]:
    """The orders by now that count and have such a line, if the rule names one; and when one dated ahead joins."""
    orders, ahead = view.counted()
    if rule.sku is None and rule.category is None:
        return orders, ahead
    return [order for order in orders if _has(order, rule.sku, rule.category)], ahead


def _has(order: Order, sku: str | None, category: str | None) -> bool:
    return any(
        (sku is None or line.sku == sku) and (category is None or line.category == category) for line in order.lines
    )


def gaps_of(rule: FactIs, view: View) -> tuple[list[int], Instant]:
    """µs between the orders, in their order."""
    key = ("gaps", rule.sku, rule.category)
    found: tuple[list[int], Instant] | None = view.known.get(key)
    if found is None:
        orders, ahead = orders_of(rule, view)
        gaps = [after.occurred_at - before.occurred_at for before, after in pairwise(orders)]
        found = view.known[key] = gaps, ahead
    return found


def ever(rule: FactIs, view: View) -> Course:
    if rule.sku is None and rule.category is None:
        return Course(view.facts.ever, until=view.orders_ahead())
    orders, ahead = orders_of(rule, view)
    return Course(len(orders), until=ahead)


def gap_last(rule: FactIs, view: View) -> Course:
    gaps, ahead = gaps_of(rule, view)
    return Course(gaps[-1] / DAY if gaps else None, until=ahead)


def gap_median(rule: FactIs, view: View) -> Course:
    gaps, ahead = gaps_of(rule, view)
    return Course(median(gaps) / DAY if gaps else None, until=ahead)


def gap_trend(rule: FactIs, view: View) -> Course:
    gaps, ahead = gaps_of(rule, view)
    usual = median(gaps) if gaps else 0
    return Course(gaps[-1] / usual if usual else None, until=ahead)


def pace(rule: FactIs, view: View) -> Course:
    gaps, ahead = gaps_of(rule, view)
    return Course(median(gaps) / DAY if len(gaps) >= _ENOUGH else None, until=ahead)


def late_for_pace(rule: FactIs, view: View) -> Course:
    """It grows with every µs; `later` has the instants at which it reaches, and passes, the numbers compared with."""
    gaps, ahead = gaps_of(rule, view)
    usual = median(gaps) if len(gaps) >= _ENOUGH else 0
    if not usual:
        return Course(None, until=ahead)
    last = orders_of(rule, view)[0][-1].occurred_at
    turns = sorted(turn for turn in _turns(rule.value, last, usual) if turn > view.now)
    later = tuple((turn, (turn - last) / usual) for turn in turns)
    return Course((view.now - last) / usual, later, ahead)


def _turns(wanted: Value, last: Instant, usual: float) -> list[Instant]:
    """The first instants at which (t − last) ÷ usual, as a double, is at least and is above each number."""
    found = []
    for number in numbers(wanted):
        about = number * usual
        if not 0 <= about < _LONGEST:
            continue
        near = range(max(0, int(about) - _ROUNDING), int(about) + _ROUNDING + 1)
        for bisect in (bisect_left, bisect_right):
            found.append(Instant(last + near[0] + bisect(near, number, key=lambda since: since / usual)))
    return found


def median(gaps: list[int]) -> float:
    """In µs; of an even number the mean of the middle two. Raises IndexError without gaps."""
    ordered, middle = sorted(gaps), len(gaps) // 2
    return float(ordered[middle]) if len(gaps) % 2 else (ordered[middle - 1] + ordered[middle]) / 2
