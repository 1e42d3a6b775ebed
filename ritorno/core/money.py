"""Amounts are whole minor units (agorot, cents) beside a currency code; VAT is a dated rate on the brand's wall clock.

Nothing here computes with floating point. A half is rounded up in size (₪0.005 → ₪0.01, −₪0.005 → −₪0.01), so that a
refund takes back exactly what its purchase brought.
"""

import math
import re
import unicodedata
from bisect import bisect_right
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

import msgspec

from ritorno.core.bidi import visible
from ritorno.core.instants import Instant, wall

# ISO 4217: currencies whose minor unit is not a hundredth.
_DIGITS = dict.fromkeys(("CLP", "ISK", "JPY", "KRW", "PYG", "UGX", "VND", "XAF", "XOF", "XPF"), 0)
_DIGITS |= dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3)
_SIGNS = {"ILS": "₪", "USD": "$", "EUR": "€", "GBP": "£"}
_SPELLED = {"₪": "ILS", "NIS": "ILS", 'ש"ח': "ILS", "ש״ח": "ILS", "שח": "ILS", "$": "USD", "€": "EUR", "£": "GBP"}
_LARGEST = 2**63 - 1
_LRI, _PDI = "\u2066", "\u2069"

_AMOUNT = re.compile(
    r"(?P<sign>[-+]?)\s*(?P<before>[^\d\s.,()+-]*)\s*(?P<inner>[-+]?)\s*(?P<number>\d[\d.,' ]*|[.,]\d+)\s*"
    r"(?P<after>[^\d\s.,()+-]*)\s*(?P<trailing>-?)",
    re.ASCII,
)
_PLAIN = re.compile(r"(-?\d{1,15})(?:\.(\d{1,2}))?", re.ASCII)
_NUMBERS = (
    re.compile(r"(?P<whole>[1-9]\d{0,2}(?:,\d{3})+)(?:\.(?P<part>\d*))?", re.ASCII),  # 1,234,567.89
    re.compile(r"(?P<whole>[1-9]\d{0,2}(?:\.\d{3})+),(?P<part>\d*)", re.ASCII),  # 1.234,56
    re.compile(r"(?P<whole>[1-9]\d{0,2}(?:\.\d{3}){2,})(?P<part>)", re.ASCII),  # 1.234.567
    re.compile(r"(?P<whole>[1-9]\d{0,2}(?:[ ']\d{3})+)(?:[.,](?P<part>\d*))?", re.ASCII),  # 1 234,56
    re.compile(r"(?P<whole>\d*)(?:[.,](?P<part>\d*))?", re.ASCII),  # 1234.56, 12,5
)


def digits_of(currency: str) -> int:
    """How many decimals an amount of that currency has; raises ValueError when it is no ISO 4217 code."""
    if len(currency) != 3 or not (currency.isascii() and currency.isalpha() and currency.isupper()):
        raise ValueError(f"{currency!r} is not a currency; write its ISO code, for example ILS")
    return _DIGITS.get(currency, 2)


def parse_amount(amount: str | float | Decimal, currency: str) -> int:
    """Minor units of an amount as people, tills and sheets write it: "1,234.50", "₪ 99.90", "12,5", "(40)", "40-".

    A lone dot is a decimal one; a lone comma stands between thousands where it can ("1,234"), else before decimals.
    More decimals than the currency has are rounded half up; a float counts as the decimal number it prints as.
    Raises ValueError that names what is wrong: no number, another currency, a number too large.
    """
    digits = digits_of(currency)
    if isinstance(amount, str):
        plain = _PLAIN.fullmatch(amount) if digits == 2 else None
        if plain:  # 0.7 µs; any other spelling 7 µs
            return int(plain[1] + (plain[2] or "").ljust(2, "0"))
    elif isinstance(amount, bool) or not math.isfinite(amount):
        raise ValueError(f"{amount!r} is not an amount")
    value = _read(amount, currency) if isinstance(amount, str) else Decimal(str(amount))
    if abs(value) > _LARGEST:
        raise ValueError(f"{amount!r} is larger than any amount that can be kept")
    minor = int(value.scaleb(digits).quantize(Decimal(1), ROUND_HALF_UP))
    if abs(minor) > _LARGEST:
        raise ValueError(f"{amount!r} is larger than any amount that can be kept")
    return minor


