"""History told once more: from stored events as they came, from the document where no event is stored."""

import pytest
from msgspec.structs import replace

from ritorno.core.customer import Contact, Customer
from ritorno.core.events import Body, Event
from ritorno.core.folding import fold
from ritorno.core.identifiers import Kind, normalise
from ritorno.core.ids import CustomerId, MessageId, PlaybookKey
from ritorno.core.instants import Instant
from ritorno.core.plan import Plan
from ritorno.core.react import Replanned, Sent, react
from ritorno.testing import Person, at, shop
from ritorno.work.relive import Past, relive
from ritorno.work.spool import Spool

PLAN, START, END = shop(), at("2025-01-01"), at("2026-03-01")
EARLY = at("2020-01-01")


def lived_until(past: Past, end: Instant = END, plan: Plan = PLAN) -> Customer:
    return react(past.customer, past.ahead, plan, end).customer


def dana() -> tuple[Person, list[Event]]:
    stored: list[Event] = []
    person = Person(PLAN)
    make = person.event

    def kept(*args: object, **kwargs: object) -> Event:
        stored.append(make(*args, **kwargs))  # type: ignore[arg-type]
        return stored[-1]

    person.event = kept  # type: ignore[method-assign]
    return person, stored


def moves(customer: Customer) -> list[tuple[Instant, int]]:
    return [(move.at, move.after) for move in customer.moves]


def test_what_is_stored_gives_the_document_as_it_was_lived() -> None:
    person, stored = dana()
    person.consents("sms", "2025-01-05").is_told("2025-02-01", city="חיפה").buys("2025-02-03T10:00", 500)
    person.buys("2025-05-03", 700).is_told("2025-06-01", city="יפו").is_refunded("o4", "2025-06-02", 100)
    person.buys("2025-07-01", 50, known="2025-08-15").lives_until("2026-03-01")
    assert lived_until(relive(person.customer, stored, PLAN, START, END)) == person.customer


def test_a_late_receipt_is_late_again_and_a_trait_has_its_earlier_value() -> None:
    person, stored = dana()
    person.is_told("2025-02-01", city="חיפה").is_told("2025-06-01", city="יפו")
    person.buys("2025-07-01", 50, known="2025-08-15").lives_until("2026-03-01")
    july = relive(person.customer, stored, PLAN, at("2025-08-14"), END)
    assert july.customer.orders == []
    assert [given.received_at for given in july.ahead] == [at("2025-08-15")]
    may = relive(person.customer, stored, PLAN, at("2025-05-01"), at("2025-08-01"))
    assert may.customer.traits["city"].value == "חיפה"
    assert all(given.received_at <= at("2025-08-01") for given in may.ahead)


def test_imported_history_counts_as_known_when_it_occurred() -> None:
    person, stored = dana()
    person.buys("2025-02-03", 500, known="2026-02-01", history=True).buys("2025-03-03", 500)
    past = relive(person.customer, stored, PLAN, at("2025-02-04"), END)
    assert [order.occurred_at for order in past.customer.orders] == [at("2025-02-03")]
    assert past.customer.scores.r == 3
    assert not any(given.history for given in past.ahead if isinstance(given, Event))


@pytest.mark.parametrize("kept", [0, 1, 2])
def test_what_no_event_is_stored_of_the_document_tells(kept: int) -> None:
    person, stored = dana()
    person.consents("sms", "2025-01-05").buys("2025-02-03", 500).is_refunded("o2", "2025-02-10", 100)
    person.is_told("2025-03-01", city="חיפה").lives_until("2026-03-01")
    again = lived_until(relive(person.customer, stored[:kept], PLAN, START, END))
    assert [order.net for order in again.orders] == [40000]
    assert again.traits["city"].value == "חיפה"
    assert len(again.consents) == 1
    assert moves(again) == moves(person.customer)
    assert {known.identifier for known in again.identifiers} == {
        each.identifier for each in person.customer.identifiers
    }


def test_what_has_become_anothers_is_not_told() -> None:
    """An order that was told of her, and then turned out to be her mother's."""
    person, stored = dana()
    person.buys("2025-02-03", 500).buys("2025-03-03", 700)
    document = person.customer.draft()
    del document.orders[0]
    assert [order.total for order in lived_until(relive(document, stored, PLAN, START, END)).orders] == [70000]


def test_who_joined_before_anything_was_told_is_there_from_then_on() -> None:
    document = Customer(CustomerId(1), joined_at=at("2025-02-01"))
    before = relive(document, (), PLAN, at("2025-01-15"), END)
    assert before.ahead == [Replanned(at("2025-02-01"), "joined")]
    assert relive(document, (), PLAN, START, at("2025-01-20")).ahead == []
    fold(document, Person(PLAN).event(_order(), at("2025-03-01")))
    assert len(relive(document, (), PLAN, START, END).ahead) == 2


def _order() -> Body:
    person, stored = dana()
    person.buys("2025-03-01", 10)
    return stored[0].body


def test_messages_of_ours_are_told_where_they_are_asked_for() -> None:
    contact = Contact(at("2025-05-01"), MessageId(5), "sms", PlaybookKey("PB2"), marketing=True)
    person, stored = dana()
    person.buys("2025-02-03", 500)
    document = replace(person.customer, contacts=[contact])
    assert lived_until(relive(document, stored, PLAN, START, END)).contacts == []
    told = relive(document, stored, PLAN, START, END, contacts=True)
    assert Sent(contact.at, contact) in told.ahead
    assert lived_until(told).contacts == [contact]


def test_an_identifier_that_was_never_told_in_an_event_is_there_from_the_beginning() -> None:
    person, stored = dana()
    person.buys("2025-02-03", 500)
    card = normalise(Kind.CLUB_CARD, "77", namespace="shop")
    document = person.customer.draft()
    document.identifiers.append(replace(document.identifiers[0], identifier=card))
    start = relive(document, stored, PLAN, EARLY, END).customer
    assert [known.identifier for known in start.identifiers] == [card]


def test_lives_set_aside_come_back_by_instant_and_customer() -> None:
    spool = Spool()
    for at_instant, who, kept in ((3, 1, b"late"), (1, 9, b"second"), (1, 2, b"first")):
        spool.put(Instant(at_instant), CustomerId(who), kept)
    assert len(spool) == 3
    assert list(spool.take()) == [(1, b"first"), (1, b"second"), (3, b"late")]
    spool.close()
