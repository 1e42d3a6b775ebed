"""A document's orders, refunds, consents, traits and behaviour told once more, as the events they came from.

`known_at(customer, start)` with the events of (start, end] folded in is `known_at(customer, end)`: what a dry-run over
imported history lives through.
"""

from ritorno.core.consent import ConsentRecord, Proof
from ritorno.core.customer import Change, Customer, Did, Order, Relation
from ritorno.core.events import (
    Body,
    CancellationTold,
    ConsentTold,
    Custom,
    Event,
    OrderTold,
    RefundTold,
    RelationTold,
    TraitsTold,
)
from ritorno.core.ids import EventId
from ritorno.core.instants import Instant


def events_between(customer: Customer, start: Instant, end: Instant) -> list[Event]:
    """What occurred in (start, end], each known the instant it occurred, in that order."""
    told = [_event(order.source, order.event, order.occurred_at, _order(order)) for order in customer.orders]
    for key, changes in customer.changes.items():
        source, _, order_id = key.partition("\x00")
        told += [_event(source, change.event, change.at, _change(order_id, change)) for change in changes]
    told += [_event("", entry.event, entry.at, _consent(entry)) for entry in customer.consents]
    told += [_event("", done.event, done.at, _did(done)) for done in customer.did]
    told += [_event("", each.event, each.at, _relation(each)) for each in customer.relations.values()]
    for name, trait in customer.traits.items():
        told.append(_event(trait.source, trait.event, trait.at, TraitsTold({name: trait.value})))
    within = [event for event in told if start < event.occurred_at <= end]
    return sorted(within, key=lambda event: (event.occurred_at, event.id))


def _event(source: str, event: EventId, at: Instant, body: Body) -> Event:
    return Event(event, source, "", at, at, body)


def _order(order: Order) -> OrderTold:
    return OrderTold(
        order.order_id,
        order.total,
        order.currency,
        order.sold_via,
        branch=order.branch,
        discount=order.discount,
        tax=order.tax,
        cancelled=order.cancelled,
        lines=order.lines,
        as_of=order.as_of,
        beneficiary=order.beneficiary,
    )


def _change(order_id: str, change: Change) -> RefundTold | CancellationTold:
    if change.change_id == "":
        return CancellationTold(order_id, void=change.void, as_of=change.as_of)
    return RefundTold(order_id, change.change_id, change.amount, void=change.void, as_of=change.as_of)


def _consent(entry: ConsentRecord) -> ConsentTold:
    """A record of equal worth; the words themselves are in the ledger."""
    source = {Proof.EXPLICIT: "form", Proof.IMPORTED: "import", Proof.UNPROVEN: "import"}[entry.proof]
    version = "" if entry.proof is Proof.UNPROVEN else "as recorded"
    return ConsentTold(entry.channel, entry.given, entry.purpose, source=source, wording_version=version)


def _did(done: Did) -> Custom:
    return Custom(done.name, done.properties)


def _relation(each: Relation) -> RelationTold:
    return RelationTold(each.beneficiary, each.role, each.he, each.en, each.ended)
