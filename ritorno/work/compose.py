"""Compose: what this customer gets – the code, the personal links, the text with everything merged in."""

from datetime import datetime
from typing import NamedTuple, Protocol

import psycopg

from ritorno.core import relations
from ritorno.core.customer import Customer
from ritorno.core.events import Channel
from ritorno.core.instants import HOUR, Instant, to_datetime
from ritorno.core.journeys.journey import send_named
from ritorno.core.journeys.step import Send
from ritorno.core.messages.judge import Go
from ritorno.core.messages.message import Content, Message
from ritorno.core.messages.render import render
from ritorno.core.messages.sms_parts import count_parts
from ritorno.core.messages.trait_fields import TraitFields
from ritorno.core.money import decimal_text
from ritorno.core.offers import Code, issue
from ritorno.core.plan import Plan
from ritorno.store import messages


class Letters(Protocol):
    """Chance comes from wiring: unguessable tokens and codes."""

    def token(self) -> str: ...

    def code(self) -> str: ...


class Composed(NamedTuple):
    message: Message
    step: Send
    content: Content
    code: Code | None
    links: list[messages.LinkRow]


def compose(
    connection: psycopg.Connection,
    plan: Plan,
    customer: Customer,
    message: Message,
    verdict: Go,
    now: Instant,
    letters: Letters,
) -> Composed:
    """The message as it will leave at `now`; its code lives from now on (PB2-07)."""
    playbook = plan.playbook(message.playbook, message.version)
    assert playbook is not None
    step = send_named(playbook, message.step)
    code = None
    if step.with_offer and playbook.offer is not None:
        code = _code(connection, plan, message, step, issue(playbook.offer, letters.code(), now))
    page = messages.LinkRow(letters.token(), plan.brand.id, message.id, customer.id, "page")
    opt_out = messages.LinkRow(letters.token(), plan.brand.id, message.id, customer.id, "opt_out")
    language = _language(customer, plan)
    context = {
        "brand": {"name": plan.brand.name},
        "customer": {
            "first_name": _first_name(customer),
            "traits": TraitFields(customer.traits, plan.trait_rules.by_key, language),
        },
        "beneficiary": relations.fields(relations.beneficiary_of(customer, message.enrollment), language),
        "offer": _offer(code, plan, language, now),
        "link": f"{plan.brand.link_base}/r/{page.token}",
        "optout": f"{plan.brand.link_base}/r/{opt_out.token}",
    }
    text = render(verdict.way.text.in_language(language), language, context)
    subject = verdict.way.subject
    content = Content(
        channel=verdict.way.channel,
        address=verdict.address.value,
        language=language,
        text=text,
        subject=render(subject.in_language(language), language, context) if subject else "",
        parts=count_parts(text).parts if verdict.way.channel is Channel.SMS else 1,
    )
    fresh = code if code is not None and code.issued_at == now else None
    return Composed(message, step, content, fresh, [page, opt_out])


def _code(connection: psycopg.Connection, plan: Plan, message: Message, step: Send, fresh: Code) -> Code:
    """A reminder speaks of the code that was sent, never of a new one."""
    if step.same_code:
        return messages.code_of_enrollment(connection, plan.brand.id, message.enrollment) or fresh
    return fresh


def _language(customer: Customer, plan: Plan) -> str:
    """The customer's, where texts exist in it; else the brand's."""
    told = customer.traits.get("language")
    return str(told.value) if told is not None and told.value in ("he", "en") else plan.brand.language


def _first_name(customer: Customer) -> str:
    told = customer.traits.get("first_name")
    return str(told.value) if told is not None and told.value else ""


def _offer(code: Code | None, plan: Plan, language: str, now: Instant) -> dict[str, object]:
    if code is None:
        return dict.fromkeys(("value", "min_basket", "unit", "expires_at", "hours_left", "code"), "")
    return {
        "value": _amount(code.value, plan.brand.currency),
        "min_basket": _amount(code.min_basket, plan.brand.currency),
        "unit": _UNITS.get((plan.brand.currency, language), plan.brand.currency),
        "expires_at": say_local(to_datetime(code.expires_at, plan.tz)),
        "hours_left": max(0, (code.expires_at - now) // HOUR),
        "code": code.code,
    }


# An English SMS says NIS: one ₪ would force it into parts of 70 letters (product.md §4).
_UNITS = {("ILS", "he"): "₪", ("ILS", "en"): "NIS", ("USD", "he"): "$", ("EUR", "he"): "€", ("GBP", "he"): "£"}


def _amount(minor: int, currency: str) -> str:
    """Digits, with decimals only where there are any."""
    return decimal_text(minor, currency).removesuffix(".00")


def say_local(moment: datetime) -> str:
    """A wall-clock time in digits, the same in both languages: 4.3.2026 14:05."""
    return f"{moment.day}.{moment.month}.{moment.year} {moment:%H:%M}"
