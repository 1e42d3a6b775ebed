"""Feedback: what happened to a message after it left, as an event like any other."""

import psycopg

from ritorno.core.events import Channel, MessageTold, happened
from ritorno.core.ids import CustomerId, MessageId
from ritorno.core.instants import MINUTE, Instant
from ritorno.core.plan import Plan
from ritorno.store.inbox import Outcome
from ritorno.work.accept import accept
from ritorno.work.owner import own_identifiers

SOURCE = "ritorno"


def clicked(
    connection: psycopg.Connection,
    plan: Plan,
    customer: CustomerId,
    message: MessageId,
    channel: Channel,
    now: Instant,
    *,
    machine: bool,
) -> Outcome:
    """Somebody, or a machine, followed a link of this message. Within one minute it counts once."""
    who = "machine" if machine else "person"
    event = happened(
        SOURCE,
        f"click {message} {who} {now // MINUTE}",
        MessageTold("clicked", message, channel, machine=machine),
        occurred_at=Instant(now - now % MINUTE),  # the same for every visit of that minute: a repetition, no conflict
        received_at=now,
        identifiers=own_identifiers(connection, plan.brand.id, customer),
    )
    return accept(connection, plan.brand.id, [event])[0]
