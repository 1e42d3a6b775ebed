"""Import a file of products: what it tells of each changes, the rest stays (DAT-11).

Flags that journeys turn on are read by what they are (core/product_flags.py), an empty cell of theirs takes the flag
away; other columns that are no field become traits as they are written. A file of known products needs no more than
their SKUs and what is to change.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import psycopg

from ritorno.core.events import TraitValue
from ritorno.core.instants import Instant
from ritorno.core.plan import Plan
from ritorno.core.product_flags import FLAGS, read_flag
from ritorno.core.trait_values import TraitError
from ritorno.sources.columns import fields_of
from ritorno.sources.staging import texts_of
from ritorno.sources.values import read_amount, read_time, read_trait, read_yes
from ritorno.store import definitions, products, replans
from ritorno.store.connection import Session
from ritorno.store.products import Kept, Product
from ritorno.store.transaction import transaction
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
from ritorno.work.import_rows import Row, RowError, batches_of

Problem = tuple[int, str, str]


def import_products(
    session: Session, plan: Plan, asked: Asked, now: Instant, *, home: Path, tell: Progress = lambda *_: None
) -> Counts:
    """Take a catalogue in. `Counts.added` are new or changed products, `repeated` those that were so already.

    Raises FileError, MappingError, NothingAcceptable, StoreUnavailable.
    """
    with scratch_folder(home) as folder, staged(folder) as staging:
        sheet, columns = session.run(lambda c: open_mapped(c, plan.brand.id, "products", asked, folder))
        rows = staging.load(sheet, texts_of(columns.fields, fields_of("products"), columns.others))
        run = session.run(lambda c: begin_run(c, plan.brand.id, "products", asked, now))
        added = read = done = 0
        for batch in batches_of(staging, columns):
            told, problems = _read_all(batch, plan, named="product_name" in columns.fields)
            if "product_name" not in columns.fields:
                told, unknown = session.run(_telling_known(plan, told))
                problems += unknown
            if problems:
                staging.add_rows("problem", list(zip(*problems, strict=True)))
            if told:
                kept = session.run(_keeping(plan, [each for _, each in told], columns.fields))
                added += kept.added + kept.changed
            read += len(told)
            done += len(batch)
            tell("taking in", done, rows)
        rejected = write_rejects(staging, sheet, asked)
        refuse_if_nothing(rows, rejected, asked)
        if added:
            session.run(lambda c: _new_catalogue(c, plan, asked))
        counts = Counts(
            rows=rows, added=added, repeated=read - added, rejected=rejected,
            rejects=str(asked.rejects_path) if rejected else "",
        )  # fmt: skip
        session.run(lambda c: end_run(c, plan.brand.id, "products", run, asked, counts, now))
    return counts


def _telling_known(
    plan: Plan, told: list[tuple[int, Product]]
) -> Callable[[psycopg.Connection], tuple[list[tuple[int, Product]], list[Problem]]]:
    """Without names in the file, a product that is not known yet would have none."""

    def tell(connection: psycopg.Connection) -> tuple[list[tuple[int, Product]], list[Problem]]:
        known = products.known(connection, plan.brand.id, {each.sku for _, each in told})
        unknown = [
            (rowid, "sku", f"{each.sku!r} is not in the catalogue; add a column product_name, or correct the sku")
            for rowid, each in told
            if each.sku not in known
        ]
        return [(rowid, each) for rowid, each in told if each.sku in known], unknown

    return tell


def _keeping(plan: Plan, told: Sequence[Product], fields: Mapping[str, str]) -> Callable[[psycopg.Connection], Kept]:
    columns = [column for column in products.COLUMNS if _FIELDS.get(column, column) in fields]
    cleared = [flag for flag in FLAGS if flag in fields]

    def keep(connection: psycopg.Connection) -> Kept:
        with transaction(connection):
            return products.keep(connection, plan.brand.id, told, columns, cleared)

    return keep


_FIELDS = {"name": "product_name"}  # where a column is told by a field of another name


def _new_catalogue(connection: psycopg.Connection, plan: Plan, asked: Asked) -> None:
    """Workers read the plan again, and reminders that wait move to where the flags now put them."""
    with transaction(connection):
        definitions.renew(connection, plan.brand.id)
        keys = [str(each.key) for each in plan.versions.values()]
        if keys:
            replans.ask_enrolled(connection, plan.brand.id, f"products of {asked.path.name}", keys)


def _read_all(
    batch: Sequence[tuple[int, Row]], plan: Plan, *, named: bool
) -> tuple[list[tuple[int, Product]], list[Problem]]:
    told, problems = [], []
    for rowid, row in batch:
        try:
            told.append((rowid, _read(row, plan, named=named)))
        except RowError as error:
            problems.append((rowid, error.field, str(error)))
    return told, problems


def _read(row: Row, plan: Plan, *, named: bool) -> Product:
    told = row.fields
    if "sku" not in told:
        raise RowError("sku", "the sku is missing")
    if "product_name" not in told and named:
        raise RowError("product_name", "the product_name is missing")
    try:
        field = "price"
        price = read_amount(told[field], plan.brand.currency) if field in told else None
        field = "in_stock"
        in_stock = _in_stock(told[field]) if field in told else True
        field = "created_at"
        created_at = read_time(told[field], plan.tz) if field in told else None
    except ValueError as error:
        raise RowError(field, str(error)) from error
    traits: dict[str, TraitValue] = {name: _trait(text) for name, text in row.others.items()}
    for flag in FLAGS:
        if flag in told:
            try:
                traits[flag] = read_flag(flag, told[flag])
            except TraitError as error:
                raise RowError(flag, f"{flag} {error}") from error
    return Product(
        told["sku"], told.get("product_name", ""), told.get("category", ""), price, in_stock, created_at,
        told.get("url", ""), told.get("image_url", ""), traits,
    )  # fmt: skip


def _in_stock(text: str) -> bool:
    """Yes or no, or how many there are."""
    try:
        return read_yes(text)
    except ValueError:
        try:
            return float(text.replace(",", ".")) > 0
        except ValueError:
            raise ValueError(f"{text!r} is neither yes, no nor a number of pieces") from None


def _trait(text: str) -> TraitValue:
    """Values with semicolons between are a list (complements: "CAP-001;CUP-002")."""
    if ";" in text:
        return [part.strip() for part in text.split(";") if part.strip()]
    return read_trait(text)
