"""A worker in a process of its own, made by fork, that can be killed at any instant; and its provider's records."""

import multiprocessing
import sqlite3
import time
from collections.abc import Mapping
from contextlib import closing
from multiprocessing.connection import Connection
from pathlib import Path

import ritorno.courier
import ritorno.worker
from ritorno.channels.base import Provider
from ritorno.channels.sandbox import Sandbox
from ritorno.core.events import Channel
from ritorno.core.messages.message import Content, Receipt
from ritorno.core.plan import Brand
from ritorno.settings import Settings
from ritorno.wiring import App
from ritorno.worker import Worker

_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload(["__main__", "tests.faults.hands"])  # the heavy imports once, not two hundred times


class Postman(Sandbox):
    """The sandbox, which takes its time after it has stored a message, and notes every call it answered."""

    def send(self, key: str, content: Content) -> Receipt:
        receipt = super().send(key, content)
        self._note("send", key)
        time.sleep(int(key) % 7 / 1000)  # its answer is on the way: the worker may be killed before it arrives
        return receipt

    def look_up(self, key: str) -> Receipt | None:
        self._note("look_up", key)
        return super().look_up(key)

    def calls(self, kind: str) -> list[str]:
        """The keys of the calls of that kind, one each."""
        with closing(self._calls()) as records:
            return [row[0] for row in records.execute("SELECT key FROM call WHERE kind = ?", (kind,))]

    def _note(self, kind: str, key: str) -> None:
        with closing(self._calls()) as records, records:
            records.execute("INSERT INTO call VALUES (?, ?)", (kind, key))

    def _calls(self) -> sqlite3.Connection:
        records = sqlite3.connect(self._path.with_name("calls.sqlite"), timeout=30)
        records.execute("PRAGMA synchronous = off")
        records.execute("CREATE TABLE IF NOT EXISTS call (kind TEXT, key TEXT)")
        return records


class SlowApp(App):
    """An installation whose messages are carried by the postman."""

    _postman: Postman | None = None

    def providers(self, brand: Brand) -> Mapping[Channel, Provider]:
        self._postman = self._postman or postman_of(self.settings.home)
        return dict.fromkeys(Channel, self._postman)


def postman_of(home: Path) -> Postman:
    return Postman(home, part_cost=12, email_cost=1, whatsapp_cost=9)


class Hand:
    """One worker process. `work` asks it to work until quiet; `kill` is kill -9."""

    def __init__(self, home: Path, url: str) -> None:
        self._pipe, theirs = _PROCESSES.Pipe()
        self._process = _PROCESSES.Process(target=labour, args=(home, url, theirs), daemon=True)
        self._process.start()
        theirs.close()
        self._pipe.recv()

    def ask(self) -> None:
        self._pipe.send("work")

    def is_done(self, within: float | None) -> bool:
        """Has it answered within so many seconds (None: it must)? Raises EOFError when it died of itself."""
        if not self._pipe.poll(within):
            return False
        self._pipe.recv()
        return True

    def kill(self) -> None:
        self._process.kill()
        self._process.join()
        self._pipe.close()

    def dismiss(self) -> None:
        self._pipe.send("")
        self._process.join()
        self._pipe.close()


def labour(home: Path, url: str, orders: Connection) -> None:
    """The process: until it is told to go, or killed."""
    ritorno.worker._RECOVER_EVERY = ritorno.courier._RECOVER_EVERY = 0  # orphans are looked for in every round
    app = SlowApp(Settings(home, url), url)
    worker = Worker(app)
    app.connection()
    orders.send("up")
    while orders.recv():
        worker.until_quiet()
        orders.send("quiet")
    app.close()
