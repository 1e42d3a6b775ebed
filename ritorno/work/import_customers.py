"""Import a file of customers: who joined when, by what they are known, and every other column as a trait.

A column tells the trait that `--map` names for it, else the one that is called as it is headed, in either language,
else one of its own name, in the kind its text shows.
"""

from pathlib import Path

from ritorno.core.events import SignedUp, TraitsTold, TraitValue
from ritorno.core.instants import Instant
from ritorno.core.plan import Plan
from ritorno.core.trait_values import TraitError
from ritorno.core.traits import TraitRules
from ritorno.sources.columns import TRAIT, Columns, MappingError
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

    def reader(sheet: Sheet, columns: Columns) -> Read:  # noqa: ARG001 - rows are read alike whatever the file
        keys = trait_keys(columns, plan.trait_rules)
        return lambda row: _read(row, keys, plan, asked, now)

    return import_rows(session, plan, "customers", asked, now, home=home, read=reader, tell=tell)


def trait_keys(columns: Columns, rules: TraitRules) -> dict[str, str]:
    """Which trait each column tells. Raises MappingError for two that tell the same, and for those a strict brand has
    not defined."""
    keys: dict[str, str] = dict(columns.traits)
    told = set(keys.values())
    for column in columns.others:
        if column not in keys:
            found = rules.headed(column)
            keys[column] = column if found is None or found.key in told else found.key
    unknown = [column for column, key in keys.items() if not rules.takes(key)]
    if unknown:
        raise MappingError(
            f"this brand takes no traits but those it has defined, and has none for: {', '.join(unknown)}. Define them "
            f"(ritorno traits define NAME --kind KIND), say which trait a column is (--map {TRAIT}NAME=COLUMN), or "
            "take the columns out of the file"
        )
    columns_of: dict[str, str] = {}
    for column, key in keys.items():
        if (other := columns_of.setdefault(key, column)) != column:
            raise MappingError(
                f"the columns {other!r} and {column!r} both tell the trait {key!r}; say which one does: "
                f"--map {TRAIT}{key}=COLUMN"
            )
    return keys


def _traits(row: Row, keys: dict[str, str], rules: TraitRules, source: str) -> dict[str, TraitValue]:
    """The traits of a row, each in its kind. Raises RowError naming the first column that tells none."""
    traits: dict[str, TraitValue] = {}
    for column, text in row.others.items():
        key = keys[column]
        try:
            traits[key] = rules.read(key, text if key in rules.by_key else read_trait(text), source)
        except TraitError as error:
            raise RowError(column, f"{key} {error}" if key != column else str(error)) from error
    return traits


def _read(row: Row, keys: dict[str, str], plan: Plan, asked: Asked, now: Instant) -> Told:
    identifiers, unreadable = identifiers_of(row, plan.brand.region, asked.source)
    names: dict[str, TraitValue] = {name: row.fields[name] for name in _NAMES if name in row.fields}
    traits = names | _traits(row, keys, plan.trait_rules, asked.source)
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
