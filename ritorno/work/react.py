"""React: claim a batch, resolve it, load the documents, ask the rules, save. One transaction.

    inbox (a lane or more, locked) → whose? → documents (locked) → core.react → everything it decided → inbox emptied

Killed anywhere, the transaction is undone and the batch waits in the inbox as if it had never been claimed.
"""

from collections import defaultdict
from typing import NamedTuple

import psycopg

from ritorno.core.events import Event, OrderTold, decode_event
from ritorno.core.ids import CustomerId
from ritorno.core.instants import Instant
from ritorno.core.plan import Plan
from ritorno.core.react import Reaction, react
from ritorno.store import inbox
from ritorno.store.transaction import transaction
from ritorno.work.outcome import Outcome, save
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
    with transaction(connection):
        waiting = inbox.claim(connection, plan.brand.id, most, first_lane)
        if not waiting:
            return Reacted(0, 0)
        events = [decode_event(one.payload) for one in waiting]
        answered = answer(connection, plan, events, now)
        save(connection, plan, answered.outcomes, answered.nobodys)
        answered.directory.save()
        inbox.finish(connection, plan.brand.id, waiting[: answered.events])
        heard = frozenset(event.source for event in events[: answered.events] if not event.history)
        return Reacted(answered.events, len(answered.outcomes), heard)


class Answered(NamedTuple):
    """`events` says how many of the batch were answered; the rest wait for the next."""

    events: int
    outcomes: list[Outcome]
    nobodys: list[Event]
    directory: Directory


def answer(connection: psycopg.Connection, plan: Plan, events: list[Event], now: Instant) -> Answered:
    """Each customer's reaction to its events, what is nobody's, and what was learned of who is who."""
    directory = Directory(connection, plan)
    directory.open(events)
    told: dict[CustomerId, list[Event]] = defaultdict(list)
    nobodys: list[Event] = []
    count = 0
    for count, event in enumerate(events):
        try:
            owner = directory.owner(event, is_first=count == 0)
        except MergeFound:
            break
        if owner is None:
            nobodys.append(event)
        else:
            told[owner].append(event)
    else:
        count = len(events)
    outcomes = [_outcome(customer, inputs, directory, plan, now) for customer, inputs in told.items()]
    outcomes += [
        Outcome(reaction, (), is_new=False) for other, reaction in directory.before_merge.items() if other not in told
    ]
    return Answered(count, outcomes, nobodys, directory)


def _outcome(customer: CustomerId, inputs: list[Event], directory: Directory, plan: Plan, now: Instant) -> Outcome:
    document = directory.documents[customer]
    known = {order.key for order in document.orders}
    reaction = react(document, inputs, plan, now)
    earlier = directory.before_merge.get(customer)
    if earlier is not None:
        reaction = Reaction(reaction.customer, (*earlier.decisions, *reaction.decisions))
    told = {f"{event.source}\x00{event.body.order_id}" for event in inputs if isinstance(event.body, OrderTold)}
    return Outcome(reaction, tuple(inputs), customer in directory.fresh, frozenset(told - known))
