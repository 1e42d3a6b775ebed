"""`customer.traits.NAME` in a text: in words where it is written, by its value where it is asked (SEG-12)."""

from collections.abc import Mapping

import pytest

from ritorno.core.customer import Trait
from ritorno.core.events import TraitValue
from ritorno.core.ids import EventId
from ritorno.core.instants import Instant
from ritorno.core.journeys.way import Words
from ritorno.core.messages.printing import FIRST_STRONG, POP, TextError
from ritorno.core.messages.render import problems, render
from ritorno.core.messages.trait_fields import TraitFields
from ritorno.core.trait_values import Choice, TraitKind
from ritorno.core.traits import TraitDefinition

NAME = Words("שם", "name")
CHILD = Choice("child", Words("ילד", "Child"))
KNOWN = {
    "due": TraitDefinition("due", TraitKind.DATE, NAME),
    "role": TraitDefinition("role", TraitKind.CHOICE, NAME, (CHILD,)),
    "roles": TraitDefinition("roles", TraitKind.LIST, NAME, (CHILD,)),
    "illness": TraitDefinition("illness", TraitKind.TEXT, NAME, sensitive=True),
}
TOLD: Mapping[str, TraitValue] = {
    "due": "2026-12-31", "role": "child", "roles": ["child", "self"], "has_dog": False, "has_cat": True, "visits": 3.0,
    "weight": 4.5, "model": "רולטור 5", "illness": "סוד", "gone": None, "blank": "", "none": [], "zero": 0,
}  # fmt: skip


def read(text: str, language: str = "he") -> str:
    traits = {key: Trait(Instant(1), EventId(1), value, "files") for key, value in TOLD.items()}
    read = render(text, language, {"customer": {"traits": TraitFields(traits, KNOWN, language)}})
    return read.replace(FIRST_STRONG, "").replace(POP, "")


@pytest.mark.parametrize(
    ("text", "he", "en"),
    [
        ("due", "31.12.2026", "31 December 2026"),
        ("due | date: '%d/%m/%y'", "31/12/26", "31/12/26"),
        ("role", "ילד", "Child"),
        ("roles", "ילד, self", "Child, self"),
        ("roles | join: '+'", "child+self", "child+self"),
        ("roles | size", "2", "2"),
        ("has_dog", "לא", "no"),
        ("has_dog | default: 'x'", "לא", "no"),
        ("has_cat", "כן", "yes"),
        ("visits", "3", "3"),
        ("zero | default: 'x'", "0", "0"),
        ("weight | times: 2", "9.0", "9.0"),
        ("model | upcase", "רולטור 5", "רולטור 5"),
    ],
)
def test_seg_12_every_kind_is_written_in_the_language_of_the_text(text: str, he: str, en: str) -> None:
    assert (read(f"{{{{ customer.traits.{text} }}}}"), read(f"{{{{ customer.traits.{text} }}}}", "en")) == (he, en)


@pytest.mark.parametrize("key", ["never_told", "gone", "illness", "none"])
def test_seg_12_the_fallback_stands_for_what_is_not_known_and_for_what_is_sensitive(key: str) -> None:
    assert read(f"{{{{ customer.traits.{key} | default: 'ההליכון' }}}}") == "ההליכון"
    assert read(f"[{{{{ customer.traits.{key} }}}}]") == "[]"


def test_in_a_condition_a_trait_is_its_value() -> None:
    text = (
        "{% assign t = customer.traits %}{% if t.role == 'child' %}a{% endif %}{% if t.has_dog %}b{% endif %}"
        "{% if t.has_cat %}c{% endif %}{% if t.due > '2026-01-01' %}d{% endif %}{% if t.roles contains 'self' %}e"
        "{% endif %}{% for one in t.roles %}({{ one }}){% endfor %}{% if t.visits > 2 %}f{% endif %}"
    )
    assert read(text) == read(text, "en") == "acde(child)(self)f"


def test_what_a_definition_says_about_texts_is_told_before_they_are_sent() -> None:
    assert problems("{{ customer.traits.עיר | default: '' }} {% if customer.traits.a %}x{% endif %}", "he") == []
    for text in ("{{ customer.traits }}", "{{ customer.traits.a.b }}", "{{ customer.shoe }}"):
        (problem,) = problems(text, "he")
        assert "customer.traits.NAME" in problem


def test_all_that_is_told_can_be_walked_through_and_counted() -> None:
    assert read("{{ customer.traits | size }}") == str(len(TOLD))
    assert read("{% for one in customer.traits limit: 2 %}{{ one[0] }} {% endfor %}") == "due role"


def test_a_text_does_not_ask_the_clock() -> None:
    with pytest.raises(TextError, match="does not ask what time it is"):
        read("{{ 'now' | date: '%Y' }}")
    assert read("{{ '2026-03-01' | date: '%Y' }}") == "2026"
