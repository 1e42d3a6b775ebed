"""Which branch brings customers who come back, told apart from chance (ENG-10)."""

import pytest

from ritorno.core.repeat_rate import Part, rated


def test_eng_10_the_weakest_of_three_branches_is_flagged_when_the_difference_is_significant() -> None:
    told = rated([Part("Ayalon", 1_000, 250), Part("Haifa", 1_000, 150), Part("Eilat", 1_000, 240)])
    assert [(one.part.name, one.flag) for one in told] == [("Ayalon", "strongest"), ("Eilat", ""), ("Haifa", "weakest")]
    assert told[0].share == pytest.approx(0.25)
    assert told[0].low < told[0].share < told[0].high


def test_eng_10_what_chance_may_have_made_is_not_flagged() -> None:
    told = rated([Part("Ayalon", 60, 15), Part("Haifa", 60, 9), Part("Eilat", 60, 14)])
    assert [one.flag for one in told] == ["", "", ""]


def test_the_more_branches_the_more_it_takes() -> None:
    """A branch that would be weak beside one other is not, beside nineteen."""
    weak, usual = Part("weak", 300, 42), (3_000, 600)
    assert rated([weak, Part("other", *usual)])[-1].flag == "weakest"
    told = rated([weak, *(Part(f"b{number}", usual[0] // 19, usual[1] // 19) for number in range(19))])
    assert [one.flag for one in told if one.flag] == []


def test_one_branch_has_nothing_to_be_compared_with() -> None:
    (alone,) = rated([Part("Ayalon", 10, 2), Part("closed", 0, 0)])
    assert (alone.against, alone.flag) == (None, "")
    assert rated([]) == ()
