"""Two who were taken for one, apart again: each as if it had never been (DAT-03)."""

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from ritorno.core.customer import Contact, Customer, encode_customer
from ritorno.core.decisions import Ended, MessageWanted, ScoreMoved, SegmentEntered, SegmentLeft, TraitWritten
from ritorno.core.events import (
    Body,
    Custom,
    Event,
    Line,
    MessageTold,
    OrderTold,
    RefundTold,
    SoldVia,
    TraitsTold,
    happened,
)
from ritorno.core.folding import fold
from ritorno.core.identifiers import Identifier, Kind, normalise
from ritorno.core.ids import CustomerId, MessageId, PlaybookKey
from ritorno.core.instants import DAY, HOUR, Instant
from ritorno.core.merge import merge
from ritorno.core.plan import Plan
from ritorno.core.react import Reaction, Replanned, react
from ritorno.core.trait_history import PLAYBOOK
from ritorno.core.unmerge import divide, moved_back, recorded, relive, told_since, unlogged, without_orders_of
from ritorno.playbooks.library import load
from ritorno.testing import Person, at, held_out_of, shop
from tests.core.histories import events, lives, told_part
from tests.core.plans import plans

PHONE, MAIL, CARD, DEVICE = (
    normalise(Kind.PHONE, "0521234567"),
    normalise(Kind.EMAIL, "dana@x.co.il"),
    normalise(Kind.CLUB_CARD, "17", namespace="club"),
    normalise(Kind.DEVICE, "d-1"),
)
CHURN_SHIELD = held_out_of(load("PB2"), 0)
LATE = at("2027-02-01")


def lived(told: list[Event], plan: Plan, now: Instant, number: int) -> Customer:
    return react(Customer(CustomerId(number)), told, plan, now).customer


@settings(max_examples=40)
@given(lives(), lives(), plans(), st.integers(0, 400))
def test_dat_03_with_nothing_in_between_both_documents_are_restored_byte_for_byte(
    mine: list[Event], theirs: list[Event], plan: Plan, gap: int
) -> None:
    now = Instant(at("2025-06-01") + gap * DAY)
    mine, theirs = ([each for each in told if each.received_at <= now] for told in (mine, theirs))
    one, other = lived(mine, plan, now, 1), lived(theirs, plan, now, 2)
    held = react(merge(one, other), (Replanned(now, "merge"),), plan, now).customer
    for side in (one, other):
        back = recorded(relive(side, (), (), (), plan, now), held)
        asked = react(side, (Replanned(now, "unmerge"),), replace(plan, running=()), now).customer
        assert encode_customer(back.customer) == encode_customer(asked), "but for when its segments are asked again"
        assert back.decisions == ()


@settings(max_examples=40)
@given(lives(), events(most=6), plans())
def test_a_side_lives_on_as_if_it_had_never_merged_but_enters_nothing(
    mine: list[Event], since: list[Event], plan: Plan
) -> None:
    merged_at = max(each.received_at for each in mine)
    since = [
        happened(
            "later", each.message_id, each.body, occurred_at=each.occurred_at, identifiers=each.identifiers,
            received_at=max(each.received_at, merged_at), traits=each.traits,
        )
        for each in since
    ]  # fmt: skip
    since = sorted(since, key=lambda each: each.received_at)
    one = lived(mine, plan, merged_at, 1)
    back = relive(one, since, (), (), plan, LATE)
    quiet = replace(plan, running=())
    never = lived([*mine, *since], quiet, LATE, 1)
    never = react(never, (Replanned(LATE, "unmerge"),), quiet, LATE).customer  # what is forgotten by then is forgotten
    assert told_part(back.customer) == told_part(never)
    assert back.customer.scores == never.scores
    assert back.customer.memberships == never.memberships
    assert [each.id for each in back.customer.enrollments] == [each.id for each in one.enrollments]


@settings(max_examples=40)
@given(lives())
def test_what_a_side_knew_when_it_merged_changes_nothing_when_it_is_told_again(mine: list[Event]) -> None:
    mine = [each for each in mine if each.received_at <= LATE]
    one = lived(mine, shop(), LATE, 1)
    late = told_since(mine, (one,), LATE, Instant(LATE - 400 * DAY))
    known = (
        {each.event for each in one.orders} | {each.event for each in one.consents} | {each.event for each in one.did}
    )
    assert not known.intersection(each.id for each in late)
    again = one.draft()
    for event in late:
        fold(again, event)
    assert told_part(again) == told_part(one)


