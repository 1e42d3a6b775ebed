"""The reminder of a code: three hours before it expires, or not at all (PB2, PB2-14, ORC-16)."""

from ritorno.core.events import SoldVia
from ritorno.playbooks.library import load
from ritorno.testing import Person, held_out_of, local, shop

WITH_REMINDER = held_out_of(load("PB2", frozenset({"reminder"})), 0)


def lapses_at(when: str) -> Person:
    """At risk 90 days after an order of that wall-clock time."""
    person = Person(shop(WITH_REMINDER)).consents("sms")
    for day in ("2025-09-20T12:00", "2025-10-20T12:00"):
        person.buys(day, 800)
    return person.buys(when, 800)


def test_it_goes_three_hours_before_and_no_cap_of_the_day_stops_it() -> None:
    person = lapses_at("2025-12-02T14:05").lives_until("2026-03-10")
    assert [(each.message.step, each.state, local(each.sent_at)) for each in person.messages if each.sent_at] == [
        ("rescue", "sent", "2026-03-02T14:05:00"),
        ("reminder", "sent", "2026-03-03T11:05:00"),
    ]


def test_a_reminder_held_over_shabbat_is_dropped_because_its_code_has_died() -> None:
    # Thursday 19:00: most of the code's life is before Shabbat; the reminder is due on Friday 16:00, when it is closed.
    person = lapses_at("2025-12-05T19:00").lives_until("2026-03-10")
    rescue, reminder = person.messages
    assert (rescue.state, local(rescue.sent_at or 0)) == ("sent", "2026-03-05T19:00:00")  # type: ignore[arg-type]
    assert [str(why) for _, why in reminder.reasons] == ["send_window: friday", "no_longer_true: code"]
    assert reminder.state == "dropped"


def test_who_opts_out_in_between_gets_none() -> None:
    person = lapses_at("2025-12-02T14:05").lives_until("2026-03-02T18:00")
    person.consents("sms", "2026-03-02T18:00", given=False, source="link").lives_until("2026-03-10")
    assert [each.state for each in person.messages] == ["sent"]
    assert person.customer.enrollments[0].why == "opted_out"


def test_after_72_hours_the_journey_is_over_and_a_later_purchase_is_nobodys_merit() -> None:
    person = lapses_at("2025-12-02T14:05").lives_until("2026-03-05T14:05:00")
    assert person.customer.enrollments[0].why == "over: 72 hours"
    person.buys("2026-03-05T15:00", 100, sold_via=SoldVia.POS)
    assert person.customer.enrollments[0].why == "over: 72 hours"
