"""kill -9 of who redeems codes and spends points, at random points: each used once, nothing lost, the budget exact."""

import multiprocessing
import random  # noqa: TID251 - seeded: the same lives in every run
from collections import Counter
from contextlib import closing

import psycopg

from ritorno.core.events import Custom, SoldVia, decode_event, happened
from ritorno.core.identifiers import Kind, normalise
from ritorno.core.ids import CustomerId, MessageId, PlaybookKey
from ritorno.core.offers import Offer, issue
from ritorno.core.plan import Plan
from ritorno.core.points_balance import balance
from ritorno.core.redemption import Basket
from ritorno.store import codes, customers, identifiers
from ritorno.store.connection import connect
from ritorno.store.transaction import transaction
from ritorno.testing import at
from ritorno.work import book_points
from ritorno.work.accept import accept
from ritorno.work.found import found
from ritorno.work.plans import Plans
from ritorno.work.react import react_to_inbox
from ritorno.work.redeem import order_key, redeem, reserve

NOW = at("2026-03-03T12:00")
RECEIPTS, KILLS = 60, 25
BASKET = Basket(SoldVia.POS, 20_000)
OFFER = Offer(5_000, budget=RECEIPTS * 5_000)
PHONE = normalise(Kind.PHONE, "052-1234567")
_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload(["tests.faults.test_kill_promises"])


def serve_receipts(url: str) -> None:
    """Every receipt from the first on, as a till that does not know what had arrived tells them all again."""
    with closing(connect(url, autocommit=True)) as connection:
        plan = Plans().named(connection, "default")
        dana = _dana(connection, plan)
        for number in range(RECEIPTS):
            code, key = f"CODE{number:04}", order_key("pos", str(number))
            assert reserve(connection, plan, code, BASKET, key, NOW).refusal is None
            assert redeem(connection, plan, code, None, key, NOW, NOW).discount == 5_000
            assert book_points.spend(connection, plan, dana, 10, key, NOW).status in ("booked", "repeated")


def _dana(connection: psycopg.Connection, plan: Plan) -> CustomerId:
    return identifiers.look_up(connection, plan.brand.id, [PHONE])[PHONE].customer


def _open(connection: psycopg.Connection) -> Plan:
    found(connection, "default", {"name": "אלמוג"}, at("2024-01-01"))
    plan = Plans().named(connection, "default")
    joined = happened("shop", "1", Custom("hello"), occurred_at=NOW, received_at=NOW, identifiers=(PHONE,))
    accept(connection, plan.brand.id, [joined])
    react_to_inbox(connection, plan, NOW)
    dana = _dana(connection, plan)
    book_points.give(connection, plan, dana, RECEIPTS * 10 + 7, "all", NOW)
    fresh = [
        codes.NewCode(
            issue(OFFER, f"CODE{number:04}", NOW, plan.tz), MessageId(number), dana, PlaybookKey("PB2"), OFFER.budget
        )
        for number in range(RECEIPTS)
    ]
    with transaction(connection):
        codes.add(connection, plan.brand.id, fresh)
    return plan


def test_each_code_is_used_once_and_each_point_spent_once_whoever_dies(database: str) -> None:
    draw, killed = random.Random(6), 0
    with closing(connect(database, autocommit=True)) as connection:
        plan = _open(connection)
        while True:
            till = _PROCESSES.Process(target=serve_receipts, args=(database,))
            till.start()
            till.join(draw.uniform(0.02, 0.6) if killed < KILLS else None)
            if till.exitcode is None:
                till.kill()
                till.join()
                killed += 1
                continue
            assert till.exitcode == 0
            if killed >= KILLS:
                break
        dana = _dana(connection, plan)
        assert connection.execute(
            "SELECT count(*), count(redeemed_at), count(DISTINCT redeemed_order), sum(discount) FROM code"
        ).fetchone() == (RECEIPTS, RECEIPTS, RECEIPTS, RECEIPTS * 5_000)
        assert connection.execute("SELECT spent FROM offer_spent").fetchone() == (RECEIPTS * 5_000,)
        while react_to_inbox(connection, plan, NOW).events:
            pass
        document = customers.read(connection, plan.brand.id, dana)
        assert document is not None
        assert balance(document.points, NOW) == 7
        rows = connection.execute("SELECT payload FROM event").fetchall()
        told = Counter(event.body.name for row in rows if isinstance((event := decode_event(row[0])).body, Custom))
        assert told == {"hello": 1, "points_given": 1, "code_redeemed": RECEIPTS, "points_spent": RECEIPTS}
