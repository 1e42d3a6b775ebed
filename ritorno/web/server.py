"""The server of the doors: granian, with the application built in a process of its own."""

import multiprocessing

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

_AT_ONCE = 16  # requests worked on at the same time, each with its connection: they wait for the disk, not for a core
_IDLE_SECONDS = 600
_KILL_AFTER = 5  # seconds a process may take to finish its requests


def serve_doors(host: str, port: int, *, processes: int = 1) -> None:
    """Serve until this process is told to stop (SIGINT, SIGTERM). The environment names the installation.

    The processes are spawned, not forked: a fork would inherit the worker's thread half-way through something.
    """
    multiprocessing.set_start_method("spawn", force=True)
    server = Granian(
        "ritorno.web.wsgi:application_from_environment",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        factory=True,
        workers=processes,
        blocking_threads=_AT_ONCE,
        blocking_threads_idle_timeout=_IDLE_SECONDS,
        log_level=LogLevels.error,  # it would advise fewer threads, as for requests that compute
        log_access=False,
        websockets=False,
        workers_kill_timeout=_KILL_AFTER,
    )
    server.serve()
