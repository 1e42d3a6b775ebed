"""Which purchase brings a reward: the third one, or every third (COM-20)."""

from collections.abc import Collection, Iterable

import msgspec

from ritorno.core.customer import Order


class Milestones(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The `every`-th order that counts; `repeats`: every so many orders again. Raises ValueError below 1."""

    every: int
    repeats: bool = False

    def __post_init__(self) -> None:
        if self.every < 1:
            raise ValueError(f"every {self.every} orders; write a number from 1 on")


def due(milestones: Milestones, orders: Iterable[Order], given: Collection[int]) -> tuple[int, ...]:
    """The milestones that are reached and were not rewarded yet, by their number of orders: (3,), later (6,).

    Each is rewarded once: an order that comes back does not take the reward, and the next one does not bring it again.
    It is the number of orders that counts, so a receipt that is told late moves no reward to another order.
    """
    counted = sum(order.counts for order in orders)
    last = counted if milestones.repeats else min(counted, milestones.every)
    return tuple(each for each in range(milestones.every, last + 1, milestones.every) if each not in given)
