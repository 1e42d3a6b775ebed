"""A customer's stored history told once more, in the order in which it could be known.

What was stored as an event is told as it was, when it was received: a late receipt is late again. What was imported is
told the instant it occurred, as if we had been there. What the document knows and no event is stored of (their month
was dropped, another customer was merged in) is told by the document itself.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec

from ritorno.core.customer import FIRST, Customer, Known
from ritorno.core.events import CancellationTold, Event, OrderTold, RefundTold
from ritorno.core.ids import EventId, SegmentKey
from ritorno.core.instants import NEVER, Instant
from ritorno.core.plan import Plan
from ritorno.core.react import Input, Replanned, Sent, react
from ritorno.core.retell import events_between
from ritorno.core.segments.check import segments_named

_OF_AN_ORDER = OrderTold | RefundTold | CancellationTold


class Past(NamedTuple):
    """A customer as of an instant, and what is told after it, in order."""

    customer: Customer
    ahead: list[Input]


def relive(
    document: Customer, stored: Sequence[Event], plan: Plan, start: Instant, end: Instant, *, contacts: bool = False
) -> Past:
    """Everything up to and in `start` lived through under `plan`, everything until `end` ahead.

    `contacts`: the messages of ours that left are told too.
    """
    events = list(_told(document, stored, end))
    told: list[Input] = [*events]
    newborn = Customer(document.id, identifiers=_never_told(document, stored))
    joined_at = min((event.occurred_at for event in events if _tells_of_joining(event)), default=NEVER)
    if document.joined_at < joined_at and document.joined_at <= end:
        newborn.joined_at = document.joined_at
        told.append(Replanned(document.joined_at, "joined"))
    if contacts:
        told += [Sent(each.at, each) for each in document.contacts if each.at <= end]
    told.sort(key=lambda given: given.received_at)
    before = sum(1 for given in told if given.received_at <= start)
    return Past(react(newborn, told[:before], plan, start).customer, told[before:])


def with_segments(plan: Plan, names: Iterable[str]) -> Plan:
    """The plan with these segments and those that they ask for: what nobody asks for need not be lived through."""
    needed: set[str] = set()
    waiting = [*names]
    while waiting:
        key = waiting.pop()
        if key not in needed and key in plan.rules:
            needed.add(key)
            waiting += segments_named(plan.rules[SegmentKey(key)])
    return msgspec.structs.replace(plan, segments=tuple(each for each in plan.segments if each.key in needed))


def _told(document: Customer, stored: Sequence[Event], end: Instant) -> Iterable[Event]:
    known = {event.id for event in stored}
    orders = {order.key for order in document.orders} | document.changes.keys()
    for event in stored:
        if isinstance(event.body, _OF_AN_ORDER) and f"{event.source}\x00{event.body.order_id}" not in orders:
            continue  # another's by now
        event = _as_if_live(event) if event.history else event
        if event.received_at <= end:
            yield event
    if not _all_stored(document, known):
        yield from (event for event in events_between(document, FIRST, end) if event.id not in known)


def _all_stored(document: Customer, known: set[EventId]) -> bool:
    return (
        all(order.event in known for order in document.orders)
        and all(trait.event in known for trait in document.traits.values())
        and all(entry.event in known for entry in document.consents)
        and all(done.event in known for done in document.did)
        and all(change.event in known for changes in document.changes.values() for change in changes)
    )


def _as_if_live(event: Event) -> Event:
    """Known the instant it occurred; which description of an order is the later one stays."""
    body = event.body
    if isinstance(body, _OF_AN_ORDER) and body.as_of is None:
        body = msgspec.structs.replace(body, as_of=event.received_at)
    return msgspec.structs.replace(event, received_at=event.occurred_at, body=body, history=False)


def _tells_of_joining(event: Event) -> bool:
    """As `fold` has it: a slip that names only an order tells nothing."""
    return bool(event.identifiers) or not isinstance(event.body, RefundTold | CancellationTold)


def _never_told(document: Customer, stored: Sequence[Event]) -> list[Known]:
    """Identifiers that no stored event tells: they are there from the beginning."""
    told = {identifier for event in stored for identifier in event.identifiers}
    return [known for known in document.identifiers if known.identifier not in told]
