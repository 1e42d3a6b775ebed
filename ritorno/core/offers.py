"""What a playbook promises, and the code that redeems it (PB2-06, PB2-07, PB3-12).

A code is made when its message is sent, never before, and is redeemable in [issued_at, expires_at). What it is worth on
a basket is redemption.py's, the two steps in which a till uses it reservation.py's.
"""

import re
from collections.abc import Iterator
from typing import Literal, assert_never
from zoneinfo import ZoneInfo

import msgspec

from ritorno.core.customer import NOTHING, About
from ritorno.core.events import SoldVia
from ritorno.core.instants import Instant, Span, Unit, add_span
from ritorno.core.journeys.about import filled
from ritorno.core.money import decimal_text
from ritorno.core.redemption import (
    EVERYTHING,
    WHOLE,
    Benefit,
    Conditions,
    Fixed,
    FreeShipping,
    Issued,
    PerCent,
    Scope,
)

# No 0/O, 1/I/L: a code is read aloud at a till.
CODE_LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
CODE_LENGTH = 8


class Offer(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """`value`: minor units off, or with `kind: per_cent` hundredths of a per cent (10 % is 1000); free shipping has
    none. `most`: never more than so much, in minor units. `lives`: hours and less are elapsed time, days and longer the
    brand's wall clock. `scope` may say @category, @sku, @thing: what the enrollment is about. `budget`: what all codes
    of the playbook may cost, used and open. `pool`: codes that were given to us, instead of generated ones.
    `margin_floor`: the share of what is paid that must remain as margin on the smallest basket, in hundredths of a per
    cent."""

    value: int = 0
    min_basket: int = 0
    lives: Span = Span(24, Unit.HOURS)
    kind: Literal["fixed", "per_cent", "free_shipping"] = "fixed"
    most: int | None = None
    scope: Scope = EVERYTHING
    sold_via: tuple[SoldVia, ...] = ()
    budget: int | None = None
    pool: str = ""
    margin_floor: int | None = None

    @property
    def benefit(self) -> Benefit:
        if self.kind == "fixed":
            return Fixed(self.value)
        return PerCent(self.value, self.most) if self.kind == "per_cent" else FreeShipping(self.most)

    @property
    def worth(self) -> int | None:
        """The most that one code costs, in minor units; None: nobody can say."""
        return worth(self.benefit)


class Code(msgspec.Struct, frozen=True):
    code: str
    issued: Issued
    redeemed_at: Instant | None = None

    @property
    def value(self) -> int:
        """The most it costs, in minor units; 0 where nobody can say."""
        return worth(self.issued.benefit) or 0

    @property
    def min_basket(self) -> int:
        return self.issued.conditions.min_basket

    @property
    def issued_at(self) -> Instant:
        return self.issued.issued_at

    @property
    def expires_at(self) -> Instant:
        return self.issued.expires_at


def issue(offer: Offer, letters: str, now: Instant, tz: ZoneInfo, about: About = NOTHING) -> Code:
    """The code of one message, from `now` on. The letters come from outside: chance is no rule's business."""
    conditions = Conditions(offer.min_basket, _scope_about(offer.scope, about), offer.sold_via)
    return Code(letters, Issued(offer.benefit, now, expires_at(offer, now, tz), conditions))


def expires_at(offer: Offer, issued_at: Instant, tz: ZoneInfo) -> Instant:
    """When a code that is issued then ends."""
    return add_span(issued_at, offer.lives, tz)


def spelled(code: str) -> str:
    """A code as it is looked for, however it was typed: "kq7m-x2pd" is KQ7MX2PD."""
    return re.sub(r"[\s\-\u200e\u200f]", "", code).upper()


def worth(benefit: Benefit) -> int | None:
    """The most it can be worth, in minor units; None: that depends on the basket."""
    return benefit.amount if isinstance(benefit, Fixed) else benefit.most


def figure(benefit: Benefit, currency: str) -> str:
    """Its number, as texts say it before its unit: "50" of money, "12.5" per cent; free shipping has none."""
    match benefit:
        case Fixed(amount):
            return decimal_text(amount, currency).removesuffix(".00")
        case PerCent(hundredths):
            return f"{hundredths / 100:g}"
        case FreeShipping():
            return ""
        case _:
            assert_never(benefit)


def _scope_about(scope: Scope, about: About) -> Scope:
    if scope.is_everything:
        return scope
    named = (scope.categories, scope.skus, scope.but_categories, scope.but_skus)
    return Scope(*(tuple(filled(name, about) for name in names) for names in named))


def check(offer: Offer, margin: float | None = None) -> list[str]:
    """What is wrong with an offer, in words; empty when nothing is. `margin`: the brand's, of what is paid."""
    return [*_sums(offer), *_scope(offer), *_limits(offer), *_floor(offer, margin)]


def _sums(offer: Offer) -> Iterator[str]:
    if offer.kind == "fixed" and offer.value <= 0:
        yield f"offer.value is {offer.value}; it must be above 0"
    if offer.kind == "fixed" and offer.most is not None:
        yield "offer.most is for per_cent and free_shipping; a fixed sum is never more than itself"
    if offer.kind == "per_cent" and not 0 < offer.value <= WHOLE:
        yield f"offer.value is {offer.value}; of per_cent write 1 to 10000 (10 % is 1000)"
    if offer.kind == "free_shipping" and offer.value:
        yield "offer.value: free shipping has none; write the most that shipping may cost in offer.most"
    if offer.most is not None and offer.most <= 0:
        yield f"offer.most is {offer.most}; it must be above 0, or be left out"
    if offer.min_basket < 0:
        yield f"offer.min_basket is {offer.min_basket}; it must be 0 or more"
    if offer.lives.count <= 0:
        yield "offer.lives must be a span above 0, such as 24h or 30d"


def _scope(offer: Offer) -> Iterator[str]:
    scope = offer.scope
    both = (set(scope.skus) & set(scope.but_skus)) | (set(scope.categories) & set(scope.but_categories))
    yield from (f"offer.scope: {name!r} is both in and out" for name in sorted(both))


def _limits(offer: Offer) -> Iterator[str]:
    if offer.budget is None:
        return
    if offer.worth is None:
        yield "offer.budget: say in offer.most what one code may cost, so that the budget can be kept"
    elif offer.budget < offer.worth:
        yield f"offer.budget is {offer.budget}, and one code may cost {offer.worth}"


def _floor(offer: Offer, margin: float | None) -> Iterator[str]:
    """What is left of the margin on the smallest basket, where the discount weighs most (PB2-06)."""
    if offer.margin_floor is None:
        return
    if not 0 < offer.margin_floor < WHOLE:
        yield f"offer.margin_floor is {offer.margin_floor}; write 1 to 9999 (25 % is 2500)"
        return
    off, basket = (offer.value, WHOLE) if offer.kind == "per_cent" else (offer.worth or 0, offer.min_basket)
    if basket == 0 or (offer.kind != "per_cent" and offer.worth is None):
        yield "offer.margin_floor needs a min_basket, and of free shipping its most, to be held against"
        return
    left = -1.0 if off >= basket else ((margin or 0) * basket - off) / (basket - off)
    if margin is not None and left * WHOLE < offer.margin_floor:
        yield f"offer.margin_floor is {offer.margin_floor / 100:g} %; on the smallest basket {left:.1%} would be left"
