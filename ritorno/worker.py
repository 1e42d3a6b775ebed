"""The worker: any number of them, in `serve` or apart. Round after round: react, wake, let in, replan, deliver."""

import contextlib
import gc
import logging
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg

from ritorno.clock import stopwatch
from ritorno.core.ids import BrandId
from ritorno.core.instants import MINUTE, Instant
from ritorno.core.plan import Plan
from ritorno.courier import Courier
from ritorno.settings import Settings
from ritorno.store import (
    audiences,
    changed,
    customers,
    definitions,
    messages,
    partitions,
    referrals,
    replans,
    webhooks,
    workers,
)
from ritorno.store.connection import StoreUnavailable, database_url
from ritorno.store.embedded_account import EmbeddedPostgresError
from ritorno.wiring import App, chance
from ritorno.work.deliver import deliver, recover
from ritorno.work.invite import let_in
from ritorno.work.plans import PlanMoved, Plans
from ritorno.work.react import react_to_inbox
from ritorno.work.refer import reward_due
from ritorno.work.replan import replan_some
from ritorno.work.wake import wake
from ritorno.work.watch import hear, watch

logger = logging.getLogger(__name__)

_QUICK, _SLOW = 0.004, 0.05  # seconds between looks: after something happened, and when all has been quiet
_RECOVER_EVERY = 15.0
_TRY_AGAIN = 2.0
_KEEP_EVERY, _KEEP_AGAIN = 1.0, 10.0  # seconds between turns at the lakes, and after one that failed
_COURIER_SECONDS = 5.0  # it may be waiting for an answer when all stops; the call is then made again
_KEEPER_NICE = 5  # reactions come first where there are few cores
_LEARN_FIRST, _LEARN_EVERY = 300.0, 3_600.0  # seconds until what is due is learnt, and between looks
_LEARNER_NICE = 10


