"""A till posts its receipts: durable before the answer, each once, the bad ones named (DAT-08, DAT-01, PB2-12)."""

import hashlib
import json
import time
import zlib
from typing import Any

import pytest

from ritorno.core.events import SoldVia
from ritorno.store import definitions, inbox
from ritorno.testing import at
from ritorno.work.found import found
from tests.web.conftest import Browser
from tests.web.shop import KEY, Shop

NOW = "2026-03-01T10:00"


def receipt(number: object = 881, **fields: Any) -> dict[str, Any]:
    plain = {
        "receipt_no": number,
        "occurred_at": "2026-03-01T09:58:00",
        "branch": "Ayalon",
        "total": "249.90",
        "customer": {"phone": "052-123-4567", "first_name": "דני"},
    }
    return plain | fields


@pytest.fixture(autouse=True)
def clock(shop: Shop) -> None:
    shop.clock(NOW)


def test_a_receipt_is_durable_before_the_answer_and_scored_after_it(browser: Browser, shop: Shop) -> None:
    reply = browser.post("/v1/receipts", receipt(), key=KEY)
    assert reply.status == 202
    assert reply.json == {
        "accepted": 1,
        "repeated": 0,
        "conflict": 0,
        "refused": 0,
        "results": [{"receipt_no": "881", "status": "accepted"}],
    }
    assert inbox.waiting(shop.app.connection(), shop.brand) == 1
    shop.react()
    (order,) = shop.customer().orders
    assert (order.order_id, order.source, order.net, order.sold_via, order.branch) == (
        "881", "pos", 24_990, SoldVia.POS, "Ayalon",
    )  # fmt: skip


def test_dat_08_posted_twice_and_out_of_order_it_counts_as_if_once_and_in_order(browser: Browser, shop: Shop) -> None:
    later = receipt(881, occurred_at="2026-03-01T09:58", total=200)
    earlier = receipt(880, occurred_at="2026-01-15T09:00", total="300")
    took = []
    for told in (later, later, earlier):
        began = time.perf_counter()
        assert browser.post("/v1/receipts", told, key=KEY).status in (200, 202)
        took.append(time.perf_counter() - began)
        shop.react()
    assert max(took) < 0.5, "each is acknowledged within 500 ms"
    customer = shop.customer()
    assert [(order.order_id, order.occurred_at) for order in customer.orders] == [
        ("880", at("2026-01-15T09:00")),
        ("881", at("2026-03-01T09:58")),
    ]
    assert (customer.scores.cell, customer.scores.spend) == (322, 50_000)


def test_a_repetition_is_no_news_and_another_content_under_its_number_is_refused(browser: Browser, shop: Shop) -> None:
    assert browser.post("/v1/receipts", receipt(), key=KEY).status == 202
    again = browser.post("/v1/receipts", receipt(), key=KEY)
    assert (again.status, again.json["results"][0]["status"]) == (200, "repeated")
    other = browser.post("/v1/receipts", receipt(total="999"), key=KEY)
    assert (other.status, other.json["results"][0]["status"]) == (409, "conflict")
    assert "'881' is known with another content" in other.json["problems"][0]
    shop.react()
    assert [order.total for order in shop.customer().orders] == [24_990]


def test_of_a_list_the_good_ones_are_kept_and_the_bad_ones_named_and_set_aside(browser: Browser, shop: Shop) -> None:
    told = [receipt(1), receipt(2, lines=[{"unit_price": "x"}]), receipt(3), receipt(1)]
    reply = browser.post("/v1/receipts", told, key=KEY)
    assert reply.status == 400
    assert [one["status"] for one in reply.json["results"]] == ["accepted", "refused", "accepted", "repeated"]
    assert reply.json["problems"] == [
        "receipts[1].lines[0].unit_price: 'x' is not an amount; write for example 1234.50"
    ]
    shop.react()
    assert [order.order_id for order in shop.customer().orders] == ["1", "3"]
    (rejected,) = inbox.rejections(shop.app.connection(), shop.brand, 10)
    assert (rejected.source, rejected.received_at) == ("pos", at(NOW))
    assert rejected.reason.startswith("receipts[1].lines[0].unit_price")


def test_a_refund_without_a_name_finds_who_bought(browser: Browser, shop: Shop) -> None:
    browser.post("/v1/receipts", receipt(), key=KEY)
    shop.react()
    back = {"receipt_no": 900, "occurred_at": "2026-03-01T09:59", "total": "-49.90", "refund_of": 881}
    assert browser.post("/v1/receipts", back, key=KEY).status == 202
    shop.react()
    assert [order.net for order in shop.customer().orders] == [20_000]
    assert browser.post("/v1/receipts", back, key=KEY).status == 200, "repeated, it is no news"
    void = {"receipt_no": 881, "occurred_at": "2026-03-01T09:59", "cancelled": True}
    assert browser.post("/v1/receipts", void, key=KEY).status == 202
    shop.react()
    assert [order.net for order in shop.customer().orders] == [0]


