"""Dani buys, goes quiet, is missed, and comes back: the churn shield over a year, in milliseconds (PB2)."""

import pytest

from ritorno.core.consent import in_force
from ritorno.core.decisions import Declined, Ended, Enrolled, GroupMoved, ScoreMoved
from ritorno.core.events import Channel, Purpose, SoldVia
from ritorno.core.life import Fate
from ritorno.core.plan import Plan
from ritorno.playbooks.library import load
from ritorno.testing import Person, at, held_out_of, local, shop

CHURN_SHIELD = held_out_of(load("PB2"), 0)


def dani(plan: Plan | None = None) -> Person:
    """Five orders, ₪4,000, the last on Tuesday 2025-12-02 14:05: at risk on Monday 2026-03-02 14:05."""
    person = Person(plan or shop(CHURN_SHIELD)).is_told(first_name="דני").consents("sms").consents("email")
    for day in ("2025-06-01", "2025-07-01", "2025-08-01", "2025-10-01"):
        person.buys(f"{day}T12:00", 800)
    return person.buys("2025-12-02T14:05", 800)


def left_at(message: Fate) -> str:
    assert message.sent_at is not None
    return local(message.sent_at)


def channel_of(message: Fate) -> str:
    assert message.way is not None
    return message.way.channel


def test_pb2_04_the_message_leaves_on_the_move_to_at_risk_once_a_lapse() -> None:
    person = dani().lives_until("2026-03-02T14:04:59")
    assert person.cell == 233
    assert person.messages == []

    person.lives_until("2026-03-02T14:05:00")
    assert person.cell == 133
    (message,) = person.messages
    assert (message.state, left_at(message), channel_of(message)) == ("sent", "2026-03-02T14:05:00", "sms")

    person.lives_until("2026-08-01")
    assert len(person.messages) == 1, "one lapse, one message"

    person.buys("2026-08-02T10:00", 100).lives_until("2026-12-31")
    assert [left_at(each)[:10] for each in person.messages] == ["2026-03-02", "2026-11-01"], "re-armed"


def test_sco_05_time_alone_moves_the_score_and_says_so() -> None:
    person = dani().lives_until("2026-03-10")
    moves = [each for each in person.life.decisions if isinstance(each, ScoreMoved) and each.axis == "r"]
    falls = [(local(each.at), each.before, each.after, each.cause) for each in moves if each.after < each.before]
    assert falls[-1] == ("2026-03-02T14:05:00", 2, 1, "elapsed 90 days")
    groups = [(each.before, each.after) for each in person.life.decisions if isinstance(each, GroupMoved)]
    assert groups[-1] == ("cooling", "risk")


def test_pb2_12_a_purchase_at_the_till_ends_it_at_once_and_drops_the_reminder() -> None:
    plan = shop(held_out_of(load("PB2", frozenset({"reminder"})), 0))
    person = dani(plan).lives_until("2026-03-03T11:04:59")
    assert [each.state for each in person.messages] == ["sent"]
    # The reminder is due at 11:05:00, three hours before the code expires; she buys ten seconds before.
    person.buys("2026-03-03T11:04:50", 600, sold_via=SoldVia.POS, branch="Ayalon", known="2026-03-03T11:04:59")
    assert person.cell == 333
    person.lives_until("2026-03-10")
    assert [each.state for each in person.messages] == ["sent"], "the reminder was never wanted"
    ends = [each for each in person.life.decisions if isinstance(each, Ended)]
    assert [(local(each.at), each.why) for each in ends] == [
        ("2026-03-03T11:04:59", "bought: 2026-03-03T11:04:50+02:00")
    ]


def test_pb2_12_a_message_that_is_held_is_dropped_with_the_purchase_as_its_reason() -> None:
    # At risk on Friday 2026-03-06 16:00: held over Shabbat to Sunday; she buys on Saturday night.
    person = Person(shop(CHURN_SHIELD)).consents("sms")
    for day in ("2025-09-20T12:00", "2025-11-01T12:00", "2025-12-06T16:00"):
        person.buys(day, 800)
    person.lives_until("2026-03-07T20:00")
    (message,) = person.messages
    assert (message.state, local(message.message.due_at)) == ("held", "2026-03-08T08:00:00")
    person.buys("2026-03-07T21:00", 100)
    assert message.state == "dropped"
    assert str(message.reasons[-1][1]) == "bought: 2026-03-07T21:00:00+02:00"


