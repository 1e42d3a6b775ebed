"""The same rows as a reaction leaves, computed beforehand and written with no rules: what PostgreSQL alone costs."""

from typing import Any, NamedTuple

import psycopg

from ritorno.core.customer import encode_customer
from ritorno.core.decisions import encode_decision
from ritorno.core.events import Event, encode_event
from ritorno.core.instants import NEVER, Instant
from ritorno.core.journeys.entry import event_name
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
    sales: list[tuple[Any, ...]]


def prepared(connection: psycopg.Connection, plan: Plan, events: list[Event], now: Instant) -> Batch:
    """Everything the rules would have written for these events."""
    with transaction(connection):
        answered = answer(connection, plan, events, now)
        raise_later = answered.outcomes
    brand = plan.brand.id
    people = [one.reaction.customer for one in raise_later]
    documents: list[list[Any]] = [
        [one.id for one in people], [encode_customer(one) for one in people],
        [None if one.due_at == NEVER else one.due_at for one in people], [one.scores.cell for one in people],
        [one.scores.orders for one in people], [one.scores.spend for one in people],
        [one.scores.last_at for one in people],
    ]  # fmt: skip
    told = [
        (brand, event.id, one.reaction.customer.id, event.occurred_at, event.received_at, event_name(event),
         encode_event(event))
        for one in raise_later for event in one.events
    ]  # fmt: skip
    decided = [
        (brand, one.reaction.customer.id, each.at, type(each).__struct_config__.tag, encode_decision(each))
        for one in raise_later for each in one.reaction.decisions
    ]  # fmt: skip
    fresh = {(event.source, event.body.order_id) for event in events}  # type: ignore[union-attr]
    rows = {
        purchase.id: purchase
        for one in raise_later for order in one.reaction.customer.orders if (order.source, order.order_id) in fresh
        for purchase in [purchase_of(one.reaction.customer, order)]
    }  # fmt: skip
    bought = [list(column) for column in zip(*(rows[key] for key in sorted(rows)), strict=True)]
    sold = [(brand, *sale) for sale in sales(plan, events, {key for one in raise_later for key in one.new_orders})]
    return Batch([delivery(event) for event in events], documents[0], documents, told, decided, bought, sold)


def write_raw(connection: psycopg.Connection, plan: Plan, batch: Batch) -> None:
    """Two transactions, as live: the inbox, then everything else with the inbox emptied."""
    brand = plan.brand.id
    with transaction(connection):
        inbox.accept(connection, brand, batch.deliveries)
    with transaction(connection):
        waiting = connection.execute(
            "SELECT lane, seq, payload FROM inbox WHERE brand_id = %s AND payload = ANY(%s)",
            (brand, [one.payload for one in batch.deliveries]), binary=True,
        ).fetchall()  # fmt: skip
        connection.execute(
            "SELECT id, document FROM customer WHERE brand_id = %s AND id = ANY(%s) ORDER BY id FOR UPDATE",
            (brand, batch.ids), binary=True,
        ).fetchall()  # fmt: skip
        connection.execute(
            "UPDATE customer SET document = n.document, due_at = n.due_at, cell = n.cell, orders = n.orders, "
            "spend = n.spend, last_at = n.last_at FROM unnest(%b::bigint[], %b::bytea[], %b::bigint[], "
            "%b::smallint[], %b::int[], %b::bigint[], %b::bigint[]) AS n(id, document, due_at, cell, orders, spend, "
            "last_at) WHERE customer.brand_id = %s AND customer.id = n.id",
            (*batch.documents, brand),
        )
        _copy(connection, "event (brand_id, id, customer_id, occurred_at, received_at, name, payload)",
              ["int4", "int8", "int8", "int8", "int8", "text", "bytea"], batch.events)  # fmt: skip
        _copy(connection, "decision (brand_id, customer_id, at, kind, payload)",
              ["int4", "int8", "int8", "text", "bytea"], batch.decisions)  # fmt: skip
        connection.execute(
            "INSERT INTO purchase (brand_id, id, customer_id, occurred_at, net, total, sold_via, branch, source, "
            "order_id) SELECT %s, * FROM unnest(%b::bigint[], %b::bigint[], %b::bigint[], %b::bigint[], "
            "%b::bigint[], %b::text[], %b::text[], %b::text[], %b::text[]) ON CONFLICT DO NOTHING",
            (brand, *batch.purchases),
        )
        _copy(connection, "sale (brand_id, day, sku, units)", ["int4", "date", "text", "float8"], batch.sales)
        connection.execute(
            "DELETE FROM inbox USING unnest(%b::smallint[], %b::bigint[]) AS done(lane, seq) "
            "WHERE inbox.brand_id = %s AND inbox.lane = done.lane AND inbox.seq = done.seq",
            ([row[0] for row in waiting], [row[1] for row in waiting], brand),
        )


def _copy(connection: psycopg.Connection, table: str, types: list[str], rows: list[tuple[Any, ...]]) -> None:
    with connection.cursor().copy(f"COPY {table} FROM STDIN (FORMAT binary)") as copy:
        copy.set_types(types)
        for row in rows:
            copy.write_row(row)
