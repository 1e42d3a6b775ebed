"""Desks: each request works at one, with a connection and plans of its own; as many as requests at the same time."""

from collections.abc import Iterator
from contextlib import contextmanager
from queue import Empty, LifoQueue

from ritorno.core.instants import Instant
from ritorno.store.definitions import BrandRow
from ritorno.wiring import App
from ritorno.work.plans import Plans


class Desk:
    """An App that one request at a time works with, and the plans it has read."""

    def __init__(self, app: App) -> None:
        self.app = app
        self.plans = Plans()

    def now(self, brand: BrandRow) -> Instant:
        """The brand's time: where its clock was set, else the machine's."""
        return self.app.clock.now() if brand.now_at is None else brand.now_at


class Pool:
    """Desks that are free; the one used last is given first, so few are ever made."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._free: LifoQueue[Desk] = LifoQueue()

    @property
    def url(self) -> str:
        return self._app.url

    @contextmanager
    def desk(self) -> Iterator[Desk]:
        """A desk of one's own until the block ends."""
        try:
            desk = self._free.get_nowait()
        except Empty:
            desk = Desk(self._app.beside())
        try:
            yield desk
        finally:
            self._free.put(desk)

    def close(self) -> None:
        """Close the connections of the free desks."""
        while not self._free.empty():
            self._free.get_nowait().app.close()