def told(body: Body, *identifiers: Identifier, when: str = "2026-03-02", number: str = "e", source: str = "s") -> Event:
    return happened(source, number, body, occurred_at=at(when), received_at=at(when), identifiers=identifiers)


def bought(order: str, *identifiers: Identifier, when: str, source: str = "s") -> Event:
    body = OrderTold(order, 60_000, "ILS", SoldVia.POS)
    return told(body, *identifiers, when=when, number=order, source=source)


def sides() -> tuple[Customer, Customer]:
    """A till's customer known by phone and card, a site's by phone and e-mail."""
    plan, now = shop(), at("2026-03-01")
    one = lived([bought("t1", PHONE, CARD, when="2026-01-01")], plan, now, 1)
    return one, lived([bought("w1", PHONE, MAIL, when="2026-02-01")], plan, now, 2)


def parted(*since: Event, messages: dict[MessageId, bool] | None = None) -> tuple[list[str], list[str]]:
    ours, theirs = divide(since, *sides(), messages or {})
    return [each.message_id for each in ours], [each.message_id for each in theirs]


def test_an_order_one_side_has_decides_before_any_identifier() -> None:
    refunds = [told(RefundTold(order, "r"), CARD, number=f"r {order}") for order in ("w1", "t1", "new")]
    assert parted(*refunds) == (["r t1", "r new"], ["r w1"])


def test_an_order_told_since_is_from_then_on_that_sides() -> None:
    first = bought("w2", MAIL, when="2026-03-02")
    refund = told(RefundTold("w2", "r"), PHONE, number="r", when="2026-03-03")
    assert parted(first, refund) == ([], ["w2", "r"])


def test_an_identifier_first_told_since_speaks_for_the_side_it_was_told_with() -> None:
    linked = told(Custom("visit"), MAIL, DEVICE, number="with mail")
    alone = told(Custom("visit"), DEVICE, number="device", when="2026-03-03")
    nobody = told(Custom("visit"), PHONE, number="both's", when="2026-03-04")
    assert parted(linked, alone, nobody) == (["both's"], ["with mail", "device"])


def test_a_click_is_of_whose_message_it_was() -> None:
    clicks = [told(MessageTold("clicked", MessageId(n), "sms"), MAIL, number=f"c{n}") for n in (1, 2, 3)]  # type: ignore[arg-type]
    assert parted(*clicks, messages={MessageId(1): False, MessageId(2): True}) == (["c1"], ["c2", "c3"])


def test_an_event_answered_after_the_merge_though_it_came_before_is_told() -> None:
    one, other = sides()
    missed = bought("t0", CARD, when="2025-12-01")
    known = bought("t1", PHONE, CARD, when="2026-01-01")
    old = told(Custom("quiz"), CARD, when="2024-01-01", number="old")
    later = bought("w9", MAIL, when="2026-03-05")
    since = told_since([missed, known, old, later], (one, other), at("2026-03-01"), at("2025-01-01"))
    assert [each.message_id for each in since] == ["t0", "w9"]


def in_rescue(number: int) -> Customer:
    person = Person(shop(CHURN_SHIELD), number=number).consents("sms")
    for day in ("2025-09-01", "2025-10-01", "2025-12-02T10:00"):
        person.buys(day, 800, order=f"{number} {day}")
    return person.lives_until("2026-03-02T10:00").customer


NOON = at("2026-03-02T12:00")


def as_one(one: Customer, other: Customer, *told: Event) -> Customer:
    return react(merge(one, other), (*told, Replanned(NOON)), shop(CHURN_SHIELD), NOON).customer


def test_pb2_a_rescue_that_ended_because_two_were_taken_for_one_goes_on() -> None:
    one, other = in_rescue(1), in_rescue(2)
    held = as_one(one, other)
    assert [each.why for each in held.enrollments] == ["", "in_playbook"]
    back = recorded(relive(other, (), (), (), shop(CHURN_SHIELD), NOON), held)
    assert [each.is_open for each in back.customer.enrollments] == [True]


def test_pb2_a_rescue_that_ended_for_its_own_reason_stays_ended_as_it_was_recorded() -> None:
    one, other = in_rescue(1), lived([bought("w1", MAIL, when="2026-02-01")], shop(), NOON, 2)
    own = bought("t9", PHONE, when="2026-03-02T11:00", source="shop")
    held = as_one(one, other, own)
    back = recorded(relive(one, [own], (), (), shop(CHURN_SHIELD), Instant(NOON + HOUR)), held)
    assert back.customer.enrollments == held.enrollments
    assert not [each for each in back.decisions if isinstance(each, Ended | MessageWanted)]


