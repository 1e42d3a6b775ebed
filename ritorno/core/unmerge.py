"""Two who were taken for one, apart again (DAT-03): whose is what was told since, and what becomes of each side.

Each side is lived once more from where it stood, with what was told of it since, at the instants it was told. Nobody
enters a playbook for that, and what was decided under wrong assumptions while they were one is not repeated.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from msgspec.structs import replace

from ritorno.core.customer import Contact, Customer, Enrollment, Tally
from ritorno.core.decisions import AnyDecision, GroupMoved, ScoreMoved, SegmentEntered, SegmentLeft
from ritorno.core.events import (
    CancellationTold,
    Custom,
    Event,
    MessageTold,
    OrderTold,
    RefundTold,
    SignedUp,
    TraitsTold,
)
from ritorno.core.identifiers import Identifier
from ritorno.core.ids import EventId, MessageId
from ritorno.core.instants import Instant
from ritorno.core.merge import belongs
from ritorno.core.plan import Plan
from ritorno.core.points import Entry, Given, book, is_of_order
from ritorno.core.react import Input, Reaction, Replanned, Sent, react
from ritorno.core.trait_history import PLAYBOOK

CAUSE = "unmerge"
_NONE: Mapping[str, Tally] = {}


def told_since(told: Iterable[Event], sides: Sequence[Customer], merged_at: Instant, kept_from: Instant) -> list[Event]:
    """What the sides did not know when they merged: received later, or not later and answered only afterwards.

    Behaviour of before `kept_from` may have been forgotten into counters already; it is not told twice.
    """
    known: set[EventId] = set()
    for side in sides:
        known.update(order.event for order in side.orders)
        known.update(entry.event for entry in side.consents)
        known.update(relation.event for relation in side.relations.values())
        known.update(done.event for done in side.did)
        known.update(change.event for changes in side.changes.values() for change in changes)
    behaviour = (Custom, MessageTold, SignedUp)
    return [
        event
        for event in told
        if event.received_at > merged_at
        or (event.id not in known and not (isinstance(event.body, behaviour) and event.occurred_at < kept_from))
    ]


def divide(
    since: Iterable[Event], one: Customer, other: Customer, others_message: Mapping[MessageId, bool]
) -> tuple[list[Event], list[Event]]:
    """(the survivor's, the other's) of the events told since a merge, in order of arrival.

    An event about an order or a message of one side alone is that side's; otherwise the strongest identifier that one
    side alone is known by decides, and with none it stays the survivor's. An identifier or order first told since is
    from then on that side's. `others_message` says of each message whether it is the other's.
    """
    known = (set(_known(one)), set(_known(other)))
    orders = dict.fromkeys((order.key for order in one.orders), False)
    orders |= dict.fromkeys((order.key for order in other.orders), True)
    parts: tuple[list[Event], list[Event]] = ([], [])
    for event in since:
        is_others = _about(event, orders, others_message)
        if is_others is None:
            is_others = belongs(event, frozenset(known[False]), frozenset(known[True]))
        parts[is_others].append(event)
        known[is_others].update(each for each in event.identifiers if each not in known[not is_others])
        if isinstance(event.body, OrderTold):
            orders.setdefault(f"{event.source}\x00{event.body.order_id}", is_others)
    return parts


def _known(customer: Customer) -> Iterator[Identifier]:
    return (known.identifier for known in customer.identifiers)


def _about(event: Event, orders: Mapping[str, bool], others_message: Mapping[MessageId, bool]) -> bool | None:
    match event.body:
        case OrderTold() | RefundTold() | CancellationTold():
            return orders.get(f"{event.source}\x00{event.body.order_id}")
        case MessageTold(message=message):
            return others_message.get(message)
        case _:
            return None


def relive(
    start: Customer,
    told: Iterable[Event],
    contacts: Iterable[Contact],
    later: Sequence[Enrollment],
    plan: Plan,
    now: Instant,
    tallies: Mapping[str, Tally] = _NONE,
) -> Reaction:
    """What a side is by `now`: as it stood, and what was told of it and sent to it since. `later` are passages that
    were entered meanwhile and stay with it; of `tallies`, those of both as one, it counts those of its own orders."""
    quiet = replace(plan, running=())
    counters = {each.trait for each in tallies.values()}
    inputs: list[Input] = [replace(event, history=True) for event in told if not _counts(event, counters)]
    inputs += [Sent(contact.at, contact) for contact in contacts]
    inputs.sort(key=lambda given: given.received_at)
    lived = react(start, inputs, quiet, now)
    side = lived.customer.draft()
    own = {order.key for order in side.orders}
    passages = {each.id for each in later}
    since = {
        name: replace(each, stands=False)
        for name, each in tallies.items()
        if each.order in own or (not each.order and each.enrollment in passages)
    }
    side.tallies = since | side.tallies
    side.enrollments = sorted((*side.enrollments, *later), key=lambda each: each.entered_at)
    settled = react(side, (Replanned(now, CAUSE),), quiet, now)
    return Reaction(settled.customer, (*lived.decisions, *settled.decisions))


def _counts(event: Event, counters: set[str]) -> bool:
    """Did a step tell of a counter, as it stood while they were one?"""
    return (
        event.source == PLAYBOOK and isinstance(event.body, TraitsTold) and not counters.isdisjoint(event.body.traits)
    )


def keeping(lived: Reaction, held: Customer) -> Reaction:
    """With what came, while they were one, to its orders and passages: points, and ad audiences."""
    side = lived.customer.draft()
    passages = {str(each.id) for each in side.enrollments}
    still = {each.id for each in side.enrollments if each.is_open}
    orders = {order.key for order in side.orders}
    side.points = book(side.points, *(entry for entry in held.points if _is_of(entry, orders, passages)))
    for key, audience in held.audiences.items():
        own = side.audiences.get(key, replace(audience, holders=()))
        if holders := tuple(sorted({*own.holders, *still.intersection(audience.holders)})):
            side.audiences[key] = replace(own, holders=holders)
    return Reaction(side, lived.decisions)


def _is_of(entry: Entry, orders: Collection[str], passages: Collection[str]) -> bool:
    """What a passage gave begins with its number (`effects.py`); what was given by hand is told as an event."""
    if isinstance(entry, Given):
        return entry.id.partition("/")[0] in passages
    return any(is_of_order(entry, key) for key in orders)


def recorded(lived: Reaction, held: Customer) -> Reaction:
    """With passages that had ended while they were one, and have ended here too, as that was recorded then."""
    over = {each.id: each for each in held.enrollments if not each.is_open}
    side = lived.customer.draft()
    both = {each.id for each in side.enrollments if not each.is_open and each.id in over}
    side.enrollments = [over[each.id] if each.id in both else each for each in side.enrollments]
    return Reaction(side, tuple(each for each in lived.decisions if getattr(each, "enrollment", None) not in both))


def moved_back(lived: Reaction, held: Customer, plan: Plan, now: Instant) -> tuple[AnyDecision, ...]:
    """The survivor's decisions: what the log said of scores and segments goes on from where they stood as one."""
    shadow = lived.customer.draft()
    shadow.scores, shadow.memberships = held.scores, dict(held.memberships)
    moves = react(shadow, (Replanned(now, CAUSE),), replace(plan, running=()), now).decisions
    of_lists = (ScoreMoved, GroupMoved, SegmentEntered, SegmentLeft)
    return (
        *(each for each in lived.decisions if not isinstance(each, of_lists)),
        *(each for each in moves if isinstance(each, of_lists)),
    )


def without_orders_of(passages: Iterable[Enrollment], other: Customer) -> list[Enrollment]:
    """Passages of who was credited with the other's orders: those count no more as bought before the entry."""
    times = [order.occurred_at for order in other.orders if order.counts]
    return [
        replace(each, bought=max(each.bought - sum(time <= each.entered_at for time in times), 0))
        if each.is_open
        else each
        for each in passages
    ]


def unlogged(decided: Iterable[AnyDecision], log: Collection[AnyDecision]) -> tuple[AnyDecision, ...]:
    """What the log does not say already."""
    return tuple(each for each in decided if each not in log)
