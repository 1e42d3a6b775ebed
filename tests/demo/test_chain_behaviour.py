"""What people of the chain «אלמוג» did besides buying is planted as product.md §7 counts it."""

from collections import Counter, defaultdict
from datetime import datetime, timedelta
from statistics import median
from typing import Any

import pytest

from ritorno.core.customer import Customer
from ritorno.core.folding import fold
from ritorno.core.ids import CustomerId
from ritorno.testing import at, shop
from ritorno.work.import_events import read_events
from tests.demo.conftest import Chain


def named(chain: Chain, name: str) -> list[dict[str, Any]]:
    return [one for one in chain.events if one["event"] == name]


def owners(chain: Chain) -> dict[str, str]:
    """By every key of a record the login of its owner, where there is one: a member's card and login are one person."""
    found = {row["club_card"]: row["customer_id"] for row in chain.customers if row["club_card"] and row["customer_id"]}
    return {**found, **chain.merged}


def bought(chain: Chain) -> dict[str, list[tuple[datetime, str, set[str]]]]:
    """Orders by login: when, where, what."""
    logins, found = owners(chain), defaultdict(list)
    for run in chain.told():
        head = run[0]
        if head["status"] == "paid" and not head["refund_of"] and float(head["total"]) > 0:
            who = head["customer_id"] or logins.get(head["club_card"], "")
            skus = {row["sku"] for row in run}
            found[who].append((datetime.fromisoformat(head["occurred_at"]), head["sold_via"], skus))
    return found


def test_of_nine_hundred_carts_a_fifth_is_bought_at_the_till_within_the_hour(chain: Chain) -> None:
    """COM-29: the same SKU at a till; the others are followed by no order anywhere for three days."""
    behaviour, orders = chain.truth.behaviour, bought(chain)
    carts = defaultdict(list)
    for one in named(chain, "product_added"):
        carts[one["properties"]["cart_id"]].append(one)
    assert len(carts) == 900
    assert len(behaviour.carts_bought_at_the_till) == 180
    assert set(carts) == {*behaviour.carts_bought_at_the_till, *behaviour.carts_left}
    till = set(behaviour.carts_bought_at_the_till)
    for cart, added in carts.items():
        last = datetime.fromisoformat(max(one["at"] for one in added))
        after = [
            (place, skus, at - last) for at, place, skus in orders[added[0]["customer_id"]] if timedelta(0) <= at - last
        ]
        if cart in till:
            sku = added[0]["properties"]["sku"]
            assert any(place == "pos" and sku in skus and wait < timedelta(hours=1) for place, skus, wait in after), (
                cart
            )
        else:
            assert not any(wait < timedelta(days=2, hours=23) for _, _, wait in after), cart


def test_a_cart_says_what_is_in_it_at_the_catalogues_price(chain: Chain) -> None:
    prices = {row["sku"]: float(row["price"]) for row in chain.products}
    for one in named(chain, "product_added"):
        told = one["properties"]
        assert told["price"] == prices[told["sku"]]
        assert told["quantity"] >= 1


def test_half_of_the_looks_last_eighteen_seconds(chain: Chain) -> None:
    """product.md §7; PB3 asks for 20 seconds and more."""
    looks = named(chain, "product_viewed")
    assert len(looks) == chain.truth.behaviour.views > 8_000
    seconds = [one["properties"]["dwell_seconds"] for one in looks]
    assert median(seconds) == pytest.approx(18, abs=1)
    assert min(seconds) >= 1
    assert {one["properties"]["sku"] for one in looks} == {row["sku"] for row in chain.products}


def test_a_quarter_of_the_opens_is_machines(chain: Chain) -> None:
    """ENG-01."""
    opens = named(chain, "message_opened")
    assert len(opens) == chain.truth.behaviour.opens == 3_000
    machines = [one for one in opens if one.get("machine")]
    assert len(machines) == chain.truth.behaviour.machine_opens
    assert len(machines) / len(opens) == pytest.approx(0.25, abs=0.005)


def test_one_click_in_a_hundred_is_a_scanners_and_shows_by_its_haste(chain: Chain) -> None:
    """ENG-04: every link within a second of the delivery, and no word of it in the file."""
    arrived = {one["message"]: datetime.fromisoformat(one["at"]) for one in named(chain, "message_delivered")}
    assert len(arrived) == chain.truth.behaviour.delivered == 7_500
    clicks = named(chain, "message_clicked")
    assert len(clicks) == chain.truth.behaviour.clicks
    assert not any(one.get("machine") for one in clicks)
    hasty = [
        one for one in clicks if datetime.fromisoformat(one["at"]) - arrived[one["message"]] < timedelta(seconds=1)
    ]
    assert {one["message"] for one in hasty} == set(chain.truth.behaviour.scanned)
    assert len(hasty) / len(clicks) == pytest.approx(0.01, abs=0.001)
    assert len(hasty) == 3 * len(chain.truth.behaviour.scanned)


def test_the_product_tells_the_scanners_clicks_from_the_others(chain: Chain) -> None:
    """ENG-04: as the file is read and folded, every click of a scanner is a machine's, and nobody else's is."""
    assert chain.store.events is not None
    clicks: Counter[bool] = Counter()
    scanned = {label.rpartition(" ")[2] for label in chain.truth.behaviour.scanned}
    people: dict[str, Customer] = {}
    for past in read_events(chain.store.events, shop(), "files", at("2026-03-01T10:00")):
        (who,) = past.event.identifiers
        fold(people.setdefault(who.value, Customer(CustomerId(len(people) + 1))), past.event)
    for key, customer in people.items():
        by_hand = [did.by_hand for did in customer.did if did.name == "message_clicked"]
        assert by_hand.count(False) == (3 if key in scanned else 0), key
        clicks.update(by_hand)
    assert clicks[False] == 3 * len(scanned) > 0
    assert clicks.total() == chain.truth.behaviour.clicks


def test_newsletters_went_to_those_who_had_proven_consent_for_mail(chain: Chain) -> None:
    """ISR-01."""
    may = {
        row["customer_id"] for row in chain.consents
        if row["channel"] == "email" and row["given"] == "yes" and row["wording"]
    }  # fmt: skip
    assert {one["customer_id"] for one in named(chain, "message_delivered")} <= may


def test_all_of_it_is_of_known_people_and_happened_before_the_clock(chain: Chain) -> None:
    logins = {row["customer_id"] for row in chain.customers if row["customer_id"]} - chain.house
    assert {one["customer_id"] for one in chain.events} <= logins
    assert all("2025-02" < one["at"] < "2026-03-01 10:00:00" for one in chain.events)
    assert len({one["id"] for one in chain.events}) == len(chain.events) == chain.truth.counts["events"]
