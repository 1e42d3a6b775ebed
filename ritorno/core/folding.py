"""How an event is folded into the customer document: any order, any repetition, the same document.

Everything told has a version: an order and its changes the instant they describe (`as_of`), the rest the instant they
occurred; ties go to the higher event id. The latest version stays, whichever arrives first.
"""

from bisect import insort
from collections.abc import Iterable
from typing import assert_never

import msgspec

from ritorno.core import consent
from ritorno.core.clicks import mark_bursts, of_message
from ritorno.core.customer import Change, Customer, Did, Known, Order, Relation, Trait
from ritorno.core.events import (
    CancellationTold,
    ConsentTold,
    Custom,
    Event,
    MessageTold,
    OrderTold,
    RefundTold,
    RelationTold,
    SignedUp,
    TraitsTold,
    TraitValue,
)  # fmt: skip
from ritorno.core.identifiers import Identifier
from ritorno.core.instants import NEVER, Instant
from ritorno.core.points import is_of_order


def fold(customer: Customer, event: Event) -> None:
    """Fold what an event tells into the draft. Of a house account nothing is kept."""
    if customer.house:
        return
    if event.identifiers or not isinstance(event.body, RefundTold | CancellationTold):
        customer.joined_at = min(customer.joined_at, event.occurred_at)  # a slip that names only an order tells nothing
    for identifier in event.identifiers:
        _know(customer, identifier, event)
    for name, value in event.traits.items():
        _tell_trait(customer, name, Trait(event.occurred_at, event.id, value, event.source))
    _fold_body(customer, event)


def _fold_body(customer: Customer, event: Event) -> None:
    match body := event.body:
        case OrderTold():
            _fold_order(customer, event, body)
        case RefundTold(order_id, refund_id, amount, void, as_of):
            name = refund_id or f"event {event.id}"  # "" is the cancellation's
            change = Change(name, event.occurred_at, amount, void, as_of or event.received_at, event.id)
            _fold_change(customer, f"{event.source}\x00{order_id}", change)
        case CancellationTold(order_id, void, as_of):
            change = Change("", event.occurred_at, None, void, as_of or event.received_at, event.id)
            _fold_change(customer, f"{event.source}\x00{order_id}", change)
        case TraitsTold(traits):
            for name, value in traits.items():
                _tell_trait(customer, name, Trait(event.occurred_at, event.id, value, event.source))
        case ConsentTold():
            entry = consent.record(body, event.occurred_at, event.id)
            if all(known.event != event.id for known in customer.consents):
                insort(customer.consents, entry, key=lambda known: (known.at, known.event))
        case MessageTold(name):
            _do(customer, event, f"message_{name}", of_message(body))
            if name == "clicked" and body.link:
                mark_bursts(customer.did, body.message, event.occurred_at)
        case Custom(name, properties):
            _do(customer, event, name, properties)
        case SignedUp(form):
            _do(customer, event, "sign_up", {"form": form})
        case RelationTold(beneficiary, role, he, en, ended):
            _relate(customer, Relation(event.occurred_at, event.id, beneficiary, role, he, en, ended))
        case _:
            assert_never(body)


def _know(customer: Customer, identifier: Identifier, event: Event) -> None:
    fresh = Known(event.occurred_at, event.id, identifier)
    for index, known in enumerate(customer.identifiers):
        if known.identifier == identifier:
            if (known.at, known.event) >= (fresh.at, fresh.event):
                return
            del customer.identifiers[index]
            break
    insort(customer.identifiers, fresh, key=lambda known: (known.at, known.event, known.identifier.value))


def _tell_trait(customer: Customer, name: str, fresh: Trait) -> None:
    known = customer.traits.get(name)
    if known is None or (known.at, known.event) < (fresh.at, fresh.event):
        customer.traits[name] = fresh


def _relate(customer: Customer, fresh: Relation) -> None:
    known = customer.relations.get(fresh.beneficiary)
    if known is None or (known.at, known.event) < (fresh.at, fresh.event):
        customer.relations[fresh.beneficiary] = fresh


