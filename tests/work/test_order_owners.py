"""Whose an order is, and what is told of it: in any order, in batches of any size, by any number of workers."""

import threading
from collections.abc import Iterator
from itertools import pairwise, permutations
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from ritorno.core.customer import Customer
from ritorno.core.decisions import ScoreMoved
from ritorno.core.events import Body, CancellationTold, Custom, Event, Line, OrderTold, RefundTold, SoldVia, happened
from ritorno.core.identifiers import Identifier, Kind, normalise
from ritorno.core.instants import DAY, MINUTE, Instant
from ritorno.settings import Settings
from ritorno.store import customers, decisions, inbox
from ritorno.wiring import App
from ritorno.work.accept import accept
from ritorno.work.react import react_to_inbox
from ritorno.worker import Worker
from tests.faults import story
from tests.faults.story import OPENED

BOUGHT = Instant(OPENED - 10 * DAY)
TABLES = "seen, inbox, event, customer, identifier, merge, purchase, sale, membership, decision, loose_event"
DANI, MAYA = normalise(Kind.PHONE, "0541234567"), normalise(Kind.EMAIL, "maya@dana.co.il")


@pytest.fixture(scope="module")
def shop(module_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    app = App(Settings(tmp_path_factory.mktemp("home"), module_database), module_database)
    story.open_shop(app, people=0)
    yield app
    app.close()


@pytest.fixture
def app(shop: App) -> App:
    reset(shop)
    return shop


def reset(app: App) -> None:
    app.connection().execute(f"TRUNCATE {TABLES}")


def told(name: str, body: Body, *who: Identifier, after: int = 0) -> Event:
    return happened(
        "shop", name, body, occurred_at=Instant(BOUGHT + after * MINUTE), received_at=OPENED, identifiers=who
    )


def sale(name: str, *who: Identifier, order: str = "o1", total: int = 50_000, as_of: int = 1) -> Event:
    body = OrderTold(
        order, total, "ILS", SoldVia.POS, branch="Ayalon", lines=(Line("A"),), as_of=Instant(BOUGHT + as_of * DAY)
    )
    return told(name, body, *who)


def slip(name: str = "r", *who: Identifier, amount: int | None = 20_000, order: str = "o1") -> Event:
    return told(name, RefundTold(order, name, amount, as_of=BOUGHT), *who, after=5)


def lived(app: App, batches: list[list[Event]], most: int = 1000) -> dict[str, list[tuple[Any, ...]]]:
    """What stands after these were accepted and reacted to, one batch after the other."""
    reset(app)
    for batch in batches:
        for event in batch:  # one by one, so that a lane has them in this order
            accept(app.connection(), app.plan().brand.id, [event])
        while react_to_inbox(app.connection(), app.plan(), OPENED, most=most).events:
            pass
    return standing(app)


def standing(app: App) -> dict[str, list[tuple[Any, ...]]]:
    connection = app.connection()
    assert inbox.waiting(connection, app.plan().brand.id) == 0
    rows = {name: connection.execute(query).fetchall() for name, query in _STANDING.items()}
    people = {customer.id: people_of(customer) for customer in customers.read_all(connection, app.plan().brand.id)}
    named = {
        "customer": sorted(told_part(customer) for customer in customers.read_all(connection, app.plan().brand.id))
    }
    for table, found in rows.items():
        named[table] = sorted((people.get(owner, ()), *rest) for owner, *rest in found)
    named["left"] = connection.execute("SELECT order_id FROM loose_event ORDER BY 1").fetchall()
    return named


_STANDING = {
    "event": "SELECT customer_id, id FROM event",
    "purchase": "SELECT customer_id, source, order_id, occurred_at, net, total FROM purchase",
    "membership": "SELECT customer_id, segment FROM membership",
}


def people_of(customer: Customer) -> tuple[str, ...]:
    return tuple(sorted(str(known.identifier) for known in customer.identifiers))


def told_part(customer: Customer) -> tuple[Any, ...]:
    """Without the id, which is a hash of the event by which somebody was met first, and without what was decided."""
    return (
        people_of(customer), customer.joined_at, [str(each) for each in customer.identifiers],
        [str(each) for each in customer.orders], str(sorted(customer.changes.items())),
        [str(each) for each in customer.did], customer.scores.cell, customer.scores.orders, customer.scores.spend,
        sorted(customer.memberships),
    )  # fmt: skip


def of(app: App, who: Identifier) -> Customer:
    (found,) = [
        customer
        for customer in customers.read_all(app.connection(), app.plan().brand.id)
        if str(who) in people_of(customer)
    ]
    return found


STORY = [
    sale("sale", DANI),
    slip(),
    told("other", OrderTold("o2", 9_000, "ILS", SoldVia.ONLINE, as_of=BOUGHT), MAYA),
    sale("corrected", MAYA, total=40_000, as_of=2),
    told("cancelled", CancellationTold("o2", as_of=BOUGHT), after=9),
    slip("named", DANI, amount=1_000),
    told("seen", Custom("product_viewed", {"sku": "A"}), DANI, after=-60),
    told("cancelled for maya", CancellationTold("o1", void=True, as_of=BOUGHT), MAYA, after=11),
    sale("guest", order="o3", total=7_000, as_of=3),
    sale("guest named", DANI, order="o3", total=6_000),
    slip("of a guest", order="o4"),
]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(events=st.permutations(STORY), cuts=st.sets(st.integers(1, 9)), most=st.sampled_from([1, 2, 3, 1000]))
def test_dat_08_any_order_and_any_batches_leave_the_documents_of_the_in_order_run(
    app: App, events: list[Event], cuts: set[int], most: int
) -> None:
    edges = [0, *sorted(cuts), len(events)]
    batches = [events[start:end] for start, end in pairwise(edges)]
    assert lived(app, batches, most) == lived(app, [[event] for event in STORY])


def test_a_slip_without_a_name_is_the_buyers_whichever_comes_first(app: App) -> None:
    events = [sale("sale", DANI), slip(), told("void", CancellationTold("o2")), sale("two", DANI, order="o2")]
    for order in permutations(events):
        for batches in ([list(order)], [[event] for event in order]):
            lived(app, batches)
            assert [(each.order_id, each.net) for each in of(app, DANI).orders] == [("o1", 30_000), ("o2", 0)]
            nobodys = app.connection().execute("SELECT count(*) FROM event WHERE customer_id IS NULL").fetchone()
            assert nobodys == (0,)


def test_an_order_corrected_to_another_customer_leaves_the_first_with_a_cause(app: App) -> None:
    lived(app, [[sale("sale", DANI, total=500_000)], [slip()], [sale("corrected", MAYA, total=500_000, as_of=2)]])
    dani, maya = of(app, DANI), of(app, MAYA)
    assert (dani.orders, dani.changes, dani.scores.cell, dani.scores.spend) == ([], {}, 0, 0)
    assert [order.net for order in maya.orders] == [480_000]
    log = decisions.of_customer(app.connection(), app.plan().brand.id, dani.id)
    assert {each.after for each in log if isinstance(each, ScoreMoved) and each.cause == "order_moved"} == {0}
    rows = app.connection().execute("SELECT customer_id, net FROM purchase").fetchall()
    assert rows == [(maya.id, 480_000)]
    assert app.connection().execute("SELECT sum(units) FROM sale").fetchone() == (1,), "it is sold once"


def test_an_older_description_under_another_name_changes_nothing_of_the_order(app: App) -> None:
    lived(app, [[sale("new", MAYA, as_of=2)], [sale("old", DANI, total=1)]])
    assert of(app, DANI).orders == []
    assert [order.total for order in of(app, MAYA).orders] == [50_000]
    rows = app.connection().execute("SELECT customer_id, total FROM purchase").fetchall()
    assert rows == [(of(app, MAYA).id, 50_000)]


def test_an_order_told_again_of_the_same_customer_needs_no_second_look(app: App, monkeypatch: Any) -> None:
    lived(app, [[sale("sale", DANI)]])
    asked = []
    monkeypatch.setattr("ritorno.store.loose.owners", lambda *given: asked.append(given))
    for event in (sale("again", DANI, as_of=2), sale("new", DANI, order="o9")):
        accept(app.connection(), app.plan().brand.id, [event])
        react_to_inbox(app.connection(), app.plan(), OPENED)
    assert not asked
    assert len(of(app, DANI).orders) == 2


def test_two_workers_at_once_lose_no_slip_and_no_correction(app: App) -> None:
    """The sale, its slip and its correction travel in lanes of their own."""
    brand, connection = app.plan().brand.id, app.connection()
    events = []
    for number in range(150):
        dani, maya = normalise(Kind.PHONE, f"054{3_000_000 + number}"), normalise(Kind.EMAIL, f"m{number}@dana.co.il")
        events.append([sale(f"{number}", dani, order=f"{number}"), slip(f"r{number}", order=f"{number}")])
        if number % 3 == 0:
            events[-1].append(sale(f"{number} corrected", maya, order=f"{number}", as_of=2))
    stop = threading.Event()
    apps = [app.beside(), app.beside()]
    threads = [threading.Thread(target=Worker(each).run, args=(stop,)) for each in apps]
    for thread in threads:
        thread.start()
    try:
        for place, each in enumerate(events):
            accept(connection, brand, each[:: -1 if place % 2 else 1])
    finally:
        stop.set()
        for thread in threads:
            thread.join()
        for beside in apps:
            beside.close()
    Worker(app).until_quiet()
    rows = connection.execute(
        "SELECT p.order_id::int, p.net, i.kind FROM purchase p JOIN identifier i USING (brand_id, customer_id)"
    )
    assert sorted(rows.fetchall()) == [(n, 30_000, "email" if n % 3 == 0 else "phone") for n in range(150)]
    held = [order for customer in customers.read_all(connection, brand) for order in customer.orders]
    assert sorted(int(order.order_id) for order in held) == list(range(150))
    assert {order.net for order in held} == {30_000}
    assert connection.execute("SELECT count(*) FROM event WHERE customer_id IS NULL").fetchone() == (0,)


def test_what_waits_for_its_order_follows_a_merge(app: App) -> None:
    """A slip that named one of two who turn out to be one, and whose order is a third's."""
    noa = normalise(Kind.EMAIL, "noa@dana.co.il")
    lived(app, [[sale("x", DANI, order="x"), slip("named", noa)], [sale("both", DANI, noa, order="y")]])
    assert "shop\x00o1" in of(app, DANI).changes
    accept(app.connection(), app.plan().brand.id, [sale("sale", MAYA)])
    react_to_inbox(app.connection(), app.plan(), OPENED)
    assert of(app, DANI).changes == {}
    assert [order.net for order in of(app, MAYA).orders] == [30_000]


def test_a_correction_acts_when_it_was_received(app: App) -> None:
    later = Instant(OPENED + 100 * DAY)
    lived(app, [[sale("sale", DANI, total=500_000)]])
    accept(app.connection(), app.plan().brand.id, [replace(sale("corrected", MAYA, as_of=2), received_at=later)])
    react_to_inbox(app.connection(), app.plan(), Instant(later + DAY))
    log = decisions.of_customer(app.connection(), app.plan().brand.id, of(app, DANI).id)
    moves = [each for each in log if isinstance(each, ScoreMoved)]
    assert {each.at for each in moves if each.cause == "order_moved"} == {later}
    assert any(each.at < later and each.cause.startswith("elapsed") for each in moves), "time did its part before"
