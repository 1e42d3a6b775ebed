"""Which purchase brings a reward: the third one, or every third (COM-20)."""

from collections.abc import Collection

import msgspec


class Milestones(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The `every`-th order that counts; `repeats`: every so many orders again. Raises ValueError below 1."""

    every: int
    repeats: bool = False

    def __post_init__(self) -> None:
        if self.every < 1:
            raise ValueError(f"every {self.every} orders; write a number from 1 on")


def reached(milestones: Milestones, orders: int, given: Collection[int] = ()) -> bool:
    """With so many orders that count, is it a milestone that was not `given` yet?

    Each is given once: an order that comes back takes nothing away, and the next one does not bring it again. It is the
    number of orders that counts, so a receipt that is told late moves no reward to another order.
    """
    if orders in given:
        return False
    return orders > 0 and orders % milestones.every == 0 if milestones.repeats else orders == milestones.every
