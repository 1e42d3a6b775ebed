"""Whose is what is told of an order? The customer's whom its latest description names, however late that is known.

    named description, order new          theirs, with everything that was told of the order before (`loose`)
    named description, another's order    the newer takes the order with its changes; an older one tells of the person
    refund, cancellation, no name         the owner's; with none yet it waits, nobody's, for the description
    refund, cancellation, another's       the owner's; what it says of a person stays with whom it names

Orders of this batch are looked up only where that may matter: for their changes, and for all orders once a batch has
found one that was there before (`OrderKnown`). The usual batch of new orders asks one question, after it was written.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence

import psycopg
from msgspec.structs import replace

from ritorno.core.customer import Customer
from ritorno.core.events import CancellationTold, Event, OrderTold, RefundTold, TraitsTold, event_id, event_key
from ritorno.core.folding import take_order
from ritorno.core.ids import BrandId, CustomerId, EventId
from ritorno.core.instants import Instant
from ritorno.core.merge import merge
from ritorno.core.react import Input, Replanned
from ritorno.core.unmerge import without_orders_of
from ritorno.store import customers, events, loose, unmerges
from ritorno.store.loose import Loose
from ritorno.work.resolve import Directory, MergeFound

CAUSE = "order_moved"
AboutOrder = OrderTold | RefundTold | CancellationTold


class OrderKnown(customers.MovedAway):
    """An order that was taken for new had been told before, or is told by another worker; do it again, looking up."""


class OrderOwners:
    """Whose orders are, during one batch; `inputs` and `rows` are what each customer is told, and gets as events."""

    def __init__(self, connection: psycopg.Connection, brand: BrandId, directory: Directory) -> None:
        self._connection = connection
        self._brand = brand
        self._directory = directory
        self.inputs: dict[CustomerId, list[Input]] = defaultdict(list)
        self.rows: dict[CustomerId, list[Event]] = defaultdict(list)
        self.nobodys: list[Event] = []
        self._owners: dict[str, CustomerId | None] = {}  # as looked up, then as told in this batch
        self._known: set[str] = set()  # what the look-up found, and what had an owner
        self._owned: set[str] = set()
        self._waiting: dict[str, list[Loose]] = defaultdict(list)  # in the store
        self._early: dict[str, list[Loose]] = defaultdict(list)  # new in this batch
        self._given: list[tuple[list[EventId], CustomerId, CustomerId]] = []
        self._collected: list[tuple[list[Loose], CustomerId]] = []

    def open(self, told: Sequence[Event], *, all_orders: bool) -> None:
        """Look up the orders that are changed (or `all_orders`), open the directory, and lock all their owners too."""
        kinds = AboutOrder if all_orders else RefundTold | CancellationTold
        numbers = {number(key): key for key in (key_of(event) for event in told if isinstance(event.body, kinds))}
        holders: set[CustomerId] = set()
        if numbers:
            found = loose.owners(self._connection, self._brand, numbers)
            for one in loose.of_orders(self._connection, self._brand, numbers):
                self._waiting[numbers[one.order]].append(one)
            holders = {one.customer for each in self._waiting.values() for one in each if one.customer is not None}
            self._owners = {numbers[order]: owner for order, owner in found.items()}
            self._known = set(self._owners)
            self._owned = {key for key, owner in self._owners.items() if owner is not None}
            holders.update(owner for owner in found.values() if owner is not None)
        self._directory.open(told, holders)
        if numbers:
            self._check()

    def _check(self) -> None:
        """Between look-up and lock an order may have gone to another: then its document is not the one locked."""
        documents = self._directory.documents
        for key, owner in list(self._owners.items()):
            if owner is not None and not _has(documents.get(owner), key):
                if loose.owners(self._connection, self._brand, [number(key)]) != {number(key): owner}:
                    raise customers.MovedAway("an order has just become another customer's")
                if owner not in documents:
                    self._owners[key] = None  # there is no such customer any more

    def check_turn(self, event: Event) -> None:
        """Raises MergeFound for a description, not first of its batch, that may make an order another's."""
        if isinstance(event.body, OrderTold):
            key = key_of(event)
            owner = self._owners.get(key)
            if key in self._early or (owner is not None and self._directory.plain_owner(event) != owner):
                raise MergeFound

    def place(self, event: Event, named: CustomerId | None) -> None:
        """Give an event about an order to whom it is about; `named` is the customer whom it names."""
        key = key_of(event)
        owner = self._owners.get(key)
        if owner is not None:
            owner = self._directory.survivor(owner)
        if isinstance(event.body, OrderTold):
            self._place_order(event, key, owner, named)
        elif owner is None:
            self._wait(event, key, named)
        else:
            self._collect(key, owner)
            self._tell(owner, event, event if named == owner else about_order(event))
            if named is not None and named != owner:
                self.inputs[named].append(_about_person(event))

    def tell(self, event: Event, named: CustomerId | None) -> None:
        """Anything else is of the customer whom it names."""
        if named is None:
            self.nobodys.append(event)
        else:
            self._tell(named, event, event)

    def _tell(self, customer: CustomerId, event: Event, learned: Event) -> None:
        self.inputs[customer].append(learned)
        self.rows[customer].append(event)

    def _place_order(self, event: Event, key: str, owner: CustomerId | None, named: CustomerId | None) -> None:
        if named is None and owner is None:
            self._wait(event, key, None)
            self._owners[key] = None
            return
        if named is None or named == owner:
            assert owner is not None
            self._tell(owner, event, event if named == owner else about_order(event))
            return
        if owner is not None and self._version_of_name(owner, key) > _version(event):
            self._tell(named, event, _about_person(event))
            return
        if owner is not None:
            self._move(key, owner, named, event)
        self._collect(key, named)
        self._tell(named, event, event)
        self._owners[key] = None if self._directory.documents[named].house else named

    def _wait(self, event: Event, key: str, named: CustomerId | None) -> None:
        self._early[key].append(Loose(number(key), event.id, event.received_at, named))
        self.tell(event, named)

    def _collect(self, key: str, owner: CustomerId) -> None:
        """What was told of the order before is the owner's; before the order, so that no net is too high meanwhile."""
        waiting = self._waiting.pop(key, [])
        if not waiting:
            return
        free = [one for one in waiting if one.customer is None]
        self._collected.append((waiting, owner))
        for holder in {self._directory.survivor(one.customer) for one in waiting if one.customer is not None} - {owner}:
            self._hand_over(key, holder, owner)
            self.inputs.setdefault(holder, [])
            self._give([one.event for one in waiting], holder, owner)
        self.inputs[owner] += [about_order(one.told) for one in free if one.told is not None]

    def _move(self, key: str, owner: CustomerId, named: CustomerId, event: Event) -> None:
        """The order, its changes and their events leave one for the other, at the instant that became known."""
        directory, at = self._directory, event.received_at
        for customer in (owner, named):
            directory.documents[customer] = directory.up_to(customer, at)
        self._hand_over(key, owner, named)
        self.inputs[owner].append(Replanned(at, CAUSE))
        changes = [
            one.id
            for one in self._rows_of(owner, key)
            if not isinstance(one.body, OrderTold) or not one.identifiers
        ]  # fmt: skip
        self._give(changes, owner, named)

    def _hand_over(self, key: str, giver: CustomerId, taker: CustomerId) -> None:
        documents = self._directory.documents
        rest, taken = take_order(documents[giver], key)
        rest.enrollments = without_orders_of(rest.enrollments, taken)
        documents[giver] = rest
        documents[taker] = merge(documents[taker], taken)

    def _version_of_name(self, owner: CustomerId, key: str) -> tuple[Instant, EventId]:
        """The latest description that named the owner; the document's, where its events are not kept any more."""
        named = [
            _version(one) for one in self._rows_of(owner, key) if isinstance(one.body, OrderTold) and one.identifiers
        ]
        held = [(one.as_of, one.event) for one in self._directory.documents[owner].orders if one.key == key]
        return max(named or held)

    def _rows_of(self, owner: CustomerId, key: str) -> Iterable[Event]:
        """The events about an order that are its owner's."""
        everyone = unmerges.members(self._connection, self._brand, owner)
        for row in events.of_customers(self._connection, self._brand, everyone):
            if isinstance(row.event.body, AboutOrder) and key_of(row.event) == key:
                yield row.event

    def _give(self, told: list[EventId], giver: CustomerId, taker: CustomerId) -> None:
        for each in unmerges.members(self._connection, self._brand, giver):
            self._given.append((told, each, taker))

    def is_new(self, key: str) -> bool:
        """Had the order no customer before, as far as this batch has looked?"""
        return key not in self._owned

    def save(self, new_orders: set[str]) -> None:
        """After the batch is written: rows with their new owners. `new_orders` got a customer who did not know them.

        Raises OrderKnown when one of these was told before, or is being told by another worker.
        """
        connection, brand = self._connection, self._brand
        for waiting, owner in self._collected:
            loose.take_from_nobody(connection, brand, [one for one in waiting if one.customer is None], owner)
            loose.drop(connection, brand, waiting)
        told = {key_of(event) for event in self.nobodys if isinstance(event.body, OrderTold)}
        assumed = [number(key) for key in (new_orders | told) - self._known]
        owned = [number(key) for key in new_orders]
        if (assumed or owned) and loose.known_before(connection, brand, assumed, owned):
            raise OrderKnown("an order taken for new was told before")
        for given, giver, taker in self._given:
            events.give_to(connection, brand, given, giver, taker)
        if self._early:
            self._keep_early()

    def _keep_early(self) -> None:
        untold = [number(key) for key in self._early if key not in self._owners]
        nobodys = [number(key) for key in self._early if key in self._owners and key not in self._owned]
        if not loose.stay_without_owner(self._connection, self._brand, untold, nobodys):
            raise OrderKnown("another worker has just been told an order that is changed here")
        loose.keep(self._connection, self._brand, [one for each in self._early.values() for one in each])


def number(key: str) -> int:
    """The number of an order's row, by its key of a document."""
    return event_id(event_key(*key.split("\x00", 1)))


def key_of(event: Event) -> str:
    """The key by which documents know the order that an event is about."""
    assert isinstance(event.body, AboutOrder)
    return f"{event.source}\x00{event.body.order_id}"


def _has(document: Customer | None, key: str) -> bool:
    return document is not None and any(order.key == key for order in document.orders)


def _version(event: Event) -> tuple[Instant, EventId]:
    assert isinstance(event.body, OrderTold)
    return event.body.as_of or event.received_at, event.id


def about_order(event: Event) -> Event:
    """What it says of the order alone."""
    return replace(event, identifiers=(), traits={})


def _about_person(event: Event) -> Event:
    """What it says of the person alone."""
    return replace(event, body=TraitsTold({}))
