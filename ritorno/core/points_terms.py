"""On what terms an order earns points: the rate, who gets more of them, how long they live (PB1-07)."""

from collections.abc import Collection
from zoneinfo import ZoneInfo

import msgspec

from ritorno.core.customer import Order
from ritorno.core.events import SoldVia
from ritorno.core.ids import SegmentKey
from ritorno.core.instants import NEVER, Instant, Span, add_span
from ritorno.core.points import Earned, Rate
from ritorno.core.scores.cells import CELLS, Cell

PLAIN = 100  # a multiplier of one


class Multiplier(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`hundredths` (×2 is 200) for who stands in one of the cells, is in one of the segments, and bought at one of the
    places of sale; an empty one asks for nothing."""

    hundredths: int
    cells: tuple[Cell, ...] = ()
    segments: tuple[SegmentKey, ...] = ()
    sold_via: tuple[SoldVia, ...] = ()


class Terms(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`lives` None: the points never expire. Days and longer are counted on the brand's wall clock."""

    rate: Rate
    multipliers: tuple[Multiplier, ...] = ()
    lives: Span | None = None


def multiplier_for(terms: Terms, cell: Cell | None, segments: Collection[SegmentKey], sold_via: SoldVia) -> int:
    """The largest that fits, in hundredths: several are not multiplied with one another. None fits: 100.

    `cell` None: the customer has none.
    """
    fitting = (each.hundredths for each in terms.multipliers if _fits(each, cell, segments, sold_via))
    return max(fitting, default=PLAIN)


def _fits(each: Multiplier, cell: Cell | None, segments: Collection[SegmentKey], sold_via: SoldVia) -> bool:
    return (
        (not each.cells or cell in each.cells)
        and (not each.segments or any(key in segments for key in each.segments))
        and (not each.sold_via or sold_via in each.sold_via)
    )


def earn(
    terms: Terms, order: Order, cell: Cell | None, segments: Collection[SegmentKey], booked_at: Instant, tz: ZoneInfo
) -> Earned:
    """The entry of this order. Cell and segments are those after it was scored: a purchase that makes someone 333 is a
    333's. Its refunds, and its cancellation, are entries of their own (points.MoneyBack)."""
    at = order.occurred_at
    expires_at = NEVER if terms.lives is None else add_span(at, terms.lives, tz)
    multiplier = multiplier_for(terms, cell, segments, order.sold_via)
    return Earned(order.source, order.order_id, at, booked_at, order.total, terms.rate, multiplier, expires_at)


def check(terms: Terms) -> list[str]:
    """What is wrong with the terms, in words; empty when nothing is."""
    problems = []
    if terms.rate.points <= 0 or terms.rate.amount <= 0:
        problems.append(
            f"points.rate is {terms.rate.points} for {terms.rate.amount}; both must be above 0, such as 1 for 1000"
        )
    for index, each in enumerate(terms.multipliers):
        where = f"points.multipliers[{index}]"
        if each.hundredths <= 0:
            problems.append(f"{where}.hundredths is {each.hundredths}; it must be above 0 (twice is 200)")
        problems += [f"{where}.cells: {name!r} is not a cell, such as 333" for name in each.cells if name not in CELLS]
    if terms.lives is not None and terms.lives.count <= 0:
        problems.append(f"points.lives is {terms.lives}; it must be a span above 0, such as 12 months, or be left out")
    return problems