class Worker:
    """One worker's rounds, over all brands. It owns what its own statements claimed: killing it loses nothing."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._plans = Plans()
        self._courier = Courier(app)  # for rounds one after the other; `run` has one on a thread
        self._number = 0
        self._connection: psycopg.Connection | None = None
        self._recovered_at = 0.0
        self._months: set[int] = set()
        self._watched: dict[BrandId, int] = {}
        self._heard: dict[tuple[BrandId, str], int] = {}

    def run(self, stop: threading.Event) -> None:
        """Work until told to stop; a database that is away is waited for."""
        collect_rarely()
        with _courier_beside(self._app, stop):
            self._run(stop)

    def _run(self, stop: threading.Event) -> None:
        pause = _QUICK
        while not stop.is_set():
            try:
                busy = self.round()
            except (StoreUnavailable, psycopg.OperationalError) as error:
                logger.warning("the store is away, trying again: %s", error)
                stop.wait(_TRY_AGAIN)
                continue
            pause = _QUICK if busy else min(_SLOW, pause * 1.5)
            if not busy:
                stop.wait(pause)

    def until_quiet(self) -> int:
        """Rounds until nothing happens any more; how many that took."""
        rounds = 0
        while self.round() or self._courier.round():
            rounds += 1
        return rounds

    def round(self) -> bool:
        """One look at everything; did anything happen?"""
        connection = self._live()
        busy = False
        for row in self._app.session.run(definitions.brands):
            now = self._app.clock.now() if row.now_at is None else row.now_at
            self._make_room(connection, now)
            try:
                busy = self._serve(self._plans.of(connection, row), now) or busy
            except PlanMoved:
                busy = True  # undone, to be done again under the plan that stands
        return busy

    def _serve(self, plan: Plan, now: Instant) -> bool:
        run = self._app.session.run
        providers = self._app.providers(plan.brand)
        reacted = run(lambda c: react_to_inbox(c, plan, now, first_lane=self._number))
        for source in reacted.sources:
            self._hear(plan.brand.id, source, now)
        done = reacted.events
        done += run(lambda c: wake(c, plan, now))
        done += run(lambda c: let_in(c, plan, now))
        done += run(lambda c: replan_some(c, plan, now))
        done += run(lambda c: reward_due(c, plan, now, chance))
        if now - self._watched.get(plan.brand.id, 0) >= MINUTE:
            self._watched[plan.brand.id] = now
            if run(lambda c: watch(c, plan, now)):
                return True  # nothing leaves under a plan that does not know of it
        done += run(lambda c: deliver(c, plan, providers, now, self._number_on(c), chance)).judged
        if stopwatch() - self._recovered_at > _RECOVER_EVERY:
            self._recovered_at = stopwatch()
            done += run(lambda c: recover(c, plan, providers, now, self._number_on(c)))
        return done > 0

    def _hear(self, brand: BrandId, source: str, now: Instant) -> None:
        """Note that a source was heard, once a minute: a row that every batch wrote would make workers queue."""
        if now - self._heard.get((brand, source), 0) >= MINUTE:
            self._heard[brand, source] = now
            self._app.session.run(lambda c: hear(c, brand, source, now))

    def _live(self) -> psycopg.Connection:
        connection = self._app.connection()
        self._number_on(connection)
        return connection

    def _number_on(self, connection: psycopg.Connection) -> int:
        """Its number: with a new connection comes a new one, since the lock of the old one is gone."""
        if connection is not self._connection:
            self._number = workers.new_worker(connection)
            self._connection = connection
            self._recovered_at = 0.0
        return self._number

    def _make_room(self, connection: psycopg.Connection, now: Instant) -> None:
        month = partitions.month_of(now)
        if month not in self._months:
            partitions.ensure(connection, now)
            self._months.add(month)


@contextmanager
def _courier_beside(app: App, stop: threading.Event) -> Iterator[None]:
    """Ad platforms are told and webhooks called on another thread while the block lasts."""
    beside = app.beside()
    thread = threading.Thread(target=Courier(beside).run, args=(stop,), name="courier", daemon=True)
    thread.start()
    try:
        yield
    finally:
        thread.join(_COURIER_SECONDS)
        if not thread.is_alive():
            beside.close()


class Keeper:
    """Keeps the lakes of all brands, in turns of their own: reactions wait for none of them."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._plans = Plans()
        self._connection: psycopg.Connection | None = None
        self._tidied: set[BrandId] = set()

    def run(self, stop: threading.Event) -> None:
        """Keep until told to stop; a database or a folder that is away is waited for."""
        while not stop.is_set():
            pause = _KEEP_EVERY
            try:
                if self.round():
                    pause = 0
            except Exception:
                logger.exception("the lake could not be kept, trying again")
                pause = _KEEP_AGAIN
            stop.wait(pause)

    def round(self) -> bool:
        """A turn at every brand's lake, unless another process keeps them; is there more to do at once?"""
        connection = self._app.connection()
        if connection is not self._connection:
            self._connection = connection if changed.become_keeper(connection) else None
        if self._connection is None:
            return False
        from ritorno.work.keep_lake import keep_lake  # Arrow: 50 MB that no other worker needs

        more = False
        for row in self._app.session.run(definitions.brands):
            at = self._app.clock.now()
            now = at if row.now_at is None else row.now_at
            plan, tidy = self._plans.of(connection, row), row.id not in self._tidied
            kept = self._app.session.run(
                lambda c, p=plan, n=now, a=at, t=tidy: keep_lake(c, self._app.settings.lake, p, n, a, tidy=t)  # type: ignore[misc]
            )
            self._tidied.add(row.id)
            more = more or kept.is_unfinished
            if kept.was_free and not kept.is_unfinished:
                self._list_replan(plan, now)
        return more

    def _list_replan(self, plan: Plan, now: Instant) -> None:
        """Whom changed segments concern; where the lake cannot say, workers settle everyone."""
        from ritorno.work.list_replan import list_replan, settle_everyone  # Ibis: no other worker needs it

        settings, run = self._app.settings, self._app.session.run
        try:
            run(lambda c: list_replan(c, settings.lake, settings.whole, plan, now))
        except PlanMoved:
            return
        except Exception:
            logger.exception("the lake could not say whom changed segments concern: everyone is settled")
            run(lambda c: settle_everyone(c, plan))


