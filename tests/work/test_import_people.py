"""Files of customers and of consents: traits, sign-ups, and what may be proved."""

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest

from ritorno.core.consent import Proof, in_force
from ritorno.core.customer import Customer
from ritorno.core.events import Channel, Purpose
from ritorno.core.plan import Plan
from ritorno.store import customers
from ritorno.store.connection import Session
from ritorno.testing import at
from ritorno.work.find_customer import find
from ritorno.work.found import found
from ritorno.work.import_asked import Asked, Counts
from ritorno.work.import_consents import import_consents
from ritorno.work.import_customers import import_customers
from ritorno.work.plans import Plans

NOW = at("2026-03-01T10:00")


class Shop:
    """A brand in a fresh database, and files of people brought into it."""

    def __init__(self, session: Session, plan: Plan, home: Path) -> None:
        self.session, self.plan, self.home = session, plan, home

    def file(self, text: str, name: str = "people.csv") -> Path:
        path = self.home / name
        path.write_text(text, encoding="utf-8")
        return path

    def customers(self, text: str) -> Counts:
        return import_customers(self.session, self.plan, Asked(self.file(text)), NOW, home=self.home)

    def consents(self, text: str) -> Counts:
        asked = Asked(self.file(text, "consents.csv"))
        return import_consents(self.session, self.plan, asked, NOW, home=self.home)

    def customer(self, who: str) -> Customer:
        connection = self.session.connection()
        document = customers.read(connection, self.plan.brand.id, find(connection, self.plan, who))
        assert document is not None
        return document


@pytest.fixture
def shop(database: str, tmp_path: Path) -> Iterator[Shop]:
    with Session(database, autocommit=True) as session:
        found(session.connection(), "default", {"name": "אלמוג"}, at("2024-01-01"))
        yield Shop(session, Plans().named(session.connection(), "default"), tmp_path)


def test_unknown_columns_become_typed_traits(shop: Shop) -> None:
    counts = shop.customers(
        "email,first_name,joined_at,shoe_size,is_vip,score,birth_date,code,city\n"
        "dana@dana.co.il,דנה,2024-05-01,38,true,4.5,1979-02-23,007,כפר סבא\n"
    )
    assert (counts.rows, counts.customers_new, counts.rejected) == (1, 1, 0)
    dana = shop.customer("dana@dana.co.il")
    assert dana.joined_at == at("2024-05-01")
    assert {name: trait.value for name, trait in dana.traits.items()} == {
        "first_name": "דנה", "shoe_size": 38, "is_vip": True, "score": 4.5, "birth_date": "1979-02-23", "code": "007",
        "city": "כפר סבא",
    }  # fmt: skip
    assert dana.scores.cell == 0


def test_a_second_run_of_customers_adds_nothing_and_a_changed_row_the_change(shop: Shop) -> None:
    text = "phone,joined_at,city\n0521234567,2024-05-01,חיפה\n"
    shop.customers(text)
    again = shop.customers(text)
    assert (again.added, again.repeated) == (0, 2)
    changed = shop.customers(text.replace("חיפה", "אילת"))
    assert (changed.added, changed.customers_known, changed.customers_new) == (1, 1, 0)
    assert shop.customer("0521234567").traits["city"].value == "אילת"


def test_two_members_of_a_family_in_one_file_stay_apart(shop: Shop) -> None:
    """What the same file told a row before counts as evidence against."""
    shop.customers("customer_id,phone,first_name\nS1,0521234567,בועז\nS2,0521234567,אביגיל\n")
    assert len(list(customers.read_all(shop.session.connection(), shop.plan.brand.id))) == 2


def test_rows_that_name_nobody_are_rejected_with_the_reason(shop: Shop) -> None:
    counts = shop.customers("phone,email,city\n,,חיפה\n12,,חיפה\n0521234567,oops,חיפה\n\n0527654321,,\n")
    assert (counts.rows, counts.rejected, counts.unreadable, counts.customers_new) == (4, 2, 1, 2)
    with (shop.home / "people.csv.rejected.csv").open(encoding="utf-8-sig", newline="") as file:
        told = [(row["row"], row["field"], row["phone"]) for row in csv.DictReader(file)]
    assert told == [("2", "customer_id, email, phone, club_card", ""), ("3", "phone", "12")]


CONSENTS = (
    "phone,email,channel,given,at,source,wording,wording_version,evidence\n"
    "0521234567,,sms,yes,2025-01-01 10:00,form,אני מאשרת,v2,IP 203.0.113.1\n"
    "0521234568,,מסרון,כן,2025-01-01,import,אני מאשרת,,\n"
    "0521234569,,sms,yes,,import,אני מאשרת,v2,\n"
    "0521234570,,sms,yes,2025-01-01,import,,,\n"
    "0521234571,,sms,no,,import,,,\n"
    ",rina@mail.co.il,email,yes,2025-01-01,form,I agree,v1,\n"
)


def test_a_consent_is_worth_what_proves_it(shop: Shop) -> None:
    """ISR-01: a yes without time or words is a claim and permits nothing; a no needs no proof."""
    counts = shop.consents(CONSENTS)
    assert (counts.added, counts.unproven, counts.rejected) == (6, 2, 0)
    worth = {}
    for number in range(67, 72):
        records = shop.customer(f"05212345{number}").consents
        permit = in_force(records, Channel.SMS, Purpose.MARKETING)
        worth[number] = (records[0].proof, permit is not None)
    assert worth == {
        67: (Proof.EXPLICIT, True), 68: (Proof.IMPORTED, True), 69: (Proof.UNPROVEN, False),
        70: (Proof.UNPROVEN, False), 71: (Proof.EXPLICIT, False),
    }  # fmt: skip
    told = shop.session.connection().execute(
        "SELECT wording, wording_version, source, evidence FROM consent ORDER BY at, evidence"
    )
    rows = told.fetchall()
    assert ("אני מאשרת", "v2", "form", "IP 203.0.113.1; consents.csv row 2") in rows
    assert ("I agree", "v1", "form", "consents.csv row 7") in rows


def test_an_imported_yes_does_not_undo_a_withdrawal(shop: Shop) -> None:
    """ISR-05."""
    shop.consents("phone,channel,given,at,source,wording\n0521234567,sms,no,2025-01-01,link,\n")
    shop.consents("phone,channel,given,at,source,wording\n0521234567,sms,yes,2025-06-01,import,ok\n")
    assert in_force(shop.customer("0521234567").consents, Channel.SMS, Purpose.MARKETING) is None


def test_a_second_run_of_consents_adds_nothing(shop: Shop) -> None:
    shop.consents(CONSENTS)
    again = shop.consents(CONSENTS)
    assert (again.added, again.repeated) == (0, 6)
    assert shop.session.connection().execute("SELECT count(*) FROM consent").fetchall() == [(6,)]


def test_consents_that_say_nothing_are_rejected_by_field(shop: Shop) -> None:
    counts = shop.consents(
        "phone,channel,given,at\n0521234567,pigeon,yes,2025-01-01\n0521234567,sms,perhaps,2025-01-01\n"
        "0521234567,sms,yes,soon\n0521234567,sms,yes,2025-01-01\n"
    )
    assert (counts.rejected, counts.added) == (3, 1)
    with (shop.home / "consents.csv.rejected.csv").open(encoding="utf-8-sig", newline="") as file:
        assert [row["field"] for row in csv.DictReader(file)] == ["channel", "given", "at"]
