"""Relations: tell for whom a customer buys, and see who buys for whom (SEG-19)."""

import csv
import hashlib
from pathlib import Path
from typing import NamedTuple

import msgspec
import psycopg

from ritorno.core.customer import Customer, Relation
from ritorno.core.events import RelationTold, Role, happened
from ritorno.core.identifiers import Identifier, Kind
from ritorno.core.ids import CustomerId
from ritorno.core.instants import Instant
from ritorno.core.plan import Plan
from ritorno.core.relations import buys_for, reference, reference_of
from ritorno.core.trait_history import OPERATOR
from ritorno.core.trait_values import TraitError, TraitKind, read_value
from ritorno.store import customers, identifiers, relations
from ritorno.work.accept import accept
from ritorno.work.find_customer import NotFound, find
from ritorno.work.owner import own_identifiers


class RelationError(ValueError):
    """What cannot be told of a relation; the message says what would be right."""


class Buyer(NamedTuple):
    """A customer who buys for another."""

    customer: CustomerId
    relation: Relation


class Beneficiary(NamedTuple):
    """For whom a customer buys; `customer` is that person's own card, None where there is none."""

    relation: Relation
    customer: CustomerId | None


def tell(
    connection: psycopg.Connection, plan: Plan, customer: CustomerId, told: RelationTold, now: Instant, by: str
) -> RelationTold:
    """An operator says so: an event like any other, durable when this returns; the worker does the rest.

    Raises RelationError: a beneficiary that cannot be written, or is the customer; a customer who has no identifier of
    their own to be told of by.
    """
    try:
        told = msgspec.structs.replace(told, beneficiary=reference(told.beneficiary, plan.brand.region))
    except ValueError as error:
        raise RelationError(str(error)) from error
    who = own_identifiers(connection, plan.brand.id, customer)
    if not who:
        raise RelationError(f"customer {customer} has no phone, e-mail, card or shop id of their own to be told of by")
    if told.beneficiary in references_of(connection, plan, customer):
        raise RelationError(f"{told.beneficiary} is the customer's own; name somebody else")
    digest = hashlib.blake2b(f"{by} {msgspec.json.encode(told)!r}".encode(), digest_size=8).hexdigest()
    event = happened(OPERATOR, f"{customer} {now} {digest}", told, occurred_at=now, received_at=now, identifiers=who)
    accept(connection, plan.brand.id, [event])
    return told


def references_of(connection: psycopg.Connection, plan: Plan, customer: CustomerId) -> list[str]:
    """How this customer may be written as a beneficiary: by an identifier, a shop's own number by itself too."""
    found = identifiers.of_customer(connection, plan.brand.id, customer)
    numbers = [each.value for each in found if each.kind in (Kind.SHOP_ID, Kind.CLUB_CARD)]
    return [*(reference_of(each) for each in found), *numbers]


def beneficiaries(connection: psycopg.Connection, plan: Plan, customer: Customer, now: Instant) -> list[Beneficiary]:
    """Whom the customer buys for at `now`, each with their own card where exactly one customer is so written."""
    return [Beneficiary(each, _card_of(connection, plan, each.beneficiary)) for each in buys_for(customer, now)]


def _card_of(connection: psycopg.Connection, plan: Plan, written: str) -> CustomerId | None:
    kind, _, value = written.partition(":")
    if kind in (Kind.PHONE, Kind.EMAIL):
        held = identifiers.look_up(connection, plan.brand.id, [Identifier(Kind(kind), value)])
        found = [each.customer for each in held.values()]
    else:
        near = identifiers.by_value(connection, plan.brand.id, written.rpartition(":")[2])
        found = [each for each in near if written in references_of(connection, plan, each)]
    return found[0] if len(found) == 1 else None


def buyers(connection: psycopg.Connection, plan: Plan, customer: CustomerId, now: Instant) -> list[Buyer]:
    """Who buys for this customer at `now`, by id."""
    asked = references_of(connection, plan, customer)
    found = []
    for each in relations.buyers_for(connection, plan.brand.id, asked) if asked else ():
        document = customers.read(connection, plan.brand.id, each)
        if document is not None and document.id != customer:
            found += [Buyer(document.id, one) for one in buys_for(document, now) if one.beneficiary in asked]
    return list(dict.fromkeys(found))


_COLUMNS = ("customer", "beneficiary", "role")


def tell_all(
    connection: psycopg.Connection, plan: Plan, path: Path, now: Instant, by: str
) -> tuple[int, list[tuple[int, str]]]:
    """Tell what a CSV file says, row by row: customer, beneficiary, role; `he`, `en`, `ended` if it has them.

    How many were told, and (row of the file, why not) of the others. Raises RelationError for a file without those
    columns, or one that cannot be read.
    """
    count, problems = 0, []
    for number, row in enumerate(_rows(path), 2):  # the header is row 1
        try:
            tell(connection, plan, find(connection, plan, row["customer"]), _told(row), now, by)
        except (NotFound, RelationError) as error:
            problems.append((number, str(error)))
        else:
            count += 1
    return count, problems


def _rows(path: Path) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            missing = [name for name in _COLUMNS if name not in (reader.fieldnames or ())]
            if missing:
                raise RelationError(f"{path}: there is no column {missing[0]}; it takes {', '.join(_COLUMNS)}")
            return [{name: (value or "").strip() for name, value in row.items() if name} for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise RelationError(f"{path} cannot be read as CSV in UTF-8: {error}") from error


def _told(row: dict[str, str]) -> RelationTold:
    if row["role"] not in _ROLES:
        raise RelationError(f"role is {row['role']!r}; write one of {', '.join(_ROLES)}")
    try:
        ended = bool(row.get("ended")) and read_value(row["ended"], TraitKind.YES_NO) is True
    except TraitError as error:
        raise RelationError(f"ended {error}") from error
    return RelationTold(row["beneficiary"], Role(row["role"]), row.get("he", ""), row.get("en", ""), ended)


_ROLES = tuple(each.value for each in Role)
