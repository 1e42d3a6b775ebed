"""What a batch of reactions leaves behind, written in the transaction that claimed its inputs."""

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

import psycopg

from ritorno.core import consent
from ritorno.core.customer import Customer, Order
from ritorno.core.decisions import (
    Ended,
    Enrolled,
    HouseFlagged,
    MessageWanted,
    SegmentEntered,
    SegmentLeft,
    TraitWritten,
    VersionMoved,
)
from ritorno.core.events import (
    CancellationTold,
    ConsentTold,
    Event,
    OrderTold,
    RefundTold,
    TraitsTold,
    event_id,
    event_key,
)
from ritorno.core.ids import WATCHED, CustomerId, SegmentKey
from ritorno.core.instants import wall
from ritorno.core.journeys.fires import event_name
from ritorno.core.messages.message import Message, Reason
from ritorno.core.plan import Plan
from ritorno.core.react import Reaction
from ritorno.core.trait_history import PLAYBOOK
from ritorno.store import audiences, customers, decisions, events, messages
from ritorno.work.ask_others import Decided, ask_others


class Outcome(NamedTuple):
    """One customer's reaction, with the events it answered; `is_new` when there was no document before."""

    reaction: Reaction
    events: tuple[Event, ...]
    is_new: bool
    new_orders: frozenset[str] = frozenset()


def save(connection: psycopg.Connection, plan: Plan, outcomes: list[Outcome], nobodys: Iterable[Event] = ()) -> None:
    """Documents, events, decisions, messages and every list that follows from them."""
    brand = plan.brand.id
    if fresh := [one.reaction.customer for one in outcomes if one.is_new]:
        customers.add(connection, brand, fresh)
    if changed := [one.reaction.customer for one in outcomes if not one.is_new]:
        customers.save(connection, brand, changed)
    owned = [events.Owned(_owner(one), event, event_name(event)) for one in outcomes for event in one.events]
    owned += [
        events.Owned(_owner(one), written(each), "traits")
        for one in outcomes
        for each in one.reaction.decisions
        if isinstance(each, TraitWritten)
    ]
    owned += [events.Owned(None, event, event_name(event)) for event in nobodys]
    if owned:
        events.add(connection, brand, owned)
        _save_orders(connection, plan, outcomes, owned)
        _save_consents(connection, plan, owned)
    _save_decisions(connection, plan, outcomes)


def written(decision: TraitWritten) -> Event:
    """What a step wrote, as the event of the customer's history that it is (DAT-13)."""
    body = TraitsTold({decision.trait: decision.after}, by=decision.author, because=decision.because)
    return Event(decision.event, PLAYBOOK, decision.told_as, decision.told_at, decision.at, body, history=True)


def _owner(outcome: Outcome) -> CustomerId:
    return outcome.reaction.customer.id


def _save_orders(
    connection: psycopg.Connection, plan: Plan, outcomes: list[Outcome], owned: list[events.Owned]
) -> None:
    rows = [row for outcome in outcomes if not outcome.reaction.customer.house for row in _purchases(outcome)]
    anonymous = {_owner(one) for one in outcomes if one.reaction.customer.house}
    for customer, event, _ in owned:
        if (customer is None or customer in anonymous) and isinstance(event.body, OrderTold):
            rows.append(_anonymous_purchase(event, event.body))
    if rows:
        events.upsert_purchases(connection, plan.brand.id, rows)
    if sold := sales(plan, [event for _, event, _ in owned], {key for one in outcomes for key in one.new_orders}):
        events.add_sales(connection, plan.brand.id, sold)


def purchase_of(customer: Customer, order: Order) -> events.Purchase:
    key = event_id(event_key(order.source, order.order_id))
    return events.Purchase(
        key, customer.id, order.occurred_at, order.net, order.total, order.sold_via, order.branch, order.source,
        order.order_id,
    )  # fmt: skip


def _purchases(outcome: Outcome) -> list[events.Purchase]:
    """The rows of the orders that the outcome's events told something of."""
    told = set()
    for event in outcome.events:
        if isinstance(event.body, OrderTold | RefundTold | CancellationTold):
            told.add((event.source, event.body.order_id))
    if not told:
        return []
    customer = outcome.reaction.customer
    return [purchase_of(customer, order) for order in customer.orders if (order.source, order.order_id) in told]


def _anonymous_purchase(event: Event, told: OrderTold) -> events.Purchase:
    return events.Purchase(
        event_id(event_key(event.source, told.order_id)), None, event.occurred_at,
        0 if told.cancelled else told.total, told.total, told.sold_via, told.branch, event.source, told.order_id,
    )  # fmt: skip


