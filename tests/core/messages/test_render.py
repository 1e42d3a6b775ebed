"""What a customer reads, and how many parts it takes (ORC-17, ISR-09)."""

import pytest
import smsutil

from ritorno.core.journeys.journey import Playbook, send_named
from ritorno.core.messages.fields import Exact
from ritorno.core.messages.printing import FIRST_STRONG, POP, NoData, TextError
from ritorno.core.messages.render import asked, expand, merge, problems, render, tidy, with_advertising_word
from ritorno.core.messages.sms_parts import BILLING_RULES, billed_units, count_parts
from ritorno.playbooks.library import load

PB2 = load("PB2", frozenset({"reminder"}))
LINK = "rt.example/r/abcdefg"


def context(language: str, **changes: object) -> dict[str, object]:
    assert len(LINK) == 20
    offer = {"value": "50", "min_basket": "150", "unit": "₪" if language == "he" else "NIS", "hours_left": 3,
             "expires_at": "4.3.2026 14:05", "code": "ABCDEFGH"}  # fmt: skip
    names = {"he": ("אלמוג", "דנה"), "en": ("Almog", "Dana")}[language]
    told = {"brand": {"name": names[0]}, "customer": {"first_name": names[1]}, "offer": offer, "link": LINK,
            "optout": LINK}  # fmt: skip
    return told | changes


def text(playbook: Playbook, step: str, language: str) -> str:
    return render(send_named(playbook, step).ways[0].text.in_language(language), language, context(language))


@pytest.mark.parametrize(
    ("step", "language", "parts"),
    [("rescue", "he", 2), ("rescue", "en", 1), ("reminder", "he", 2), ("reminder", "en", 1)],
)
def test_orc_17_the_texts_of_pb2_take_the_parts_that_are_promised(step: str, language: str, parts: int) -> None:
    """Product.md §4, with דנה/Dana, אלמוג/Almog and links of 20 characters; an independent counter agrees."""
    whole = text(PB2, step, language)
    assert count_parts(whole).parts == parts == len(smsutil.split(whole).parts)


def test_orc_17_what_dana_reads() -> None:
    assert text(PB2, "rescue", "he") == (
        f"פרסומת אלמוג: היי דנה, חסרת לנו. 50 ₪ מתנה בקנייה מעל 150 ₪, ל-24 שעות בלבד: {LINK} להסרה: {LINK}"
    )
    assert (
        text(PB2, "reminder", "en") == f"Ad Almog: 3 hours left for the NIS 50 we kept for you: {LINK} Opt out: {LINK}"
    )


def test_orc_17_174_units_are_three_parts_and_one_unit_of_268() -> None:
    counted = count_parts("א" * 174)
    assert (counted.parts, billed_units(counted), billed_units(counted, BILLING_RULES["268"])) == (3, 3, 1)
    assert billed_units(counted, BILLING_RULES["70/134"]) == 2


def test_who_has_no_name_is_greeted_without_one() -> None:
    nobody = context("he", customer={"first_name": ""})
    assert render("[AD] [HI] שלום {{ link }} [OUT]", "he", nobody) == f"פרסומת אלמוג: היי, שלום {LINK} להסרה: {LINK}"


def test_a_field_that_is_not_there_is_named() -> None:
    with pytest.raises(TextError, match=r"'customer\.shoe'|shoe"):
        render("{{ customer.shoe }}", "he", context("he"))
    with pytest.raises(TextError, match=r"'\{% if %\}'"):
        render("{% if %}", "he", context("he"))


def test_what_is_wrong_with_a_text_is_told_before_it_is_sent() -> None:
    assert problems("[AD] [HI] {{ offer.value }} {{ link }} [OUT]", "en") == []
    assert problems("{{ customer.shoe }} {{ nobody }}", "en")[0].startswith(
        "there is no field 'customer.shoe'; there are"
    )
    assert len(problems("{{ customer.shoe }} {{ nobody }}", "en")) == 2
    assert problems("{{ link", "en")[0].startswith("'{{ link'")


def test_a_text_cannot_run_for_ever() -> None:
    with pytest.raises(TextError):
        render("{% for a in (1..100000) %}{{ a }}{% endfor %}", "he", context("he"))


