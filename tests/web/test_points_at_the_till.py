"""Points at the till: earned by receipts, told, spent and given, each once (PB1-07)."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from msgspec.structs import replace

from ritorno.core.decisions import PointsBooked
from ritorno.core.events import SoldVia
from ritorno.core.instants import days
from ritorno.core.points import Rate
from ritorno.core.points_terms import Multiplier, Terms
from ritorno.core.scores.cells import Cell
from ritorno.store import customers, decisions
from ritorno.testing import at
from ritorno.work import policy
from tests.web.conftest import Browser
from tests.web.shop import DANI, KEY, Shop

TERMS = Terms(Rate(1, 1_000), (Multiplier(200, cells=(Cell("333"),)),), days(365))
WHO = {"customer": {"phone": DANI}}


@pytest.fixture
def club(shop: Shop) -> Shop:
    shop.clock("2026-01-01")
    policy.save(shop.app.connection(), shop.plan, replace(shop.plan.policy, points=TERMS), at("2026-01-01"), "test")
    return shop


def ask(browser: Browser, step: str, **told: Any) -> tuple[int, Any]:
    reply = browser.post(f"/v1/points/{step}", {**WHO, **told}, key=KEY)
    return reply.status, reply.json


def test_pb1_07_a_visit_of_2000_books_400_and_the_till_can_say_so(browser: Browser, club: Shop) -> None:
    club.buy("2026-01-05T10:00", 1_000)
    club.buy("2026-02-05T10:00", 1_000)
    club.buy("2026-03-03T12:00", 2_000, via=SoldVia.POS)
    assert club.customer().scores.cell == 333
    status, told = ask(browser, "balance")
    assert (status, told["balance"]) == (200, 100 + 100 + 400)
    assert told["expires_next"] == {"points": 100, "at": "2027-01-05T10:00:00+02:00"}


def test_points_are_spent_once_for_each_receipt_and_never_more_than_there_are(browser: Browser, club: Shop) -> None:
    club.buy("2026-03-03T12:00", 1_000)
    for repeated in (None, True):
        status, told = ask(browser, "spend", receipt_no=7, points=60)
        assert (status, told["spent"], told["balance"], told.get("repeated")) == (200, True, 40, repeated)
    status, told = ask(browser, "spend", receipt_no=7, points=50)
    assert (status, told["reason"], told["points"]) == (409, "other_points", 60)
    status, told = ask(browser, "spend", receipt_no=8, points=41)
    assert (status, told["spent"], told["reason"], told["balance"]) == (409, False, "too_few", 40)
    club.react()
    assert [event.body.properties for event in club.told("points_spent")] == [
        {"points": 60, "balance": 40, "id": "pos\x1f7"}
    ]
    booked = [each.decision for each in _decided(club) if isinstance(each.decision, PointsBooked)]
    assert [each.points for each in booked] == [100, -60]


def _decided(club: Shop) -> list[decisions.Decided]:
    customer = club.customer()
    return [
        decisions.Decided(customer.id, each)
        for each in decisions.of_customer(club.app.connection(), club.brand, customer.id)
    ]


def test_points_are_given_once_with_their_life(browser: Browser, club: Shop) -> None:
    club.buy("2026-03-03T12:00", 5)
    for repeated in (None, True):
        status, told = ask(browser, "give", receipt_no="birthday", points=50, lives_days=30, because="birthday")
        assert (status, told["given"], told["balance"], told.get("repeated")) == (200, True, 50, repeated)
    assert ask(browser, "balance")[1]["expires_next"] == {"points": 50, "at": "2026-04-02T12:00:00+03:00"}


def test_of_fifty_tills_at_once_only_as_many_points_are_spent_as_there_are(browser: Browser, club: Shop) -> None:
    club.buy("2026-03-03T12:00", 1_000)
    with ThreadPoolExecutor(25) as tills:
        answers = list(tills.map(lambda number: ask(browser, "spend", receipt_no=number, points=30)[0], range(50)))
    assert sorted(answers) == [200] * 3 + [409] * 47
    assert ask(browser, "balance")[1]["balance"] == 10


def test_one_receipt_told_by_many_at_once_spends_once(browser: Browser, club: Shop) -> None:
    club.buy("2026-03-03T12:00", 1_000)
    with ThreadPoolExecutor(20) as tills:
        answers = list(tills.map(lambda _: ask(browser, "spend", receipt_no=7, points=30)[0], range(20)))
    assert answers == [200] * 20
    assert ask(browser, "balance")[1]["balance"] == 70


def test_an_order_that_arrives_while_points_are_spent_loses_neither(browser: Browser, club: Shop) -> None:
    club.buy("2026-03-03T12:00", 500)
    receipts = [
        {"receipt_no": f"r{number}", "occurred_at": "2026-03-03T12:00", "total": 10, **WHO} for number in range(20)
    ]
    with ThreadPoolExecutor(8) as tills:
        sent = [tills.submit(browser.post, "/v1/receipts", one, key=KEY) for one in receipts]
        spent = [tills.submit(ask, browser, "spend", receipt_no=number, points=1) for number in range(20)]
        club.react()
    assert {each.result().status for each in sent} == {202}
    assert {each.result()[0] for each in spent} == {200}
    club.react()
    assert ask(browser, "balance")[1]["balance"] == 50 + 20 - 20


@pytest.mark.parametrize(
    ("step", "told", "status", "problem"),
    [
        ("balance", {"customer": None}, 400, "body.customer: is missing"),
        ("balance", {"customer": {"phone": "x"}}, 400, "body.customer.phone"),
        ("balance", {"customer": {"phone": "052-9999999"}}, 404, "nobody is known"),
        ("spend", {"points": 5}, 400, "body.receipt_no: is missing"),
        ("spend", {"receipt_no": 1, "points": 1.5}, 400, "body.points: must be a whole number of 1 or more"),
        ("give", {"receipt_no": 1, "points": 5, "lives_days": -1}, 400, "body.lives_days: must be a whole number"),
    ],
)
def test_what_is_asked_wrongly_is_named(
    browser: Browser, club: Shop, step: str, told: dict[str, Any], status: int, problem: str
) -> None:
    club.buy("2026-03-03T12:00", 5)
    found, answer = ask(browser, step, **told)
    assert (found, problem in answer["error"]) == (status, True), answer


def test_of_two_customers_neither_is_meant(browser: Browser, club: Shop) -> None:
    club.buy("2026-03-03T12:00", 5)
    club.buy("2026-03-03T12:00", 5, phone="052-7654321")
    card = {"receipt_no": 1, "occurred_at": "2026-03-03T12:00", "total": 5}
    told = {**card, "customer": {"club_card": "12345", "phone": "052-7654321"}}
    assert browser.post("/v1/receipts", told, key=KEY).status == 202
    club.react()
    status, answer = ask(browser, "balance", customer={"phone": DANI, "club_card": "12345"})
    assert (status, answer["error"].split(";")[0]) == (409, "what customer says belongs to more than one")
    assert customers.count(club.app.connection(), club.brand) == 2
