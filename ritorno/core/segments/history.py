"""What the scores did and where the customer stood, by the moves that were decided (SCO-08)."""

from collections.abc import Iterator
from itertools import pairwise

from ritorno.core.customer import FIRST, Move
from ritorno.core.instants import NEVER, Instant, add_span
from ritorno.core.scores.cells import cells_of
from ritorno.core.scores.rfm import group_key
from ritorno.core.segments.presence import Weight, any_of, last_end
from ritorno.core.segments.rule import Axis, ScoreMoved, WasIn
from ritorno.core.view import Answer, View

_PLACE = {"r": 100, "f": 10, "m": 1}


def moved(rule: ScoreMoved, view: View) -> Answer:
    """Exact: until the last of the moves asked for leaves the span."""
    span, tz = rule.within, view.tz
    return any_of(
        (
            Weight(move.at, NEVER if span is None else add_span(move.at, span, tz))
            for move in view.customer.moves
            if _asked(rule, move)
        ),
        view.now,
    )


def _asked(rule: ScoreMoved, move: Move) -> bool:
    before, after = _digit(move.before, rule.axis), _digit(move.after, rule.axis)
    if before == after or after != rule.to:
        return False
    return rule.before == before if rule.before is not None else move.before != 0


def _digit(cell: int, axis: Axis) -> int:
    return cell // _PLACE[axis] % 10


def was(rule: WasIn, view: View) -> Answer:
    """Now, or in a stay whose last instant is within the span."""
    here = _wanted(rule, view.scores.cell)
    decided = [move for move in view.customer.moves if move.at <= view.now]
    ahead = min((move.at for move in view.customer.moves[len(decided) :]), default=NEVER)
    stayed, change = any_of(_stays(rule, decided, view), view.now)
    if stayed and here:
        change = max(change, view.scores_change)
    elif not stayed:
        change = view.scores_change
    return stayed or here, min(change, ahead)


def _stays(rule: WasIn, moves: list[Move], view: View) -> Iterator[Weight]:
    """For how long each stay counts: from its beginning until the span has passed since its end."""
    if not moves:
        return
    cells = [moves[0].before, *(move.after for move in moves)]
    ends = [FIRST, *(move.at for move in moves), NEVER]
    for cell, (start, end) in zip(cells, pairwise(ends), strict=True):
        if start < end and _wanted(rule, cell):
            yield Weight(start, _remembered(start, end, rule, view))


def _remembered(start: Instant, end: Instant, rule: WasIn, view: View) -> Instant:
    return NEVER if end == NEVER else last_end(start, end, rule.within, view.tz)


def _wanted(rule: WasIn, cell: int) -> bool:
    return group_key(cell) in rule.groups or cell in cells_of(rule.cells)
