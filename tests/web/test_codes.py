"""A code is redeemed once, in time, on a basket that is large enough (PB2-06, PB2-07)."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from ritorno.core.instants import Instant
from ritorno.core.wall_clock import SECOND
from ritorno.testing import at
from tests.web.conftest import Browser
from tests.web.shop import KEY, Shop

SENT = "2026-03-03T14:05:10"
EXPIRES = at("2026-03-04T14:05:10")


def redeem(browser: Browser, code: str, *, number: object = 881, total: object = 200) -> tuple[int, Any]:
    reply = browser.post(f"/v1/codes/{code}/redeem", {"receipt_no": number, "total": total}, key=KEY)
    return reply.status, reply.json


def test_pb2_06_accepted_once_refused_the_second_time_and_charged_to_its_playbook(browser: Browser, shop: Shop) -> None:
    shop.rescue()
    code = shop.code()
    shop.clock("2026-03-03T18:00")
    status, told = redeem(browser, code)
    assert status == 200
    assert told == {
        "code": code,
        "redeemed": True,
        "discount": "50.00",
        "kind": "fixed",
        "value": "50.00",
        "min_basket": "150.00",
        "currency": "ILS",
        "playbook": "PB2",
        "expires_at": "2026-03-04T14:05:10+02:00",
    }
    status, told = redeem(browser, code, number=882)
    assert (status, told["redeemed"], told["reason"]) == (409, False, "used")
    shop.react()
    (event,) = shop.told("code_redeemed")
    assert event.body.properties == {"playbook": "PB2", "value": 5_000, "order": "881", "sold_via": "pos"}
    assert [done.name for done in shop.customer().did] == ["code_redeemed"]


def test_the_same_receipt_may_ask_again(browser: Browser, shop: Shop) -> None:
    shop.rescue()
    assert redeem(browser, shop.code())[0] == 200
    status, told = redeem(browser, shop.code())
    assert (status, told["redeemed"], told["repeated"]) == (200, True, True)


def test_pb2_07_it_lives_exactly_as_long_as_it_was_promised(browser: Browser, shop: Shop) -> None:
    shop.rescue()
    code = shop.code()
    shop.clock(EXPIRES)
    status, told = redeem(browser, code)
    assert (status, told["reason"], told["error"]) == (410, "expired", "the code has expired")
    shop.clock(Instant(EXPIRES - 1))
    assert redeem(browser, code)[0] == 200


def test_pb2_07_one_second_before_and_at_the_end_on_a_receipt(browser: Browser, shop: Shop) -> None:
    shop.rescue()
    shop.clock(Instant(EXPIRES + 3600 * SECOND))
    for number, time, redeemed in ((1, "14:05:10", False), (2, "14:05:09", True)):
        told = {"receipt_no": number, "occurred_at": f"2026-03-04T{time}", "total": 200, "code": shop.code()}
        (result,) = browser.post("/v1/receipts", told, key=KEY).json["results"]
        assert (result["status"], result["code"]["redeemed"]) == ("accepted", redeemed), "the purchase counts anyway"


def test_a_basket_too_small_is_refused_and_the_code_stays(browser: Browser, shop: Shop) -> None:
    shop.rescue()
    status, told = redeem(browser, shop.code(), total="149.99")
    assert (status, told["reason"]) == (422, "basket_too_small")
    assert redeem(browser, shop.code(), total=150)[0] == 200


def test_a_till_may_look_before_it_redeems(browser: Browser, shop: Shop) -> None:
    shop.rescue()
    code = shop.code()
    spelled = f"{code[:4].lower()}-{code[4:]}"
    for body, answer in (({}, True), ({"total": 150}, True), ({"total": 100}, False)):
        reply = browser.post(f"/v1/codes/{spelled}/check", body, key=KEY)
        assert (reply.status, reply.json["redeemable"], reply.json["code"]) == (200, answer, code)
    assert redeem(browser, code)[0] == 200
    assert browser.post(f"/v1/codes/{code}/check", {}, key=KEY).json["reason"] == "used"


def test_what_is_asked_wrongly_is_said(browser: Browser, shop: Shop) -> None:
    shop.rescue()
    code = shop.code()
    assert browser.post(f"/v1/codes/{code}/redeem", {}).status == 401
    assert redeem(browser, "ABCD2345")[0] == 404
    reply = browser.post(f"/v1/codes/{code}/redeem", {"total": "x"}, key=KEY)
    assert reply.status == 400
    assert "body.receipt_no: is missing" in reply.json["error"]
    assert "body.total: 'x' is not an amount" in reply.json["error"]
    assert browser.post(f"/v1/codes/{code}/check", b"{", key=KEY).status == 400
    assert browser.get(f"/v1/codes/{code}/check").status == 405


def test_a_receipt_redeems_its_code_together_with_the_purchase(browser: Browser, shop: Shop) -> None:
    shop.rescue()
    shop.clock("2026-03-04T10:00")
    told = {
        "receipt_no": 7,
        "occurred_at": "2026-03-04T09:59",
        "total": 150,
        "discount": 50,
        "code": shop.code(),
        "customer": {"phone": "0521234567"},
    }
    for status in ("accepted", "repeated"):
        (result,) = browser.post("/v1/receipts", told, key=KEY).json["results"]
        assert (result["status"], result["code"]["redeemed"]) == (status, True)
    shop.react()
    assert shop.customer().scores.cell == 333


def test_of_fifty_who_redeem_it_at_once_one_succeeds(browser: Browser, shop: Shop) -> None:
    shop.rescue()
    code = shop.code()
    with ThreadPoolExecutor(50) as tills:
        answers = list(tills.map(lambda number: redeem(browser, code, number=number)[0], range(50)))
    assert sorted(answers) == [200] + [409] * 49
