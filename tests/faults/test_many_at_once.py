"""Many at once: the same receipt from ten tills, two workers on one inbox, customers who turn out to be one."""

import random  # noqa: TID251 - seeded
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from ritorno.core.events import Body, Custom, Event, OrderTold, SoldVia, happened
from ritorno.core.identifiers import Identifier, Kind, normalise
from ritorno.core.instants import DAY, Instant
from ritorno.settings import Settings
from ritorno.store import customers, identifiers, inbox
from ritorno.store.connection import connect
from ritorno.wiring import App
from ritorno.work.accept import accept
from ritorno.worker import Worker
from tests.faults import story
from tests.faults.story import OPENED

PEOPLE = 60


@pytest.fixture
def app(database: str, tmp_path: Path) -> Iterator[App]:
    app = App(Settings(tmp_path, database), database)
    story.open_shop(app, people=0)
    yield app
    app.close()


@contextmanager
def two_workers(app: App) -> Iterator[None]:
    """At work while the block runs, and then until nothing is left to do."""
    stop = threading.Event()
    apps = [app.beside(), app.beside()]
    threads = [threading.Thread(target=Worker(each).run, args=(stop,)) for each in apps]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()
        for each in apps:
            each.close()
    Worker(app).until_quiet()


def phone(number: int) -> Identifier:
    return normalise(Kind.PHONE, f"054{2_000_000 + number}")


def email(number: int) -> Identifier:
    return normalise(Kind.EMAIL, f"m{number}@dana.co.il")


def told(name: str, body: Body, *who: Identifier, later: int = 0) -> Event:
    when = Instant(OPENED + later)
    return happened("shop", name, body, occurred_at=when, received_at=OPENED, identifiers=who)


def order(name: str) -> OrderTold:
    return OrderTold(name, 9_900, "ILS", SoldVia.POS, branch="Ayalon")


def number_of(app: App, query: str) -> int:
    row = app.connection().execute(query).fetchone()
    assert row is not None
    return int(row[0])


def deadlocks(app: App) -> int:
    app.connection().execute("SELECT pg_stat_force_next_flush()")
    return number_of(app, "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")


def test_of_ten_who_accept_the_same_receipt_at_once_one_brings_news(app: App) -> None:
    brand = app.plan().brand.id
    together = threading.Barrier(10)
    batch = [told(f"r{number}", order(f"r{number}"), phone(number)) for number in range(20)]

    def deliver(turn: int) -> list[inbox.Outcome]:
        with connect(app.url, autocommit=True) as connection:
            together.wait()
            return accept(connection, brand, batch if turn % 2 else batch[::-1])

    with ThreadPoolExecutor(10) as pool:
        outcomes = [outcome for answer in pool.map(deliver, range(10)) for outcome in answer]
    assert Counter(outcomes) == {"new": 20, "repeated": 180}
    Worker(app).until_quiet()
    assert number_of(app, "SELECT count(*) FROM event") == 20
    assert number_of(app, "SELECT count(*) FROM purchase") == 20


def test_two_workers_keep_the_order_of_each_customer_and_react_to_each_event_once(app: App) -> None:
    """A column that numbers rows as they are written shows in which order a customer's events were reacted to."""
    app.connection().execute("CREATE SEQUENCE reaction")
    app.connection().execute("ALTER TABLE event ADD COLUMN reacted bigint DEFAULT nextval('reaction')")
    draw = random.Random(5)
    brand = app.plan().brand.id
    in_order: dict[int, list[int]] = {}
    with two_workers(app):
        for turn in range(60):
            batch = []
            for place in range(25):
                who = draw.randrange(PEOPLE)
                event = told(f"{turn}-{place}", Custom("product_viewed", {"turn": turn}), phone(who), email(who))
                in_order.setdefault(who, []).append(event.id)
                batch.append(event)
            accept(app.connection(), brand, batch)
    assert inbox.waiting(app.connection(), brand) == 0
    rows = app.connection().execute("SELECT customer_id, array_agg(id ORDER BY reacted) FROM event GROUP BY 1")
    reacted = sorted(ids for _, ids in rows)
    assert reacted == sorted(in_order.values())


