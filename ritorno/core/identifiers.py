"""Identifiers by which a customer is recognised, each in the one spelling under which it is compared and stored.

Phones are E.164 by `phonenumbers`, accepted when *possible*: the library calls 050-123-4567 and its like invalid, so
validity decides nothing (ISR-10). Israeli spellings take a fast path; a test holds it equal to the library.
E-mails are lower case, NFKC, with an ASCII (IDNA) domain; dots and plus signs are left alone, since only some mail
houses ignore them. Shop ids and club cards mean something only within a namespace: the source that gives them out.
"""

import re
import unicodedata
from enum import StrEnum

import msgspec
import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from ritorno.core.bidi import INVISIBLE, visible


class Kind(StrEnum):
    EMAIL = "email"
    PHONE = "phone"
    CLUB_CARD = "club_card"
    SHOP_ID = "shop_id"
    DEVICE = "device"


class Line(StrEnum):
    MOBILE = "mobile"
    LANDLINE = "landline"  # and every other number that takes no texts: internet telephony, service lines
    UNKNOWN = "unknown"


class Identifier(msgspec.Struct, frozen=True, gc=False, array_like=True, order=True):
    """Made by `normalise`; two identifiers are the same one when they are equal."""

    kind: Kind
    value: str
    namespace: str = ""

    def __str__(self) -> str:
        return (
            f"{self.kind.value}:{self.namespace}:{self.value}" if self.namespace else f"{self.kind.value}:{self.value}"
        )


_MAX_LENGTH = 254  # of any identifier; RFC 5321 gives it for e-mail addresses
_PHONE_SEPARATORS = INVISIBLE | dict.fromkeys(map(ord, " -.()\t\u00a0\u2010\u2011\u2012\u2013\u2014\u05be"))
_ISRAELI = re.compile(r"(?:(?:\+|00)?972)?0?([57][0-9]{8}|[23489][0-9]{7})")
_LOCAL_PART = re.compile(r"[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*")
_DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?:[a-z]{2,63}|xn--[a-z0-9-]{1,59})")


