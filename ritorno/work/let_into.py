"""Let into a collection before everyone: dated, revocable, by a token that the store asks about (PB1-06)."""

from typing import Literal, Protocol

import msgspec
import psycopg

from ritorno.core.ids import CustomerId
from ritorno.core.instants import Instant
from ritorno.core.plan import Plan
from ritorno.store import access
from ritorno.store.access import Collection, Grant
from ritorno.store.transaction import transaction

Reason = Literal["unknown", "other_collection", "revoked", "closed"]


class Letters(Protocol):
    """Chance comes from wiring: unguessable tokens."""

    def token(self) -> str: ...


class Answer(msgspec.Struct, frozen=True):
    """`reason` None: come in, until the instant `until`."""

    reason: Reason | None = None
    collection: Collection | None = None
    until: Instant | None = None


def let_into(
    connection: psycopg.Connection,
    plan: Plan,
    customer: CustomerId,
    key: str,
    now: Instant,
    letters: Letters,
    until: Instant | None = None,
    *,
    again: bool = False,
) -> Grant | None:
    """The customer's token for a collection, the same however often it is asked for; None: there is no such collection,
    its early access is over, or it was taken back from this customer, which only `again` undoes. `until`: not as long
    as the collection's own."""
    with transaction(connection):
        found = access.collection(connection, plan.brand.id, key)
        if found is None or found.until <= now:
            return None
        ends = found.until if until is None else min(until, found.until)
        fresh = Grant(letters.token(), plan.brand.id, key, customer, now, ends, None)
        return access.grant(connection, fresh, again=again)


def ask(connection: psycopg.Connection, plan: Plan, token: str, key: str | None, now: Instant) -> Answer:
    """May who shows this token come into the collection now? `key` None: into whichever it is for."""
    grant = access.find(connection, token)
    if grant is None or grant.brand != plan.brand.id:
        return Answer("unknown")
    found = access.collection(connection, plan.brand.id, grant.collection)
    assert found is not None
    until = min(grant.until, found.until)
    if key is not None and key != grant.collection:
        return Answer("other_collection", found)
    if grant.revoked_at is not None:
        return Answer("revoked", found)
    return Answer("closed" if now >= until else None, found, until)


def link(plan: Plan, grant: Grant) -> str:
    """Where the customer is sent: our page, which leads on to the store."""
    return f"{plan.brand.link_base}/a/{grant.token}"
