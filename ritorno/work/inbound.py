"""Inbound: somebody answers a message of ours: a refusal, which withdraws consent for its channel, or a reply."""

import msgspec
import psycopg

from ritorno.core.events import Channel, MessageTold, happened
from ritorno.core.identifiers import Identifier, Kind, normalise
from ritorno.core.ids import CustomerId, MessageId
from ritorno.core.instants import Instant
from ritorno.core.messages.opt_out import asks_to_stop
from ritorno.core.plan import Plan
from ritorno.store import identifiers, inbox
from ritorno.store.transaction import transaction
from ritorno.store.written_to import latest_to, written_to
from ritorno.work.accept import accept
from ritorno.work.owner import own_identifiers
from ritorno.work.withdraw import withdraw

_KIND = {Channel.SMS: Kind.PHONE, Channel.WHATSAPP: Kind.PHONE, Channel.EMAIL: Kind.EMAIL}
_MOST_TEXT = 2_000  # letters of a reply that are kept


class Reply(msgspec.Struct, frozen=True):
    """`stopped`: it asked to stop; `customers` whom it concerned (a family's number may be several)."""

    stopped: bool
    customers: tuple[CustomerId, ...]


def reply(
    connection: psycopg.Connection,
    plan: Plan,
    channel: Channel,
    sender: str,
    text: str,
    now: Instant,
    *,
    key: str,
) -> Reply:
    """Take in what `sender` (a phone number, an e-mail address) wrote to us. `key` is the provider's id of it.

    A refusal stops everybody we write to at that address. Of an address that nobody is known by the text is kept with
    what could not be accepted. Raises ValueError for an address that is none.
    """
    address = normalise(_KIND[channel], sender, region=plan.brand.region)
    found = _who(connection, plan, channel, address)
    stopped = asks_to_stop(text)
    if not found:
        with transaction(connection):
            reason = f"{channel} from {address.value}: nobody is known by this address"
            inbox.reject(connection, plan.brand.id, f"reply:{channel}", now, reason, text.encode())
        return Reply(stopped, ())
    for customer, message in found.items():
        if stopped:
            withdraw(connection, plan, customer, [channel], now, source="reply", evidence=text[:_MOST_TEXT])
        elif message is not None:
            _tell(connection, plan, channel, customer, message, text, now, key)
    return Reply(stopped, tuple(found))


def _who(
    connection: psycopg.Connection, plan: Plan, channel: Channel, address: Identifier
) -> dict[CustomerId, MessageId | None]:
    """Customers, each with the latest message that this can be an answer to."""
    brand = plan.brand.id
    held = identifiers.look_up(connection, brand, [address]).get(address)
    if held is not None and not held.shared:
        return {held.customer: latest_to(connection, brand, channel, held.customer)}
    found: dict[CustomerId, MessageId | None] = {**written_to(connection, brand, channel, address.value)}
    if held is not None:
        found.setdefault(held.customer, latest_to(connection, brand, channel, held.customer))
    return found


def _tell(
    connection: psycopg.Connection,
    plan: Plan,
    channel: Channel,
    customer: CustomerId,
    message: MessageId,
    text: str,
    now: Instant,
    key: str,
) -> None:
    event = happened(
        f"reply:{channel}",
        f"{key} {customer}",
        MessageTold("replied", message, channel, text=text[:_MOST_TEXT]),
        occurred_at=now,
        received_at=now,
        identifiers=own_identifiers(connection, plan.brand.id, customer),
    )
    accept(connection, plan.brand.id, [event])
