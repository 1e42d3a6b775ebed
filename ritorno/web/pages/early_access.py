"""The page that lets into a collection before everyone, and says so when that is over (PB1-06)."""

import re
from urllib.parse import parse_qsl, urlencode, urlsplit

import psycopg
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed

from ritorno.core.messages.promised import last_day
from ritorno.store import access, keys
from ritorno.store.connection import StoreUnavailable
from ritorno.web.pages import polite
from ritorno.web.pages.paper import page, web_address
from ritorno.web.pool import Desk, Pool
from ritorno.web.words import words
from ritorno.work.let_into import ask

_TOKEN = re.compile(r"[A-Za-z0-9]{6,40}")
PARAMETER = "access"  # under which the store gets the token


def enter(request: HttpRequest, token: str = "") -> HttpResponse:
    """`GET /a/<token>`: the way into the store while it is open. Without a token that is somebody's: 404."""
    if request.method not in ("GET", "HEAD"):
        return HttpResponseNotAllowed(["GET", "HEAD"])
    if not _TOKEN.fullmatch(token):
        return polite.not_found(request)
    pool: Pool = request.META["ritorno.pool"]

    def work(connection: psycopg.Connection) -> HttpResponse:
        return _show(request, connection, desk, token)

    try:
        with pool.desk() as desk:
            return desk.app.session.run(work)
    except StoreUnavailable:
        return polite.unavailable(request)


def _show(request: HttpRequest, connection: psycopg.Connection, desk: Desk, token: str) -> HttpResponse:
    grant = access.find(connection, token)
    row = keys.brand_of(connection, grant.brand) if grant else None
    if row is None:
        return polite.not_found(request)
    plan = desk.plans.of(connection, row)
    found = ask(connection, plan, token, None, desk.now(row))
    assert found.collection is not None
    is_open = found.reason is None and found.until is not None
    language = plan.brand.language
    day = "" if found.until is None else last_day(found.until, plan.tz)
    told = words(language, name=found.collection.name, day=day)
    url = web_address(found.collection.url)
    context = {
        "words": told,
        "brand": plan.brand,
        "is_open": is_open,
        "url": _with_token(url, token) if is_open and url else "",
    }
    return page("early_access", language, context, status=200 if is_open else 410)


def _with_token(url: str, token: str) -> str:
    """The address with the token among its parameters, whatever it has already."""
    parts = urlsplit(url)
    told = [*parse_qsl(parts.query, keep_blank_values=True), (PARAMETER, token)]
    return parts._replace(query=urlencode(told)).geturl()