@contextmanager
def lake_kept(app: App) -> Iterator[None]:
    """The lakes are kept by a process beside this one while the block lasts, and a killed one is followed by another;
    now and then one more learns from them.

    A thread would not do: making rows holds the interpreter, and each statement of a reaction would wait for it.
    """
    over = threading.Event()
    told = (app.settings, app.url, over)
    watchers = [threading.Thread(target=see, args=told) for see in (_see_that_it_is_kept, _see_that_it_is_learnt)]
    for watcher in watchers:
        watcher.start()
    try:
        yield
    finally:
        over.set()
        for watcher in watchers:
            watcher.join()


def _see_that_it_is_kept(settings: Settings, url: str, over: threading.Event) -> None:
    while not over.is_set():
        _run_beside(keep, settings, url, over)
        over.wait(_KEEP_AGAIN)


def _see_that_it_is_learnt(settings: Settings, url: str, over: threading.Event) -> None:
    pause = _LEARN_FIRST
    while not over.wait(pause):
        _run_beside(learn, settings, url, over)
        pause = _LEARN_EVERY


def _run_beside(target: Callable[[Settings, str], None], settings: Settings, url: str, over: threading.Event) -> None:
    """A process until it ends or everything is over."""
    context = multiprocessing.get_context("spawn")
    process = context.Process(target=target, args=(settings, url), name=f"ritorno {target.__name__}", daemon=True)
    process.start()
    while process.is_alive() and not over.wait(_KEEP_EVERY):
        pass
    process.terminate()  # its turn is undone, or was committed
    process.join()


def keep(settings: Settings, url: str) -> None:
    """A process that keeps the lakes for as long as its parent lives."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to hear
    os.nice(_KEEPER_NICE)
    stop = threading.Event()
    threading.Thread(target=_outlive_nobody, args=(stop,), daemon=True).start()
    collect_rarely()
    with contextlib.suppress(EmbeddedPostgresError):
        database_url(settings.home, settings.database_url)  # holds an embedded server, and can start it again
    app = App(settings, url)
    Keeper(app).run(stop)
    app.close()


def learn(settings: Settings, url: str) -> None:
    """A process that learns from the lakes what is due, and ends."""
    from ritorno.work.learn import learn_of_all  # SciPy and Arrow: no other worker needs them

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(_LEARNER_NICE)
    app = App(settings, url)
    try:
        learn_of_all(app.connection(), settings.lake, app.clock.now())
    except (StoreUnavailable, psycopg.OperationalError) as error:
        logger.warning("the store is away, learning later: %s", error)
    finally:
        app.close()


def _outlive_nobody(stop: threading.Event) -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
    stop.set()


def collect_rarely() -> None:
    """Let Python look for cycles once in a great many objects: what a batch makes has none and goes by itself.

    By its usual thresholds it looked at the documents of a batch again and again: 63 of an order's 230 µs.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(200_000, 50, 1_000)  # a batch of 1,000 orders holds about 50,000 at once


def advance_clock(app: App, brand: BrandId, until: Instant, worker: Worker | None = None) -> int:
    """Move a brand's clock to `until`, stopping at every instant at which something is due; how many stops."""
    worker = worker or Worker(app)
    worker.until_quiet()
    stops = 0
    while (due := app.session.run(lambda c: _next_due(c, brand))) is not None and due <= until:
        stop_at = max(due, app.now(brand))
        app.session.run(lambda c, stop_at=stop_at: definitions.set_clock(c, brand, stop_at))  # type: ignore[misc]
        worker.until_quiet()
        stops += 1
    app.session.run(lambda c: definitions.set_clock(c, brand, until))
    worker.until_quiet()
    return stops


def _next_due(connection: psycopg.Connection, brand: BrandId) -> Instant | None:
    looks = (
        customers.next_due,
        messages.next_due,
        replans.next_invitation,
        audiences.next_due,
        webhooks.next_due,
        referrals.next_due,
    )
    found = [look(connection, brand) for look in looks]
    return min((due for due in found if due is not None), default=None)
