"""The doors as one WSGI application: `/v1/` and `/health` bare, pages by Django."""

import logging
import multiprocessing
import os
import threading
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from typing import Any

from django.core.wsgi import get_wsgi_application

from ritorno.settings import Settings, read_settings
from ritorno.store.connection import StoreUnavailable
from ritorno.web import collect, health
from ritorno.web.exchange import Answer, Environ, Refusal, StartResponse, respond
from ritorno.web.pool import Desk, Pool
from ritorno.wiring import open_app

logger = logging.getLogger(__name__)

POOL = "ritorno.pool"  # where a page finds its desk in the request
_BARE: dict[str, Callable[[Environ, Desk], Answer]] = {"/v1/": collect.answer, "/health": health.answer}


class Application:
    """The doors of one process. It holds the installation open until `close`."""

    def __init__(self, settings: Settings) -> None:
        self._open = ExitStack()
        self.pool = Pool(self._open.enter_context(open_app(settings)))
        self._pages: Any = get_wsgi_application()

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        chunks = self._serve(environ, start_response)
        if environ["REQUEST_METHOD"] != "HEAD":
            return chunks
        close = getattr(chunks, "close", None)
        if close is not None:
            close()
        return []

    def _serve(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        for prefix, door in _BARE.items():
            if path.startswith(prefix):
                return respond(self._answer(door, environ), start_response)
        environ[POOL] = self.pool
        pages: Iterable[bytes] = self._pages(environ, start_response)
        return pages

    def _answer(self, door: Callable[[Environ, Desk], Answer], environ: Environ) -> Answer:
        try:
            with self.pool.desk() as desk:
                return door(environ, desk)
        except Refusal as refusal:
            return refusal.answer
        except StoreUnavailable as error:
            logger.warning("%s %s: %s", environ["REQUEST_METHOD"], environ["PATH_INFO"], error)
            told = "the store is not available; nothing was kept, send it again"
            return Answer(503, {"error": told}, (("Retry-After", "5"),))
        except Exception:
            logger.exception("%s %s", environ["REQUEST_METHOD"], environ["PATH_INFO"])
            return Answer(500, {"error": "something went wrong here; nothing was kept, send it again"})

    def close(self) -> None:
        self.pool.close()
        self._open.close()


def make_application(settings: Settings) -> Application:
    """The doors of an installation. Raises StoreUnavailable."""
    return Application(settings)


def application_from_environment() -> Application:
    """What a server's process builds for itself: the installation that the environment names."""
    threading.Thread(target=_end_with_parent, name="parent", daemon=True).start()
    return make_application(read_settings())


def _end_with_parent() -> None:
    """A server killed outright must not leave this process behind, holding the port and the database."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
