"""Scores as people see them: from raw values, by stored cuts, at exact instants (SCO-01 to SCO-09)."""

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritorno.core.decisions import Enrolled, GroupMoved, ScoreMoved
from ritorno.core.events import SoldVia
from ritorno.core.ids import SegmentKey
from ritorno.core.instants import DAY, Instant
from ritorno.core.journeys.journey import Entry, Exits, Playbook
from ritorno.core.journeys.step import Wait
from ritorno.core.journeys.trigger import Moved
from ritorno.core.journeys.way import Words
from ritorno.core.plan import Segment
from ritorno.core.scores.rfm import group_key
from ritorno.core.segments.rule import All, GroupIs
from ritorno.playbooks.library import load
from ritorno.testing import Person, at, held_out_of, local, shop

NOW = "2026-03-01T10:00"


def bought(days: Iterable[int], shekels: float, *, number: int = 7) -> Person:
    """A customer with orders so many days ago that come to so much together."""
    ages = sorted(days, reverse=True)
    person = Person(shop(), number=number)
    for age in ages:
        person.buys(local(Instant(at(NOW) - age * DAY)), shekels / len(ages))
    return person.lives_until(NOW)


@pytest.mark.parametrize(
    ("days", "shekels", "cell"),
    [((5, 20, 50, 80), 1_500, 333), ((45, 80), 600, 222), ((120,), 100, 111), ((120, 200, 300), 1_500, 133)],
)
def test_sco_01_raw_values_and_stored_cuts_make_the_cell(days: tuple[int, ...], shekels: float, cell: int) -> None:
    person = bought(days, shekels)
    assert person.cell == cell
    assert (person.customer.scores.orders, person.customer.scores.spend) == (len(days), round(shekels * 100))


@given(st.permutations([5, 20, 50, 80]))
def test_sco_01_the_order_of_rows_changes_no_score(days: list[int]) -> None:
    person = Person(shop())
    for age in days:
        person.buys(local(Instant(at(NOW) - age * DAY)), 375, known=NOW, history=True)
    assert person.customer.scores == bought(days, 1_500).customer.scores


def test_sco_02_spend_is_net_and_leaves_after_24_months_to_the_instant() -> None:
    person = Person(shop()).buys("2025-01-10T09:30", 900, order="o1").buys("2025-02-01T10:00", 500)
    person.is_refunded("o1", "2025-02-05T10:00", 300)
    assert (person.customer.scores.spend, person.customer.scores.m) == (110_000, 2)
    person.is_refunded("o1", "2025-02-06T10:00", 300, void=True)
    assert (person.customer.scores.spend, person.customer.scores.m) == (140_000, 3)
    person.lives_until("2027-01-10T09:29:59")
    assert person.customer.scores.spend == 140_000
    person.lives_until("2027-01-10T09:30")
    assert (person.customer.scores.spend, person.customer.scores.m, person.customer.scores.orders) == (50_000, 2, 1)
    moves = [each for each in person.life.decisions if isinstance(each, ScoreMoved) and each.axis != "r"]
    assert [(each.axis, local(each.at), each.cause) for each in moves[-2:]] == [
        ("f", "2027-01-10T09:30:00", "left the window of 24 months"),
        ("m", "2027-01-10T09:30:00", "left the window of 24 months"),
    ]
    person.lives_until("2027-03-01")
    assert person.cell == 111, "who bought is in a cell for good"


def test_sco_03_cancelled_and_free_orders_are_no_occasion() -> None:
    person = Person(shop()).buys("2026-02-01", 200).buys("2026-02-02", 300, cancelled=True).buys("2026-02-03", 0)
    assert (person.customer.scores.orders, person.cell) == (1, 311)


def test_sco_04_a_receipt_moves_233_to_333_before_any_journey_decides() -> None:
    moved = Playbook(
        load("PB2").key, 1, Words("", ""), Words("", ""), GroupIs(("stars",)), Moved("r", 3), (), Exits(),
        Words("", ""), entry=Entry("event"),
    )  # fmt: skip
    person = Person(shop(moved))
    for day in ("2025-09-01", "2025-10-01", "2026-01-15"):
        person.buys(f"{day}T10:00", 800)
    person.lives_until("2026-03-02T12:00")
    assert person.cell == 233
    person.buys("2026-03-02T12:00", 600, sold_via=SoldVia.POS)
    decided = person.life.decisions[-4:]
    assert [type(each).__name__ for each in decided] == ["ScoreMoved", "GroupMoved", "Enrolled", "Ended"]
    assert {each.at for each in decided} == {at("2026-03-02T12:00")}
    assert (person.cell, person.customer.scores.version) == (333, 1)


