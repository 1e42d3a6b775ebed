"""React: claim a batch, resolve it, load the documents, ask the rules, save. One transaction.

    inbox (a lane or more, locked) → whose? → documents (locked) → core.react → everything it decided → inbox emptied

Killed anywhere, the transaction is undone and the batch waits in the inbox as if it had never been claimed.
"""

from typing import NamedTuple

import psycopg

from ritorno.core.events import Event, OrderTold, decode_event
from ritorno.core.ids import CustomerId
from ritorno.core.instants import Instant
from ritorno.core.plan import Plan
from ritorno.core.react import Reaction, react
from ritorno.store import inbox
from ritorno.store.transaction import transaction
from ritorno.work.order_owners import AboutOrder, OrderKnown, OrderOwners, key_of
from ritorno.work.outcome import Outcome, save
from ritorno.work.plans import hold_still
from ritorno.work.resolve import Directory, MergeFound

BATCH = 1000


class Reacted(NamedTuple):
    """How many events and customers, and the sources that were heard live."""

    events: int
    customers: int
    sources: frozenset[str] = frozenset()


def react_to_inbox(
    connection: psycopg.Connection, plan: Plan, now: Instant, *, most: int = BATCH, first_lane: int = 0
) -> Reacted:
    """React to the oldest waiting events, at most `most`; what was done (0: nothing waits, or others hold it)."""
    try:
        return _react(connection, plan, now, most, first_lane, all_orders=False)
    except OrderKnown:
        return _react(connection, plan, now, most, first_lane, all_orders=True)


def _react(
    connection: psycopg.Connection, plan: Plan, now: Instant, most: int, first_lane: int, *, all_orders: bool
) -> Reacted:
    with transaction(connection):
        waiting = inbox.claim(connection, plan.brand.id, most, first_lane)
        if not waiting:
            return Reacted(0, 0)
        hold_still(connection, plan)
        events = [decode_event(one.payload) for one in waiting]
        answered = answer(connection, plan, events, now, all_orders=all_orders)
        save(connection, plan, answered.outcomes, answered.owners.nobodys)
        answered.directory.save()
        answered.owners.save({key for one in answered.outcomes for key in one.new_orders})
        inbox.finish(connection, plan.brand.id, waiting[: answered.events])
        heard = frozenset(event.source for event in events[: answered.events] if not event.history)
        return Reacted(answered.events, len(answered.outcomes), heard)


class Answered(NamedTuple):
    """`events` says how many of the batch were answered; the rest wait for the next."""

    events: int
    outcomes: list[Outcome]
    directory: Directory
    owners: OrderOwners


def answer(
    connection: psycopg.Connection, plan: Plan, events: list[Event], now: Instant, *, all_orders: bool = False
) -> Answered:
    """Each customer's reaction to its events, what is nobody's, and what was learned of who is who.

    `all_orders`: look up whether the batch's orders were told before, not only those that are changed.
    """
    directory = Directory(connection, plan)
    owners = OrderOwners(connection, plan.brand.id, directory)
    owners.open(events, all_orders=all_orders)
    count = 0
    for count, event in enumerate(events):
        is_order = isinstance(event.body, AboutOrder)
        try:
            if is_order and count:
                owners.check_turn(event)
            owner = directory.owner(event, is_first=count == 0)
        except MergeFound:
            break
        if is_order:
            owners.place(event, owner)
        else:
            owners.tell(event, owner)
    else:
        count = len(events)
    outcomes = [_outcome(customer, directory, owners, plan, now) for customer in owners.inputs]
    outcomes += [
        Outcome(reaction, (), is_new=False)
        for other, reaction in directory.before_merge.items()
        if other not in owners.inputs
    ]
    return Answered(count, outcomes, directory, owners)


def _outcome(customer: CustomerId, directory: Directory, owners: OrderOwners, plan: Plan, now: Instant) -> Outcome:
    document = directory.documents[customer]
    known = {order.key for order in document.orders}
    rows = owners.rows.get(customer, [])
    reaction = react(document, owners.inputs[customer], plan, now)
    directory.documents[customer] = reaction.customer  # lists of a merge are those of the document as it is saved
    earlier = directory.before_merge.get(customer)
    if earlier is not None:
        reaction = Reaction(reaction.customer, (*earlier.decisions, *reaction.decisions))
    told = {key_of(event) for event in rows if isinstance(event.body, OrderTold)}
    fresh = frozenset(key for key in told - known if owners.is_new(key))
    return Outcome(reaction, tuple(rows), customer in directory.fresh, fresh)
