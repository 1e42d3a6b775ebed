"""Which branch, place, source or category brings customers who come back: told apart from chance (ENG-10)."""

from collections import defaultdict
from collections.abc import Sequence
from zoneinfo import ZoneInfo

import msgspec

from ritorno.core.customer import Order
from ritorno.core.instants import DAY, Instant
from ritorno.core.lift import CONFIDENCE, Difference, difference_of_shares, wilson
from ritorno.core.wall_clock import wall_of


class Part(msgspec.Struct, frozen=True):
    """Customers whose first order was there, watched through all of the days, and how many of them came back."""

    name: str
    customers: int
    again: int


class Rated(msgspec.Struct, frozen=True):
    """`low`, `high`: 95 % of the share. `against`: its difference to all others together, at a confidence that holds
    for all parts at once; None where there are no others. `flag`: "weakest" or "strongest", and beyond chance."""

    part: Part
    share: float
    low: float
    high: float
    against: Difference | None
    flag: str = ""


def rated(parts: Sequence[Part]) -> tuple[Rated, ...]:
    """The best first. Of k parts the one that happens to be last is tested at 1 − 0.05/k (Bonferroni): else one of
    three equal branches would be called weak every seventh time."""
    told = [part for part in parts if part.customers]
    customers, again = sum(part.customers for part in told), sum(part.again for part in told)
    confidence = 1 - (1 - CONFIDENCE) / max(len(told), 1)
    rows = []
    for part in sorted(told, key=lambda each: (-each.again / each.customers, each.name)):
        others = again - part.again, customers - part.customers
        against = difference_of_shares(part.again, part.customers, *others, confidence)
        rows.append(Rated(part, part.again / part.customers, *wilson(part.again, part.customers), against))
    return tuple(
        msgspec.structs.replace(row, flag=_flag(row, place, len(rows))) for place, row in enumerate(rows)
    )  # fmt: skip


def _flag(row: Rated, place: int, parts: int) -> str:
    if row.against is None or not row.against.is_conclusive:
        return ""
    if place == parts - 1 and row.against.high < 0:
        return "weakest"
    return "strongest" if place == 0 and row.against.low > 0 else ""


def first_category(order: Order) -> str:
    """For which the most was to be paid in it, of several the first by name; "" where no line tells one."""
    amounts: dict[str, float] = defaultdict(float)
    for line in order.lines:
        if line.category:
            amounts[line.category] += line.quantity * line.unit_price
    return min(amounts, key=lambda name: (-amounts[name], name), default="")


def came_again(orders: Sequence[Order], days: int, now: Instant, tz: ZoneInfo) -> bool | None:
    """Did a customer buy again within so many days of the wall clock after the first of these orders (ascending, up to
    `now`, one at least)? None before they have been watched through all of them."""
    first = wall_of(orders[0].occurred_at, tz)
    if wall_of(now, tz) - first < days * DAY:
        return None
    later = (order for order in orders if order.occurred_at > orders[0].occurred_at)
    return any(wall_of(order.occurred_at, tz) - first < days * DAY for order in later)
