"""The program, run in this process against a fresh database with a few known customers."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner

from ritorno.cli import cli
from ritorno.cli.app import console
from ritorno.core.events import Body, Event, OrderTold, SignedUp, SoldVia, happened
from ritorno.core.identifiers import Kind, normalise
from ritorno.core.plan import Plan
from ritorno.store import definitions
from ritorno.store.connection import connect
from ritorno.testing import at
from ritorno.work.accept import accept
from ritorno.work.found import found
from ritorno.work.plans import Plans
from ritorno.work.react import react_to_inbox

NOW = at("2026-03-01T10:00")
Run = Callable[..., str]
Told = Callable[..., Any]


@pytest.fixture
def plan(database: str) -> Iterator[Plan]:
    """The fixture shop T, its clock standing at 2026-03-01 10:00."""
    with connect(database, autocommit=True) as connection:
        found(connection, "default", {"name": "אלמוג"}, at("2024-01-01"))
        plan = Plans().named(connection, "default")
        definitions.set_clock(connection, plan.brand.id, NOW)
        _tell(connection, plan)
        yield plan


def _tell(connection: psycopg.Connection, plan: Plan) -> None:
    """C of DAT-01, a star, one at risk, a prospect."""
    told: list[Event] = []

    def tell(phone: str, when: str, body: Body) -> None:
        instant, number = at(when), f"m{len(told)}"
        who = (normalise(Kind.PHONE, phone), normalise(Kind.EMAIL, f"c{phone[-1]}@shop.co.il"))
        told.append(happened("shop", number, body, occurred_at=instant, received_at=instant, identifiers=who))

    def buy(phone: str, when: str, shekels: int, via: SoldVia = SoldVia.ONLINE, branch: str = "") -> None:
        tell(phone, when, OrderTold(f"o{len(told)}", shekels * 100, "ILS", via, branch=branch))

    for when, shekels in (("2026-01-05", 200), ("2026-02-01", 300), ("2026-02-20", 700)):
        buy("052-1234561", when, shekels)
    for when in ("2025-12-01", "2026-01-01", "2026-02-18T12:00"):
        buy("052-1234562", when, 1500, SoldVia.POS, "Ayalon")
    for when in ("2025-06-01", "2025-07-01", "2025-09-01"):
        buy("052-1234563", when, 500)
    tell("052-1234564", "2026-02-01", SignedUp())
    accept(connection, plan.brand.id, told)
    while react_to_inbox(connection, plan, NOW).events:
        pass


@pytest.fixture
def run(plan: Plan, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """`run("rfm")` gives what the program wrote; `code` is the exit code that is expected."""
    monkeypatch.setenv("RITORNO_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("DATABASE_URL", database)
    monkeypatch.setattr(console, "_width", 160)

    def runs(*arguments: str, code: int = 0) -> str:
        result = CliRunner().invoke(cli, list(arguments))
        assert result.exit_code == code, result.output
        return result.output

    return runs


@pytest.fixture
def told(run: Run) -> Told:
    """The same with `--json`: the object of the last line."""
    return lambda *arguments: json.loads(run(*arguments, "--json").splitlines()[-1])
