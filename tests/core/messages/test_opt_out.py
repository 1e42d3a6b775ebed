"""Who asks to be left alone is left alone; who writes about something else is not taken for it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritorno.core.messages.opt_out import asks_to_stop

WORDS = ["הסר", "הסירו", "הסרה", "להסרה", "עצור", "ביטול", "stop", "unsubscribe", "remove"]


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize(
    "dress", ["{}", " {} ", "{}.", "{}!!!", '"{}"', "״{}״", "\u200f{}\u200e", "\u2067{}\u2069", "*{}*", "{}\n"]
)
def test_each_word_of_refusal_counts_in_any_dress(word: str, dress: str) -> None:
    """ISR-05."""
    assert asks_to_stop(dress.format(word))
    assert asks_to_stop(dress.format(word.upper()))


@pytest.mark.parametrize(
    "text",
    [
        "נא להסיר אותי מהרשימה, תודה",
        "הסר אותי בבקשה",
        "תסירו אותי מרשימת התפוצה!!",
        "הסר הסר הסר",
        "הַסֵּר",
        "הסר 1",
        "Stop.",
        "STOP STOP",
        "Please remove me from your list",
        "unsubscribe me please",
        "Stop texting me",
        "Opt-out",
        "Don't text me",
        "Do not send me any more messages",
        "Not interested",
        "No more messages please",
        "אל תשלחו לי יותר הודעות",
        "לא מעוניינת לקבל הודעות",
        "תפסיקו לשלוח לי הודעות",
        "ｓｔｏｐ",
    ],
)
def test_a_refusal_in_plain_words_counts(text: str) -> None:
    """ISR-05: a refusal in writing is one, whatever the words."""
    assert asks_to_stop(text)


@pytest.mark.parametrize(
    "text",
    [
        "הסרר",
        "הסיירו",
        "עוצר",
        "עעצור",
        "ביטל",
        "ביטולל",
        "ביתול",
        "להסר",
        "stopp",
        "sotp",
        "unsubscibe",
        "unsubcribe",
        "unsubscribr",
        "remov",
        "rmeove",
        "removee",
    ],
)
def test_one_slip_of_the_finger_is_forgiven(text: str) -> None:
    """ISR-05: typos."""
    assert asks_to_stop(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "👍",
        "123",
        "תודה",
        "לא להסיר",
        "אל תסירו אותי",
        "don't stop",
        "please do not remove me",
        "רציתי לשאול על ביטול העסקה מאתמול",
        "אפשר ביטול להזמנה 1234?",
        "מתי אתם פותחים בסניף ליד עצור?",
        "Can I stop by the shop tomorrow?",
        "I want to cancel my order from Sunday",
        "how do I remove the stain",
        "טיטול",
        "ביטוח",
        "עצוב",
        "עצום!",
        "חסר",
        "הרס",
        "הסירה",
        "shop",
        "step",
        "top",
        "remote",
        "כן",
        "לא",
        "לא רוצה לפספס את המבצע הזה",
        "לא רוצה חולצה",
    ],
)
def test_other_replies_do_not(text: str) -> None:
    assert not asks_to_stop(text)


def test_only_the_fresh_part_of_a_mail_is_read() -> None:
    """ISR-05: a plain e-mail reply counts too, and the mail it quotes says "unsubscribe" itself."""
    assert asks_to_stop("הסר\n\nדנה לוי\n052-1234567")
    assert asks_to_stop("Unsubscribe\n\nOn Mon, 2 Mar 2026 Shop wrote:\n> our new catalogue")
    assert not asks_to_stop("> unsubscribe")
    assert not asks_to_stop("מתי אתם פותחים?\nבתאריך 2.3.2026 החנות כתב:\nלהסרה")
    assert not asks_to_stop("When do you open?\n-----Original Message-----\nunsubscribe")


@given(st.text())
def test_any_reply_gets_an_answer(text: str) -> None:
    assert asks_to_stop(text) in {True, False}


@given(
    st.sampled_from(WORDS),
    st.text("\u200e\u200f\u2066\u2069 .,!?\"'״-*\n", max_size=6),
    st.text(" .!\u200f", max_size=4),
)
def test_marks_and_punctuation_change_nothing(word: str, before: str, after: str) -> None:
    assert asks_to_stop(before + word + after) or before.lstrip(" \u200e\u200f\u2066\u2069\n").startswith("---")
