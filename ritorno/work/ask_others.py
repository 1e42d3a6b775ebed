"""Ask others: what decisions want of ad platforms, people and other systems, queued in the transaction of the batch."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import psycopg

from ritorno.core.audiences import moves_of
from ritorno.core.customer import Customer
from ritorno.core.decisions import AnyDecision, AudienceJoined, AudienceLeft, SegmentEntered, SegmentLeft
from ritorno.core.plan import Plan
from ritorno.store import audiences

_MOVES = (AudienceJoined, AudienceLeft)
_MIRRORED = (*_MOVES, SegmentEntered, SegmentLeft)


class Decided(NamedTuple):
    """A customer as the decisions left them."""

    customer: Customer
    decisions: Sequence[AnyDecision]


def ask_others(connection: psycopg.Connection, plan: Plan, decided: Iterable[Decided]) -> None:
    """Queue what was decided; most decisions ask nobody for anything."""
    moving = _MIRRORED if any(each.segment for each in plan.audiences) else _MOVES
    moves = [
        move
        for customer, decisions in decided
        if any(isinstance(each, moving) for each in decisions)
        for move in moves_of(customer.id, decisions, plan.audiences)
    ]
    if moves:
        audiences.queue(connection, plan.brand.id, moves)
