"""The till's door: receipts in, codes checked and redeemed. Bare and fast: no framework, no session, no ORM.

One statement says whose key it is and which plan stands; one transaction keeps what came. The answer is 2xx only once
that is durable.
"""

import hashlib
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

import psycopg

from ritorno.core.instants import Instant, say_instant
from ritorno.core.money import decimal_text
from ritorno.core.offers import Redemption
from ritorno.core.plan import Plan
from ritorno.sources import pos
from ritorno.sources.fields import Fields
from ritorno.store import keys
from ritorno.web.exchange import Answer, Environ, Refusal, json_body, require_method
from ritorno.web.pool import Desk
from ritorno.work import redeem as codes
from ritorno.work.receive import Received, receive

_CODE_PATH = re.compile(r"/v1/codes/([^/]{1,60})/(check|redeem)")
_REFUSED = {
    Redemption.USED: (409, "the code has been used"),
    Redemption.EXPIRED: (410, "the code has expired"),
    Redemption.NOT_YET: (409, "the code is not valid yet"),
    Redemption.BASKET_TOO_SMALL: (422, "the basket is smaller than the offer asks for"),
}


class Caller(NamedTuple):
    """Who asks: the source of their key, the brand's plan, the brand's time."""

    source: str
    plan: Plan
    now: Instant


def answer(environ: Environ, desk: Desk) -> Answer:
    """Everything below /v1/. Raises Refusal."""
    path = environ["PATH_INFO"]
    if path == "/v1/receipts":
        return _receipts(environ, desk)
    found = _CODE_PATH.fullmatch(path)
    if found is None:
        raise Refusal(404, f"there is nothing at {path}; there are /v1/receipts and /v1/codes/CODE/check or /redeem")
    return _check(environ, desk, found[1]) if found[2] == "check" else _redeem(environ, desk, found[1])


def _receipts(environ: Environ, desk: Desk) -> Answer:
    require_method(environ, "POST")
    hashed = _key(environ)
    body = json_body(environ)

    def work(connection: psycopg.Connection) -> tuple[Caller, list[Received]]:
        caller = _caller(connection, desk, hashed)
        return caller, receive(connection, caller.plan, caller.source, _read(body, caller), caller.now)

    caller, received = desk.app.session.run(work)
    return _told(received, caller.plan)


def _read(body: bytes, caller: Caller) -> list[pos.Receipt | pos.BadReceipt]:
    brand = caller.plan.brand
    try:
        shop = pos.Shop(caller.source, brand.currency, brand.region, caller.plan.tz, caller.plan.trait_rules)
        return pos.read(body, shop, caller.now)
    except pos.PayloadError as error:
        raise Refusal(400, str(error)) from error


def _told(received: Sequence[Received], plan: Plan) -> Answer:
    """400 when one was refused, else 409 when one conflicts, else 202 for news and 200 for repetitions."""
    counts = dict.fromkeys(("accepted", "repeated", "conflict", "refused"), 0)
    for one in received:
        counts[one.status] += 1
    status = 400 if counts["refused"] else 409 if counts["conflict"] else 202 if counts["accepted"] else 200
    problems = [problem for one in received for problem in one.problems]
    body: dict[str, Any] = {**counts, "results": [_result(one, plan) for one in received]}
    if problems:
        body["error"] = f"{counts['refused'] + counts['conflict']} of {len(received)} receipts were not kept"
        body["problems"] = problems
    return Answer(status, body)


def _result(one: Received, plan: Plan) -> dict[str, Any]:
    told: dict[str, Any] = {"receipt_no": one.receipt_no, "status": one.status}
    if one.problems:
        told["problems"] = one.problems
    if one.code is not None:
        told["code"] = _code(one.code, plan, "redeemed")
    if one.ignored:
        told["ignored"] = one.ignored
    return told


def _check(environ: Environ, desk: Desk, code: str) -> Answer:
    require_method(environ, "POST")
    hashed = _key(environ)
    body = json_body(environ)

    def work(connection: psycopg.Connection) -> tuple[Plan, codes.Answer]:
        caller = _caller(connection, desk, hashed)
        fields = _fields(body)
        basket = fields.amount("total", caller.plan.brand.currency)
        _require_none(fields)
        return caller.plan, codes.check(connection, caller.plan, code, basket, caller.now)

    plan, found = desk.app.session.run(work)
    return Answer(404 if found.redemption is None else 200, _code(found, plan, "redeemable"))


def _redeem(environ: Environ, desk: Desk, code: str) -> Answer:
    require_method(environ, "POST")
    hashed = _key(environ)
    body = json_body(environ)

    def work(connection: psycopg.Connection) -> tuple[Plan, codes.Answer]:
        caller = _caller(connection, desk, hashed)
        fields = _fields(body)
        number = fields.text("receipt_no", most=100, required=True)
        basket = fields.amount("total", caller.plan.brand.currency)
        if basket is None:
            fields.wrong("total", "is missing; write the basket before the discount, for example 249.90")
        _require_none(fields)
        order = codes.order_key(caller.source, number)
        return caller.plan, codes.redeem(connection, caller.plan, code, basket or 0, order, caller.now, caller.now)

    plan, found = desk.app.session.run(work)
    if found.redemption is None:
        return Answer(404, _code(found, plan, "redeemed"))
    status = 200 if found.redemption is Redemption.OK else _REFUSED[found.redemption][0]
    return Answer(status, _code(found, plan, "redeemed"))


def _fields(body: bytes) -> Fields:
    try:
        return Fields(pos.decode(body), "body")
    except pos.PayloadError as error:
        raise Refusal(400, str(error)) from error


def _require_none(fields: Fields) -> None:
    if fields.problems:
        raise Refusal(400, "; ".join(fields.problems))


def _code(found: codes.Answer, plan: Plan, word: str) -> dict[str, Any]:
    """What a till shows: yes or no, why not, and what the code is worth."""
    if found.redemption is None:
        return {"code": found.code, word: False, "reason": "unknown", "error": "there is no such code"}
    told: dict[str, Any] = {"code": found.code, word: found.redemption is Redemption.OK}
    if found.redemption is not Redemption.OK:
        told |= {"reason": found.redemption.value, "error": _REFUSED[found.redemption][1]}
    elif found.repeated:
        told["repeated"] = True
    currency = plan.brand.currency
    told |= {
        "value": decimal_text(found.value, currency),
        "min_basket": decimal_text(found.min_basket, currency),
        "currency": currency,
        "playbook": found.playbook,
    }
    if found.expires_at is not None:
        told["expires_at"] = say_instant(found.expires_at, plan.tz)
    return told


def _key(environ: Environ) -> bytes:
    """The SHA-256 of the key that the request shows."""
    scheme, _, bearer = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
    key = environ.get("HTTP_X_API_KEY", "").strip() or (bearer.strip() if scheme.lower() == "bearer" else "")
    if not key:
        raise _unauthorised("there is no API key; send Authorization: Bearer KEY or X-Api-Key: KEY")
    return hashlib.sha256(key.encode("latin-1", "replace")).digest()


def _caller(connection: psycopg.Connection, desk: Desk, hashed: bytes) -> Caller:
    found = keys.caller(connection, hashed)
    if found is None:
        raise _unauthorised("the API key is not known; make one with: ritorno api-key")
    return Caller(found.source, desk.plans.of(connection, found.brand), desk.now(found.brand))


def _unauthorised(error: str) -> Refusal:
    return Refusal(401, error, (("WWW-Authenticate", 'Bearer realm="ritorno"'),))
