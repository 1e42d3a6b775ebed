"""Personal links: whoever holds the token sees that customer's page; nobody signs in, and GET changes nothing."""

import re
from collections.abc import Callable

import psycopg
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect, JsonResponse

from ritorno.core.events import Channel
from ritorno.store import customers, keys, messages
from ritorno.store.connection import StoreUnavailable
from ritorno.web.pages import opt_out, polite, winback
from ritorno.web.pages.paper import guarded
from ritorno.web.pages.visit import Visit
from ritorno.web.pool import Desk, Pool
from ritorno.web.visitors import is_machine
from ritorno.work.feedback import clicked

_TOKEN = re.compile(r"[A-Za-z0-9]{6,40}")


def follow(request: HttpRequest, token: str) -> HttpResponse:
    """`GET /r/<token>`: the page or the address the link leads to. `POST`: refuse, on a link that is for refusing."""
    return _with_visit(request, token, _answer)


def left(request: HttpRequest, token: str) -> HttpResponse:
    """`GET /r/<token>/left`: how long the code still lives, for a page that has slept. Counts as no visit."""

    def answer(request: HttpRequest, visit: Visit) -> HttpResponse:
        if request.method not in ("GET", "HEAD") or visit.link.purpose != "page":
            return polite.not_found(request)
        state, milliseconds = winback.stands(visit)
        return guarded(JsonResponse({"state": state, "left": milliseconds}))

    return _with_visit(request, token, answer)


def _answer(request: HttpRequest, visit: Visit) -> HttpResponse:
    refuses = visit.link.purpose == "opt_out"
    if request.method == "POST" and refuses:
        return opt_out.take(visit, request.POST.get("scope", "channel"))
    if request.method not in ("GET", "HEAD"):
        return HttpResponseNotAllowed(["GET", "HEAD", "POST"] if refuses else ["GET", "HEAD"])
    clicked(
        visit.connection,
        visit.plan,
        visit.customer,
        visit.message,
        visit.channel,
        visit.link.purpose,
        visit.now,
        machine=is_machine(request.META),
    )
    if visit.target:
        return guarded(HttpResponseRedirect(visit.target))
    return opt_out.show(visit) if refuses else winback.show(visit)


def _with_visit(request: HttpRequest, token: str, answer: Callable[[HttpRequest, Visit], HttpResponse]) -> HttpResponse:
    if not _TOKEN.fullmatch(token):
        return polite.not_found(request)
    pool: Pool = request.META["ritorno.pool"]

    def work(connection: psycopg.Connection) -> HttpResponse:
        visit = find(connection, desk, token)
        return polite.not_found(request) if visit is None else answer(request, visit)

    try:
        with pool.desk() as desk:
            return desk.app.session.run(work)
    except StoreUnavailable:
        return polite.unavailable(request)


def find(connection: psycopg.Connection, desk: Desk, token: str) -> Visit | None:
    """Whose link it is and what it is about; None for a token that is nobody's (any more)."""
    link = messages.find_link(connection, token)
    brand = keys.brand_of(connection, link.brand) if link else None
    if link is None or brand is None:
        return None
    kept = messages.read(connection, brand.id, link.message)
    customer = customers.read(connection, brand.id, link.customer)
    if kept is None or customer is None:
        return None
    channel = kept.content.channel if kept.content else Channel.SMS
    plan = desk.plans.of(connection, brand)
    language = kept.content.language if kept.content else plan.brand.language
    target = kept.content.links.get(link.purpose, "") if kept.content else ""
    return Visit(connection, plan, link, kept.message, customer, channel, language, desk.now(brand), target)
