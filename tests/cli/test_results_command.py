"""`ritorno playbook results`, as people and machines read it (ORC-10, ORC-12, PB2-05)."""

from itertools import count

import pytest
from psycopg.types.json import Jsonb

from ritorno.core.decisions import Declined, StepTaken
from ritorno.core.ids import CustomerId, PlaybookKey
from ritorno.core.instants import DAY, HOUR, Instant
from ritorno.core.plan import Plan
from ritorno.store import decisions
from ritorno.store.connection import connect
from ritorno.store.decisions import Decided
from ritorno.testing import at
from tests.cli.conftest import Run, Told

ENTERED = at("2025-12-01T10:00")
PB2 = PlaybookKey("PB2")


@pytest.fixture(autouse=True)
def trial(plan: Plan, database: str) -> None:
    """60 entries, a sixth held out; everybody gets an SMS, every third a code, which half of them used."""
    numbers = count(1)
    brand = plan.brand.id
    with connect(database, autocommit=True) as connection, connection.transaction():
        for customer in range(1_000, 1_060):
            arm = "holdout" if customer % 6 == 0 else "treated"
            connection.execute(
                "INSERT INTO enrollment (brand_id, id, customer_id, playbook, version, key, arm, entered_at) "
                "VALUES (%s, %s, %s, 'PB2', 1, '', %s, %s)",
                (brand, customer, customer, arm, ENTERED),
            )
            sent_at = Instant(ENTERED + HOUR)
            connection.execute(
                "INSERT INTO message (brand_id, id, customer_id, enrollment, playbook, version, step, arm, wanted_at, "
                "due_at, state, sent_at, cost, channel) VALUES (%s, %s, %s, %s, 'PB2', 1, 'rescue', %s, %s, %s, %s, "
                "%s, %s, 'sms')",
                (
                    brand, customer, customer, customer, arm, ENTERED, ENTERED,
                    "held_out" if arm == "holdout" else "sent", sent_at, None if arm == "holdout" else 12_000,
                ),
            )  # fmt: skip
            connection.execute(
                "INSERT INTO purchase (brand_id, id, customer_id, occurred_at, net, total, sold_via, branch, source, "
                "order_id) VALUES (%s, %s, %s, %s, %s, 1, 'pos', '', '', '')",
                (brand, -next(numbers), customer, Instant(ENTERED + 2 * DAY), 10_000 + 100 * (customer % 7)),
            )
            if arm == "treated" and customer % 3 == 1:
                connection.execute(
                    "INSERT INTO code (brand_id, code, message_id, customer_id, playbook, value, min_basket, "
                    "issued_at, expires_at, redeemed_at, promise) "
                    "VALUES (%s, %s, %s, %s, 'PB2', 5000, 0, %s, %s, %s, %s)",
                    (
                        brand, f"C{customer}", customer, customer, sent_at, Instant(sent_at + DAY),
                        Instant(sent_at + 1) if customer % 2 else None, Jsonb({}),
                    ),
                )  # fmt: skip
            way = StepTaken(at=sent_at, enrollment=customer, playbook=PB2, step="text", arm="ab"[customer % 2])
            decisions.add(connection, brand, [Decided(CustomerId(customer), way)])
        refused = Declined(at=ENTERED, playbook=PB2, why="unreachable")
        decisions.add(connection, brand, [Decided(CustomerId(1), refused)])


def test_the_whole_is_said_and_with_parts_every_part(run: Run) -> None:
    whole = run("playbook", "results", "PB2").splitlines()
    parts = run("playbook", "results", "PB2", "--parts").splitlines()
    assert parts[: len(whole)] == whole
    said = "\n".join(parts[len(whole) :])
    for wanted in ("rescue (sms), גרסה 1: 50 נשלחו", "אחרי rescue", "הודעות ב-sms", "לא נכנסו"):
        assert wanted in said
    assert "פתיח" not in said, "an SMS has no opens"


def test_orc_12_the_json_shows_the_formula_and_its_terms(told: Told) -> None:
    plain = told("playbook", "results", "PB2", "--ads", "100")
    profit = {name: float(value) for name, value in plain["profit"].items()}
    assert plain["formula"] == "net = margin × lift − messages − offers − ads"
    net = profit["margin"] * profit["lift"] - profit["messages"] - profit["offers"] - profit["ads"]
    assert profit["net"] == pytest.approx(net, abs=0.02)
    assert (plain["cost"], plain["costs"], profit["ads"]) == ("6.00", {"sms": "6.00"}, 100)
    assert (plain["declined"], plain["steps"][-1]["sent"]) == ({"unreachable": 1}, 50)
    assert plain["splits"] == [], "PB2 has no split: a branch's ways are not compared"


def test_what_is_no_amount_and_no_playbook_is_refused(run: Run) -> None:
    assert "is not an amount" in run("playbook", "results", "PB2", "--ads", "much", code=1)
    assert "PB77" in run("playbook", "results", "PB77", code=1)
