"""Judged at dispatch: Go, Hold or Drop, each with its reason, on what is true at that moment."""

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from ritorno.core.address import address_for
from ritorno.core.customer import Contact, Customer, Enrollment
from ritorno.core.events import Channel, ConsentTold, Event, OrderTold, Purpose, SoldVia, happened
from ritorno.core.identifiers import Kind, normalise
from ritorno.core.ids import CustomerId, MessageId, PlaybookKey
from ritorno.core.instants import DAY, HOUR, NEVER, Instant, Span, Unit, wall
from ritorno.core.journeys.journey import Exits, Playbook
from ritorno.core.journeys.step import Check, Send, Wait
from ritorno.core.journeys.trigger import Happened
from ritorno.core.messages.judge import Drop, Go, Hold, Verdict, contact_of, judge
from ritorno.core.messages.message import Message, Reason, message_id
from ritorno.core.offers import Offer
from ritorno.core.plan import Plan, Policy
from ritorno.core.segments.rule import CellIs, ScoreIs
from ritorno.core.view import view_of
from ritorno.testing import JERUSALEM, at, shop
from tests.core.histories import CONSENTS, START, folded, instants, naive_consent
from tests.core.plans import RESCUE, email, journey, sms

NOON = at("2026-03-03T12:00")  # a Tuesday
PHONE, MAIL = normalise(Kind.PHONE, "0521234567"), normalise(Kind.EMAIL, "dana@dana.co.il")
REASONS = {
    "bought", "opted_out", "over", "no_longer_true", "house_account", "version_gone", "first_purchase_done",
    "no_consent", "stopped", "feed_silent", "send_window", "short_code_shabbat", "cap", "budget", "in_playbook",
}  # fmt: skip


def event(body: object, when: Instant, number: int | str) -> Event:
    return happened("shop", f"j{number}", body, occurred_at=when, received_at=when, identifiers=(PHONE, MAIL))  # type: ignore[arg-type]


def consent(channel: str = "sms", *, given: bool = True, when: Instant = START, purpose: str = "marketing") -> Event:
    told = ConsentTold(Channel(channel), given, Purpose(purpose), source="form", wording_version="v1")
    return event(told, when, f"{channel} {given} {when} {purpose}")


def dana(
    playbook: Playbook, *told: Event, entered: Instant = NOON, bought: int = 0, why: str | None = None
) -> Customer:
    """Somebody who entered the playbook, at its first step; `why` it has ended, if so."""
    customer = folded(list(told))
    ended = entered if why is not None else None
    passage = Enrollment(
        1, playbook.key, 1, "once", entered, "treated", 1, entered, NEVER, bought, ended_at=ended, why=why or ""
    )
    customer.enrollments.append(passage)
    return customer


def message(playbook: Playbook, step: str = "note", due: Instant = NOON) -> Message:
    return Message(message_id(1, step), CustomerId(7), 1, playbook.key, 1, step, "treated", due, due)


def verdict(
    playbook: Playbook,
    customer: Customer,
    now: Instant = NOON,
    *,
    step: str = "note",
    plan: Plan | None = None,
    sent_today: int = 0,
) -> Verdict:
    plan = plan or shop(playbook)
    return judge(message(playbook, step), view_of(customer, plan, now), plan, sent_today)


def why(found: Verdict) -> str:
    assert not isinstance(found, Go)
    return str(found.why)


NOTE = journey("note", Happened("quiz"), Send("note", (sms(), email())))


# --- the fuzz ------------------------------------------------------------------------------------

CODE = journey(
    "code", Happened("quiz"), Send("note", (sms(), email()), with_offer=True), Wait("w", Span(20, Unit.HOURS)),
    Send("again", (sms(),), with_offer=True, same_code=True), exits=Exits(after=Span(72, Unit.HOURS)),
    offer=Offer(5_000, 15_000), a_day=5,
)  # fmt: skip


