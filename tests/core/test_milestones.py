"""Who has bought a few times gets something, once (COM-20)."""

import pytest

from ritorno.core.customer import Order
from ritorno.core.events import SoldVia
from ritorno.core.ids import EventId
from ritorno.core.instants import Instant
from ritorno.core.milestones import Milestones, due

THIRD, EVERY_THIRD = Milestones(3), Milestones(3, repeats=True)


def orders(count: int, returned: int = 0) -> list[Order]:
    nets = [0] * returned + [100] * count
    return [
        Order(
            Instant(day),
            "shop",
            str(day),
            100,
            net,
            SoldVia.POS,
            "",
            "ILS",
            0,
            0,
            False,
            (),
            Instant(day),
            EventId(day),
        )
        for day, net in enumerate(nets)
    ]


def lived(milestones: Milestones, most: int) -> list[int]:
    """The orders that bring a reward, as one comes after the other."""
    given: list[int] = []
    brought = []
    for count in range(most + 1):
        reached = due(milestones, orders(count), given)
        given += reached
        brought += [count] * len(reached)
    return brought


def test_com_20_the_third_order_brings_one_reward_and_the_fourth_none_until_the_sixth_where_it_repeats() -> None:
    assert lived(THIRD, 12) == [3]
    assert lived(EVERY_THIRD, 12) == [3, 6, 9, 12]


def test_what_came_back_does_not_count_and_brings_no_second_reward() -> None:
    assert due(THIRD, orders(2, returned=1), ()) == ()
    assert due(THIRD, orders(3, returned=1), ()) == (3,)
    assert due(THIRD, orders(3, returned=1), (3,)) == ()


def test_orders_told_at_once_bring_every_reward_they_reach() -> None:
    assert due(EVERY_THIRD, orders(7), ()) == (3, 6)


def test_there_is_no_zeroth_order() -> None:
    with pytest.raises(ValueError, match="every 0 orders; write a number from 1 on"):
        Milestones(0)