@pytest.mark.parametrize("seed", [1, 2])
def test_customers_who_turn_out_to_be_one_while_two_workers_are_at_them_end_as_one(app: App, seed: int) -> None:
    """Phones and addresses are first heard of apart, then together, in both workers' batches at the same time: no
    worker waits in a circle, and everything that was told of either is with the one who remains."""
    draw = random.Random(seed)
    brand = app.plan().brand.id
    events = [
        event
        for who in range(PEOPLE)
        for event in (
            told(f"{who}-p1", order(f"{who}-p1"), phone(who)),
            told(f"{who}-p2", order(f"{who}-p2"), phone(who), later=1),
            told(f"{who}-e1", order(f"{who}-e1"), email(who), later=2),
            told(f"{who}-both", order(f"{who}-both"), phone(who), email(who), later=3),
            told(f"{who}-e2", order(f"{who}-e2"), email(who), later=4),
        )
    ]
    draw.shuffle(events)
    with two_workers(app), ThreadPoolExecutor(2) as doors:
        for start in range(0, len(events), 15):
            doors.submit(accept_apart, app.url, brand, events[start : start + 15])
    assert inbox.waiting(app.connection(), brand) == 0
    for who in range(PEOPLE):
        held = identifiers.look_up(app.connection(), brand, [phone(who), email(who)])
        (owner,) = {one.customer for one in held.values()}
        document = customers.read(app.connection(), brand, owner)
        assert document is not None
        assert [each.order_id for each in document.orders] == [f"{who}-{name}" for name in ORDERS]
        assert document.id == owner
    assert number_of(app, "SELECT count(*) FROM event") == len(events)
    assert number_of(app, "SELECT count(DISTINCT customer_id) FROM purchase") == PEOPLE
    assert deadlocks(app) == 0


ORDERS = ("p1", "p2", "e1", "both", "e2")


def accept_apart(url: str, brand: int, events: list[Event]) -> None:
    with connect(url, autocommit=True) as connection:
        accept(connection, brand, events)  # type: ignore[arg-type]


def test_two_who_meet_the_same_newcomer_at_once_make_one_customer(app: App) -> None:
    """The same new person in two lanes, each event naming a different strongest identifier."""
    brand = app.plan().brand.id

    def card(number: int) -> Identifier:
        return normalise(Kind.CLUB_CARD, f"88{number:06d}")

    with two_workers(app):
        for who in range(PEOPLE):
            one = told(f"{who}-a", order(f"{who}-a"), phone(who))
            other = told(f"{who}-b", order(f"{who}-b"), card(who), phone(who), later=1)
            accept(app.connection(), brand, [one, other])
    assert number_of(app, "SELECT count(*) FROM customer WHERE merged_into IS NULL") == PEOPLE
    assert number_of(app, "SELECT count(DISTINCT customer_id) FROM purchase") == PEOPLE
    assert deadlocks(app) == 0


def test_one_customer_in_two_lanes_loses_nothing_of_either(app: App) -> None:
    """Known by phone and address: what names the one comes by another lane than what names the other."""
    brand = app.plan().brand.id
    first = [told(f"{who}-0", order(f"{who}-0"), phone(who), email(who), later=-61 * DAY) for who in range(10)]
    accept(app.connection(), brand, first)
    Worker(app).until_quiet()
    with two_workers(app):
        for turn in range(1, 61):
            name = phone if turn % 2 else email
            ago = (turn - 61) * DAY
            batch = [told(f"{who}-{turn}", order(f"{who}-{turn}"), name(who), later=ago) for who in range(10)]
            accept(app.connection(), brand, batch)
    for document in customers.read_all(app.connection(), brand):
        who = document.orders[0].order_id.partition("-")[0]
        assert [each.order_id for each in document.orders] == [f"{who}-{turn}" for turn in range(61)]
    assert customers.count(app.connection(), brand) == 10
    assert deadlocks(app) == 0
