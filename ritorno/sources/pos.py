"""Receipts as a till posts them: JSON in, events out, and of a bad one every problem by its path.

A receipt is a sale, a refund (`refund_of` names the receipt it takes back from) or a cancellation (`cancelled`). Its
number is unique within its source; a refund and a cancellation of it are messages of their own.
"""

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from ritorno.core.events import (
    Body,
    CancellationTold,
    Event,
    Line,
    OrderTold,
    RefundTold,
    SoldVia,
    TraitValue,
    happened,
)
from ritorno.core.identifiers import Identifier, Kind, normalise
from ritorno.core.instants import DAY, Instant
from ritorno.core.money import decimal_text
from ritorno.core.relations import reference
from ritorno.core.trait_values import TraitError
from ritorno.core.traits import TraitRules
from ritorno.sources.fields import Fields

MOST_RECEIPTS = 500  # in one request
_MOST_LINES = 1_000  # of one receipt
_MOST_TRAITS = 500
_OLDEST = Instant(946_684_800_000_000)  # 2000-01-01: a till that says so has lost its clock
_AHEAD = DAY  # how far a till's clock may run before ours
_LARGEST = 10**13  # minor units: no basket is worth a hundred billion


class PayloadError(ValueError):
    """The request as a whole cannot be read; the message says what is wrong and what is right."""


class Shop(msgspec.Struct, frozen=True):
    """What a receipt is read against: `source` the till's feed, local phones of `region`, times without an offset on
    the wall clock of `tz`."""

    source: str
    currency: str
    region: str
    tz: ZoneInfo
    traits: TraitRules = TraitRules()


class Receipt(msgspec.Struct, frozen=True):
    """A receipt that can be accepted. `basket` is its total before discounts, in minor units; `code` what it redeems;
    `changes` the receipt that it refunds or cancels; `ignored` the paths of fields we do not know."""

    place: str
    receipt_no: str
    event: Event
    basket: int = 0
    code: str = ""
    changes: str = ""
    ignored: tuple[str, ...] = ()


class BadReceipt(msgspec.Struct, frozen=True):
    """Nothing of it is kept but the payload, with every problem of it."""

    place: str
    receipt_no: str
    problems: tuple[str, ...]
    payload: bytes


def read(payload: bytes, shop: Shop, now: Instant) -> list[Receipt | BadReceipt]:
    """The receipts of a request: one object, a list, or `{"receipts": [...]}`. Raises PayloadError."""
    told = decode(payload)
    if isinstance(told, dict) and "receipts" in told:
        told = told["receipts"]
    receipts = told if isinstance(told, list) else [told]
    if not receipts:
        raise PayloadError("receipts: the list is empty; send at least one receipt")
    if len(receipts) > MOST_RECEIPTS:
        raise PayloadError(f"receipts: {len(receipts)} are too many for one request; send at most {MOST_RECEIPTS}")
    return [_read_one(one, f"receipts[{index}]", shop, now) for index, one in enumerate(receipts)]


def decode(payload: bytes) -> Any:
    """JSON as it came. Raises PayloadError."""
    try:
        return msgspec.json.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise PayloadError(f"the body is not JSON: {error}") from error


def _read_one(told: Any, place: str, shop: Shop, now: Instant) -> Receipt | BadReceipt:
    fields = Fields(told, place)
    number = fields.text("receipt_no", most=100, required=True)
    occurred_at = fields.instant("occurred_at", shop.tz)
    _check_time(fields, occurred_at, now)
    identifiers, traits = _customer(fields.part("customer"), shop)
    code = fields.text("code", most=40)
    changes, body, basket = _body(fields, number, shop)
    ignored = fields.ignored()
    if fields.problems or body is None or occurred_at is None:
        return BadReceipt(place, number, tuple(fields.problems), msgspec.json.encode(told))
    event = happened(
        shop.source,
        _message_id(number, body),
        body,
        occurred_at=occurred_at,
        received_at=now,
        identifiers=identifiers,
        traits=traits,
    )
    return Receipt(place, number, event, basket, code, changes, ignored)


def _message_id(number: str, body: Body) -> str:
    """A refund and a cancellation may carry the number of the receipt that they change."""
    match body:
        case RefundTold(refund_id=refund_id):
            return f"{refund_id} refund"
        case CancellationTold():
            return f"{number} cancelled"
        case _:
            return number


