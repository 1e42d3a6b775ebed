"""Find a customer by what a person at a desk has: a phone in any spelling, an e-mail, a card, a login, an id."""

import re

import psycopg

from ritorno.core.bidi import visible
from ritorno.core.identifiers import Identifier, Kind, normalise
from ritorno.core.ids import CustomerId
from ritorno.core.plan import Plan
from ritorno.store import customers, identifiers

_MOST_NEAR = 3
_FEWEST_DIGITS = 4  # what people say of a number at a desk; fewer end many numbers


class NotFound(LookupError):  # noqa: N818 - the name says the state
    """Nobody, or more than one; the message says what was looked for."""


def find(connection: psycopg.Connection, plan: Plan, text: str) -> CustomerId:
    """The one customer known by `text`. Raises NotFound."""
    brand = plan.brand.id
    found = {held.customer for held in identifiers.look_up(connection, brand, _readings(text, plan)).values()}
    found |= set(identifiers.by_value(connection, brand, text.strip()))
    if text.strip().isdigit() and len(text.strip()) < 20 and not found:
        number = CustomerId(int(text.strip()))
        if number < 2**63 and customers.read(connection, brand, number) is not None:
            found = {number}
    if not found:
        raise NotFound(f"nobody is known by {text!r}; {_what_else(connection, plan, text)}")
    if len(found) > 1:
        raise NotFound(
            f"{text!r} fits {len(found)} customers: {', '.join(map(str, sorted(found)))}; give one of these ids"
        )
    return found.pop()


def _what_else(connection: psycopg.Connection, plan: Plan, text: str) -> str:
    """Whoever comes near: the same digits at the end, the same e-mail but for what follows the @."""
    bare = visible(text).lower()
    digits = "" if "@" in bare else re.sub(r"\D", "", bare).lstrip("0")
    local_part = bare.partition("@")[0]
    asked = digits if len(digits) >= _FEWEST_DIGITS else ""
    near = identifiers.near(connection, plan.brand.id, asked, local_part, _MOST_NEAR)
    if near:
        return "did you mean " + " or ".join(f"{value} (customer {customer})" for customer, value in near) + "?"
    return "give a phone, an e-mail, a club card, a shop login or an id"


def _readings(text: str, plan: Plan) -> list[Identifier]:
    """Everything the text may be."""
    readings = []
    for kind in (Kind.PHONE, Kind.EMAIL, Kind.CLUB_CARD, Kind.DEVICE):
        try:
            readings.append(normalise(kind, text, region=plan.brand.region))
        except ValueError:
            continue
    return readings
