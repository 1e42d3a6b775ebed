"""A fact's value now, and the values that time alone will give it."""

from collections.abc import Sequence
from operator import itemgetter
from typing import NamedTuple

from ritorno.core.instants import NEVER, Instant


class Course(NamedTuple):
    """`value` None: the fact is missing. `later`: (from when, value), ascending; all of it as far as `until`, when
    something dated ahead changes everything."""

    value: object
    later: tuple[tuple[Instant, object], ...] = ()
    until: Instant = NEVER


def course(steps: Sequence[tuple[Instant, object]], now: Instant, until: Instant = NEVER) -> Course:
    """Of values and the instants from which they hold, the first of them by now; of one instant the last counts."""
    value: object = None
    later = []
    for at, becomes in sorted(steps, key=itemgetter(0)):
        if at <= now:
            value = becomes
        else:
            later.append((at, becomes))
    return Course(value, tuple(later), until)
