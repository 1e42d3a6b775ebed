"""Files of people: a row is read by itself, becomes events of the past, and is taken in with a few thousand others.

What customers and consents have in common; a million rows of these are rare, a slow minute is not.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from ritorno.core.bidi import visible
from ritorno.core.events import Body, Event, TraitValue, event_id, event_key
from ritorno.core.identifiers import Identifier, Kind, normalise
from ritorno.core.instants import Instant
from ritorno.core.plan import Plan
from ritorno.sources.columns import Columns, fields_of
from ritorno.sources.columns import Kind as FileKind
from ritorno.sources.files import Sheet
from ritorno.sources.ready import FIELDS
from ritorno.sources.staging import Staging, texts_of
from ritorno.store import imports, partitions
from ritorno.store.connection import Session
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
from ritorno.work.import_history import Past, Taken, take_history

BATCH = 2_000  # rows
_encode = msgspec.json.Encoder(order="deterministic").encode


class RowError(ValueError):
    """What is wrong with a row, and in which field."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field


class Row(NamedTuple):
    """A row of the file: its number, its fields and its other columns; empty cells are missing."""

    number: int
    fields: dict[str, str]
    others: dict[str, str]


class Told(NamedTuple):
    """The events of a row; how many identifiers of it could not be read; is it a claim without proof?"""

    past: list[Past]
    unreadable: int = 0
    is_unproven: bool = False


Read = Callable[[Row], Told]
"""Raises RowError."""


def import_rows(
    session: Session,
    plan: Plan,
    kind: FileKind,
    asked: Asked,
    now: Instant,
    *,
    home: Path,
    read: Callable[[Sheet, Columns], Read],
    tell: Progress,
) -> Counts:
    """Take a file of people in, row by row in its order. Raises FileError, MappingError, NothingAcceptable."""
    with scratch_folder(home) as folder, staged(folder) as staging:
        sheet, columns = session.run(lambda c: open_mapped(c, plan.brand.id, kind, asked, folder))
        reader = read(sheet, columns)
        tell("reading", 0, 0)
        rows = staging.load(sheet, texts_of(columns.fields, fields_of(kind), columns.others))
        session.run(lambda c: partitions.ensure(c, now))
        run = session.run(lambda c: begin_run(c, plan.brand.id, kind, asked, now))
        taken, unreadable, unproven = _take_all(session, plan, staging, columns, reader, rows, now, tell)
        rejected = write_rejects(staging, sheet, asked)
        refuse_if_nothing(rows, rejected, asked)
        session.run(imports.settle_statistics)
        counts = Counts(
            rows=rows,
            added=taken.events,
            repeated=taken.repeated,
            rejected=rejected,
            customers_new=taken.new,
            customers_known=taken.known,
            merged=taken.merged,
            anonymous=taken.nobodys,
            unproven=unproven,
            unreadable=unreadable,
            rejects=str(asked.rejects_path) if rejected else "",
        )
        session.run(lambda c: end_run(c, plan.brand.id, kind, run, asked, counts, now))
    return counts


def _take_all(
    session: Session,
    plan: Plan,
    staging: Staging,
    columns: Columns,
    read: Read,
    count: int,
    now: Instant,
    tell: Progress,
) -> tuple[Taken, int, int]:
    taken, unreadable, unproven, done = Taken(), 0, 0, 0
    for batch in batches_of(staging, columns):
        told = [one for one in read_batch(staging, batch, read) if one is not None]
        past = [each for one in told for each in one.past]
        taken = taken.plus(session.run(_taking(plan, past, now)))
        unreadable += sum(one.unreadable for one in told)
        unproven += sum(one.is_unproven for one in told)
        done += len(batch)
        tell("taking in", done, count)
    return taken, unreadable, unproven


def _taking(plan: Plan, past: Sequence[Past], now: Instant) -> Callable[..., Taken]:
    return lambda connection: take_history(connection, plan, past, now)


def batches_of(staging: Staging, columns: Columns) -> Iterator[list[tuple[int, Row]]]:
    """Rows with their place in the staging, in the file's order."""
    names = (*fields_of(columns.kind), *columns.others)
    fields = len(names) - len(columns.others)
    for batch in staging.batches("rows", BATCH):
        rows = []
        for rowid, *values in batch:
            cells = [(name, visible(value or "")) for name, value in zip(names, values, strict=True)]
            row = Row(
                staging.row_of(rowid),
                {name: value for name, value in cells[:fields] if value},
                {name: value for name, value in cells[fields:] if value},
            )
            if row.fields or row.others:
                rows.append((rowid, row))
        yield rows


def read_batch(staging: Staging, batch: Sequence[tuple[int, Row]], read: Read) -> list[Told | None]:
    """What each row tells; None, and a note of the problem, for those that cannot be read."""
    told: list[Told | None] = []
    problems: list[tuple[int, str, str]] = []
    for rowid, row in batch:
        try:
            told.append(read(row))
        except RowError as error:
            problems.append((rowid, error.field, str(error)))
            told.append(None)
    if problems:
        staging.add_rows("problem", list(zip(*problems, strict=True)))
    return told


def identifiers_of(row: Row, region: str, source: str) -> tuple[tuple[Identifier, ...], int]:
    """The identifiers of a row and how many could not be read. Raises RowError when none can."""
    found: list[Identifier] = []
    failed: list[tuple[str, str]] = []
    for field, kind in FIELDS.items():
        text = row.fields.get(field)
        if text is None:
            continue
        try:
            found.append(normalise(kind, text, region=region, namespace=source if kind is Kind.SHOP_ID else ""))
        except ValueError as error:
            failed.append((field, str(error)))
    if not found and failed:
        raise RowError(", ".join(field for field, _ in failed), "; ".join(reason for _, reason in failed))
    if not found:
        raise RowError(", ".join(FIELDS), "nothing tells whose row this is: fill one of them")
    return tuple(found), len(failed)


def past_of(
    source: str,
    name: str,
    body: Body,
    identifiers: tuple[Identifier, ...],
    occurred_at: Instant,
    received_at: Instant,
    *,
    traits: Mapping[str, TraitValue],
    content: object,
) -> Past:
    """An event whose message id is `<name>:<8 bytes of the content>`: told again it is no news."""
    told = _encode((identifiers, content))
    digest = hashlib.blake2b(told, digest_size=8).digest()
    message_id = f"{name}:{digest.hex()}"
    key = event_key(source, message_id)
    event = Event(
        event_id(key), source, message_id, occurred_at, received_at, body, identifiers, dict(traits), history=True
    )
    return Past(event, key, digest)
