"""A zone's clock as three lists of integers: what `instants` reads instead of asking the zone each time.

    segment i    holds the instants  starts[i] ≤ t < starts[i + 1]; its clock shows  t + offsets[i]
    wall_ends[i] is the first wall-clock time (µs since 1970-01-01 00:00 on that clock) beyond segment i

When the clock jumps forward, the next segment begins at a wall time later than `wall_ends[i]` (a gap); when it is set
back, at an earlier one (the repeated hour). The first segment whose end is later than a wall time is therefore the
first in which that time occurs, or the one that begins inside the gap: one bisection answers both.

Read from `zoneinfo` once for each zone and process (1900–2200, 16 ms); beyond those years the first and the last
offset stay. Probed week by week: two changes within one week, which no zone has had, would be taken for none.
"""

from bisect import bisect_right
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

SECOND = 1_000_000
_EPOCH_UTC = datetime(1970, 1, 1, tzinfo=UTC)
_WEEK = 7 * 86_400  # seconds
_FIRST = -25_567 * 86_400  # 1900-01-01
_LAST = 84_006 * 86_400  # 2200-01-01
ALWAYS = -(2**63)
FOREVER = 2**63


class WallClock(NamedTuple):
    """Microseconds throughout; lists of equal length, ascending (see the head of this file)."""

    starts: list[int]
    offsets: list[int]
    wall_ends: list[int]


@lru_cache(maxsize=64)
def wall_clock(tz: ZoneInfo) -> WallClock:
    changes = [(ALWAYS, _offset(_FIRST, tz) * SECOND)]
    changes += [(second * SECOND, offset * SECOND) for second, offset in _changes(tz)]
    starts = [start for start, _ in changes]
    offsets = [offset for _, offset in changes]
    wall_ends = [start + offset for start, offset in zip(starts[1:], offsets[:-1], strict=True)]
    return WallClock(starts, offsets, [*wall_ends, FOREVER])


def _changes(tz: ZoneInfo) -> Iterator[tuple[int, int]]:
    """(second, new offset in seconds) of every change of the zone's offset."""
    before = _offset(_FIRST, tz)
    for week in range(_FIRST, _LAST, _WEEK):
        after = _offset(week + _WEEK, tz)
        if after == before:
            continue
        low, high = week, week + _WEEK
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if _offset(middle, tz) == before else (low, middle)
        yield high, after
        before = after


def _offset(second: int, tz: ZoneInfo) -> int:
    offset = (_EPOCH_UTC + timedelta(seconds=second)).astimezone(tz).utcoffset()
    assert offset is not None
    return offset // timedelta(seconds=1)


def wall_of(instant: int, tz: ZoneInfo) -> int:
    """The wall-clock time at an instant, as µs since 1970-01-01 00:00 on that clock."""
    starts, offsets, _ = wall_clock(tz)
    return instant + offsets[bisect_right(starts, instant) - 1]


def instant_of(wall: int, tz: ZoneInfo) -> int:
    """The first instant at which the clock shows `wall`, or the next that exists where it skips it."""
    starts, offsets, wall_ends = wall_clock(tz)
    segment = bisect_right(wall_ends, wall)
    return max(starts[segment], wall - offsets[segment])


def wall_later(instant: int, by: int, tz: ZoneInfo) -> int:
    """The first instant at which the clock shows `by` more than at `instant`: `instant_of(wall_of(instant) + by)`."""
    starts, offsets, wall_ends = wall_clock(tz)
    wall = instant + offsets[bisect_right(starts, instant) - 1] + by
    segment = bisect_right(wall_ends, wall)
    start, there = starts[segment], wall - offsets[segment]
    return max(start, there)


def first_wall_after(now: int, tz: ZoneInfo) -> int:
    """The least wall time whose `instant_of` is later than `now`: which wall times are still to come."""
    starts, offsets, wall_ends = wall_clock(tz)
    following = now + 1
    segment = bisect_right(starts, following) - 1
    earliest = wall_ends[segment - 1] if segment else ALWAYS
    return earliest if following == starts[segment] else max(earliest, following + offsets[segment])


def instants_between(low: int, high: int, until: int, tz: ZoneInfo) -> Iterator[tuple[int, int]]:
    """Where the clock shows low ≤ wall < high, up to the instant `until` (not counted): ascending, half-open pieces."""
    starts, offsets, wall_ends = wall_clock(tz)
    for segment in range(bisect_right(wall_ends, low), len(starts)):
        end = starts[segment + 1] if segment + 1 < len(starts) else FOREVER
        start = max(starts[segment], low - offsets[segment])
        end = min(end, high - offsets[segment], until)
        if start < end:
            yield start, end
        if starts[segment] >= until or starts[segment] + offsets[segment] - _WEEK * SECOND > high:
            return
