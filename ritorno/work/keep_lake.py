"""Keep the lake: whose documents changed becomes a part of it; a new or lost lake is built from everyone's.

    claim who changed → read their documents → write a part → list it in the manifest → commit

Killed before the manifest, nothing is listed and they are claimed again; killed between manifest and commit, they are
claimed and written again, and the newer part says the same. One turn at a time holds a brand's lake: it takes in
changes, then does one bounded piece of what else there is to do (build, merge), so that changes never wait long.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import psycopg
import pyarrow as pa
from msgspec.structs import replace

from ritorno.core.customer import Customer
from ritorno.core.instants import Instant
from ritorno.core.plan import Plan
from ritorno.store import changed, customers
from ritorno.store.transaction import transaction
from ritorno.whole import merge_parts
from ritorno.whole.lake import GRACE, Lake
from ritorno.whole.lake_rows import SCHEMAS, rows_of
from ritorno.whole.manifest import Building, Manifest, NoLake, with_retired
from ritorno.whole.merge_parts import PIECE

MOST = 20_000  # customers taken in by one turn
_BATCH = 1_000  # documents in memory at once
_MOST_ROWS = 500_000  # of one part of the base


class Kept(NamedTuple):
    """What a turn did: customers taken in, customers that the build read, and is there more to do right now?
    `was_free`: nobody else was at this lake."""

    customers: int = 0
    built: int = 0
    is_unfinished: bool = False
    was_free: bool = True


def keep_lake(
    connection: psycopg.Connection, url: str, plan: Plan, now: Instant, at: Instant, *, tidy: bool = False
) -> Kept:
    """One turn at a brand's lake; `now` is the brand's time, `at` the machine's. One transaction.

    `tidy` also looks for what a killed writer left. Raises ManifestMoved when another wrote meanwhile, OSError when
    the folder cannot be written to: nothing has happened then.
    """
    brand = plan.brand.id
    lake = Lake(url, brand, connection.info.backend_pid)
    with transaction(connection):
        if not changed.begin_turn(connection, brand):
            return Kept(was_free=False)
        manifest = before = _own(connection, lake, now)
        tidy = tidy or not before.stands  # what lay there before is nobody's
        manifest, taken = _take_changes(connection, lake, manifest, plan, now)
        manifest, built = _work_on(connection, lake, manifest, plan, now, at)
        if tidy or any(at - each.at >= GRACE for each in manifest.retired):
            manifest = lake.sweep(manifest, at)
        changed.set_mark(connection, brand, changed.Mark(manifest.token, manifest.round))
        unfinished = taken >= MOST or manifest.version > before.version + (taken > 0) or bool(manifest.building)
        return Kept(taken, built, unfinished)


def rebuild(connection: psycopg.Connection, url: str, plan: Plan, now: Instant) -> None:
    """Begin to build the lake anew, beside what stands, which is kept up to date until then."""
    lake = Lake(url, plan.brand.id, connection.info.backend_pid)
    with transaction(connection):
        changed.begin_turn(connection, plan.brand.id, wait=True)
        manifest = _own(connection, lake, now)
        building = Building(since=manifest.next)
        if manifest.building is None:
            manifest = lake.replace(manifest, replace(manifest, building=building, merging=None))
        changed.set_mark(connection, plan.brand.id, changed.Mark(manifest.token, manifest.round))


def merge_lake(connection: psycopg.Connection, url: str, plan: Plan, now: Instant, at: Instant) -> bool:
    """One step of merging everything into the base, however little it is; was there anything to do?"""
    lake = Lake(url, plan.brand.id, connection.info.backend_pid)
    with transaction(connection):
        changed.begin_turn(connection, plan.brand.id, wait=True)
        manifest = _own(connection, lake, now)
        stepped = merge_parts.step(lake, manifest, at, everything=True)
        changed.set_mark(connection, plan.brand.id, changed.Mark(manifest.token, manifest.round))
        return stepped is not None


def _own(connection: psycopg.Connection, lake: Lake, now: Instant) -> Manifest:
    """The manifest of the lake that this database knows; where that is lost, of a new one that is yet to be built."""
    mark = changed.mark(connection, lake.brand)
    try:
        manifest = lake.manifest()
    except NoLake:
        manifest = None
    if manifest and mark and manifest.token == mark.token and manifest.round - mark.round in (0, 1):
        return replace(manifest, round=mark.round)
    changed.forget(connection, lake.brand)
    begun = Manifest(lake.brand, changed.new_token(connection), as_of=now, building=Building(since=1))
    return lake.replace(manifest, begun)


def _take_changes(
    connection: psycopg.Connection, lake: Lake, manifest: Manifest, plan: Plan, now: Instant
) -> tuple[Manifest, int]:
    """Who changed, as a part; merged away, erased or a house account: spoken of without rows."""
    ids = changed.claim(connection, lake.brand, MOST)
    if not ids:
        return manifest, 0
    batches = (ids[start : start + _BATCH] for start in range(0, len(ids), _BATCH))
    tables = _joined(rows_of(customers.read_some(connection, lake.brand, some), plan, now) for some in batches)
    part = lake.write_part(manifest.next, tables, ids)
    taken = replace(
        manifest, next=manifest.next + 1, deltas=(*manifest.deltas, part), round=manifest.round + 1, as_of=now,
        changes=manifest.changes + len(ids),
    )  # fmt: skip
    return lake.replace(manifest, taken), len(ids)


def _joined(batches: Iterable[dict[str, pa.Table]]) -> dict[str, pa.Table]:
    found = list(batches)
    return {name: pa.concat_tables([each[name] for each in found]) for name in SCHEMAS}


def _work_on(
    connection: psycopg.Connection, lake: Lake, manifest: Manifest, plan: Plan, now: Instant, at: Instant
) -> tuple[Manifest, int]:
    """One piece of what else there is to do, and how many customers a build read."""
    if manifest.building is None:
        return merge_parts.step(lake, manifest, at) or manifest, 0
    return _build(connection, lake, manifest, manifest.building, plan, now, at)


def _build(
    connection: psycopg.Connection,
    lake: Lake,
    manifest: Manifest,
    building: Building,
    plan: Plan,
    now: Instant,
    at: Instant,
) -> tuple[Manifest, int]:
    """The next part of a base in the making. After the last, it takes the place of what stood."""
    reading = _Reading(building.after)
    tables = _joined([rows_of([], plan, now), *reading.rows(connection, plan, now)])
    part = lake.write_part(manifest.next, tables)
    made = (*building.base, part) if part.customers else building.base
    new = replace(manifest, next=manifest.next + 1, building=replace(building, base=made, after=reading.after))
    if reading.is_over:
        kept = tuple(delta for delta in manifest.deltas if delta.number >= building.since)
        gone = tuple(old for old in manifest.base + manifest.deltas if old not in kept)
        new = replace(new, base=made, deltas=kept, building=None, stands=True, retired=with_retired(manifest, gone, at))
    return lake.replace(manifest, new), reading.count


class _Reading:
    """Everyone after an id, batch by batch, as far as one part goes."""

    def __init__(self, after: int) -> None:
        self.after, self.count, self.is_over = after, 0, False

    def rows(self, connection: psycopg.Connection, plan: Plan, now: Instant) -> Iterator[dict[str, pa.Table]]:
        rows = 0
        while self.count < PIECE and rows < _MOST_ROWS:
            documents: list[Customer] = customers.read_after(connection, plan.brand.id, self.after, _BATCH)
            if documents:
                self.after = documents[-1].id
                self.count += len(documents)
                tables = rows_of(documents, plan, now)
                rows += sum(table.num_rows for table in tables.values())
                yield tables
            if len(documents) < _BATCH:
                self.is_over = True
                return
