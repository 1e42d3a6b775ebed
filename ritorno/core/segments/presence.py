"""From when what happened is in a window to what is measured of it now, and when that next gives another answer.

An event is in its window during [occurred_at + older_than, occurred_at + within). Each thing that is counted weighs
something while it is in; walking the instants at which any comes or goes finds the one at which the answer turns, so
nobody is woken for nothing.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable
from fractions import Fraction
from operator import itemgetter
from typing import NamedTuple
from zoneinfo import ZoneInfo

from ritorno.core.customer import FIRST
from ritorno.core.instants import DAY, NEVER, Instant, Span, add_span, from_datetime, start_of_day
from ritorno.core.scores.facts import sure_bounds
from ritorno.core.segments.rule import Bought, Did, Timed
from ritorno.core.view import Answer
from ritorno.core.wall_clock import wall_clock

Amount = int | Fraction


class Weight(NamedTuple):
    """One more, and so much, during [start, end)."""

    start: Instant
    end: Instant
    amount: Amount = 0


def weigh(weights: Iterable[Weight], now: Instant, holds: Callable[[int, Amount], bool]) -> Answer:
    """`holds(how many, how much)` of what is in at `now`, and the first instant at which it turns."""
    many = 0
    much: Amount = 0
    turns: list[tuple[Instant, int, Amount]] = []
    for start, end, amount in weights:
        if end <= now or start >= end:
            continue
        if start <= now:
            many, much = many + 1, much + amount
        else:
            turns.append((start, 1, amount))
        if end < NEVER:
            turns.append((end, -1, -amount))
    answer = holds(many, much)
    turns.sort(key=itemgetter(0))
    for index, (at, more, amount) in enumerate(turns, 1):
        many, much = many + more, much + amount
        if (index == len(turns) or turns[index][0] > at) and holds(many, much) is not answer:
            return answer, at
    return answer, NEVER


def any_of(weights: Iterable[Weight], now: Instant) -> Answer:
    """Is any in, and when does that turn?"""
    return weigh(weights, now, lambda many, _: many > 0)


def newest(occurred: Iterable[Instant], needed: float, span: Span | None, now: Instant, tz: ZoneInfo) -> Answer:
    """Are at least `needed` within the span? `occurred` is descending.

    More can only make it true, and only leaving the span can make it false: the newest ones decide, so they are looked
    at first and no further than the answer needs.
    """
    surely_out = FIRST if span is None else sure_bounds(span, now)[1]
    ahead = lasts_until = NEVER
    for at in occurred:
        if at < surely_out:
            break
        if at > now:
            ahead = at
            continue
        if span is not None:
            end = add_span(at, span, tz)
            if now >= end:
                continue
            lasts_until = min(lasts_until, end)
        needed -= 1
        if needed <= 0:
            return True, lasts_until
    return False, ahead


def is_plain(rule: Timed) -> bool:
    """Does the window say no more than how long ago at most?"""
    return rule.older_than is None and rule.since is None and rule.until is None


def window_of(rule: Timed, tz: ZoneInfo) -> Callable[[Instant], tuple[Instant, Instant]]:
    """When something that occurred at an instant is in the rule's window: [start, end), empty if it never is."""
    since = FIRST if rule.since is None else from_datetime(rule.since)
    until = NEVER if rule.until is None else from_datetime(rule.until)
    within, older_than = rule.within, rule.older_than

    def window(at: Instant) -> tuple[Instant, Instant]:
        if not since <= at < until:
            return NEVER, NEVER
        start = at if older_than is None else max(at, add_span(at, older_than, tz))
        return start, NEVER if within is None else add_span(at, within, tz)

    return window


def first_sure(rule: Timed, now: Instant) -> Instant:
    """What occurred earlier has left the rule's window for sure."""
    return FIRST if rule.within is None else sure_bounds(rule.within, now)[1]


def bounds(rule: Bought | Did) -> Callable[[Amount | float], bool]:
    """Is a measure between `at_least` (1, when the rule gives no bound) and `at_most`?"""
    low, high = rule.at_least, rule.at_most
    if low is None and high is None:
        low = 1
    return lambda measure: (low is None or measure >= low) and (high is None or measure <= high)


def last_end(start: Instant, end: Instant, span: Span, tz: ZoneInfo) -> Instant:
    """The latest `add_span(t, span)` of all t in [start, end): mostly that of the last one.

    Later does not mean due later where the clock is set back, and for days that a shorter month lacks: the last
    instants of the days and before the clock's changes shortly before the end are tried too.
    """
    last = Instant(end - 1)
    tried = {last}
    for back in range(_DAYS_LACKED):
        tried.add(Instant(start_of_day(Instant(last - back * DAY), tz) - 1))
    starts = wall_clock(tz).starts
    changes = starts[bisect_left(starts, last - _DAYS_LACKED * DAY) : bisect_left(starts, end)]
    tried.update(Instant(change - 1) for change in changes)
    return max(add_span(each, span, tz) for each in tried if start <= each < end)


_DAYS_LACKED = 5  # the 29th to the 31st, and a day whose clock is set back