@st.composite
def situations(draw: st.DrawFn) -> tuple[Playbook, Customer, Instant, Plan, int, str]:
    playbook = draw(st.sampled_from([NOTE, CODE, RESCUE]))
    step = draw(st.sampled_from([each.name for each in playbook.steps if isinstance(each, Send)]))
    now = draw(instants())
    told = [event(body, draw(instants()), index) for index, body in enumerate(draw(st.lists(CONSENTS, max_size=4)))]
    orders = draw(st.lists(st.sampled_from([0, 1, 30, 60, 100]), max_size=3))
    told += [
        event(OrderTold(f"o{index}", 50_000, "ILS", SoldVia.POS), Instant(now - days * DAY - HOUR), 10 + index)
        for index, days in enumerate(orders)
    ]
    entered = Instant(now - draw(st.sampled_from([0, HOUR, 21 * HOUR, 71 * HOUR, 73 * HOUR])))
    ends = st.sampled_from([None, None, None, "completed", "bought: x", "opted_out"])
    customer = dana(playbook, *told, entered=entered, bought=draw(st.integers(0, 3)), why=draw(ends))
    for index, hours in enumerate(draw(st.lists(st.sampled_from([1, 21, 23, 24, 100, 167, 168, 300]), max_size=4))):
        channel = draw(st.sampled_from(["sms", ""]))
        mid = message_id(1, playbook.steps[0].name) if index == 0 else MessageId(index)
        reminder = draw(st.booleans())
        customer.contacts.append(
            Contact(Instant(now - hours * HOUR), mid, channel, playbook.key, marketing=bool(channel), reminder=reminder)
        )
    plan = replace(
        shop(playbook, policy=Policy(a_day=draw(st.integers(0, 2)), a_week=draw(st.integers(0, 3)), a_week_stars=2)),
        stopped=draw(st.sampled_from([False, False, False, True])),
        paused=draw(st.sampled_from([frozenset(), frozenset(), frozenset({playbook.key})])),
        silent=draw(st.sampled_from([frozenset(), frozenset({"pos"})])),
    )
    return playbook, customer, now, plan, draw(st.sampled_from([0, 4, 5, 50])), step


@settings(max_examples=400)
@given(situations())
def test_isr_01_isr_07_isr_08_orc_16_no_go_against_consent_window_cap_or_a_reason_gone(
    situation: tuple[Playbook, Customer, Instant, Plan, int, str],
) -> None:
    playbook, customer, now, plan, sent_today, step = situation
    found = verdict(playbook, customer, now, step=step, plan=plan, sent_today=sent_today)
    if not isinstance(found, Go):
        assert found.why.code in REASONS
        assert isinstance(found, Drop) or found.until > now
        return
    channel = found.way.channel
    assert naive_consent(customer, channel)

    assert found.address == address_for(customer, channel)
    moment = wall(now, JERUSALEM)
    assert moment.weekday() != 5, "Shabbat"
    assert 8 <= moment.hour < (14 if moment.weekday() == 4 else 21)
    assert not plan.stopped
    assert playbook.key not in plan.paused
    passage = customer.enrollments[0]
    assert passage.is_open or passage.why == "completed"
    assert view_of(customer, plan, now).facts.ever <= passage.bought, "she bought"
    assert playbook.exits.after is None or now < passage.entered_at + 72 * HOUR
    others = [each for each in customer.contacts if each.message != message_id(1, step)]  # sent again: not twice
    marketing = [each for each in others if each.marketing]
    reminds = step in ("again", "reminder")
    today = [each for each in marketing if now - each.at < DAY and not each.reminder]
    assert reminds or not plan.policy.a_day or len(today) < plan.policy.a_day
    week = plan.policy.a_week_stars if view_of(customer, plan, now).scores.cell == 333 else plan.policy.a_week
    assert not week or len([each for each in marketing if now - each.at < 7 * DAY]) < week
    assert not playbook.a_day or sent_today < playbook.a_day
    if reminds:
        assert [each for each in others if now - each.at < DAY]


@settings(max_examples=100)
@given(situations())
def test_what_is_held_is_decided_within_a_few_rounds(
    situation: tuple[Playbook, Customer, Instant, Plan, int, str],
) -> None:
    """A hold names the first instant worth asking again: no message is asked about for ever."""
    playbook, customer, now, plan, _, step = situation
    assume(not plan.stopped and not plan.paused)
    plan = replace(plan, silent=frozenset())
    held = []
    while isinstance(found := verdict(playbook, customer, now, step=step, plan=plan), Hold):
        held.append(found.why)
        assert len(held) < 12, f"still held: {held}"
        now = found.until