def normalise(kind: Kind, raw: str, *, region: str = "IL", namespace: str = "") -> Identifier:
    """`raw`, as a person or a till wrote it, as an identifier (1.4 µs for an Israeli phone or an e-mail).

    `region` is the country whose local spelling phones are in; `namespace` counts for club cards and shop ids only.
    Raises ValueError that says what is wrong with the value.
    """
    if kind is Kind.PHONE:
        return Identifier(kind, _phone(raw, region))
    text = visible(raw)
    if not text or len(text) > _MAX_LENGTH:
        raise ValueError(f"the {kind.value} is {'empty' if not text else f'longer than {_MAX_LENGTH} characters'}")
    if kind is Kind.EMAIL:
        return Identifier(kind, _email(text))
    if kind is Kind.DEVICE:
        return Identifier(kind, text)
    if kind is Kind.CLUB_CARD:
        return Identifier(kind, re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", text)).upper() or text, namespace)
    if not namespace:
        raise ValueError(f"shop id {text!r} has no namespace: name the source whose id it is")
    return Identifier(kind, text, namespace)


def _phone(raw: str, region: str) -> str:
    if region == "IL":
        israeli = _ISRAELI.fullmatch(raw.translate(_PHONE_SEPARATORS))
        if israeli:
            return "+972" + israeli[1]
    try:
        number = phonenumbers.parse(visible(raw), region)
    except phonenumbers.NumberParseException as error:
        raise _not_a_phone(raw, "it cannot be read as one") from error
    reason = phonenumbers.is_possible_number_with_reason(number)
    if reason != phonenumbers.ValidationResult.IS_POSSIBLE:
        raise _not_a_phone(raw, _IMPOSSIBLE.get(reason, "no number of that country has so many digits"))
    value = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    if value.startswith("+972") and value[4] in "2345789" and not _ISRAELI.fullmatch(value):
        raise _not_a_phone(raw, f"{len(value) - 4} digits after +972, a {value[4]}… number has {_digits(value[4])}")
    return value


_IMPOSSIBLE = {
    phonenumbers.ValidationResult.TOO_SHORT: "it is too short",
    phonenumbers.ValidationResult.TOO_LONG: "it is too long",
    phonenumbers.ValidationResult.IS_POSSIBLE_LOCAL_ONLY: "the area code is missing",
    phonenumbers.ValidationResult.INVALID_COUNTRY_CODE: "there is no such country code",
}


def _digits(first: str) -> int:
    return 9 if first in "57" else 8


def _not_a_phone(raw: str, why: str) -> ValueError:
    return ValueError(f"{raw!r} is not a phone number: {why}; write for example 052-123-4567 or +972521234567")


def _email(text: str) -> str:
    plain = text.lower() if text.isascii() else unicodedata.normalize("NFKC", text.lower()).lower().strip()
    local, at, domain = plain.rpartition("@")
    if not at:
        raise ValueError(f"{text!r} is not an e-mail address: there is no @")
    if len(local) > 64 or not _LOCAL_PART.fullmatch(local):
        raise ValueError(f"{text!r} is not an e-mail address: {local!r} cannot stand before the @")
    if not domain.isascii():
        try:
            domain = domain.encode("idna").decode("ascii").lower()
        except UnicodeError as error:
            raise ValueError(f"{text!r} is not an e-mail address: {domain!r} is not a domain") from error
    if not _DOMAIN.fullmatch(domain):
        raise ValueError(f"{text!r} is not an e-mail address: {domain!r} is not a domain")
    return f"{local}@{domain}"


def phone_line(value: str) -> Line:
    """What answers at this E.164 number, as far as the number itself says."""
    if value.startswith("+972"):
        return Line.MOBILE if value[4:5] == "5" and len(value) == 13 else Line.LANDLINE
    return _LINES.get(phonenumbers.number_type(phonenumbers.parse(value, None)), Line.LANDLINE)


_LINES = {
    PhoneNumberType.MOBILE: Line.MOBILE,
    PhoneNumberType.FIXED_LINE_OR_MOBILE: Line.UNKNOWN,
    PhoneNumberType.PERSONAL_NUMBER: Line.UNKNOWN,
    PhoneNumberType.UNKNOWN: Line.UNKNOWN,
}


def may_text(identifier: Identifier) -> bool:
    """Can an SMS reach it? No to landlines and to everything that is not a phone (ISR-10)."""
    return identifier.kind is Kind.PHONE and phone_line(identifier.value) is not Line.LANDLINE


_NOBODY = re.compile(
    r"tests?|testing|tester|example|qwerty|asdf|no[-_]?reply|do[-_]?not[-_]?reply|no[-_]?e?mail|none|null|nobody|"
    r"unknown|anonymous"
)
_TYPED = frozenset(("no", "ab", "abc", "asd", "123", "1234", "mail", "email"))
_NO_HOUSE = re.compile(r"(?:.+\.)?(?:(?:example|test)\.(?:com|net|org|co\.il)|example|invalid|test|localhost)")
_NO_VALUE = frozenset(("none", "null", "nan", "n/a", "na", "undefined", "guest", "test", "אין", "ללא"))


def is_placeholder(identifier: Identifier) -> bool:
    """Is it obviously made up, to get past a form or a till? Such an identifier names nobody and merges no people."""
    value = identifier.value
    match identifier.kind:
        case Kind.PHONE:
            return len(set(value[-7:])) == 1  # 0500000000, 0521111111, 0000000000
        case Kind.EMAIL:
            local, _, domain = value.partition("@")
            typed_twice = local == domain.split(".")[0] and (len(set(local)) == 1 or local in _TYPED)  # a@a.com
            return bool(typed_twice or _NOBODY.fullmatch(local) or _NO_HOUSE.fullmatch(domain))
        case _:
            return not value.strip("0-._ ") or value.lower() in _NO_VALUE
