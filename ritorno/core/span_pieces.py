"""`instants.add_span` of every instant of a stretch at once: a sum for each piece between two changes of the clock."""

from bisect import bisect_left
from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from ritorno.core.instants import DAY, Instant, Span, Unit, add_span
from ritorno.core.wall_clock import wall_clock

_WHOLE_DAYS = frozenset({Unit.DAYS, Unit.WEEKS})
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_UTC = ZoneInfo("UTC")


class To(int):
    """The instant to which the clock moves all of a piece: the hour that it skips."""


@lru_cache(maxsize=256)
def pieces(span: Span, low: int, high: int, tz: ZoneInfo) -> tuple[tuple[int, int], ...]:
    """(start, what is added from there on), ascending, for days, weeks, months or years."""
    found: list[tuple[int, int]] = []
    cuts = sorted({low, *(cut for cut in _cuts(span, low, high, tz) if low < cut < high)})
    for start, end in pairwise([*cuts, high]):
        due = add_span(Instant(start), span, tz)
        stands = end - start > 1 and add_span(Instant(start + 1), span, tz) == due
        by = To(due) if stands else due - start
        if not found or (found[-1][1], type(found[-1][1])) != (by, type(by)):
            found.append((start, by))
    return tuple(found)


def _cuts(span: Span, low: int, high: int, tz: ZoneInfo) -> Iterator[int]:
    """Every instant from which on something else may be added: the clock changes there or where it leads to, or the
    calendar's months differ in length."""
    starts, offsets, wall_ends = wall_clock(tz)
    edges = sorted({*wall_ends[:-1], *(start + by for start, by in zip(starts[1:], offsets[1:], strict=True))})
    for index, start in enumerate(starts):
        end = min(starts[index + 1] if index + 1 < len(starts) else high, high)
        if start >= high or end <= low:
            continue
        yield start
        walls = [max(start, low) + offsets[index], end + offsets[index]]
        walls[1:1] = [] if span.unit in _WHOLE_DAYS else _month_edges(walls[0], walls[1])
        for wall, following in pairwise(walls):
            yield wall - offsets[index]
            by = _wall_shift(wall, span)
            for edge in edges[bisect_left(edges, wall + by) : bisect_left(edges, following + by)]:
                yield edge - by - offsets[index]


def _month_edges(low: int, high: int) -> list[int]:
    """Midnights in (low, high) of the first and of the last days (28th on) of every month: what they become differs."""
    first = low // DAY + 1
    midnights = range(first, -(-high // DAY))
    return [day * DAY for day in midnights if (_date(day).day == 1 or _date(day).day > 28) and day * DAY < high]


def _date(day: int) -> date:
    return date.fromordinal(day + _EPOCH_DAY)


def _wall_shift(wall: int, span: Span) -> int:
    """What the span adds on a clock that never changes."""
    return add_span(Instant(wall), span, _UTC) - wall
