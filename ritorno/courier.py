"""The courier: tells ad platforms and calls webhooks beside a worker, on a thread of its own: whoever hangs holds up no
reaction."""

import logging
import threading

import psycopg

from ritorno.channels.webhook import Answer, post
from ritorno.clock import stopwatch
from ritorno.core.ids import BrandId
from ritorno.core.instants import MINUTE, Instant
from ritorno.core.plan import Plan
from ritorno.settings import secret_key
from ritorno.store import definitions, workers
from ritorno.store.connection import StoreUnavailable
from ritorno.wiring import App
from ritorno.work import call_webhooks, sync_audiences
from ritorno.work.plans import Plans
from ritorno.work.reconcile_audiences import reconcile_nightly

logger = logging.getLogger(__name__)

_LOOK_EVERY, _RECOVER_EVERY, _TRY_AGAIN = 0.25, 15.0, 2.0  # seconds


class Courier:
    """Rounds over all brands. `app` is its own where it runs on a thread."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._plans = Plans()
        self._connection: psycopg.Connection | None = None
        self._number = 0
        self._recovered_at = -_RECOVER_EVERY
        self._looked: dict[BrandId, Instant] = {}

    def run(self, stop: threading.Event) -> None:
        """Go out until told to stop; a database that is away is waited for, and no mishap ends it."""
        while not stop.is_set():
            try:
                pause = 0.0 if self.round() else _LOOK_EVERY
            except (StoreUnavailable, psycopg.OperationalError) as error:
                logger.warning("the store is away, trying again: %s", error)
                pause = _TRY_AGAIN
            except Exception:
                logger.exception("what is to go out did not, trying again")
                pause = _TRY_AGAIN
            stop.wait(pause)

    def round(self) -> int:
        """What is due, of every brand; how much was done."""
        app, done = self._app, 0
        connection = app.connection()
        if connection is not self._connection:
            self._number = workers.new_worker(connection)
            self._connection = connection
        must_recover = stopwatch() - self._recovered_at >= _RECOVER_EVERY
        for row in app.session.run(definitions.brands):
            plan, real_now = self._plans.of(connection, row), app.clock.now()
            now = real_now if row.now_at is None else row.now_at
            if must_recover:
                self._recovered_at = stopwatch()
                done += sync_audiences.recover(connection, plan) + call_webhooks.recover(connection, plan)
            done += self._tell(connection, plan, now)
            key = secret_key(app.settings.home)
            done += call_webhooks.call_webhooks(connection, plan, key, _post, now, real_now, self._number)
        return done

    def _tell(self, connection: psycopg.Connection, plan: Plan, now: Instant) -> int:
        """The ad platforms; once a minute, whether the night's look is due."""
        platforms = self._app.ad_platforms()
        done = sync_audiences.sync(connection, plan, platforms, now, self._number)
        if abs(now - self._looked.get(plan.brand.id, 0)) >= MINUTE:
            self._looked[plan.brand.id] = now
            done += reconcile_nightly(connection, plan, platforms, now)
        return done


def _post(url: str, body: str, headers: dict[str, str], allow_private: bool) -> Answer:
    return post(url, body, headers, allow_private=allow_private)
