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


class SetClock:
    """A clock that stands still until it is moved: for tests, demos and `ritorno clock`."""

    def __init__(self, now: Instant) -> None:
        self._now = now

    def now(self) -> Instant:
        return self._now

    def move_to(self, instant: Instant) -> None:
        """Raises ValueError for a move into the past: what has been decided was decided knowing the time."""
        if instant < self._now:
            raise ValueError("a clock moves forward only")
        self._now = instant


def stopwatch() -> float:
    """Seconds of elapsed time, for progress and measurements; says nothing of the time of day."""
    return time.perf_counter()
