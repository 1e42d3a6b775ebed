"""The way out: one page, one button, at once (ISR-05). It also takes a mail reader's one-click POST (RFC 8058)."""

from django.http import HttpResponse

from ritorno.core.consent import in_force
from ritorno.core.events import Channel, Purpose
from ritorno.web.pages.paper import page
from ritorno.web.pages.visit import Visit
from ritorno.web.words import words
from ritorno.work.withdraw import withdraw


def show(visit: Visit) -> HttpResponse:
    """Ask, or say that it has been done; a scanner that looks changes nothing."""
    permitted = [
        channel for channel in Channel if in_force(visit.customer.consents, channel, Purpose.MARKETING) is not None
    ]
    if not permitted:
        return _done(visit, everything=True)
    only = visit.channel in permitted
    return _page(visit, "opt_out", {"ask_which": only and len(permitted) > 1, "scope": "channel" if only else "all"})


def take(visit: Visit, scope: str) -> HttpResponse:
    """Withdraw for the message's channel, or for `all`; the page says so when it is done and durable."""
    channels = list(Channel) if scope == "all" else [visit.channel]
    evidence = f"link of message {visit.message.id}"
    withdraw(visit.connection, visit.plan, visit.customer.id, channels, visit.now, source="link", evidence=evidence)
    return _done(visit, everything=scope == "all")


def _done(visit: Visit, *, everything: bool) -> HttpResponse:
    return _page(visit, "opted_out", {"everything": everything})


def _page(visit: Visit, template: str, context: dict[str, object]) -> HttpResponse:
    brand = visit.plan.brand
    plain = words(visit.language)
    channel, by = plain[visit.channel.value], plain[f"by_{visit.channel}"]
    told = words(visit.language, brand=brand.name, channel=channel, by=by)
    return page(template, visit.language, {"words": told, "brand": brand, "path": f"/r/{visit.link.token}", **context})
