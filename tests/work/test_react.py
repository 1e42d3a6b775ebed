"""React: one transaction for a batch; however large the batches, the same documents, decisions and lists."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ritorno.core.events import CancellationTold, Custom, Event, OrderTold, RefundTold, SoldVia, happened
from ritorno.core.identifiers import Identifier, Kind, normalise
from ritorno.core.instants import DAY, Instant
from ritorno.settings import Settings
from ritorno.store import customers, decisions, identifiers, inbox
from ritorno.wiring import App
from ritorno.work.accept import accept
from ritorno.work.react import Reacted, react_to_inbox
from tests.faults import story
from tests.faults.standing import records
from tests.faults.story import OPENED


@pytest.fixture
def app(database: str, tmp_path: Path) -> Iterator[App]:
    app = App(Settings(tmp_path, database), database)
    story.open_shop(app, people=0)
    yield app
    app.close()


def phone(number: int) -> Identifier:
    return normalise(Kind.PHONE, f"053{3_000_000 + number}")


def email(number: int) -> Identifier:
    return normalise(Kind.EMAIL, f"r{number}@dana.co.il")


def told(name: str, body: object, *who: Identifier, later: int = 0) -> Event:
    when = Instant(OPENED - 100 * DAY + later)
    return happened("shop", name, body, occurred_at=when, received_at=OPENED, identifiers=who)  # type: ignore[arg-type]


def order(name: str, total: int = 10_000) -> OrderTold:
    return OrderTold(name, total, "ILS", SoldVia.POS, branch="Ayalon")


def react(app: App, most: int = 1000) -> Reacted:
    return react_to_inbox(app.connection(), app.plan(), OPENED, most=most)


def meeting() -> list[Event]:
    """Two who are told apart and turn out to be one, a family that shares a phone, refunds before their orders."""
    events = [told(f"{n}-p", order(f"{n}-p"), phone(n)) for n in range(8)]
    events += [told(f"{n}-e", order(f"{n}-e"), email(n), later=n * DAY) for n in range(8)]
    events += [told("r0", RefundTold("late", "r1", 4_000), phone(0)), told("c", CancellationTold("3-p"), phone(3))]
    events += [told(f"{n}-b", order(f"{n}-b"), phone(n), email(n), later=DAY) for n in range(0, 8, 2)]
    events += [told("late", order("late"), phone(0)), told("v", Custom("product_viewed", {"sku": "A"}), email(5))]
    events += [told(f"{n}-x", order(f"{n}-x"), phone(n), email(n + 1)) for n in (1, 5)]
    return [*events, told("guest", order("guest"))]


def test_batches_of_any_size_leave_the_same_behind(app: App) -> None:
    """DAT-01: a merge begins a batch; so it does not matter with how many others it came."""
    left = []
    for most in (1, 3, 1000):
        reset(app)
        for event in meeting():
            accept(app.connection(), app.plan().brand.id, [event])
        while react(app, most).events:
            pass
        left.append(records(app.connection()))
    assert len([row for row in left[0]["merge"] if row[2] == "merge"]) >= 3
    for table in left[0]:
        assert left[0][table] == left[1][table] == left[2][table], table


def reset(app: App) -> None:
    tables = "seen, inbox, event, loose_event, customer, identifier, merge, purchase, sale, membership, decision"
    tables += ", consent, message"
    app.connection().execute(f"TRUNCATE {tables}")


def test_what_was_reacted_to_is_told_and_leaves_the_inbox(app: App) -> None:
    brand = app.plan().brand.id
    accept(app.connection(), brand, [told(f"{n}", order(f"{n}"), phone(n % 2)) for n in range(5)])
    assert react(app, 4).events == 4
    assert inbox.waiting(app.connection(), brand) == 1
    last = react(app)
    assert (last.events, last.customers, last.sources) == (1, 1, frozenset({"shop"}))
    assert react(app) == Reacted(0, 0)


def test_the_second_event_of_a_newcomer_finds_the_first_in_the_same_batch(app: App) -> None:
    brand = app.plan().brand.id
    accept(app.connection(), brand, [told("a", order("a"), phone(1)), told("b", order("b"), phone(1), email(1))])
    assert react(app).customers == 1
    held = identifiers.look_up(app.connection(), brand, [phone(1), email(1)])
    assert len({one.customer for one in held.values()}) == 1


def test_a_guest_is_nobody_and_the_order_is_in_the_list_without_a_customer(app: App) -> None:
    accept(app.connection(), app.plan().brand.id, [told("guest", order("guest"))])
    assert react(app).customers == 0
    rows = app.connection().execute("SELECT customer_id, total FROM purchase").fetchall()
    assert rows == [(None, 10_000)]
    assert app.connection().execute("SELECT customer_id FROM event").fetchall() == [(None,)]


def test_the_list_of_orders_follows_refunds_and_cancellations(app: App) -> None:
    brand, connection = app.plan().brand.id, app.connection()
    accept(connection, brand, [told(name, order(name), phone(1)) for name in ("one", "two", "three")])
    react(app)
    changes = [told("r", RefundTold("one", "r1", 4_000), phone(1)), told("c", CancellationTold("two"), phone(1))]
    accept(connection, brand, changes)
    react(app)
    rows = connection.execute("SELECT order_id, net, total FROM purchase ORDER BY order_id").fetchall()
    assert rows == [("one", 6_000, 10_000), ("three", 10_000, 10_000), ("two", 0, 10_000)]


def test_a_moved_score_is_in_the_log_with_its_cause_and_on_the_row(app: App) -> None:
    """SCO-05, SCO-08."""
    brand = app.plan().brand.id
    accept(app.connection(), brand, [told("a", order("a", 500_000), phone(1))])
    react(app)
    (document,) = customers.read_all(app.connection(), brand)
    log = list(decisions.of_customer(app.connection(), brand, document.id))
    assert {each.cause for each in log} == {"order"}
    row = app.connection().execute("SELECT cell, orders, spend, last_at FROM customer").fetchone()
    assert row == (document.scores.cell, 1, 500_000, OPENED - 100 * DAY)
