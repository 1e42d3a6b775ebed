"""A customer's interests, and the clicks of programs, as the card says them."""

import pytest

from ritorno.core.instants import Instant
from ritorno.core.interests import InterestDefinition, Strength
from ritorno.core.journeys.way import Words
from ritorno.core.timeline import Entry
from ritorno.core.words.interests import CATALOGUES, say_strength
from ritorno.core.words.timeline import say_entry

VITAMINS = InterestDefinition("vitamins", Words("ויטמינים", "Vitamins"), links=("v",))


@pytest.mark.parametrize(
    ("fading", "language", "said"),
    [
        (False, "he", "עניין: ויטמינים, עוצמה 1,200"),
        (False, "en", "interest: Vitamins, strength 1,200"),
        (True, "he", "עניין: ויטמינים, דועך"),
        (True, "en", "interest: Vitamins, fading"),
    ],
)
def test_seg_16_an_interest_is_said_with_its_strength_or_that_it_fades(
    language: str, said: str, *, fading: bool
) -> None:
    assert say_strength(Strength("vitamins", 1200, 3.5, Instant(0), fading), VITAMINS, language) == said


def test_both_languages_have_the_same_words() -> None:
    assert CATALOGUES["he"].keys() == CATALOGUES["en"].keys()


def test_eng_04_a_click_of_a_program_is_shown_as_one() -> None:
    clicked = Entry(Instant(0), "did", {"name": "message_clicked", "machine": True})
    assert say_entry(clicked, "en", "ILS", {}) == "a program opened a link of a message"
    assert say_entry(clicked, "he", "ILS", {}) == "קישור בהודעה נפתח על ידי תוכנה"
    seen = Entry(Instant(0), "did", {"name": "product_viewed", "machine": True})
    assert say_entry(seen, "en", "ILS", {}) == "product_viewed"
