"""Customers of the demo stores answer playbooks by the planted truth, the same whenever they are asked."""

from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritorno.core.customer import Customer
from ritorno.core.folding import fold
from ritorno.core.identifiers import Kind, normalise
from ritorno.core.ids import CustomerId
from ritorno.core.instants import DAY
from ritorno.core.lift import difference_of_shares
from ritorno.demo.response import CHAIN_EFFECTS, SENIORS_EFFECTS, as_event, effect_of, respond
from ritorno.testing import at

EFFECTS = (*CHAIN_EFFECTS, *SENIORS_EFFECTS)
NOW = at("2026-03-01T10:00")
PEOPLE = [CustomerId(number * 7_919) for number in range(20_000)]


def test_the_planted_effects_are_those_of_the_demo_stores() -> None:
    """product.md §7, known truth."""
    assert {(one.playbook, one.left_alone, one.reached) for one in EFFECTS} == {
        ("PB2", 0.08, 0.14), ("PB3", 0.14, 0.22), ("no_effect", 0.08, 0.08), ("replenish", 0.52, 0.61),
        ("upsell", 0.03, 0.05),
    }  # fmt: skip
    assert {one.playbook: one.days for one in EFFECTS} == {
        "PB2": 30, "PB3": 60, "no_effect": 30, "replenish": 5, "upsell": 30,
    }  # fmt: skip


@pytest.mark.parametrize("playbook", [one.playbook for one in EFFECTS])
@pytest.mark.parametrize("arm", ["treated", "holdout"])
def test_as_many_buy_as_planted_each_within_the_days(playbook: str, arm: str) -> None:
    planted = effect_of(playbook)
    answers = [answer for who in PEOPLE if (answer := respond(playbook, who, arm, NOW)) is not None]
    share = planted.reached if arm == "treated" else planted.left_alone
    assert len(answers) / len(PEOPLE) == pytest.approx(share, abs=4 * (share * (1 - share) / len(PEOPLE)) ** 0.5)
    assert all(NOW < one.at < NOW + planted.days * DAY for one in answers)
    late = sum(one.at - NOW > planted.days * DAY / 2 for one in answers) / len(answers)
    assert late == pytest.approx(0.5, abs=0.08)
    usual = 19_000 if planted in SENIORS_EFFECTS else 29_000
    assert median(one.total for one in answers) == pytest.approx(usual, rel=0.12)
    assert all(one.total > 0 and one.total % 10 == 0 for one in answers)


@given(st.sampled_from(EFFECTS), st.integers(1, 2**62), st.integers(0, 10**9))
def test_who_buys_though_left_alone_buys_the_same_when_reached(effect: object, who: int, later: int) -> None:
    """The arms differ by the planted effect alone; the answer moves with the entry and with nothing else."""
    playbook = getattr(effect, "playbook", "")
    alone = respond(playbook, CustomerId(who), "holdout", NOW)
    reached = respond(playbook, CustomerId(who), "treated", NOW)
    assert respond(playbook, CustomerId(who), "treated", NOW) == reached
    if alone is not None:
        assert reached == alone
    if reached is not None:
        moved = respond(playbook, CustomerId(who), "treated", type(NOW)(NOW + later))
        assert moved is not None
        assert (moved.at - reached.at, moved.total) == (later, reached.total)


def test_answers_to_two_playbooks_have_nothing_to_do_with_each_other() -> None:
    both = sum(
        respond("replenish", who, "holdout", NOW) is not None and respond("PB3", who, "holdout", NOW) is not None
        for who in PEOPLE
    )
    assert both / len(PEOPLE) == pytest.approx(0.52 * 0.14, abs=0.008)


@pytest.mark.parametrize("playbook", [one.playbook for one in EFFECTS])
def test_what_is_measured_of_a_store_covers_the_truth(playbook: str) -> None:
    """ORC-12: of 100 stores of 1,000 treated and 1,000 held out, the 95 % interval covers it in 93 and more."""
    planted = effect_of(playbook)
    truth, covered, seen = planted.reached - planted.left_alone, 0, 0
    for store in range(100):
        people = [CustomerId(store * 2_000 + number) for number in range(2_000)]
        bought = {
            arm: sum(respond(playbook, who, arm, NOW) is not None for who in half)
            for arm, half in (("treated", people[:1_000]), ("holdout", people[1_000:]))
        }
        measured = difference_of_shares(bought["treated"], 1_000, bought["holdout"], 1_000)
        assert measured is not None
        covered += measured.low <= truth <= measured.high
        seen += measured.is_conclusive
    assert covered >= 91  # 93 are promised of the measure; 91 is that with what chance may take of a hundred
    assert (seen > 20) if truth else (seen <= 9)


def test_an_answer_is_told_as_an_order_of_the_customer() -> None:
    """The product takes it in as any other order, once."""
    who = next(each for each in PEOPLE if respond("PB3", each, "treated", NOW) is not None)
    answer = respond("PB3", who, "treated", NOW)
    assert answer is not None
    phone = (normalise(Kind.PHONE, "052-1234561"),)
    event = as_event(answer, "PB3", who, phone)
    assert event == as_event(answer, "PB3", who, phone)
    assert event.identifiers == phone
    customer = Customer(who)
    fold(customer, event)
    fold(customer, event)
    (order,) = customer.orders
    assert (order.total, order.occurred_at, order.counts) == (answer.total, answer.at, True)


def test_a_playbook_or_arm_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match=r"no effect of 'PB9' is planted; there are: PB2, PB3"):
        respond("PB9", CustomerId(1), "treated", NOW)
    with pytest.raises(ValueError, match="the arm is 'b'; it is treated or holdout"):
        respond("PB2", CustomerId(1), "b", NOW)
