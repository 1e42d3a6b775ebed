"""What each step of a journey does to a customer, and when: lived by a person of the fixture shop."""

import pytest
from msgspec.structs import replace

from ritorno.core.catalogue import Catalogue, Product
from ritorno.core.customer import Held
from ritorno.core.decisions import (
    AnyDecision,
    AudienceJoined,
    AudienceLeft,
    Declined,
    Ended,
    Enrolled,
    PointsBooked,
    StepTaken,
    TaskWanted,
    TraitWritten,
    WebhookWanted,
)
from ritorno.core.events import Channel, Custom, Line, MessageTold, SoldVia
from ritorno.core.ids import MessageId, PlaybookKey, SegmentKey
from ritorno.core.instants import Span, Unit, days, hours
from ritorno.core.journeys.journey import Entry, Exits, Playbook
from ritorno.core.journeys.step import (
    Arm,
    Audience,
    Branch,
    Count,
    End,
    Give,
    Go,
    Send,
    Split,
    Tag,
    Task,
    Wait,
    WaitFor,
    Webhook,
    Write,
)
from ritorno.core.journeys.trigger import BecameTrue, GroupMoved, Happened, JoinedSegment, LeftSegment, ProductIs
from ritorno.core.journeys.way import Words
from ritorno.core.milestones import Milestones
from ritorno.core.plan import Policy, Segment
from ritorno.core.points_balance import balance
from ritorno.core.segments.rule import All, Anniversary, Bought, CellIs, FactIs, TraitIs, Where
from ritorno.testing import Person, at, held_out_of, local, shop
from tests.core.plans import journey, sms, words

ORDER = Happened("order")
STAYS = Exits(purchase=False)
PADS, VITAMINS = Line("PADS", category="pads"), Line("VIT", category="vitamins")
WALKER = Line("WALKER", category="walkers")
CATALOGUE = Catalogue(
    {
        "PADS": Product("PADS", "Pads", "pads", consumable=True, days_per_unit=30),
        "VIT": Product("VIT", "Vitamins", "vitamins", consumable=True, days_per_unit=60),
        "WALKER": Product("WALKER", "Walker", "walkers", technical=True),
    }
)


def living(*playbooks: Playbook, **more: object) -> Person:
    return Person(replace(shop(*playbooks), catalogue=CATALOGUE, **more))


def decided(person: Person, *kinds: type) -> list[AnyDecision]:
    return [each for each in person.life.decisions if isinstance(each, kinds)]


def arms(person: Person) -> list[tuple[str, str]]:
    return [(each.step, each.arm) for each in decided(person, StepTaken) if isinstance(each, StepTaken)]


def ends(person: Person) -> list[tuple[str, str]]:
    return [(local(each.at), each.why) for each in decided(person, Ended) if isinstance(each, Ended)]


# --- waiting for something -----------------------------------------------------------------------

BOUGHT_AGAIN = journey(
    "again", Happened("order", first=True),
    WaitFor("second", days(30), event=ORDER, then=(Tag("yes", "yes"),), otherwise=(Tag("no", "no"),)), exits=STAYS,
)  # fmt: skip


def test_eng_12_a_purchase_on_day_12_is_yes_at_once() -> None:
    ruth = living(BOUGHT_AGAIN).buys("2026-03-01T10:00", 100).buys("2026-03-13T11:30", 50)
    assert arms(ruth) == [("second", "then"), ("yes", "")]
    assert ends(ruth) == [("2026-03-13T11:30:00", "completed")]


def test_eng_12_none_is_no_at_day_30_exactly() -> None:
    ruth = living(BOUGHT_AGAIN).buys("2026-03-01T10:00", 100).lives_until("2026-03-31T09:59:59")
    assert arms(ruth) == []
    ruth.lives_until("2026-03-31T10:00")
    assert arms(ruth) == [("second", "otherwise"), ("no", "")]
    assert ends(ruth) == [("2026-03-31T10:00:00", "completed")]


