"""Codes in two steps at the doors, offers of every kind, and nothing lost or doubled in between (PB2-06, PB3-12)."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from msgspec.structs import replace

from ritorno.core.events import SoldVia
from ritorno.core.ids import CustomerId, MessageId, PlaybookKey
from ritorno.core.instants import Instant, days
from ritorno.core.offers import Offer, issue
from ritorno.core.redemption import Scope
from ritorno.core.wall_clock import SECOND
from ritorno.store import codes
from ritorno.store.transaction import transaction
from ritorno.testing import at
from tests.web.conftest import Browser
from tests.web.shop import KEY, Shop

NOW = at("2026-03-03T14:05:10")
CUPS = {"sku": "C1", "category": "cups", "unit_price": "80", "quantity": 2}
POTS = {"sku": "P1", "category": "pots", "unit_price": "100"}


def given(shop: Shop, letters: str, offer: Offer, *, message: int = 1) -> str:
    """A code of that offer, issued now to customer 7 by PB2."""
    shop.clock(NOW)
    code = issue(offer, letters, NOW, shop.plan.tz)
    fresh = codes.NewCode(code, MessageId(message), CustomerId(7), PlaybookKey("PB2"), offer.budget)
    with transaction(shop.app.connection()) as connection:
        codes.add(connection, shop.brand, [fresh])
    return letters


def ask(browser: Browser, step: str, code: str, number: int = 881, **told: Any) -> tuple[int, Any]:
    if step != "check":
        told["receipt_no"] = number
    reply = browser.post(f"/v1/codes/{code}/{step}", told, key=KEY)
    return reply.status, reply.json


def test_pb2_06_reserved_then_redeemed_and_told_the_same_however_often(browser: Browser, shop: Shop) -> None:
    code = given(shop, "ABCD2345", Offer(5_000, 15_000))
    for repeated in (None, True):
        status, told = ask(browser, "reserve", code, total=200, seconds=60)
        assert (status, told["reserved"], told["discount"], told.get("repeated")) == (200, True, "50.00", repeated)
        assert told["until"] == "2026-03-03T14:06:10+02:00"
    assert ask(browser, "reserve", code, 882, total=200)[1]["reason"] == "reserved"
    assert ask(browser, "check", code)[1]["reason"] == "reserved"
    for repeated in (None, True):
        status, told = ask(browser, "redeem", code)
        assert (status, told["redeemed"], told["discount"], told.get("repeated")) == (200, True, "50.00", repeated)
    assert ask(browser, "redeem", code, 882, total=200)[1]["reason"] == "used"
    assert ask(browser, "release", code)[1]["reason"] == "used"
    shop.react()
    assert [event.body.properties["value"] for event in shop.told("code_redeemed")] == [5_000]


def test_a_till_that_died_after_reserving_keeps_nobody_from_the_code(browser: Browser, shop: Shop) -> None:
    code = given(shop, "ABCD2345", Offer(5_000))
    assert ask(browser, "reserve", code, total=200)[0] == 200
    shop.clock(Instant(NOW + 15 * 60 * SECOND - 1))
    assert ask(browser, "reserve", code, 882, total=200)[0] == 409
    shop.clock(Instant(NOW + 15 * 60 * SECOND))
    assert ask(browser, "redeem", code)[1]["reason"] == "not_reserved"
    assert ask(browser, "reserve", code, 882, total=200)[0] == 200
    assert ask(browser, "redeem", code, total=200)[1]["reason"] == "reserved"
    assert ask(browser, "redeem", code, 882)[0] == 200


def test_released_it_is_free_for_another_basket(browser: Browser, shop: Shop) -> None:
    code = given(shop, "ABCD2345", Offer(1_000, kind="per_cent"))
    assert ask(browser, "reserve", code, total=200)[1]["discount"] == "20.00"
    assert ask(browser, "reserve", code, total=300)[1]["reason"] == "other_basket"
    assert ask(browser, "release", code, 882)[1]["reason"] == "reserved"
    assert ask(browser, "release", code)[1]["released"] is True
    assert ask(browser, "reserve", code, total=300)[1]["discount"] == "30.00"


def test_pb3_12_a_code_for_a_category_counts_only_that(browser: Browser, shop: Shop) -> None:
    code = given(shop, "CUPS2345", Offer(1_000, kind="per_cent", scope=Scope(("cups",)), lives=days(7)))
    assert ask(browser, "check", code, total=260)[1]["reason"] == "lines_missing"
    assert ask(browser, "check", code, lines=[POTS])[1]["reason"] == "nothing_in_scope"
    status, told = ask(browser, "check", code, lines=[CUPS, POTS])
    assert (status, told["redeemable"], told["discount"], told["value"], told["kind"]) == (
        200, True, "16.00", "10", "per_cent",
    )  # fmt: skip
    assert told["scope"]["categories"] == ["cups"]
    assert told["expires_at"] == "2026-03-10T14:05:10+02:00"


def test_free_shipping_and_a_place_of_sale(browser: Browser, shop: Shop) -> None:
    code = given(shop, "SHIP2345", Offer(kind="free_shipping", most=2_500, sold_via=(SoldVia.ONLINE,)))
    assert ask(browser, "redeem", code, total=100, shipping=29)[1]["reason"] == "not_sold_here"
    assert ask(browser, "redeem", code, total=100, sold_via="online")[1]["reason"] == "nothing_to_ship"
    status, told = ask(browser, "redeem", code, total=100, shipping=29, sold_via="online")
    assert (status, told["discount"], told["sold_via"]) == (200, "25.00", ["online"])


def test_a_receipt_uses_what_it_had_reserved_whatever_it_was_told_as(browser: Browser, shop: Shop) -> None:
    code = given(shop, "ABCD2345", Offer(1_000, kind="per_cent"))
    assert ask(browser, "reserve", code, 7, lines=[CUPS])[1]["discount"] == "16.00"
    told = {"receipt_no": 7, "occurred_at": "2026-03-03T14:05:09", "total": 144, "discount": 16, "code": code}
    shop.clock(Instant(NOW + SECOND))
    for repeated in (None, True):
        (result,) = browser.post("/v1/receipts", {**told, "occurred_at": "2026-03-03T14:05:10"}, key=KEY).json[
            "results"
        ]
        found = result["code"]
        assert (found["redeemed"], found["discount"], found.get("repeated")) == (True, "16.00", repeated)


def test_a_refund_of_the_receipt_brings_no_code_back(browser: Browser, shop: Shop) -> None:
    code = given(shop, "ABCD2345", Offer(5_000))
    receipt = {"receipt_no": 7, "occurred_at": "2026-03-03T14:05:10", "total": 150, "discount": 50, "code": code}
    assert browser.post("/v1/receipts", receipt, key=KEY).json["results"][0]["code"]["redeemed"] is True
    for number, change in ((8, {"refund_of": 7}), (7, {"cancelled": True})):
        told = {"receipt_no": number, "occurred_at": "2026-03-03T14:05:10", **change}
        assert browser.post("/v1/receipts", told, key=KEY).status == 202
    shop.react()
    assert ask(browser, "redeem", code, 9, total=200)[1]["reason"] == "used"


@pytest.mark.parametrize(
    ("step", "told", "problem"),
    [
        ("reserve", {}, "body.total: is missing"),
        ("reserve", {"total": 1, "seconds": 0}, "body.seconds: is 0; a code is kept for 1 to 86400 seconds"),
        ("redeem", {"total": -1}, "are 0 or more"),
        ("redeem", {"total": 1, "sold_via": "tv"}, "body.sold_via: is 'tv'"),
        ("redeem", {"lines": [{"amount": "x"}]}, "body.lines[0].amount: 'x' is not an amount"),
    ],
)
def test_what_is_asked_wrongly_is_named(
    browser: Browser, shop: Shop, step: str, told: dict[str, Any], problem: str
) -> None:
    code = given(shop, "ABCD2345", Offer(5_000))
    status, answer = ask(browser, step, code, **told)
    assert status == 400
    assert problem in answer["error"]


def test_of_fifty_who_reserve_and_redeem_at_once_one_receipt_has_it(browser: Browser, shop: Shop) -> None:
    code = given(shop, "ABCD2345", Offer(5_000))

    def whole(number: int) -> bool:
        return ask(browser, "reserve", code, number, total=200)[0] == 200 == ask(browser, "redeem", code, number)[0]

    with ThreadPoolExecutor(50) as tills:
        assert sum(tills.map(whole, range(50))) == 1


def test_fifty_tills_never_spend_more_than_the_budget(browser: Browser, shop: Shop) -> None:
    """Receipts come late, of fifty codes that counted as unused by then, and the budget holds seven."""
    offer = Offer(5_000, budget=35_000)
    many = [given(shop, f"CODE{number:04}", offer, message=number) for number in range(50)]
    shop.clock(Instant(NOW + 25 * 3600 * SECOND))

    def late(number: int) -> str:
        told = {
            "receipt_no": number,
            "occurred_at": "2026-03-03T15:00",
            "total": 150,
            "discount": 50,
            "code": many[number],
        }
        (result,) = browser.post("/v1/receipts", told, key=KEY).json["results"]
        return str(result["code"].get("reason", "ok"))

    with ThreadPoolExecutor(50) as tills:
        answers = sorted(tills.map(late, range(50)))
    assert answers == ["budget_spent"] * 43 + ["ok"] * 7
    row = shop.app.connection().execute("SELECT spent FROM offer_spent").fetchone()
    assert row == (35_000,)


def test_a_code_of_another_spelling_is_the_same(browser: Browser, shop: Shop) -> None:
    code = given(shop, "Summer-26a", replace(Offer(100), pool="summer"))
    status, told = ask(browser, "redeem", "SUMMER 26A", total=10)
    assert (status, told["code"]) == (200, code)
