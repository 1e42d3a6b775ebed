"""Who buys for whom: kept in the buyer's document, each beneficiary's stock by itself (SEG-19)."""

from itertools import permutations

import pytest
from msgspec.structs import replace

from ritorno.core.catalogue import Catalogue, Product
from ritorno.core.customer import About, Customer, Enrollment, Relation, decode_customer, encode_customer
from ritorno.core.events import Event, Line, OrderTold, RelationTold, Role, SoldVia
from ritorno.core.folding import fold, known_at
from ritorno.core.identifiers import Kind, normalise
from ritorno.core.ids import CustomerId, PlaybookKey
from ritorno.core.instants import NEVER
from ritorno.core.journeys.journey import Entry, Exits
from ritorno.core.journeys.step import Send, Wait
from ritorno.core.journeys.trigger import Happened
from ritorno.core.merge import merge
from ritorno.core.plan import Plan, with_playbooks
from ritorno.core.relations import (
    LABELS,
    beneficiary_of,
    buys_for,
    fields,
    is_over,
    label,
    reference,
    reference_of,
    relation_of,
)
from ritorno.core.replenish import Reminder
from ritorno.core.retell import events_between
from ritorno.core.run_out import reminder_for
from ritorno.core.segments.rule import Bought
from ritorno.core.view import view_of
from ritorno.testing import Person, at, local, shop
from tests.core.plans import journey, sms

MOSHE = reference_of(normalise(Kind.PHONE, "050-7654321"))
FATHER = RelationTold(MOSHE, Role.CHILD, "אבא", "your father")
PADS = Line("PADS", category="pads", quantity=1, unit_price=5_000)
PLAN = replace(
    shop(),
    catalogue=Catalogue({"PADS": Product("PADS", category="pads", consumable=True, days_per_unit=30)}),
)


def order(number: str, beneficiary: str = "") -> OrderTold:
    return OrderTold(number, 5_000, "ILS", SoldVia.ONLINE, lines=(PADS,), beneficiary=beneficiary)


def rina(plan: Plan = PLAN) -> Person:
    person = Person(plan).does(FATHER, "2026-02-01")
    return person.does(order("hers"), "2026-03-10T10:00").does(order("his", MOSHE), "2026-03-01T10:00")


def reminded(person: Person, beneficiary: str, now: str = "2026-03-11") -> str:
    told: Reminder | None = reminder_for(
        view_of(person.customer, person.plan, at(now)), "PADS", beneficiary=beneficiary
    )
    return "" if told is None else local(told.run_out_at)


def test_seg_19_what_was_bought_for_a_father_runs_out_by_his_own_clock() -> None:
    person = rina()
    assert reminded(person, MOSHE) == "2026-03-31T10:00:00"
    assert reminded(person, "") == "2026-04-09T10:00:00"
    assert reminded(person, "phone:+972501111111") == ""


def test_seg_19_nothing_runs_out_of_somebody_she_buys_for_no_more() -> None:
    person = rina().does(replace(FATHER, ended=True), "2026-03-20")
    assert reminded(person, MOSHE, "2026-03-19T23:59") == "2026-03-31T10:00:00"
    assert reminded(person, MOSHE, "2026-03-21") == ""
    assert reminded(person, "", "2026-03-21") == "2026-04-09T10:00:00"
    assert is_over(person.customer, MOSHE, at("2026-03-20"))
    assert not is_over(person.customer, "", at("2026-03-20"))
    assert buys_for(person.customer, at("2026-03-21")) == []


def test_what_is_told_in_any_order_makes_one_document() -> None:
    person = Person(PLAN)
    told: list[Event] = [
        person.event(FATHER, at("2026-02-01")),
        person.event(replace(FATHER, role=Role.CAREGIVER), at("2026-02-03")),
        person.event(replace(FATHER, role=Role.OTHER), at("2026-02-02")),
        person.event(replace(FATHER, beneficiary="ruth"), at("2026-02-02")),
    ]
    documents = set()
    for events in permutations(told):
        document = Customer(CustomerId(7))
        for event in (*events, events[0]):
            fold(document, event)
        assert {name: each.role for name, each in document.relations.items()} == {
            MOSHE: Role.CAREGIVER,
            "ruth": Role.CHILD,
        }
        document.relations = dict(sorted(document.relations.items()))
        documents.add(encode_customer(document))
    assert len(documents) == 1
    assert decode_customer(documents.pop()).relations[MOSHE].he == "אבא"


def test_whom_she_buys_for_is_asked_as_of_an_instant() -> None:
    person = rina().does(replace(FATHER, beneficiary="ahead"), "2026-05-01", known="2026-03-11")
    now = at("2026-03-12")
    assert [each.beneficiary for each in buys_for(person.customer, now)] == [MOSHE]
    assert list(known_at(person.customer, now).relations) == [MOSHE]
    assert [each.beneficiary for each in buys_for(person.customer, at("2026-05-01"))] == ["ahead", MOSHE]


