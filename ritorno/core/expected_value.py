"""What a step may bring and what it must: so that dear channels go to valuable customers (PB1-10).

an extra order brings   average order × margin − the offer used on it
break-even              the share of those written to who must buy for the messages to be paid
expected                messages × the extra share × that − what the messages cost
"""

import msgspec

ASSUMED = 0.02  # of those written to, who buy and would not have: until results of one's own say otherwise


class StepSent(msgspec.Struct, frozen=True):
    """Messages of one step by one channel: `cost` of all in thousandths of a minor unit, `average_order` of those
    written to and `offer`, what a code costs at most, in minor units."""

    step: str
    channel: str
    messages: int
    cost: int
    average_order: int
    offer: int = 0


class StepValue(msgspec.Struct, frozen=True):
    """`break_even` is a share, None where an extra order brings nothing; `expected` margin in minor units, messages
    paid, at the `extra` share."""

    sent: StepSent
    extra: float
    an_order: float
    break_even: float | None
    expected: int


def step_value(sent: StepSent, margin: float, extra: float = ASSUMED) -> StepValue:
    """`margin` is a share of revenue; `extra` one of those written to. Raises ValueError for an `extra` beyond 0–1."""
    if not 0 <= extra <= 1:
        raise ValueError(f"an extra share of {extra:g} is none; it is between 0 and 1")
    an_order = sent.average_order * margin - sent.offer
    cost = sent.cost / 1000
    break_even = cost / (sent.messages * an_order) if sent.messages and an_order > 0 else None
    return StepValue(sent, extra, an_order, break_even, round(sent.messages * extra * an_order - cost))
