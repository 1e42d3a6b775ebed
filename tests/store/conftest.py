"""Homes of the embedded PostgreSQL for tests: one is made, the others are copies of it."""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ritorno.store.embedded import start
from ritorno.store.embedded_keeper import processes_of
from tests.conftest import quick_folder
from tests.store.beside import HOLD, kill, python


@pytest.fixture(scope="module")
def made() -> Iterator[Path]:
    """A home that was made and stopped; the tests copy it, which takes less than making one."""
    home = Path(tempfile.mkdtemp(prefix="ritorno-made-", dir=quick_folder()))
    start(home).leave()
    yield home
    shutil.rmtree(home)


@pytest.fixture
def home(made: Path) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="ritorno-home-", dir=quick_folder()))
    subprocess.run(["cp", "-a", str(made / "postgres"), str(folder)], check=True)
    yield folder
    for pid in processes_of(folder / "postgres"):
        os.kill(pid, signal.SIGKILL)
    shutil.rmtree(folder)


@pytest.fixture
def holder(home: Path) -> Iterator[Callable[[], subprocess.Popen[str]]]:
    """Starts another process that holds the server of `home` until it is killed."""
    processes: list[subprocess.Popen[str]] = []

    def hold() -> subprocess.Popen[str]:
        process = python(HOLD, str(home))
        processes.append(process)
        assert process.stdout is not None
        assert process.stdout.readline().startswith("postgresql://")
        return process

    yield hold
    for process in processes:
        kill(process)
