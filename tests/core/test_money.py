"""Money is whole agorot: read from any sheet, shown to people, and net of the VAT of its day."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritorno.core.instants import Instant, parse_instant, zone
from ritorno.core.money import (
    ISRAEL_VAT,
    NO_VAT,
    VatRate,
    VatTable,
    decimal_text,
    digits_of,
    format_amount,
    net_of_vat,
    parse_amount,
)

JERUSALEM = zone("Asia/Jerusalem")
amounts = st.integers(-(10**14), 10**14)
currencies = st.sampled_from(["ILS", "USD", "EUR", "GBP", "JPY", "KWD", "CHF"])


def at(text: str) -> Instant:
    return parse_instant(text, JERUSALEM)


@pytest.mark.parametrize(
    ("text", "minor"),
    [
        ("1234.50", 123450),
        ("1,234.50", 123450),
        ("1,234", 123400),
        ("1,234,567", 123456700),
        ("1.234,50", 123450),
        ("1.234.567", 123456700),
        ("1 234,5", 123450),
        ("1'234.5", 123450),
        ("1\u00a0234.50", 123450),
        ("1\u202f234,50", 123450),
        ("12,5", 1250),
        ("12,50", 1250),
        ("0,123", 12),
        ("1234,567", 123457),
        (".5", 50),
        ("5.", 500),
        ("007", 700),
        ("₪ 99.90", 9990),
        ("99.90 ₪", 9990),
        ("99.90 ש״ח", 9990),
        ('99.90 ש"ח', 9990),
        ("NIS 99.90", 9990),
        ("99.90ILS", 9990),
        ("nis99.9", 9990),
        ("-40", -4000),
        ("-0.5", -50),
        ("-0.05", -5),
        ("\u221240", -4000),
        ("40-", -4000),
        ("(40)", -4000),
        ("(₪1,040.10)", -104010),
        ("-₪40", -4000),
        ("₪-40", -4000),
        ("+40", 4000),
        ("\u200f₪1,200\u200e", 120000),
        ("\u2066-₪50\u2069", -5000),
        ("１２", 1200),
        ("0.005", 1),
        ("-0.005", -1),
        ("0.0049", 0),
        (19.99, 1999),
        (1.005, 101),
        (7, 700),
        (Decimal("0.015"), 2),
    ],
)
def test_amounts_are_read_as_people_and_tills_write_them(text: str | float | Decimal, minor: int) -> None:
    """ISR-12: agorot, a half rounded up in size."""
    assert parse_amount(text, "ILS") == minor


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "is not an amount"),
        ("free", "is not an amount"),
        ("12 apples 3", "is not an amount"),
        ("1e3", "is not an amount"),
        ("1,23,456", "cannot be told apart"),
        ("1.2.3", "cannot be told apart"),
        ("1,234.50,1", "cannot be told apart"),
        ("$12", "is in '\\$', and ILS was expected"),
        ("12 EUR", "is in 'EUR', and ILS was expected"),
        ("12 pieces", "is in 'pieces', and ILS was expected"),
        ("₪12₪", "names its currency twice"),
        ("(-12)", "more than one sign"),
        ("-12-", "more than one sign"),
        ("99999999999999999999", "larger than any amount"),
        ("92233720368547758.08", "larger than any amount"),
        (float("nan"), "is not an amount"),
        (float("inf"), "is not an amount"),
        (True, "is not an amount"),
    ],
)
def test_a_wrong_amount_says_what_is_wrong(text: str | float, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        parse_amount(text, "ILS")


@given(st.text("0123456789.,'-+()₪$ \u200f", max_size=12))
def test_any_text_is_an_amount_or_a_named_error(text: str) -> None:
    refusal = ""
    try:
        parse_amount(text, "ILS")
    except ValueError as error:
        refusal = str(error)
    assert not refusal or repr(text) in refusal


@given(amounts, currencies, st.sampled_from(["he", "en"]))
def test_what_is_shown_and_what_is_written_are_read_back(minor: int, currency: str, language: str) -> None:
    assert parse_amount(decimal_text(minor, currency), currency) == minor
    assert parse_amount(format_amount(minor, currency, language), currency) == minor


@pytest.mark.parametrize(
    ("minor", "currency", "shown", "written"),
    [
        (120000, "ILS", "₪1,200", "1200.00"),
        (120050, "ILS", "₪1,200.50", "1200.50"),
        (5, "ILS", "₪0.05", "0.05"),
        (0, "ILS", "₪0", "0.00"),
        (1200, "JPY", "JPY\u00a01,200", "1200"),
        (1234567, "KWD", "KWD\u00a01,234.567", "1234.567"),
        (-5000, "ILS", "-₪50", "-50.00"),
    ],
)
def test_amounts_show_decimals_only_where_there_are_any(minor: int, currency: str, shown: str, written: str) -> None:
    assert format_amount(minor, currency, "en") == shown
    assert decimal_text(minor, currency) == written


def test_a_minus_keeps_its_place_in_a_hebrew_line() -> None:
    """ISR-15."""
    assert format_amount(-5000, "ILS", "he") == "\u2066-₪50\u2069"
    assert format_amount(5000, "ILS", "he") == "₪50"


@pytest.mark.parametrize("currency", ["", "ils", "NI", "ש״ח", "SHEKEL", "I1S"])
def test_a_wrong_currency_is_named(currency: str) -> None:
    with pytest.raises(ValueError, match="is not a currency; write its ISO code"):
        digits_of(currency)


# --- VAT ---------------------------------------------------------------------------------------------------------


def test_vat_is_that_of_the_day_of_the_purchase() -> None:
    """ISR-12: ₪118 on 2025-02-01 → net ₪100.00; ₪117 on 2024-12-30 → net ₪100.00."""
    assert net_of_vat(11800, at("2025-02-01T12:00"), ISRAEL_VAT, JERUSALEM) == 10000
    assert net_of_vat(11700, at("2024-12-30T12:00"), ISRAEL_VAT, JERUSALEM) == 10000


def test_the_rate_changes_at_midnight_on_the_brands_clock() -> None:
    """ISR-12: 22:30 UTC on 31 December is already 2025 in Jerusalem."""
    midnight = at("2025-01-01T00:00")
    assert net_of_vat(11800, midnight, ISRAEL_VAT, JERUSALEM) == 10000
    assert net_of_vat(11700, Instant(midnight - 1), ISRAEL_VAT, JERUSALEM) == 10000
    assert net_of_vat(11700, midnight, ISRAEL_VAT, zone("UTC")) == 10000


def test_eilat_pays_no_vat() -> None:
    assert net_of_vat(11800, at("2025-02-01"), ISRAEL_VAT, JERUSALEM, zero_rated=True) == 11800
    assert net_of_vat(11800, at("2025-02-01"), NO_VAT, JERUSALEM) == 11800


@given(amounts, st.sampled_from(["1990-01-01", "2014-01-01", "2020-06-01", "2026-03-01"]))
def test_a_refund_takes_back_exactly_what_its_purchase_brought(gross: int, day: str) -> None:
    """ISR-12; and the net amount is the nearest agora to the exact quotient."""
    net = net_of_vat(gross, at(day), ISRAEL_VAT, JERUSALEM)
    assert net_of_vat(-gross, at(day), ISRAEL_VAT, JERUSALEM) == -net
    rate = ISRAEL_VAT.rate_on(date.fromisoformat(day))
    assert abs(net * (10_000 + rate) - gross * 10_000) * 2 <= 10_000 + rate


def test_a_half_agora_is_rounded_up() -> None:
    table = VatTable((VatRate(date(2020, 1, 1), 2500),))
    assert net_of_vat(5 * 125 + 0, at("2026-01-01"), table, JERUSALEM) == 500
    half = VatTable((VatRate(date(2020, 1, 1), 6000),))
    assert net_of_vat(4, at("2026-01-01"), half, JERUSALEM) == 3, "2.5 agorot"


@pytest.mark.parametrize(
    "rates",
    [
        (),
        (VatRate(date(2025, 1, 1), 1800), VatRate(date(2024, 1, 1), 1700)),
        (VatRate(date(2025, 1, 1), 1800), VatRate(date(2025, 1, 1), 1700)),
        (VatRate(date(2025, 1, 1), -1),),
        (VatRate(date(2025, 1, 1), 10_000),),
    ],
)
def test_a_wrong_vat_table_is_refused(rates: tuple[VatRate, ...]) -> None:
    with pytest.raises(ValueError, match="VAT"):
        VatTable(rates)
