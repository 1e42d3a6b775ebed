"""Unmerge: take back that two were one (DAT-03). Each side is as if it had never been, with what was told of it since.

    merge    two documents became one: each side lives on from its snapshot, with the events since that are its own
    attach   identifiers came to be known as a customer's: events that carry one of them are the other's, and both
             sides are told anew from their first event

The pair is kept apart from then on: the same evidence does not merge them again. What left for either stays as it was
sent; messages that were dropped because the two were taken for one wait again, to be judged anew.
"""

from typing import NamedTuple

import msgspec
import psycopg

from ritorno.core.audiences import standing_in
from ritorno.core.customer import Contact, Customer, Enrollment, decode_customer
from ritorno.core.events import Event
from ritorno.core.identifiers import Identifier
from ritorno.core.ids import CustomerId
from ritorno.core.instants import Instant, add_span
from ritorno.core.plan import Plan
from ritorno.core.react import Reaction
from ritorno.core.unmerge import divide, keeping, moved_back, recorded, relive, told_since, unlogged, without_orders_of
from ritorno.store import audiences, codes, customers, decisions, definitions, events, identifiers, unmerges
from ritorno.store.identifiers import MergeRecord
from ritorno.store.transaction import transaction
from ritorno.work.outcome import Outcome, purchase_of, save


class CannotUnmerge(LookupError):  # noqa: N818 - the name says the state
    """There is no such merge, or it cannot be taken back now; the message says why."""


class _Sides(NamedTuple):
    """Both, as they are by now; `theirs` are the events that become the other's."""

    one: Reaction
    other: Reaction
    theirs: list[Event]


def unmerge(
    connection: psycopg.Connection, plan: Plan, merge: int, now: Instant, by: str = "cli"
) -> tuple[CustomerId, CustomerId]:
    """(survivor, other), apart again; `merge` is the number of a merge or an attachment. One transaction.

    Raises CannotUnmerge; nothing is changed then.
    """
    with transaction(connection):
        record = _record(connection, plan, merge)
        held = customers.load(connection, plan.brand.id, [record.survivor])[record.survivor]
        sides = (_parted if record.kind == "merge" else _detached)(connection, plan, record, held, now)
        _save(connection, plan, record, held, sides, now)
        identifiers.undo_merge(connection, plan.brand.id, merge, now)
        identifiers.keep_apart(connection, plan.brand.id, record.survivor, record.other)
        detail = {"merge": merge, "survivor": str(record.survivor), "other": str(record.other)}
        definitions.audit(connection, plan.brand.id, now, by, "unmerge", detail)
    return record.survivor, record.other


def _record(connection: psycopg.Connection, plan: Plan, merge: int) -> MergeRecord:
    """The record of a merge that can be taken back now."""
    brand = plan.brand.id
    found = identifiers.merges(connection, brand, merge=merge)
    if not found:
        raise CannotUnmerge(f"there is no merge {merge}; see: ritorno identity explain CUSTOMER")
    if found[0].undone_at is not None:
        raise CannotUnmerge(f"merge {merge} has been taken back already")
    record = found[0].record
    later = [
        each.id
        for each in identifiers.merges(connection, brand, record.survivor)
        if each.record.kind == "merge" and each.undone_at is None and each.id > merge
    ]
    if later:
        raise CannotUnmerge(f"merge {merge}: the customer merged again since; take back merge {max(later)} first")
    if record.kind == "attach":
        held = identifiers.look_up(connection, brand, record.identifiers)
        if not any(one.customer == record.survivor for one in held.values()):
            raise CannotUnmerge(
                f"merge {merge}: {', '.join(map(str, record.identifiers))} is no longer known as customer "
                f"{record.survivor}'s; there is nothing to take back"
            )
    return record


def _parted(connection: psycopg.Connection, plan: Plan, record: MergeRecord, held: Customer, now: Instant) -> _Sides:
    """From both snapshots, with the events since on the side they are about."""
    brand = plan.brand.id
    assert record.survivor_document is not None
    assert record.other_document is not None
    one, other = decode_customer(record.survivor_document), decode_customer(record.other_document)
    theirs_in = {each.id for each in other.enrollments}
    others_message = {
        message: enrollment in theirs_in
        for message, enrollment in unmerges.enrollments_of_messages(connection, brand, record.survivor).items()
    }
    keeps = plan.policy.keeps_behaviour
    kept_from = add_span(record.at, msgspec.structs.replace(keeps, count=-keeps.count), plan.tz)
    told = [owned.event for owned in events.of_customers(connection, brand, [record.survivor])]
    ours, theirs = divide(told_since(told, (one, other), record.at, kept_from), one, other, others_message)
    contacts = _since(held.contacts, one, other)
    entered = {each.id for each in (*one.enrollments, *other.enrollments)}
    later = without_orders_of([each for each in held.enrollments if each.id not in entered], other)
    mine = [each for each in contacts if not others_message.get(each.message, False)]
    yours = [each for each in contacts if others_message.get(each.message, False)]
    return _Sides(
        keeping(recorded(relive(one, ours, mine, later, plan, now, held.tallies), held), held),
        keeping(recorded(relive(other, theirs, yours, (), plan, now, held.tallies), held), held),
        theirs,
    )