def test_pb2_12_a_purchase_at_the_till_ends_the_rescue(browser: Browser, shop: Shop) -> None:
    shop.rescue()
    assert shop.customer().scores.cell == 133
    shop.clock("2026-03-04T10:00")
    told = receipt(occurred_at="2026-03-04T09:59:50")
    assert browser.post("/v1/receipts", told, key=KEY).status == 202
    shop.react()
    customer = shop.customer()
    assert customer.scores.cell == 333
    assert [(each.is_open, each.why) for each in customer.enrollments] == [(False, "bought: 2026-03-04T09:59:50+02:00")]


def test_two_tills_of_one_brand_have_numbers_of_their_own(browser: Browser, shop: Shop) -> None:
    definitions.add_api_key(shop.app.connection(), shop.brand, _hash("other"), "mall", "till 2", at("2026-01-01"))
    for key in (KEY, "other"):
        assert browser.post("/v1/receipts", receipt(), key=key).json["accepted"] == 1
    shop.react()
    assert [order.source for order in shop.customer().orders] == ["mall", "pos"]


def _hash(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()


def test_one_brand_never_sees_another(browser: Browser, shop: Shop) -> None:
    other = found(shop.app.connection(), "other", {"name": "Other"}, at(NOW))
    definitions.add_api_key(shop.app.connection(), other, _hash("other"), "pos", "", at(NOW))
    assert browser.post("/v1/receipts", receipt(), key="other").status == 202
    shop.react()
    assert browser.post("/v1/receipts", receipt(total=1), key=KEY).status == 202, "881 is free in this brand"
    shop.react()
    assert [order.total for order in shop.customer().orders] == [100]


@pytest.mark.parametrize("key", ["", "rit_guessed", "קוד"])
def test_without_a_known_key_nothing_is_read(browser: Browser, shop: Shop, key: str) -> None:
    with_key = {"X_API_KEY": key.encode().decode("latin-1")} if key else {}
    with_key["CONTENT_TYPE"] = "application/json"
    reply = browser.ask("POST", "/v1/receipts", json.dumps(receipt()).encode(), **with_key)
    assert (reply.status, reply.headers["WWW-Authenticate"]) == (401, 'Bearer realm="ritorno"')
    assert inbox.waiting(shop.app.connection(), shop.brand) == 0


def test_a_revoked_key_opens_nothing(browser: Browser, shop: Shop) -> None:
    shop.app.connection().execute("UPDATE api_key SET revoked_at = 1")
    assert browser.post("/v1/receipts", receipt(), X_API_KEY=KEY).status == 401


def test_a_packed_body_is_unpacked_within_bounds(browser: Browser) -> None:
    assert browser.post("/v1/receipts", receipt(), key=KEY, packed=True).status == 202
    bomb = b"[" + b" " * 9_000_000 + b"]"
    assert browser.post("/v1/receipts", bomb, key=KEY, packed=True).status == 413
    cut = zlib.compressobj(wbits=31).compress(b"[]")
    assert browser.post("/v1/receipts", cut, key=KEY, CONTENT_ENCODING="gzip").status == 400
    assert browser.post("/v1/receipts", b"[]", key=KEY, CONTENT_ENCODING="gzip").status == 400


def test_a_body_too_large_is_refused_before_it_is_read(browser: Browser) -> None:
    reply = browser.post("/v1/receipts", b"x" * 100, key=KEY, CONTENT_LENGTH=str(10**10))
    assert reply.status == 413
    assert "8 MB" in reply.json["error"]


def test_what_the_door_does_not_take_it_says(browser: Browser) -> None:
    assert browser.post("/v1/receipts", b"a=1", key=KEY, CONTENT_TYPE="text/plain").status == 415
    assert browser.post("/v1/receipts", receipt(), key=KEY, CONTENT_ENCODING="br").status == 415
    reply = browser.get("/v1/receipts")
    assert (reply.status, reply.headers["Allow"]) == (405, "POST")
    assert browser.get("/v1/nothing").status == 404
    broken = browser.post("/v1/receipts", b'{"receipt_no": ', key=KEY)
    assert (broken.status, broken.json["error"].split(":")[0]) == (400, "the body is not JSON")


def test_a_full_list_is_one_transaction(browser: Browser, shop: Shop) -> None:
    told = [receipt(number, customer={"phone": f"05212{number:05}"}) for number in range(500)]
    assert browser.post("/v1/receipts", json.dumps(told).encode(), key=KEY).json["accepted"] == 500
    shop.react()
    assert len(shop.customer("0521200499").orders) == 1
    assert inbox.waiting(shop.app.connection(), shop.brand) == 0


def test_isr_11_a_tills_own_account_becomes_no_customer(browser: Browser, shop: Shop) -> None:
    told = [receipt(number) for number in range(60)]
    assert browser.post("/v1/receipts", told, key=KEY).json["accepted"] == 60
    shop.react()
    customer = shop.customer()
    assert (customer.house, customer.orders, customer.scores.cell) == (True, [], 0)
