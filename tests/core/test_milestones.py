"""Who has bought a few times gets something, once (COM-20)."""

import pytest

from ritorno.core.milestones import Milestones, reached

THIRD, EVERY_THIRD = Milestones(3), Milestones(3, repeats=True)


def lived(milestones: Milestones, most: int) -> list[int]:
    """The orders that bring a reward, as one comes after the other."""
    given: list[int] = []
    for count in range(most + 1):
        if reached(milestones, count, given):
            given.append(count)
    return given


def test_com_20_the_third_order_brings_one_reward_and_the_fourth_none_until_the_sixth_where_it_repeats() -> None:
    assert lived(THIRD, 12) == [3]
    assert lived(EVERY_THIRD, 12) == [3, 6, 9, 12]


def test_what_came_back_does_not_count_and_brings_no_second_reward() -> None:
    assert not reached(THIRD, 2)
    assert reached(THIRD, 3)
    assert not reached(THIRD, 3, {3})  # the third came back, another was bought


def test_there_is_no_zeroth_order() -> None:
    with pytest.raises(ValueError, match="every 0 orders; write a number from 1 on"):
        Milestones(0)