def test_what_happened_before_the_step_was_reached_does_not_answer_it() -> None:
    """A page view of the morning, told in the evening, is no answer to the afternoon's message."""
    looks = journey("looks", ORDER, WaitFor("view", days(2), event=Happened("viewed"), then=(Tag("seen", "seen"),)),
                    exits=STAYS)  # fmt: skip
    avi = living(looks).buys("2026-03-01T14:00", 100)
    avi.does(Custom("viewed"), "2026-03-01T09:00", known="2026-03-01T19:00")
    assert arms(avi) == []
    avi.does(Custom("viewed"), "2026-03-01T20:00")
    assert arms(avi) == [("view", "then"), ("seen", "")]


def test_the_event_that_let_her_in_is_no_answer_either() -> None:
    again = journey("x", ORDER, WaitFor("w", days(2), event=ORDER, then=(Tag("t", "t"),)), exits=STAYS)
    assert arms(living(again).buys("2026-03-01T14:00", 100)) == []


def test_waiting_for_a_rule_goes_on_at_the_instant_time_makes_it_true() -> None:
    cools = journey("cools", ORDER, WaitFor("r2", days(90), rule=CellIs(("2**",)), then=(Tag("cool", "cool"),)),
                    exits=STAYS)  # fmt: skip
    dani = living(cools).buys("2026-03-01T12:00", 100).lives_until("2026-06-01")
    assert ends(dani) == [("2026-03-31T12:00:00", "completed")]


# --- branches and splits -------------------------------------------------------------------------


@pytest.mark.parametrize(("shekels", "way"), [(500, "then"), (100, "otherwise")])
def test_a_branch_asks_its_rule(shekels: float, way: str) -> None:
    split = journey("b", ORDER, Branch("big", Bought(total_from=40_000), (Tag("a", "big"),), (End("e", "small"),)),
                    exits=STAYS)  # fmt: skip
    person = living(split).buys("2026-03-01T12:00", shekels)
    assert arms(person)[0] == ("big", way)
    assert ends(person) == [("2026-03-01T12:00:00", "completed" if way == "then" else "small")]


def test_a_split_gives_the_same_customer_the_same_arm_in_every_episode_and_about_its_share() -> None:
    test = journey("ab", ORDER, Split("s", (Arm("a", 1), Arm("b", 3))), exits=STAYS, entry=Entry("event"))
    found: dict[str, int] = {"a": 0, "b": 0}
    for number in range(400):
        person = Person(shop(test), number=number + 1).buys("2026-03-01T12:00", 100).buys("2026-03-02T12:00", 100)
        taken = {arm for _, arm in arms(person)}
        assert len(taken) == 1
        found[taken.pop()] += 1
    assert 70 < found["a"] < 130


# --- times ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wait", "over"),
    [
        (Wait("w", days(1), at="10:00"), "2026-03-03T10:00:00"),  # Sunday 12:00 + 1 day is Monday noon: Tuesday 10:00
        (Wait("w", days(1), at="18:30"), "2026-03-02T18:30:00"),
        (Wait("w", at="12:00"), "2026-03-01T12:00:00"),
        (Wait("w", on=("wed",)), "2026-03-04T00:00:00"),
        (Wait("w", at="09:00", on=("sun", "mon")), "2026-03-02T09:00:00"),
        (Wait("w", days(25), at="02:30"), "2026-03-27T03:00:00"),  # an hour that the clock skips
        (Wait("w", Span(90, Unit.MINUTES), since="order"), "2026-03-01T13:30:00"),
        (Wait("w", hours(3), since="entry"), "2026-03-01T15:00:00"),
    ],
)
def test_a_wait_ends_at_a_span_a_time_of_day_a_weekday(wait: Wait, over: str) -> None:
    person = living(journey("w", ORDER, wait, exits=STAYS)).buys("2026-03-01T12:00", 100).lives_until("2026-04-02")
    assert ends(person) == [(over, "completed")]


def test_a_wait_since_the_order_counts_from_it_however_late_it_was_told() -> None:
    calm = journey("c", ORDER, Wait("w", days(2), since="order"), exits=STAYS)
    person = living(calm).buys("2026-03-01T12:00", 100, known="2026-03-02T08:00").lives_until("2026-03-10")
    assert ends(person) == [("2026-03-03T12:00:00", "completed")]


