"""A code is reserved, then redeemed: two steps, so that a till that fails in between loses nobody's discount (PB2-06).

               reserve                redeem
    Free ───────────────────▶ Reserved ──────▶ Redeemed
    │  ▲                         │                ▲
    │  └─── release, `until` ────┘                │
    └─────────────────── redeem ──────────────────┘

Every step takes the key of whoever asks – a receipt's number within its source. The same key is told the same again,
however often it asks. A step is taken on the code's row while it is locked: the second of two tills sees what the first
one left.
"""

from enum import StrEnum
from typing import assert_never

import msgspec

from ritorno.core.instants import Instant, Span, Unit, add_span, zone
from ritorno.core.redemption import Accepted, Answer, Basket, Issued, Refusal, Refused, may_redeem

HOLD = Span(15, Unit.MINUTES)


class Free(msgspec.Struct, frozen=True, tag="free"):
    """Nobody has it."""


class Reserved(msgspec.Struct, frozen=True, tag="reserved"):
    """For `key`, in [at, until); never beyond the code's own life."""

    key: str
    basket: Basket
    discount: int
    at: Instant
    until: Instant


class Redeemed(msgspec.Struct, frozen=True, tag="redeemed"):
    """By `key`, for good: no refund brings it back. `basket` None: from before baskets were kept."""

    key: str
    basket: Basket | None
    discount: int
    at: Instant


State = Free | Reserved | Redeemed


class Move(StrEnum):
    """What a step did to the code."""

    RESERVED = "reserved"
    REDEEMED = "redeemed"
    RELEASED = "released"


class Step(msgspec.Struct, frozen=True):
    """How the code stands now and what the till is told; `move` None: nothing changed, the till is told again or no."""

    state: State
    answer: Answer
    move: Move | None = None


def standing(state: State, now: Instant) -> State:
    """As the code stands at `now`: a reservation that is over is none."""
    return Free() if isinstance(state, Reserved) and now >= state.until else state


def charged(state: State, now: Instant) -> int:
    """What the code takes of its offer's budget: a reservation does, too, while it stands."""
    stands = standing(state, now)
    return 0 if isinstance(stands, Free) else stands.discount


def reserve(
    issued: Issued, state: State, key: str, basket: Basket, now: Instant, left: int | None = None, hold: Span = HOLD
) -> Step:
    """Keep the code for `key`. `left`: the budget less what every code of the offer is charged; None: no budget.

    `hold` is a span of hours, minutes or seconds.
    """
    stands = standing(state, now)
    if not isinstance(stands, Free):
        return Step(stands, _again(stands, key, basket))
    answer = may_redeem(issued, basket, now, left)
    if isinstance(answer, Refused):
        return Step(stands, answer)
    until = min(add_span(now, hold, zone("UTC")), issued.expires_at)
    return Step(Reserved(key, basket, answer.discount, now, until), answer, Move.RESERVED)


def redeem(issued: Issued, state: State, key: str, basket: Basket, now: Instant, left: int | None = None) -> Step:
    """Use the code up: what `key` has reserved, or at once, judged now, where nobody has."""
    stands = standing(state, now)
    answer = may_redeem(issued, basket, now, left) if isinstance(stands, Free) else _again(stands, key, basket)
    if isinstance(answer, Refused) or isinstance(stands, Redeemed):
        return Step(stands, answer)
    return Step(Redeemed(key, basket, answer.discount, now), answer, Move.REDEEMED)


def release(state: State, key: str, now: Instant) -> Step:
    """Let go of what `key` has reserved. What is free already is let go; what is redeemed stays so."""
    stands = standing(state, now)
    match stands:
        case Free():
            return Step(stands, Accepted(0))
        case Redeemed():
            return Step(stands, Refused(Refusal.USED))
        case Reserved():
            if stands.key != key:
                return Step(stands, Refused(Refusal.RESERVED))
            return Step(Free(), Accepted(0), Move.RELEASED)
        case _:
            assert_never(stands)


def _again(stands: Reserved | Redeemed, key: str, basket: Basket) -> Answer:
    """What the code's holder is told again, and everyone else."""
    if stands.key != key:
        return Refused(Refusal.USED if isinstance(stands, Redeemed) else Refusal.RESERVED)
    return Accepted(stands.discount) if stands.basket in (basket, None) else Refused(Refusal.OTHER_BASKET)
