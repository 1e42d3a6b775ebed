"""Yossi signs up in the morning, buys at the mall in the afternoon, and is not courted in the evening (DAT-04)."""

from msgspec.structs import replace

from ritorno.core.decisions import Enrolled
from ritorno.core.events import Channel, SignedUp, SoldVia
from ritorno.core.ids import PlaybookKey
from ritorno.core.instants import hours
from ritorno.core.journeys.codec import faults
from ritorno.core.journeys.journey import Exits, Playbook
from ritorno.core.journeys.step import Send, Wait
from ritorno.core.journeys.trigger import Happened
from ritorno.core.journeys.way import Way, Words
from ritorno.core.offers import Offer
from ritorno.core.segments.rule import All
from ritorno.testing import Person, local, shop


def both(he: str, en: str) -> Words:
    return Words(he, en)


def mail(he: str, en: str, subject_he: str, subject_en: str) -> tuple[Way, ...]:
    return (Way(Channel.EMAIL, both(he, en), both(f"פרסומת: {subject_he}", f"Ad: {subject_en}")),)


WELCOME = Playbook(
    key=PlaybookKey("welcome"),
    version=1,
    name=both("סדרת היכרות", "Welcome"),
    goal=both("רכישה ראשונה", "The first purchase"),
    segment=All(()),
    trigger=Happened("sign_up"),
    steps=(
        Wait("until-evening", hours(10)),
        Send(
            "first",
            mail("[HI] {{ offer.value }} [OUT]", "[HI] {{ offer.value }} [OUT]", "לרכישה הראשונה", "your first"),
            with_offer=True,
            first_purchase=True,
            instead="thanks",
        ),
    ),
    variants=(Send("thanks", mail("תודה על הביקור [OUT]", "Thanks for the visit [OUT]", "תודה", "thanks")),),
    exits=Exits(purchase=False),
    measure=both("רכישה ראשונה", "First purchase"),
    offer=Offer(5_000, lives=hours(72)),
    holdout=0,
)


def yossi(playbook: Playbook = WELCOME) -> Person:
    return Person(shop(playbook)).consents("email").does(SignedUp("footer"), "2026-03-02T10:00")


def test_the_playbook_is_without_fault() -> None:
    assert list(faults(WELCOME)) == []


def test_dat_04_the_offer_due_at_20_is_dropped_and_a_thank_you_goes_instead() -> None:
    person = yossi().lives_until("2026-03-02T16:00")
    assert [local(each.at) for each in person.life.decisions if isinstance(each, Enrolled)] == ["2026-03-02T10:00:00"]
    person.buys("2026-03-02T16:30", 2_000, sold_via=SoldVia.POS, branch="Ayalon").lives_until("2026-03-02T21:00")
    offer, thanks = person.messages
    assert (offer.message.step, offer.state, local(offer.reasons[-1][0])) == ("first", "dropped", "2026-03-02T20:00:00")
    assert str(offer.reasons[-1][1]) == "first_purchase_done: 1 pos 2026-03-02T16:30:00+02:00"
    assert (thanks.message.step, thanks.state, local(thanks.sent_at or 0)) == ("thanks", "sent", "2026-03-02T20:00:00")  # type: ignore[arg-type]


def test_dat_04_without_a_variant_nothing_goes() -> None:
    first = replace(WELCOME.steps[1], instead="")
    bare = replace(WELCOME, steps=(WELCOME.steps[0], first), variants=())
    person = yossi(bare).buys("2026-03-02T16:30", 2_000, sold_via=SoldVia.POS).lives_until("2026-03-03")
    assert [each.state for each in person.messages] == ["dropped"]


def test_who_has_not_bought_gets_the_offer() -> None:
    person = yossi().lives_until("2026-03-02T21:00")
    assert [(each.message.step, each.state) for each in person.messages] == [("first", "sent")]
