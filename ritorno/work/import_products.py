"""Import a file of products: the catalogue as it now stands; columns that are no field become traits (DAT-11)."""

from collections.abc import Callable, Sequence
from pathlib import Path

import psycopg

from ritorno.core.events import TraitValue
from ritorno.core.instants import Instant
from ritorno.core.plan import Plan
from ritorno.sources.columns import fields_of
from ritorno.sources.staging import texts_of
from ritorno.sources.values import read_amount, read_time, read_trait, read_yes
from ritorno.store import products
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
            told, problems = _read_all(batch, plan)
            if problems:
                staging.add_rows("problem", list(zip(*problems, strict=True)))
            if told:
                kept = session.run(_keeping(plan, told))
                added += kept.added + kept.changed
            read += len(told)
            done += len(batch)
            tell("taking in", done, rows)
        rejected = write_rejects(staging, sheet, asked)
        refuse_if_nothing(rows, rejected, asked)
        counts = Counts(
            rows=rows, added=added, repeated=read - added, rejected=rejected,
            rejects=str(asked.rejects_path) if rejected else "",
        )  # fmt: skip
        session.run(lambda c: end_run(c, plan.brand.id, "products", run, asked, counts, now))
    return counts


def _keeping(plan: Plan, told: Sequence[Product]) -> Callable[[psycopg.Connection], Kept]:
    def keep(connection: psycopg.Connection) -> Kept:
        with transaction(connection):
            return products.keep(connection, plan.brand.id, told)

    return keep


def _read_all(batch: Sequence[tuple[int, Row]], plan: Plan) -> tuple[list[Product], list[tuple[int, str, str]]]:
    told, problems = [], []
    for rowid, row in batch:
        try:
            told.append(_read(row, plan))
        except RowError as error:
            problems.append((rowid, error.field, str(error)))
    return told, problems


def _read(row: Row, plan: Plan) -> Product:
    told = row.fields
    for field in ("sku", "product_name"):
        if field not in told:
            raise RowError(field, f"the {field} is missing")
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
    return Product(
        told["sku"], told["product_name"], told.get("category", ""), price, in_stock, created_at,
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
