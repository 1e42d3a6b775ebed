"""kill -9 of the worker, 200 times at random points: nothing lost, nothing twice, equal to the undisturbed run."""

import random  # noqa: TID251 - seeded: the same lives in every run
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter, sleep
from typing import NamedTuple

import psycopg
import pytest
from psycopg import sql

from ritorno.core.ids import BrandId
from ritorno.core.instants import Instant
from ritorno.settings import Settings
from ritorno.store import customers, definitions, messages
from ritorno.store.transaction import transaction
from ritorno.wiring import App, open_app
from ritorno.work.accept import accept
from tests.conftest import of_database, quick_folder
from tests.faults import story
from tests.faults.hands import Hand, Postman
from tests.faults.standing import records

ROUNDS = 200
_SEED = 8


class Shop(NamedTuple):
    home: Path
    url: str
    app: App
    brand: BrandId


class Crew:
    """One worker at a time, called at every stop of the clock.

    `took` are the seconds that an undisturbed crew needed at each stop. With them, workers are killed: at instants
    drawn by chance within the time that the stop takes, as many as there are rounds, spread over the whole story.
    """

    def __init__(self, shop: Shop, took: Sequence[float] = ()) -> None:
        self._shop = shop
        self._draw = random.Random(_SEED)
        self._calm = took
        self._hand: Hand | None = None
        self.took: list[float] = []
        self.killed = 0

    def work_until_quiet(self) -> None:
        began = perf_counter()
        while not (self._works() and _is_quiet(self._shop)):
            pass
        self.took.append(perf_counter() - began)

    def _works(self) -> bool:
        """Has the worker lived to say that it is done? One who was killed is replaced."""
        self._hand = self._hand or Hand(self._shop.home, self._shop.url)
        self._hand.ask()
        if self._hand.is_done(self._life()):
            return True
        self._hand.kill()
        self._hand = None
        self.killed += 1
        return False

    def _life(self) -> float | None:
        """How many seconds this worker has; None: it is not to die at this stop any more."""
        stop, stops = len(self.took), len(self._calm)
        if stop >= stops or self.killed >= min(ROUNDS, ROUNDS * 1.3 * (stop + 1) / stops):
            return None
        return self._draw.uniform(0, self._calm[stop])

    def go_home(self) -> None:
        if self._hand is not None:
            self._hand.dismiss()


def _is_quiet(shop: Shop) -> bool:
    """Nothing waits. A worker may think so too early: what a killed one held is free only when PostgreSQL has seen
    that it is gone."""
    now = shop.app.now(shop.brand)
    waits = _next_due(shop) <= now or shop.app.connection().execute(
        "SELECT EXISTS (SELECT FROM inbox) OR EXISTS (SELECT FROM message WHERE state = 'sending')"
    ).fetchone() == (True,)
    if waits:
        sleep(0.002)
    return not waits


def _next_due(shop: Shop) -> Instant:
    connection = shop.app.connection()
    found = [look(connection, shop.brand) for look in (customers.next_due, messages.next_due)]
    return min((due for due in found if due is not None), default=story.END)


def live(shop: Shop, crew: Crew) -> None:
    """The whole story, the clock stopping at every instant at which something is due."""
    for step in story.steps():
        while (due := _next_due(shop)) < step.at:
            definitions.set_clock(shop.app.connection(), shop.brand, due)
            crew.work_until_quiet()
        with transaction(shop.app.connection()) as connection:  # no worker sees the one without the other
            definitions.set_clock(connection, shop.brand, step.at)
            accept(connection, shop.brand, step.events)
        crew.work_until_quiet()
    while (due := _next_due(shop)) < story.END:
        definitions.set_clock(shop.app.connection(), shop.brand, due)
        crew.work_until_quiet()
    crew.go_home()


@contextmanager
def copied(postgres_url: str, template: str, name: str) -> Iterator[Shop]:
    """A shop in its own copy of the database."""
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(*map(sql.Identifier, (name, template))))
    try:
        url = of_database(postgres_url, name)
        with tempfile.TemporaryDirectory(dir=quick_folder()) as folder, open_app(Settings(Path(folder), url)) as app:
            yield Shop(Path(folder), url, app, app.plan().brand.id)
    finally:
        with psycopg.connect(postgres_url, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.mark.slow
def test_a_worker_killed_200_times_loses_nothing_and_sends_nothing_twice(
    postgres_url: str, database: str, tmp_path: Path
) -> None:
    """Documents, events, decisions, messages and every list are those of the undisturbed run."""
    with open_app(Settings(tmp_path, database)) as app:
        story.open_shop(app)
    template = database.rsplit("/", 1)[-1].split("?", maxsplit=1)[0]
    with copied(postgres_url, template, f"{template}_calm") as calm:
        undisturbed = Crew(calm)
        live(calm, undisturbed)
        expected = records(calm.app.connection())
        sent = {row[0] for row in expected["message"] if row[9] == "sent"}
        assert len(sent) > 500
        assert_the_provider_agrees(calm, sent)
    with copied(postgres_url, template, f"{template}_hard") as hard:
        crew = Crew(hard, undisturbed.took)
        live(hard, crew)
        assert crew.killed == ROUNDS
        for table, rows in records(hard.app.connection()).items():
            assert rows == expected[table], table
        postman = assert_the_provider_agrees(hard, sent)
        assert postman.calls("look_up"), "no worker was killed while a message was under way"


def assert_the_provider_agrees(shop: Shop, sent: set[int]) -> Postman:
    """Its own records: every message once, with the codes and links that the shop knows."""
    postman = Postman(shop.home, part_cost=0, email_cost=0)
    kept = {int(key): text for key, _, text in postman.sent()}
    assert set(kept) == sent
    assert not [key for key, times in Counter(postman.calls("send")).items() if times > 1]
    connection = shop.app.connection()
    texts: dict[int, str] = dict(
        connection.execute("SELECT id, content ->> 'text' FROM message WHERE state = 'sent'").fetchall()
    )
    assert kept == texts
    links = connection.execute(
        "SELECT message_id, token FROM link JOIN message ON id = message_id WHERE state = 'sent'"
    )
    tokens = Counter(message for message, token in links if token in texts[message])
    assert tokens == dict.fromkeys(texts, 2)
    return postman
