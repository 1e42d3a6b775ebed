"""Take in the past of people nobody knew: no look-ups, no locks, one COPY a table.

The same as the careful way (`import_history.py`; a test holds them equal), for groups of identifiers of which the
database knows none. It raises UniqueViolation where that was not so; then the careful way is gone.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import psycopg

from ritorno.core.customer import Customer
from ritorno.core.decisions import SegmentEntered
from ritorno.core.events import Event, OrderTold, RefundTold, event_id, event_key
from ritorno.core.identifiers import Identifier
from ritorno.core.identity import HOUSE_RECEIPTS_A_DAY, Anonymous, Merge, New, Recognised, resolve
from ritorno.core.ids import CustomerId
from ritorno.core.instants import Instant
from ritorno.core.plan import Plan
from ritorno.core.react import Reaction, Replanned, react
from ritorno.store import decisions, events, identifiers
from ritorno.store.imports import Bulk
from ritorno.store.transaction import transaction
from ritorno.work.import_documents import told_by
from ritorno.work.import_history import CAUSE, Past, Taken, worth_keeping
from ritorno.work.outcome import sales
from ritorno.work.resolve import new_customer_id, person


class _Apart(Exception):  # noqa: N818 - not an error: this group needs the careful way
    """The group merges people, or is a till's account."""


