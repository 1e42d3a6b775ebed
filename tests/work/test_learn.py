"""What is learnt from everyone: once a day, whole or not at all, for every process; paces stand once accepted."""

import multiprocessing
import os
import signal
import time
from itertools import accumulate
from pathlib import Path

import psycopg
import pytest
from msgspec.structs import replace

from ritorno.core.catalogue import Catalogue, Product
from ritorno.core.customer import About, Customer
from ritorno.core.events import Line
from ritorno.core.ids import CustomerId
from ritorno.core.instants import DAY, HOUR, NEVER, Instant
from ritorno.core.journeys.journey import Entry, Exits
from ritorno.core.journeys.step import Send, Wait
from ritorno.core.journeys.trigger import Happened
from ritorno.core.plan import Plan
from ritorno.settings import Settings
from ritorno.store import affinity, customers, definitions
from ritorno.store import products as store
from ritorno.store.connection import connect
from ritorno.store.transaction import transaction
from ritorno.testing import Person, at, local
from ritorno.whole.affinity import Affinity
from ritorno.whole.manifest import NoLake
from ritorno.work import learn as learning
from ritorno.work.block_products import products_for
from ritorno.work.fit_affinity import fit_affinity
from ritorno.work.fit_pace import NoPace, accept, proposal, propose_supplies
from ritorno.work.learn import EVERY, learn, learn_of_all
from ritorno.work.plans import Plans, body_of
from ritorno.work.replan import replan
from ritorno.work.served_affinity import model_of
from ritorno.worker import learn as learn_in_a_process
from tests.core.plans import journey, sms
from tests.work.lakes import NOW, Beside

pytestmark = pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning")
MACHINE = at("2026-05-01T10:00")
PADS = Catalogue({"PADS": Product("PADS", "Pads", "pads", True, 30), "TV": Product("TV", "A television", "tv")})


def buyer(plan: Plan, number: int, *skus: str, when: str = "2026-02-01T10:00") -> Customer:
    person = Person(plan, phone=f"05212{number:05d}", email="", number=number)
    return person.buys(when, 90, lines=tuple(Line(sku) for sku in skus)).customer


def regular(plan: Plan, number: int, *gaps: int, sku: str = "PADS", category: str = "pads") -> Customer:
    """One who buys of a category after each of these days."""
    person = Person(plan, phone=f"05213{number:05d}", email="", number=number)
    for day in accumulate(gaps, initial=0):
        when = local(Instant(at("2025-06-01T10:00") + day * DAY))
        person.buys(when, 90, lines=(Line(sku, category=category),))
    return person.customer


@pytest.fixture
def beside(connection: psycopg.Connection, tmp_path: Path) -> Beside:
    """A lake of seven buyers of the machine and its capsules, and seven of shoes."""
    kept = Beside(connection, tmp_path / "lake")
    people = [buyer(kept.plan, number, "machine", "capsules") for number in range(1, 8)]
    people += [buyer(kept.plan, number, "shoes", "") for number in range(8, 15)]
    kept.save(*people)
    kept.keep()
    return kept


def model(beside: Beside) -> Affinity:
    found = model_of(beside.connection, beside.brand)
    assert found is not None
    return found


def items(beside: Beside) -> list[str]:
    told: list[str] = model(beside).items.tolist()
    return told


def test_what_the_lake_knows_is_learnt_and_serves_every_process(beside: Beside, database: str) -> None:
    assert model_of(beside.connection, beside.brand) is None
    measured = fit_affinity(beside.connection, beside.lake, beside.plan, NOW, MACHINE)
    assert measured.few
    assert items(beside) == ["capsules", "machine", "shoes"]
    with connect(database, autocommit=True) as another:
        assert model_of(another, beside.brand) is model(beside), "read once a process"
    kept = affinity.learnt(beside.connection, beside.brand, "affinity")
    assert kept is not None
    assert (kept.told["items"], kept.told["customers"], kept.told["uses"]) == (3, 14, "similar_customers")


def test_of_many_lines_the_latest_weeks_are_learnt_from(beside: Beside) -> None:
    beside.save(*(buyer(beside.plan, number, "old", when="2025-01-01T10:00") for number in range(20, 30)))
    beside.keep()
    fit_affinity(beside.connection, beside.lake, beside.plan, NOW, MACHINE)
    assert "old" in items(beside)
    fit_affinity(beside.connection, beside.lake, beside.plan, NOW, MACHINE, most_lines=25)
    assert items(beside) == ["capsules", "machine", "shoes"]
    fit_affinity(beside.connection, beside.lake, beside.plan, NOW, MACHINE, most_lines=1)
    assert items(beside) == ["capsules", "machine", "shoes"], "the latest week is always in"


