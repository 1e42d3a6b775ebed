"""What a new customer costs and when they have paid it back (ORC-13)."""

from collections.abc import Sequence
from itertools import accumulate

import msgspec


class Acquisition(msgspec.Struct, frozen=True):
    """Per new customer, minor units: `cac`, what ads cost; `margin` of the orders within `days` of the first, that one
    included. `payback_day`: by when the mean margin reaches the cost; None: not within those days. `watched`: new
    customers through all of them; the others count as far as they are."""

    customers: int
    cost: int
    cac: int | None
    days: int
    watched: int
    margin: int | None
    payback_day: int | None


class Day(msgspec.Struct, frozen=True):
    """Of customers watched through day `day` (0 is the first order's): how many, and what they bought on it, net."""

    day: int
    watched: int
    revenue: int


def acquisition(cost: int, customers: int, days: Sequence[Day], margin: float) -> Acquisition:
    """From what each day since the first order brought per customer who has been through it. `margin` is a share of
    revenue; `days` ascend from 0 without a gap, and end where nobody has been watched."""
    per_head = [margin * each.revenue / each.watched for each in days]
    summed = list(accumulate(per_head))
    if not customers:
        return Acquisition(0, cost, None, len(days), 0, None, None)
    cac = round(cost / customers)
    paid = next((day for day, value in enumerate(summed) if value >= cost / customers), None)
    watched = days[-1].watched if days else 0
    return Acquisition(customers, cost, cac, len(days), watched, round(summed[-1]) if summed else None, paid)
