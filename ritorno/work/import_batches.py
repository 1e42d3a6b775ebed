"""A batch of a staged file, taken in: whole people, in a transaction of its own.

fresh    nobody in it is known: the fast way; the careful one where that turns out to be wrong
known    somebody may be: the careful way
nobody   orders that no customer can be named for
"""

from collections.abc import Sequence
from typing import Final

import duckdb
import msgspec
import psycopg

from ritorno.core.events import OrderTold
from ritorno.core.instants import Instant
from ritorno.core.journeys.fires import event_name
from ritorno.core.plan import Plan
from ritorno.sources.ready import Batch, OrderRow, read_batch, read_people
from ritorno.store import events, imports, inbox
from ritorno.store.connection import Session
from ritorno.store.transaction import transaction
from ritorno.work.import_history import Taken, take_history
from ritorno.work.import_newcomers import nobodys_purchase, order_key, take_newcomers
from ritorno.work.import_tell import People, Teller
from ritorno.work.outcome import sales


class Job(msgspec.Struct, frozen=True):
    """What a process needs to take part."""

    ready: str
    url: str
    home: str
    database_url: str | None
    brand_key: str
    teller: Teller
    now: Instant


def take_batch(session: Session, plan: Plan, job: Job, ready: duckdb.DuckDBPyConnection, batch: Batch) -> Taken:
    rows, people = read_batch(ready, batch), read_people(ready, batch)
    if batch.kind == "nobody":
        return session.run(lambda connection: _take_nobodys(_set_up(connection, plan), plan, job, rows, people))
    groups = list(job.teller.groups(rows, people))
    if batch.kind == "fresh":
        try:
            newcomers = session.run(lambda connection: take_newcomers(_set_up(connection, plan), plan, groups, job.now))
        except psycopg.errors.UniqueViolation:  # somebody was known after all
            pass
        else:
            if not newcomers.apart:
                return newcomers.taken
            apart = newcomers.apart
            rest = session.run(lambda connection: take_history(connection, plan, apart, job.now))
            return newcomers.taken.plus(rest)
    past = [one for group in groups for one in group]
    return session.run(lambda connection: take_history(_set_up(connection, plan), plan, past, job.now))


_joined: set[int] = set()  # connections of this process that are set up


def _set_up(connection: psycopg.Connection, plan: Plan) -> psycopg.Connection:
    """A new connection says that it imports, and does not wait for the disk at each commit."""
    if connection.info.backend_pid not in _joined:
        imports.join_import(connection, plan.brand.id)
        imports.hasten(connection)
        _joined.add(connection.info.backend_pid)
    return connection


def _take_nobodys(
    connection: psycopg.Connection, plan: Plan, job: Job, rows: Sequence[OrderRow], people: People
) -> Taken:
    """Orders no customer can be named for: they count for the shop."""
    told = {who: job.teller.identifiers(values) for who, values in people.items()}
    past = {one.key: (one, refunded) for one, refunded in
            ((job.teller.past(row, told[row[1]]), row[_REFUNDED]) for row in rows)}  # fmt: skip
    keys = list(past)
    with transaction(connection):
        new = inbox.mark_seen(connection, plan.brand.id, keys, [past[key][0].digest for key in keys])
        fresh = [past[key] for key in keys if key in new]
        told_now = [one.event for one, _ in fresh]
        if told_now:
            events.add(connection, plan.brand.id, [events.Owned(None, each, event_name(each)) for each in told_now])
        orders = [(one.event, one.event.body, refunded) for one, refunded in fresh
                  if isinstance(one.event.body, OrderTold)]  # fmt: skip
        if orders:
            events.upsert_purchases(connection, plan.brand.id, [nobodys_purchase(*each) for each in orders])
        if sold := sales(plan, [each for each, _, _ in orders], {order_key(each) for each, _, _ in orders}):
            events.add_sales(connection, plan.brand.id, sold)
    return Taken(events=len(fresh), repeated=len(rows) - len(fresh), nobodys=len(fresh))


_REFUNDED: Final = 16  # in an OrderRow: those that are read are plain tuples
