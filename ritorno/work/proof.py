"""Proof: the record of the ledger that permitted a message, whole, and what the ledger says since (ISR-01)."""

from typing import NamedTuple

import psycopg

from ritorno.core.consent import ConsentRecord, in_force
from ritorno.core.consent import Proof as Worth
from ritorno.core.events import Channel, Purpose
from ritorno.core.ids import MessageId
from ritorno.core.plan import Plan
from ritorno.store import consents, messages, permits


class NoMessage(LookupError):  # noqa: N818 - the name says the state
    """There is no such message."""


class Proof(NamedTuple):
    """`permit` is None for a message that did not leave; `since` holds what was told later of its channel and purpose,
    `stands` the record that permits another message there now (None: nothing does)."""

    message: messages.Kept
    permit: consents.Row | None
    since: list[consents.Row]
    stands: consents.Row | None = None


def proof(connection: psycopg.Connection, plan: Plan, message: MessageId) -> Proof:
    """What permitted a message: the record as it was told, whoever the customer was merged with or parted from since.

    Raises NoMessage.
    """
    kept = messages.read(connection, plan.brand.id, message)
    if kept is None:
        raise NoMessage(f"there is no message {message}; see: ritorno outbox")
    if kept.consent_event is None:
        return Proof(kept, None, [])
    permit = permits.permit(connection, plan.brand.id, kept.consent_event)
    if permit is None:
        return Proof(kept, None, [])
    ledger = consents.of_customer(connection, plan.brand.id, kept.message.customer)
    about = [row for row in ledger if (row.channel, row.purpose) == (permit.channel, permit.purpose)]
    since = [row for row in about if (row.at, row.event) > (permit.at, permit.event)]
    return Proof(kept, permit, since, _standing(about))


def _standing(about: list[consents.Row]) -> consents.Row | None:
    """Of records of one channel and purpose, the one in force."""
    if not about:
        return None
    channel, purpose = Channel(about[0].channel), Purpose(about[0].purpose)
    records = [ConsentRecord(row.at, row.event, channel, purpose, row.given, Worth(row.proof)) for row in about]
    found = in_force(records, channel, purpose)
    return next((row for row in about if found is not None and row.event == found.event), None)
