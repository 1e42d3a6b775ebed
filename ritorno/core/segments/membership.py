"""Who is in which segment since when: entries and exits at the exact instant, as decisions (SEG-09).

Only the segments whose inputs changed are asked, and those whose answer time changes; all of them when the plan did.
"""

from collections.abc import Collection, Iterator

from ritorno.core.customer import Customer
from ritorno.core.decisions import AnyDecision, SegmentEntered, SegmentLeft
from ritorno.core.ids import SegmentKey
from ritorno.core.instants import NEVER
from ritorno.core.plan import Segment
from ritorno.core.segments.live import ask
from ritorno.core.view import View


def move_memberships(
    customer: Customer, view: View, cause: str, touched: Collection[str] | None = None
) -> list[AnyDecision]:
    """Write the memberships into the draft and the view's `segments_change`; what entered and what left.

    `touched` are the parts of the document that changed (`inputs.py`); None: ask everything. A house account is nobody
    and in no segment (ISR-11).
    """
    plan = view.plan
    if touched is None or customer.asked != plan.fingerprint or customer.house:
        return _move_all(customer, view, cause)
    moves: list[AnyDecision] = []
    asks_at, now = customer.asks_at, view.now
    for segment, inputs in zip(plan.watched, plan.inputs, strict=True):
        if asks_at.get(segment.key, NEVER) <= now or not inputs.isdisjoint(touched):
            _move(customer, segment, view, cause, moves)
    view.segments_change = min(asks_at.values(), default=NEVER)
    return moves


def _move_all(customer: Customer, view: View, cause: str) -> list[AnyDecision]:
    moves: list[AnyDecision] = []
    customer.asks_at = {}
    for segment in view.plan.watched:
        _move(customer, segment, view, cause, moves)
    asked = {segment.key for segment in view.plan.watched}
    if not asked.issuperset(customer.memberships):
        moves += _leave_gone(customer, asked, view)
    customer.asked = view.plan.fingerprint
    view.segments_change = min(customer.asks_at.values(), default=NEVER)
    return moves


def _move(customer: Customer, segment: Segment, view: View, cause: str, moves: list[AnyDecision]) -> None:
    key, now = segment.key, view.now
    inside, next_change = (False, NEVER) if customer.house else ask(segment.rule, view)
    if next_change == NEVER:
        customer.asks_at.pop(key, None)
    else:
        customer.asks_at[key] = next_change
    since = customer.memberships.get(key)
    if inside and since is None:
        customer.memberships[key] = now
        moves.append(SegmentEntered(at=now, cause=cause or "time", segment=key))
    elif since is not None and not inside:
        del customer.memberships[key]
        moves.append(SegmentLeft(at=now, cause=cause or "time", segment=key, since=since))


def _leave_gone(customer: Customer, asked: set[SegmentKey], view: View) -> Iterator[AnyDecision]:
    """Out of the segments that there are no longer."""
    for gone in [key for key in customer.memberships if key not in asked]:
        since = customer.memberships.pop(gone)
        yield SegmentLeft(at=view.now, cause="replan", segment=gone, since=since)
