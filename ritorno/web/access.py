"""The door at which a store asks whether somebody may come into a collection before everyone (PB1-06)."""

from typing import Any

import psycopg

from ritorno.core.instants import say_instant
from ritorno.web.caller import caller_of, fields_of, key_of, require_none
from ritorno.web.exchange import Answer, Environ, json_body, require_method
from ritorno.web.pool import Desk
from ritorno.work.let_into import ask

_REFUSED = {
    "unknown": (404, "there is no such token; who has none is not let in"),
    "other_collection": (403, "the token is for another collection"),
    "revoked": (403, "the access was taken back"),
    "closed": (410, "early access is over"),
}


def answer(environ: Environ, desk: Desk) -> Answer:
    """`POST /v1/access/check` with `token`, and `collection` where the store asks for one. Raises Refusal."""
    require_method(environ, "POST")
    hashed = key_of(environ)
    body = json_body(environ)

    def look(connection: psycopg.Connection) -> Answer:
        caller = caller_of(connection, desk, hashed)
        fields = fields_of(body)
        token = fields.text("token", most=60)
        collection = fields.text("collection", most=100) or None
        require_none(fields)
        found = ask(connection, caller.plan, token, collection, caller.now)
        told: dict[str, Any] = {"open": found.reason is None}
        if found.collection is not None:
            told["collection"] = found.collection.key
        if found.until is not None:
            told["until"] = say_instant(found.until, caller.plan.tz)
        if found.reason is None:
            return Answer(200, told)
        status, error = _REFUSED[found.reason]
        return Answer(status, told | {"reason": found.reason, "error": error})

    return desk.app.session.run(look)