def test_it_is_learnt_again_after_a_day_in_which_something_changed(beside: Beside) -> None:
    def turn(when: Instant) -> bool:
        return learn(beside.connection, beside.url, beside.plan, NOW, when).affinity is not None

    assert turn(MACHINE)
    beside.save(*(buyer(beside.plan, number, "socks") for number in range(40, 47)))
    beside.keep()
    assert not turn(Instant(MACHINE + EVERY - 1))
    assert turn(Instant(MACHINE + EVERY))
    assert "socks" in items(beside)
    assert not turn(Instant(MACHINE + 9 * EVERY)), "nothing has changed since"
    beside.save(*(buyer(beside.plan, number, "hats") for number in range(50, 57)))
    beside.keep()
    assert turn(Instant(MACHINE - HOUR)), "the machine's clock was set back"


def test_without_a_lake_nothing_is_learnt_and_nothing_replaced(beside: Beside, tmp_path: Path) -> None:
    fit_affinity(beside.connection, beside.lake, beside.plan, NOW, MACHINE)
    before = affinity.token(beside.connection, beside.brand, "affinity")
    with pytest.raises(NoLake):
        learn(beside.connection, str(tmp_path / "none"), beside.plan, NOW, MACHINE)
    learn_of_all(beside.connection, str(tmp_path / "none"), MACHINE)
    assert affinity.token(beside.connection, beside.brand, "affinity") == before


def test_one_process_at_a_time_learns_for_a_brand(beside: Beside, database: str) -> None:
    with connect(database, autocommit=True) as another, affinity.only_one(another, beside.brand) as is_ours:
        assert is_ours
        assert learn(beside.connection, beside.url, beside.plan, NOW, MACHINE) == (None, None)
    assert learn(beside.connection, beside.url, beside.plan, NOW, MACHINE).affinity is not None