def _read(text: str, currency: str) -> Decimal:
    plain = unicodedata.normalize("NFKC", visible(text)).replace("\u2212", "-").replace("’", "'")
    in_brackets = plain.startswith("(") and plain.endswith(")")
    found = _AMOUNT.fullmatch(plain[1:-1].strip() if in_brackets else plain)
    if not found:
        raise ValueError(f"{text!r} is not an amount; write for example 1234.50")
    _check_currency(text, found["before"] or found["after"], currency)
    if found["before"] and found["after"]:
        raise ValueError(f"{text!r} names its currency twice")
    signs = [sign for sign in (found["sign"], found["inner"], found["trailing"], "-" * in_brackets) if sign]
    if len(signs) > 1:
        raise ValueError(f"{text!r} has more than one sign")
    number = _number(text, found["number"].strip())
    return -number if signs == ["-"] else number


def _number(text: str, number: str) -> Decimal:
    for spelling in _NUMBERS:
        found = spelling.fullmatch(number)
        if found:
            whole = re.sub(r"[,. ']", "", found["whole"])
            return Decimal(f"{whole or 0}.{found['part'] or 0}")
    raise ValueError(f"{text!r} is not an amount: its thousands and decimals cannot be told apart")


def _check_currency(text: str, sign: str, currency: str) -> None:
    told = _SPELLED.get(sign.upper(), sign.upper())
    if told and told != currency:
        raise ValueError(f"{text!r} is in {sign!r}, and {currency} was expected")


def decimal_text(minor: int, currency: str) -> str:
    """For files and JSON: plain digits with the currency's decimals, "-1234.50"."""
    digits = digits_of(currency)
    text = str(abs(minor)).rjust(digits + 1, "0")
    sign = "-" if minor < 0 else ""
    return f"{sign}{text[:-digits]}.{text[-digits:]}" if digits else f"{sign}{text}"


def format_amount(minor: int, currency: str, language: str) -> str:
    """For people: ₪1,200, ₪1,200.50, -₪50; decimals only where there are any.

    In Hebrew lines a sign, its number and its separators keep their order by themselves; a minus does not, so a
    negative amount is isolated (never put one into an SMS).
    """
    whole, _, part = decimal_text(abs(minor), currency).partition(".")
    number = f"{int(whole):,}" + (f".{part}" if part.strip("0") else "")
    sign = _SIGNS.get(currency)
    text = f"{sign}{number}" if sign else f"{currency}\u00a0{number}"
    if minor >= 0:
        return text
    return f"{_LRI}-{text}{_PDI}" if language == "he" else f"-{text}"


class VatRate(msgspec.Struct, frozen=True, array_like=True):
    """From that wall-clock day on; in hundredths of a percent (18 % = 1800)."""

    since: date
    hundredths: int


class VatTable(msgspec.Struct, frozen=True):
    """Rates by ascending day; the first also holds before its own day. Raises ValueError when there is none."""

    rates: tuple[VatRate, ...]

    def __post_init__(self) -> None:
        days = [rate.since for rate in self.rates]
        if not days or days != sorted(set(days)):
            raise ValueError("a VAT table needs at least one rate, and its days in ascending order")
        if any(not 0 <= rate.hundredths < 10_000 for rate in self.rates):
            raise ValueError("a VAT rate is from 0 to 9999 hundredths of a percent (18 % = 1800)")

    def rate_on(self, day: date) -> int:
        """The rate of a day, in hundredths of a percent."""
        return self.rates[max(0, bisect_right(self.rates, day, key=lambda rate: rate.since) - 1)].hundredths


NO_VAT = VatTable((VatRate(date(1970, 1, 1), 0),))
ISRAEL_VAT = VatTable(
    (VatRate(date(2013, 6, 2), 1800), VatRate(date(2015, 10, 1), 1700), VatRate(date(2025, 1, 1), 1800))
)


def net_of_vat(gross: int, at: Instant, table: VatTable, tz: ZoneInfo, *, zero_rated: bool = False) -> int:
    """What is left of an amount that includes VAT, in minor units, a half rounded up in size (ISR-12).

    `zero_rated`: sold without VAT (Eilat, export), whatever the day's rate.
    """
    if zero_rated:
        return gross
    divisor = 10_000 + table.rate_on(wall(at, tz).date())
    net = (abs(gross) * 20_000 + divisor) // (2 * divisor)
    return net if gross >= 0 else -net
