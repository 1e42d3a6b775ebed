"""The document of somebody nobody knew, from their orders: what folding one event after the other gives, in one go.

Folding finds the place of every event among all others; here they come sorted, and of what is told with each order (an
e-mail, a name) only the last telling counts. A test holds both equal; where it is not this simple, events are folded.
"""

from collections.abc import Iterable, Sequence

from ritorno.core.customer import Customer, Known, Order, Trait
from ritorno.core.events import Event, OrderTold
from ritorno.core.folding import fold
from ritorno.core.identifiers import Identifier
from ritorno.core.ids import CustomerId


def told_by(owner: CustomerId, events: Sequence[Event]) -> Customer:
    """A new document of these events of one source, in order of time. Different orders have different numbers."""
    orders: list[Order] = []
    last_told: dict[int, Event] = {}  # by which tuple of identifiers it is
    last_named: dict[str, Event] = {}
    for event in events:
        body = event.body
        if type(body) is not OrderTold:
            return _folded(owner, events)
        orders.append(
            Order(
                event.occurred_at, event.source, body.order_id, body.total,
                0 if body.cancelled or body.total < 0 else body.total, body.sold_via, body.branch, body.currency,
                body.discount, body.tax, body.cancelled, body.lines, body.as_of or event.received_at, event.id,
                body.beneficiary,
            )
        )  # fmt: skip
        told = id(event.identifiers)
        before = last_told.get(told)
        if before is None or event.occurred_at > before.occurred_at or _is_later(event, before):
            last_told[told] = event
        for name in event.traits:
            before = last_named.get(name)
            if before is None or event.occurred_at > before.occurred_at or _is_later(event, before):
                last_named[name] = event
    orders.sort(key=_place)
    traits = {name: Trait(told.occurred_at, told.id, told.traits[name], told.source)
              for name, told in last_named.items()}  # fmt: skip
    return Customer(
        owner, joined_at=events[0].occurred_at, identifiers=_known(last_told.values()), traits=traits, orders=orders
    )


def _folded(owner: CustomerId, events: Sequence[Event]) -> Customer:
    customer = Customer(owner)
    for event in events:
        fold(customer, event)
    return customer


def _is_later(event: Event, before: Event) -> bool:
    return (event.occurred_at, event.id) > (before.occurred_at, before.id)


def _place(order: Order) -> tuple[int, str, str]:
    return order.occurred_at, order.source, order.order_id


def _known(last_told: Iterable[Event]) -> list[Known]:
    """Each identifier as it was told last, by time."""
    latest: dict[Identifier, Event] = {}
    for event in last_told:
        for identifier in event.identifiers:
            before = latest.get(identifier)
            if before is None or _is_later(event, before):
                latest[identifier] = event
    known = [Known(event.occurred_at, event.id, identifier) for identifier, event in latest.items()]
    known.sort(key=lambda one: (one.at, one.event, one.identifier.value))
    return known
