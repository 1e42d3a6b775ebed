"""Give and spend points: booked in the customer's document while it is locked, once for each reference (PB1-07)."""

from typing import Literal

import msgspec
import psycopg

from ritorno.core.booking import OURS, told_of
from ritorno.core.customer import Customer
from ritorno.core.decisions import PointsBooked
from ritorno.core.events import happened
from ritorno.core.ids import CustomerId
from ritorno.core.instants import NEVER, Instant, Span, add_span
from ritorno.core.plan import Plan
from ritorno.core.points import Entry, Given, Spent, book
from ritorno.core.points_balance import TooFew, balance
from ritorno.core.points_balance import spend as spend_of
from ritorno.store import customers, decisions
from ritorno.store.transaction import transaction
from ritorno.work.accept import accept
from ritorno.work.owner import own_identifiers


class Answer(msgspec.Struct, frozen=True):
    """`repeated`: this reference was booked before, nothing changed; `other_points`: for another number of points."""

    status: Literal["booked", "repeated", "too_few", "other_points"]
    points: int
    balance: int


def spend(
    connection: psycopg.Connection, plan: Plan, customer: CustomerId, points: int, reference: str, now: Instant
) -> Answer:
    """Use up points, if there are as many. Raises ValueError unless points are above 0, LookupError for nobody."""
    with transaction(connection):
        document = _locked(connection, plan, customer)
        entry = spend_of(document.points, reference, points, now)
        if isinstance(entry, TooFew):
            return Answer("too_few", points, entry.balance)
        return _booked(connection, plan, document, entry, points, now)


def give(
    connection: psycopg.Connection,
    plan: Plan,
    customer: CustomerId,
    points: int,
    reference: str,
    now: Instant,
    *,
    lives: Span | None = None,
    because: str = "",
) -> Answer:
    """Points that no order earned. `lives` None: they never expire. Raises ValueError, LookupError as `spend`."""
    expires_at = NEVER if lives is None else add_span(now, lives, plan.tz)
    with transaction(connection):
        document = _locked(connection, plan, customer)
        fresh = Given(reference, now, now, points, expires_at, because)
        known = next((each for each in document.points if each.key == fresh.key), fresh)
        assert isinstance(known, Given)
        return _booked(connection, plan, document, known, points, now)


def _locked(connection: psycopg.Connection, plan: Plan, customer: CustomerId) -> Customer:
    """The document, ours until the transaction ends; of a merged customer the survivor's."""
    found = customers.read(connection, plan.brand.id, customer)
    if found is None:
        raise LookupError(f"there is no customer {customer}")
    return customers.load(connection, plan.brand.id, [found.id])[found.id]


def _booked(
    connection: psycopg.Connection, plan: Plan, document: Customer, entry: Given | Spent, points: int, now: Instant
) -> Answer:
    """Book it, unless it stands there already."""
    if entry in document.points:
        status: Literal["repeated", "other_points"] = "repeated" if entry.points == points else "other_points"
        return Answer(status, entry.points, balance(document.points, now))
    return _write(connection, plan, document, entry, now)


def _write(connection: psycopg.Connection, plan: Plan, document: Customer, entry: Entry, now: Instant) -> Answer:
    assert isinstance(entry, Given | Spent)
    brand, name = plan.brand.id, "points_spent" if isinstance(entry, Spent) else "points_given"
    document.points = book(document.points, entry)
    left = balance(document.points, now)
    signed = -entry.points if isinstance(entry, Spent) else entry.points
    customers.save(connection, brand, [document])
    decisions.add(
        connection,
        brand,
        [decisions.Decided(document.id, PointsBooked(at=now, cause=name, points=signed, by=entry.key))],
    )
    event = happened(
        OURS,
        f"points {document.id} {entry.key}",
        told_of(entry, left),
        occurred_at=now,
        received_at=now,
        identifiers=own_identifiers(connection, brand, document.id),
    )
    accept(connection, brand, [event])
    return Answer("booked", entry.points, left)
