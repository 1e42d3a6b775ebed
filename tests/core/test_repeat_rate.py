"""Which branch brings customers who come back, told apart from chance (ENG-10)."""

import pytest

from ritorno.core.events import Line
from ritorno.core.instants import Instant, zone
from ritorno.core.repeat_rate import Part, came_again, first_category, rated
from ritorno.testing import Person, at, shop

JERUSALEM = zone("Asia/Jerusalem")


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


def test_eng_10_the_category_of_a_first_order_is_what_most_was_paid_for() -> None:
    """Two socks of ₪30 are more than a shirt of ₪50; what has no category is none."""
    lines = (Line("a", category="shirts", unit_price=5_000), Line("b", category="socks", quantity=2, unit_price=3_000),
             Line("c", unit_price=99_000))  # fmt: skip
    person = Person(shop()).buys("2025-10-01", 1_100, lines=lines).buys("2025-10-02", 10)
    assert [first_category(order) for order in person.customer.orders] == ["socks", ""]
    even = (Line("a", category="shoes", unit_price=5_000), Line("b", category="bags", unit_price=5_000))
    (order,) = Person(shop()).buys("2025-10-01", 100, lines=even).customer.orders
    assert first_category(order) == "bags"


def test_eng_10_again_is_within_whole_days_of_the_wall_clock() -> None:
    """From 1 October to 30 December the clock went back an hour: the day after is still the 90th."""
    first, now = "2025-10-01T12:00", at("2026-03-01")
    for second, again in (("2025-12-30T11:59", True), ("2025-12-30T12:00", False)):
        orders = Person(shop()).buys(first, 10).buys(second, 10).customer.orders
        assert came_again(orders, 90, now, JERUSALEM) is again
    alone = Person(shop()).buys(first, 10).customer.orders
    through = at("2025-12-30T12:00")
    assert came_again(alone, 90, Instant(through - 1), JERUSALEM) is None
    assert came_again(alone, 90, through, JERUSALEM) is False
