"""The courier: calls webhooks beside a worker, on a thread of its own: an endpoint that hangs holds up no reaction."""

import logging
import threading

import psycopg

from ritorno.channels.webhook import Answer, post
from ritorno.clock import stopwatch
from ritorno.settings import secret_key
from ritorno.store import definitions, messages
from ritorno.store.connection import StoreUnavailable
from ritorno.wiring import App
from ritorno.work.call_webhooks import call_webhooks, recover
from ritorno.work.plans import Plans

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

    def run(self, stop: threading.Event) -> None:
        """Call until told to stop; a database that is away is waited for."""
        while not stop.is_set():
            try:
                pause = 0.0 if self.round() else _LOOK_EVERY
            except (StoreUnavailable, psycopg.OperationalError) as error:
                logger.warning("the store is away, trying again: %s", error)
                pause = _TRY_AGAIN
            stop.wait(pause)

    def round(self) -> int:
        """What is due, of every brand; how many calls were tried."""
        app, done = self._app, 0
        connection = app.connection()
        if connection is not self._connection:
            self._number = messages.new_worker(connection)
            self._connection = connection
        must_recover = stopwatch() - self._recovered_at >= _RECOVER_EVERY
        for row in app.session.run(definitions.brands):
            plan, real_now = self._plans.of(connection, row), app.clock.now()
            now = real_now if row.now_at is None else row.now_at
            if must_recover:
                self._recovered_at = stopwatch()
                done += recover(connection, plan)
            key = secret_key(app.settings.home)
            done += call_webhooks(connection, plan, key, _post, now, real_now, self._number)
        return done


def _post(url: str, body: str, headers: dict[str, str], allow_private: bool) -> Answer:
    return post(url, body, headers, allow_private=allow_private)
