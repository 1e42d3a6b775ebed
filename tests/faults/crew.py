"""A story lived by workers, one at a time, who are killed at instants drawn by chance; the shop that they work in."""

import random  # noqa: TID251 - seeded: the same lives in every run
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter, sleep
from typing import NamedTuple

import psycopg
from psycopg import sql

from ritorno.core.ids import BrandId
from ritorno.core.instants import Instant
from ritorno.settings import Settings
from ritorno.store import audiences, customers, definitions, messages, webhooks
from ritorno.store.transaction import transaction
from ritorno.wiring import App, open_app
from ritorno.work.accept import accept
from tests.conftest import of_database, quick_folder
from tests.faults.hands import Hand
from tests.faults.story import Step

_SEED = 8
_UNFINISHED = (
    "SELECT EXISTS (SELECT FROM inbox) OR EXISTS (SELECT FROM message WHERE state = 'sending') OR EXISTS (SELECT FROM "
    "audience_batch WHERE state = 'sending') OR EXISTS (SELECT FROM webhook_call WHERE state = 'sending')"
)


class Shop(NamedTuple):
    home: Path
    url: str
    app: App
    brand: BrandId


class Crew:
    """One worker at a time, called at every stop of the clock.

    `took` are the seconds that an undisturbed crew needed at each stop. With them, workers are killed: at instants
    drawn by chance within the time that the stop takes, as many as there are `rounds`, spread over the whole story.
    """

    def __init__(self, shop: Shop, rounds: int = 0, took: Sequence[float] = ()) -> None:
        self._shop = shop
        self._draw = random.Random(_SEED)
        self._rounds = rounds
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
        if stop >= stops or self.killed >= min(self._rounds, self._rounds * 1.3 * (stop + 1) / stops):
            return None
        return self._draw.uniform(0, self._calm[stop])

    def go_home(self) -> None:
        if self._hand is not None:
            self._hand.dismiss()


def _is_quiet(shop: Shop) -> bool:
    """Nothing waits. A worker may think so too early: what a killed one held is free only when PostgreSQL has seen
    that it is gone."""
    now = shop.app.now(shop.brand)
    due_at = _next_due(shop)
    waits = (due_at is not None and due_at <= now) or shop.app.connection().execute(_UNFINISHED).fetchone() == (True,)
    if waits:
        sleep(0.002)
    return not waits


def _next_due(shop: Shop) -> Instant | None:
    connection = shop.app.connection()
    looks = (customers.next_due, messages.next_due, audiences.next_due, webhooks.next_due)
    found = [look(connection, shop.brand) for look in looks]
    return min((due for due in found if due is not None), default=None)


def live(shop: Shop, crew: Crew, steps: Iterable[Step], end: Instant) -> None:
    """The whole story, the clock stopping at every instant at which something is due."""
    for step in steps:
        _pass_time(shop, crew, step.at)
        with transaction(shop.app.connection()) as connection:  # no worker sees the one without the other
            definitions.set_clock(connection, shop.brand, step.at)
            accept(connection, shop.brand, step.events)
        crew.work_until_quiet()
    _pass_time(shop, crew, end)
    crew.go_home()


def _pass_time(shop: Shop, crew: Crew, until: Instant) -> None:
    """Up to what is due before then."""
    while (due := _next_due(shop)) is not None and due < until:
        definitions.set_clock(shop.app.connection(), shop.brand, due)
        crew.work_until_quiet()


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