def test_what_left_meanwhile_is_remembered_by_its_side() -> None:
    one = in_rescue(1)
    sent = Contact(at("2026-03-02T11:00"), MessageId(5), "sms", PlaybookKey("PB2"), marketing=True)
    back = relive(one, (), [sent], (), shop(CHURN_SHIELD), NOON)
    assert back.customer.contacts == [*one.contacts, sent]


def test_the_log_goes_on_from_the_scores_they_had_as_one() -> None:
    plan, now = shop(), at("2026-03-01")
    one = lived([bought(f"t{n}", CARD, when=f"2026-01-0{n}") for n in (1, 2)], plan, now, 1)
    other = lived([bought("w1", MAIL, when="2026-02-01")], plan, now, 2)
    held = react(merge(one, other), (Replanned(now),), plan, now).customer
    moves = moved_back(relive(one, (), (), (), plan, now), held, plan, now)
    found = [(each.axis, each.before, each.after, each.cause) for each in moves if isinstance(each, ScoreMoved)]
    assert held.scores.cell == 333
    assert one.scores.cell == 223
    assert found == [("r", 3, 2, "unmerge"), ("f", 3, 2, "unmerge")]


@settings(max_examples=40)
@given(lives(), lives(), plans())
def test_the_survivors_log_ends_in_the_segments_of_the_document(
    mine: list[Event], theirs: list[Event], plan: Plan
) -> None:
    one, other = lived(mine, plan, LATE, 1), lived(theirs, plan, LATE, 2)
    held = react(merge(one, other), (Replanned(LATE),), plan, LATE).customer
    back = relive(one, (), (), (), plan, LATE)
    listed = set(held.memberships)
    for each in moved_back(back, held, plan, LATE):
        if isinstance(each, SegmentEntered):
            listed.add(each.segment)
        elif isinstance(each, SegmentLeft):
            listed.remove(each.segment)
    assert listed == set(back.customer.memberships)


def test_orders_that_are_the_others_again_were_not_bought_before_the_entry() -> None:
    (passage,) = in_rescue(1).enrollments
    credited = replace(passage, bought=passage.bought + 2)
    other = lived([bought(f"w{n}", MAIL, when=f"2025-02-0{n}") for n in (1, 2)], shop(), NOON, 2)
    after = lived([bought("w3", MAIL, when="2026-03-04")], shop(), at("2026-03-05"), 3)
    over = replace(credited, ended_at=NOON)
    assert without_orders_of([credited, over], other) == [passage, over]
    assert without_orders_of([credited], after) == [credited]


def test_what_the_log_says_already_is_not_said_twice() -> None:
    ended = Ended(at=NOON, enrollment=1, playbook=PlaybookKey("PB2"), why="over")
    more = replace(ended, enrollment=2)
    assert unlogged((ended, more), {ended}) == (more,)
    assert Reaction(in_rescue(1), unlogged((), ())).decisions == ()


def test_com_16_what_was_counted_for_orders_of_either_is_each_ones_own_again() -> None:
    """One order each before, and one of each while they were one: two each, also where a step told of four."""
    plan, pads = shop(load("counters")), (Line("PADS", category="pads"),)
    people = [Person(plan, number=n, phone="", email=f"{n}@x.co.il").buys(f"2026-03-0{n}", 90, order=str(n), lines=pads)
              for n in (1, 2)]  # fmt: skip
    one, other = (each.customer for each in people)
    since = [
        each.event(OrderTold(f"{each.customer.id}b", 9_000, "ILS", SoldVia.ONLINE, lines=pads), at("2026-03-03T10:00"))
        for each in people
    ]
    later = at("2026-03-04")
    reaction = react(merge(one, other), (Replanned(NOON), *since), plan, later)
    held = reaction.customer
    assert held.traits["bought_pads"].value == 4
    told = [
        Event(
            each.event,
            PLAYBOOK,
            each.told_as,
            each.told_at,
            each.at,
            TraitsTold({each.trait: each.after}),
            history=True,
        )
        for each in reaction.decisions
        if isinstance(each, TraitWritten)
    ]
    for side, own in ((one, [since[0], *told]), (other, since[1:])):
        back = relive(side, own, (), (), plan, later, held.tallies)
        assert back.customer.traits["bought_pads"].value == 2
        assert {each.order.partition("\x00")[2] for each in back.customer.tallies.values()} == {
            str(side.id), f"{side.id}b",
        }  # fmt: skip
