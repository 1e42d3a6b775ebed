"""Proof: the record of the ledger that permitted a message, whole, and what the ledger says since (ISR-01)."""

from typing import NamedTuple

import psycopg

from ritorno.core.ids import MessageId
from ritorno.core.plan import Plan
from ritorno.store import consents, messages


class NoMessage(LookupError):  # noqa: N818 - the name says the state
    """There is no such message."""


class Proof(NamedTuple):
    """`permit` is None for a message that did not leave; `since` holds what was told of the channel later."""

    message: messages.Kept
    permit: consents.Row | None
    since: list[consents.Row]


def proof(connection: psycopg.Connection, plan: Plan, message: MessageId) -> Proof:
    """What permitted a message. Raises NoMessage."""
    kept = messages.read(connection, plan.brand.id, message)
    if kept is None:
        raise NoMessage(f"there is no message {message}; see: ritorno outbox")
    ledger = consents.of_customer(connection, plan.brand.id, kept.message.customer)
    permit = next((row for row in ledger if row.event == kept.consent_event), None)
    channel = kept.content.channel if kept.content else None
    since = [row for row in ledger if permit is not None and row.channel == channel and row.at > permit.at]
    return Proof(kept, permit, since)
