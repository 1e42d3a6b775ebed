"""The win-back page: welcome, the gift with its true deadline, a few products (PB2-08 to PB2-11).

The deadline is the code's own. The page gets the time that is left by the server's clock and counts it down by elapsed
time, so that every device shows the same and a reload gives nothing back. Without JavaScript the deadline stands there
in words.
"""

from typing import Any, Literal, NamedTuple, assert_never

from django.http import HttpResponse

from ritorno.core.instants import HOUR, say_instant, to_datetime
from ritorno.core.messages.merge_fields import offer_unit, say_local
from ritorno.core.messages.render import render
from ritorno.core.messages.trait_fields import TraitFields
from ritorno.core.money import decimal_text, format_amount
from ritorno.core.offers import Code, figure
from ritorno.core.redemption import Fixed, FreeShipping, PerCent
from ritorno.store import codes
from ritorno.store.links import opt_out_of
from ritorno.web.pages.paper import origin_of, page, web_address
from ritorno.web.pages.visit import Visit
from ritorno.web.words import words
from ritorno.work.recommend import Pick, gallery

State = Literal["live", "ended", "used", "no_offer"]

_MOST = 6  # products, where the playbook says nothing
_TINTS = 6  # backgrounds of products without a picture


class Shown(NamedTuple):
    """One product as the page shows it."""

    name: str
    category: str
    price: str
    reason: str
    url: str
    image_url: str
    letter: str
    tint: int


def stands(visit: Visit) -> tuple[State, int]:
    """How the offer stands, and the milliseconds it still lives."""
    return _state(_code(visit), visit)


def _code(visit: Visit) -> Code | None:
    """The message's code; a reminder speaks of an earlier message's."""
    brand, message = visit.plan.brand.id, visit.message
    return codes.of_message(visit.connection, brand, message.id) or codes.of_enrollment(
        visit.connection, brand, message.enrollment
    )


def _state(code: Code | None, visit: Visit) -> tuple[State, int]:
    if code is None:
        return "no_offer", 0
    if code.redeemed_at is not None:
        return "used", 0
    left = code.expires_at - visit.now
    return ("live", left // 1000) if left > 0 else ("ended", 0)


def show(visit: Visit) -> HttpResponse:
    code = _code(visit)
    state, left = _state(code, visit)
    language, brand = visit.language, visit.plan.brand
    told = words(language, name=visit.first_name, brand=brand.name, **_offer_words(code, visit))
    told |= _playbook_words(code, visit)
    picks = _picks(visit)
    if state in ("ended", "used"):
        picks.sort(key=lambda pick: pick.reason != "new")  # the page then speaks of what is new
    products = [_shown(pick, visit, told) for pick in picks]
    refuse = opt_out_of(visit.connection, brand.id, visit.message.id)
    context: dict[str, Any] = {
        "words": told,
        "brand": brand,
        "state": state,
        "left": left,
        "lives": (code.expires_at - code.issued_at) // 1000 if code else 0,
        "code": code,
        "value": _gift(code, brand.currency, language) if code else "",
        "expires_iso": say_instant(code.expires_at, visit.plan.tz) if code else "",
        "products": products,
        "ended": told["ended_line"] if products and "ended_line" in told else told["ended"],
        "shop": next((origin_of(pick.product.url) for pick in picks if origin_of(pick.product.url)), ""),
        "opt_out": f"/r/{refuse}" if refuse else "",
        "path": f"/r/{visit.link.token}",
        "greets": bool(visit.first_name),
    }
    return page("winback", language, context, images=[one.image_url for one in products])


def _gift(code: Code, currency: str, language: str) -> str:
    """₪50, 10%, or in words."""
    match code.issued.benefit:
        case Fixed(amount):
            return format_amount(amount, currency, language)
        case PerCent() as share:
            return f"{figure(share, currency)}%"
        case FreeShipping():
            return words(language)["free_shipping"]
        case benefit:
            assert_never(benefit)


def _offer_words(code: Code | None, visit: Visit) -> dict[str, str]:
    if code is None:
        return {}
    return {
        "amount": format_amount(code.min_basket, visit.plan.brand.currency, visit.language),
        "when": say_local(to_datetime(code.expires_at, visit.plan.tz)),
    }


def _playbook_words(code: Code | None, visit: Visit) -> dict[str, str]:
    """The page's words as its playbook has them; ours stay where it has none."""
    playbook = visit.plan.playbook(visit.message.playbook, visit.message.version)
    if playbook is None or playbook.page is None:
        return {}
    told, fields = playbook.page, _fields(code, visit)
    texts = {
        "welcome_back": told.title,
        "valid_until": told.valid_until,
        "use_it": told.use_it,
        "ended_line": told.ended,
    }
    return {key: render(text.in_language(visit.language), visit.language, fields) for key, text in texts.items()}


def _fields(code: Code | None, visit: Visit) -> dict[str, Any]:
    """What the texts of a page may say, as in a message."""
    currency = visit.plan.brand.currency
    offer: dict[str, object] = dict.fromkeys(("value", "min_basket", "unit", "expires_at", "hours_left", "code"), "")
    if code is not None:
        offer = {
            "value": figure(code.issued.benefit, currency),
            "min_basket": decimal_text(code.min_basket, currency).removesuffix(".00"),
            "unit": offer_unit(code, currency, visit.language),
            "expires_at": say_local(to_datetime(code.expires_at, visit.plan.tz)),
            "hours_left": max(0, (code.expires_at - visit.now) // HOUR),
            "code": code.code,
        }
    return {
        "brand": {"name": visit.plan.brand.name},
        "customer": {
            "first_name": visit.first_name,
            "traits": TraitFields(visit.customer.traits, visit.plan.trait_rules.by_key, visit.language),
        },
        "offer": offer,
        "link": f"/r/{visit.link.token}",
        "optout": "",
    }


def _picks(visit: Visit) -> list[Pick]:
    playbook = visit.plan.playbook(visit.message.playbook, visit.message.version)
    asked = playbook.page if playbook else None
    kind, most = (asked.gallery, asked.products) if asked else ("both", _MOST)
    return gallery(visit.connection, visit.plan, visit.customer, visit.now, kind, most)


def _shown(pick: Pick, visit: Visit, told: dict[str, str]) -> Shown:
    product = pick.product
    price = "" if product.price is None else format_amount(product.price, visit.plan.brand.currency, visit.language)
    return Shown(
        product.name,
        product.category,
        price,
        told[pick.reason],
        web_address(product.url),
        web_address(product.image_url),
        product.name[0],
        sum(product.sku.encode()) % _TINTS,
    )
