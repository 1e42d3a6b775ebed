"""What an import is asked to do and what it tells at its end; a folder of its own for what it writes on the way."""

import fcntl
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import psycopg

from ritorno.core.ids import BrandId
from ritorno.core.instants import Instant
from ritorno.sources.columns import Columns, Kind, map_columns
from ritorno.sources.files import Sheet, open_sheet, room
from ritorno.sources.staged_batches import ORDERS
from ritorno.sources.staging import Staging
from ritorno.store import imports
from ritorno.store.transaction import transaction


class Asked(msgspec.Struct, frozen=True):
    """`mapping` is field → column as told now; `sold_via` the place of sale of rows that do not say; `as_of` the
    instant the file speaks of, where it has no column for it; `rejects` where rejected rows go."""

    path: Path
    source: str = "files"
    encoding: str | None = None
    mapping: dict[str, str] = {}
    sold_via: str | None = None
    as_of: Instant | None = None
    rejects: Path | None = None
    workers: int = 2
    orders_a_batch: int = ORDERS
    is_automatic: bool = False  # forget the columns kept for this source

    @property
    def rejects_path(self) -> Path:
        return self.rejects or self.path.with_name(f"{self.path.name}.rejected.csv")


class Counts(msgspec.Struct, frozen=True, omit_defaults=False):
    """`rows` of the file; of them `rejected`. So many orders (customers, consents …) were `added`, and `repeated` ones
    had been told before.

    `customers_new` were not there before, `customers_known` were and learned something; `merged` turned out to be one
    with another; `anonymous` orders name nobody. `unreadable` identifiers were left out of rows that have another.
    """

    rows: int = 0
    added: int = 0
    repeated: int = 0
    rejected: int = 0
    customers_new: int = 0
    customers_known: int = 0
    merged: int = 0
    anonymous: int = 0
    unproven: int = 0
    unreadable: int = 0
    house_accounts: int = 0
    unknown_states: tuple[str, ...] = ()
    rejects: str = ""


class NothingAcceptable(ValueError):  # noqa: N818 - the name says the state
    """Not one row of the file could be taken in; says how many there were and where the reasons are."""


Progress = Callable[[str, int, int], None]
"""What is being done, how many rows of how many."""


@contextmanager
def scratch_folder(home: Path) -> Iterator[Path]:
    """A folder for one import, removed at its end; those that killed imports have left are removed now."""
    place = home / "imports"
    with room(home):
        place.mkdir(parents=True, exist_ok=True)
    for old in place.iterdir():
        _remove_left(old)
    number = 0
    while True:
        folder = place / f"run-{number}"
        try:
            folder.mkdir()
            break
        except FileExistsError:
            number += 1
    try:
        with room(home), (folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _remove_left(folder: Path) -> None:
    try:
        with (folder / "lock").open("r+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
    except OSError:
        return  # somebody's who is at work, or just beginning


@contextmanager
def staged(folder: Path) -> Iterator[Staging]:
    staging = Staging(folder)
    try:
        yield staging
    finally:
        staging.close()


def open_mapped(
    connection: psycopg.Connection, brand: BrandId, kind: Kind, asked: Asked, folder: Path
) -> tuple[Sheet, Columns]:
    """The file's table and which of its columns is which field: as told, as kept for the source, as well known.

    Raises FileError and MappingError.
    """
    sheet = open_sheet(asked.path, folder, encoding=asked.encoding)
    saved = {} if asked.is_automatic else imports.mapping_of(connection, brand, asked.source, kind)
    return sheet, map_columns(kind, sheet.columns, saved=saved, told=asked.mapping)


def begin_run(connection: psycopg.Connection, brand: BrandId, kind: Kind, asked: Asked, now: Instant) -> int:
    """Note that the import has begun; its number."""
    with transaction(connection):
        return imports.begin(connection, brand, kind, asked.path.name, asked.source, now)


def end_run(
    connection: psycopg.Connection, brand: BrandId, kind: Kind, run: int, asked: Asked, counts: Counts, now: Instant
) -> None:
    """Note its end, and keep the columns told by hand for the next file of this source."""
    with transaction(connection):
        imports.finish(connection, run, now, msgspec.to_builtins(counts))
        if asked.mapping:
            kept = imports.mapping_of(connection, brand, asked.source, kind)
            imports.keep_mapping(connection, brand, asked.source, kind, {**kept, **asked.mapping}, now)


def write_rejects(staging: Staging, sheet: Sheet, asked: Asked) -> int:
    """Write the file of rejects, or remove that of an earlier run; how many rows."""
    if staging.broken == 0 and staging.count("problem") == 0:
        if asked.rejects is None:
            asked.rejects_path.unlink(missing_ok=True)
        return 0
    return staging.write_rejects(sheet, asked.rejects_path)


def refuse_if_nothing(rows: int, rejected: int, asked: Asked) -> None:
    if rows == 0:
        raise NothingAcceptable(f"{asked.path.name} has a header and no rows")
    if rejected >= rows:
        raise NothingAcceptable(
            f"none of the {rows} rows of {asked.path.name} can be taken in; the reasons are in {asked.rejects_path}. "
            "Often a column is mapped wrongly: see --show-mapping and --map"
        )
