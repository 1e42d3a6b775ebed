"""One person's phone, e-mail or card is one value, however it was typed."""

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritorno.core.identifiers import Identifier, Kind, Line, is_placeholder, may_text, normalise, phone_line


def phone(raw: str, region: str = "IL") -> str:
    return normalise(Kind.PHONE, raw, region=region).value


def email(raw: str) -> str:
    return normalise(Kind.EMAIL, raw).value


@pytest.mark.parametrize(
    "raw",
    [
        "052-1234567",
        "+972 52 123 4567",
        "972521234567",
        "0521234567",
        "00972 52-123-4567",
        "0097 2521234567",
        "+972 0521234567",
        "+972 (0)52 123.4567",
        "521234567",
        "\u200f052-123-4567\u200e",
        "\u2066+972\u2011521234567\u2069",
        "٠٥٢١٢٣٤٥٦٧",
        " 052–1234567 ",
        "0521234567 ext 4",
        "טל. 052-1234567",
    ],
)
def test_every_spelling_of_a_mobile_is_one_key(raw: str) -> None:
    """ISR-10."""
    assert phone(raw) == "+972521234567"
    assert may_text(normalise(Kind.PHONE, raw))


def test_a_number_the_library_calls_invalid_is_accepted() -> None:
    """ISR-10: validity is a warning only."""
    number = phonenumbers.parse("050-123-4567", "IL")
    assert not phonenumbers.is_valid_number(number)
    assert phone("050-123-4567") == "+972501234567"


@pytest.mark.parametrize("raw", ["03-1234567", "077-1234567", "09-7212345", "1-800-123456", "02 500 1234"])
def test_a_landline_is_stored_and_never_texted(raw: str) -> None:
    """ISR-10: 03-1234567 stored, never texted; neither are internet telephony and service lines."""
    assert phone_line(phone(raw)) is Line.LANDLINE
    assert not may_text(normalise(Kind.PHONE, raw))


def test_numbers_of_other_countries_keep_their_own() -> None:
    assert phone("+1 212 555 0100") == "+12125550100"
    assert phone_line("+12125550100") is Line.UNKNOWN, "America gives both kinds the same numbers"
    assert phone_line(phone("07911 123456", region="GB")) is Line.MOBILE
    assert phone_line(phone("020 7946 0958", region="GB")) is Line.LANDLINE
    assert not may_text(normalise(Kind.EMAIL, "dana@shop.co.il"))


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        ("", "cannot be read"),
        ("אין", "cannot be read"),
        ("12345", "too short"),
        ("*2345", "too short"),
        ("05212345678", "10 digits after [+]972, a 5… number has 9"),
        ("03-12345678", "9 digits after [+]972, a 3… number has 8"),
        ("0521234567890123", "too long"),
        ("+999 123 456 789", "cannot be read|no such country code"),
    ],
)
def test_a_wrong_phone_says_what_is_wrong(raw: str, why: str) -> None:
    with pytest.raises(ValueError, match=f"is not a phone number: .*({why})"):
        phone(raw)


@st.composite
def israeli_spellings(draw: st.DrawFn) -> str:
    first = draw(st.sampled_from("5723489"))
    rest = draw(st.text("0123456789", min_size=8 if first in "57" else 7, max_size=8 if first in "57" else 7))
    spelled = first
    for digit in rest:
        spelled += draw(st.sampled_from(["", "", "", "-", " ", ".", "\u2011", "\u200f"])) + digit
    prefix = draw(st.sampled_from(["0", "+972", "+972 ", "+972-0", "+972 (0)", "00972", "00972 0", "972", "972-0", ""]))
    return (
        draw(st.sampled_from(["", "\u200e", "\u202a", " "]))
        + prefix
        + spelled
        + draw(st.sampled_from(["", " ", "\u200f"]))
    )


@given(israeli_spellings())
def test_the_fast_path_reads_as_the_library_reads(raw: str) -> None:
    visible = "".join(letter for letter in raw if letter not in "\u200e\u200f\u202a")
    number = phonenumbers.parse(visible, "IL")
    assert phone(raw) == phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


@given(israeli_spellings())
def test_a_normalised_phone_stays_as_it_is(raw: str) -> None:
    assert phone(phone(raw)) == phone(raw)


