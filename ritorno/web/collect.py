"""The till's door: receipts in, and the way to the other doors below /v1/. Bare and fast: no framework, no session.

One statement says whose key it is and which plan stands; one transaction keeps what came. The answer is 2xx only once
that is durable.
"""

import re
from collections.abc import Callable, Sequence
from typing import Any

import psycopg

from ritorno.core.plan import Plan
from ritorno.sources import pos
from ritorno.web import access, codes, points
from ritorno.web.caller import Caller, caller_of, key_of
from ritorno.web.exchange import Answer, Environ, Refusal, json_body, require_method
from ritorno.web.pool import Desk
from ritorno.work.receive import Received, receive

# What there is beside receipts: the path, and who answers it with the parts that it names.
_DOORS: tuple[tuple[str, Callable[..., Answer]], ...] = (
    (r"/v1/codes/([^/]{1,60})/(check|reserve|redeem|release)", codes.answer),
    (r"/v1/points/(balance|spend|give)", points.answer),
    (r"/v1/access/check", access.answer),
)


def answer(environ: Environ, desk: Desk) -> Answer:
    """Everything below /v1/. Raises Refusal."""
    path = environ["PATH_INFO"]
    if path == "/v1/receipts":
        return _receipts(environ, desk)
    for pattern, door in _DOORS:
        if found := re.fullmatch(pattern, path):
            return door(environ, desk, *found.groups())
    raise Refusal(
        404, f"there is nothing at {path}; there are /v1/receipts and /v1/codes/CODE/check, /reserve, /redeem"
    )


def _receipts(environ: Environ, desk: Desk) -> Answer:
    require_method(environ, "POST")
    hashed = key_of(environ)
    body = json_body(environ)

    def work(connection: psycopg.Connection) -> tuple[Caller, list[Received]]:
        caller = caller_of(connection, desk, hashed)
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
        told["code"] = codes.told(one.code, plan, "redeemed")
    if one.ignored:
        told["ignored"] = one.ignored
    return told
