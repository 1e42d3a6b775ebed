"""What an import would make of a file: which column is which field, and three rows of it. Nothing is taken in."""

from pathlib import Path

import msgspec

from ritorno.core.plan import Plan
from ritorno.sources.columns import Kind, fields_of
from ritorno.sources.staging import first_rows
from ritorno.store.connection import Session
from ritorno.work.import_asked import Asked, open_mapped, scratch_folder
from ritorno.work.import_customers import trait_keys

SAMPLE = 3


class Preview(msgspec.Struct, frozen=True):
    """`samples` has the first three values of every column; `unmapped` are fields that no column was found for."""

    form: str
    encoding: str
    delimiter: str
    fields: dict[str, str]
    others: tuple[str, ...]
    unmapped: tuple[str, ...]
    samples: dict[str, tuple[str, ...]]
    traits: dict[str, str] = {}  # which trait each of the others tells


def preview(session: Session, plan: Plan, kind: Kind, asked: Asked, *, home: Path) -> Preview:
    """Raises FileError and MappingError."""
    with scratch_folder(home) as folder:
        sheet, columns = session.run(lambda c: open_mapped(c, plan.brand.id, kind, asked, folder))
        rows = first_rows(sheet, SAMPLE)
    cells = zip(*rows, strict=True) if rows else ((),) * len(sheet.columns)
    samples = {
        name: (*("" if value is None else str(value) for value in values), *[""] * (SAMPLE - len(rows)))
        for name, values in zip(sheet.columns, cells, strict=True)
    }
    unmapped = tuple(field for field in fields_of(kind) if field not in columns.fields)
    traits = trait_keys(columns, plan.trait_rules) if kind == "customers" else {}
    return Preview(
        sheet.form, sheet.encoding, sheet.delimiter, columns.fields, columns.others, unmapped, samples, traits
    )  # fmt: skip
