"""One thing, and then another – or no other – within a span (COM-05)."""

from bisect import bisect_right
from collections.abc import Iterator

from ritorno.core.instants import Instant, add_span
from ritorno.core.segments import behaviour, purchases
from ritorno.core.segments.presence import Weight, any_of, window_of
from ritorno.core.segments.rule import Bought, Did, Then
from ritorno.core.view import Answer, View


def then(rule: Then, view: View) -> Answer:
    return any_of(_pairs(rule, view), view.now)


def _pairs(rule: Then, view: View) -> Iterator[Weight]:
    """When each `first` is in its window and has – or, with `never`, can no longer have – its `then`."""
    following = _occurrences(rule.then, view)
    window = window_of(rule.first, view.tz)
    for first in _occurrences(rule.first, view):
        end = add_span(first, rule.within, view.tz)
        after = bisect_right(following, first)
        followed = after < len(following) and following[after] < end
        if followed is rule.never:
            continue
        start, out = window(first)
        yield Weight(max(start, end if rule.never else following[after]), out)


def _occurrences(part: Bought | Did, view: View) -> list[Instant]:
    if isinstance(part, Bought):
        return purchases.occurrences(part, view)
    return behaviour.occurrences(part, view)
