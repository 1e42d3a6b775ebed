"""The doors on a real server, in a process of its own."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

_PROGRAM = "import sys; from ritorno.web.server import serve_doors; serve_doors('127.0.0.1', int(sys.argv[1]))"


class Served(NamedTuple):
    """`url` without a slash at its end."""

    url: str
    process: "subprocess.Popen[bytes]"


@contextmanager
def served(database: str, home: Path) -> Iterator[Served]:
    """Serve that database until the block ends."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environ = os.environ | {"DATABASE_URL": database, "RITORNO_HOME": str(home)}
    log = (home / "doors.log").open("wb")
    process = subprocess.Popen([sys.executable, "-c", _PROGRAM, str(port)], env=environ, stdout=log, stderr=log)
    try:
        url = f"http://127.0.0.1:{port}"
        _wait(url, process)
        yield Served(url, process)
    finally:
        process.terminate()
        process.wait(20)
        log.close()


def _wait(url: str, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(300):
        assert process.poll() is None, "the server ended"
        if answers(url):
            return
        time.sleep(0.05)
    raise AssertionError("the doors did not open within 15 seconds")


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/health/live", timeout=5) as reply:
            return bool(reply.status == 200)
    except (urllib.error.URLError, ConnectionError):
        return False