def sales(plan: Plan, told: Iterable[Event], new_orders: set[str]) -> list[events.Sale]:
    """Units per product and wall-clock day of the orders told for the first time."""
    units: dict[tuple[object, str], float] = defaultdict(float)
    for event in told:
        body = event.body
        if isinstance(body, OrderTold) and not body.cancelled and f"{event.source}\x00{body.order_id}" in new_orders:
            day = wall(event.occurred_at, plan.tz).date()
            for line in body.lines:
                if line.sku:
                    units[day, line.sku] += line.quantity
    return [events.Sale(day, sku, amount) for (day, sku), amount in units.items()]  # type: ignore[arg-type]


def _save_consents(connection: psycopg.Connection, plan: Plan, owned: list[events.Owned]) -> None:
    told = [
        (customer, event, event.body, consent.record(event.body, event.occurred_at, event.id).proof)
        for customer, event, _ in owned
        if customer is not None and isinstance(event.body, ConsentTold)
    ]
    if told:
        events.add_consents(connection, plan.brand.id, told)
        audiences.look_again(
            connection, plan.brand.id, [one[0] for one in told], max(one[1].received_at for one in told)
        )


def _save_decisions(connection: psycopg.Connection, plan: Plan, outcomes: list[Outcome]) -> None:
    brand = plan.brand.id
    decided = [decisions.Decided(_owner(one), each) for one in outcomes for each in one.reaction.decisions]
    if not decided:
        return
    decisions.add(connection, brand, decided)
    of_kind: dict[type, list[decisions.Decided]] = defaultdict(list)  # most are moves, which leave no message behind
    for one in decided:
        of_kind[type(one.decision)].append(one)
    if wanted := [_message(who, each) for who, each in of_kind[MessageWanted] if isinstance(each, MessageWanted)]:
        messages.want(connection, brand, wanted)
    over = [
        (each.enrollment, each.at, Reason(*each.why.split(": ", 1)))
        for _, each in of_kind[Ended]
        if isinstance(each, Ended) and each.why != "completed"
    ]
    if over:
        messages.cancel(connection, brand, over)
    through = [
        (who, each.playbook, each.at)
        for who, each in of_kind[Ended]
        if isinstance(each, Ended) and each.playbook in plan.yielded_to
    ]
    if through:
        messages.let_go(connection, brand, through)
    for customer, _ in of_kind[HouseFlagged]:
        events.make_anonymous(connection, brand, customer)
    if of_kind[SegmentEntered] or of_kind[SegmentLeft]:
        _save_memberships(connection, plan, decided)
    if moved := of_kind[Enrolled] + of_kind[Ended] + of_kind[VersionMoved]:
        _save_enrollments(connection, plan, outcomes, moved)
    asking = [Decided(one.reaction.customer, one.reaction.decisions) for one in outcomes if one.reaction.decisions]
    ask_others(connection, plan, asking)


def _message(customer: CustomerId, wanted: MessageWanted) -> Message:
    return Message(
        wanted.message, customer, wanted.enrollment, wanted.playbook, wanted.version, wanted.step, wanted.arm,
        wanted.at, wanted.due_at,
    )  # fmt: skip


def _save_memberships(connection: psycopg.Connection, plan: Plan, decided: list[decisions.Decided]) -> None:
    """Where each customer stands after the last of its moves."""
    entered: dict[tuple[SegmentKey, CustomerId], SegmentEntered] = {}
    left: dict[tuple[SegmentKey, CustomerId], None] = {}
    for customer, each in decided:
        if isinstance(each, SegmentEntered | SegmentLeft) and each.segment.startswith(WATCHED):
            continue
        if isinstance(each, SegmentEntered):
            left.pop((each.segment, customer), None)
            entered[each.segment, customer] = each
        elif isinstance(each, SegmentLeft):
            entered.pop((each.segment, customer), None)
            left[each.segment, customer] = None
    if left:
        decisions.leave_segments(connection, plan.brand.id, sorted(left))
    if entered:
        rows = [(*place, entered[place].at) for place in sorted(entered)]
        decisions.enter_segments(connection, plan.brand.id, rows)


def _save_enrollments(
    connection: psycopg.Connection, plan: Plan, outcomes: list[Outcome], moved: list[decisions.Decided]
) -> None:
    touched = {each.enrollment for _, each in moved if isinstance(each, Enrolled | Ended | VersionMoved)}
    owners = {customer for customer, _ in moved}
    rows = [
        decisions.EnrollmentRow(
            each.id, _owner(one), each.playbook, each.version, each.key, each.arm, each.entered_at, each.ended_at,
            each.why,
        )
        for one in outcomes
        if _owner(one) in owners
        for each in one.reaction.customer.enrollments
        if each.id in touched
    ]  # fmt: skip
    if rows:
        decisions.upsert_enrollments(connection, plan.brand.id, rows)
