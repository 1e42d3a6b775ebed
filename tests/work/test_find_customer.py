"""Looking somebody up at a desk: who fits, who fits nearly, and nobody."""

from collections.abc import Iterator

import psycopg
import pytest

from ritorno.core.events import SignedUp, happened
from ritorno.core.identifiers import Identifier, Kind, normalise
from ritorno.core.ids import CustomerId
from ritorno.core.plan import Plan
from ritorno.store.connection import connect
from ritorno.testing import at
from ritorno.work.accept import accept
from ritorno.work.find_customer import NotFound, find
from ritorno.work.found import found
from ritorno.work.plans import Plans
from ritorno.work.react import react_to_inbox

NOW = at("2026-03-01")


class Desk:
    def __init__(self, connection: psycopg.Connection) -> None:
        found(connection, "default", {"name": "אלמוג"}, at("2024-01-01"))
        self.connection = connection
        self.plan: Plan = Plans().named(connection, "default")

    def knows(self, *identifiers: Identifier) -> CustomerId:
        told = happened("shop", str(identifiers), SignedUp(), occurred_at=NOW, received_at=NOW, identifiers=identifiers)
        accept(self.connection, self.plan.brand.id, [told])
        react_to_inbox(self.connection, self.plan, NOW)
        return self.asks(identifiers[0].value)

    def asks(self, text: str) -> CustomerId:
        return find(self.connection, self.plan, text)

    def answer(self, text: str) -> str:
        with pytest.raises(NotFound) as told:
            self.asks(text)
        return str(told.value)


@pytest.fixture
def desk(database: str) -> Iterator[Desk]:
    with connect(database, autocommit=True) as connection:
        yield Desk(connection)


def test_whatever_somebody_has_at_hand_finds_them(desk: Desk) -> None:
    dana = desk.knows(
        normalise(Kind.PHONE, "052-123-4567"),
        normalise(Kind.EMAIL, "dana@shop.co.il"),
        normalise(Kind.CLUB_CARD, "AB-778", namespace="pos"),
    )
    for text in ("052-123 4567", "+972521234567", " DANA@shop.co.il ", "AB778", str(dana)):
        assert desk.asks(text) == dana


def test_the_last_digits_of_a_number_name_who_comes_near(desk: Desk) -> None:
    dana = desk.knows(normalise(Kind.PHONE, "052-123-4567"))
    member = desk.knows(normalise(Kind.CLUB_CARD, "AB4567", namespace="pos"))
    desk.knows(normalise(Kind.PHONE, "052-765-4321"))
    nobody = "nobody is known by '4567'; did you mean "
    assert desk.answer("4567") == f"{nobody}+972521234567 (customer {dana}) or AB4567 (customer {member})?"
    assert f"+972521234567 (customer {dana})?" in desk.answer("123-4567")
    assert "give a phone" in desk.answer("567"), "three digits end too many numbers"


def test_an_e_mail_with_another_domain_comes_near(desk: Desk) -> None:
    dana = desk.knows(normalise(Kind.EMAIL, "dana.r@shop.co.il"))
    desk.knows(normalise(Kind.EMAIL, "dana.rosen@shop.co.il"))
    for text in ("Dana.R@shop.com", "dana.r", "dana.r@"):
        assert desk.answer(text).endswith(f"did you mean dana.r@shop.co.il (customer {dana})?")
    assert "give a phone" in desk.answer("dan%@shop.co.il")


def test_three_near_ones_are_named_at_most(desk: Desk) -> None:
    for number in range(5):
        desk.knows(normalise(Kind.EMAIL, f"info@shop{number}.co.il"))
    assert desk.answer("info@shop.com").count("info@shop") == 4, "what was asked, and three"
    assert desk.answer("").endswith("give a phone, an e-mail, a club card, a shop login or an id")
