"""Withdraw: a customer refuses, and from this transaction on nothing queued for them leaves (ISR-05).

It does not go through the inbox: the document is locked, the refusal folded in and everything that follows from it
(enrollments that end, messages that are dropped) written before the person sees that it is done. So it also holds for
somebody whose every identifier is shared with others, whom an event could not name.
"""

from collections.abc import Sequence

import psycopg

from ritorno.core.consent import refusal
from ritorno.core.customer import Customer
from ritorno.core.events import Channel, ConsentTold, Event, Purpose, happened
from ritorno.core.ids import CustomerId
from ritorno.core.instants import Instant
from ritorno.core.plan import Plan
from ritorno.core.react import react
from ritorno.store import customers
from ritorno.store.transaction import transaction
from ritorno.work.outcome import Outcome, save

SOURCE = "ritorno"


class UnknownCustomer(LookupError):  # noqa: N818 - the name says the state
    """There is no such customer any more."""


def withdraw(
    connection: psycopg.Connection,
    plan: Plan,
    customer: CustomerId,
    channels: Sequence[Channel],
    now: Instant,
    *,
    source: str,
    evidence: str,
) -> tuple[Channel, ...]:
    """Withdraw marketing consent for these channels; those for which it had not been withdrawn before.

    `source` is how it was said (`link`, `reply`), `evidence` where. Raises UnknownCustomer.
    """
    with transaction(connection):
        document = _locked(connection, plan, customer)
        fresh = tuple(one for one in channels if refusal(document.consents, one, Purpose.MARKETING) is None)
        events = [_refusal(document, channel, now, source, evidence) for channel in fresh]
        if events:
            save(connection, plan, [Outcome(react(document, events, plan, now), tuple(events), is_new=False)])
        return fresh


def _locked(connection: psycopg.Connection, plan: Plan, customer: CustomerId) -> Customer:
    """The document, or that of the customer it was merged into."""
    standing = customers.read(connection, plan.brand.id, customer)
    if standing is None:
        raise UnknownCustomer(f"there is no customer {customer}")
    return customers.load(connection, plan.brand.id, [standing.id])[standing.id]


def _refusal(document: Customer, channel: Channel, now: Instant, source: str, evidence: str) -> Event:
    """Each refusal is an event of its own: who consents again may refuse again by the same link."""
    body = ConsentTold(channel, given=False, source=source, evidence=evidence)
    return happened(SOURCE, f"refusal {document.id} {channel} {now}", body, occurred_at=now, received_at=now)