def test_one_brand_that_cannot_be_learnt_of_keeps_no_other_from_it(
    beside: Beside, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(*_: object) -> None:
        raise ZeroDivisionError("a shop like no other")

    monkeypatch.setattr(learning, "fit_affinity", fails)
    learn_of_all(beside.connection, beside.url, MACHINE)
    assert "what was learnt before stands" in caplog.text
    monkeypatch.undo()
    learn_of_all(beside.connection, beside.url, MACHINE)
    assert items(beside) == ["capsules", "machine", "shoes"]


def test_a_learner_killed_on_the_way_leaves_what_stood_and_the_next_learns(
    beside: Beside, database: str, tmp_path: Path
) -> None:
    fit_affinity(beside.connection, beside.lake, beside.plan, NOW, MACHINE)
    before = affinity.token(beside.connection, beside.brand, "affinity")
    beside.save(*(buyer(beside.plan, number, "socks") for number in range(40, 47)))
    beside.keep()
    settings, spawn = Settings(tmp_path, database), multiprocessing.get_context("spawn")
    with connect(database, autocommit=True) as holder, holder.transaction():
        holder.execute("LOCK TABLE learnt IN SHARE MODE")  # whoever writes the model waits here
        process = spawn.Process(target=learn_in_a_process, args=(settings, database))
        process.start()
        waits = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'learnt'::regclass"
        while beside.connection.execute(waits).fetchone() == (0,):
            assert process.is_alive()
            time.sleep(0.05)
        assert process.pid is not None
        os.kill(process.pid, signal.SIGKILL)
        process.join()
    assert affinity.token(beside.connection, beside.brand, "affinity") == before
    assert items(beside) == ["capsules", "machine", "shoes"]
    process = spawn.Process(target=learn_in_a_process, args=(settings, database))
    process.start()
    process.join(60)
    assert process.exitcode == 0
    assert "socks" in items(beside)


def plan_of_pads(beside: Beside) -> Plan:
    plan = Plans().named(beside.connection, "default")
    return replace(plan, catalogue=PADS)


def test_com_04_a_pace_is_a_proposal_until_it_it_is_accepted(beside: Beside) -> None:
    beside.save(*(regular(beside.plan, number, *[20 + number % 5] * 6) for number in range(100, 112)))
    beside.save(*(regular(beside.plan, number, 200, sku="TV", category="tv") for number in range(120, 124)))
    beside.keep()
    plan = plan_of_pads(beside)
    paces = learn(beside.connection, beside.url, plan, NOW, MACHINE).paces
    assert paces is not None
    assert list(paces.by_category) == ["pads"], "a television is not used up"
    assert plan_of_pads(beside).paces.by_category == {}, "nothing stands yet"
    found = proposal(beside.connection, plan)
    assert found.is_new
    assert [(each.category, each.before, each.gaps, each.customers) for each in found.shifts] == [
        ("pads", None, 72, 12)
    ]
    assert 20 <= found.shifts[0].after <= 24

    assert accept(beside.connection, plan, NOW, "Dana") == 1
    stands = plan_of_pads(beside)
    assert stands.paces == paces
    assert not proposal(beside.connection, stands).is_new
    kept = definitions.read(beside.connection, beside.brand, "pace")
    assert [(each.version, each.status, each.saved_by) for each in kept] == [(1, "active", "Dana")]


RENEW = journey(
    "renew", Happened("order"), Wait("until-it-runs-out", until="run_out"), Send("again", (sms(),)),
    exits=Exits(purchase=False), entry=Entry("line"),
)  # fmt: skip


def test_com_04_a_refreshed_pace_moves_nobody_and_an_accepted_one_those_who_wait(beside: Beside) -> None:
    """Own gaps of some 20 days say when, by default. In this shop they say little, and a pack lasts its 30 days."""
    now = at("2025-10-15T12:00")
    told = [store.Product("PADS", "Pads", "pads", traits={"consumable": True, "days_per_unit": 30})]
    with transaction(beside.connection):
        store.keep(beside.connection, beside.brand, told)
        definitions.save(
            beside.connection, beside.brand, "playbook", "renew", body_of(RENEW), status="active", at=now, by="Dana"
        )  # fmt: skip
    before = Plans().named(beside.connection, "default")
    people = [regular(before, number, 14, 30, 14, 30, 14, 30) for number in range(100, 112)]
    with transaction(beside.connection):
        customers.add(beside.connection, beside.brand, people)
        for each in people:
            for one in each.enrollments:
                beside.connection.execute(
                    "INSERT INTO enrollment (brand_id, id, customer_id, playbook, version, key, arm, entered_at) "
                    "VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
                    (beside.brand, one.id, each.id, one.playbook, one.version, str(one.id), one.arm, one.entered_at),
                )
    beside.keep()
    assert waking(beside, 105) == {"2025-10-29T10:00:00"}

    assert learn(beside.connection, beside.url, before, now, MACHINE).paces is not None
    replan(beside.connection, Plans().named(beside.connection, "default"), now)
    assert waking(beside, 105) == {"2025-10-29T10:00:00"}, "what was learnt is a proposal"

    accept(beside.connection, before, now, "Dana")
    assert replan(beside.connection, Plans().named(beside.connection, "default"), now) == 12
    assert waking(beside, 105) == {"2025-11-07T10:00:00"}


def waking(beside: Beside, number: int) -> set[str]:
    """When what this customer is in goes on."""
    document = customers.read(beside.connection, beside.brand, CustomerId(number))
    assert document is not None
    return {local(one.wake_at) for one in document.enrollments if one.is_open and one.wake_at < NEVER}


def test_what_there_is_no_pace_for_is_said(beside: Beside) -> None:
    plan = plan_of_pads(beside)
    with pytest.raises(NoPace, match="it has not been learnt yet; ritorno pace fit"):
        proposal(beside.connection, plan)
    learn(beside.connection, beside.url, plan, NOW, MACHINE)
    with pytest.raises(NoPace, match="0 gaps between purchases of one thing are too few"):
        accept(beside.connection, plan, NOW, "Dana")
    beside.save(buyer(plan, 60, "socks"))
    beside.keep()
    learn(beside.connection, beside.url, replace(plan, catalogue=Catalogue()), NOW, Instant(MACHINE + DAY))
    with pytest.raises(NoPace, match="no category is consumable"):
        proposal(beside.connection, plan)


def test_com_03_a_product_that_lasts_26_days_instead_of_30_is_proposed_with_its_evidence(beside: Beside) -> None:
    beside.save(*(regular(beside.plan, number, *[26] * 5) for number in range(100, 105)))
    beside.keep()
    (found,) = propose_supplies(beside.lake, plan_of_pads(beside), NOW)
    assert (found.item, found.days, found.configured, found.gaps, found.customers) == ("PADS", 26, 30, 25, 5)
    assert propose_supplies(beside.lake, replace(beside.plan, catalogue=Catalogue()), NOW) == []


def test_a_model_learnt_from_the_lake_fills_a_gallery(beside: Beside) -> None:
    fit_affinity(beside.connection, beside.lake, beside.plan, NOW, MACHINE)
    for sku in ("capsules", "machine", "shoes"):
        beside.connection.execute("INSERT INTO product (brand_id, sku, name) VALUES (1, %s, %s)", (sku, sku))
    asked = buyer(beside.plan, 99, "machine")
    found = products_for(beside.connection, beside.plan, asked, About(), ["similar_customers"], NOW)
    assert found["similar_customers"][0].sku == "capsules"
