"""`react`: when, in how many batches and after how many pauses a worker gets to it makes no difference."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from ritorno.core.customer import Contact, Customer, encode_customer
from ritorno.core.decisions import (
    AnyDecision,
    Declined,
    Ended,
    Enrolled,
    HouseFlagged,
    MessageWanted,
    ScoreMoved,
    SegmentEntered,
    SegmentLeft,
    decode_decision,
    encode_decision,
)
from ritorno.core.events import Event, Line, OrderTold, SoldVia, TraitsTold, happened
from ritorno.core.ids import CustomerId, MessageId, PlaybookKey, SegmentKey
from ritorno.core.instants import NEVER, Instant, Span
from ritorno.core.journeys.journey import Entry, Exits
from ritorno.core.journeys.step import Send, Wait
from ritorno.core.journeys.trigger import Happened
from ritorno.core.life import Life
from ritorno.core.plan import Plan, Segment, with_playbooks
from ritorno.core.react import Input, Invited, Replanned, Sent, react
from ritorno.core.segments.rule import Bought, FactIs, GroupIs, Not
from ritorno.testing import Person, at, local, shop
from tests.core.histories import END, folded, instants, lives, told_part
from tests.core.plans import COOLED, RESCUE, SECOND_ORDER, journey, plans, sms, words

PROPERTY = settings(max_examples=60)


class Remembered(Life):
    """A life that keeps what went in, messages that left included."""

    def __init__(self, document: Customer, inputs: list[Event], plan: Plan) -> None:
        super().__init__(document, inputs, plan)
        self.inputs: list[Input] = []

    def _react(self, inputs: list[Input], now: Instant) -> None:
        self.inputs += inputs
        super()._react(inputs, now)


def lived(told: list[Event], plan: Plan, until: Instant = END) -> Remembered:
    life = Remembered(Customer(CustomerId(7)), told, plan)
    while (moment := life.next_at) <= until:
        life.step(moment)
    return life


@PROPERTY
@given(lives(), plans(), st.lists(instants(), max_size=6))
def test_one_batch_one_by_one_and_idle_wakes_in_between_decide_the_same(
    told: list[Event], plan: Plan, idle: list[Instant]
) -> None:
    """SCO-05, PB2-04: a restart neither loses nor doubles anything."""
    life = lived(told, plan)
    whole = react(Customer(CustomerId(7)), life.inputs, plan, END)
    assert whole.customer == react(life.customer, (), plan, END).customer
    assert list(whole.decisions) == [*life.decisions, *react(life.customer, (), plan, END).decisions]

    document, waiting = Customer(CustomerId(7)), list(life.inputs)
    decided: list[AnyDecision] = []
    for wake in sorted([*idle, *(each.received_at for each in life.inputs)]):
        batch = [each for each in waiting if each.received_at <= wake][:1]
        waiting = waiting[len(batch) :]
        reaction = react(document, batch, plan, wake)
        document, decided = reaction.customer, [*decided, *reaction.decisions]
    rest = react(document, waiting, plan, END)
    assert rest.customer == whole.customer
    assert [*decided, *rest.decisions] == list(whole.decisions)


@PROPERTY
@given(lives(), plans(), instants())
def test_the_document_passed_in_is_never_changed(told: list[Event], plan: Plan, instant: Instant) -> None:
    document = lived(told, plan, instant).customer
    before = encode_customer(document)
    later = [replace(event, received_at=max(instant, event.received_at)) for event in told]
    react(document, later, plan, END)
    assert encode_customer(document) == before


@PROPERTY
@given(lives(), plans(), instants())
def test_between_now_and_due_at_nothing_is_decided(told: list[Event], plan: Plan, instant: Instant) -> None:
    """SCO-05: `due_at` lies ahead, and until it time alone moves nothing."""
    reaction = react(Customer(CustomerId(7)), [each for each in told if each.received_at <= instant], plan, instant)
    assert reaction.due_at > instant
    early = react(reaction.customer, (), plan, Instant(min(reaction.due_at, END) - 1))
    assert early.decisions == ()
    assert early.customer.scores == reaction.customer.scores


@PROPERTY
@given(lives(), plans())
def test_what_was_told_is_the_fold_of_it_whatever_was_decided(told: list[Event], plan: Plan) -> None:
    """DAT-08: an event that comes late gives the in-order result."""
    plain = replace(plan, policy=replace(plan.policy, keeps_behaviour=Span(10_000)))
    reaction = react(Customer(CustomerId(7)), told, plain, END)
    assert told_part(reaction.customer) == told_part(folded(told))
    shuffled = sorted(told, key=lambda event: event.id)
    again = react(Customer(CustomerId(7)), [replace(each, received_at=END) for each in shuffled], plain, END)
    if all(getattr(each.body, "as_of", 1) is not None for each in told):  # else its version is when it was received
        assert again.customer.scores == reaction.customer.scores


@PROPERTY
@given(lives(), plans(), st.data())
def test_an_event_that_a_faster_worker_has_overtaken_decides_nothing_backwards(
    told: list[Event], plan: Plan, data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(told))
    decided: list[AnyDecision] = []
    document = Customer(CustomerId(7))
    for event in shuffled:
        reaction = react(document, [event], plan, END)
        document, decided = reaction.customer, [*decided, *reaction.decisions]
    assert [each.at for each in decided] == sorted(each.at for each in decided)
    assert all(decode_decision(encode_decision(each)) == each for each in decided)
    score = {"r": 0, "f": 0, "m": 0}
    for each in decided:
        if isinstance(each, ScoreMoved):
            assert each.before == score[each.axis] != each.after, "every move begins where the last one ended"
            score[each.axis] = each.after
    assert (score["r"], score["f"], score["m"]) == (document.scores.r, document.scores.f, document.scores.m)


def test_a_trait_overtaken_by_the_clock_does_not_move_the_score_twice() -> None:
    """SCO-05: one event R2→R1."""
    plan = shop()
    person = Person(plan).buys("2026-01-10T14:05", 100).lives_until("2026-04-10T14:05:01")
    late = person.event(TraitsTold({"city": "Haifa"}), at("2026-04-10T14:04:59"))
    reaction = react(person.customer, [late], plan, at("2026-04-10T14:05:02"))
    assert reaction.decisions == ()
    assert (reaction.customer.scores.r, reaction.customer.traits["city"].value) == (1, "Haifa")


def test_a_message_that_left_is_remembered_once() -> None:
    contact = Contact(at("2026-03-01"), MessageId(1), "sms", PlaybookKey("PB2"), marketing=True)
    sent = Sent(at("2026-03-01"), contact)
    reaction = react(Customer(CustomerId(1)), [sent, sent], shop(), at("2026-03-01"))
    assert reaction.customer.contacts == [contact]


def test_an_invitation_takes_in_who_is_in_the_segment_already() -> None:
    """PB2-01."""
    person = Person(shop()).consents("sms")
    for month in ("2025-09", "2025-10", "2025-11"):
        person.buys(f"{month}-01T10:00", 800)
    person.lives_until("2026-03-03")
    plan, now = shop(RESCUE, COOLED), at("2026-03-03T10:00")
    reaction = react(person.customer, (Invited(now, PlaybookKey("PB2")),), plan, now)
    assert [(each.playbook, each.at) for each in reaction.decisions if isinstance(each, Enrolled)] == [("PB2", now)]
    assert [each.due_at for each in reaction.decisions if isinstance(each, MessageWanted)] == [now]
    regular = Person(shop()).consents("sms").buys("2026-03-01T10:00", 100)
    assert react(regular.customer, (Invited(now, PlaybookKey("PB2")),), plan, now).decisions == ()


def test_a_new_definition_settles_scores_and_memberships_and_lets_nobody_in() -> None:
    """Rule 5 of the requirements: new cut points are a version, and nobody is written to for it."""
    person = Person(shop()).consents("sms")
    for month in ("2025-10", "2025-11", "2026-02"):
        person.buys(f"{month}-01T10:00", 800)
    person.lives_until("2026-03-01")
    plan = shop(RESCUE, segments=(Segment(SegmentKey("risk"), 1, words("risk"), GroupIs(("risk",))),))
    plan = replace(plan, scheme=replace(plan.scheme, version=2, recency=(Span(7), Span(14))))
    reaction = react(person.customer, (Replanned(at("2026-03-01"), "cuts v2"),), plan, at("2026-03-01"))
    moves = [(type(each).__name__, each.cause) for each in reaction.decisions]
    assert moves == [("ScoreMoved", "cuts v2"), ("GroupMoved", "cuts v2"), ("SegmentEntered", "cuts v2")]
    assert (reaction.customer.scores.cell, reaction.customer.scores.version) == (133, 2)
    gone = replace(plan, segments=())
    after = react(reaction.customer, (Replanned(at("2026-03-02")),), gone, at("2026-03-02"))
    assert [(each.segment, each.since) for each in after.decisions if isinstance(each, SegmentLeft)] == [
        ("risk", at("2026-03-01"))
    ]


def test_dat_10_who_bought_a1_leaves_to_the_second_sixty_days_later() -> None:
    """DAT-10, across the night the clock goes forward."""
    bought = Segment(SegmentKey("a1"), 1, words("a1"), Bought(within=Span(60), sku="A1"))
    person = Person(shop(segments=(bought,))).buys("2026-02-03T10:00", 100, lines=(Line("A1", quantity=2),))
    person.lives_until("2026-04-10")
    told = [each for each in person.life.decisions if isinstance(each, SegmentEntered | SegmentLeft)]
    assert [(type(each).__name__, local(each.at), each.cause) for each in told] == [
        ("SegmentEntered", "2026-02-03T10:00:00", "order"),
        ("SegmentLeft", "2026-04-04T10:00:00", "time"),
    ]


def test_an_enrollment_keeps_its_version_and_ends_when_that_is_gone() -> None:
    """ORC-04."""
    plan = shop(SECOND_ORDER)
    person = Person(plan).consents("sms").buys("2026-03-02T10:00", 100)
    assert [each.is_open for each in person.customer.enrollments] == [True]
    newer = replace(SECOND_ORDER, version=2, steps=(Wait("long", Span(20)),))
    kept = with_playbooks(replace(plan, running=()), newer)
    reaction = react(person.customer, (), kept, at("2026-03-03T10:00"))
    assert [(each.version, each.step) for each in reaction.decisions if isinstance(each, MessageWanted)] == [
        (1, "thanks")
    ]
    lost = react(person.customer, (), shop(newer), at("2026-03-03T10:00"))
    assert [each.why for each in lost.decisions if isinstance(each, Ended)] == ["version_gone"]


def test_isr_11_fifty_receipts_in_a_day_are_a_house_account() -> None:
    everyone = Segment(SegmentKey("new"), 1, words("new"), Not(Bought()))
    buyers = Segment(SegmentKey("buyers"), 1, words("buyers"), Bought())
    greet = journey(
        "greet", Happened("order"), Wait("later", Span(5)), Send("hi", (sms(),)), exits=Exits(purchase=False)
    )
    plan = shop(greet, segments=(everyone, buyers))
    receipts = [
        happened("till", f"r{number}", OrderTold(f"r{number}", 50_000, "ILS", SoldVia.POS), occurred_at=when,
                 received_at=when)
        for number in range(60)
        for when in [Instant(at("2026-03-02T09:00") + number * 60_000_000)]
    ]  # fmt: skip
    reaction = react(Customer(CustomerId(1)), receipts, plan, at("2026-03-03"))
    flagged = [each for each in reaction.decisions if isinstance(each, HouseFlagged)]
    assert [(each.receipts, local(each.at)) for each in flagged] == [(50, "2026-03-02T09:49:00")]
    house = reaction.customer
    assert (house.house, house.orders, house.scores.cell, house.memberships) == (True, [], 0, {})
    assert [each.why for each in reaction.decisions if isinstance(each, Ended)] == ["house_account"]
    assert reaction.due_at == NEVER


def test_isr_11_many_receipts_on_many_days_are_a_good_customer() -> None:
    person = Person(shop())
    for number in range(51):
        person.buys(local(Instant(at("2025-12-01T10:00") + number * 86_400_000_000)), 10)
    assert not person.customer.house
    assert person.customer.scores.orders == 51


def test_isr_11_fifty_receipts_around_midnight_are_two_days() -> None:
    first = at("2026-03-01T23:35")
    receipts = [
        happened("till", f"r{number}", OrderTold(f"r{number}", 100, "ILS", SoldVia.POS), occurred_at=when,
                 received_at=when)
        for number in range(50)
        for when in [Instant(first + number * 60_000_000)]
    ]  # fmt: skip
    assert not react(Customer(CustomerId(1)), receipts, shop(), at("2026-03-03")).customer.house


def test_a_receipt_dated_ahead_counts_from_its_own_instant_on() -> None:
    plan = shop(segments=(Segment(SegmentKey("buyers"), 1, words("buyers"), FactIs("ever", ">=", 1)),))
    person = Person(plan).buys("2026-03-05T10:00", 500, known="2026-03-01T10:00")
    assert (person.cell, local(person.customer.due_at)) == (0, "2026-03-05T10:00:00")
    person.lives_until("2026-03-06")
    assert person.cell == 312
    assert [(each.segment, local(each.at)) for each in person.life.decisions if isinstance(each, SegmentEntered)] == [
        ("buyers", "2026-03-05T10:00:00")
    ]


def test_a_purchase_refunded_to_nothing_makes_a_prospect_again_and_the_void_undoes_it() -> None:
    """SCO-02, SCO-03."""
    person = Person(shop()).buys("2026-02-01", 500, order="o1").is_refunded("o1", "2026-02-02")
    assert (person.cell, person.customer.scores.orders) == (0, 0)
    last = [each for each in person.life.decisions if isinstance(each, ScoreMoved)][-3:]
    assert [(each.axis, each.before, each.after, each.cause) for each in last] == [
        ("r", 3, 0, "refund"), ("f", 1, 0, "refund"), ("m", 2, 0, "refund"),
    ]  # fmt: skip
    assert person.is_refunded("o1", "2026-02-03", void=True).cell == 312
    assert person.cancels("o1", "2026-02-04").cell == 0
    assert person.cancels("o1", "2026-02-05", void=True).cell == 312


def test_an_old_order_refunded_does_not_hide_the_next_purchase() -> None:
    """PB2-12."""
    person = Person(shop(RESCUE)).consents("sms")
    for month in ("2025-09", "2025-10", "2025-11"):
        person.buys(f"{month}-01T10:00", 800, order=month)
    person.buys("2025-12-02T14:05", 800).lives_until("2026-03-02T15:00")
    assert person.customer.enrollments[0].is_open
    person.is_refunded("2025-09", "2026-03-02T16:00")
    assert person.customer.enrollments[0].is_open
    person.buys("2026-03-02T17:00", 100)
    assert person.customer.enrollments[0].why == "bought: 2026-03-02T17:00:00+02:00"


def test_a_wait_for_a_message_that_never_left_ends_with_its_journey() -> None:
    person = Person(shop(SECOND_ORDER)).buys("2026-03-02T10:00", 100)  # no consent: the message will be dropped
    person.lives_until("2026-03-10")
    assert [fate.state for fate in person.messages] == ["dropped"]
    assert person.customer.enrollments[0].is_open
    person.lives_until("2026-04-02T10:00")
    assert person.customer.enrollments[0].why == "over: 1 months"


def test_entering_again() -> None:
    """PB2-04: once a lapse; not sooner than asked; for each event."""
    once = journey("once", Happened("order"), Send("hi", (sms(),)), exits=Exits(purchase=False))
    person = Person(shop(once)).consents("sms").buys("2026-01-05T10:00", 100).buys("2026-02-05T10:00", 100)
    assert [each.why for each in person.life.decisions if isinstance(each, Declined)] == ["same_episode: once"]

    slow = replace(once, entry=Entry("event", again_after=Span(20)))
    person = Person(shop(slow)).consents("sms").buys("2026-01-05T10:00", 100).buys("2026-01-25T09:59", 100)
    assert [each.why for each in person.life.decisions if isinstance(each, Declined)] == ["again_after: 20 days"]
    assert len(person.buys("2026-01-25T10:00", 100).customer.enrollments) == 2

    waits = replace(once, steps=(Wait("w", Span(9)), *once.steps))
    person = Person(shop(waits)).consents("sms").buys("2026-01-05T10:00", 100).buys("2026-01-06T10:00", 100)
    assert [each.why for each in person.life.decisions if isinstance(each, Declined)] == ["in_playbook"]


@pytest.mark.parametrize("history", [True, False])
def test_what_is_told_about_the_past_triggers_nothing(history: bool) -> None:
    greet = journey("greet", Happened("order"), Send("hi", (sms(),)), exits=Exits(purchase=False))
    person = Person(shop(greet)).consents("sms").buys("2026-01-05T10:00", 100, history=history)
    assert bool(person.customer.enrollments) is not history
