"""The page that a customer hands on to friends: the code, and what it brings (COM-21). It names nobody."""

import re

import psycopg
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed

from ritorno.core.money import format_amount
from ritorno.core.offers import spelled
from ritorno.store import definitions, referrals
from ritorno.store.connection import StoreUnavailable
from ritorno.web.pages import polite
from ritorno.web.pages.paper import page
from ritorno.web.pool import Desk, Pool
from ritorno.web.words import words

_CODE = re.compile(r"[A-Za-z0-9]{3,40}")


def welcome(request: HttpRequest, brand: str, code: str) -> HttpResponse:
    """`GET /f/<brand>/<code>`; 404 for a code that is nobody's, or where recommending brings nothing."""
    if request.method not in ("GET", "HEAD"):
        return HttpResponseNotAllowed(["GET", "HEAD"])
    if not _CODE.fullmatch(code):
        return polite.not_found(request)
    pool: Pool = request.META["ritorno.pool"]

    def work(connection: psycopg.Connection) -> HttpResponse:
        return _show(request, connection, desk, brand, spelled(code))

    try:
        with pool.desk() as desk:
            return desk.app.session.run(work)
    except StoreUnavailable:
        return polite.unavailable(request)


def _show(request: HttpRequest, connection: psycopg.Connection, desk: Desk, brand: str, code: str) -> HttpResponse:
    row = definitions.find_brand(connection, brand)
    plan = desk.plans.of(connection, row) if row is not None else None
    terms = plan.policy.referral if plan is not None else None
    if plan is None or terms is None or referrals.owner_of(connection, plan.brand.id, code) is None:
        return polite.not_found(request)
    language, currency = polite.language_of(request), plan.brand.currency
    told = words(
        language,
        amount=format_amount(terms.for_friend, currency, language),
        least=format_amount(terms.min_order, currency, language),
    )
    least = told["friend_least"] if terms.min_order else told["friend_any"]
    return page("friend", language, {"words": told, "brand": plan.brand, "code": code, "least": least})
