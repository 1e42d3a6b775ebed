"""Compaction: deltas become one delta, or go into the base, a bounded piece at a time.

Each step ends with a manifest that stands, and says the same of every customer as the one before. What it replaced is
retired. So it may stop after any step, be killed at any point, and goes on where it was.
"""

from collections.abc import Iterable
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from msgspec.structs import replace

from ritorno.core.instants import Instant
from ritorno.whole.lake import Lake, Writing
from ritorno.whole.lake_rows import SCHEMAS
from ritorno.whole.manifest import LOWEST, Manifest, Merging, Part, with_retired

PIECE = 25_000  # customers of one part of the base
MOST_DELTAS = 16
_FEW = 5_000  # customers: fewer are not worth a merge
_MOST_SHARE = 0.2  # of the base, that deltas may cover
_HIGHEST = 2**63 - 1
Ids = np.ndarray[Any, np.dtype[np.int64]]


def step(lake: Lake, manifest: Manifest, at: Instant, *, everything: bool = False) -> Manifest | None:
    """One piece of what is to be done, of a second or so; None when nothing is. `everything`: merge whatever small."""
    if manifest.building is not None:
        return None
    merging = manifest.merging
    apart = tuple(part for part in manifest.deltas if merging is None or part.number not in merging.numbers)
    if len(apart) > MOST_DELTAS and len(run := _run_of_small(apart)) > 1:
        return _fold(lake, manifest, run, at)
    if merging is None:
        base, covered = (sum(part.covered for part in parts) for parts in (manifest.base, manifest.deltas))
        if not covered or not (everything or covered > max(_MOST_SHARE * base, _FEW)):
            return None
        merging = Merging(tuple(part.number for part in manifest.deltas))
    return _merge_one(lake, manifest, merging, at)


def _run_of_small(deltas: tuple[Part, ...]) -> tuple[Part, ...]:
    """The newest deltas, as far back as one is no larger than twice all after it: a row is folded a few times only."""
    run: list[Part] = []
    total = 0
    for part in reversed(deltas):
        if run and (part.covered > 2 * total or total + part.covered > 2 * PIECE):
            break
        run.insert(0, part)
        total += part.covered
    return tuple(run)


def _fold(lake: Lake, manifest: Manifest, run: tuple[Part, ...], at: Instant) -> Manifest:
    newest = Newest(lake, run)
    writing = lake.part(manifest.next)
    writing.cover(newest.ids)
    for name in SCHEMAS:
        writing.add(name, newest.rows(name))
    folded = writing.done()
    standing = tuple(part for part in manifest.deltas if part not in run)
    return lake.replace(
        manifest,
        replace(manifest, next=manifest.next + 1, deltas=(*standing, folded), retired=with_retired(manifest, run, at)),
    )


def _merge_one(lake: Lake, manifest: Manifest, merging: Merging, at: Instant) -> Manifest:
    """Merge into the next part of the base that the deltas speak of; at its end they are retired."""
    deltas = tuple(part for part in manifest.deltas if part.number in merging.numbers)
    low, gone = merging.upto, tuple[Part, ...]()
    base, number = manifest.base, manifest.next
    while low != _HIGHEST and not gone:
        index, high = _place(base, low)
        newest = Newest(lake, deltas, low, high)
        low = _HIGHEST if high is None else high
        if len(newest.ids):
            gone = base[index : index + 1]
            made = _merged(lake, gone[0] if gone else None, newest, number)
            base = (*base[:index], *made, *base[index + 1 :])
            number += len(made)
    new = replace(manifest, base=base, next=number, merging=Merging(merging.numbers, low))
    if low == _HIGHEST:
        gone += deltas
        new = replace(new, merging=None, deltas=tuple(part for part in manifest.deltas if part not in deltas))
    return lake.replace(manifest, replace(new, retired=with_retired(manifest, gone, at)))


