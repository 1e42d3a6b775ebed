"""Whom an ad platform may recognise, and by what: hashes of normalised e-mails and phones, no clear text (ISR-17).

The platforms normalise differently (Meta: "customer file custom audiences"; Google Data Manager API: "user data"):

    e-mail   both: lower case, no spaces; Google takes the dots out of gmail.com and googlemail.com addresses, Meta not
    phone    E.164; Google hashes it with the plus sign, Meta without
"""

import hashlib
from collections.abc import Mapping
from enum import StrEnum
from typing import Literal, NamedTuple

from ritorno.core.consent import in_force, refusal
from ritorno.core.customer import Customer
from ritorno.core.events import Channel, Purpose
from ritorno.core.identifiers import Identifier, Kind, is_placeholder
from ritorno.core.instants import DAY, Instant

MOST = 10  # identifiers of one person that Google takes
FRESH = 510 * DAY  # Google drops who was not told again for 540 days

Basis = Literal["marketing", "ads"]


class Platform(StrEnum):
    META = "meta"
    GOOGLE = "google"


class Hashed(NamedTuple):
    """32 bytes of SHA-256 of what was normalised; `kind` is `email` or `phone`."""

    kind: str
    digest: bytes


class Changes(NamedTuple):
    """What a platform must be told of one customer."""

    add: frozenset[Hashed]
    remove: frozenset[Hashed]


def spelling(identifier: Identifier, platform: Platform) -> str:
    """An e-mail or phone as the platform hashes it; "" for what it cannot recognise anybody by."""
    value = identifier.value
    if identifier.kind is Kind.PHONE:
        return value if platform is Platform.GOOGLE else value.removeprefix("+")
    if identifier.kind is not Kind.EMAIL:
        return ""
    if platform is Platform.META:
        return value
    local, _, domain = value.partition("@")
    if domain in ("gmail.com", "googlemail.com"):
        local = local.replace(".", "")
    return f"{local}@{domain}" if local else ""


def hashed(identifier: Identifier, platform: Platform) -> Hashed | None:
    """What leaves of an identifier; None when nothing may: a made-up one, or neither e-mail nor phone."""
    text = "" if is_placeholder(identifier) else spelling(identifier, platform)
    return Hashed(identifier.kind.value, hashlib.sha256(text.encode()).digest()) if text else None


def identifiers_of(customer: Customer, platform: Platform) -> frozenset[Hashed]:
    """Every e-mail and phone that the customer is known by, those told last first, as many as the platforms take."""
    kept: dict[Hashed, None] = {}
    for known in reversed(customer.identifiers):
        one = hashed(known.identifier, platform)
        if one is not None and len(kept) < MOST:
            kept[one] = None
    return frozenset(kept)


def may_be_told(customer: Customer, basis: Basis) -> bool:
    """May an ad platform be told of this customer? Never of a house account or after a refusal of ads; else with
    consent for ads on some channel, or, by `marketing`, with consent for marketing on some."""
    if customer.house or any(refusal(customer.consents, channel, Purpose.ADS) for channel in Channel):
        return False
    purposes = (Purpose.ADS, Purpose.MARKETING) if basis == "marketing" else (Purpose.ADS,)
    return any(in_force(customer.consents, channel, purpose) for channel in Channel for purpose in purposes)


def wanted(customer: Customer | None, platform: Platform, basis: Basis) -> frozenset[Hashed]:
    """By what a member of an ad audience is to be in it; nothing of who was merged, erased or does not permit it."""
    if customer is None or not may_be_told(customer, basis):
        return frozenset()
    return identifiers_of(customer, platform)


def changes(wants: frozenset[Hashed], held: Mapping[Hashed, Instant], now: Instant) -> Changes:
    """From what the platform was told (and when) to what it is to have; what it would soon drop is told again."""
    stale = {one for one, told_at in held.items() if now >= told_at + FRESH}
    return Changes(frozenset(wants - (held.keys() - stale)), frozenset(held.keys() - wants))
