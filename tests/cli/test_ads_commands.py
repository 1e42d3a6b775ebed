"""`ritorno ads`, `tasks` and `webhooks` (PB4-02, PB1-11, ORC-20)."""

import json
from pathlib import Path

import psycopg
import pytest
from msgspec.structs import replace

from ritorno.core.audiences import EVERYWHERE, AudienceMove
from ritorno.core.events import Channel, ConsentTold, happened
from ritorno.core.identifiers import Kind, normalise
from ritorno.core.ids import AudienceKey, CustomerId
from ritorno.core.journeys.way import Words
from ritorno.core.plan import Plan
from ritorno.core.tasks import Task
from ritorno.core.webhooks import Call
from ritorno.store import audiences, definitions, identifiers, tasks, webhooks
from ritorno.store.connection import connect
from ritorno.store.sealed import unseal
from ritorno.store.transaction import transaction
from ritorno.work.accept import accept
from ritorno.work.react import react_to_inbox
from tests.cli.conftest import NOW, Run, Told

STAR = "052-1234562"


@pytest.fixture
def star(database: str, plan: Plan) -> CustomerId:
    """A star who consented, left out of ads since a moment ago."""
    with connect(database, autocommit=True) as connection:
        phone = normalise(Kind.PHONE, STAR)
        told = ConsentTold(Channel.SMS, given=True, source="form", wording="כן")
        event = happened("shop", "c1", told, occurred_at=NOW, received_at=NOW, identifiers=(phone,))
        accept(connection, plan.brand.id, [event])
        react_to_inbox(connection, plan, NOW)
        customer = identifiers.look_up(connection, plan.brand.id, [phone])[phone].customer
        move = AudienceMove(customer, AudienceKey("cool-down:נעליים"), "exclude", True, NOW, EVERYWHERE)
        with transaction(connection):
            audiences.queue(connection, plan.brand.id, [move])
    return customer


def later(database: str, plan: Plan) -> None:
    with connect(database, autocommit=True) as connection:
        definitions.set_clock(connection, plan.brand.id, audiences.GATHER + NOW)  # type: ignore[arg-type]


def test_pb4_02_a_dry_run_writes_what_would_be_told_and_changes_nothing(
    told: Told, star: CustomerId, database: str, plan: Plan, tmp_path: Path
) -> None:
    found = told("ads", "sync", "meta", "--dry", "--out", str(tmp_path / "out"))
    assert [(one["platform"], one["known_as"], one["action"], one["members"]) for one in found["batches"]] == [
        ("meta", "AUD-1", "add", 1)
    ]
    [file] = found["files"]
    text = Path(file).read_text(encoding="utf-8")
    assert "c2@shop.co.il" not in text
    assert "521234562" not in text
    payload = json.loads(json.loads(text)["form"]["payload"])
    assert payload["schema"] == ["EMAIL", "PHONE"]
    assert {len(cell) for row in payload["data"] for cell in row} == {0, 64}
    assert told("ads", "log") == {"batches": []}
    [one] = told("ads", "list")["audiences"]
    assert [there["queued"] for there in one["platforms"]] == [1, 1]
    assert len(told("ads", "sync", "--dry")["files"]) == 2, "in the data folder, for both"


def test_ads_are_synced_listed_logged_and_reconciled(
    told: Told, run: Run, star: CustomerId, database: str, plan: Plan
) -> None:
    later(database, plan)
    assert [one["platform"] for one in told("ads", "sync", "meta")["batches"]] == ["meta"]
    assert [one["platform"] for one in told("ads", "sync")["batches"]] == ["google"]
    [one] = told("ads", "list")["audiences"]
    assert (one["name"], one["known_as"], one["use"], one["members"]) == ("צינון: נעליים", "AUD-1", "exclude", 1)
    meta = one["platforms"][0]
    assert meta["state"] == ["נשלח 10:00:20 · Meta מחילה תוך 24 שעות", "מתחת למינימום של Meta: 100"]
    assert "AUD-1" in run("ads", "list")
    log = told("ads", "log")["batches"]
    assert {(each["state"], each["action"]) for each in log} == {("done", "add")}
    assert log[0]["receipt"]["ids"]
    assert "Meta" in run("ads", "log")
    found = told("ads", "reconcile")
    assert (found["drift"], len(found["compared"])) == (0, 2)
    assert "0 missing" in run("ads", "reconcile")
    assert "0 file(s)" in run("ads", "sync", "--dry")


def test_an_ad_audience_is_defined_shown_and_retired(told: Told, run: Run, star: CustomerId) -> None:
    made = told("ads", "audience", "cool-down", "--he", "צינון", "--en", "Cool-down", "--use", "exclude", "--scope",
                "category", "--complement", "נעליים=גרביים, שרוכים", "--platform", "meta")  # fmt: skip
    assert made["complements"] == {"נעליים": ["גרביים", "שרוכים"]}
    assert (made["platforms"], made["version"]) == (["meta"], 1)
    [one] = told("ads", "list")["audiences"]
    assert (one["defined"], one["name"]) == (True, "צינון: נעליים→גרביים, שרוכים")
    assert "צינון" in run("ads", "audience", "cool-down")
    assert told("ads", "audience", "cool-down:נעליים", "--customer", STAR)["shows"] == []
    assert "shows: nothing" in run("ads", "audience", "cool-down", "--customer", STAR)
    assert "is not in" in run("ads", "audience", "cool-down:תיקים", "--customer", STAR, code=1)
    assert "there is no segment" in run("ads", "audience", "cool-down", "--segment", "nope", code=1)
    assert "write BOUGHT=SHOWN" in run("ads", "audience", "cool-down", "--complement", "x", code=1)
    assert "there is no ad audience" in run("ads", "audience", "nope", code=1)
    assert told("ads", "audience", "cool-down", "--retire")["retired"] is True
    assert "is defined" in run("ads", "audience", "cool-down", "--retire", code=1)


