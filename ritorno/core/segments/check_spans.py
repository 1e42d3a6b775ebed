"""What is wrong with the spans and windows of a leaf."""

from collections.abc import Iterator

from ritorno.core.instants import DAY, HOUR, MINUTE, Span, Unit
from ritorno.core.segments.rule import (
    Anniversary,
    Bought,
    Did,
    Elapsed,
    InPlaybook,
    Interest,
    NeedServed,
    Rule,
    ScoreMoved,
    Then,
    Timed,
    TraitIs,
    WasIn,
)  # fmt: skip
from ritorno.core.wall_clock import SECOND

_LONGEST = {
    Unit.SECONDS: SECOND, Unit.MINUTES: MINUTE, Unit.HOURS: HOUR, Unit.DAYS: DAY, Unit.WEEKS: 7 * DAY,
    Unit.MONTHS: 31 * DAY, Unit.YEARS: 366 * DAY,
}  # fmt: skip
_SHORTEST = _LONGEST | {Unit.MONTHS: 28 * DAY, Unit.YEARS: 365 * DAY}
_CENTURY = 36_600 * DAY


def longest(span: Span) -> int:
    """µs that it takes at most; a day of the wall clock counts 24 hours."""
    return span.count * _LONGEST[span.unit]


def is_empty_between(low: Span, high: Span) -> bool:
    """Does nothing lie from `low` up to `high`, on any day of any calendar?"""
    if low.unit is high.unit:
        return high.count <= low.count
    return longest(high) <= low.count * _SHORTEST[low.unit]


def span_problems(leaf: Rule, kept: Span | None) -> Iterator[str]:
    """`kept` is how long behaviour is kept; None: not known here."""
    for name, span, least in _spans(leaf):
        if span is None:
            continue
        if span.count < least:
            yield f"{name} is {span}; a span is {least} or more"
        elif longest(span) > _CENTURY:
            yield f"{name} is {span}; a span is at most 100 years"
    match leaf:
        case Elapsed(since, trait, low, high):
            yield from _elapsed_problems(since, trait, low, high)
        case Timed():
            yield from _window_problems(leaf, kept)
        case Then(first, then, within):
            if kept is not None and longest(within) > longest(kept) and Did in (type(first), type(then)):
                yield _too_long("within", within, kept)
        case Interest(_, _, Span() as within) if kept is not None and longest(within) > longest(kept):
            yield _too_long("within", within, kept)
        case Anniversary(_, before, lasts):
            if not 0 <= before <= 365:
                yield f"days_before is {before}; it is 0 to 365"
            if not 1 <= lasts <= 365:
                yield f"days is {lasts}; it is 1 to 365"
        case _:
            return


def _spans(leaf: Rule) -> Iterator[tuple[str, Span | None, int]]:
    """(field, its span, the least it may count)."""
    match leaf:
        case TraitIs():
            yield "told_within", leaf.told_within, 1
        case Elapsed():
            yield "at_least", leaf.at_least, 0
            yield "below", leaf.below, 1
        case Bought() | Did():
            yield "within", leaf.within, 1
            yield "older_than", leaf.older_than, 0
        case ScoreMoved() | WasIn() | Then() | Interest() | NeedServed() | InPlaybook():
            yield "within", leaf.within, 1
        case _:
            return


def _elapsed_problems(since: str | None, trait: str | None, low: Span | None, high: Span | None) -> Iterator[str]:
    if (since is None) == (trait is None):
        yield "elapsed since what? Give since, a moment, or trait, a date; one of the two"
    if low is None and high is None:
        yield "elapsed how long? Give at_least, below or both"
    elif low is not None and high is not None and is_empty_between(low, high):
        yield f"below {high} leaves nothing from at_least {low} on; below must be longer"


def _window_problems(leaf: Timed, kept: Span | None) -> Iterator[str]:
    for name, moment in (("since", leaf.since), ("until", leaf.until)):
        if moment is not None and moment.tzinfo is None:
            yield f"{name} is {moment.isoformat()}, which names no time zone; write {moment.isoformat()}+02:00 or Z"
            return
    if leaf.since is not None and leaf.until is not None and leaf.until <= leaf.since:
        yield "until is not after since, so nothing is between them"
    within, older = leaf.within, leaf.older_than
    if within is not None and older is not None and is_empty_between(older, within):
        yield f"within {within} but older_than {older}: nothing is in that window; within must be longer"
    if isinstance(leaf, Did) and kept is not None:
        for name, span in (("within", within), ("older_than", older)):
            if span is not None and longest(span) > longest(kept):
                yield _too_long(name, span, kept)


def _too_long(name: str, span: Span, kept: Span) -> str:
    return f"{name} is {span}, but behaviour is kept {kept}; ask at most {kept}, or keep it longer (keeps_behaviour)"
