"""What is promised, and the code that redeems it (PB2-06, PB2-07).

A code is made when its message is sent, never before, and lives exactly as long as the offer says, in elapsed time:
redeemable in [issued_at, expires_at).
"""

from enum import StrEnum

import msgspec

from ritorno.core.instants import Instant, Span, Unit, add_span, zone

# No 0/O, 1/I/L: a code is read aloud at a till.
CODE_LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
CODE_LENGTH = 8


class Offer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`value` and `min_basket` in minor units of the brand's currency."""

    value: int
    min_basket: int = 0
    lives: Span = Span(24, Unit.HOURS)


class Code(msgspec.Struct, frozen=True):
    code: str
    value: int
    min_basket: int
    issued_at: Instant
    expires_at: Instant
    redeemed_at: Instant | None = None


class Redemption(StrEnum):
    """May this code be redeemed now? Everything but OK is a refusal and its reason."""

    OK = "ok"
    EXPIRED = "expired"
    NOT_YET = "not_yet"
    USED = "used"
    BASKET_TOO_SMALL = "basket_too_small"


def issue(offer: Offer, letters: str, now: Instant) -> Code:
    """The code of one message, from `now` on. The letters come from outside: chance is no rule's business."""
    expires_at = add_span(now, offer.lives, zone("UTC"))
    return Code(letters, offer.value, offer.min_basket, now, expires_at)


def may_redeem(code: Code, basket: int, now: Instant) -> Redemption:
    if code.redeemed_at is not None:
        return Redemption.USED
    if now >= code.expires_at:
        return Redemption.EXPIRED
    if now < code.issued_at:
        return Redemption.NOT_YET
    return Redemption.OK if basket >= code.min_basket else Redemption.BASKET_TOO_SMALL


def check(offer: Offer) -> list[str]:
    """What is wrong with an offer, in words; empty when nothing is."""
    problems = []
    if offer.value <= 0:
        problems.append(f"offer.value is {offer.value}; it must be above 0")
    if offer.min_basket < 0:
        problems.append(f"offer.min_basket is {offer.min_basket}; it must be 0 or more")
    if offer.lives.count <= 0 or offer.lives.unit not in (Unit.HOURS, Unit.MINUTES, Unit.SECONDS):
        problems.append("offer.lives must be a span of hours, minutes or seconds, such as 24h")
    return problems
