"""The running PostgreSQL of a home: does it answer, where, and starting it."""

import logging
import os
import time
from itertools import count
from pathlib import Path
from urllib.parse import quote

from psycopg.conninfo import make_conninfo
from psycopg.pq import PGconn, Ping

from ritorno.store import embedded_cluster, embedded_keeper
from ritorno.store.embedded_account import EmbeddedPostgresError
from ritorno.store.embedded_cluster import NAME, PORT, Place

logger = logging.getLogger(__name__)

_PAUSE = 0.02  # seconds between two looks
_SILENCE = 10.0  # seconds after which a live postmaster that has no socket is stopped
_DEAF = 60.0  # seconds in which a new postmaster must have made its socket; recovery comes after that
_SAY_EVERY = 500  # looks, so 10 seconds


def answering(place: Place) -> Path | None:
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


def url(socket: Path) -> str:
    """The address of the server whose socket is in that folder, percent-encoded whatever the folder's name."""
    return f"postgresql://{NAME}@/{NAME}?host={quote(os.fsencode(socket), safe='')}&port={PORT}"


def launch(place: Place, socket: Path) -> None:
    """Start the postmaster apart from us and wait until it answers, however long it recovers; or say why not."""
    startup_log = place.data / "startup.log"
    # not by pg_ctl: it gives up after a time, and hands our paths to a shell inside double quotes
    script = 'log=$1; shift; "$@" </dev/null >"$log" 2>&1 & echo $!'
    said_before = embedded_cluster.log_sizes(place)
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
                f"PostgreSQL in {place.data} did not start: {embedded_cluster.complaint(place, said_before)}"
            )
        if answer == Ping.NO_RESPONSE and look * _PAUSE > _DEAF:
            embedded_keeper.stop(place.data)
            raise EmbeddedPostgresError(
                f"PostgreSQL in {place.data} started but cannot be reached in {socket}: "
                f"{embedded_cluster.complaint(place, said_before)}"
            )
        if look % _SAY_EVERY == 0:
            logger.info("PostgreSQL in %s is recovering from a crash; waiting", place.data)
        time.sleep(_PAUSE)
