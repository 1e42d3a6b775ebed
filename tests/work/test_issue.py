"""A code is made when its message leaves, within every limit on what is given away (PB2-06, SEG-23)."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import psycopg
import pytest
from msgspec.structs import replace

from ritorno.core.customer import NOTHING, About, Customer
from ritorno.core.decisions import Enrolled
from ritorno.core.events import SoldVia
from ritorno.core.ids import CustomerId, MessageId, PlaybookKey
from ritorno.core.incentives import Incentives
from ritorno.core.instants import HOUR, Instant
from ritorno.core.journeys.entry import begin
from ritorno.core.messages.judge import Hold
from ritorno.core.messages.message import Message, Reason
from ritorno.core.offers import Code, Offer
from ritorno.core.plan import Plan
from ritorno.core.redemption import Basket, Scope
from ritorno.store import codes, messages, pools
from ritorno.store.connection import connect
from ritorno.store.transaction import transaction
from ritorno.testing import Person, at
from ritorno.work.issue import issue_code
from ritorno.work.redeem import redeem

NOW = at("2026-03-03T14:05:10")
NOBODY = Customer(CustomerId(7))


def message(number: int, *, arm: str = "a", customer: int = 7) -> Message:
    return Message(
        MessageId(number), CustomerId(customer), 5, PlaybookKey("PB2"), 1, "rescue", arm, NOW, NOW
    )  # fmt: skip


def issued(
    connection: psycopg.Connection, plan: Plan, offer: Offer, number: int, *, customer: Customer = NOBODY,
    now: Instant = NOW, arm: str = "a",
) -> Code | Hold:  # fmt: skip
    with transaction(connection):
        return issue_code(connection, plan, customer, message(number, arm=arm), offer, f"CODE{number:04}", now)


def test_a_budget_holds_what_is_open_and_what_was_used(connection: psycopg.Connection, plan: Plan) -> None:
    offer = Offer(5_000, budget=10_000)
    assert isinstance(issued(connection, plan, offer, 1), Code)
    assert isinstance(issued(connection, plan, offer, 2), Code)
    held = issued(connection, plan, offer, 3)
    assert held == Hold(Instant(NOW + HOUR), Reason("offer_budget", "100.00 + 50.00 > 100.00"))
    answer = redeem(connection, plan, "CODE0001", Basket(SoldVia.POS, 3_000), "till\x1f1", NOW, NOW)
    assert (answer.refusal, answer.discount) == (None, 3_000)
    over = Instant(NOW + 24 * HOUR)  # CODE0002 ended unused: 3,000 were spent
    assert isinstance(issued(connection, plan, offer, 4, now=over), Code)
    held = issued(connection, plan, offer, 5, now=over)
    assert isinstance(held, Hold)
    assert held.why.detail == "80.00 + 50.00 > 100.00"


def test_fifty_workers_at_once_never_promise_more_than_the_budget(
    connection: psycopg.Connection, plan: Plan, database: str
) -> None:
    offer = Offer(5_000, budget=60_000)

    def one(number: int) -> bool:
        with closing(connect(database, autocommit=True)) as own:
            return isinstance(issued(own, plan, offer, number), Code)

    with ThreadPoolExecutor(50) as workers:
        assert sum(workers.map(one, range(50))) == 12
    assert connection.execute("SELECT count(*), sum(value) FROM code").fetchone() == (12, 60_000)


def test_a_pool_gives_each_code_once_in_its_order_and_then_holds(
    connection: psycopg.Connection, plan: Plan, database: str
) -> None:
    offer = Offer(5_000, pool="spring")
    assert pools.add(connection, plan.brand.id, "spring", ["Spring-2", "SPRING1", "spring 2", "X3"]) == 3
    first = issued(connection, plan, offer, 1)
    assert isinstance(first, Code)
    assert first.code == "Spring-2"
    assert codes.of_message(connection, plan.brand.id, MessageId(1)) == first

    def one(number: int) -> str:
        with closing(connect(database, autocommit=True)) as own:
            found = issued(own, plan, offer, number)
            return found.code if isinstance(found, Code) else str(found.why)

    with ThreadPoolExecutor(5) as workers:
        given = sorted(workers.map(one, range(2, 7)))
    assert given == ["SPRING1", "X3", "code_pool: spring", "code_pool: spring", "code_pool: spring"]
    assert pools.read(connection, plan.brand.id) == [pools.Pool("spring", 3, 0)]
    assert pools.add(connection, plan.brand.id, "autumn", ["spring2"]) == 0  # it is another's


def test_a_message_that_did_not_leave_gives_its_code_back_to_the_pool(
    connection: psycopg.Connection, plan: Plan
) -> None:
    pools.add(connection, plan.brand.id, "spring", ["S1"])
    assert isinstance(issued(connection, plan, Offer(100, pool="spring"), 1), Code)
    messages.queue_again(connection, plan.brand.id, MessageId(1), NOW, Reason("provider", "down"), NOW)
    assert isinstance(issued(connection, plan, Offer(100, pool="spring"), 2), Code)


def test_who_is_held_out_uses_up_nothing(connection: psycopg.Connection, plan: Plan) -> None:
    offer = Offer(5_000, budget=5_000, pool="none")
    found = issued(connection, plan, offer, 1, arm="holdout")
    assert isinstance(found, Code)
    assert found.code == "CODE0001"
    assert connection.execute("SELECT count(*) FROM code").fetchone() == (0,)


def test_seg_23_a_customer_is_given_a_tenth_of_what_she_is_worth_and_no_more(
    connection: psycopg.Connection, plan: Plan
) -> None:
    """Worth 40 % of ₪2,700: codes up to ₪108 in 90 days, those that ended unused apart."""
    limited = replace(plan, policy=replace(plan.policy, incentives=Incentives(1_000)))
    dana = Person(limited).buys("2025-06-01", 2_700).customer
    assert isinstance(issued(connection, limited, Offer(5_400), 1, customer=dana), Code)
    assert isinstance(issued(connection, limited, Offer(5_400), 2, customer=dana), Code)
    held = issued(connection, limited, Offer(1), 3, customer=dana)
    assert isinstance(held, Hold)
    assert held.why == Reason("incentives", "108.00 + 0.01 > 108.00")
    later = Instant(NOW + 24 * HOUR)
    assert isinstance(issued(connection, limited, Offer(5_400), 4, customer=dana, now=later), Code)


@pytest.fixture
def looked_at_cups() -> Customer:
    customer = Customer(CustomerId(7))
    entered = Enrolled(at=NOW, cause="x", enrollment=5, playbook=PlaybookKey("PB2"), version=1, key="k", arm="a")
    passage = replace(begin(entered, 0), about=About(category="cups"))
    assert passage.about != NOTHING
    customer.enrollments = [passage]
    return customer


def test_pb3_12_the_code_is_for_what_the_enrollment_is_about(
    connection: psycopg.Connection, plan: Plan, looked_at_cups: Customer
) -> None:
    offer = Offer(1_000, kind="per_cent", scope=Scope(("@category",)))
    code = issued(connection, plan, offer, 1, customer=looked_at_cups)
    assert isinstance(code, Code)
    kept = codes.read(connection, plan.brand.id, "CODE0001")
    assert kept is not None
    assert kept.code.issued.conditions.scope == Scope(("cups",))
