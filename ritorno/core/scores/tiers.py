"""What the orders are worth and how wide they range; value tiers A, B, C by the last 12 months' net spend."""

from collections.abc import Callable
from math import floor

from ritorno.core.customer import FIRST
from ritorno.core.instants import Instant, add_span, months
from ritorno.core.scores.course import Course, course
from ritorno.core.scores.facts import in_span, sure_bounds
from ritorno.core.segments.rule import FactIs
from ritorno.core.view import View

YEAR = months(12)


def largest(_rule: FactIs, view: View) -> Course:
    orders, ahead = view.counted()
    return Course(max((order.net for order in orders), default=None), until=ahead)


def first_total(_rule: FactIs, view: View) -> Course:
    orders, ahead = view.counted()
    return Course(orders[0].net if orders else None, until=ahead)


def categories(_rule: FactIs, view: View) -> Course:
    """How many different ones were ever bought from."""
    orders, ahead = view.counted()
    return Course(len({line.category for order in orders for line in order.lines if line.category}), until=ahead)


def places(_rule: FactIs, view: View) -> Course:
    """How many places of sale in the scheme's window."""
    inside, _ = in_span(view.counted()[0], view.plan.scheme.window, view.now, view.tz)
    return Course(len({order.sold_via for order in inside}), until=view.facts.next_change)


def value_tier(_rule: FactIs, view: View) -> Course:
    """By the spend of 12 months; `later` as the orders leave them."""
    tiers = view.plan.policy.tiers
    orders, ahead = view.counted()
    if tiers is None or not orders:
        return Course(None, until=ahead)
    return _by_spend(view, lambda spend: _tier(spend, tiers))


def worth(spend: int, margin: float) -> int:
    """The margin of a net spend, in whole minor units, halves up (SEG-23)."""
    return floor(spend * margin + 0.5)


def value_year(_rule: FactIs, view: View) -> Course:
    """The margin of the spend of 12 months; `later` as the orders leave them."""
    margin = view.plan.brand.margin
    return _by_spend(view, lambda spend: worth(spend, margin))


def value_ever(_rule: FactIs, view: View) -> Course:
    """The margin of everything ever spent."""
    orders, ahead = view.counted()
    return Course(worth(sum(order.net for order in orders), view.plan.brand.margin), until=ahead)


def _by_spend(view: View, said: Callable[[int], object]) -> Course:
    """What is said of the spend of 12 months; `later` as the orders leave them."""
    _, ahead = view.counted()
    leaving = sorted(_leaving(view))
    spend = sum(net for _, net in leaving)
    steps: list[tuple[Instant, object]] = [(FIRST, said(spend))]
    for at, net in leaving:
        spend -= net
        steps.append((at, said(spend)))
    return course(steps, view.now, ahead)


def _leaving(view: View) -> list[tuple[Instant, int]]:
    """When each order of the last 12 months leaves them, and its net."""
    _, surely_out = sure_bounds(YEAR, view.now)
    recent = [order for order in view.counted()[0] if order.occurred_at >= surely_out]
    ends = [(add_span(order.occurred_at, YEAR, view.tz), order.net) for order in recent]
    return [(end, net) for end, net in ends if end > view.now]


def _tier(spend: int, tiers: tuple[int, int]) -> str:
    if spend >= tiers[0]:
        return "A"
    return "B" if spend >= tiers[1] else "C"