def test_marks_are_written_out_and_spaces_tidied() -> None:
    assert expand("[OUT]", "en") == "Opt out: {{ optout }}"
    assert tidy("  a  b ,c :d\t e !") == "a b,c:d e!"


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("שלום {{ visit.branch }}", "visit.branch"),
        ("שלום {{ customer.first_name }}", "customer.first_name"),
        ("שלום {{ customer.first_name | upcase }}", "customer.first_name"),
        ("{{ customer.none }}", "customer.none"),
        ("{{ customer.hollow }}", "customer.hollow"),
        ("{{ nobody | append: '!' }}", "nobody"),
        ("{{ customer.word | remove: 'x' }}", "customer.word"),
    ],
)
@pytest.mark.parametrize("html", [False, True])
def test_eng_14_a_field_with_nothing_in_it_stops_the_message_and_is_named(text: str, field: str, html: bool) -> None:
    told: dict[str, object] = {"customer": {"first_name": "", "none": None, "hollow": [], "word": "x"}}
    with pytest.raises(NoData) as caught:
        merge(text, "he", told, html=html)
    assert caught.value.field == field


def test_eng_14_a_default_or_a_condition_says_what_stands_there_instead() -> None:
    told: dict[str, dict[str, object]] = {"customer": {"first_name": ""}}
    assert merge("[HI] שלום", "he", told) == "היי, שלום"
    assert merge("שלום {{ visit.branch | default: 'חבר' }}", "he", told) == "שלום חבר"
    assert merge("תודה{% if visit.is_today %} היום{% endif %}.", "he", told) == "תודה."
    assert merge("{{ 0 }} {{ customer.no }}", "en", {"customer": {"no": False}}) == "0 false"


@pytest.mark.parametrize(
    ("subject", "language", "said"),
    [
        ("חסרת לנו", "he", "פרסומת: חסרת לנו"),
        ("פרסומת: חסרת לנו", "he", "פרסומת: חסרת לנו"),
        ("Advice for you", "en", "Ad: Advice for you"),
        ("Bonjour", "fr", "פרסומת: Bonjour"),
    ],
)
def test_pb1_09_a_subject_begins_with_the_word_once(subject: str, language: str, said: str) -> None:
    assert with_advertising_word(subject, language) == said
    assert with_advertising_word(said, language) == said


def test_a_group_of_fields_is_no_value() -> None:
    with pytest.raises(TextError, match=r"write customer\.NAME"):
        merge("{{ customer }}", "en", {"customer": {"first_name": "Dana"}})


@pytest.mark.parametrize(
    ("language", "value", "plain", "html"),
    [
        ("he", "Dana", f"{FIRST_STRONG}Dana{POP}", "<bdi>Dana</bdi>"),
        ("he", "דנה", "דנה", "דנה"),
        ("he", "50", "50", "50"),
        ("en", "דנה", f"{FIRST_STRONG}דנה{POP}", "<bdi>דנה</bdi>"),
        ("en", "Dana", "Dana", "Dana"),
        ("ru", "Дана", "Дана", "Дана"),
        ("ar", "Dana", f"{FIRST_STRONG}Dana{POP}", "<bdi>Dana</bdi>"),
        ("he", "https://a.example/r/abc", "https://a.example/r/abc", "https://a.example/r/abc"),
        ("he", Exact("WELCOME5"), "WELCOME5", "<bdi>WELCOME5</bdi>"),
        ("he", "<b>M&S", f"{FIRST_STRONG}<b>M&S{POP}", "<bdi>&lt;b&gt;M&amp;S</bdi>"),
    ],
)
def test_isr_15_a_value_that_runs_the_other_way_keeps_its_order(
    language: str, value: str, plain: str, html: str
) -> None:
    assert merge("{{ customer.x }}", language, {"customer": {"x": value}}) == plain
    assert merge("{{ customer.x }}", language, {"customer": {"x": value}}, html=True) == html


def test_a_text_says_what_it_asks_for() -> None:
    assert asked("[HI] {{ product.name }}{% if visit.is_today %}{{ links.sale }}{% endif %}", "en") == {
        "customer.first_name", "product.name", "visit.is_today", "links.sale",
    }  # fmt: skip
    with pytest.raises(TextError):
        asked("{{ x", "en")
    assert problems("{{ links.x }} {{ segments.vip }} {{ blocks.best_sellers }} {% if visit %}{% endif %}", "he") == []
