"""`ritorno demo load`: a made-up store beside what is in the installation (ORC-21)."""

from pathlib import Path

import psycopg
import pytest

from ritorno.clock import stopwatch
from ritorno.core.customer import Customer
from ritorno.core.identifiers import Kind, normalise
from ritorno.core.instants import days, parse_instant
from ritorno.core.plan import Plan
from ritorno.store import customers, definitions, identifiers, products
from ritorno.store.connection import connect
from ritorno.work.plans import Plans
from tests.cli.conftest import Run, Told

WITHIN_SECONDS = 90  # 8 on a machine that does nothing else; imports, 10,000 events and the report included


def known(connection: psycopg.Connection, plan: Plan, key: str) -> Customer:
    who = normalise(Kind.SHOP_ID, key, namespace="files")
    held = identifiers.look_up(connection, plan.brand.id, [who])[who]
    assert held is not None
    found = customers.read(connection, plan.brand.id, held.customer)
    assert found is not None
    return found


def test_the_seniors_shop_is_loaded_whole_and_a_second_time_adds_nothing(
    run: Run, told: Told, database: str, tmp_path: Path
) -> None:
    """ORC-21: at least 1,000 customers, 5 categories, caregivers, 24 months of orders, in the time stated."""
    started = stopwatch()
    loaded = told("demo", "load", "seniors", "--files", str(tmp_path / "files"))
    assert stopwatch() - started < WITHIN_SECONDS
    assert (loaded["brand"], loaded["customers"]) == ("gefen", 1_500)
    assert loaded["orders"] == pytest.approx(10_000, rel=0.04)
    assert loaded["import"]["rejected"] == 0
    assert (tmp_path / "files" / "truth.json").is_file()
    with connect(database, autocommit=True) as connection:
        plan = Plans().named(connection, "gefen")
        everybody = list(customers.read_all(connection, plan.brand.id))
        assert len(everybody) == 1_500 + 400 + 150
        assert sum(len(one.relations) for one in everybody) == 400
        rina, yosef = known(connection, plan, "G900001"), known(connection, plan, "G900008")
        assert [relation.en for relation in rina.relations.values()] == ["your father"]
        assert [order.beneficiary for order in rina.orders] == ["G900002"] * 3
        assert str(yosef.traits["birth_date"].value) == "1944-02-29"
        assert known(connection, plan, "G900002").orders == []
        catalogue = products.read(connection, plan.brand.id)
        assert len({one.category for one in catalogue}) == 5
        assert all(one.traits["days_per_unit"] for one in catalogue if one.traits["consumable"])
        assert {str(one.traits["list"].value) for one in everybody if "list" in one.traits} == {"כנס גיל הזהב 2025-06"}
        assert {str(span) for span in plan.policy.cooldowns.values()} == {str(days(14)), str(days(30))}
        assert definitions.read_clock(connection, plan.brand.id) == parse_instant("2026-03-01T10:00", plan.tz)
        assert "ritorno playbook dry-run replenish --brand gefen" in run("demo", "load", "seniors"), "what to try next"
        again = told("demo", "load", "seniors")
        assert again["orders"] == 0
        assert list(customers.read_all(connection, plan.brand.id)) == everybody
    assert told("rfm")["customers"] == 3  # of the brand that was here before


def test_a_store_nobody_made_up_is_refused(run: Run) -> None:
    assert "'omnichain', 'seniors'" in run("demo", "load", "toys", code=2)


def test_files_that_cannot_be_written_are_said_so(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    said = " ".join(run("demo", "load", "seniors", "--files", str(tmp_path / "file" / "below"), code=1).split())
    assert "the store's files cannot be written to" in said
