"""Merge fields: what a message may say of one customer now, one function a noun (docs/reference/texts.md).

A noun that this customer has nothing of is left out, so that a text which speaks of it without a default is not sent.
"""

from datetime import date, datetime
from typing import Any, assert_never

from ritorno.core import relations
from ritorno.core.customer import NOTHING, Customer, Enrollment, Order
from ritorno.core.events import SoldVia
from ritorno.core.instants import HOUR, Instant, add_span, days, to_datetime, wall
from ritorno.core.journeys.journey import Playbook
from ritorno.core.messages.blocks import Galleries
from ritorno.core.messages.fields import Exact
from ritorno.core.messages.goods_fields import of_cart, of_category, of_match, of_product
from ritorno.core.messages.trait_fields import TraitFields
from ritorno.core.money import decimal_text
from ritorno.core.offers import Code, figure
from ritorno.core.plan import Brand, Plan
from ritorno.core.points import Earned, Given
from ritorno.core.points_balance import balance
from ritorno.core.redemption import Fixed, FreeShipping, PerCent
from ritorno.core.scores.rfm import group_key
from ritorno.core.scores.stage import stage
from ritorno.core.segments.rule import FactIs
from ritorno.core.view import View

Fields = dict[str, Any]

RENEWS = days(365)
_STAGE = FactIs("stage", "=", "")
# An English SMS says NIS: one ₪ would force it into parts of 70 letters (product.md §4).
_UNITS = {("ILS", "en"): "NIS", ("USD", "en"): "$", ("EUR", "en"): "EUR", ("GBP", "en"): "£"}
_SIGNS = {"ILS": "₪", "USD": "$", "EUR": "€", "GBP": "£"}


def fields_of(view: View, enrollment: int, language: str, galleries: Galleries, code: Code | None) -> Fields:
    """Everything but the links. `enrollment`: the passage that the message belongs to."""
    customer, plan, now = view.customer, view.plan, view.now
    passage = next((each for each in customer.enrollments if each.id == enrollment), None)
    about = passage.about if passage else NOTHING
    playbook = plan.playbook(passage.playbook, passage.version) if passage else None
    order = next((each for each in customer.orders if each.key == about.order), None) if about.order else None
    nouns = {
        "brand": of_brand(plan.brand),
        "customer": of_customer(view, language),
        "segments": dict.fromkeys(customer.segments, True),
        "beneficiary": of_beneficiary(customer, enrollment, language),
        "visit": of_visit(order, view),
        "access": of_access(playbook, passage, view),
        "points": of_points(order, passage, view),
        "offer": of_offer(code, plan, language, now),
        "product": of_product(about, order, plan, language),
        "category": of_category(about, order, plan, language),
        "match": of_match(galleries),
        "renewal": of_renewal(order, view),
        "cart": of_cart(about, customer),
        "blocks": {name: ", ".join(tile.name for tile in tiles) for name, tiles in galleries.items() if tiles},
    }
    return {name: told for name, told in nouns.items() if told or name == "segments"}


def of_brand(brand: Brand) -> Fields:
    return {"name": brand.name, "sender": brand.sender, "reply_to": brand.reply_to, "address": brand.address}


def of_customer(view: View, language: str) -> Fields:
    """`stage` and `group` by their keys, for conditions."""
    name = view.customer.traits.get("first_name")
    return {
        "first_name": str(name.value).strip() if name is not None and name.value else "",
        "traits": TraitFields(view.customer.traits, view.plan.trait_rules.by_key, language),
        "stage": stage(_STAGE, view).value,
        "group": group_key(view.scores.cell),
        "orders": view.facts.ever,
    }


def of_beneficiary(customer: Customer, enrollment: int, language: str) -> Fields:
    """For whom the order was; nothing where it was for herself, or nobody says how they are called."""
    told = relations.fields(relations.beneficiary_of(customer, enrollment), language)
    return dict(told) if told["label"] else {}