def test_going_back_writes_again_and_waits_again() -> None:
    monthly = journey(
        "m", ORDER, Send("letter", (sms(),)), Wait("month", days(30)), Go("again", "letter"),
        exits=Exits(purchase=False, after=days(100)),
    )  # fmt: skip
    person = living(monthly).consents("sms").buys("2026-03-01T12:00", 100).lives_until("2026-07-01")
    sent = [local(each.sent_at) for each in person.messages if each.sent_at]
    assert sent == [
        "2026-03-01T12:00:00", "2026-03-31T12:00:00", "2026-04-30T12:00:00", "2026-05-31T08:00:00",
    ]  # fmt: skip
    assert len({each.message.id for each in person.messages}) == 4


# --- what steps write ----------------------------------------------------------------------------


def test_dat_13_a_step_adds_to_a_number_and_says_who_and_why() -> None:
    trains = journey("PB3", ORDER, Count("train", "walker_trainings"), exits=STAYS)
    person = living(trains).is_told(walker_trainings=2).buys("2026-03-01T12:00", 100, order="88")
    assert person.customer.traits["walker_trainings"].value == 3
    (written,) = decided(person, TraitWritten)
    assert isinstance(written, TraitWritten)
    assert (written.before, written.after, written.author, written.because) == (2, 3, "PB3@1/train", "order 88")


PER_LINE = journey("n", ORDER, Count("n", "n_@category"), exits=STAYS, entry=Entry("category"))


def test_com_16_the_same_order_told_three_times_counts_once_and_a_full_return_takes_it_back() -> None:
    person = living(PER_LINE)
    for _ in range(3):
        person.buys("2026-03-01T12:00", 100, order="1", lines=(VITAMINS, PADS))
    assert (person.customer.traits["n_vitamins"].value, person.customer.traits["n_pads"].value) == (1, 1)
    person.buys("2026-03-02T12:00", 100, order="2", lines=(VITAMINS,))
    person.is_refunded("1", "2026-03-05T12:00")
    assert (person.customer.traits["n_vitamins"].value, person.customer.traits["n_pads"].value) == (1, 0)
    person.is_refunded("1", "2026-03-06T12:00", void=True)
    assert person.customer.traits["n_vitamins"].value == 2
    assert [each.because for each in decided(person, TraitWritten) if isinstance(each, TraitWritten)][-1] == (
        "order 1 counts again"
    )


def test_two_lines_of_one_category_count_both_in_one_moment() -> None:
    lines = journey("n", ORDER, Count("n", "n_@category"), exits=STAYS, entry=Entry("line"))
    person = living(lines).buys("2026-03-01T12:00", 100, lines=(VITAMINS, Line("VIT2", category="vitamins")))
    assert person.customer.traits["n_vitamins"].value == 2


def test_a_counter_that_is_not_reversed_stays_after_a_return() -> None:
    stays = journey("n", ORDER, Count("n", "n", 5, reversed_on_return=False), exits=STAYS)
    person = living(stays).buys("2026-03-01T12:00", 100, order="1").is_refunded("1", "2026-03-02T12:00")
    assert person.customer.traits["n"].value == 5


def test_a_step_writes_a_value_a_fact_a_fact_of_a_category_and_tags() -> None:
    writes = journey(
        "w", ORDER, Write("a", "bought_kind", "@category"), Write("b", "so_far", fact="orders"),
        Write("c", "late", fact="gap_median", category="@category"), Tag("d", "buyer"), Tag("e", "prospect", off=True),
        Write("f", "visits", 3), exits=STAYS, entry=Entry("line"),
    )  # fmt: skip
    person = living(writes).is_told(tags=["prospect", "old"]).buys("2026-03-01T12:00", 100, lines=(PADS,))
    told = {name: each.value for name, each in person.customer.traits.items()}
    assert told == {"bought_kind": "pads", "so_far": 1, "late": None, "tags": ["old", "buyer"], "visits": 3}


