"""What every benchmark needs: work timed in a process of its own, its peak memory, and what machine it was.

A contender runs in a child process, so that no engine inherits another's caches, threads or memory:

    parent   sample("benchmarks.rfm", "--engine", "polars", …) → Sample        imports nothing heavy
    child    report_sample(lambda: score(…))                                   prints one JSON line
"""

import json
import platform
import re
import resource
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

import psutil

MIB = 2**20


class Sample(NamedTuple):
    seconds: float  # of the work alone: neither starting Python nor importing
    peak_mib: float  # of the whole child process


def report_sample(work: Callable[[], object]) -> None:
    """In the child: do the work once and print what it took as the last line."""
    start = perf_counter()
    work()
    seconds = perf_counter() - start
    print(json.dumps({"seconds": seconds, "peak_mib": peak_mib()}))


def sample(module: str, *arguments: str) -> Sample:
    """In the parent: run the child and read its sample. Raises RuntimeError with what the child said if it fails."""
    told = last_object(run_child(module, *arguments))
    return Sample(float(told["seconds"]), float(told["peak_mib"]))


def run_child(module: str, *arguments: str) -> str:
    """Standard output of ``python -m module arguments``. Raises RuntimeError with its errors if it fails."""
    done = subprocess.run([sys.executable, "-m", module, *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{module} {' '.join(arguments)} ended with {done.returncode}:\n{done.stderr[-2_000:]}")
    return done.stdout


def last_object(output: str) -> dict[str, float]:
    """The JSON object on the last line of what a child printed."""
    told: dict[str, float] = json.loads(output.strip().splitlines()[-1])
    return told


def median(samples: Iterable[Sample]) -> Sample:
    """The median time and the highest peak."""
    taken = list(samples)
    return Sample(statistics.median(one.seconds for one in taken), max(one.peak_mib for one in taken))


def peak_mib() -> float:
    """Peak resident memory of this process.

    Not ``ru_maxrss`` where it can be helped: on Linux a child starts with its parent's figure.
    """
    status = Path("/proc/self/status")
    found = re.search(r"^VmHWM:\s+(\d+) kB", status.read_text(), re.MULTILINE) if status.exists() else None
    if found:
        return int(found[1]) / 1024
    unit = MIB if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def machine(*packages: str) -> dict[str, object]:
    """Processor, cores, memory, Python and the versions of the packages that the figure rests on."""
    return {
        "processor": _processor(),
        "cores": psutil.cpu_count() or 0,
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        "system": platform.platform(),
        "python": platform.python_version(),
        "packages": {name: _version(name) for name in packages},
    }


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    found = re.search(r"^model name\s*:\s*(.+)$", cpuinfo.read_text(), re.MULTILINE) if cpuinfo.exists() else None
    return found[1] if found else platform.processor() or platform.machine()


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def finish(figure: dict[str, object]) -> None:
    """Print the one JSON object that a benchmark ends with."""
    print(json.dumps(figure, ensure_ascii=False))
