"""How far an enrollment gets, and when it must be looked at again."""

from ritorno.core.decisions import Ended, MessageWanted, StepTaken
from ritorno.core.events import SoldVia
from ritorno.core.instants import Span, Unit
from ritorno.core.journeys.journey import Exits
from ritorno.core.journeys.step import Check, Send, Wait
from ritorno.core.journeys.trigger import Happened
from ritorno.core.segments.rule import Bought, GroupIs, Not
from ritorno.testing import Person, at, local, shop
from tests.core.plans import SECOND_ORDER, journey, sms


def test_waits_are_counted_from_the_step_the_entry_or_the_sending() -> None:
    """Entered on Thursday 16:00; the message is held to Sunday, and the last wait is counted from there."""
    playbook = journey(
        "w", Happened("order"), Wait("evening", Span(26, Unit.HOURS)), Send("note", (sms(),)),
        Wait("entry", Span(1), since="entry"), Wait("sent", Span(2), since="note"), Send("last", (sms(),)),
        exits=Exits(purchase=False, after=Span(30)),
    )  # fmt: skip
    person = Person(shop(playbook)).consents("sms").buys("2026-03-05T16:00", 100)
    assert local(person.customer.due_at) == "2026-03-06T18:00:00"
    person.lives_until("2026-03-07")
    (passage,) = person.customer.enrollments
    assert (passage.step, local(passage.step_at)) == (3, "2026-03-06T18:00:00"), "a day since the entry has passed"
    assert local(passage.wake_at) == "2026-04-04T16:00:00", "nothing has left yet"
    person.lives_until("2026-03-08T08:00")
    assert local(person.customer.enrollments[0].wake_at) == "2026-03-10T08:00:00"
    person.lives_until("2026-03-11")
    assert [(each.message.step, local(each.sent_at or at("2000-01-01"))) for each in person.messages] == [
        ("note", "2026-03-08T08:00:00"),
        ("last", "2026-03-10T08:00:00"),
    ]
    assert [each.why for each in person.life.decisions if isinstance(each, Ended)] == ["completed"]


def test_a_check_lets_on_or_ends_with_its_own_words() -> None:
    person = Person(shop(SECOND_ORDER)).consents("sms").consents("email").buys("2026-03-02T10:00", 100)
    person.lives_until("2026-03-10")
    assert [each.step for each in person.life.decisions if isinstance(each, StepTaken)] == ["still"]
    assert [each.step for each in person.life.decisions if isinstance(each, MessageWanted)] == ["thanks", "again"]

    till = Check("till", Bought(sold_via=SoldVia.POS), "never_at_the_till")
    playbook = journey("c", Happened("order"), till, Send("note", (sms(),)), exits=Exits(purchase=False))
    person = Person(shop(playbook)).consents("sms").buys("2026-03-02T10:00", 100)
    assert [each.why for each in person.life.decisions if isinstance(each, Ended)] == ["never_at_the_till"]
    assert person.messages == []


def test_what_must_hold_all_along_ends_the_journey_at_the_instant_it_stops() -> None:
    fresh = journey(
        "f", Happened("order"), Wait("long", Span(80)), Send("note", (sms(),)),
        exits=Exits(purchase=False, unless=Not(GroupIs(("second",)))),
    )  # fmt: skip
    person = Person(shop(fresh)).consents("sms").buys("2026-03-02T10:00", 100)
    assert local(person.customer.enrollments[0].wake_at) == "2026-04-01T10:00:00"
    person.lives_until("2026-05-01")
    (passage,) = person.customer.enrollments
    assert (passage.why, local(passage.ended_at or at("2000-01-01"))) == ("no_longer_true", "2026-04-01T10:00:00")