def test_a_segment_that_asks_for_what_a_step_wrote_is_entered_in_the_same_moment_and_starts_another_journey() -> None:
    marks = journey("marks", ORDER, Tag("t", "fan"), exits=STAYS)
    follows = journey("follows", JoinedSegment("fans"), Tag("u", "followed"), exits=STAYS)
    leaves = journey("leaves", LeftSegment("fans"), Tag("v", "left"), exits=STAYS)
    fans = Segment(SegmentKey("fans"), 1, words("fans"), TraitIs("tags", "contains", "fan"))
    person = living(marks, follows, leaves, segments=(fans,)).buys("2026-03-01T12:00", 100)
    assert person.customer.traits["tags"].value == ["fan", "followed"]
    person.is_told("2026-03-02T10:00", tags=[])
    assert person.customer.traits["tags"].value == ["left"]


# --- what reaches the world ----------------------------------------------------------------------

WORLD = journey(
    "world", ORDER, Give("points", 400, days(365)), Audience("in", "cool", "exclude"), Task("call", words("call her")),
    Webhook("hook", "erp"), Tag("t", "done"), Wait("w", days(7)), exits=STAYS, entry=Entry("event"),
)  # fmt: skip


def test_pb1_07_points_are_booked_at_the_step_and_what_else_reaches_the_world_is_wanted() -> None:
    person = living(WORLD).buys("2026-03-01T12:00", 2000)
    assert balance(person.customer.points, at("2026-03-01T12:00")) == 400
    kinds = [type(each) for each in decided(person, PointsBooked, AudienceJoined, TaskWanted, WebhookWanted)]
    assert kinds == [PointsBooked, AudienceJoined, TaskWanted, WebhookWanted]
    assert list(person.customer.audiences) == ["cool"]
    person.lives_until("2026-03-08T12:00")
    assert [local(each.at) for each in decided(person, AudienceLeft)] == ["2026-03-08T12:00:00"]
    assert person.customer.audiences == {}


def test_held_out_customers_are_written_to_in_our_own_books_alone() -> None:
    person = living(held_out_of(WORLD, 0.999999)).buys("2026-03-01T12:00", 2000)
    assert decided(person, PointsBooked, AudienceJoined, TaskWanted, WebhookWanted) == []
    assert person.customer.points == ()
    assert person.customer.traits["tags"].value == ["done"]


def test_an_ad_audience_is_left_when_the_last_that_holds_it_lets_go() -> None:
    short = journey("short", ORDER, Audience("in", "cool", "exclude"), Wait("w", days(2)),
                    Audience("out", "cool", "exclude", leave=True), Wait("v", days(9)), exits=STAYS)  # fmt: skip
    person = living(WORLD, short).buys("2026-03-01T12:00", 2000)
    assert len(decided(person, AudienceJoined)) == 1
    person.lives_until("2026-03-20")
    assert [local(each.at) for each in decided(person, AudienceLeft)] == ["2026-03-08T12:00:00"]


def test_com_24_no_task_is_ever_made_for_the_smallest_customers() -> None:
    person = living(WORLD, policy=Policy(tiers=(500_000, 300_000))).buys("2026-03-01T12:00", 2000)
    assert decided(person, TaskWanted) == []


# --- entries -------------------------------------------------------------------------------------


def entered(person: Person) -> list[tuple[str, str, str]]:
    return [
        (each.playbook, each.about.sku, each.about.category)
        for each in decided(person, Enrolled)
        if isinstance(each, Enrolled)
    ]


def test_com_01_one_order_fans_out_by_line_by_category_and_once() -> None:
    """Pads, vitamins and a walker: replenish for two lines, technical for one, loyalty and upsell once, counters for
    three categories."""
    parts = (
        journey("replenish", Happened("order", product=ProductIs(consumable=True)), Wait("w", days(1)),
                exits=STAYS, entry=Entry("line")),
        journey("technical", Happened("order", product=ProductIs(technical=True)), Wait("w", days(1)),
                exits=STAYS, entry=Entry("line")),
        journey("loyalty", ORDER, Wait("w", days(1)), exits=STAYS, entry=Entry("order")),
        journey("upsell", ORDER, Wait("w", days(1)), exits=STAYS, entry=Entry("order")),
        journey("counters", ORDER, Count("c", "bought_@category"), exits=STAYS, entry=Entry("category")),
    )  # fmt: skip
    person = living(*parts).buys("2026-03-01T12:00", 900, lines=(PADS, VITAMINS, WALKER, PADS))
    assert entered(person) == [
        ("replenish", "PADS", "pads"), ("replenish", "VIT", "vitamins"), ("technical", "WALKER", "walkers"),
        ("loyalty", "", ""), ("upsell", "", ""),
        ("counters", "", "pads"), ("counters", "", "vitamins"), ("counters", "", "walkers"),
    ]  # fmt: skip


