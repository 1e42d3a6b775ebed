"""`ritorno suggest`, as people and machines read it (ORC-09, ORC-14, PB4-08)."""

import psycopg

from ritorno.core.events import Channel, ConsentTold, happened
from ritorno.core.identifiers import Kind, normalise
from ritorno.core.plan import Plan
from ritorno.store.connection import connect
from ritorno.testing import at
from ritorno.work.accept import accept
from ritorno.work.react import react_to_inbox
from tests.cli.conftest import NOW, Run, Told


def _agrees(connection: psycopg.Connection, plan: Plan) -> None:
    """She who is at risk, and her ₪1,500 of the year."""
    told = ConsentTold(Channel.SMS, True, source="form", wording="yes")
    when = at("2025-10-01")
    who = (normalise(Kind.PHONE, "052-1234563"),)
    accept(
        connection, plan.brand.id, [happened("shop", "yes", told, occurred_at=when, received_at=when, identifiers=who)]
    )
    while react_to_inbox(connection, plan, NOW).events:
        pass


def test_whom_no_message_reaches_is_not_suggested(run: Run, told: Told) -> None:
    assert run("suggest").strip() == "אין כרגע הצעות: אין קבוצה שהודעה מגיעה אליה ושיש על מה להציע לה"
    assert told("suggest", "--saved", "240") == {"suggestions": [], "paid": None}


def test_orc_09_one_at_risk_is_suggested_with_what_makes_it_run(
    plan: Plan, database: str, run: Run, told: Told
) -> None:
    with connect(database, autocommit=True) as connection:
        _agrees(connection, plan)
    said = run("suggest", "--saved", "240")
    assert "1. PB2 · לקוחות בסיכון: ₪1,500" in said
    assert "1 נגישים ב-SMS" in said
    assert "ritorno playbook activate PB2 --existing 50" in said
    assert "₪240 שנחסכו בפרסום" in said
    answer = told("suggest", "--saved", "240")
    (one,) = answer["suggestions"]
    assert (one["playbook"], one["reach"]["stake"], one["reach"]["channels"]) == ("PB2", "1500.00", {"sms": 1})
    assert one["commands"] == ["ritorno suggest --apply PB2", "ritorno playbook activate PB2 --existing 50"]
    assert answer["paid"]["messages"] == 1


def test_pb4_08_and_orc_14_apply_makes_a_draft_and_dismiss_puts_aside(
    plan: Plan, database: str, run: Run, told: Told
) -> None:
    with connect(database, autocommit=True) as connection:
        _agrees(connection, plan)
    assert "PB2 version 1 is a draft" in run("suggest", "--apply", "pb2")
    assert told("suggest", "--apply", "PB3") == {"playbook": "PB3", "version": 2, "status": "draft"}
    assert "say why PB2" in run("suggest", "--dismiss", "PB2", code=1)
    assert "never suggested" in run("suggest", "--apply", "cart", code=1)
    assert "give one of them" in run("suggest", "--apply", "PB2", "--dismiss", "PB2", code=1)
    assert told("suggest", "--dismiss", "PB2", "--because", "no stock") == {"dismissed": "PB2", "days": 30}
    assert "PB2 is not suggested for 30 days" in run("suggest", "--dismiss", "PB2", "--because", "no stock")
    assert told("suggest")["suggestions"] == []


def test_what_runs_needs_no_draft(plan: Plan, database: str, run: Run, told: Told) -> None:
    with connect(database, autocommit=True) as connection:
        _agrees(connection, plan)
    run("playbook", "activate", "PB2")
    assert "PB2 is active already" in run("suggest", "--apply", "PB2", code=1)
    assert [each["kind"] for each in told("suggest")["suggestions"]] == ["let_in"]
    assert told("suggest")["suggestions"][0]["commands"] == ["ritorno playbook activate PB2 --existing 50"]
