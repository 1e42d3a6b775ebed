"""A collection that some see before everyone: by their link alone, until its day is over, and revocably (PB1-06)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from ritorno.core.events import Channel, ConsentTold, OrderTold, SoldVia
from ritorno.core.ids import CustomerId
from ritorno.core.instants import Instant
from ritorno.core.points import Earned, Rate
from ritorno.core.points_terms import Multiplier, Terms
from ritorno.core.scores.cells import Cell
from ritorno.playbooks.library import load
from ritorno.settings import Settings
from ritorno.store import access, alarms, customers
from ritorno.store.access import Collection
from ritorno.store.transaction import transaction
from ritorno.testing import at
from ritorno.wiring import chance
from ritorno.work import policy
from ritorno.work.activate import adjusted
from ritorno.work.let_into import let_into
from tests.web.conftest import Browser
from tests.web.shop import KEY, Shop, open_shop

SS26 = Collection("SS26", "קיץ 26", "https://shop.example/ss26?lang=he", at("2026-03-21"))
GRANTED = at("2026-03-05T10:00")
DANA = CustomerId(7)


@pytest.fixture
def token(shop: Shop) -> str:
    with transaction(shop.app.connection()) as connection:
        access.save_collection(connection, shop.brand, SS26)
    grant = let_into(shop.app.connection(), shop.plan, DANA, "SS26", GRANTED, chance)
    assert grant is not None
    return grant.token


def asked(browser: Browser, token: str, **told: str) -> tuple[int, Any]:
    reply = browser.post("/v1/access/check", {"token": token, **told}, key=KEY)
    return reply.status, reply.json


def test_pb1_06_the_link_opens_until_the_last_day_is_over(browser: Browser, shop: Shop, token: str) -> None:
    for when, status in (("2026-03-10", 200), ("2026-03-20T23:59:59", 200), ("2026-03-21", 410)):
        shop.clock(when)
        reply = browser.get(f"/a/{token}")
        assert (reply.status, f"access={token}" in reply.text) == (status, status == 200), when
        found, told = asked(browser, token, collection="SS26")
        assert (found, told["open"]) == (status, status == 200), when
    assert told["reason"] == "closed"
    assert "הגישה המוקדמת הסתיימה" in reply.text


def test_pb1_06_without_a_token_nobody_is_let_in(browser: Browser, shop: Shop, token: str) -> None:
    shop.clock("2026-03-10")
    for path in ("/a/", "/a/x", "/a/abcdefghijk"):
        assert browser.get(path).status == 404
    assert asked(browser, "") == (
        404, {"open": False, "reason": "unknown", "error": "there is no such token; who has none is not let in"},
    )  # fmt: skip
    assert asked(browser, "abcdefghijk")[1]["reason"] == "unknown"
    assert asked(browser, token, collection="FW26")[1]["reason"] == "other_collection"
    assert browser.post("/v1/access/check", {"token": token}).status == 401
    assert browser.post(f"/a/{token}", {}).status == 405
    page = browser.get(f"/a/{token}")
    assert 'href="https://shop.example/ss26?lang=he&amp;access=' in page.text
    assert (page.headers["Cache-Control"], page.headers["Content-Language"]) == ("no-store", "he")


def test_what_was_taken_back_opens_nothing_and_comes_back_only_by_hand(
    browser: Browser, shop: Shop, token: str
) -> None:
    shop.clock("2026-03-10")
    connection, plan = shop.app.connection(), shop.plan
    assert access.revoke(connection, shop.brand, "SS26", DANA, GRANTED) is True
    assert access.revoke(connection, shop.brand, "SS26", DANA, GRANTED) is False
    assert asked(browser, token)[1]["reason"] == "revoked"
    assert browser.get(f"/a/{token}").status == 410
    assert let_into(connection, plan, DANA, "SS26", GRANTED, chance) is None
    anew = let_into(connection, plan, DANA, "SS26", GRANTED, chance, again=True)
    assert anew is not None
    assert anew.token != token
    assert (asked(browser, anew.token)[0], asked(browser, token)[0]) == (200, 404)


def test_a_token_stays_the_same_and_ends_with_the_earlier_of_two_days(browser: Browser, shop: Shop, token: str) -> None:
    connection, plan = shop.app.connection(), shop.plan
    early = let_into(connection, plan, CustomerId(8), "SS26", GRANTED, chance, at("2026-03-08"))
    assert early is not None
    assert early.until == at("2026-03-08")
    again = let_into(connection, plan, CustomerId(8), "SS26", GRANTED, chance, at("2026-03-09"))
    assert again is not None
    assert (again.token, again.until) == (early.token, at("2026-03-09"))
    with transaction(connection):
        access.save_collection(connection, shop.brand, SS26._replace(until=at("2026-03-07")))
    shop.clock("2026-03-07")
    assert [asked(browser, each)[1]["reason"] for each in (token, early.token)] == ["closed", "closed"]
    assert let_into(connection, plan, DANA, "SS26", at("2026-03-07"), chance) is None
    assert let_into(connection, plan, DANA, "FW26", GRANTED, chance) is None
    assert [each.customer for each in access.granted(connection, shop.brand, "SS26")] == [7, 8]


# --- told by PB1's own message ---------------------------------------------------------------------


@pytest.fixture
def vip_shop(database: str, tmp_path: Path) -> Iterator[Shop]:
    """PB1 as it ships lets its customers into SS26 once it is named; 333 earn twice the points."""
    told = adjusted(load("PB1"), parameters={"collection": "SS26"})
    with open_shop(Settings(tmp_path, database), playbook=told) as opened:
        opened.clock("2026-01-02")
        with transaction(opened.app.connection()) as connection:
            access.save_collection(connection, opened.brand, SS26)
        terms = Terms(Rate(1, 1_000), (Multiplier(200, cells=(Cell("333"),)),))
        wanted = replace(opened.plan.policy, points=terms)
        policy.save(opened.app.connection(), opened.plan, wanted, at("2026-01-02"), "t")
        yield opened


def visit(shop: Shop) -> str:
    """A star's visit to the branch, Tue 2026-03-03 12:00; what she was written."""
    come(shop, "2026-03-03T12:00")
    return written(shop)