def test_the_same_product_is_open_once_and_another_one_beside_it() -> None:
    open_one = journey("p", ORDER, Wait("w", days(30)), exits=STAYS, entry=Entry("line"))
    person = living(open_one).buys("2026-03-01T12:00", 90, lines=(PADS,))
    person.buys("2026-03-02T12:00", 90, lines=(PADS, VITAMINS))
    assert entered(person) == [("p", "PADS", "pads"), ("p", "VIT", "vitamins")]
    assert [each.why for each in decided(person, Declined) if isinstance(each, Declined)] == ["in_playbook"]


def test_buying_the_product_again_ends_its_passage_and_begins_the_next() -> None:
    again = journey("p", ORDER, Wait("w", days(60)), exits=Exits(purchase=False, bought=Bought(sku="@sku")),
                    entry=Entry("line"))  # fmt: skip
    person = living(again).buys("2026-03-01T12:00", 90, lines=(PADS, VITAMINS))
    person.buys("2026-03-20T12:00", 90, lines=(PADS,))
    assert [why.partition(":")[0] for _, why in ends(person)] == ["bought"]
    assert entered(person)[-1] == ("p", "PADS", "pads")
    assert len([each for each in person.customer.enrollments if each.is_open]) == 2


def test_a_corrected_description_of_an_order_triggers_nothing_and_one_that_begins_to_count_does() -> None:
    every = journey("e", ORDER, Tag("t", "x"), exits=STAYS, entry=Entry("event"))
    person = living(every).buys("2026-03-01T12:00", 0, order="1")
    assert entered(person) == []
    person.buys("2026-03-01T12:00", 100, order="1", known="2026-03-01T12:10")
    person.buys("2026-03-01T12:00", 120, order="1", known="2026-03-01T12:20")
    assert len(entered(person)) == 1


@pytest.mark.parametrize(
    ("trigger", "fires"),
    [
        (Happened("order", order=Bought(total_from=80_000, sold_via=SoldVia.POS)), 1),
        (Happened("order", order=Bought(total_from=250_000)), 0),
        (Happened("order", order=Bought(category="pads")), 1),
        (Happened("order", order=Bought(category="shoes")), 0),
        (Happened("order", first=True), 1),
        (Happened("order", milestone=Milestones(2)), 1),
        (Happened("order", milestone=Milestones(1, repeats=True)), 2),
        (Happened("order", milestone=Milestones(3)), 0),
        (Happened("order", product=ProductIs(consumable=True, technical=False, sensitive=False)), 1),
        (Happened("order", product=ProductIs(sensitive=True)), 0),
        (GroupMoved(("rising",)), 1),
        (GroupMoved(("rising",), ("new_buyers",)), 1),
        (GroupMoved(("rising",), ("stars",)), 0),
        (BecameTrue(FactIs("ever", ">=", 2)), 1),
        (Happened("quiz", where=(Where("score", ">", 3),)), 1),
        (Happened("quiz", first=True), 1),
        (Happened("message_clicked", where=(Where("link", "=", "vitamins"),)), 1),
    ],
)
def test_orc_04_triggers_fire_on_what_they_ask_for(trigger: Happened, fires: int) -> None:
    person = living(journey("t", trigger, Tag("x", "x"), exits=STAYS, entry=Entry("event")))
    person.buys("2026-03-01T12:00", 300, lines=(PADS,))
    person.buys("2026-03-02T12:00", 2000, sold_via=SoldVia.POS)
    person.does(Custom("quiz", {"score": 5}), "2026-03-03T12:00").does(Custom("quiz", {"score": 2}), "2026-03-04T12:00")
    person.does(MessageTold("clicked", MessageId(5), Channel.SMS, link="vitamins"), "2026-03-05T12:00")
    person.lives_until("2026-03-06")
    assert len(entered(person)) == fires


