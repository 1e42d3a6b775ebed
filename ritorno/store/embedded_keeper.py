"""Stops an embedded PostgreSQL once nobody uses it, also when its last user was killed.

Every process that uses the server holds a shared lock on the file `lease`. The keeper waits for the exclusive one: the
kernel grants it when the last holder has left or died, so nobody needs to count processes, poll, or trust stored pids.
It runs as a script with the standard library alone (`python -I -S`: 20 ms, 9 MB), detached from the terminal, so that
Ctrl-C in the program does not reach it.
"""

import fcntl
import logging
import os
import signal
import sys
import time
from pathlib import Path

logger = logging.getLogger(__name__)

_PROC = Path("/proc")
_PAUSE = 0.02  # seconds between two looks at a process
_SECOND_LOOK = 0.5  # seconds until the keeper looks again for what it found gone


def alive(pid: int) -> bool:
    """Is `pid` a process that still runs? A zombie, whose parent has not asked for its end yet, does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    try:
        state = (_PROC / str(pid) / "stat").read_text(errors="replace").rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return not _PROC.joinpath("self").exists()
    return state not in {"Z", "X"}


def serves(pid: int, data: Path) -> bool:
    """Is `pid` a PostgreSQL process of this data folder, and not a program that got the same number later?"""
    if not _PROC.joinpath("self").exists():
        return alive(pid)
    process = _PROC / str(pid)
    try:
        return (process / "comm").read_text().startswith("postgres") and (process / "cwd").samefile(data)
    except OSError:
        return False


def postmaster_pid(data: Path) -> int | None:
    """The live postmaster of a data folder; None when its pid file is absent, half-written, or tells of a dead one."""
    try:
        first_line = (data / "postmaster.pid").read_text(errors="replace").partition("\n")[0]
        pid = abs(int(first_line))
    except (OSError, ValueError):
        return None
    return pid if serves(pid, data) else None


def processes_of(data: Path) -> list[int]:
    """Every live PostgreSQL process of a data folder, its postmaster and those a killed postmaster left behind."""
    if not _PROC.joinpath("self").exists():
        return []
    pids = [int(entry.name) for entry in _PROC.iterdir() if entry.name.isdigit()]
    return [pid for pid in pids if serves(pid, data)]


def stop(data: Path, *, wait_seconds: float = 120) -> bool:
    """Stop cleanly ("fast": open transactions are rolled back, a checkpoint is written); False when it takes longer."""
    pid = postmaster_pid(data)
    if pid is None:
        return True
    try:
        os.kill(pid, signal.SIGINT)
    except ProcessLookupError:
        return True
    for _ in range(int(wait_seconds / _PAUSE)):
        if not serves(pid, data):
            return True
        time.sleep(_PAUSE)
    return False


def _detach() -> None:
    if os.fork():
        os._exit(0)
    os.setsid()
    os.chdir("/")
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)


def is_lock_of(descriptor: int, path: Path) -> bool:
    """Is the open lock still the file of that name? Not when the home was deleted, and perhaps made anew, meanwhile."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except OSError:
        return False


def keep(run: Path, data: Path) -> None:
    """Wait until nobody holds `run/lease`, then stop the server of `data`. Returns at once when a keeper is there."""
    keeper = os.open(run / "keeper", os.O_RDWR)
    try:
        fcntl.flock(keeper, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return
    lease = os.open(run / "lease", os.O_RDWR)
    _detach()
    looks_at_nothing = 0
    while True:
        fcntl.flock(lease, fcntl.LOCK_EX)
        if not is_lock_of(lease, run / "lease"):
            break
        looks_at_nothing = looks_at_nothing + 1 if postmaster_pid(data) is None else 0
        if looks_at_nothing == 2:
            break
        stop(data)
        fcntl.flock(lease, fcntl.LOCK_UN)
        time.sleep(_SECOND_LOOK)  # whoever was killed may have just launched one that has not written its pid file yet
    os.close(keeper)  # first: whoever gets the lease next must see that this keeper is gone
    os.close(lease)


if __name__ == "__main__":
    keep(Path(sys.argv[1]), Path(sys.argv[2]))