def _check_time(fields: Fields, occurred_at: Instant | None, now: Instant) -> None:
    if occurred_at is None:
        return
    if occurred_at < _OLDEST:
        fields.wrong("occurred_at", "is before 2000; is the till's clock right?")
    elif occurred_at > now + _AHEAD:
        fields.wrong("occurred_at", "is more than a day in the future; is the till's clock right?")


def _body(fields: Fields, number: str, shop: Shop) -> tuple[str, Body | None, int]:
    """(the receipt that is changed, what is told, the basket in minor units)"""
    currency = fields.text("currency", most=3) or shop.currency
    if currency != shop.currency:
        fields.wrong("currency", f"is {currency!r}, and this brand sells in {shop.currency}")
    lines = _lines(fields, shop.currency)
    told_total = fields.amount("total", shop.currency)
    beneficiary = _beneficiary(fields, shop)
    discount = fields.amount("discount", shop.currency) or 0
    tax = fields.amount("tax", shop.currency) or 0
    sold_via = fields.one_of("sold_via", SoldVia) or SoldVia.POS
    branch = fields.text("branch", most=200)
    refund_of, refund_id = fields.text("refund_of", most=100), fields.text("refund_id", most=100)
    if fields.flag("cancelled"):
        return number, CancellationTold(number), 0
    if refund_of:
        amount = abs(told_total) if told_total else None
        return refund_of, RefundTold(refund_of, refund_id or number, amount), 0
    if told_total is None and not lines:
        fields.wrong("total", "is missing; write what was paid, for example 249.90, or the lines")
        return "", None, 0
    total = _sum(lines) - discount if told_total is None else told_total
    if abs(total) + abs(discount) + abs(tax) > _LARGEST:
        fields.wrong("total", "with its discount and tax is larger than any receipt")
    if total < 0:
        text = decimal_text(total, shop.currency)
        fields.wrong("total", f"is {text}, below 0; a refund names the receipt it takes back from in refund_of")
    order = OrderTold(
        number, total, shop.currency, sold_via, branch=branch, discount=discount, tax=tax, lines=tuple(lines),
        beneficiary=beneficiary,
    )  # fmt: skip
    return "", order, total + discount


def _beneficiary(fields: Fields, shop: Shop) -> str:
    """For whom it was bought, as relations write them; "" for the buyer."""
    told = fields.text("beneficiary", most=300)
    return reference(told, shop.region) if told else ""


def _sum(lines: Sequence[Line]) -> int:
    return sum(round(line.quantity * line.unit_price) for line in lines)


def _lines(fields: Fields, currency: str) -> list[Line]:
    parts = fields.parts("lines", most=_MOST_LINES)
    return [
        Line(
            part.text("sku", most=200),
            part.text("name", most=500),
            part.text("category", most=200),
            part.number("quantity", 1),
            part.amount("unit_price", currency) or 0,
        )
        for part in parts
    ]


_KINDS = (
    ("phone", Kind.PHONE),
    ("email", Kind.EMAIL),
    ("club_card", Kind.CLUB_CARD),
    ("customer_id", Kind.SHOP_ID),
)


def who(part: Fields, source: str, region: str) -> tuple[Identifier, ...]:
    """The identifiers that a `customer` tells, in their one spelling; a bad one is a problem of its part."""
    identifiers = []
    for name, kind in _KINDS:
        raw = part.text(name, most=320)
        if not raw:
            continue
        namespace = source if kind is Kind.SHOP_ID else ""
        try:
            identifiers.append(normalise(kind, raw, region=region, namespace=namespace))
        except ValueError as error:
            part.wrong(name, str(error))
    return tuple(identifiers)


def _customer(part: Fields | None, shop: Shop) -> tuple[tuple[Identifier, ...], dict[str, TraitValue]]:
    """Whose receipt: identifiers in their one spelling; the name and other traits. Nobody's without a customer."""
    if part is None:
        return (), {}
    identifiers = who(part, shop.source, shop.region)
    names = {name: part.text(name, most=200) for name in ("first_name", "last_name")}
    return identifiers, _traits(part, shop) | {name: value for name, value in names.items() if value}


def _traits(part: Fields, shop: Shop) -> dict[str, TraitValue]:
    """What the till tells of the customer beside the name, each by its definition."""
    fields = part.part("traits")
    traits: dict[str, TraitValue] = {}
    if fields is None:
        return traits
    for key, value in fields.items(most=_MOST_TRAITS):
        try:
            traits[key] = shop.traits.read(key, value, shop.source)
        except TraitError as error:
            fields.wrong(key, str(error))
    return traits
