"""The lake: a copy of every customer's document as columns, in a folder or at any address that fsspec knows.

    <lake>/<brand>/manifest.json
    <lake>/<brand>/part-0000012/orders.parquet …

Parts are written whole, then listed, then never changed. What is not listed does not exist: a writer killed at any
point leaves a folder behind that `sweep` removes. There is one writer at a time (`work/keep_lake.py` holds a lock of
PostgreSQL); a writer that lost its lock without knowing finds the manifest moved, and writes nothing.
"""

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import fsspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from msgspec.structs import replace

from ritorno.core.ids import BrandId
from ritorno.core.instants import MINUTE, Instant
from ritorno.whole.lake_rows import SCHEMAS
from ritorno.whole.manifest import LOWEST, Manifest, ManifestMoved, NoLake, Part, decode, encode

GRACE = 10 * MINUTE  # that a part outlives its place in the manifest
_MANIFEST = "manifest.json"
_ROW_GROUP = 32_768
_TIMES = ("occurred_at", "at", "entered_at")
_COVERED = pa.schema([("customer_id", pa.int64())])
_NUMBER = pa.field("part", pa.int64())  # of a delta's rows: which part they are of


class Lake:
    """One brand's folder under `url`: a path, or s3://bucket/folder and the like (with fsspec's package for it).

    `writer` tells apart those that write: no two share a folder, whatever they believe of being the only one. Raises
    NoLake for an address that is none, or whose package is not installed.
    """

    def __init__(self, url: str, brand: BrandId, writer: int = 0) -> None:
        try:
            self.files, root = fsspec.url_to_fs(url)
        except (ValueError, ImportError) as error:
            raise NoLake(f"the lake's address {url!r} cannot be used: {error}; correct RITORNO_LAKE") from error
        self.brand, self.writer = brand, writer
        self.folder = f"{root.rstrip('/')}/{brand}"
        self._is_local = "file" in self.files.protocol

    def manifest(self) -> Manifest | None:
        """What stands now; None where nothing was ever written. Raises NoLake for what cannot be read."""
        path = f"{self.folder}/{_MANIFEST}"
        try:
            return decode(self.files.cat_file(path), path)
        except FileNotFoundError:
            return None

    def standing(self) -> Manifest:
        """The manifest of a lake that can be read. Raises NoLake."""
        manifest = self.manifest()
        if manifest is None or not manifest.stands:
            raise NoLake("the lake has not been built yet; the worker builds it, or: ritorno lake build")
        return manifest

    def replace(self, old: Manifest | None, new: Manifest) -> Manifest:
        """Let `new` stand in the place of `old`, which was read before. Raises ManifestMoved."""
        with contextlib.suppress(NoLake):  # of what cannot be read nobody expects anything
            if _place(self.manifest()) != _place(old):
                raise ManifestMoved(f"the lake of brand {self.brand} was written to by somebody else")
        new = replace(new, version=(old.version if old else 0) + 1)
        path = f"{self.folder}/{_MANIFEST}"
        if not self._is_local:
            self.files.pipe_file(path, encode(new))
            return new
        self.files.makedirs(self.folder, exist_ok=True)
        beside = f"{self.folder}/.{_MANIFEST}.{self.writer}"
        with self.files.open(beside, "wb") as file:
            file.write(encode(new))
            _settle(file)
        Path(beside).replace(path)
        self._settle_folder(self.folder)
        return new

    def part(self, number: int) -> "Writing":
        """A new part to write tables to."""
        return Writing(self, number)

    def write_part(self, number: int, tables: dict[str, pa.Table], covered: Iterable[int] | None = None) -> Part:
        """A part of these tables, each in order of customer; `covered` for a delta: everyone it speaks of."""
        writing = self.part(number)
        ids = None if covered is None else np.array(sorted(covered), np.int64)
        if ids is not None:
            writing.cover(ids)
        for name in SCHEMAS:
            writing.add(name, tables[name])
        return writing.done()

    def path(self, part: Part, table: str) -> str:
        """Where a table of a part is, as this lake's file system names it."""
        return f"{self.folder}/{part.name}/{table}.parquet"

    def address(self, part: Part, table: str) -> str:
        """The same as engines name it."""
        path = self.path(part, table)
        return path if self._is_local else str(self.files.unstrip_protocol(path))

    def read(self, part: Part, table: str, low: int = LOWEST, high: int | None = None) -> pa.Table | None:
        """The rows of customers from `low` up to, not including, `high`; None where the part has none of that table."""
        if table not in part.tables:
            return None
        bounds = [("customer_id", ">=", low)] if low != LOWEST else []
        bounds += [("customer_id", "<", high)] if high is not None else []
        path = self.path(part, table)
        return pq.read_table(path, filters=bounds or None, filesystem=self.files, use_threads=False, pre_buffer=False)

    def write(self, folder: str, table: str, rows: pa.Table) -> int:
        """Write one file; its size in bytes."""
        self.files.makedirs(f"{self.folder}/{folder}", exist_ok=True)
        path = f"{self.folder}/{folder}/{table}.parquet"
        with self.files.open(path, "wb") as file:
            pq.write_table(rows, file, compression="zstd", row_group_size=_ROW_GROUP)
            size = int(file.tell())
            if self._is_local:
                _settle(file)
        return size

    def settle(self, folder: str) -> None:
        """What was written to that folder is there even when the machine goes down."""
        if self._is_local:
            self._settle_folder(f"{self.folder}/{folder}")
            self._settle_folder(self.folder)

    def _settle_folder(self, path: str) -> None:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def sweep(self, manifest: Manifest, at: Instant) -> Manifest:
        """Remove what a killed writer left and what has been retired for longer than the grace; for the one writer."""
        late = {each.name for each in manifest.retired if at - each.at >= GRACE}
        kept = {part.name for part in manifest.parts} | {each.name for each in manifest.retired} - late
        if late:
            retired = tuple(each for each in manifest.retired if each.name not in late)
            manifest = self.replace(manifest, replace(manifest, retired=retired))
        for path in self._found():
            name = path.rstrip("/").rsplit("/", 1)[-1]
            if name.startswith(("part-", f".{_MANIFEST}")) and name not in kept:
                self.files.rm(path, recursive=True)
        return manifest

    def _found(self) -> list[str]:
        self.files.invalidate_cache()
        try:
            return [str(path) for path in self.files.ls(self.folder, detail=False)]
        except FileNotFoundError:
            return []


