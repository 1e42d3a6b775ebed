"""Loyalty by the product's cycle c (COM-06, COM-07, COM-08; the bands are product.md's, section 2).

level    by the last gap: strong [0, 1.2 c), medium [1.2 c, 2 c), weak
streak   orders in a row up to the last, every gap in [0, 1.5 c)
buyer    loyal from a streak of 3, else occasional
"""

from ritorno.core.instants import DAY, Instant
from ritorno.core.plan import Policy
from ritorno.core.scores.course import Course
from ritorno.core.scores.pace import gaps_of, orders_of
from ritorno.core.segments.rule import FactIs
from ritorno.core.view import View

STRONG, MEDIUM = 1.2, 2.0
TOLERANCE = 1.5
LOYAL = 3


def band(cycles: float, category: str | None, policy: Policy) -> int:
    """So many cycles of the category in µs, rounded to the nearest."""
    cycle = policy.cycle if category is None else policy.cycles.get(category, policy.cycle)
    return round(cycles * cycle * DAY)


def loyalty(rule: FactIs, view: View) -> Course:
    gaps, ahead = gaps_of(rule, view)
    policy = view.plan.policy
    if not gaps:
        return Course(None, until=ahead)
    if gaps[-1] < band(STRONG, rule.category, policy):
        return Course("strong", until=ahead)
    return Course("medium" if gaps[-1] < band(MEDIUM, rule.category, policy) else "weak", until=ahead)


def streak(rule: FactIs, view: View) -> Course:
    row, ahead = streak_of(rule, view)
    return Course(row, until=ahead)


def buyer(rule: FactIs, view: View) -> Course:
    row, ahead = streak_of(rule, view)
    if not row:
        return Course(None, until=ahead)
    return Course("loyal" if row >= LOYAL else "occasional", until=ahead)


def streak_of(rule: FactIs, view: View) -> tuple[int, Instant]:
    """The streak, 0 without orders, and when an order dated ahead may change it."""
    gaps, ahead = gaps_of(rule, view)
    if not gaps:
        return len(orders_of(rule, view)[0]), ahead  # one, or none
    return in_a_row(gaps, band(TOLERANCE, rule.category, view.plan.policy)), ahead


def in_a_row(gaps: list[int], allowed: int) -> int:
    """The orders in a row that these gaps (µs) leave, up to the last."""
    row = 1
    for gap in reversed(gaps):
        if gap >= allowed:
            break
        row += 1
    return row
