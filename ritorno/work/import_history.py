"""Take history in: events of the past, told late. They move scores, silently; no playbook is triggered for the past.

The careful way, for batches in which somebody may be known: the same directory as for events that arrive live, the
documents locked, every event once. One transaction; killed anywhere, it has not happened.

    which are new? → whose? → documents → what time had still to do → fold all → settle once → save
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

import psycopg

from ritorno.core.customer import Customer
from ritorno.core.decisions import AnyDecision, HouseFlagged, SegmentEntered
from ritorno.core.events import Event, OrderTold, RefundTold, event_id, event_key
from ritorno.core.folding import fold
from ritorno.core.house import flag_house
from ritorno.core.ids import CustomerId
from ritorno.core.instants import Instant
from ritorno.core.plan import Plan
from ritorno.core.react import Reaction, Replanned, react
from ritorno.store import customers, imports, inbox
from ritorno.store.transaction import transaction
from ritorno.work.outcome import Outcome, save
from ritorno.work.resolve import Directory, MergeFound

CAUSE = "import"


class Past(NamedTuple):
    """An event with the key by which its repetition is known, and 8 bytes of its content."""

    event: Event
    key: bytes
    digest: bytes


class Taken(NamedTuple):
    """What became of a batch. `known` are customers that were there before and were told something new of."""

    events: int = 0
    repeated: int = 0
    new: int = 0
    known: int = 0
    merged: int = 0
    nobodys: int = 0

    def plus(self, other: "Taken") -> "Taken":
        return Taken(*map(sum, zip(self, other, strict=True)))


class _Cut(Exception):  # noqa: N818 - not an error: where the batch has to end
    """A merge begins a batch: what comes before it is done first."""

    def __init__(self, event: Event) -> None:
        super().__init__(event.id)
        self.event = event


def take_history(connection: psycopg.Connection, plan: Plan, past: Sequence[Past], now: Instant) -> Taken:
    """Take events in, each once, in the order given. Any number of transactions, each whole by itself.

    Raises what PostgreSQL says of conflicts with other workers; then do it again.
    """
    taken = Taken()
    rest = list(past)
    while rest:
        try:
            return taken.plus(_take(connection, plan, rest, now))
        except _Cut as cut:
            before = next(index for index, one in enumerate(rest) if one.event is cut.event)
            taken = taken.plus(take_history(connection, plan, rest[:before], now))
            rest = rest[before:]
    return taken


def _take(connection: psycopg.Connection, plan: Plan, past: list[Past], now: Instant) -> Taken:
    by_key = {one.key: one for one in past}
    with transaction(connection):
        new = inbox.mark_seen(connection, plan.brand.id, list(by_key), [one.digest for one in by_key.values()])
        events = [one.event for key, one in by_key.items() if key in new]
        if not events:
            return Taken(repeated=len(past))
        directory = Directory(connection, plan)
        directory.open(events)
        told, nobodys = _whose(connection, plan, directory, events)
        outcomes = [_outcome(owner, mine, directory, plan, now) for owner, mine in told.items()]
        outcomes += [
            Outcome(reaction, (), is_new=False)
            for other, reaction in directory.before_merge.items()
            if other not in told
        ]
        try:
            save(connection, plan, outcomes, nobodys)
            directory.save()
        except psycopg.errors.UniqueViolation as error:
            raise customers.MovedAway("another worker has just met the same customer") from error
    fresh = len(directory.fresh)
    merged = max(len(directory.before_merge) - 1, 0)
    return Taken(len(events), len(past) - len(events), fresh, len(told) - fresh, merged, len(nobodys))


def _whose(
    connection: psycopg.Connection, plan: Plan, directory: Directory, events: list[Event]
) -> tuple[dict[CustomerId, list[Event]], list[Event]]:
    """Each customer's events, and nobody's. A refund is of the one whose order it is, whoever it names."""
    told: dict[CustomerId, list[Event]] = defaultdict(list)
    nobodys: list[Event] = []
    owners = _owners_of_orders(connection, plan, directory, events)
    for index, event in enumerate(events):
        owner = owners.get(_order_number(event)) if isinstance(event.body, RefundTold) else None
        if owner is None:
            try:
                owner = directory.owner(event, is_first=index == 0)
            except MergeFound:
                raise _Cut(event) from None
        if owner is None:
            nobodys.append(event)
        else:
            told[owner].append(event)
    return told, nobodys


def _order_number(event: Event) -> int:
    assert isinstance(event.body, RefundTold)
    return event_id(event_key(event.source, event.body.order_id))


def _owners_of_orders(
    connection: psycopg.Connection, plan: Plan, directory: Directory, events: list[Event]
) -> dict[int, CustomerId]:
    """The customers of orders that were imported before and are refunded now; their documents are loaded too."""
    refunds = [_order_number(event) for event in events if isinstance(event.body, RefundTold)]
    if not refunds:
        return {}
    found = imports.owners_of(connection, plan.brand.id, refunds)
    owners = {order: owner for order, owner in found.items() if owner is not None}
    absent = set(owners.values()) - directory.documents.keys()
    directory.documents.update(customers.load(connection, plan.brand.id, absent))
    return owners


def _outcome(customer: CustomerId, mine: list[Event], directory: Directory, plan: Plan, now: Instant) -> Outcome:
    """Time first does what it had still to do; then everything told is folded, and settled once."""
    document = directory.documents[customer]
    is_new = customer in directory.fresh
    known = {order.key for order in document.orders}
    waited = Reaction(document, ()) if is_new else react(document, (), plan, now)
    reaction = settle(waited.customer, mine, plan, now)
    directory.documents[customer] = reaction.customer
    decisions = (*waited.decisions, *reaction.decisions)
    earlier = directory.before_merge.get(customer)
    if earlier is not None:
        decisions = (*earlier.decisions, *decisions)
    if is_new:
        decisions = worth_keeping(decisions)
    told = {f"{event.source}\x00{event.body.order_id}" for event in mine if isinstance(event.body, OrderTold)}
    return Outcome(Reaction(reaction.customer, decisions), tuple(mine), is_new, frozenset(told - known))


def settle(document: Customer, mine: Sequence[Event], plan: Plan, now: Instant) -> Reaction:
    """Fold events of the past into a customer, and let scores, segments and what is due follow."""
    customer = document.draft()
    flagged: list[AnyDecision] = []
    for event in mine:
        fold(customer, event)
        if isinstance(event.body, OrderTold):
            flagged += flag_house(customer, event.occurred_at, plan.tz, now)
    reaction = react(customer, (Replanned(now, CAUSE),), plan, now)
    return Reaction(reaction.customer, (*flagged, *reaction.decisions))


def worth_keeping(decisions: Sequence[AnyDecision]) -> tuple[AnyDecision, ...]:
    """Of somebody who was not known before: since when in which segment; a first score is no move of a score."""
    return tuple(each for each in decisions if isinstance(each, SegmentEntered | HouseFlagged))