def _place(base: tuple[Part, ...], low: int) -> tuple[int, int | None]:
    """(which part of the base customers from `low` on belong to, where the next one begins)."""
    index = max(sum(part.first <= low for part in base) - 1, 0)
    return index, base[index + 1].first if index + 1 < len(base) else None


def _merged(lake: Lake, old: Part | None, newest: "Newest", number: int) -> list[Part]:
    """The part with the newest rows in it, cut in several where it has grown; none when nobody is left."""
    writings: list[Writing] = []
    cuts: list[int] = []
    for name in SCHEMAS:  # customers come first: they say where to cut
        rows = newest.rows(name)
        kept = lake.read(old, name) if old else None
        if kept is not None:
            rows = _in_order([kept.filter(pc.invert(newest.has(kept))), rows])
        if name == "customers":
            cuts = list(rows.column("customer_id").to_numpy()[PIECE::PIECE]) if rows.num_rows >= 2 * PIECE else []
            writings = [lake.part(number + each) for each in range(len(cuts) + 1)] if rows.num_rows else []
        places = [0, *np.searchsorted(rows.column("customer_id").to_numpy(), cuts), rows.num_rows]
        for writing, (start, end) in zip(writings, pairwise(places), strict=False):
            writing.add(name, rows.slice(start, end - start))
        del rows, kept
        pa.default_memory_pool().release_unused()  # or the next table's memory is added to this one's
    return [writing.done() for writing in writings]


class Newest:
    """What several deltas say, by the last of them that speaks of each customer, of the ids from `low` to `high`."""

    def __init__(self, lake: Lake, deltas: tuple[Part, ...], low: int = LOWEST, high: int | None = None) -> None:
        self._lake, self._deltas, self._low, self._high = lake, deltas, low, high
        self.ids, self.numbers = newest_of(lake, deltas, low, high)

    def rows(self, name: str) -> pa.Table:
        """In order of customer; with the columns of `SCHEMAS` alone."""
        found = []
        for part in self._deltas:
            rows = self._lake.read(part, name, self._low, self._high)
            if rows is not None and rows.num_rows:
                mine = self.ids[self.numbers == part.number]
                found.append(rows.drop_columns("part").filter(pc.is_in(rows["customer_id"], pa.array(mine))))
        return _in_order(found) if found else SCHEMAS[name].empty_table()

    def has(self, rows: pa.Table) -> pa.ChunkedArray:
        return pc.is_in(rows["customer_id"], pa.array(self.ids))


def newest_of(lake: Lake, deltas: tuple[Part, ...], low: int = LOWEST, high: int | None = None) -> tuple[Ids, Ids]:
    """(ids, numbers): everyone the deltas speak of, ascending, and the part that does so last."""
    covered = [(part.number, _covered(lake, part, low, high)) for part in reversed(deltas)]
    ids = np.concatenate([np.empty(0, np.int64), *(found for _, found in covered)])
    numbers = np.concatenate([np.empty(0, np.int64), *(np.full(len(found), number) for number, found in covered)])
    unique, first = np.unique(ids, return_index=True)
    return unique, numbers[first]


def _covered(lake: Lake, part: Part, low: int, high: int | None) -> Ids:
    path = lake.path(part, "covered")
    ids: Ids = pq.read_table(path, filesystem=lake.files).column("customer_id").to_numpy()
    start = 0 if low == LOWEST else int(np.searchsorted(ids, low))
    return ids[start : len(ids) if high is None else int(np.searchsorted(ids, high))]


def _in_order(tables: Iterable[pa.Table]) -> pa.Table:
    """One table in order of customer; rows of one customer stay as they were among themselves."""
    joined = pa.concat_tables(list(tables))
    ids = joined.column("customer_id").to_numpy()
    if len(ids) < 2 or bool(np.all(ids[1:] >= ids[:-1])):
        return joined
    return joined.take(np.argsort(ids, kind="stable"))
