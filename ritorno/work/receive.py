"""Receive: a till's receipts into the inbox, and the codes they use up, in one transaction before the answer (DAT-08).

The good ones of a request are kept though others are bad; a bad one is kept aside with its reasons, for people.
"""

from collections.abc import Sequence
from typing import Literal

import msgspec
import psycopg

from ritorno.core.events import Event, OrderTold, SoldVia
from ritorno.core.instants import Instant
from ritorno.core.plan import Plan
from ritorno.core.redemption import Basket, BasketLine
from ritorno.sources.pos import BadReceipt, Receipt
from ritorno.store import inbox, purchases
from ritorno.store.transaction import transaction
from ritorno.work.accept import delivery, digest
from ritorno.work.owner import own_identifiers
from ritorno.work.redeem import Answer, hold_budgets, order_key, redeem
from ritorno.work.refer import note

Status = Literal["accepted", "repeated", "conflict", "refused"]
_STATUS: dict[inbox.Outcome, Status] = {"new": "accepted", "repeated": "repeated", "conflict": "conflict"}
_CONFLICT = (
    "{place}.receipt_no: {number!r} is known with another content, and a receipt never changes; send a refund or a "
    "cancellation, or give the new receipt a number of its own"
)


class Received(msgspec.Struct, frozen=True):
    """What became of one receipt. `conflict`: its number is known with another content, nothing was changed."""

    receipt_no: str
    status: Status
    problems: tuple[str, ...] = ()
    code: Answer | None = None
    ignored: tuple[str, ...] = ()


def receive(
    connection: psycopg.Connection, plan: Plan, source: str, told: Sequence[Receipt | BadReceipt], now: Instant
) -> list[Received]:
    """Keep them, durable when this returns; the answers in the order of `told`."""
    good = [one for one in told if isinstance(one, Receipt)]
    with transaction(connection):
        deliveries = [_delivery(connection, plan, source, one) for one in good]
        outcomes = inbox.accept(connection, plan.brand.id, deliveries) if deliveries else []
        kept = dict(zip((one.place for one in good), outcomes, strict=True))
        redeemed = _redeem(connection, plan, source, [one for one in good if kept[one.place] != "conflict"], now)
        for one in told:
            if isinstance(one, BadReceipt):
                inbox.reject(connection, plan.brand.id, source, now, "; ".join(one.problems), one.payload)
    return [_received(one, kept, redeemed) for one in told]


def _delivery(connection: psycopg.Connection, plan: Plan, source: str, receipt: Receipt) -> inbox.Delivery:
    """A refund belongs to whoever bought, whoever brings it back, named or not; the digest is of what was told."""
    event = receipt.event
    buyer = purchases.buyer(connection, plan.brand.id, source, receipt.changes) if receipt.changes else None
    if buyer is not None:
        known = own_identifiers(connection, plan.brand.id, buyer)
        event = msgspec.structs.replace(event, identifiers=known or event.identifiers, traits={})
    return delivery(event)._replace(digest=digest(receipt.event))


def _redeem(
    connection: psycopg.Connection, plan: Plan, source: str, receipts: list[Receipt], now: Instant
) -> dict[str, Answer]:
    """The codes, in one order for everybody, so that two requests never wait for each other."""
    answers = {}
    with_code = sorted((one for one in receipts if one.code), key=lambda receipt: receipt.code)
    if with_code:
        hold_budgets(connection, plan, [one.code for one in with_code])
    for one in with_code:
        at = _bought_at(one.event, now)
        order = order_key(source, one.receipt_no)
        answer = redeem(connection, plan, one.code, _basket(one), order, at, now, paid=True)
        if (
            answer.kept is None
            and isinstance(one.event.body, OrderTold)
            and note(connection, plan, one.code, order, at, now)
        ):
            answer = Answer(answer.spelled, referral=True)
        answers[one.place] = answer
    return answers


def _basket(receipt: Receipt) -> Basket:
    """What was bought, before the discount; of a receipt that sells nothing, nothing."""
    told = receipt.event.body
    if not isinstance(told, OrderTold):
        return Basket(SoldVia.POS, receipt.basket)
    lines = tuple(BasketLine(line.sku, line.category, round(line.quantity * line.unit_price)) for line in told.lines)
    return Basket(told.sold_via, receipt.basket, lines)


def _bought_at(event: Event, now: Instant) -> Instant:
    """A receipt that comes late was still paid in time; a till whose clock runs ahead gains nothing."""
    return min(event.occurred_at, now)


def _received(one: Receipt | BadReceipt, kept: dict[str, inbox.Outcome], redeemed: dict[str, Answer]) -> Received:
    if isinstance(one, BadReceipt):
        return Received(one.receipt_no, "refused", one.problems)
    status = _STATUS[kept[one.place]]
    problems = (_CONFLICT.format(place=one.place, number=one.receipt_no),) if status == "conflict" else ()
    return Received(one.receipt_no, status, problems, redeemed.get(one.place), one.ignored)
