"""May this code be redeemed on this basket now, and what is it worth there? (PB2-06, PB2-07)

Amounts are minor units of the brand's currency. The basket is what is asked for before this discount. The steps in
which a till reserves and redeems are reservation.py's.
"""

from enum import StrEnum
from typing import assert_never

import msgspec

from ritorno.core.events import SoldVia
from ritorno.core.instants import Instant

WHOLE = 10_000  # a share, in hundredths of a per cent


class Fixed(msgspec.Struct, frozen=True, tag="fixed", forbid_unknown_fields=True):
    """So much off; never more than what it may be taken from."""

    amount: int


class PerCent(msgspec.Struct, frozen=True, tag="per_cent", forbid_unknown_fields=True):
    """A share off, in hundredths of a per cent (10 % is 1000), a half rounded up; never more than `most`."""

    hundredths: int
    most: int | None = None


class FreeShipping(msgspec.Struct, frozen=True, tag="free_shipping", forbid_unknown_fields=True):
    """The shipping, up to `most`."""

    most: int | None = None


Benefit = Fixed | PerCent | FreeShipping


class Scope(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What of a basket counts: everything, or only these categories and skus; and what never does."""

    categories: tuple[str, ...] = ()
    skus: tuple[str, ...] = ()
    but_categories: tuple[str, ...] = ()
    but_skus: tuple[str, ...] = ()

    @property
    def is_everything(self) -> bool:
        return self == EVERYTHING

    def holds(self, sku: str, category: str) -> bool:
        if sku in self.but_skus or category in self.but_categories:
            return False
        return sku in self.skus or category in self.categories or not (self.skus or self.categories)


EVERYTHING = Scope()


class Conditions(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """`min_basket` is asked of what is in scope: what is left out does not help to reach it. `sold_via` empty: at any
    place of sale."""

    min_basket: int = 0
    scope: Scope = EVERYTHING
    sold_via: tuple[SoldVia, ...] = ()


class Issued(msgspec.Struct, frozen=True):
    """A code as its message promised it: redeemable in [issued_at, expires_at), once."""

    benefit: Benefit
    issued_at: Instant
    expires_at: Instant
    conditions: Conditions = Conditions()


class BasketLine(msgspec.Struct, frozen=True):
    """`amount` of the whole line, its quantity included."""

    sku: str
    category: str
    amount: int


class Basket(msgspec.Struct, frozen=True):
    """`total` without shipping. The lines may be left out where the code counts everything."""

    sold_via: SoldVia
    total: int
    lines: tuple[BasketLine, ...] = ()
    shipping: int = 0


class Refusal(StrEnum):
    """Why not."""

    NOT_YET = "not_yet"
    EXPIRED = "expired"
    USED = "used"
    RESERVED = "reserved"  # by another till, for now
    NOT_RESERVED = "not_reserved"  # or no longer: say the basket
    OTHER_BASKET = "other_basket"  # the same key, told of another basket before: release it first
    NOT_SOLD_HERE = "not_sold_here"
    LINES_MISSING = "lines_missing"
    NOTHING_IN_SCOPE = "nothing_in_scope"
    BASKET_TOO_SMALL = "basket_too_small"
    NOTHING_TO_SHIP = "nothing_to_ship"
    BUDGET_SPENT = "budget_spent"


class Accepted(msgspec.Struct, frozen=True):
    discount: int


class Refused(msgspec.Struct, frozen=True):
    reason: Refusal


Answer = Accepted | Refused


def may_redeem(issued: Issued, basket: Basket, now: Instant, left: int | None = None) -> Answer:
    """The answer for a code that nobody has used or reserved. `left` of the offer's budget; None: it has none.

    A discount that the budget does not hold whole is refused, not cut: a smaller one was never promised.
    """
    ended = out_of_life(issued, now)
    if ended is not None:
        return Refused(ended)
    counted = _counted(issued.conditions, basket)
    if isinstance(counted, Refusal):
        return Refused(counted)
    discount = _discount(issued.benefit, counted, basket.shipping)
    if discount <= 0:
        shipping = isinstance(issued.benefit, FreeShipping)
        return Refused(Refusal.NOTHING_TO_SHIP if shipping else Refusal.NOTHING_IN_SCOPE)
    return Refused(Refusal.BUDGET_SPENT) if left is not None and discount > left else Accepted(discount)


def out_of_life(issued: Issued, now: Instant) -> Refusal | None:
    """Outside [issued_at, expires_at): which side."""
    if now >= issued.expires_at:
        return Refusal.EXPIRED
    return Refusal.NOT_YET if now < issued.issued_at else None


def _counted(conditions: Conditions, basket: Basket) -> int | Refusal:
    """What of the basket is in scope, where that is enough."""
    if conditions.sold_via and basket.sold_via not in conditions.sold_via:
        return Refusal.NOT_SOLD_HERE
    if conditions.scope.is_everything:
        counted = basket.total
    elif not basket.lines:
        return Refusal.LINES_MISSING
    else:
        inside = [line.amount for line in basket.lines if conditions.scope.holds(line.sku, line.category)]
        if not inside:
            return Refusal.NOTHING_IN_SCOPE
        counted = min(sum(inside), basket.total)  # what others took off the basket is not there any more
    return Refusal.BASKET_TOO_SMALL if counted < conditions.min_basket else counted


def _discount(benefit: Benefit, counted: int, shipping: int) -> int:
    match benefit:
        case Fixed():
            return min(benefit.amount, counted)
        case PerCent():
            return _at_most((counted * benefit.hundredths + WHOLE // 2) // WHOLE, benefit.most)
        case FreeShipping():
            return _at_most(shipping, benefit.most)
        case _:
            assert_never(benefit)


def _at_most(amount: int, most: int | None) -> int:
    return amount if most is None else min(amount, most)
