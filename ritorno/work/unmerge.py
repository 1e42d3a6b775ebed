"""Unmerge: take back that two were one (DAT-03). Each side is restored, with what has been told of it since.

    merge    two documents became one: both snapshots were kept; events since go to the side they name
    attach   identifiers came to be known as a customer's: events that carry one of them are the other's, and both
             sides are folded anew from their events

The pair is kept apart from then on: the same evidence does not merge them again.
"""

from collections.abc import Iterable

import psycopg

from ritorno.core.customer import Customer, decode_customer
from ritorno.core.events import Event
from ritorno.core.folding import fold
from ritorno.core.identifiers import Identifier
from ritorno.core.ids import CustomerId
from ritorno.core.instants import Instant
from ritorno.core.merge import belongs, part
from ritorno.core.plan import Plan
from ritorno.core.react import Replanned, react
from ritorno.store import customers, decisions, definitions, events, identifiers
from ritorno.store.transaction import transaction
from ritorno.work.outcome import Outcome, purchase_of, save


class CannotUnmerge(LookupError):  # noqa: N818 - the name says the state
    """There is no such merge, or it cannot be taken back now; the message says why."""


def unmerge(
    connection: psycopg.Connection, plan: Plan, merge: int, now: Instant, by: str = "cli"
) -> tuple[CustomerId, CustomerId]:
    """(survivor, other), apart again. Raises CannotUnmerge; nothing is changed then."""
    with transaction(connection):
        record = _record(connection, plan, merge)
        documents = customers.load(connection, plan.brand.id, [record.survivor])
        if record.survivor not in documents:
            raise CannotUnmerge(f"merge {merge}: customer {record.survivor} was merged on; take that back first")
        held = documents[record.survivor]
        one, other, theirs = _parts(connection, plan, record, held)
        settled = [react(each, (Replanned(now, "unmerge"),), plan, now) for each in (one, other)]
        is_new = customers.read(connection, plan.brand.id, record.other) is None
        if not is_new:
            customers.mark_unmerged(connection, plan.brand.id, record.other)
        save(connection, plan, [Outcome(settled[0], (), is_new=False), Outcome(settled[1], (), is_new=is_new)])
        _give_back(connection, plan, record, settled[1].customer, theirs)
        identifiers.undo_merge(connection, plan.brand.id, merge, now)
        detail = {"merge": merge, "survivor": str(record.survivor), "other": str(record.other)}
        definitions.audit(connection, plan.brand.id, now, by, "unmerge", detail)
    return record.survivor, record.other


def _record(connection: psycopg.Connection, plan: Plan, merge: int) -> identifiers.MergeRecord:
    found = identifiers.merges(connection, plan.brand.id, merge=merge)
    if not found:
        raise CannotUnmerge(f"there is no merge {merge}; see: ritorno identity explain CUSTOMER")
    if found[0].undone_at is not None:
        raise CannotUnmerge(f"merge {merge} has been taken back already")
    record = found[0].record
    later = [
        each.id
        for each in identifiers.merges(connection, plan.brand.id, record.survivor)
        if each.id > merge and each.undone_at is None and each.record.kind == "merge" and record.kind == "merge"
    ]
    if later:
        raise CannotUnmerge(f"merge {merge}: the customer merged again since; take back merge {max(later)} first")
    return record


def _parts(
    connection: psycopg.Connection, plan: Plan, record: identifiers.MergeRecord, held: Customer
) -> tuple[Customer, Customer, list[Event]]:
    """Both documents, and the events that become the other's."""
    told = [one.event for one in events.of_customers(connection, plan.brand.id, [record.survivor])]
    since = [event for event in told if event.received_at >= record.at]
    if record.kind == "merge":
        assert record.survivor_document is not None
        assert record.other_document is not None
        one, two = decode_customer(record.survivor_document), decode_customer(record.other_document)
        mine, yours = _known(one), _known(two)
        theirs = [event for event in since if belongs(event, mine, yours)]
        ours = [event for event in since if event not in theirs]
        return _with_decided(part(one, ours), held), part(two, theirs), theirs
    attached = frozenset(record.identifiers)
    theirs = [event for event in since if attached.intersection(event.identifiers)]
    taken = {event.id for event in theirs}
    merged = [kept.record.other for kept in identifiers.merges(connection, plan.brand.id, record.survivor)
              if kept.record.kind == "merge" and kept.undone_at is None]  # fmt: skip
    older = [one.event for one in events.of_customers(connection, plan.brand.id, merged)] if merged else []
    ours = [event for event in (*older, *told) if event.id not in taken]
    return _with_decided(_folded(record.survivor, ours), held), _folded(record.other, theirs), theirs


def _known(customer: Customer) -> frozenset[Identifier]:
    return frozenset(known.identifier for known in customer.identifiers)


def _folded(customer: CustomerId, told: Iterable[Event]) -> Customer:
    document = Customer(customer)
    for event in told:
        fold(document, event)
    return document


def _with_decided(told: Customer, held: Customer) -> Customer:
    """What was decided while they were one stays with the survivor; scores are settled anew."""
    own = {passage.id for passage in told.enrollments}
    told.enrollments += [passage for passage in held.enrollments if passage.id not in own]
    told.enrollments = [next((e for e in held.enrollments if e.id == each.id), each) for each in told.enrollments]
    seen = {contact.message for contact in told.contacts}
    told.contacts += [contact for contact in held.contacts if contact.message not in seen]
    told.memberships = dict(held.memberships)
    told.scores, told.scored_at, told.settled_at = held.scores, held.scored_at, held.settled_at
    return told


def _give_back(
    connection: psycopg.Connection, plan: Plan, record: identifiers.MergeRecord, other: Customer, theirs: list[Event]
) -> None:
    """Lists and identifiers follow their owner."""
    brand = plan.brand.id
    identifiers.move(connection, brand, record.identifiers, record.other)
    identifiers.keep_apart(connection, brand, record.survivor, record.other)
    if theirs:
        events.give_to(connection, brand, [event.id for event in theirs], record.survivor, record.other)
    if other.orders:
        events.upsert_purchases(connection, brand, [purchase_of(other, order) for order in other.orders])
    decisions.give_back(
        connection,
        brand,
        record.survivor,
        record.other,
        [entry.event for entry in other.consents],
        [passage.id for passage in other.enrollments],
    )