# --- truth ---------------------------------------------------------------------------------------


def test_pb2_13_true_when_wanted_false_at_dispatch_is_dropped() -> None:
    playbook = journey("note", Happened("quiz"), Send("note", (sms(),), only_if=ScoreIs("f", (2, 3))))
    customer = dana(playbook, consent())
    assert why(verdict(playbook, customer)) == "no_longer_true: only_if"
    twice = [event(OrderTold(f"o{n}", 100, "ILS", SoldVia.POS), Instant(NOON - n * DAY), n) for n in (40, 50)]
    assert isinstance(verdict(playbook, dana(playbook, consent(), *twice, bought=2)), Go)


def test_a_message_of_no_passage_or_of_a_version_that_is_gone_is_dropped() -> None:
    customer = dana(NOTE, consent())
    assert why(judge(message(NOTE), view_of(customer, shop(), NOON), shop())) == "version_gone: note@1"
    customer.enrollments.clear()
    assert why(verdict(NOTE, customer)) == "no_longer_true: enrollment"


def test_pb2_12_a_journey_that_is_through_still_stands_for_what_it_has_not_sent() -> None:
    """Held over Shabbat, the journey long at its end, and she buys meanwhile."""
    order = event(OrderTold("o1", 100, "ILS", SoldVia.POS), Instant(NOON - HOUR), 1)
    assert isinstance(verdict(NOTE, dana(NOTE, consent(), why="completed")), Go)
    assert why(verdict(NOTE, dana(NOTE, consent(), order, why="completed"))) == "bought: 2026-03-03T11:00:00+02:00"
    assert why(verdict(NOTE, dana(NOTE, consent(), why="bought: then"))) == "bought: then"


def test_dat_04_no_first_purchase_offer_to_who_has_bought_anywhere() -> None:
    playbook = journey(
        "welcome", Happened("sign_up"), Send("note", (email(),), first_purchase=True, instead="thanks"),
        exits=Exits(purchase=False), variants=(Send("thanks", (email(),)),),
    )  # fmt: skip
    ahead = event(OrderTold("o2", 100, "ILS", SoldVia.ONLINE), Instant(NOON + DAY), 2)
    visit = event(OrderTold("o1", 200_000, "ILS", SoldVia.POS), Instant(NOON - HOUR), 1)
    assert isinstance(verdict(playbook, dana(playbook, consent("email"), ahead)), Go)
    found = verdict(playbook, dana(playbook, consent("email"), visit, ahead))
    assert why(found) == "first_purchase_done: 1 pos 2026-03-03T11:00:00+02:00"
    assert isinstance(found, Drop)
    assert found.instead is not None
    assert (found.instead.step, found.instead.due_at) == ("thanks", NOON)
    assert isinstance(verdict(playbook, dana(playbook, consent("email"), visit), step="thanks"), Go)
    plain = replace(playbook, steps=(replace(playbook.steps[0], instead=""),))
    bare = verdict(plain, dana(plain, consent("email"), visit))
    assert isinstance(bare, Drop)
    assert bare.instead is None


def test_no_reminder_of_a_code_that_is_dead_or_never_was() -> None:
    """PB2-14: urgency is true, or it is not spoken of."""
    sent = Contact(Instant(NOON - 21 * HOUR), message_id(1, "note"), "sms", CODE.key, marketing=True)
    customer = dana(CODE, consent(), entered=Instant(NOON - 21 * HOUR))
    assert why(verdict(CODE, customer, step="again")) == "no_longer_true: code"
    customer.contacts.append(sent)
    assert isinstance(verdict(CODE, customer, step="again"), Go)
    assert why(verdict(CODE, customer, Instant(NOON + 3 * HOUR), step="again")) == "no_longer_true: code"
    assert why(verdict(replace(CODE, offer=None), customer, step="again")) == "no_longer_true: code"


# --- permission ----------------------------------------------------------------------------------


