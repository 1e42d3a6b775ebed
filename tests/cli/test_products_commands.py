"""`ritorno products …`: readiness, a file out, days of supply accepted (DAT-11, ENG-11, COM-03)."""

from pathlib import Path

import psycopg
import pytest

from ritorno.core.events import Line, OrderTold, SoldVia, happened
from ritorno.core.identifiers import Kind, normalise
from ritorno.core.instants import DAY, Instant
from ritorno.core.plan import Plan
from ritorno.store.connection import connect
from ritorno.testing import at
from ritorno.work.accept import accept
from ritorno.work.plans import Plans
from ritorno.work.react import react_to_inbox
from tests.cli.conftest import NOW, Run, Told


@pytest.fixture
def catalogue(run: Run, tmp_path: Path) -> Path:
    """Pads that should last 30 days, a walker, and what nothing is told of."""
    path = tmp_path / "catalogue.csv"
    path.write_text(
        "sku,name,category,consumable,days_per_unit,technical\nPADS,Pads,pads,yes,30,no\n"
        "WALKER,Walker,walkers,no,,yes\nX,X,x,,,\n",
        encoding="utf-8",
    )
    run("import", "products", str(path))
    return path


def test_eng_11_what_is_missing_of_the_catalogue_is_counted_and_named(run: Run, told: Told, catalogue: Path) -> None:
    found = {each["use"]: each for each in told("products", "readiness")["readiness"]}
    supply = found["replenishment"]
    assert (supply["share"], supply["covered"], supply["missing"]) == (0.3333, 1, ["WALKER", "X"])
    assert "ritorno import products" in supply["fix"]
    assert (found["how_to"]["asked"], found["how_to"]["missing"]) == (1, ["WALKER"])
    assert "תזכורות חידוש" in run("products", "readiness")


def test_the_catalogue_is_written_into_a_file_to_be_edited(
    run: Run, told: Told, tmp_path: Path, catalogue: Path
) -> None:
    path = tmp_path / "out.csv"
    assert told("products", "export", str(path))["products"] == 3
    text = path.read_text(encoding="utf-8-sig").replace("X,X,x,,yes,,,,,", "X,X,x,,yes,,,yes,12,")
    path.write_text(text, encoding="utf-8")
    run("import", "products", str(path))
    assert told("products", "readiness")["readiness"][0]["covered"] == 2
    assert "give a file that can be written" in " ".join(
        run("products", "export", str(tmp_path / "no/x"), code=1).split()
    )


def test_com_03_a_learnt_period_is_suggested_and_stands_once_it_is_accepted(
    run: Run, told: Told, catalogue: Path, database: str, plan: Plan
) -> None:
    """Configured 30, seen 26 with 20 gaps and more; nothing changes until it is accepted."""
    with connect(database, autocommit=True) as connection:
        _buy_every(26, connection, plan)
        run("lake", "build")
        (seen,) = told("pace", "supply")["proposals"]
        assert (seen["item"], seen["days"], seen["configured"], seen["gaps"]) == ("PADS", 26, 30, 24)
        assert _days(connection) == 30
        assert told("products", "accept-supply", "PADS") == {"accepted": [{"sku": "PADS", "days": 26, "was": 30}]}
        assert _days(connection) == 26
        assert "there are suggestions for none" in " ".join(run("products", "accept-supply", "PADS", code=1).split())
        run("import", "products", str(catalogue))
        refused = " ".join(run("products", "accept-supply", "PADS", "X", code=1).split())
        assert "nothing is suggested for X; there are suggestions for PADS" in refused
        assert _days(connection) == 30
        assert "PADS: 26 days, was 30 (24 gaps)" in run("products", "accept-supply", "PADS")


def _days(connection: psycopg.Connection) -> float | None:
    return Plans().named(connection, "default").catalogue.product("PADS").days_per_unit


def _buy_every(days: int, connection: psycopg.Connection, plan: Plan) -> None:
    told = []
    for number in range(8):
        who = (normalise(Kind.PHONE, f"052-765432{number}"),)
        for time in range(4):
            when = Instant(at("2025-10-01T10:00") + time * days * DAY)
            body = OrderTold(f"p{number}-{time}", 5_000, "ILS", SoldVia.ONLINE, lines=(Line("PADS", category="pads"),))
            key = f"pads {number} {time}"
            told.append(happened("shop", key, body, occurred_at=when, received_at=when, identifiers=who))
    accept(connection, plan.brand.id, told)
    standing = Plans().named(connection, "default")
    while react_to_inbox(connection, standing, NOW).events:
        pass


def test_com_14_who_aims_by_hand_is_told_how_many_own_what_excludes_it(
    run: Run, told: Told, tmp_path: Path, database: str, plan: Plan
) -> None:
    """A diabetic meter excludes the sweets category, a second device the one sweet: eight own the pads, five of them a
    meter, one of those both."""
    path = tmp_path / "catalogue.csv"
    path.write_text(
        "sku,name,category,excludes\nPADS,Pads,pads,\nMETER,Meter,meters,sweets\nPUMP,Pump,pumps,HALVA\n"
        "HALVA,Halva,sweets,\nCANE,Cane,canes,\n",
        encoding="utf-8",
    )
    run("import", "products", str(path))
    with connect(database, autocommit=True) as connection:
        _buy_every(26, connection, plan)
        _buy(connection, plan, [(0, "METER"), (1, "METER"), (2, "METER"), (3, "METER"), (4, "METER"), (4, "PUMP")])
    pads = 'bought category "pads"'
    found = told("products", "aim", "HALVA", pads)
    assert found == {"sku": "HALVA", "members": 8, "excluded": 5, "by": {"METER": 5, "PUMP": 1}}
    assert "5 of 8 own what excludes HALVA: METER (5), PUMP (1)" in " ".join(
        run("products", "aim", "HALVA", pads).split()
    )
    assert told("products", "aim", "CANE", pads)["excluded"] == 0
    assert "excluded by nothing that the 8 own" in " ".join(run("products", "aim", "CANE", pads).split())
    assert "did you mean HALVA?" in run("products", "aim", "HALVE", pads, code=1)


def _buy(connection: psycopg.Connection, plan: Plan, bought: list[tuple[int, str]]) -> None:
    when = at("2026-02-20T10:00")
    told = []
    for number, sku in bought:
        body = OrderTold(f"{sku}-{number}", 9_000, "ILS", SoldVia.ONLINE, lines=(Line(sku),))
        who = (normalise(Kind.PHONE, f"052-765432{number}"),)
        told.append(happened("shop", f"{sku} {number}", body, occurred_at=when, received_at=when, identifiers=who))
    accept(connection, plan.brand.id, told)
    while react_to_inbox(connection, Plans().named(connection, "default"), NOW).events:
        pass