def test_a_merge_keeps_the_latest_of_each_side() -> None:
    one, other = rina().customer, Person(PLAN, number=8).does(replace(FATHER, he="אבוש"), "2026-02-02").customer
    other.relations["ruth"] = Relation(at("2026-01-01"), one.orders[0].event, "ruth", Role.PARTNER)
    for survivor, merged in ((one, other), (other, one)):
        both = merge(survivor, merged)
        assert both.relations[MOSHE].he == "אבוש"
        assert both.relations["ruth"].role is Role.PARTNER
    assert list(one.relations) == [MOSHE], "the arguments stay as they were"


def test_a_life_told_once_more_knows_the_beneficiaries() -> None:
    whole = rina().customer
    again = known_at(whole, at("2026-01-01"))
    for event in events_between(whole, at("2026-01-01"), at("2026-04-01")):
        fold(again, event)
    assert again.relations == whole.relations
    assert [each.beneficiary for each in again.orders] == [MOSHE, ""]


def test_a_message_calls_them_as_told_and_else_by_what_the_reader_is_to_them() -> None:
    relation = rina().customer.relations[MOSHE]
    assert (label(relation, "he"), label(relation, "en")) == ("אבא", "your father")
    unnamed = replace(relation, he="", en="")
    assert (label(unnamed, "he"), label(unnamed, "en"), label(unnamed, "fr")) == ("ההורה שלך", "your parent", "")
    assert fields(relation, "en") == {"label": "your father", "role": "child"}
    assert fields(None, "he") == {"label": "", "role": ""}


@pytest.mark.parametrize("language", ["he", "en"])
def test_every_role_has_its_words(language: str) -> None:
    assert set(LABELS[language]) == set(Role)


def test_for_whom_a_passage_is_follows_from_its_order() -> None:
    person = rina().does(order("nobody known", "x"), "2026-03-11")
    customer = person.customer
    known = {each.order_id: relation_of(customer, each) for each in customer.orders}
    assert known == {"his": customer.relations[MOSHE], "hers": None, "nobody known": None}
    his = next(each.key for each in customer.orders if each.order_id == "his")
    passage = Enrollment(1, PlaybookKey("pads"), 1, "one", at("2026-03-01"), "a", 0, at("2026-03-01"), NEVER, 1)
    customer.enrollments = [replace(passage, about=About(his)), replace(passage, id=2, about=About())]
    assert beneficiary_of(customer, passage.id) == customer.relations[MOSHE]
    assert beneficiary_of(customer, 2) is None
    assert beneficiary_of(customer, 3) is None


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("050-7654321", MOSHE), ("phone:+972-50-7654321", MOSHE), (MOSHE, MOSHE), (" N@X.co.il ", "email:n@x.co.il"),
        ("M-17", "M-17"), ("shop_id:shop:17", "shop_id:shop:17"), ("אבא", "אבא"), ("email:nobody", "email:nobody"),
    ],
)  # fmt: skip
def test_a_beneficiary_has_one_spelling(text: str, written: str) -> None:
    assert reference(text, "IL") == written


@pytest.mark.parametrize(("text", "why"), [(" ", "is empty"), ("x" * 301, "longer than 300 letters")])
def test_nobody_is_no_beneficiary(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        reference(text, "IL")


PADS_OUT = journey(
    "pads", Happened("order"), Wait("out", until="run_out"), Send("remind", (sms(),)),
    entry=Entry("line"), exits=Exits(purchase=False, bought=Bought(sku="@sku")),
)  # fmt: skip


def passages(person: Person) -> list[tuple[str, str]]:
    """Whose pads, and why the passage is over."""
    return sorted((each.about.beneficiary, each.why.partition(":")[0]) for each in person.customer.enrollments)


def test_seg_19_journeys_for_a_product_run_for_each_beneficiary_and_end_with_a_purchase_for_the_same() -> None:
    person = rina(with_playbooks(PLAN, PADS_OUT)).consents("sms")
    assert passages(person) == [("", ""), (MOSHE, "")]
    person.does(order("hers again"), "2026-03-12T10:00")
    assert passages(person) == [("", ""), ("", "bought"), (MOSHE, "")]


def test_seg_19_what_runs_for_somebody_she_buys_for_no_more_ends() -> None:
    person = rina(with_playbooks(PLAN, PADS_OUT)).consents("sms")
    person.does(replace(FATHER, ended=True), "2026-03-12")
    assert passages(person) == [("", ""), (MOSHE, "no_longer_true")]