def test_isr_01_no_consent_names_every_channel_that_was_tried() -> None:
    assert why(verdict(NOTE, dana(NOTE))) == "no_consent: sms (no address), email (no address)"
    known = event(ConsentTold(Channel.WHATSAPP, given=True, wording="כן"), START, 1)
    assert why(verdict(NOTE, dana(NOTE, known))) == "no_consent: sms, email"


def test_isr_10_a_landline_is_never_texted() -> None:
    customer = dana(NOTE, consent("sms"))
    customer.identifiers = [
        replace(known, identifier=normalise(Kind.PHONE, "03-1234567"))
        for known in customer.identifiers
        if known.identifier.kind is Kind.PHONE
    ]
    assert why(verdict(NOTE, customer)) == "no_consent: sms (no address), email (no address)"


@pytest.mark.parametrize(
    ("given", "channel"), [(("whatsapp", "sms"), "whatsapp"), (("sms", "email"), "sms"), (("email",), "email")]
)
def test_orc_02_whatsapp_else_sms_else_email(given: tuple[str, ...], channel: str) -> None:
    ways = (replace(sms(), channel=Channel.WHATSAPP), sms(), email())
    playbook = journey("note", Happened("quiz"), Send("note", ways))
    found = verdict(playbook, dana(playbook, *(consent(each) for each in given)))
    assert isinstance(found, Go)
    assert found.way.channel == channel


def test_isr_03_a_service_message_needs_no_marketing_consent_knows_no_window_and_heeds_a_refusal() -> None:
    playbook = journey("note", Happened("quiz"), Send("note", (sms(),), message_class="service"))
    night = at("2026-03-07T23:00")
    assert isinstance(verdict(playbook, dana(playbook, consent(given=False), entered=night), night), Go)
    refused = dana(playbook, consent(given=False, purpose="service"), entered=night)
    assert why(verdict(playbook, refused, night)) == "no_consent: sms"
    again = dana(
        playbook, consent(given=False, purpose="service"), consent(purpose="service", when=NOON), entered=night
    )
    assert isinstance(verdict(playbook, again, night), Go)
    stopped = replace(shop(playbook), stopped=True)
    assert why(verdict(playbook, dana(playbook, consent()), plan=stopped)) == "stopped: brand"


# --- timing --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("due", "until", "rule"),
    [
        ("2026-03-06T16:00", "2026-03-08T08:00", "send_window: friday"),
        ("2026-04-01T20:00", "2026-04-03T08:00", "send_window: holiday:Pesach"),
        ("2026-03-02T22:00", "2026-03-03T08:00", "send_window: night"),
    ],
)
def test_isr_07_what_is_due_when_closed_waits_for_the_next_opening(due: str, until: str, rule: str) -> None:
    found = verdict(NOTE, dana(NOTE, consent(), entered=at(due)), at(due))
    assert isinstance(found, Hold)
    assert (found.until, str(found.why)) == (at(until), rule)


def test_isr_08_a_code_of_24_hours_is_not_issued_into_shabbat_a_long_one_is() -> None:
    friday = at("2026-03-06T10:00")
    found = verdict(CODE, dana(CODE, consent(), entered=friday), friday)
    assert isinstance(found, Hold)
    assert (found.until, found.why.code) == (at("2026-03-08T08:00"), "short_code_shabbat")
    long = replace(CODE, offer=Offer(5_000, lives=Span(49, Unit.HOURS)))
    assert isinstance(verdict(long, dana(long, consent(), entered=friday), friday), Go)


def contacts(*hours: int, reminder: bool = False) -> list[Contact]:
    key = PlaybookKey("other")
    channels = ("sms", "whatsapp", "email")
    return [
        Contact(Instant(NOON - each * HOUR), MessageId(each), channels[index % 3], key, True, reminder)
        for index, each in enumerate(hours)
    ]


def test_orc_16_three_in_seven_days_over_all_channels_then_no_fourth() -> None:
    customer = dana(NOTE, consent())
    customer.contacts = contacts(100, 60, 30)
    found = verdict(NOTE, customer)
    assert isinstance(found, Hold)
    assert (str(found.why), found.until) == ("cap: 3/7d", NOON + (168 - 100) * HOUR)
    customer.contacts = contacts(30, 40, 60, 100)
    found = verdict(NOTE, customer)
    assert isinstance(found, Hold)
    assert found.until == NOON + (168 - 60) * HOUR, "four have left: two of them must be a week old"
    customer.contacts = contacts(30, 100, 168)
    assert isinstance(verdict(NOTE, customer), Go), "elapsed to the microsecond"


