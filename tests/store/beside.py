"""Processes and users beside the test: programs of their own, killed, waited for, run as someone else."""

import os
import pwd
import shutil
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from ritorno.store.connection import connect
from ritorno.store.embedded_keeper import postmaster_pid, processes_of

PROJECT = Path(__file__).resolve().parents[2]
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user, mount, or change owners")

HOLD = """
    import sys, time
    from pathlib import Path
    from ritorno.store.embedded import start
    server = start(Path(sys.argv[1]), settings={"fsync": "off"})
    print(server.url, flush=True)
    time.sleep(600)
"""


def python(program: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program), *arguments], cwd=PROJECT, stdout=subprocess.PIPE, text=True
    )


def run(program: str, *arguments: str) -> str:
    """What a program prints that has to end well."""
    command = [sys.executable, "-c", textwrap.dedent(program), *arguments]
    return subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=30, check=True).stdout


def kill(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.wait()
    assert process.stdout is not None
    process.stdout.close()


def one(url: str) -> bool:
    with connect(url) as connection:
        return connection.execute("SELECT 1").fetchone() == (1,)


def until(claim: Callable[[], bool], seconds: float = 10) -> bool:
    for _ in range(int(seconds / 0.02)):
        if claim():
            return True
        time.sleep(0.02)
    return False


def stopped(home: Path) -> bool:
    return processes_of(home / "postgres") == [] and not (home / "postgres" / "postmaster.pid").exists()


def postmaster(home: Path) -> int:
    pid = postmaster_pid(home / "postgres")
    assert pid is not None
    return pid


ORDINARY = """
    import sys
    sys.path += sys.argv[2:]
    from pathlib import Path
    from ritorno.store.connection import connect
    from ritorno.store.embedded import start
    try:
        with start(Path(sys.argv[1])) as server, connect(server.url) as connection:
            print(connection.execute("SELECT version()").fetchone()[0], server.data.stat().st_uid)
    except Exception as error:
        print(type(error).__name__, error)
"""


def run_as(account: pwd.struct_passwd, home: Path, program: str = ORDINARY) -> str:
    """The words of a small program that another user runs with that home."""
    done = subprocess.run(
        [open_interpreter(account), "-c", textwrap.dedent(program), str(home), str(PROJECT), *PACKAGES],
        user=account.pw_uid, group=account.pw_gid, extra_groups=[], cwd="/", timeout=60, check=False,
        env={"PATH": os.defpath, "HOME": str(home)}, capture_output=True, text=True,
    )  # fmt: skip
    return done.stdout + done.stderr


PACKAGES = [path for path in sys.path if "site-packages" in path]


def open_interpreter(account: pwd.struct_passwd) -> str:
    """A Python that the user may run: ours, or the system's where it is of the same version."""
    version = f"python3.{sys.version_info.minor}"
    for python in (sys.executable, shutil.which(version, path="/usr/local/bin:/usr/bin")):
        command = [str(python), "-c", f"import sys; sys.path += {PACKAGES}; import psycopg, django, msgspec"]
        with suppress(OSError, subprocess.CalledProcessError):
            subprocess.run(
                command, user=account.pw_uid, group=account.pw_gid, extra_groups=[], cwd="/", check=False,
                capture_output=True,
            ).check_returncode()  # fmt: skip
            return str(python)
    pytest.skip(f"user {account.pw_name} may run no {version} that sees the packages of this project")
