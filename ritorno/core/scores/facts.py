"""Facts: values counted from a customer's orders at an instant, and when they next change by themselves.

Only orders that count (not cancelled, net above 0) are counted. F and M look at the scheme's window, R at the last
counted order whenever it was (SCO-01, SCO-02, SCO-03).
"""

from datetime import date
from zoneinfo import ZoneInfo

import msgspec

from ritorno.core.customer import Customer, Order
from ritorno.core.events import SoldVia
from ritorno.core.instants import DAY, NEVER, Instant, Span, Unit, add_span, wall
from ritorno.core.scores.cuts import Scheme


class Facts(msgspec.Struct, frozen=True):
    """`orders` are purchase occasions in the window, `spend` their net sum in minor units, `next_change` when an order
    enters (a receipt dated ahead) or leaves the window; a customer who never bought has `last_at` NEVER."""

    orders: int
    spend: int
    ever: int
    first_at: Instant
    last_at: Instant
    last_sold_via: SoldVia | None
    last_branch: str
    omnichannel: bool
    next_change: Instant
    category: str | None = None  # the dominant one, where cuts differ by category

    @property
    def average(self) -> int:
        """Average order in minor units, 0 without orders in the window."""
        return self.spend // self.orders if self.orders else 0


NO_ORDERS = Facts(0, 0, 0, NEVER, NEVER, None, "", omnichannel=False, next_change=NEVER)

# The longest and shortest a unit can be, for deciding without the wall clock far from a window's edge.
_LONGEST_DAYS = {Unit.DAYS: 1, Unit.WEEKS: 7, Unit.MONTHS: 31, Unit.YEARS: 366}
_SHORTEST_DAYS = {Unit.DAYS: 1, Unit.WEEKS: 7, Unit.MONTHS: 28, Unit.YEARS: 365}
_SLACK = DAY + DAY // 8  # a day of the wall clock may be an hour or two longer or shorter
_MONTH_END = 3 * DAY  # the 28th to the 31st of January are all due on 28 February a month on


def count(customer: Customer, now: Instant, scheme: Scheme, tz: ZoneInfo) -> Facts:
    """The facts at `now`. O(orders), with wall-clock arithmetic only near the window's edge."""
    known, ahead = counted(customer.orders, now)
    if not known:
        return NO_ORDERS if ahead == NEVER else msgspec.structs.replace(NO_ORDERS, next_change=ahead)
    in_window, leaves_at = in_span(known, scheme.window, now, tz)
    places = {order.sold_via for order in in_window}
    last = known[-1]
    return Facts(
        orders=_occasions(in_window, scheme, tz),
        spend=sum(order.net for order in in_window),
        ever=len(known),
        first_at=known[0].occurred_at,
        last_at=last.occurred_at,
        last_sold_via=last.sold_via,
        last_branch=last.branch,
        omnichannel=SoldVia.POS in places and SoldVia.ONLINE in places,
        next_change=min(ahead, leaves_at),
        category=dominant(in_window) if scheme.by_category else None,
    )


def dominant(orders: list[Order]) -> str | None:
    """The category of the most of these orders; of several that bought last, then the first by name (SCO-06)."""
    bought: dict[str, tuple[int, Instant]] = {}
    for order in orders:
        for category in {line.category for line in order.lines if line.category}:
            bought[category] = bought.get(category, (0, order.occurred_at))[0] + 1, order.occurred_at
    return min(bought, key=lambda each: (-bought[each][0], -bought[each][1], each), default=None)


def counted(orders: list[Order], now: Instant) -> tuple[list[Order], Instant]:
    """The orders that count by `now`, and the first instant ahead at which one more does."""
    if orders and orders[-1].occurred_at <= now:
        return [order for order in orders if order.net > 0], NEVER
    known, ahead = [], NEVER
    for order in orders:
        if order.net > 0 and order.occurred_at <= now:
            known.append(order)
        elif order.net > 0:
            ahead = min(ahead, order.occurred_at)
    return known, ahead


def sure_bounds(span: Span, now: Instant) -> tuple[Instant, Instant]:
    """(what is later is within the span for sure, what is earlier is not), without asking the wall clock."""
    if span.unit is Unit.DAYS:
        edge = now - span.count * DAY
        return Instant(edge + _SLACK), Instant(edge - _SLACK)
    surely_in = now - span.count * _SHORTEST_DAYS.get(span.unit, 0) * DAY + _SLACK
    surely_out = now - span.count * _LONGEST_DAYS.get(span.unit, 1) * DAY - _SLACK
    return Instant(surely_in), Instant(surely_out)


def in_span(orders: list[Order], span: Span, now: Instant, tz: ZoneInfo) -> tuple[list[Order], Instant]:
    """Those of `orders` (ascending, none ahead of `now`) that are within `span`, and when the first of them leaves."""
    surely_in, surely_out = sure_bounds(span, now)
    first = 0
    inside: list[Order] = []
    leaves_at = NEVER
    for index, order in enumerate(orders):
        if order.occurred_at > surely_in:
            first = index
            break
        if order.occurred_at >= surely_out:
            end = add_span(order.occurred_at, span, tz)
            if now < end:
                inside.append(order)
                leaves_at = min(leaves_at, end)
    else:
        return inside, leaves_at
    return inside + orders[first:], min(leaves_at, _first_to_leave(orders, first, span, tz))


def _first_to_leave(orders: list[Order], first: int, span: Span, tz: ZoneInfo) -> Instant:
    """Wall-clock ends follow the order of the starts, but for the hour a clock repeats and for the last days of a month
    that all end on the last day of a shorter one: look a little beyond."""
    end = add_span(orders[first].occurred_at, span, tz)
    beyond = _SLACK + (_MONTH_END if span.unit in (Unit.MONTHS, Unit.YEARS) else 0)
    for order in orders[first + 1 :]:
        if order.occurred_at > orders[first].occurred_at + beyond:
            break
        end = min(end, add_span(order.occurred_at, span, tz))
    return end


def _occasions(orders: list[Order], scheme: Scheme, tz: ZoneInfo) -> int:
    if scheme.occasion == "order":
        return len(orders)
    days: set[tuple[date, str]] = {(wall(order.occurred_at, tz).date(), order.branch) for order in orders}
    return len(days)
