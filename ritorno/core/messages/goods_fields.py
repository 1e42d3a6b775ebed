"""Merge fields of goods: the product a message is about, its category, what suits it, the cart."""

from collections.abc import Mapping
from typing import Any

from ritorno.core.customer import About, Customer, Order
from ritorno.core.events import Line
from ritorno.core.messages.blocks import Galleries, Tile
from ritorno.core.messages.fields import Exact
from ritorno.core.plan import Plan

_NEUTRAL = {"he": "המוצר שלך", "en": "your item", "ar": "منتجك", "ru": "ваш товар"}  # for what no name may be said of


def of_product(about: About, order: Order | None, plan: Plan, language: str) -> dict[str, Any]:
    """What the message is about: the enrollment's product, else the order's dearest line. A sensitive one is called by
    its label, or by none, under either name (ORC-22)."""
    line = _line(about, order)
    sku = about.sku or (line.sku if line else "")
    if not sku:
        return {}
    known = plan.catalogue.product(sku)
    name = known.name or (line.name if line else "")
    safe = (known.label or neutral(language)) if known.sensitive else name
    return {
        "name": safe,
        "safe_name": safe,
        "sku": sku,
        "category": "" if known.sensitive else known.category or (line.category if line else ""),
        "video_url": known.video_url,
    }


def neutral(language: str) -> str:
    """What to call a product that no name may be said of."""
    return _NEUTRAL.get(language, _NEUTRAL["he"])


def _line(about: About, order: Order | None) -> Line | None:
    if order is None or not order.lines:
        return None
    own = [line for line in order.lines if line.sku == about.sku] if about.sku else []
    return max(own or order.lines, key=lambda line: line.unit_price * line.quantity)


def of_category(about: About, order: Order | None, plan: Plan, language: str) -> dict[str, Any]:
    """The category that the enrollment is for, else its product's; a sensitive one is not named."""
    if about.category and not about.sku:
        return {} if about.category in _sensitive(plan) else {"name": about.category}
    told = of_product(about, order, plan, language).get("category", "")
    return {"name": told} if told else {}


def _sensitive(plan: Plan) -> frozenset[str]:
    return frozenset(each.category for each in plan.catalogue.products.values() if each.sensitive)


def of_match(galleries: Galleries) -> dict[str, Any]:
    """The one product that suits what was bought (PB4-06)."""
    first: Tile | None = next(iter(galleries.get("match") or galleries.get("complements") or ()), None)
    return {} if first is None else {"name": first.name, "url": first.url}


def of_cart(about: About, customer: Customer) -> dict[str, Any]:
    """The cart that the enrollment is about: how many items were put in, and where it is continued, if told."""
    rows = [done for done in customer.did if about.thing and done.properties.get("cart_id") == about.thing]
    if not rows:
        return {}
    urls = [str(done.properties["cart_url"]) for done in rows if done.properties.get("cart_url")]
    told: Mapping[str, Any] = {"url": urls[-1]} if urls else {}
    return {"id": Exact(about.thing), "items": len({done.properties.get("sku") for done in rows}), **told}
