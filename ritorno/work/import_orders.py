"""Import a file of orders: read and check it, tell its people apart, take it in batch by batch.

    file → rows → orders → people → batches          in a DuckDB database of this import alone, nothing in ours yet
    batches → documents, events, purchases, scores   each batch one transaction; two processes for large files

A second run of the same file adds nothing; a run that was interrupted is continued by running it again.
"""

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import psycopg

from ritorno.core.identifiers import Identifier, Kind
from ritorno.core.instants import Instant
from ritorno.core.plan import Plan
from ritorno.sources.ready import Batch
from ritorno.sources.staged_batches import make_batches, own_refunds
from ritorno.sources.staged_orders import Reading, Staged, stage_orders
from ritorno.sources.staged_people import Crowd, identifiers_of, mark_known, stage_people
from ritorno.sources.staging import Staging
from ritorno.store import identifiers, imports, partitions
from ritorno.store.connection import Session
from ritorno.work.collect_loose import collect_loose
from ritorno.work.import_asked import (
    Asked,
    Counts,
    Progress,
    begin_run,
    end_run,
    open_mapped,
    refuse_if_nothing,
    scratch_folder,
    staged,
    write_rejects,
)
from ritorno.work.import_batches import Job
from ritorno.work.import_crew import FEW, Crew, crew_for
from ritorno.work.import_crowds import keep_crowds
from ritorno.work.import_history import Taken
from ritorno.work.import_tell import Teller


def import_orders(
    session: Session,
    plan: Plan,
    asked: Asked,
    now: Instant,
    *,
    home: Path,
    database_url: str | None = None,
    tell: Progress = lambda *_: None,
) -> Counts:
    """Take a file of orders in. `session` is autocommit; `home` is the data folder, where what is staged lies.

    Raises FileError, MappingError, NothingAcceptable, ImportFailed, StoreUnavailable; each says what to do.
    """
    with scratch_folder(home) as folder, ExitStack() as stack:
        with staged(folder) as staging:
            sheet, columns = session.run(lambda c: open_mapped(c, plan.brand.id, "orders", asked, folder))
            tell("reading", 0, 0)
            reading = Reading(plan.tz, plan.brand.currency, plan.brand.region, _place_of_sale(asked))
            found = stage_orders(staging, sheet, columns.fields, reading)
            rejected = write_rejects(staging, sheet, asked)
            refuse_if_nothing(found.rows, rejected, asked)
            tell("telling people apart", found.rows, found.rows)
            crew = stack.enter_context(crew_for(staging.count("told"), asked.workers))
            crowds, batches = _tell_apart(session, plan, asked, staging, now)
        job = Job(
            ready=str(staging.path), url=session.url, home=str(home), database_url=database_url,
            brand_key=plan.brand.key, now=now,
            teller=Teller(asked.source, plan.brand.currency, now, asked.as_of, plan.brand.region),
        )  # fmt: skip
        run = session.run(lambda c: begin_run(c, plan.brand.id, "orders", asked, now))
        taken = _take(session, plan, crew, job, batches, tell)
    counts = _counts(found, rejected, taken, crowds, asked)
    session.run(lambda c: end_run(c, plan.brand.id, "orders", run, asked, counts, now))
    while session.run(lambda c: collect_loose(c, plan, now)):
        pass  # refunds that a till told before the file told their sales
    return counts


def _place_of_sale(asked: Asked) -> str | None:
    """A source called a till's sells at the till."""
    return asked.sold_via or ("pos" if asked.source.lower() in ("pos", "till") else None)


def _tell_apart(
    session: Session, plan: Plan, asked: Asked, staging: Staging, now: Instant
) -> tuple[list[Crowd], list[Batch]]:
    own_refunds(staging)
    crowds = stage_people(staging, "owned", plan.tz)
    session.run(lambda c: keep_crowds(c, plan, crowds, asked.source, now))
    mark_known(staging, _known(session, plan, asked, staging))
    return crowds, make_batches(staging, asked.orders_a_batch)


def _known(session: Session, plan: Plan, asked: Asked, staging: Staging) -> list[tuple[Kind, str]]:
    """Those identifiers of the file by which somebody is known already."""
    if not session.run(lambda c: imports.knows_anybody(c, plan.brand.id)):
        return []
    known: list[tuple[Kind, str]] = []
    for told in identifiers_of(staging):
        wanted = [Identifier(kind, value, asked.source if kind is Kind.SHOP_ID else "") for kind, value in told]
        held = session.run(_look_up(plan, wanted))
        known += [(each.kind, each.value) for each in held]
    return known


def _look_up(
    plan: Plan, wanted: list[Identifier]
) -> Callable[[psycopg.Connection], dict[Identifier, identifiers.Held]]:
    return lambda connection: identifiers.look_up(connection, plan.brand.id, wanted)


def _take(session: Session, plan: Plan, crew: Crew, job: Job, batches: list[Batch], tell: Progress) -> Taken:
    """Take every batch in, under a run that is noted; what was known before the end is told on the way."""
    orders = sum(batch.orders for batch in batches)
    done = 0
    total = Taken()

    def hear(taken: Taken, count: int) -> None:
        nonlocal done, total
        done += count
        total = total.plus(taken)
        tell("taking in", done, orders)

    session.run(lambda c: partitions.ensure(c, job.now))
    tell("taking in", 0, orders)
    with Session(session.url, application_name="ritorno import") as holder:
        if orders > FEW:
            holder.run(lambda c: imports.hold_off_vacuum(c, job.now))
        crew.take(job, plan, session, batches, hear)
    session.run(imports.settle_statistics)
    return total


def _counts(found: Staged, rejected: int, taken: Taken, crowds: list[Crowd], asked: Asked) -> Counts:
    return Counts(
        rows=found.rows,
        added=taken.events,
        repeated=taken.repeated + found.repeated,
        rejected=rejected,
        customers_new=taken.new,
        customers_known=taken.known,
        merged=taken.merged,
        anonymous=taken.nobodys,
        unreadable=found.unreadable,
        house_accounts=sum(one.is_account for one in crowds),
        unknown_states=found.states,
        rejects=str(asked.rejects_path) if rejected else "",
    )
