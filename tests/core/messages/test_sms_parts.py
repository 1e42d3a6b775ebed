"""A text is counted as the telephone network cuts it, and billed as the provider says."""

import json
from pathlib import Path
from typing import Any

import pytest
import smsutil
from hypothesis import given
from hypothesis import strategies as st

from ritorno.core.messages.sms_parts import (
    BILLING_RULES,
    BillingRule,
    Costly,
    Encoding,
    Parts,
    billed_units,
    count_parts,
    warnings,
)

VECTORS = Path(__file__).resolve().parents[3].parent / "shared" / "oracles" / "vectors" / "sms_segments.json"


@pytest.fixture
def vectors() -> list[dict[str, Any]]:
    if not VECTORS.exists():
        pytest.skip("the recorded SMS vectors are not beside the project")
    recorded: list[dict[str, Any]] = json.loads(VECTORS.read_text("utf-8"))["vectors"]
    return recorded


@pytest.mark.shared
def test_parts_equal_those_of_four_other_counters(vectors: list[dict[str, Any]]) -> None:
    """ISR-09; the three texts on which the four disagree among themselves are left out."""
    names = {"GSM-7": Encoding.GSM7, "UCS-2": Encoding.UCS2}
    agreed = [vector for vector in vectors if "disputed" not in vector]
    assert len(agreed) == 47
    for vector in agreed:
        counted = count_parts(vector["text"])
        septet = 7 if counted.encoding is Encoding.GSM7 else 16
        assert counted.encoding == names[vector["encoding"]], vector["text"]
        assert counted.parts == vector["segments"], vector["text"]
        assert counted.units == sum(vector["segment_message_bits"]) // septet, vector["text"]


GSM_LETTERS = "".join(letter for letter in map(chr, range(0x20AD)) if count_parts(letter).encoding is Encoding.GSM7)


@given(
    st.one_of(
        st.text("aZ 0@é\n€[^", min_size=140, max_size=480),
        st.text(GSM_LETTERS, max_size=330),
        st.text("אבג ₪a👋é", min_size=60, max_size=220),
        st.text(st.characters(exclude_characters="\x1b", exclude_categories=["Cs"]), max_size=150),
    )
)
def test_parts_equal_those_of_smsutil(text: str) -> None:
    """ISR-09, against an independent counter (which takes a lone escape for a letter of GSM-7; it is none)."""
    other = smsutil.split(text)
    counted = count_parts(text)
    assert counted.parts == (len(other.parts) if text else 0)
    if text:
        assert (counted.encoding is Encoding.GSM7) == (other.encoding == "gsm0338")
        assert counted.units == (
            other.total_bytes if counted.encoding is Encoding.GSM7 else len(text.encode("utf-16-be")) // 2
        )


@pytest.mark.parametrize(
    ("text", "counted"),
    [
        ("", Parts(Encoding.GSM7, 0, 0)),
        ("€" * 80, Parts(Encoding.GSM7, 160, 1)),
        ("a" * 152 + "€" + "a" * 152, Parts(Encoding.GSM7, 306, 3)),  # the escape pair is not cut: 152, 153, 1
        ("א" * 70, Parts(Encoding.UCS2, 70, 1)),
        ("א" * 66 + "👋" + "א" * 66, Parts(Encoding.UCS2, 134, 3)),
        ("₪", Parts(Encoding.UCS2, 1, 1)),
        ("`", Parts(Encoding.UCS2, 1, 1)),
        ("\ud83d", Parts(Encoding.UCS2, 1, 1)),
    ],
)
def test_pairs_stay_whole(text: str, counted: Parts) -> None:
    assert count_parts(text) == counted


def test_174_hebrew_letters_cost_three_parts_or_one_or_two_units() -> None:
    """ISR-09, ORC-17."""
    counted = count_parts("ש" * 174)
    assert counted.parts == 3
    billed = {name: billed_units(counted, rule) for name, rule in BILLING_RULES.items()}
    assert billed == {"standard": 3, "268": 1, "70/134": 2, "500": 3}
    with pytest.raises(ValueError, match="takes 500 at most"):
        billed_units(count_parts("ש" * 501), BILLING_RULES["500"])


@pytest.mark.parametrize(
    ("rule", "text", "billed"),
    [
        ("70/134", "ש" * 134, 1),
        ("70/134", "ש" * 135, 2),
        ("268", "ש" * 268, 1),
        ("268", "ש" * 269, 2),
        ("268", "a" * 500, 1),
        ("standard", "a" * 161, 2),
    ],
)
def test_billed_units_step_where_the_provider_says(rule: str, text: str, billed: int) -> None:
    assert billed_units(count_parts(text), BILLING_RULES[rule]) == billed


def test_a_text_longer_than_the_provider_takes_is_refused() -> None:
    with pytest.raises(ValueError, match="has 501 letters; this provider takes 500 at most"):
        billed_units(count_parts("ש" * 501), BillingRule(longest=500))


@pytest.mark.parametrize(
    ("text", "what", "letters", "saved"),
    [
        ("Only ₪50 today" + " at our shop" * 8, Costly.SHEKEL_SIGN, "₪", 1),
        ("מתנה 50 ₪", Costly.SHEKEL_SIGN, "₪", 0),
        ("hello 👋👋❤️", Costly.EMOJI, "👋❤\ufe0f", 0),
        ("שָׁלוֹם", Costly.NIQQUD, "ָׁ" + "ֹ", 0),
        ("Dana’s “gift”" + " for you" * 10, Costly.SMART_QUOTES, "’“”", 1),
        ("today – only" + " for you" * 10, Costly.DASHES, "–", 1),
    ],
)
def test_costly_letters_are_named_with_what_they_cost(text: str, what: Costly, letters: str, saved: int) -> None:
    """ISR-09."""
    (warned,) = warnings(text)
    assert warned.what is what
    assert set(warned.letters) == set(letters)
    assert warned.parts_saved == saved


@pytest.mark.parametrize("text", ["hello", 'שלום, 50 ש"ח מתנה', "בית־ספר", "€5 {all}"])
def test_plain_texts_raise_no_warning(text: str) -> None:
    assert warnings(text) == ()
