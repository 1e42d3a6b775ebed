"""The doors at which shop and till ask for points, spend and give them. Every booking may be asked again."""

from typing import Any

import psycopg

from ritorno.core.ids import CustomerId
from ritorno.core.instants import Span, Unit, say_instant
from ritorno.core.points_balance import balance, expires_next
from ritorno.sources import pos
from ritorno.sources.fields import Fields
from ritorno.store import customers, identifiers
from ritorno.web.caller import Caller, caller_of, fields_of, key_of, require_none
from ritorno.web.exchange import Answer, Environ, Refusal, json_body, require_method
from ritorno.web.pool import Desk
from ritorno.work import book_points
from ritorno.work.redeem import order_key

_MOST_POINTS = 10**9
_LONGEST_LIFE = 36_500  # days


def answer(environ: Environ, desk: Desk, step: str) -> Answer:
    """`POST /v1/points/balance|spend|give`. Raises Refusal."""
    require_method(environ, "POST")
    hashed = key_of(environ)
    body = json_body(environ)

    def take(connection: psycopg.Connection) -> Answer:
        caller = caller_of(connection, desk, hashed)
        fields = fields_of(body)
        customer = _customer(connection, caller, fields)
        if step == "balance":
            require_none(fields)
            return _balance(connection, caller, customer)
        return _book(connection, caller, fields, customer, step)

    return desk.app.session.run(take)


def _customer(connection: psycopg.Connection, caller: Caller, fields: Fields) -> CustomerId:
    """The one customer that is meant. Raises a Refusal: 400, 404 for nobody, 409 for several."""
    part = fields.part("customer")
    told = () if part is None else pos.who(part, caller.source, caller.plan.brand.region)
    if not told and not fields.problems:
        fields.wrong("customer", "is missing; write one of phone, email, club_card, customer_id")
    require_none(fields)
    held = identifiers.look_up(connection, caller.plan.brand.id, told)
    found = {each.customer for each in held.values() if not each.shared}
    if not found:
        raise Refusal(404, "nobody is known by what customer says; a receipt that names them makes them known")
    if len(found) > 1:
        raise Refusal(409, "what customer says belongs to more than one; send what one of them is known by")
    return found.pop()


def _balance(connection: psycopg.Connection, caller: Caller, customer: CustomerId) -> Answer:
    document = customers.read(connection, caller.plan.brand.id, customer)
    assert document is not None
    told: dict[str, Any] = {"balance": balance(document.points, caller.now)}
    if (soon := expires_next(document.points, caller.now)) is not None:
        told["expires_next"] = {"points": soon[1], "at": say_instant(soon[0], caller.plan.tz)}
    return Answer(200, told)


def _book(connection: psycopg.Connection, caller: Caller, fields: Fields, customer: CustomerId, step: str) -> Answer:
    reference = fields.text("receipt_no", most=100, required=True)
    points = fields.number("points", 0)
    if not (points == int(points) and 1 <= points <= _MOST_POINTS):
        fields.wrong("points", "must be a whole number of 1 or more")
    lives = fields.number("lives_days", 0) if step == "give" else 0
    if not (lives == int(lives) and 0 <= lives <= _LONGEST_LIFE):
        fields.wrong("lives_days", f"must be a whole number of days up to {_LONGEST_LIFE}; leave it out: for ever")
    because = fields.text("because", most=200)
    require_none(fields)
    key, plan = order_key(caller.source, reference), caller.plan
    if step == "spend":
        done = book_points.spend(connection, plan, customer, int(points), key, caller.now)
    else:
        span = Span(int(lives), Unit.DAYS) if lives else None
        done = book_points.give(
            connection, plan, customer, int(points), key, caller.now, lives=span, because=because or caller.source
        )
    return _told(done, step)


_SAID = {"spend": "spent", "give": "given"}


def _told(done: book_points.Answer, step: str) -> Answer:
    yes = done.status in ("booked", "repeated")
    told: dict[str, Any] = {_SAID[step]: yes, "points": done.points, "balance": done.balance}
    if done.status == "repeated":
        told["repeated"] = True
    if done.status == "too_few":
        told |= {"reason": "too_few", "error": f"there are only {done.balance} points"}
    if done.status == "other_points":
        told |= {
            "reason": "other_points",
            "error": f"this receipt was booked before, with {done.points} points; give the new one its own number",
        }
    return Answer(200 if yes else 409, told)