def _do(customer: Customer, event: Event, name: str, properties: dict[str, TraitValue]) -> None:
    if all(done.event != event.id for done in customer.did):
        fresh = Did(event.occurred_at, event.id, name, properties)
        insort(customer.did, fresh, key=lambda done: (done.at, done.event))


def _fold_order(customer: Customer, event: Event, told: OrderTold) -> None:
    as_of = told.as_of or event.received_at
    orders = customer.orders
    for index in range(len(orders) - 1, -1, -1):
        known = orders[index]
        if known.order_id == told.order_id and known.source == event.source:
            if (known.as_of, known.event) >= (as_of, event.id):
                return
            del orders[index]
            break
    changes = customer.changes.get(f"{event.source}\x00{told.order_id}", ())
    net = net_of(told.total, told.cancelled, changes)
    order = Order(
        event.occurred_at, event.source, told.order_id, told.total, net, told.sold_via, told.branch, told.currency,
        told.discount, told.tax, told.cancelled, told.lines, as_of, event.id, told.beneficiary,
    )  # fmt: skip
    if not orders or _order_place(orders[-1]) < _order_place(order):
        orders.append(order)  # the usual case: the newest order
    else:
        insort(orders, order, key=_order_place)


def _order_place(order: Order) -> tuple[int, str, str]:
    return order.occurred_at, order.source, order.order_id


def _fold_change(customer: Customer, key: str, change: Change) -> None:
    changes = [known for known in customer.changes.get(key, ()) if known.change_id != change.change_id]
    rival = next((known for known in customer.changes.get(key, ()) if known.change_id == change.change_id), None)
    if rival is not None and (rival.as_of, rival.event) >= (change.as_of, change.event):
        return
    insort(changes, change, key=lambda known: (known.at, known.change_id))
    customer.changes[key] = changes
    for index, order in enumerate(customer.orders):
        if order.key == key:
            net = net_of(order.total, order.cancelled, changes)
            customer.orders[index] = msgspec.structs.replace(order, net=net)


def take_order(customer: Customer, key: str) -> tuple[Customer, Customer]:
    """(the customer without an order, its changes and its points, those alone). The argument is not changed."""
    rest, taken = customer.draft(), Customer(customer.id)
    taken.orders = [order for order in rest.orders if order.key == key]
    rest.orders = [order for order in rest.orders if order.key != key]
    if (changes := rest.changes.pop(key, None)) is not None:
        taken.changes[key] = changes
    taken.points = tuple(entry for entry in rest.points if is_of_order(entry, key))
    rest.points = tuple(entry for entry in rest.points if not is_of_order(entry, key))
    return rest, taken


def net_of(total: int, cancelled: bool, changes: Iterable[Change]) -> int:
    """What remains of an order after its refunds and cancellation; never below 0."""
    if cancelled:
        return 0
    for change in changes:
        if change.void:
            continue
        if change.amount is None:
            return 0
        total -= change.amount
    return max(total, 0)


def known_at(customer: Customer, instant: Instant) -> Customer:
    """The told part of the document as it stood at `instant`: what had occurred by then (DAT-01).

    All identifiers stay: they say who it is, and keep only when they were told last.
    """
    joined_at = customer.joined_at if customer.joined_at <= instant else NEVER
    past = Customer(customer.id, joined_at=joined_at, house=customer.house, identifiers=customer.identifiers.copy())
    past.traits = {name: trait for name, trait in customer.traits.items() if trait.at <= instant}
    past.relations = {name: each for name, each in customer.relations.items() if each.at <= instant}
    past.consents = [entry for entry in customer.consents if entry.at <= instant]
    past.did = [done for done in customer.did if done.at <= instant]
    for key, changes in customer.changes.items():
        if kept := [change for change in changes if change.at <= instant]:
            past.changes[key] = kept
    for order in customer.orders:
        if order.occurred_at <= instant:
            net = net_of(order.total, order.cancelled, past.changes.get(order.key, ()))
            past.orders.append(msgspec.structs.replace(order, net=net))
    return past
