"""Who asks at the bare doors: the source and brand of the key that a request shows; and its body, field by field."""

import hashlib
from typing import NamedTuple

import psycopg

from ritorno.core.instants import Instant
from ritorno.core.plan import Plan
from ritorno.sources import pos
from ritorno.sources.fields import Fields
from ritorno.store import keys
from ritorno.web.exchange import Environ, Refusal
from ritorno.web.pool import Desk


class Caller(NamedTuple):
    """Who asks: the source of their key, the brand's plan, the brand's time."""

    source: str
    plan: Plan
    now: Instant


def key_of(environ: Environ) -> bytes:
    """The SHA-256 of the key that the request shows. Raises a Refusal (401)."""
    scheme, _, bearer = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
    key = environ.get("HTTP_X_API_KEY", "").strip() or (bearer.strip() if scheme.lower() == "bearer" else "")
    if not key:
        raise _unauthorised("there is no API key; send Authorization: Bearer KEY or X-Api-Key: KEY")
    return hashlib.sha256(key.encode("latin-1", "replace")).digest()


def caller_of(connection: psycopg.Connection, desk: Desk, hashed: bytes) -> Caller:
    """Raises a Refusal (401) for a key that nobody has."""
    found = keys.caller(connection, hashed)
    if found is None:
        raise _unauthorised("the API key is not known; make one with: ritorno api-key")
    return Caller(found.source, desk.plans.of(connection, found.brand), desk.now(found.brand))


def fields_of(body: bytes) -> Fields:
    """The JSON object of a request. Raises a Refusal (400)."""
    try:
        return Fields(pos.decode(body), "body")
    except pos.PayloadError as error:
        raise Refusal(400, str(error)) from error


def require_none(fields: Fields) -> None:
    """Raises a Refusal (400) that names every problem of the fields read."""
    if fields.problems:
        raise Refusal(400, "; ".join(fields.problems))


def _unauthorised(error: str) -> Refusal:
    return Refusal(401, error, (("WWW-Authenticate", 'Bearer realm="ritorno"'),))
