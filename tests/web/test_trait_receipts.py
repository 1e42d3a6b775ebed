"""Custom fields told by a till, through its door (SEG-12, SEG-14)."""

from typing import Any

from ritorno.core.trait_values import TraitKind
from ritorno.testing import at
from ritorno.work.traits import Wish, be_strict, define
from tests.web.conftest import Browser
from tests.web.shop import KEY, Shop

NOW = "2026-03-01T10:00:00"


def receipt(number: int, **traits: Any) -> dict[str, Any]:
    who = {"phone": "052-123-4567", "traits": traits}
    return {"receipt_no": number, "occurred_at": "2026-03-01T09:58:00", "total": "249.90", "customer": who}


def test_a_till_tells_defined_traits_and_of_a_wrong_one_the_receipt_is_refused_by_path(
    browser: Browser, shop: Shop
) -> None:
    shop.clock(NOW)
    connection = shop.app.connection()
    define(connection, shop.plan, "has_children", Wish(), at(NOW), "rina")
    define(connection, shop.plan, "walker_size", Wish(TraitKind.NUMBER), at(NOW), "rina")
    told = [receipt(1, has_children="כן", walker_size="1,5", note="x"), receipt(2, walker_size="large")]
    reply = browser.post("/v1/receipts", told, key=KEY)
    assert reply.status == 400
    assert reply.json["problems"] == [
        "receipts[1].customer.traits.walker_size: is 'large'; write a number, for example 12, 1,234.5 or -0.35"
    ]
    shop.react()
    customer = shop.customer()
    assert {key: trait.value for key, trait in customer.traits.items()} == {
        "has_children": True, "walker_size": 1.5, "note": "x",
    }  # fmt: skip
    assert [order.order_id for order in customer.orders] == ["1"]


def test_a_strict_brand_refuses_a_trait_it_has_not_defined(browser: Browser, shop: Shop) -> None:
    shop.clock(NOW)
    be_strict(shop.app.connection(), shop.plan, at(NOW), "rina", strict=True)
    reply = browser.post("/v1/receipts", receipt(1, note="x"), key=KEY)
    assert (reply.status, reply.json["refused"]) == (400, 1)
    assert "ritorno traits define note --kind text" in reply.json["problems"][0]