def test_a_birthday_lets_her_in_at_midnight_every_year() -> None:
    birthday = journey("b", BecameTrue(Anniversary()), Tag("x", "x"), exits=STAYS, entry=Entry("event"))
    person = living(birthday).is_told("2026-01-01", birth_date="1950-03-02").lives_until("2028-01-01")
    assert [local(each.at) for each in decided(person, Enrolled)] == ["2026-03-02T00:00:00", "2027-03-02T00:00:00"]
    assert person.customer.segments == {}


def test_a_cart_is_entered_once_for_each_id() -> None:
    cart = journey("cart", Happened("cart_updated"), Wait("idle", Span(60, Unit.MINUTES)),
                   entry=Entry("event", by="cart_id"))  # fmt: skip
    person = living(cart)
    for hour, number in ((10, "7"), (12, "7"), (14, "8"), (16, "")):
        told = {"cart_id": number} if number else {}
        person.does(Custom("cart_updated", told), f"2026-03-01T{hour}:00")  # type: ignore[arg-type]
    assert [each.about.thing for each in decided(person, Enrolled) if isinstance(each, Enrolled)] == ["7", "8"]


# --- exits ---------------------------------------------------------------------------------------


def test_a_refund_of_its_order_a_goal_and_so_many_messages_end_a_passage() -> None:
    pb1 = journey("r", ORDER, Wait("w", days(7)), exits=Exits(purchase=False, refund=True))
    person = living(pb1).buys("2026-03-01T12:00", 90, order="1").is_refunded("1", "2026-03-02T12:00")
    assert ends(person) == [("2026-03-02T12:00:00", "refunded")]
    goal = journey("g", ORDER, Wait("w", days(7)), exits=Exits(purchase=False, goal=TraitIs("tags", "contains", "vip")))
    person = living(goal).buys("2026-03-01T12:00", 90).is_told("2026-03-03T12:00", tags=["vip"])
    assert ends(person) == [("2026-03-03T12:00:00", "goal")]
    some = journey("m", ORDER, Send("a", (sms(),)), Wait("w", days(2)), Send("b", (sms(),)), Wait("v", days(2)),
                   Send("c", (sms(),)), exits=Exits(purchase=False, messages=2))  # fmt: skip
    person = living(some).consents("sms").buys("2026-03-01T12:00", 90).lives_until("2026-03-20")
    assert [why for _, why in ends(person)] == ["messages: 2"]
    assert len(person.messages) == 2


def test_it_waits_until_what_was_bought_runs_out() -> None:
    """COM-02: 2 packs of 30 days on 1 March run out on 30 April, due five days before; a pack more moves it, and a
    product that nothing is known of ends the passage with the reason."""
    due = journey("d", ORDER, Wait("w", until="run_out"), exits=STAYS, entry=Entry("line"))
    person = living(due).buys("2026-03-01T12:00", 90, lines=(Line("PADS", category="pads", quantity=2),))
    person.buys("2026-04-10T12:00", 90, lines=(PADS,)).lives_until("2026-05-30")
    assert ends(person) == [("2026-05-25T12:00:00", "completed")]
    person = living(due).buys("2026-03-01T12:00", 90, lines=(WALKER,))
    assert ends(person) == [("2026-03-01T12:00:00", "no_supply")]


def test_com_02_it_reminds_as_many_days_before_as_its_margin_says() -> None:
    early = journey("e", ORDER, Wait("w", until="run_out", margin=12), exits=STAYS, entry=Entry("line"))
    person = living(early).buys("2026-03-01T12:00", 90, lines=(Line("PADS", category="pads", quantity=2),))
    person.lives_until("2026-05-30")
    assert ends(person) == [("2026-04-18T12:00:00", "completed")]


def test_an_enrollment_holds_what_it_is_about_and_the_held_audience() -> None:
    person = living(WORLD).buys("2026-03-01T12:00", 2000, order="5")
    (passage,) = person.customer.enrollments
    assert passage.about.order == "shop\x005"
    assert person.customer.audiences == {"cool": Held(at("2026-03-01T12:00"), "exclude", (passage.id,))}
    assert passage.playbook == PlaybookKey("world")
    assert isinstance(WORLD.name, Words)
    assert All(()) == WORLD.segment
