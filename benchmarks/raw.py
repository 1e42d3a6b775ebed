"""The same rows as a reaction leaves, computed beforehand and written with no rules: what PostgreSQL alone costs."""

from typing import Any, NamedTuple

import psycopg

from ritorno.core.customer import encode_customer
from ritorno.core.decisions import SegmentEntered, SegmentLeft, encode_decision
from ritorno.core.events import Event, encode_event
from ritorno.core.instants import NEVER, Instant
from ritorno.core.journeys.fires import event_name
from ritorno.core.plan import Plan
from ritorno.store import inbox
from ritorno.store.transaction import transaction
from ritorno.work.accept import delivery
from ritorno.work.outcome import purchase_of, sales
from ritorno.work.react import answer


class Batch(NamedTuple):
    deliveries: list[inbox.Delivery]
    ids: list[int]
    documents: list[list[Any]]
    events: list[tuple[Any, ...]]
    decisions: list[tuple[Any, ...]]
    purchases: list[list[Any]]
    entered: list[list[Any]]
    left: list[list[Any]]
    sales: list[tuple[Any, ...]]


def prepared(connection: psycopg.Connection, plan: Plan, events: list[Event], now: Instant) -> Batch:
    """Everything the rules would have written for these events."""
    with transaction(connection):
        answered = answer(connection, plan, events, now)
        outcomes = answered.outcomes
    brand = plan.brand.id
    people = [one.reaction.customer for one in outcomes]
    documents: list[list[Any]] = [
        [one.id for one in people], [encode_customer(one) for one in people],
        [None if one.due_at == NEVER else one.due_at for one in people], [one.scores.cell for one in people],
        [one.scores.orders for one in people], [one.scores.spend for one in people],
        [one.scores.last_at for one in people], [one.house for one in people],
    ]  # fmt: skip
    told = [
        (brand, event.id, one.reaction.customer.id, event.occurred_at, event.received_at, event_name(event),
         encode_event(event))
        for one in outcomes for event in one.events
    ]  # fmt: skip
    decided = [
        (brand, one.reaction.customer.id, each.at, type(each).__struct_config__.tag, None, None, encode_decision(each))
        for one in outcomes for each in one.reaction.decisions
    ]  # fmt: skip
    fresh = {(event.source, event.body.order_id) for event in events}  # type: ignore[union-attr]
    rows = {
        purchase.id: purchase
        for one in outcomes for order in one.reaction.customer.orders if (order.source, order.order_id) in fresh
        for purchase in [purchase_of(one.reaction.customer, order)]
    }  # fmt: skip
    bought = [list(column) for column in zip(*(rows[key] for key in sorted(rows)), strict=True)]
    sold = [(brand, *sale) for sale in sales(plan, events, {key for one in outcomes for key in one.new_orders})]
    stands = {
        (each.segment, one.reaction.customer.id): each
        for one in outcomes for each in one.reaction.decisions if isinstance(each, SegmentEntered | SegmentLeft)
    }  # fmt: skip
    moves = [(place, stands[place]) for place in sorted(stands)]
    inside = [(*place, each.at) for place, each in moves if isinstance(each, SegmentEntered)]
    outside = [place for place, each in moves if isinstance(each, SegmentLeft)]
    entered = [list(column) for column in zip(*inside, strict=True)]
    left = [list(column) for column in zip(*outside, strict=True)]
    deliveries = [delivery(event) for event in events]
    return Batch(deliveries, documents[0], documents, told, decided, bought, entered, left, sold)


def write_raw(connection: psycopg.Connection, plan: Plan, batch: Batch, first_lane: int) -> None:
    """Two transactions, as live: the inbox, then everything else with the inbox emptied."""
    brand = plan.brand.id
    with transaction(connection):
        inbox.accept(connection, brand, batch.deliveries)
    with transaction(connection):
        waiting = inbox.claim(connection, brand, len(batch.deliveries), first_lane)
        connection.execute(
            "SELECT id, document FROM customer WHERE brand_id = %s AND id = ANY(%s) ORDER BY id FOR UPDATE",
            (brand, batch.ids), binary=True,
        ).fetchall()  # fmt: skip
        connection.execute(
            "UPDATE customer SET document = n.document, due_at = n.due_at, cell = n.cell, orders = n.orders, "
            "spend = n.spend, last_at = n.last_at, house = n.house FROM unnest(%b::bigint[], %b::bytea[], "
            "%b::bigint[], %b::smallint[], %b::int[], %b::bigint[], %b::bigint[], %b::bool[]) AS n(id, document, "
            "due_at, cell, orders, spend, last_at, house) WHERE customer.brand_id = %s AND customer.id = n.id",
            (*batch.documents, brand),
        )
        _copy(connection, "event (brand_id, id, customer_id, occurred_at, received_at, name, payload)",
              ["int4", "int8", "int8", "int8", "int8", "text", "bytea"], batch.events)  # fmt: skip
        _copy(connection, "decision (brand_id, customer_id, at, kind, playbook, enrollment, payload)",
              ["int4", "int8", "int8", "text", "text", "int8", "bytea"], batch.decisions)  # fmt: skip
        connection.execute(
            "INSERT INTO purchase (brand_id, id, customer_id, occurred_at, net, total, sold_via, branch, source, "
            "order_id) SELECT %s, * FROM unnest(%b::bigint[], %b::bigint[], %b::bigint[], %b::bigint[], "
            "%b::bigint[], %b::text[], %b::text[], %b::text[], %b::text[]) ON CONFLICT DO NOTHING",
            (brand, *batch.purchases),
        )
        if batch.left:
            connection.execute(
                "DELETE FROM membership WHERE ctid = ANY(ARRAY(SELECT (SELECT ctid FROM membership m "
                "WHERE m.brand_id = %s AND m.segment = gone.segment AND m.customer_id = gone.customer_id) "
                "FROM unnest(%b::text[], %b::bigint[]) AS gone(segment, customer_id)))",
                (brand, *batch.left),
            )
        if batch.entered:
            connection.execute(
                "INSERT INTO membership (brand_id, segment, customer_id, since) "
                "SELECT %s, * FROM unnest(%b::text[], %b::bigint[], %b::bigint[]) "
                "ON CONFLICT (brand_id, segment, customer_id) DO UPDATE SET since = excluded.since",
                (brand, *batch.entered),
            )
        _copy(connection, "sale (brand_id, day, sku, units)", ["int4", "date", "text", "float8"], batch.sales)
        inbox.finish(connection, brand, waiting)


def drain(connection: psycopg.Connection, plan: Plan, first_lane: int) -> None:
    """Empty the inbox of what the writers left each other."""
    left = True
    while left:
        with transaction(connection):
            waiting = inbox.claim(connection, plan.brand.id, 1_000, first_lane)
            left = bool(waiting)
            if waiting:
                inbox.finish(connection, plan.brand.id, waiting)


def _copy(connection: psycopg.Connection, table: str, types: list[str], rows: list[tuple[Any, ...]]) -> None:
    with connection.cursor().copy(f"COPY {table} FROM STDIN (FORMAT binary)") as copy:
        copy.set_types(types)
        for row in rows:
            copy.write_row(row)