def of_visit(order: Order | None, view: View) -> Fields:
    """The visit to a branch that the message is about, else the last; whether it is still today (PB1-05)."""
    visits = [each for each in view.counted()[0] if each.sold_via is SoldVia.POS and each.branch]
    own = order if order is not None and order.branch else None
    seen = own or (visits[-1] if visits else None)
    if seen is None:
        return {}
    day = wall(seen.occurred_at, view.tz).date()
    return {
        "branch": seen.branch,
        "is_today": day == wall(view.now, view.tz).date(),
        "date": say_day(day),
    }


def of_access(playbook: Playbook | None, passage: Enrollment | None, view: View) -> Fields:
    """Until when early access lasts: the trait `access_until`, else so many days from the entry as the playbook's
    parameter `access_days` says; nothing once that is over. One with a parameter `collection` lets in by tokens, and
    what those open is told where they are given (`work/promise.py`)."""
    until: date | None = None
    told = view.customer.traits.get("access_until")
    if told is not None and isinstance(told.value, str) and told.value:
        until = date.fromisoformat(told.value)
    elif playbook is not None and passage is not None and _opens_by_itself(playbook):
        span = days(int(playbook.parameters["access_days"].value))
        until = wall(add_span(passage.entered_at, span, view.tz), view.tz).date()
    if until is None or until < wall(view.now, view.tz).date():
        return {}
    return {"until": say_day(until)}


def _opens_by_itself(playbook: Playbook) -> bool:
    return "access_days" in playbook.parameters and "collection" not in playbook.parameters


def of_points(order: Order | None, passage: Enrollment | None, view: View) -> Fields:
    """`booked` only once they stand in the ledger: by the order, and given in this passage (PB1-07)."""
    ledger = [entry for entry in view.customer.points if entry.booked_at <= view.now]
    earned = sum(
        entry.points
        for entry in ledger
        if isinstance(entry, Earned)
        and order is not None
        and (entry.source, entry.order) == (order.source, order.order_id)
    )
    given = sum(
        entry.points
        for entry in ledger
        if isinstance(entry, Given) and passage is not None and entry.id.startswith(f"{passage.id}/")
    )
    return {
        "booked": earned + given > 0,
        "earned": earned + given or None,
        "balance": balance(view.customer.points, view.now),
    }


def of_offer(code: Code | None, plan: Plan, language: str, now: Instant) -> Fields:
    if code is None:
        return {}
    ends = to_datetime(code.expires_at, plan.tz)
    value = figure(code.issued.benefit, plan.brand.currency)
    return {
        "value": value,
        "percent": value if isinstance(code.issued.benefit, PerCent) else None,
        "min_basket": decimal_text(code.min_basket, plan.brand.currency).removesuffix(".00"),
        "unit": offer_unit(code, plan.brand.currency, language),
        "until": say_day(ends),
        "expires_at": say_local(ends),
        "hours_left": max(0, (code.expires_at - now) // HOUR),
        "code": Exact(code.code),
    }


def say_day(day: date) -> str:
    """In digits, the same in every language: 4.3.2026."""
    return f"{day.day}.{day.month}.{day.year}"


def say_local(moment: datetime) -> str:
    """A wall-clock time in digits: 4.3.2026 14:05."""
    return f"{say_day(moment)} {moment:%H:%M}"


def unit_of(currency: str, language: str) -> str:
    """The currency as a text says it."""
    return _UNITS.get((currency, language)) or _SIGNS.get(currency, currency)


def offer_unit(code: Code, currency: str, language: str) -> str:
    """What stands beside the offer's number: the currency, or %."""
    match code.issued.benefit:
        case PerCent():
            return "%"
        case FreeShipping():
            return ""
        case Fixed():
            return unit_of(currency, language)
        case benefit:
            assert_never(benefit)


def of_renewal(order: Order | None, view: View) -> Fields:
    """When a year after the order is over."""
    if order is None:
        return {}
    return {"date": say_day(wall(add_span(order.occurred_at, RENEWS, view.tz), view.tz))}
