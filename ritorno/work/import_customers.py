"""Import a file of customers: who joined when, by what they are known, and every other column as a trait."""

from pathlib import Path

from ritorno.core.events import SignedUp, TraitsTold, TraitValue
from ritorno.core.instants import Instant
from ritorno.core.plan import Plan
from ritorno.sources.files import Sheet
from ritorno.sources.values import read_time, read_trait
from ritorno.store.connection import Session
from ritorno.work.import_asked import Asked, Counts, Progress
from ritorno.work.import_rows import Read, Row, RowError, Told, identifiers_of, import_rows, past_of

_NAMES = ("first_name", "last_name")


def import_customers(
    session: Session, plan: Plan, asked: Asked, now: Instant, *, home: Path, tell: Progress = lambda *_: None
) -> Counts:
    """Take a file of customers in. `Counts.added` counts events: a sign-up where the row tells when, and the traits.

    Raises FileError, MappingError, NothingAcceptable, StoreUnavailable.
    """

    def reader(sheet: Sheet) -> Read:  # noqa: ARG001 - rows are read alike whatever the file
        return lambda row: _read(row, plan, asked, now)

    return import_rows(session, plan, "customers", asked, now, home=home, read=reader, tell=tell)


def _read(row: Row, plan: Plan, asked: Asked, now: Instant) -> Told:
    identifiers, unreadable = identifiers_of(row, plan.brand.region, asked.source)
    names: dict[str, TraitValue] = {name: row.fields[name] for name in _NAMES if name in row.fields}
    traits = names | {name: read_trait(text) for name, text in row.others.items()}
    past = []
    joined_at = _joined_at(row, plan)
    if joined_at is not None:
        past.append(past_of(asked.source, "sign_up", SignedUp(), identifiers, joined_at, now,
                            traits=names, content=(joined_at, names)))  # fmt: skip
    if traits or joined_at is None:
        told_at = asked.as_of or now
        past.append(past_of(asked.source, "traits", TraitsTold(traits), identifiers, told_at, now,
                            traits=names, content=(traits, asked.as_of)))  # fmt: skip
    return Told(past, unreadable)


def _joined_at(row: Row, plan: Plan) -> Instant | None:
    text = row.fields.get("joined_at")
    if text is None:
        return None
    try:
        return read_time(text, plan.tz)
    except ValueError as error:
        raise RowError("joined_at", str(error)) from error
