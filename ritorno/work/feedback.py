"""Feedback: what happened to a message after it left, as an event like any other."""

import psycopg

from ritorno.core.clicks import is_hasty
from ritorno.core.customer import Customer
from ritorno.core.events import Channel, MessageTold, happened
from ritorno.core.instants import MINUTE, Instant
from ritorno.core.messages.message import Message
from ritorno.core.plan import Plan
from ritorno.store.inbox import Outcome
from ritorno.work.accept import accept
from ritorno.work.owner import own_identifiers

SOURCE = "ritorno"


def clicked(
    connection: psycopg.Connection,
    plan: Plan,
    customer: Customer,
    message: Message,
    channel: Channel,
    link: str,
    now: Instant,
    *,
    machine: bool,
) -> Outcome:
    """Somebody, or a machine, followed that link of the message. Within one minute it counts once.

    Whoever comes less than a second after the message left or was delivered is a machine, too.
    """
    machine = machine or is_hasty(customer, message.id, now)
    who = "machine" if machine else "person"
    event = happened(
        SOURCE,
        f"click {message.id} {link} {who} {now // MINUTE}",
        MessageTold(
            "clicked", message.id, channel, machine=machine, link=link, playbook=message.playbook, step=message.step
        ),
        occurred_at=now,
        received_at=now,
        identifiers=own_identifiers(connection, plan.brand.id, customer.id),
    )
    outcome = accept(connection, plan.brand.id, [event])[0]
    return "repeated" if outcome == "conflict" else outcome  # a later visit of that minute, the first one counts
