"""Ask others: what decisions want of ad platforms, people and other systems, queued in the transaction of the batch."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import psycopg

from ritorno.core.audiences import moves_of
from ritorno.core.customer import Customer
from ritorno.core.decisions import (
    AnyDecision,
    AudienceJoined,
    AudienceLeft,
    Ended,
    SegmentEntered,
    SegmentLeft,
    TaskWanted,
    WebhookWanted,
)
from ritorno.core.plan import Plan
from ritorno.core.tasks import task_of
from ritorno.core.webhooks import call_of
from ritorno.store import audiences, tasks, webhooks

_MOVES = (AudienceJoined, AudienceLeft)
_MIRRORED = (*_MOVES, SegmentEntered, SegmentLeft)
_NEEDED_NO_MORE = frozenset({"bought", "refunded", "opted_out"})  # why an enrollment ended: nobody need call any more
NO_LONGER_NEEDED = "no_longer_needed"


class Decided(NamedTuple):
    """A customer as the decisions left them."""

    customer: Customer
    decisions: Sequence[AnyDecision]


def ask_others(connection: psycopg.Connection, plan: Plan, decided: Iterable[Decided]) -> None:
    """Queue what was decided; most decisions ask nobody for anything."""
    decided = list(decided)
    moving = _MIRRORED if any(each.segment for each in plan.audiences) else _MOVES
    moves = [
        move
        for customer, decisions in decided
        if any(isinstance(each, moving) for each in decisions)
        for move in moves_of(customer.id, decisions, plan.audiences)
    ]
    if moves:
        audiences.queue(connection, plan.brand.id, moves)
    wanted = [
        (customer, each)
        for customer, decisions in decided
        for each in decisions
        if isinstance(each, TaskWanted | WebhookWanted)
    ]
    found = [task_of(each, customer, plan) for customer, each in wanted if isinstance(each, TaskWanted)]
    if asked := [task for task in found if task is not None]:
        tasks.add(connection, plan.brand.id, asked)
    ended = [each for _, decisions in decided for each in decisions if isinstance(each, Ended)]
    if gone := [each for each in ended if each.why.partition(": ")[0] in _NEEDED_NO_MORE]:
        rows = [(each.enrollment, each.at, each.why) for each in gone]
        tasks.let_go(connection, plan.brand.id, rows, "ritorno", NO_LONGER_NEEDED)
    if calls := [call_of(each, customer, plan) for customer, each in wanted if isinstance(each, WebhookWanted)]:
        webhooks.queue(connection, plan.brand.id, calls)
