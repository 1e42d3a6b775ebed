"""Import a file of consents: each row an entry of the ledger, with what proves it (ISR-01).

A yes that cannot say when and by which words it was given is kept as a claim, and permits nothing. A no needs no proof.
"""

from pathlib import Path

from ritorno.core.events import ConsentTold, Purpose
from ritorno.core.instants import Instant
from ritorno.core.plan import Plan
from ritorno.sources.columns import Columns
from ritorno.sources.files import Sheet
from ritorno.sources.values import read_channel, read_purpose, read_time, read_yes
from ritorno.store.connection import Session
from ritorno.work.import_asked import Asked, Counts, Progress
from ritorno.work.import_rows import Read, Row, RowError, Told, identifiers_of, import_rows, past_of


def import_consents(
    session: Session, plan: Plan, asked: Asked, now: Instant, *, home: Path, tell: Progress = lambda *_: None
) -> Counts:
    """Take a file of consents in. `Counts.unproven` are claims without proof.

    Raises FileError, MappingError, NothingAcceptable, StoreUnavailable.
    """

    def reader(sheet: Sheet, columns: Columns) -> Read:  # noqa: ARG001 - a consent has no other columns
        return lambda row: _read(row, sheet.name, plan, asked, now)

    return import_rows(session, plan, "consents", asked, now, home=home, read=reader, tell=tell)


def _read(row: Row, file: str, plan: Plan, asked: Asked, now: Instant) -> Told:
    identifiers, unreadable = identifiers_of(row, plan.brand.region, asked.source)
    told = row.fields
    try:
        field = "channel"
        channel = read_channel(_needed(told, field))
        field = "given"
        given = read_yes(_needed(told, field))
        field = "purpose"
        purpose = read_purpose(told[field]) if field in told else Purpose.MARKETING
        field = "at"
        given_at = read_time(told[field], plan.tz) if field in told else None
    except ValueError as error:
        raise RowError(field, str(error)) from error
    wording, version = told.get("wording", ""), told.get("wording_version", "")
    is_unproven = given and (given_at is None or not (wording or version))
    where = f"{file} row {row.number}"
    body = ConsentTold(
        channel,
        given,
        purpose,
        source=told.get("source", "import").lower(),
        wording="" if is_unproven else wording,
        wording_version="" if is_unproven else version,
        evidence=f"{told['evidence']}; {where}" if "evidence" in told else where,
    )
    content = sorted((name, text) for name, text in told.items())
    past = past_of(asked.source, "consent", body, identifiers, given_at or asked.as_of or now, now,
                   traits={}, content=content)  # fmt: skip
    return Told([past], unreadable, is_unproven)


def _needed(told: dict[str, str], field: str) -> str:
    if field not in told:
        raise ValueError(f"the {field} is missing")
    return told[field]
