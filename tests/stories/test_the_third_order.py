"""Every third order brings one code: what comes back brings no second one (COM-20)."""

from ritorno.playbooks.library import load
from ritorno.testing import Person, held_out_of, shop


def rewards(person: Person) -> list[int]:
    """After how many orders each reward was begun."""
    return [int(each.about.thing) for each in person.customer.enrollments if each.playbook == "reward"]


def test_com_20_the_third_order_brings_one_and_the_fourth_none_until_the_sixth() -> None:
    dana = Person(shop(held_out_of(load("reward"), 0))).consents("sms")
    for number in range(1, 8):
        dana.buys(f"2026-03-{number:02}T10:00", 100, order=f"o{number}")
    dana.lives_until("2026-03-20")
    assert rewards(dana) == [3, 6]


def test_com_20_a_third_order_that_came_back_is_not_rewarded_again() -> None:
    dana = Person(shop(held_out_of(load("reward"), 0))).consents("sms")
    for number in (1, 2, 3):
        dana.buys(f"2026-03-{number:02}T10:00", 100, order=f"o{number}")
    dana.lives_until("2026-03-08")
    dana.is_refunded("o3", "2026-03-09").buys("2026-03-10T10:00", 100, order="o4")
    assert rewards(dana) == [3]
