"""A changed plan is settled before anything is answered under it, even where no replan has come to a customer yet."""

import pytest
from msgspec.structs import replace

from ritorno.core.customer import Customer
from ritorno.core.decisions import AnyDecision, Enrolled, ScoreMoved
from ritorno.core.events import Event, OrderTold, SoldVia, TraitsTold
from ritorno.core.ids import SegmentKey
from ritorno.core.instants import days
from ritorno.core.journeys.journey import Entry, Exits
from ritorno.core.journeys.step import Tag
from ritorno.core.journeys.trigger import BecameTrue, JoinedSegment, Moved
from ritorno.core.plan import Plan, Segment
from ritorno.core.react import Replanned, react
from ritorno.core.segments.rule import Bought, FactIs, Not
from ritorno.testing import Person, at, shop
from tests.core.plans import journey, words

BEFORE = shop()
THIRD = FactIs("ever", ">=", 3)
THRICE = journey("t", BecameTrue(THIRD), Tag("x", "x"), exits=Exits(purchase=False), entry=Entry("event"))
REGULARS = Segment(SegmentKey("regulars"), 1, words("regulars"), THIRD)
WELCOMED = journey("w", JoinedSegment("regulars"), Tag("x", "x"), exits=Exits(purchase=False), entry=Entry("event"))
AFTER = [shop(THRICE), shop(WELCOMED, segments=(REGULARS,))]


def bought(times: int) -> Customer:
    person = Person(BEFORE)
    for day in range(1, times + 1):
        person.buys(f"2026-03-{day:02}T10:00", 100)
    return person.customer


def an_order(day: int) -> Event:
    """One more, on that day of March."""
    body = OrderTold(f"o{day}", 10_000, "ILS", SoldVia.ONLINE)
    return Person(BEFORE).event(body, at(f"2026-03-{day:02}T10:00"))


def entered(decided: tuple[AnyDecision, ...]) -> list[Enrolled]:
    return [each for each in decided if isinstance(each, Enrolled)]


@pytest.mark.parametrize("plan", AFTER)
def test_who_fits_already_does_not_enter_with_the_next_order(plan: Plan) -> None:
    reaction = react(bought(3), (an_order(9),), plan, at("2026-03-10"))
    assert entered(reaction.decisions) == []
    assert reaction.customer.asked == plan.fingerprint


@pytest.mark.parametrize("plan", AFTER)
def test_whom_the_order_itself_makes_fit_enters_with_it(plan: Plan) -> None:
    (enrolled,) = entered(react(bought(2), (an_order(9),), plan, at("2026-03-10")).decisions)
    assert (enrolled.at, enrolled.cause) == (at("2026-03-09T10:00"), "order")


def test_who_fits_already_does_not_enter_by_time_alone_and_whom_time_makes_fit_does() -> None:
    """The last order is of 3 March; R falls to 2 ninety days later: then she is due, and asked."""
    still, quiet = BecameTrue(Bought(within=days(200))), BecameTrue(Not(Bought(within=days(90))))
    for trigger, times in ((still, 0), (quiet, 1)):
        plan = shop(journey("q", trigger, Tag("x", "x"), exits=Exits(purchase=False), entry=Entry("event")))
        customer = bought(3)
        reaction = react(customer, (), plan, at("2026-06-20"))
        assert len(entered(reaction.decisions)) == times
        assert [each.at for each in entered(reaction.decisions)] == [at("2026-06-01T10:00")] * times


def test_a_pause_and_what_comes_after_it_lets_nobody_in_who_fitted_before() -> None:
    running = AFTER[0]
    customer = react(bought(3), (Replanned(at("2026-03-04")),), running, at("2026-03-04")).customer
    assert list(customer.memberships) == ["when:t"]
    paused = react(customer, (an_order(5),), BEFORE, at("2026-03-05T11:00")).customer
    assert paused.memberships == {}
    again = react(paused, (an_order(9),), running, at("2026-03-10"))
    assert entered(again.decisions) == []
    assert (list(again.customer.memberships), again.customer.segments) == (["when:t"], {})


def test_sco_12_new_cuts_enroll_nobody_whatever_comes_first_unless_they_are_to_be_treated_as_moves() -> None:
    cooled = journey("c", Moved("r", 2, 3), Tag("x", "x"), exits=Exits(purchase=False))
    plan = shop(cooled)
    narrower = replace(plan, scheme=replace(plan.scheme, version=2, recency=(days(7), days(14))))
    customer = react(bought(1), (Replanned(at("2026-03-02")),), plan, at("2026-03-02")).customer
    told = Person(BEFORE).event(TraitsTold({"city": "חיפה"}), at("2026-03-11T10:00"))
    for treated, times in ((False, 0), (True, 1)):
        changed = replace(narrower, enrolls_moved=treated)
        reaction = react(customer, (told,), changed, at("2026-03-12"))
        assert [each.cause for each in reaction.decisions if isinstance(each, ScoreMoved)] == ["replan"]
        assert len(entered(reaction.decisions)) == times


def test_a_replan_that_comes_late_settles_what_was_due_before_it_in_its_own_way() -> None:
    """Due on 5 March by time alone, replanned on the 10th: what the change moved enters nothing in between."""
    week = Segment(SegmentKey("week"), 1, words("week"), Bought(within=days(4)))
    customer = react(bought(3), (Replanned(at("2026-03-04")),), shop(segments=(week,)), at("2026-03-04")).customer
    plan = shop(THRICE, segments=(week,))
    reaction = react(customer, (Replanned(at("2026-03-10"), "thrice"),), plan, at("2026-03-10"))
    assert entered(reaction.decisions) == []
    assert list(reaction.customer.memberships) == ["when:t"]
