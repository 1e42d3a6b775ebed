"""One text in its variants, and who gets which (SEG-20, SEG-22)."""

from itertools import product

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritorno.core.journeys.way import Words
from ritorno.core.messages.text import Gender, Reader, Text, Tone, Variant, choose, direction

GENDERS: tuple[Gender, ...] = ("neutral", "f", "m")
TONES: tuple[Tone, ...] = ("", "formal", "warm", "short")
SIX = Text(
    "הגיע הזמן", "It is time",
    variants=tuple(
        Variant(f"{tone}/{gender}", "he", gender, tone) for tone, gender in product(TONES[1:3], GENDERS)
    ),
)  # fmt: skip


def test_seg_20_a_woman_who_is_addressed_formally_reads_the_formal_words_for_women() -> None:
    chosen = choose(SIX, Reader("he", "f", "formal"))
    assert (chosen.text, chosen.missed) == ("formal/f", ())
    assert len(SIX.every()) == 2 + 6


@pytest.mark.parametrize(
    ("reader", "text", "missed"),
    [
        (Reader("he", "m", "warm"), "warm/m", ()),
        (Reader("he", "m", "short"), "הגיע הזמן", ("tone short", "gender m")),
        (Reader("he"), "הגיע הזמן", ()),
        (Reader("en", "f", "formal"), "It is time", ()),
    ],
)
def test_seg_20_what_is_missing_falls_back_and_is_named(reader: Reader, text: str, missed: tuple[str, ...]) -> None:
    chosen = choose(SIX, reader)
    assert (chosen.text, chosen.missed) == (text, missed)


def test_within_a_language_the_tone_goes_before_the_gender() -> None:
    text = Text("a", "b", variants=(Variant("formal", tone="formal"), Variant("women", gender="f")))
    assert choose(text, Reader("he", "f", "formal")).text == "formal"
    assert choose(text, Reader("he", "f", "warm")).text == "women"
    assert choose(text, Reader("he", "f", "warm")).missed == ("tone warm",)
    assert choose(text, Reader("he", "m", "formal")).missed == ("gender m",)


def test_seg_22_three_languages_are_three_texts_and_a_fourth_falls_back_to_hebrew() -> None:
    text = Text("שלום", "Hello", ar="مرحبا", variants=(Variant("Bonjour", "fr"),))
    said = [(each, choose(text, Reader(each))) for each in ("he", "ar", "en", "fr", "ru")]
    assert [chosen.text for _, chosen in said] == ["שלום", "مرحبا", "Hello", "Bonjour", "שלום"]
    assert [direction(each.language) for _, each in said] == ["rtl", "rtl", "ltr", "ltr", "rtl"]
    assert said[-1][1].missed == ("language ru",)
    assert text.languages() == ("he", "en", "ar", "fr")
    assert text.in_language("ru") == "שלום"


def test_seg_22_the_brands_language_goes_before_hebrew() -> None:
    assert choose(Text("שלום", "Hello"), Reader("ru"), "en").text == "Hello"
    assert choose(Text("", ""), Reader("ru"), "en").text == ""


def test_a_language_with_nothing_but_a_variant_is_told_to_everybody_of_it() -> None:
    assert choose(Text("a", "b", variants=(Variant("bonjour", "fr", "f"),)), Reader("fr", "m")).text == "bonjour"


@given(
    st.lists(st.builds(Variant, st.text(min_size=1), st.sampled_from(["he", "en", "ar"]),
                       st.sampled_from(GENDERS), st.sampled_from(TONES)), max_size=6),
    st.builds(Reader, st.sampled_from(["he", "en", "ar", "ru"]), st.sampled_from(GENDERS), st.sampled_from(TONES)),
)  # fmt: skip
def test_everybody_reads_something_in_a_language_it_is_told_in(variants: list[Variant], reader: Reader) -> None:
    text = Text("שלום", "Hello", variants=tuple(variants))
    chosen = choose(text, reader)
    assert chosen.text
    assert chosen.language in text.languages()
    assert (chosen.language == reader.language) is (reader.language in text.languages())
    fitting = {each.gender for each in text.every() if each.language == chosen.language} & {"neutral", reader.gender}
    assert not fitting or chosen.gender in fitting


def test_what_was_told_in_two_languages_is_a_text_as_it_stands() -> None:
    told = msgspec.convert({"he": "שלום", "en": "Hello"}, Words)
    assert msgspec.to_builtins(told) == {"he": "שלום", "en": "Hello"}
