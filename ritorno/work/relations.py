"""Relations: tell for whom a customer buys, and see who buys for whom (SEG-19)."""

import hashlib
from typing import NamedTuple

import msgspec
import psycopg

from ritorno.core.customer import Customer, Relation
from ritorno.core.events import RelationTold, happened
from ritorno.core.identifiers import Identifier, Kind
from ritorno.core.ids import CustomerId
from ritorno.core.instants import Instant
from ritorno.core.plan import Plan
from ritorno.core.relations import buys_for, reference, reference_of
from ritorno.core.trait_history import OPERATOR
from ritorno.store import customers, identifiers, relations
from ritorno.work.accept import accept
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