class Writing:
    """A part on its way: table by table, so that no more than one of them is in memory."""

    def __init__(self, lake: Lake, number: int) -> None:
        self._lake, self._number = lake, number
        self._name = f"part-{number:07d}-{lake.writer}"
        self._covers = False
        self._ids = np.empty(0, np.int64)
        self._customers = self._bytes = 0
        self._tables: list[str] = []

    def cover(self, ids: "np.ndarray[Any, np.dtype[np.int64]]") -> None:
        """Make it a delta, that speaks of these customers (ascending)."""
        self._covers, self._ids = True, ids
        self._bytes += self._lake.write(self._name, "covered", pa.Table.from_arrays([pa.array(ids)], schema=_COVERED))

    def add(self, name: str, rows: pa.Table) -> None:
        """Rows of one table, in order of customer. In a part of the base they are written in order of time: most rules
        ask of the last weeks, and by a row group's first and last instant an engine passes over the others (a count of
        a rule of five leaves takes 0.6 times what it took of rows in order of customer)."""
        if name == "customers":
            self._customers = rows.num_rows
            if not self._covers:
                self._ids = rows.column("customer_id").to_numpy()
        if rows.num_rows == 0:
            return
        if self._covers:
            rows = rows.append_column(_NUMBER, pa.array(np.full(rows.num_rows, self._number, np.int64)))
        else:
            rows = _by_time(rows)
        self._bytes += self._lake.write(self._name, name, rows)
        self._tables.append(name)

    def done(self) -> Part:
        if self._bytes:
            self._lake.settle(self._name)
        first = int(self._ids[0]) if len(self._ids) else LOWEST
        return Part(self._number, self._name, first, self._customers, len(self._ids), self._bytes, tuple(self._tables))


def _place(manifest: Manifest | None) -> tuple[str, int] | None:
    return None if manifest is None else (manifest.token, manifest.version)


def _by_time(rows: pa.Table) -> pa.Table:
    """Rows of what happened at an instant in order of it, one customer's as they were; other tables as they are."""
    at = next((name for name in _TIMES if name in rows.column_names), None)
    return rows if at is None else rows.take(np.argsort(rows.column(at).to_numpy(), kind="stable"))


def _settle(file: Any) -> None:
    file.flush()
    os.fsync(file.fileno())