class _Group:
    """Sets of identifiers that may be one person: who of them is who, decided as for live events."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._holders: dict[Identifier, CustomerId] = {}
        self._shared: set[Identifier] = set()
        self._of_set: dict[int, CustomerId | None] = {}  # by which tuple it is: hashing what is in it takes longer
        self.attachments: list[identifiers.Attachment] = []
        self.records: list[identifiers.MergeRecord] = []
        self.told: dict[CustomerId, list[Past]] = defaultdict(list)
        self.nobodys: list[Past] = []

    def take(self, one: Past) -> None:
        event = one.event
        told = id(event.identifiers)  # the event holds it: no other gets this number meanwhile
        try:
            owner = self._of_set[told]
        except KeyError:
            owner = self._of_set[told] = self._whose(event)
        if owner is None:
            self.nobodys.append(one)
        else:
            self.told[owner].append(one)

    def _whose(self, event: Event) -> CustomerId | None:
        told = event.identifiers
        known = {self._holders.get(identifier) for identifier in told}
        if len(known) == 1 and None not in known and not self._shared.intersection(told):
            return known.pop()
        name = str(event.traits.get("first_name") or "")
        holders = {each: self._holders[each] for each in told if each in self._holders}
        people = {each: person(Customer(each), [one.event for one in self.told[each]]) for each in holders.values()}
        found = resolve(told, name, holders, people, frozenset(self._shared))
        match found:
            case Anonymous():
                return None
            case New(attach, shared):
                owner = new_customer_id(self._plan.brand.id, attach or told, event)
                self._attach(owner, attach, event.received_at, "first seen")
            case Recognised(owner, evidence, attach, shared):
                if attach:
                    self._attach(owner, attach, event.received_at, str(evidence))
                    other = new_customer_id(self._plan.brand.id, attach, event)
                    self.records.append(
                        identifiers.MergeRecord(
                            owner, other, "attach", event.received_at, str(evidence), event.id, attach
                        )
                    )
            case Merge():
                raise _Apart
        self._shared.update(shared)
        return owner

    def _attach(self, owner: CustomerId, attach: tuple[Identifier, ...], at: Instant, evidence: str) -> None:
        for identifier in attach:
            self._holders[identifier] = owner
            self.attachments.append(identifiers.Attachment(identifier, owner, at, evidence))

    def is_shared(self, identifier: Identifier) -> bool:
        return identifier in self._shared


class Newcomers(NamedTuple):
    """`apart` are events of groups that need the careful way."""

    taken: Taken
    apart: list[Past]


def take_newcomers(
    connection: psycopg.Connection, plan: Plan, groups: Iterable[Sequence[Past]], now: Instant
) -> Newcomers:
    """Take in events of people the database does not know; one transaction. Each group in order of time.

    Raises UniqueViolation, and does nothing, when somebody is known or an event was told before.
    """
    bulk = Bulk(plan.brand.id)
    apart: list[Past] = []
    reactions: list[Reaction] = []
    lines: list[Event] = []
    count = nobodys = 0
    for past in groups:
        try:
            group = _resolved(plan, past)
            settled = [_settled(owner, mine, plan, now) for owner, mine in group.told.items()]
        except _Apart:
            apart += past
            continue
        count += len(past)
        nobodys += len(group.nobodys)
        reactions += settled
        _pack(bulk, group, settled)
        lines += [one.event for one in past if isinstance(one.event.body, OrderTold) and one.event.body.lines]
    with transaction(connection):
        bulk.write(connection)
        _write_segments(connection, plan, reactions)
        if sold := sales(plan, lines, {order_key(event) for event in lines}):
            events.add_sales(connection, plan.brand.id, sold)
    return Newcomers(Taken(events=count, new=len(reactions), nobodys=nobodys), apart)


def _resolved(plan: Plan, past: Sequence[Past]) -> _Group:
    group = _Group(plan)
    for one in past:
        group.take(one)
    return group


def _settled(owner: CustomerId, mine: list[Past], plan: Plan, now: Instant) -> Reaction:
    if len(mine) >= HOUSE_RECEIPTS_A_DAY and _is_crowded(mine):
        raise _Apart
    customer = told_by(owner, [one.event for one in mine])
    reaction = react(customer, (Replanned(now, CAUSE),), plan, now)
    return Reaction(reaction.customer, worth_keeping(reaction.decisions))


_NEAR = 2 * 86_400_000_000


def _is_crowded(mine: list[Past]) -> bool:
    """May so many receipts be of one day? `mine` are in order of time."""
    times = [one.event.occurred_at for one in mine]
    reach = HOUSE_RECEIPTS_A_DAY - 1
    return any(late - early < _NEAR for early, late in zip(times, times[reach:], strict=False))


def _pack(bulk: Bulk, group: _Group, settled: list[Reaction]) -> None:
    for owner, mine in group.told.items():
        _pack_events(bulk, owner, mine)
    if group.nobodys:
        _pack_events(bulk, None, group.nobodys)
        for past in group.nobodys:
            if isinstance(past.event.body, OrderTold):
                bulk.nobodys_order(nobodys_purchase(past.event, past.event.body))
    for reaction in settled:
        bulk.customer(reaction.customer)
        bulk.orders(reaction.customer)
    for one in group.attachments:
        bulk.identifier(one, shared=group.is_shared(one.identifier))
    for record in group.records:
        bulk.merge(record)


def _pack_events(bulk: Bulk, owner: CustomerId | None, mine: list[Past]) -> None:
    orders = [past for past in mine if type(past.event.body) is OrderTold]
    if orders:
        bulk.events(owner, orders, "order")
    if len(orders) < len(mine):
        bulk.events(owner, [past for past in mine if type(past.event.body) is RefundTold], "refund")


def nobodys_purchase(event: Event, told: OrderTold, refunded: int | None = None) -> events.Purchase:
    """An order that counts for the shop alone. `refunded` minor units of it were given back; −1: all."""
    net = 0 if told.cancelled or refunded == -1 else max(told.total - (refunded or 0), 0)
    return events.Purchase(
        event_id(event_key(event.source, told.order_id)), None, event.occurred_at, net, told.total,
        told.sold_via, told.branch, event.source, told.order_id,
    )  # fmt: skip


def _write_segments(connection: psycopg.Connection, plan: Plan, reactions: list[Reaction]) -> None:
    decided = [decisions.Decided(one.customer.id, each) for one in reactions for each in one.decisions]
    if decided:
        decisions.add(connection, plan.brand.id, decided)
    entered = [(each.segment, customer, each.at) for customer, each in decided if isinstance(each, SegmentEntered)]
    if entered:
        decisions.enter_segments(connection, plan.brand.id, entered)


def order_key(event: Event) -> str:
    assert isinstance(event.body, OrderTold)
    return f"{event.source}\x00{event.body.order_id}"