def _since(contacts: list[Contact], one: Customer, other: Customer) -> list[Contact]:
    known = {each.message for each in (*one.contacts, *other.contacts)}
    return [each for each in contacts if each.message not in known]


def _detached(connection: psycopg.Connection, plan: Plan, record: MergeRecord, held: Customer, now: Instant) -> _Sides:
    """Both told anew: what carries an attached identifier is the other's. What was decided stays with the survivor."""
    everyone = unmerges.members(connection, plan.brand.id, record.survivor)
    told = [owned.event for owned in events.of_customers(connection, plan.brand.id, everyone)]
    lost = {order.event for order in held.orders} - {event.id for event in told}
    if lost:
        raise CannotUnmerge(
            f"customer {record.survivor}: {len(lost)} of their orders are older than the events that are kept, and "
            "would be lost; such a customer cannot be told anew"
        )
    attached = _attached(connection, plan, record, told)
    theirs = [event for event in told if attached.intersection(event.identifiers)]
    ours = [event for event in told if not attached.intersection(event.identifiers)]
    other = relive(Customer(record.other), theirs, (), (), plan, now, held.tallies)
    passages = without_orders_of(held.enrollments, other.customer)
    one = relive(Customer(record.survivor), ours, held.contacts, passages, plan, now, held.tallies)
    return _Sides(keeping(one, held), keeping(other, held), theirs)


def _attached(
    connection: psycopg.Connection, plan: Plan, record: MergeRecord, told: list[Event]
) -> frozenset[Identifier]:
    """What was attached, and what came to be known through it since."""
    attached = set(record.identifiers)
    by_id = {event.id: event for event in told}
    for kept in identifiers.merges(connection, plan.brand.id, record.survivor):
        event = by_id.get(kept.record.event)
        is_later = kept.record.kind == "attach" and kept.record.at >= record.at
        if is_later and event is not None and attached.intersection(event.identifiers):
            attached.update(kept.record.identifiers)
    return frozenset(attached)


def _save(
    connection: psycopg.Connection, plan: Plan, record: MergeRecord, held: Customer, sides: _Sides, now: Instant
) -> None:
    """Documents, what was decided, and every list with its owner."""
    brand = plan.brand.id
    one, other = sides.one.customer, sides.other.customer
    log = frozenset(
        decision
        for customer in (record.survivor, record.other)
        for decision in decisions.of_customer(connection, brand, customer)
        if decision.at >= record.at
    )
    reopened = _reopened(held, (*one.enrollments, *other.enrollments))
    unmerges.queue_reopened(connection, brand, reopened, record.at, now)
    is_new = record.kind == "attach"
    if not is_new:
        customers.mark_unmerged(connection, brand, record.other)
    back = Reaction(one, unlogged(moved_back(sides.one, held, plan, now), log))
    lived = Reaction(other, unlogged(sides.other.decisions, log))
    save(connection, plan, [Outcome(back, (), is_new=False), Outcome(lived, (), is_new=is_new)])
    unmerges.rewrite_lists(connection, brand, one, list(held.segments))
    unmerges.rewrite_lists(connection, brand, other)
    for side in (one, other):
        audiences.restate(connection, brand, side.id, standing_in(side, plan.audiences), now)
    decisions.give_back(
        connection,
        brand,
        record.survivor,
        record.other,
        [entry.event for entry in other.consents],
        [passage.id for passage in other.enrollments],
    )
    codes.follow_messages(connection, brand, record.survivor, record.other)
    events.give_to(connection, brand, [event.id for event in sides.theirs], record.survivor, record.other)
    if rows := [purchase_of(side, order) for side in (one, other) for order in side.orders]:
        events.upsert_purchases(connection, brand, rows)
    known = {each.identifier for each in one.identifiers}
    learned = {each.identifier for each in other.identifiers if each.identifier not in known}
    identifiers.move(connection, brand, sorted(learned.union(record.identifiers)), record.survivor, record.other)


def _reopened(held: Customer, passages: tuple[Enrollment, ...]) -> list[int]:
    over = {each.id for each in held.enrollments if not each.is_open}
    return [each.id for each in passages if each.is_open and each.id in over]
