"""Who is in which segment since when: entries and exits at the exact instant, as decisions (SEG-09)."""

from collections.abc import Iterator, Sequence

from ritorno.core.customer import Customer
from ritorno.core.decisions import AnyDecision, SegmentEntered, SegmentLeft
from ritorno.core.ids import SegmentKey
from ritorno.core.instants import NEVER
from ritorno.core.plan import Segment
from ritorno.core.segments.live import View, ask


def move_memberships(customer: Customer, segments: Sequence[Segment], view: View, cause: str) -> list[AnyDecision]:
    """Write the memberships into the draft and the view's `segments_change`; what entered and what left.

    A house account is nobody and in no segment (ISR-11).
    """
    moves: list[AnyDecision] = []
    memberships, now, change = customer.memberships, view.now, NEVER
    members = 0
    for segment in segments:
        key = segment.key
        inside, next_change = (False, NEVER) if customer.house else ask(segment.rule, view)
        if next_change < change:
            change = next_change
        since = memberships.get(key)
        if inside:
            members += 1
            if since is None:
                memberships[key] = now
                moves.append(SegmentEntered(at=now, cause=cause or "time", segment=key))
        elif since is not None:
            del memberships[key]
            moves.append(SegmentLeft(at=now, cause=cause or "time", segment=key, since=since))
    if len(memberships) > members:
        moves += _leave_gone(customer, {segment.key for segment in segments}, view)
    view.segments_change = change
    return moves


def _leave_gone(customer: Customer, asked: set[SegmentKey], view: View) -> Iterator[AnyDecision]:
    """Out of the segments that there are no longer."""
    for gone in [key for key in customer.memberships if key not in asked]:
        since = customer.memberships.pop(gone)
        yield SegmentLeft(at=view.now, cause="replan", segment=gone, since=since)