def test_sco_05_across_the_night_the_clock_changes_r_falls_at_the_same_hour() -> None:
    person = Person(shop())
    for day in ("2025-11-10", "2025-12-10", "2026-01-10"):
        person.buys(f"{day}T14:05", 800)
    person.lives_until("2026-04-10T14:04:59.999999")
    assert person.cell == 233
    told = len(person.life.decisions)
    person.lives_until("2026-04-10T14:05:00")
    assert person.cell == 133
    (move, group) = person.life.decisions[told:]
    assert isinstance(move, ScoreMoved)
    assert (move.axis, move.before, move.after, move.cause) == ("r", 2, 1, "elapsed 90 days")
    assert isinstance(group, GroupMoved)
    assert (group.before, group.after) == ("cooling", "risk")


def test_sco_07_ninety_days_to_the_second_belong_to_the_later_state() -> None:
    person = Person(shop()).buys("2025-06-01T12:00", 100).lives_until("2025-07-01T11:59:59")
    assert person.customer.scores.r == 3
    assert person.lives_until("2025-07-01T12:00:00").customer.scores.r == 2
    assert person.lives_until("2025-08-30T11:59:59").customer.scores.r == 2
    assert person.lives_until("2025-08-30T12:00:00").customer.scores.r == 1


def test_sco_08_exactly_those_who_move_from_3_to_2_enter() -> None:
    """Of 100 customers in one day 7 move R3→R2, 2 move R2→R1 and 3 come back."""
    key = load("PB2").key
    watch = Playbook(
        key, 1, Words("", ""), Words("", ""), All(()), Moved("r", 2, 3), (Wait("w", load("PB2").bought_within),),
        Exits(), Words("", ""), holdout=0,
    )  # fmt: skip
    ages = {**dict.fromkeys(range(7), 29), 7: 89, 8: 89, **dict.fromkeys(range(9, 12), 200)}
    entered = 0
    for number in range(100):
        person = Person(shop(watch), number=number)
        person.buys(local(Instant(at(NOW) - ages.get(number, 10) * DAY)), 100, history=True).lives_until(NOW)
        before = sum(isinstance(each, Enrolled) for each in person.life.decisions)
        if number in (9, 10, 11):
            person.buys("2026-03-01T18:00", 100)
        person.lives_until("2026-03-02T10:00")
        entered += sum(isinstance(each, Enrolled) for each in person.life.decisions) - before
    assert entered == 7


def test_seg_04_who_is_at_risk() -> None:
    cells = ("133", "132", "123", "122", "113", "111")
    assert [cell for cell in cells if group_key(int(cell)) == "risk"] == ["133", "132", "123", "122"]
    spend = {"3": 1_500, "2": 600, "1": 100}
    risk = Segment(SegmentKey("risk"), 1, Words("בסיכון", "At risk"), GroupIs(("risk",)))
    inside = []
    for cell in cells:
        person = Person(shop(segments=(risk,)))
        for index in range(int(cell[1])):
            person.buys(f"2025-0{index + 1}-01T10:00", spend[cell[2]] / int(cell[1]))
        person.lives_until(NOW)
        assert str(person.cell) == cell
        inside += [cell] if person.customer.memberships else []
    assert inside == ["133", "132", "123", "122"]


def test_pb2_12_a_purchase_ends_the_membership_the_same_instant() -> None:
    risk = Segment(SegmentKey("risk"), 1, Words("בסיכון", "At risk"), GroupIs(("risk",)))
    person = Person(shop(held_out_of(load("PB2"), 0), segments=(risk,))).consents("sms")
    for day in ("2025-09-01", "2025-10-01", "2025-12-02"):
        person.buys(f"{day}T14:05", 800)
    person.lives_until("2026-03-03")
    assert person.customer.memberships == {"risk": at("2026-03-02T14:05")}
    person.buys("2026-03-03T17:59:50", 100, sold_via=SoldVia.POS)
    assert person.customer.memberships == {}
    assert {local(each.at) for each in person.life.decisions[-4:]} == {"2026-03-03T17:59:50"}
