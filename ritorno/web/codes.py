"""The doors at which shop and till check a code, reserve, redeem and release it. Every step may be asked again."""

from typing import Any

import psycopg

from ritorno.core.events import SoldVia
from ritorno.core.instants import Span, Unit, say_instant
from ritorno.core.money import decimal_text
from ritorno.core.offers import figure
from ritorno.core.plan import Plan
from ritorno.core.redemption import Basket, BasketLine, Fixed, FreeShipping, PerCent, Refusal
from ritorno.core.reservation import HOLD
from ritorno.sources.fields import Fields
from ritorno.web.caller import Caller, caller_of, fields_of, key_of, require_none
from ritorno.web.exchange import Answer, Environ, json_body, require_method
from ritorno.web.pool import Desk
from ritorno.work import redeem as work

_MOST_LINES = 1_000
_LONGEST_HOLD = 24 * 60 * 60  # seconds
_WORDS = {"check": "redeemable", "reserve": "reserved", "redeem": "redeemed", "release": "released"}
_KINDS = {Fixed: "fixed", PerCent: "per_cent", FreeShipping: "free_shipping"}
_REFUSED = {
    Refusal.USED: (409, "the code has been used"),
    Refusal.RESERVED: (409, "the code is reserved for another receipt; ask again when that is over"),
    Refusal.NOT_RESERVED: (409, "this receipt has not reserved the code, or no longer; say the basket in total"),
    Refusal.OTHER_BASKET: (409, "this receipt has reserved or used the code for another basket; release it first"),
    Refusal.NOT_YET: (409, "the code is not valid yet"),
    Refusal.BUDGET_SPENT: (409, "the offer's budget is spent"),
    Refusal.EXPIRED: (410, "the code has expired"),
    Refusal.NOT_SOLD_HERE: (422, "the code is not for this place of sale"),
    Refusal.LINES_MISSING: (422, "the code is for some products only; send the basket's lines"),
    Refusal.NOTHING_IN_SCOPE: (422, "nothing in the basket is what the code is for"),
    Refusal.BASKET_TOO_SMALL: (422, "the basket is smaller than the offer asks for"),
    Refusal.NOTHING_TO_SHIP: (422, "the code is for the shipping, and there is none; say it in shipping"),
}


def answer(environ: Environ, desk: Desk, code: str, step: str) -> Answer:
    """`POST /v1/codes/CODE/check|reserve|redeem|release`. Raises Refusal."""
    require_method(environ, "POST")
    hashed = key_of(environ)
    body = json_body(environ)

    def take(connection: psycopg.Connection) -> tuple[Plan, work.Answer]:
        caller = caller_of(connection, desk, hashed)
        return caller.plan, _take(connection, caller, fields_of(body), code, step)

    plan, found = desk.app.session.run(take)
    status = 404 if found.kept is None else 200
    if found.refusal is not None and step != "check":
        status = _REFUSED[found.refusal][0]
    return Answer(status, told(found, plan, _WORDS[step]))


def _take(connection: psycopg.Connection, caller: Caller, fields: Fields, code: str, step: str) -> work.Answer:
    plan, now = caller.plan, caller.now
    number = "" if step == "check" else fields.text("receipt_no", most=100, required=True)
    basket = None if step == "release" else _basket(fields, plan)
    if step == "reserve" and basket is None:
        fields.wrong("total", "is missing; write the basket before the discount, for example 249.90")
    seconds = fields.number("seconds", HOLD.count * 60) if step == "reserve" else 1
    if not 1 <= seconds <= _LONGEST_HOLD:
        fields.wrong("seconds", f"is {seconds:g}; a code is kept for 1 to {_LONGEST_HOLD} seconds")
    require_none(fields)
    order = work.order_key(caller.source, number)
    if step == "check":
        return work.check(connection, plan, code, basket, now)
    if step == "release":
        return work.release(connection, plan, code, order, now)
    if step == "reserve":
        assert basket is not None
        return work.reserve(connection, plan, code, basket, order, now, Span(int(seconds), Unit.SECONDS))
    return work.redeem(connection, plan, code, basket, order, now, now)


def _basket(fields: Fields, plan: Plan) -> Basket | None:
    """What is about to be bought, before the discount; None where nothing is said of it."""
    currency = plan.brand.currency
    lines = tuple(
        BasketLine(part.text("sku", most=200), part.text("category", most=200), _amount(part, currency))
        for part in fields.parts("lines", most=_MOST_LINES)
    )
    total = fields.amount("total", currency)
    shipping = fields.amount("shipping", currency) or 0
    sold_via = fields.one_of("sold_via", SoldVia) or SoldVia.POS
    if total is None and not lines:
        return None
    whole = sum(line.amount for line in lines) if total is None else total
    if whole < 0 or shipping < 0:
        fields.wrong("total", "and shipping are 0 or more: a code is for what is bought")
    return Basket(sold_via, whole, lines, shipping)


def _amount(line: Fields, currency: str) -> int:
    """Of the whole line: as it says, or its quantity at its price."""
    quantity, price, amount = line.number("quantity", 1), line.amount("unit_price", currency), None
    amount = line.amount("amount", currency)
    return round(quantity * (price or 0)) if amount is None else amount


def told(found: work.Answer, plan: Plan, word: str) -> dict[str, Any]:
    """What a till shows: yes or no, why not, and what the code is worth."""
    if found.referral:
        return {"code": found.spelled, word: False, "referral": True}
    if found.kept is None:
        return {"code": found.spelled, word: False, "reason": "unknown", "error": "there is no such code"}
    said: dict[str, Any] = {"code": found.kept.code, word: found.refusal is None}
    currency, issued = plan.brand.currency, found.kept.issued
    if found.refusal is not None:
        said |= {"reason": found.refusal.value, "error": _REFUSED[found.refusal][1]}
    if found.refusal is None and word in ("reserved", "redeemed") and found.repeated:
        said["repeated"] = True
    if found.discount:
        said["discount"] = decimal_text(found.discount, currency)
    if found.until is not None:
        said["until"] = say_instant(found.until, plan.tz)
    conditions, benefit = issued.conditions, issued.benefit
    value = decimal_text(benefit.amount, currency) if isinstance(benefit, Fixed) else figure(benefit, currency)
    said |= {
        "kind": _KINDS[type(benefit)],
        "value": value,
        "min_basket": decimal_text(conditions.min_basket, currency),
        "currency": currency,
        "playbook": found.playbook,
        "expires_at": say_instant(issued.expires_at, plan.tz),
    }
    if not conditions.scope.is_everything:
        scope = conditions.scope
        said["scope"] = {
            "categories": scope.categories, "skus": scope.skus, "but_categories": scope.but_categories,
            "but_skus": scope.but_skus,
        }  # fmt: skip
    if conditions.sold_via:
        said["sold_via"] = [each.value for each in conditions.sold_via]
    return said