def come(shop: Shop, when: str) -> None:
    shop.tell(ConsentTold(Channel.WHATSAPP, given=True, source="form", wording="x"), "2026-01-03")
    for day in ("2026-01-05", "2026-02-05"):
        shop.buy(day, 600)
    shop.tell(OrderTold("r1", 200_000, "ILS", SoldVia.POS, branch="איילון"), when)


def written(shop: Shop) -> str:
    content = shop.message().content
    assert content is not None, shop.message().reasons
    return content.text


def test_pb1_06_and_07_the_message_leads_to_the_collection_and_tells_the_points_that_are_booked(
    browser: Browser, vip_shop: Shop
) -> None:
    text = visit(vip_shop)
    assert "עד \u206820.3.2026\u2069" in text or "עד 20.3.2026" in text, text
    assert "400" in text
    link = vip_shop.token("link")
    vip_shop.clock("2026-03-10")
    led = browser.get(f"/r/{link}")
    assert led.status == 302
    assert browser.get("/" + led.headers["Location"].split("/", 3)[3]).status == 200
    vip_shop.clock("2026-03-21")
    assert browser.get("/" + led.headers["Location"].split("/", 3)[3]).status == 410


def test_pb1_07_what_is_not_booked_is_not_said(vip_shop: Shop) -> None:
    wanted = replace(vip_shop.plan.policy, points=None)
    policy.save(vip_shop.app.connection(), vip_shop.plan, wanted, Instant(at("2026-01-02") + 1), "t")
    text = visit(vip_shop)
    assert "נקודות" not in text
    assert "20.3.2026" in text


def test_a_collection_that_is_over_is_not_spoken_of(vip_shop: Shop) -> None:
    with transaction(vip_shop.app.connection()) as connection:
        access.save_collection(connection, vip_shop.brand, SS26._replace(until=at("2026-03-01")))
    assert "קולקציה" not in visit(vip_shop)


def test_pb1_06_without_a_collection_the_message_speaks_of_none(database: str, tmp_path: Path) -> None:
    with open_shop(Settings(tmp_path, database), playbook=load("PB1")) as opened:
        opened.clock("2026-01-02")
        text = visit(opened)
    assert "תודה על הביקור" in text
    assert "קולקציה" not in text


def test_pb1_07_when_the_ledger_fails_the_sentence_is_left_out_and_an_alarm_raised(vip_shop: Shop) -> None:
    """She comes in the evening, the message waits for the morning, and what was booked is lost in the night."""
    come(vip_shop, "2026-03-03T21:30")
    assert vip_shop.message().content is None
    document = vip_shop.customer()
    assert [entry.points for entry in document.points if isinstance(entry, Earned)] == [60, 60, 400]
    document.points = ()
    with transaction(vip_shop.app.connection()) as connection:
        customers.save(connection, vip_shop.brand, [document])
    vip_shop.live_until("2026-03-04T11:00")
    text = written(vip_shop)
    assert "תודה על הביקור" in text
    assert "נקודות" not in text
    (alarm,) = alarms.read(vip_shop.app.connection(), vip_shop.brand)
    assert (alarm.kind, alarm.about, alarm.cleared_at) == ("points_unbooked", "PB2", None), "its key in this shop"
    vip_shop.live_until("2026-03-06T11:00")
    assert alarms.raised(vip_shop.app.connection(), vip_shop.brand, "points_unbooked") == frozenset()


def test_pb1_07_points_that_are_booked_raise_no_alarm(vip_shop: Shop) -> None:
    assert "400" in visit(vip_shop)
    assert alarms.read(vip_shop.app.connection(), vip_shop.brand) == []
