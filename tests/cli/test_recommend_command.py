"""`ritorno recommend` and `ritorno pace`: what is learnt, what a customer would be shown and why, what is accepted."""

from collections.abc import Iterator

import psycopg
import pytest

from ritorno.core.events import Line, OrderTold, SoldVia, happened
from ritorno.core.identifiers import Kind, normalise
from ritorno.core.instants import DAY, Instant
from ritorno.core.plan import Plan
from ritorno.store import affinity, products
from ritorno.store.connection import connect
from ritorno.store.products import Product
from ritorno.testing import at
from ritorno.work.accept import accept
from ritorno.work.react import react_to_inbox
from tests.cli.conftest import NOW, Run, Told

SOLD = (("MACHINE", "machines", False), ("CAPSULES", "capsules", True), ("CUPS", "cups", False))


@pytest.fixture
def store(database: str, plan: Plan) -> Iterator[psycopg.Connection]:
    """Thirty buyers of the machine; each but the last buys capsules every fifteen days, every third cups."""
    with connect(database, autocommit=True) as connection:
        told = [
            Product(sku, sku.title(), kind, 5_000, traits={"consumable": is_consumable, "days_per_unit": 30})
            for sku, kind, is_consumable in SOLD
        ]
        products.keep(connection, plan.brand.id, told)
        for number in range(30):
            _buys(connection, plan, number, "MACHINE", at("2025-11-01"))
            if number % 3 == 0:
                _buys(connection, plan, number, "CUPS", at("2025-11-02"))
            for round_ in range(6 if number < 29 else 0):
                _buys(connection, plan, number, "CAPSULES", Instant(at("2025-11-05") + round_ * 15 * DAY))
        react_to_inbox(connection, plan, NOW, most=1_000)
        connection.execute("UPDATE brand SET plan_version = plan_version + 1")
        yield connection


def _buys(connection: psycopg.Connection, plan: Plan, number: int, sku: str, when: Instant) -> None:
    kinds = {name: kind for name, kind, _ in SOLD}
    order = OrderTold(f"{number} {sku} {when}", 5_000, "ILS", SoldVia.POS, lines=(Line(sku, category=kinds[sku]),))
    who = (normalise(Kind.PHONE, f"0541234{number:03d}"),)
    event = happened("till", order.order_id, order, occurred_at=when, received_at=when, identifiers=who)
    accept(connection, plan.brand.id, [event])


def test_what_goes_with_what_is_learnt_and_shown_with_its_reason(
    store: psycopg.Connection, told: Told, run: Run
) -> None:
    assert "ritorno lake build" in run("recommend", "fit", code=1)
    run("lake", "build")
    learnt = told("recommend", "fit")
    assert (learnt["items"], learnt["customers"], learnt["few"]) == (3, 30, True)
    assert learnt["as_of"] == "2026-03-01T10:00:00+02:00"
    assert "3 products" in run("recommend", "fit")

    shown = told("recommend", "show", "054-1234029", "--language", "en")
    assert [each["sku"] for each in shown["similar_customers"]] == ["CAPSULES", "CUPS"]
    assert shown["similar_customers"][0]["why"] == "Bought by 97% of Machine buyers"
    assert shown["recently_viewed"] == []
    only = told("recommend", "show", "054-1234029", "--gallery", "similar_customers", "--most", "1")
    assert {name: len(tiles) for name, tiles in only.items()} == {"similar_customers": 1}
    text = run("recommend", "show", "054-1234029")
    assert "CAPSULES" in text
    assert "nothing to show" in text
    assert "nobody is known by 'nobody'" in run("recommend", "show", "nobody", code=1)


def test_while_the_worker_learns_nobody_else_does(store: psycopg.Connection, plan: Plan, run: Run) -> None:
    run("lake", "build")
    with affinity.only_one(store, plan.brand.id):
        assert "ask again in a minute" in run("recommend", "fit", code=1)
        assert "ask again in a minute" in run("pace", "fit", code=1)


def test_a_pace_is_proposed_with_its_evidence_and_stands_once_accepted(
    store: psycopg.Connection, told: Told, run: Run
) -> None:
    assert "ritorno pace fit" in run("pace", "show", code=1)
    assert "ritorno lake build" in run("pace", "fit", code=1)
    assert "ritorno lake build" in run("pace", "supply", code=1)
    run("lake", "build")
    fitted = told("pace", "fit")
    (capsules,) = fitted["categories"]
    assert (capsules["category"], capsules["before"], capsules["gaps"]) == ("capsules", None, 145)
    assert capsules["after"] == pytest.approx(15, abs=0.1)
    assert fitted["is_new"]
    assert "ritorno pace accept" in run("pace", "show")
    assert told("pace", "accept") == {"version": 1, "settled": 0}, "nobody waits in a playbook"
    assert not told("pace", "show")["is_new"]
    assert "stands already" in run("pace", "accept", code=1)
    (proposed,) = told("pace", "supply")["proposals"]
    assert (proposed["item"], proposed["days"], proposed["configured"]) == ("CAPSULES", 15, 30)
    assert "145 gaps of 29 customers" in run("pace", "supply")
