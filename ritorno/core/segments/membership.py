"""Who is in which segment since when: entries and exits at the exact instant, as decisions (SEG-09)."""

from collections.abc import Iterable

from ritorno.core.customer import Customer
from ritorno.core.decisions import AnyDecision, SegmentEntered, SegmentLeft
from ritorno.core.instants import NEVER
from ritorno.core.plan import Segment
from ritorno.core.segments.live import View, ask


def move_memberships(customer: Customer, segments: Iterable[Segment], view: View, cause: str) -> list[AnyDecision]:
    """Write the memberships into the draft and the view's `segments_change`; what entered and what left.

    A house account is nobody and in no segment (ISR-11).
    """
    moves: list[AnyDecision] = []
    change = NEVER
    asked = set()
    for segment in segments:
        asked.add(segment.key)
        inside, next_change = (False, NEVER) if customer.house else ask(segment.rule, view)
        change = min(change, next_change)
        since = customer.memberships.get(segment.key)
        if inside and since is None:
            customer.memberships[segment.key] = view.now
            moves.append(SegmentEntered(at=view.now, cause=cause or "time", segment=segment.key))
        elif not inside and since is not None:
            del customer.memberships[segment.key]
            moves.append(SegmentLeft(at=view.now, cause=cause or "time", segment=segment.key, since=since))
    for gone in [key for key in customer.memberships if key not in asked]:
        since = customer.memberships.pop(gone)
        moves.append(SegmentLeft(at=view.now, cause="replan", segment=gone, since=since))
    view.segments_change = change
    return moves