# --- e-mails -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (" Dana.Levi@Gmail.com ", "dana.levi@gmail.com"),
        ("\u200fdana+shop@gmail.com\u200e", "dana+shop@gmail.com"),
        ("ＤＡＮＡ＠example.co.il", "dana@example.co.il"),
        ("דנה@shop.ישראל", "דנה@shop.xn--4dbrk0ce"),
        ("dana@Shop.XN--4DBRK0CE", "dana@shop.xn--4dbrk0ce"),
        ("o'brien@mail.example.museum", "o'brien@mail.example.museum"),
    ],
)
def test_emails_are_compared_in_one_spelling(raw: str, value: str) -> None:
    assert email(raw) == value


def test_two_mailboxes_that_one_mail_house_joins_stay_two() -> None:
    assert email("dana.levi@gmail.com") != email("danalevi@gmail.com")


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        ("", "empty"),
        ("\u200f", "empty"),
        ("dana", "no @"),
        ("@shop.co.il", "cannot stand before the @"),
        ("dana levi@shop.co.il", "cannot stand before the @"),
        ("dana..levi@shop.co.il", "cannot stand before the @"),
        ("dana@@shop.co.il", "cannot stand before the @"),
        ("dana@shop", "not a domain"),
        ("dana@-shop.com", "not a domain"),
        ("dana@shop.co.il.", "not a domain"),
        ("dana@ש..com", "not a domain"),
        ("dana@1.2.3.4", "not a domain"),
        ("a" * 65 + "@shop.co.il", "cannot stand before the @"),
        ("dana@" + "a" * 260 + ".com", "longer than 254"),
    ],
)
def test_a_wrong_email_says_what_is_wrong(raw: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        email(raw)


@given(st.text(max_size=20), st.sampled_from(["shop.co.il", "Shop.COM", "בננה.co.il", "ß.de"]))
def test_a_normalised_email_stays_as_it_is(local: str, domain: str) -> None:
    try:
        once = email(f"{local}@{domain}")
    except ValueError:
        return
    assert email(once) == once


# --- cards, shop ids, devices ------------------------------------------------------------------------------------


def test_a_card_is_one_card_with_or_without_spaces_but_its_zeros_count() -> None:
    card = normalise(Kind.CLUB_CARD, "ab-100 200 3", namespace="club")
    assert card == Identifier(Kind.CLUB_CARD, "AB1002003", "club")
    assert normalise(Kind.CLUB_CARD, "007", namespace="club") != normalise(Kind.CLUB_CARD, "7", namespace="club")
    assert normalise(Kind.CLUB_CARD, "7", namespace="club") != normalise(Kind.CLUB_CARD, "7", namespace="other club")


def test_a_shop_id_belongs_to_its_shop() -> None:
    assert str(normalise(Kind.SHOP_ID, " 12 ", namespace="woo")) == "shop_id:woo:12"
    with pytest.raises(ValueError, match="'12' has no namespace"):
        normalise(Kind.SHOP_ID, "12")


def test_a_device_is_taken_as_told() -> None:
    assert str(normalise(Kind.DEVICE, "aB-3", namespace="ignored")) == "device:aB-3"


@pytest.mark.parametrize(
    ("kind", "raw"),
    [
        (Kind.PHONE, "0500000000"),
        (Kind.PHONE, "0000000000"),
        (Kind.PHONE, "052-1111111"),
        (Kind.EMAIL, "test@shop.co.il"),
        (Kind.EMAIL, "noreply@shop.co.il"),
        (Kind.EMAIL, "do-not-reply@shop.co.il"),
        (Kind.EMAIL, "dana@example.com"),
        (Kind.EMAIL, "dana@mail.test.co.il"),
        (Kind.EMAIL, "a@a.com"),
        (Kind.EMAIL, "no@no.co.il"),
        (Kind.SHOP_ID, "0"),
        (Kind.CLUB_CARD, "0000"),
        (Kind.CLUB_CARD, "אין"),
    ],
)
def test_what_is_typed_to_get_past_a_form_names_nobody(kind: Kind, raw: str) -> None:
    """ISR-10."""
    assert is_placeholder(normalise(kind, raw, namespace="till"))


@pytest.mark.parametrize(
    ("kind", "raw"),
    [
        (Kind.PHONE, "052-1234567"),
        (Kind.EMAIL, "dana@dana.co.il"),
        (Kind.EMAIL, "testa.rossa@gmail.com"),
        (Kind.CLUB_CARD, "1001"),
        (Kind.SHOP_ID, "10"),
    ],
)
def test_what_could_be_real_is_not_a_placeholder(kind: Kind, raw: str) -> None:
    assert not is_placeholder(normalise(kind, raw, namespace="till"))