def test_isr_08_a_code_of_24_hours_is_not_issued_into_shabbat() -> None:
    # At risk on Friday 2026-03-06 10:00: the window is open, but most of the code's life would be Shabbat.
    person = Person(shop(CHURN_SHIELD)).consents("sms")
    for day in ("2025-09-20T12:00", "2025-11-01T12:00", "2025-12-06T10:00"):
        person.buys(day, 800)
    person.lives_until("2026-03-06T12:00")
    (message,) = person.messages
    assert (message.state, message.reasons[0][1].code) == ("held", "short_code_shabbat")
    person.lives_until("2026-03-08T08:00")
    assert (message.state, left_at(message)) == ("sent", "2026-03-08T08:00:00")


def test_sco_09_who_returns_is_scored_from_data() -> None:
    loyal = dani().lives_until("2026-03-05").buys("2026-03-05T10:00", 100)
    assert loyal.cell == 333
    small = Person(shop()).buys("2025-06-01T10:00", 400).buys("2025-08-01T10:00", 300).lives_until("2026-03-01")
    assert small.cell == 122
    assert small.buys("2026-03-01T11:00", 100).cell == 332


def test_isr_01_without_consent_nobody_is_enrolled_and_the_reason_is_kept() -> None:
    person = Person(shop(CHURN_SHIELD))
    for day in ("2025-09-20T12:00", "2025-11-01T12:00", "2025-12-02T14:05"):
        person.buys(day, 800)
    person.lives_until("2026-03-03")
    assert person.messages == []
    assert [each.why for each in person.life.decisions if isinstance(each, Declined)] == ["no_consent: sms,email"]


@pytest.mark.parametrize(("sms", "email", "channel"), [(True, True, "sms"), (False, True, "email")])
def test_orc_02_one_message_in_the_first_channel_that_is_permitted(sms: bool, email: bool, channel: str) -> None:
    person = Person(shop(CHURN_SHIELD))
    for name, given in (("sms", sms), ("email", email)):
        if given:
            person.consents(name)
    for day in ("2025-09-20T12:00", "2025-11-01T12:00", "2025-12-02T14:05"):
        person.buys(day, 800)
    person.lives_until("2026-03-03")
    assert [channel_of(each) for each in person.messages] == [channel]


def test_isr_05_a_withdrawal_takes_effect_for_what_is_queued() -> None:
    person = Person(shop(CHURN_SHIELD)).consents("sms")
    for day in ("2025-09-20T12:00", "2025-11-01T12:00", "2025-12-06T16:00"):
        person.buys(day, 800)
    person.lives_until("2026-03-07T20:00").consents("sms", "2026-03-07T20:00", given=False, source="link")
    person.lives_until("2026-03-09")
    (message,) = person.messages
    assert (message.state, message.reasons[-1][1].code) == ("dropped", "opted_out")
    # A file that says "subscribed" later does not undo it; a new act of her own does.
    person.consents("sms", "2026-03-09T10:00", source="import")
    assert in_force(person.customer.consents, Channel.SMS, Purpose.MARKETING) is None
    person.consents("sms", "2026-03-09T11:00", source="form")
    assert in_force(person.customer.consents, Channel.SMS, Purpose.MARKETING) is not None


def test_the_holdout_takes_the_same_steps_and_gets_nothing() -> None:
    person = dani(shop(held_out_of(load("PB2"), 0.999999)))
    person.lives_until("2026-03-10")
    (message,) = person.messages
    assert message.state == "held_out"
    assert [each.arm for each in person.life.decisions if isinstance(each, Enrolled)] == ["holdout"]
    assert all(not contact.marketing for contact in person.customer.contacts)


def test_an_import_moves_scores_and_triggers_nothing() -> None:
    person = Person(shop(CHURN_SHIELD)).consents("sms")
    for day in ("2025-07-01T12:00", "2025-08-01T12:00", "2025-11-02T14:05"):
        person.buys(day, 800, known="2026-03-01T10:00", history=True)
    assert person.cell == 133
    person.lives_until("2026-06-01")
    assert person.messages == []
    assert at("2026-06-01") < person.customer.due_at
