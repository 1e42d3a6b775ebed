"""Journeys where they are bent: versions that take over, arms that grow, clocks that jump, rounds, late news."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from ritorno.core.customer import NOTHING, About
from ritorno.core.decisions import Enrolled, MessageWanted, VersionMoved
from ritorno.core.events import Custom, Line, SignedUp
from ritorno.core.experiments import choose
from ritorno.core.ids import CustomerId, PlaybookKey
from ritorno.core.instants import Span, Unit, days, hours
from ritorno.core.journeys.about import say_about
from ritorno.core.journeys.check import step_faults
from ritorno.core.journeys.codec import decode
from ritorno.core.journeys.entry import subjects
from ritorno.core.journeys.journey import Entry, Exits, Playbook
from ritorno.core.journeys.step import Audience, Branch, Count, Give, Go, Send, Tag, Wait, WaitFor, Write
from ritorno.core.journeys.told import told
from ritorno.core.journeys.trigger import Happened
from ritorno.core.offers import Offer
from ritorno.core.plan import Plan
from ritorno.core.react import Replanned, react
from ritorno.core.segments.rule import FactIs
from ritorno.core.view import view_of
from ritorno.playbooks import library
from ritorno.testing import Person, at, local, shop
from tests.core.plans import journey, sms

ORDER = Happened("order")
STAYS = Exits(purchase=False)
LATE = Exits(purchase=False, after=days(60))
TWICE = FactIs("ever", ">=", 2)


def tags(person: Person) -> object:
    return person.customer.traits["tags"].value


# --- a version that takes over -------------------------------------------------------------------


def taking_over(old: Playbook, new: Playbook) -> Plan:
    fresh = replace(new, version=2, takes_over=(1,))
    return replace(shop(fresh), versions={(old.key, 1): old, (fresh.key, 2): fresh})


OLD = journey("j", ORDER, Wait("wait", days(3)), Tag("x", "old"), exits=STAYS)
INSIDE = journey(
    "j", ORDER, Branch("b", TWICE, (Wait("wait", days(3)), Tag("in", "inside")), (Tag("out", "outside"),)), exits=STAYS
)


@pytest.mark.parametrize(
    ("old", "new", "moved", "tag"),
    [
        (OLD, journey("j", ORDER, Tag("a", "a"), Wait("wait", days(3)), Tag("x", "new"), exits=STAYS), 1, ["new"]),
        (OLD, INSIDE, 1, ["inside"]),
        (OLD, journey("j", ORDER, Wait("other", days(3)), Tag("y", "new"), exits=STAYS), 0, ["old"]),
    ],
)
def test_a_passage_goes_on_at_the_step_of_its_name_wherever_that_stands_now_and_else_stays(
    old: Playbook, new: Playbook, moved: int, tag: list[str]
) -> None:
    person = Person(shop(old)).buys("2026-03-01T10:00", 100)
    plan = taking_over(old, new)
    reaction = react(person.customer, (Replanned(at("2026-03-02")),), plan, at("2026-03-10"))
    assert len([each for each in reaction.decisions if isinstance(each, VersionMoved)]) == moved
    assert reaction.customer.traits["tags"].value == tag
    assert not any(each.is_open for each in reaction.customer.enrollments)


def test_who_waits_within_a_branch_comes_out_where_the_new_version_says() -> None:
    straight = journey("j", ORDER, Wait("wait", days(5)), Tag("x", "straight"), exits=STAYS)
    person = Person(shop(INSIDE)).buys("2026-02-01T10:00", 100)
    other = Person(shop(replace(INSIDE, entry=Entry("order"))))
    other.buys("2026-02-01T10:00", 100).buys("2026-03-01T10:00", 100)
    assert tags(person) == ["outside"]
    reaction = react(other.customer, (Replanned(at("2026-03-02")),), taking_over(INSIDE, straight), at("2026-03-10"))
    assert reaction.customer.traits["tags"].value == ["outside", "straight"]
    assert local(reaction.customer.traits["tags"].at) == "2026-03-06T10:00:00", "since it reached the step, not anew"


# --- arms ----------------------------------------------------------------------------------------


@given(st.lists(st.integers(1, 9), min_size=2, max_size=4), st.data())
def test_when_one_arm_grows_customers_move_to_it_alone_and_about_as_many_as_it_gains(
    shares: list[int], data: st.DataObject
) -> None:
    """ORC-12: nobody changes between two arms whose shares stand."""
    grown = data.draw(st.integers(0, len(shares) - 1))
    before = {str(place): float(share) for place, share in enumerate(shares)}
    after = before | {str(grown): before[str(grown)] + data.draw(st.integers(1, 9))}
    people = [CustomerId(number) for number in range(400)]
    moved = [who for who in people if choose("j/s", who, before) != choose("j/s", who, after)]
    assert {choose("j/s", who, after) for who in moved} <= {str(grown)}
    gained = after[str(grown)] / sum(after.values()) - before[str(grown)] / sum(before.values())
    assert abs(len(moved) / len(people) - gained) < 0.12


@given(st.lists(st.integers(1, 9), min_size=2, max_size=4), st.integers(2, 9))
def test_the_same_shares_told_in_other_numbers_move_nobody(shares: list[int], times: int) -> None:
    before = {str(place): float(share) for place, share in enumerate(shares)}
    after = {key: share * times for key, share in before.items()}
    assert all(choose("j/s", CustomerId(n), before) == choose("j/s", CustomerId(n), after) for n in range(100))


# --- time ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wait", "bought", "over"),
    [
        (Wait("w", days(1), at="02:30"), "2026-03-26T01:00", "2026-03-27T03:00:00"),  # there is no 02:30 that night
        (Wait("w", days(1)), "2026-03-26T10:00", "2026-03-27T10:00:00"),
        (Wait("w", hours(24)), "2026-03-26T10:00", "2026-03-27T11:00:00"),
        (Wait("w", at="01:30"), "2026-10-25T00:10", "2026-10-25T01:30:00"),  # it comes twice: the first
        (Wait("w", on=("sun", "mon")), "2026-03-01T10:00", "2026-03-01T10:00:00"),
        (Wait("w", on=("tue",)), "2026-03-01T10:00", "2026-03-03T00:00:00"),
        (Wait("w", at="09:00", on=("tue",)), "2026-03-01T10:00", "2026-03-03T09:00:00"),
    ],
)
def test_waits_over_the_nights_in_which_the_clock_jumps(wait: Wait, bought: str, over: str) -> None:
    person = Person(shop(journey("j", ORDER, wait, Tag("x", "x"), exits=STAYS))).buys(bought, 100)
    person.lives_until("2026-12-01")
    assert local(person.customer.traits["tags"].at) == over


def test_what_is_waited_for_counts_by_when_it_happened_and_once() -> None:
    playbook = journey(
        "j", ORDER, WaitFor("quiz", days(5), event=Happened("quiz"), then=(Tag("yes", "yes"),),
                            otherwise=(Tag("no", "no"),)), exits=STAYS,
    )  # fmt: skip
    late = Person(shop(playbook)).buys("2026-03-01T10:00", 100)
    late.does(Custom("quiz"), "2026-03-05T10:00", known="2026-03-09T10:00")
    assert tags(late) == ["no"], "it was told when the time was over"
    before = Person(shop(playbook)).buys("2026-03-01T10:00", 100)
    before.does(Custom("quiz"), "2026-02-20T10:00", known="2026-03-02T10:00")
    before.does(Custom("quiz"), "2026-03-03T10:00", known="2026-03-04T10:00")
    before.does(Custom("quiz"), "2026-03-02T10:00", known="2026-03-05T10:00")
    assert tags(before) == ["yes"]
    assert local(before.customer.traits["tags"].at) == "2026-03-04T10:00:00"


# --- rounds --------------------------------------------------------------------------------------


def test_a_reminder_on_a_later_round_speaks_of_the_code_that_was_sent_before_it() -> None:
    """PB2-14: the code of the first round lives; what reminds of it goes round and round."""
    offer = Offer(kind="per_cent", value=1000, lives=Span(20))
    playbook = journey(
        "j", ORDER, Send("code", (sms("[AD] {{ offer.code }} {{ link }} [OUT]"),), with_offer=True),
        Wait("week", days(7)), Send("remind", (sms("[AD] {{ offer.code }} {{ link }} [OUT]"),), same_code=True),
        Go("again", "week"), exits=LATE, offer=offer,
    )  # fmt: skip
    person = Person(shop(playbook)).consents("sms").buys("2026-03-01T12:00", 100).lives_until("2026-04-20")
    fates = [(each.message.step, local(each.sent_at)[:10] if each.sent_at else "") for each in person.messages]
    assert fates[:4] == [("code", "2026-03-01"), ("remind", "2026-03-08"), ("remind", "2026-03-15"), ("remind", "")]
    assert len({each.message.id for each in person.messages}) == len(person.messages)


def test_going_round_wants_each_message_once_a_round() -> None:
    playbook = journey("j", ORDER, Wait("w", days(7)), Send("s", (sms(),)), Go("again", "w"), exits=LATE)
    person = Person(shop(playbook)).consents("sms").buys("2026-03-01T12:00", 100).lives_until("2026-06-01")
    wanted = [each.message for each in person.life.decisions if isinstance(each, MessageWanted)]
    assert len(wanted) == len({*wanted}) == 8


# --- what is entered for -------------------------------------------------------------------------


def test_the_same_product_twice_in_an_order_is_one_passage_and_what_is_none_is_none() -> None:
    playbook = journey("j", ORDER, Wait("w", days(1)), exits=STAYS, entry=Entry("line"))
    lines = (Line("PADS"), Line("PADS", quantity=3), Line("", "gift wrap"))
    person = Person(shop(playbook)).buys("2026-03-01T10:00", 100, order="a", lines=lines)
    assert [each.about.sku for each in person.customer.enrollments] == ["PADS"]
    more = (*lines, Line("CREAM"))
    person.buys("2026-03-01T11:00", 120, order="a", lines=more)
    assert [each.about.sku for each in person.customer.enrollments] == ["PADS"], "told again it is no event"


def test_a_cart_cannot_be_entered_for_by_hand() -> None:
    cart = journey("j", Happened("cart"), Wait("w", days(1)), entry=Entry("event", by="cart_id"))
    plan = shop(cart)
    assert subjects(cart, view_of(Person(plan).customer, plan, at("2026-03-01")), None) == []


def test_the_first_ever_is_known_even_where_behaviour_has_been_forgotten() -> None:
    playbook = journey("j", Happened("quiz", first=True), Tag("x", "x"), exits=STAYS)
    person = Person(shop(playbook)).does(Custom("quiz"), "2023-01-01").does(SignedUp(), "2025-01-01")
    assert person.customer.counters == {"quiz": 1}
    person.does(Custom("quiz"), "2025-01-02")
    assert len([each for each in person.life.decisions if isinstance(each, Enrolled)]) == 1


def test_an_audience_that_nobody_holds_is_left_without_a_word() -> None:
    playbook = journey("j", ORDER, Audience("out", "buyers", leave=True), exits=STAYS)
    assert Person(shop(playbook)).buys("2026-03-01", 100).customer.audiences == {}


def test_what_a_passage_is_about_is_said_in_a_few_words() -> None:
    assert say_about(NOTHING) == ""
    assert say_about(About("shop\x0088", "PADS", "pads", beneficiary="father")) == "PADS, father, 88"
    assert say_about(About("", "", "pads", "7")) == "pads, 7"


def test_a_fact_that_asks_its_own_way_is_written() -> None:
    steps = Write("w", "tier", fact="stage"), Write("a", "trend", fact="gap_trend"), Count("c", "n")
    playbook = journey("j", ORDER, *steps, exits=STAYS, entry=Entry("order"))
    person = (
        Person(shop(playbook))
        .buys("2026-03-01", 100)
        .buys("2026-03-02", 100)
        .buys("2026-03-05", 50)
        .buys("2026-03-12", 50)
    )
    assert person.customer.traits["tier"].value is not None
    assert isinstance(person.customer.traits["trend"].value, float)


def test_every_fault_of_a_journey_is_said_at_once_and_no_rule_is_none() -> None:
    empty = journey("j", ORDER, exits=STAYS)
    assert list(step_faults(empty)) == ["steps: there are none, so it does nothing"]
    data = library.read("counters")
    data["exits"] = {**data.get("exits", {}), "goal": None}
    assert decode(data).exits.goal is None
    assert list(step_faults(journey("j", ORDER, Give("g", 5), exits=STAYS))) == []
    assert told(decode(data))["key"] == PlaybookKey("counters")
    assert Span(1, Unit.DAYS) == days(1)