def test_orc_16_one_a_day_a_reminder_apart_and_two_a_week_for_333() -> None:
    customer = dana(NOTE, consent())
    customer.contacts = contacts(23)
    found = verdict(NOTE, customer)
    assert isinstance(found, Hold)
    assert (str(found.why), found.until) == ("cap: 1/24h", NOON + HOUR)
    customer.contacts = contacts(23, reminder=True)
    assert isinstance(verdict(NOTE, customer), Go)
    uncapped = shop(NOTE, policy=Policy(a_day=0, a_week=0))
    customer.contacts = contacts(1, 2, 3, 4, 5)
    assert isinstance(verdict(NOTE, customer, plan=uncapped), Go)

    orders = [event(OrderTold(f"o{n}", 90_000, "ILS", SoldVia.POS), Instant(NOON - n * DAY), n) for n in (1, 2, 3)]
    star = dana(NOTE, consent(), *orders, bought=3)
    star.contacts = contacts(30, 60)
    assert why(verdict(NOTE, star)) == "cap: 2/7d"
    assert view_of(star, shop(), NOON).scores.cell == 333


def test_a_reminder_counts_for_the_week_but_is_not_held_for_the_day() -> None:
    customer = dana(CODE, consent(), entered=Instant(NOON - 21 * HOUR))
    customer.contacts = [
        Contact(Instant(NOON - 21 * HOUR), message_id(1, "note"), "sms", CODE.key, marketing=True),
        *contacts(90, reminder=True),
    ]
    assert isinstance(verdict(CODE, customer, step="again"), Go)
    customer.contacts += contacts(100)
    assert why(verdict(CODE, customer, step="again")) == "cap: 3/7d"


def test_the_days_budget_moves_the_rest_to_tomorrows_opening() -> None:
    customer = dana(CODE, consent())
    assert isinstance(verdict(CODE, customer, sent_today=4), Go)
    found = verdict(CODE, customer, sent_today=5)
    assert isinstance(found, Hold)
    assert (str(found.why), found.until) == ("budget: 5/d", at("2026-03-04T08:00"))


def test_stopped_paused_and_without_news_of_the_till_everything_waits() -> None:
    """ORC-11."""
    needs = replace(NOTE, needs_fresh=("pos",))
    for plan, reason in (
        (replace(shop(NOTE), stopped=True), "stopped: brand"),
        (replace(shop(NOTE), paused=frozenset({NOTE.key})), "stopped: note"),
        (replace(shop(needs), silent=frozenset({"pos"})), "feed_silent: pos"),
    ):
        playbook = next(iter(plan.versions.values()))
        found = verdict(playbook, dana(playbook, consent()), plan=plan)
        assert isinstance(found, Hold)
        assert (str(found.why), found.until) == (reason, NOON + HOUR)


# --- what is kept --------------------------------------------------------------------------------


def test_what_left_is_remembered_as_what_it_was() -> None:
    send = Send("note", (sms(),))
    kinds = [
        contact_of(message(NOTE), channel, step, NOON)
        for channel, step in (
            (Channel.SMS, send),
            (None, send),
            (Channel.SMS, replace(send, message_class="service")),
            (Channel.SMS, replace(send, same_code=True)),
        )
    ]
    assert [(each.channel, each.marketing, each.reminder) for each in kinds] == [
        ("sms", True, False), ("", False, False), ("sms", False, False), ("sms", True, True),
    ]  # fmt: skip


def test_reasons_are_said_with_what_they_are_about() -> None:
    assert (str(Reason("cap", "3/7d")), str(Reason("opted_out"))) == ("cap: 3/7d", "opted_out")


def test_a_check_is_not_a_message() -> None:
    playbook = journey("note", Happened("quiz"), Check("note", CellIs(("333",)), "no"))
    with pytest.raises(ValueError, match="note version 1 sends nothing named 'note'"):
        verdict(playbook, dana(playbook))
