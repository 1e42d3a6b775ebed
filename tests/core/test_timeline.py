"""Everything told and decided of one person, in one line (DAT-05)."""

from string import Formatter
from typing import Any

import pytest
from hypothesis import given

from ritorno.core.customer import Customer
from ritorno.core.decisions import (
    AnyDecision,
    AudienceJoined,
    AudienceLeft,
    Declined,
    Ended,
    Enrolled,
    GroupMoved,
    HouseFlagged,
    PointsBooked,
    ScoreMoved,
    TaskWanted,
    WebhookWanted,
)
from ritorno.core.events import Channel, Custom, Event, MessageTold, SignedUp, SoldVia
from ritorno.core.ids import AudienceKey, CustomerId, MessageId, PlaybookKey
from ritorno.core.react import react
from ritorno.core.timeline import Entry, timeline
from ritorno.core.words import catalogue
from ritorno.core.words.timeline import CATALOGUES, say_entry
from ritorno.testing import Person, at, local, shop
from tests.core.histories import lives

NAMES = {"stars": "Stars", "risk": "At risk"}


def said(person: Person, language: str = "en") -> list[str]:
    entries = timeline(person.customer, person.life.decisions)
    return [f"{local(entry.at)[:10]} {say_entry(entry, language, 'ILS', NAMES)}" for entry in entries]


def test_dat_05_orders_consents_and_moves_stand_in_order_of_time_with_their_place_of_sale() -> None:
    dana = Person(shop()).consents("sms", "2025-01-01")
    dana.buys("2025-01-02T10:00", 800, sold_via=SoldVia.POS, branch="Ayalon").buys("2025-01-05T10:00", 300)
    dana.consents("sms", "2025-01-06", given=False).lives_until("2025-02-04T10:00")
    assert said(dana) == [
        "2025-01-01 consent to sms",
        "2025-01-02 bought at the till of Ayalon, ₪800",
        "2025-01-02 first R: 3",
        "2025-01-02 first F: 1",
        "2025-01-02 first M: 2",
        "2025-01-02 prospects → new_buyers",
        "2025-01-05 bought online, ₪300",
        "2025-01-05 F moved 1 to 2 (order)",
        "2025-01-05 new_buyers → rising",
        "2025-01-06 opted out of sms",
        "2025-02-04 R moved 3 to 2 (elapsed 30 days)",
        "2025-02-04 rising → slowing",
    ]


def test_refunds_and_cancellations_are_told_whole_in_part_and_taken_back() -> None:
    person = Person(shop()).buys("2025-01-02", 900, order="o1").buys("2025-01-03", 100, order="o2")
    person.is_refunded("o1", "2025-01-04", 300).is_refunded("o1", "2025-01-05", 300, void=True)
    person.cancels("o2", "2025-01-06")
    assert "2025-01-05 refund of ₪300 (taken back)" in said(person)
    assert "2025-01-06 order cancelled" in said(person)
    assert "2025-01-03 order online, ₪100, not counted" in said(person)
    whole = Person(shop()).buys("2025-01-02", 900, order="o1").is_refunded("o1", "2025-01-04")
    assert "2025-01-04 refunded in full" in said(whole)
    assert "2025-01-04 החזר מלא" in said(whole, "he")


def test_behaviour_is_told_by_its_name_in_words_where_there_are_some() -> None:
    person = Person(shop()).does(SignedUp(), "2025-01-01")
    person.does(MessageTold("clicked", MessageId(5), Channel.SMS), "2025-01-02")
    person.does(Custom("quiz_done", {"score": 3, "tags": ["a"]}), "2025-01-03")
    assert said(person) == ["2025-01-01 signed up", "2025-01-02 clicked a link of a message", "2025-01-03 quiz_done"]
    entry = timeline(person.customer, ())[-1]
    assert entry.values == {"name": "quiz_done", "score": 3}


def test_decisions_about_playbooks_and_houses_are_told_and_refusals_are_not() -> None:
    now, pb2 = at("2026-03-01"), PlaybookKey("PB2")
    decided: list[AnyDecision] = [
        Enrolled(at=now, enrollment=1, playbook=pb2, version=1, key="k", arm="treated"),
        Ended(at=now, enrollment=1, playbook=pb2, why="bought"),
        Declined(at=now, playbook=pb2, why="x"),
        HouseFlagged(at=now, receipts=60),
        GroupMoved(at=now, before="risk", after="stars"),
    ]
    told = [say_entry(entry, "en", "ILS", NAMES) for entry in timeline(Customer(CustomerId(1)), decided)]
    assert sorted(told) == [
        "At risk → Stars",
        "entered PB2 (treated)",
        "flagged as a till house account: 60 receipts in a day",
        "left PB2: bought",
    ]


def test_messages_and_codes_stand_among_the_rest() -> None:
    person = Person(shop()).buys("2025-01-02", 900, sold_via=SoldVia.POS)
    more = [
        Entry(at("2025-01-01"), "message", {"channel": "sms", "playbook": "PB2", "state": "sent", "reason": ""}),
        Entry(at("2025-01-03"), "code", {"code": "AB", "value": 5000}),
        Entry(at("2025-01-04"), "code_redeemed", {"code": "AB", "value": 5000}),
    ]
    told = [say_entry(entry, "en", "ILS", NAMES) for entry in timeline(person.customer, (), more)]
    assert told == ["sms message of PB2: sent", "bought at a till, ₪900", "code AB, ₪50", "code AB redeemed"]


@given(lives())
def test_every_life_can_be_told_in_both_languages_in_order(told: list[Event]) -> None:
    reaction = react(Customer(CustomerId(7)), told, shop(), at("2027-01-01"))
    entries = timeline(reaction.customer, reaction.decisions)
    assert [entry.at for entry in entries] == sorted(entry.at for entry in entries)
    for language in ("he", "en"):
        assert all(say_entry(entry, language, "ILS", NAMES).strip() for entry in entries)
    moves = [each for each in reaction.decisions if isinstance(each, ScoreMoved)]
    assert sum(entry.kind == "score" for entry in entries) == len(moves)


@pytest.mark.parametrize("words", [CATALOGUES, catalogue.CATALOGUES], ids=["timeline", "scores"])
def test_both_languages_have_the_same_sentences_with_the_same_values(words: dict[str, dict[str, str]]) -> None:
    def values(language: str) -> dict[str, set[str]]:
        return {
            key: {name for _, name, _, _ in Formatter().parse(text) if name} for key, text in words[language].items()
        }

    assert values("he") == values("en")


@pytest.mark.parametrize(("language", "said_so"), [("en", "20 points booked"), ("he", "נרשמו 20 נקודות")])
def test_what_steps_did_is_told(language: str, said_so: str) -> None:
    of: dict[str, Any] = {"at": at("2026-03-01"), "enrollment": 1, "playbook": PlaybookKey("PB4")}
    decided: list[AnyDecision] = [
        PointsBooked(points=20, by="x", **of),
        *(AudienceJoined(audience=AudienceKey("a"), use=use, **of) for use in ("include", "exclude")),
        AudienceLeft(audience=AudienceKey("a"), use="include", **of),
        TaskWanted(task=1, version=1, step="s", role="branch", due_at=at("2026-03-02"), **of),
        WebhookWanted(webhook=1, version=1, step="s", endpoint="crm", **of),
    ]
    lines = [say_entry(each, language, "ILS", NAMES) for each in timeline(Customer(CustomerId(1)), decided)]
    assert lines[0] == said_so
    assert len({*lines}) == 6
    assert all("PB4" in line for line in lines[1:])
