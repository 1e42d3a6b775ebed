"""Batches of a staged file, taken in one after the other, by this process or by several beside each other.

Each batch is whole people and a transaction of its own; workers take turns at the batches. A worker that finds its
parent gone ends after its batch. Whatever is killed: what was taken in stays, and the next run finds it and goes on.
"""

import gc
import multiprocessing
import signal
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Final

import duckdb
import msgspec
import psycopg

from ritorno.core.events import OrderTold
from ritorno.core.instants import Instant
from ritorno.core.journeys.entry import event_name
from ritorno.core.plan import Plan
from ritorno.sources.ready import Batch, OrderRow, open_ready, read_batch, read_people
from ritorno.store import events, imports, inbox
from ritorno.store.connection import Session, StoreUnavailable, database_url
from ritorno.store.transaction import transaction
from ritorno.work.import_history import Taken, take_history
from ritorno.work.import_newcomers import nobodys_purchase, order_key, take_newcomers
from ritorno.work.import_tell import People, Teller
from ritorno.work.outcome import sales
from ritorno.work.plans import Plans

FEW = 60_000  # orders that one process takes in before a second one has started
_COLLECT_EVERY = 20  # batches
Tell = Callable[[Taken, int], None]


class ImportFailed(RuntimeError):  # noqa: N818 - the name says the state
    """The import did not come to its end; says why. What was taken in stays: run it again to go on."""


class Job(msgspec.Struct, frozen=True):
    """What a process needs to take part."""

    ready: str
    url: str
    home: str
    database_url: str | None
    brand_key: str
    teller: Teller
    now: Instant


def take_batches(job: Job, plan: Plan, session: Session, batches: Sequence[Batch], workers: int, tell: Tell) -> None:
    """Take all batches in; `tell` hears of each. Raises ImportFailed and StoreUnavailable."""
    if workers < 2 or sum(batch.orders for batch in batches) <= FEW:
        with open_ready(Path(job.ready)) as ready:
            for batch in batches:
                tell(take_batch(session, plan, job, ready, batch), batch.orders)
        return
    context = multiprocessing.get_context("spawn")
    processes, pipes = [], []
    for number in range(workers):
        ours, theirs = context.Pipe(duplex=False)
        process = context.Process(target=_work, args=(job, list(batches[number::workers]), theirs), daemon=True)
        process.start()
        theirs.close()
        processes.append(process)
        pipes.append(ours)
    try:
        _listen(pipes, tell)
    finally:
        for process in processes:
            process.terminate()
            process.join()


def _listen(pipes: list[Connection], tell: Tell) -> None:
    """Hear every worker to its end."""
    while pipes:
        for pipe in wait(pipes):
            assert isinstance(pipe, Connection)
            try:
                said = pipe.recv()
            except EOFError:
                raise ImportFailed(
                    "a process of the import has ended without a word (was it killed, or memory short?). What was "
                    "taken in stays; run the same command again to go on"
                ) from None
            if said is None:
                pipes.remove(pipe)
            elif isinstance(said, str):
                raise ImportFailed(said)
            else:
                taken, orders = said
                tell(Taken(*taken), orders)


def _work(job: Job, batches: list[Batch], parent: Connection) -> None:
    """One process beside others."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to hear
    gc.freeze()
    gc.disable()  # a batch makes a million values and no cycles; collecting on the way costs a fifth
    try:
        database_url(Path(job.home), job.database_url)  # holds an embedded server, and can start it again
        with Session(job.url, autocommit=True, application_name="ritorno import") as session:
            plan = session.run(lambda connection: Plans().named(connection, job.brand_key))
            with open_ready(Path(job.ready)) as ready:
                for number, batch in enumerate(batches):
                    taken = take_batch(session, plan, job, ready, batch)
                    if not _is_wanted():
                        return
                    parent.send((tuple(taken), batch.orders))
                    if number % _COLLECT_EVERY == 0:
                        gc.collect()
        parent.send(None)
        gc.unfreeze()
    except (StoreUnavailable, psycopg.Error, OSError) as error:
        parent.send(f"{error}. What was taken in stays; run the same command again to go on")


def _is_wanted() -> bool:
    parent = multiprocessing.parent_process()
    return parent is None or parent.is_alive()


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


_REFUNDED: Final = 15  # in an OrderRow: those that are read are plain tuples
