"""The only reader of the time. Everything else is told it."""

import time
from typing import Protocol

from ritorno.core.instants import Instant


class Clock(Protocol):
    def now(self) -> Instant: ...


class SystemClock:
    """The machine's clock, in UTC microseconds."""

    def now(self) -> Instant:
        return Instant(time.time_ns() // 1000)  # noqa: TID251 - this is the one place


def stopwatch() -> float:
    """Seconds of elapsed time, for progress and measurements; says nothing of the time of day."""
    return time.perf_counter()