def test_isr_17_an_export_of_a_sensitive_category_is_blocked_with_its_reason(
    told: Told, star: CustomerId, database: str, plan: Plan
) -> None:
    with connect(database, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO product (brand_id, sku, name, category, traits) VALUES (%s, 'P', 'P', 'נעליים', %s)",
            (plan.brand.id, '{"sensitive": true}'),
        )
        connection.execute("UPDATE brand SET plan_version = plan_version + 1")
    later(database, plan)
    [one] = told("ads", "list")["audiences"]
    assert one["blocked"] == "נעליים"
    assert one["platforms"][0]["state"] == ["חסום: מספר על קטגוריה רגישה (נעליים)"]
    assert told("ads", "sync")["batches"] == []


def test_while_the_brand_is_stopped_nothing_is_told(run: Run, star: CustomerId) -> None:
    run("stop-all")
    assert "ritorno resume" in run("ads", "sync", code=1)
    assert "ritorno resume" in run("ads", "reconcile", code=1)


# --- tasks, webhooks ------------------------------------------------------------------------------


def asked(database: str, plan: Plan, customer: CustomerId) -> Task:
    words = Words("להתקשר אל דנה", "call Dana")
    task = Task(5, customer, 1, "PB1", 1, "call", "branch", "Ayalon", words, NOW, NOW)
    with connect(database, autocommit=True) as connection, transaction(connection):
        tasks.add(connection, plan.brand.id, [task, replace(task, id=6, branch="Haifa")])
    return task


def test_tasks_are_listed_assigned_and_closed(
    told: Told, run: Run, star: CustomerId, database: str, plan: Plan
) -> None:
    assert "Nothing is to be done" in run("tasks", "list")
    asked(database, plan, star)
    listed = told("tasks", "list", "--branch", "Ayalon")["tasks"]
    assert [(one["id"], one["text"]["en"], one["customer"]) for one in listed] == [("5", "call Dana", str(star))]
    assert "late" in run("tasks", "list")
    assert told("tasks", "assign", "5", "Noa")["assigned_to"] == "Noa"
    assert "Noa's" in run("tasks", "assign", "5", "Noa")
    assert "Nothing was closed" in run("tasks", "list", "--closed")
    assert told("tasks", "close", "5", "reached", "--by", "Noa", "--note", "glad")["outcome"] == "reached"
    assert "reached" in run("tasks", "close", "6", "reached")
    assert "is closed" in run("tasks", "close", "5", "reached", code=1)
    assert "no task" in run("tasks", "assign", "99", "Noa", code=1)
    assert {one["closed_by"] for one in told("tasks", "list", "--closed")["tasks"]} == {"Noa", "cli"}


def test_webhooks_are_added_logged_and_tried_again(
    told: Told, run: Run, database: str, plan: Plan, tmp_path: Path
) -> None:
    made = told("webhooks", "add", "loyalty", "https://loyalty.co.il/hook")
    assert made["secret"].startswith("whsec_")
    with connect(database, autocommit=True) as connection:
        kept = webhooks.endpoint(connection, plan.brand.id, "loyalty")
        assert kept is not None
        key = (tmp_path / "home" / "secret.key").read_text(encoding="ascii")
        assert unseal(key, kept.secret) == made["secret"]
        call = Call(9, "loyalty", CustomerId(7), 1, "W", 1, "tell", '{"a":1}', NOW)
        _queue_dead(connection, plan, call)
    assert "shown this once" in run("webhooks", "add", "dry", "https://x.co.il/", "--dry")
    given = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    assert "shown this once" not in run("webhooks", "add", "own", "https://x.co.il/", "--secret", given)
    for wrong in ("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_abc=", "whsec_YWJj"):
        assert "24 to 64 bytes" in run("webhooks", "add", "own", "https://x.co.il/", "--secret", wrong, code=1)
    assert "must begin with https" in run("webhooks", "add", "x", "http://x.co.il/", code=1)
    listed = {one["key"]: one for one in told("webhooks", "list")["endpoints"]}
    assert listed["loyalty"]["calls"] == {"sent": 0, "waiting": 0, "dead": 1, "dry": 0}
    assert listed["dry"]["dry"] is True
    assert "secret" not in listed["loyalty"]
    assert "loyalty" in run("webhooks", "list")
    [dead] = told("webhooks", "log", "--dead")["calls"]
    assert (dead["id"], dead["error"], dead["next_at"]) == ("9", "answered 500", None)
    assert "answered 500" in run("webhooks", "log")
    assert "name the calls" in run("webhooks", "retry", code=1)
    assert told("webhooks", "retry", "9") == {"again": 1}
    assert "0 call(s)" in run("webhooks", "retry", "--all")
    assert told("webhooks", "disable", "loyalty") == {"disabled": "loyalty"}
    assert "disabled: by cli" in run("webhooks", "list")
    assert "there is no endpoint" in run("webhooks", "disable", "nope", code=1)


def _queue_dead(connection: psycopg.Connection, plan: Plan, call: Call) -> None:
    with transaction(connection):
        webhooks.queue(connection, plan.brand.id, [call])
        assert webhooks.claim(connection, plan.brand.id, NOW, 1) is not None
        webhooks.settle(connection, plan.brand.id, call.id, "dead", NOW, 500, "answered 500")
