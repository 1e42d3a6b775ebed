"""What is estimated, needs served and who buys for whom, said in Hebrew and English (SEG-18, SEG-19, COM-30)."""

from msgspec.structs import replace

from ritorno.core.customer import Relation
from ritorno.core.events import Role
from ritorno.core.guesses import Guess
from ritorno.core.ids import EventId
from ritorno.core.journeys.way import Words
from ritorno.core.needs import Need, Served
from ritorno.core.trait_values import TraitKind
from ritorno.core.traits import TraitDefinition
from ritorno.core.words.expected import say_buyer, say_guess, say_need, say_relation
from ritorno.testing import at

INFANT = TraitDefinition("has_infant", TraitKind.YES_NO, Words("יש תינוק", "Has an infant"))
GUESS = Guess("has_infant", True, 0.9, "diapers")
FATHER = Relation(at("2026-01-01"), EventId(1), "phone:+972507654321", Role.CHILD, "אבא", "your father")


def seen(text: str) -> str:
    """Without the marks that keep directions apart."""
    return "".join(letter for letter in text if letter not in "\u2066\u2067\u2068\u2069\u200e\u200f")


def test_com_30_an_estimate_is_called_one() -> None:
    assert seen(say_guess(GUESS, INFANT, "he")) == "משוער: יש תינוק: כן (ודאות 90%)"
    assert seen(say_guess(GUESS, INFANT, "en")) == "estimated: Has an infant: yes (confidence 90%)"
    assert seen(say_guess(GUESS, None, "en")) == "estimated: has_infant: yes (confidence 90%)"


def test_seg_18_a_need_is_said_by_its_name() -> None:
    need, told = Need("dry", Words("יובש ונוחות", "Dryness")), Served("dry", 2, at("2026-01-01"))
    assert seen(say_need(told, need, "he")) == "צורך שנענה: יובש ונוחות (קניות: 2)"
    assert seen(say_need(told, need, "en")) == "need served: Dryness (orders: 2)"


def test_seg_19_a_beneficiary_is_called_as_told_else_by_the_role_else_as_written() -> None:
    assert seen(say_relation(FATHER, "he")) == "קונה בשביל אבא, בתור בן או בת"
    assert seen(say_relation(replace(FATHER, en=""), "en")) == "buys for your parent, as a son or daughter"
    unnamed = replace(FATHER, role=Role.OTHER, en="")
    assert seen(say_relation(unnamed, "en")) == "buys for phone:+972507654321, as somebody close"
    assert seen(say_buyer("17", Role.CAREGIVER, "en")) == "customer 17 buys for this one, as a caregiver"
