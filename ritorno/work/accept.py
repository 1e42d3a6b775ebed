"""Accept: write what arrived to the inbox, durable before the answer; a repetition is no news."""

import hashlib
from collections.abc import Sequence

import psycopg

from ritorno.core.events import Event, encode_event, event_key
from ritorno.core.identifiers import Identifier
from ritorno.core.identity import STRENGTH
from ritorno.core.ids import BrandId
from ritorno.store import inbox
from ritorno.store.transaction import transaction


def accept(connection: psycopg.Connection, brand: BrandId, events: Sequence[Event]) -> list[inbox.Outcome]:
    """What became of each: `new`, `repeated`, or `conflict` (the id is known with another content; nothing is kept)."""
    if not events:
        return []
    deliveries = [delivery(event) for event in events]
    with transaction(connection):
        return inbox.accept(connection, brand, deliveries)


def delivery(event: Event) -> inbox.Delivery:
    key = event_key(event.source, event.message_id)
    return inbox.Delivery(key, digest(event), lane(event), event.received_at, encode_event(event))


def digest(event: Event) -> bytes:
    """8 bytes of what the source said: without what we added, so that a repetition is known as one."""
    told = encode_event(Event(event.id, "", "", event.occurred_at, event.occurred_at, event.body, event.identifiers))
    return hashlib.blake2b(told, digest_size=8).digest()


def lane(event: Event) -> int:
    """Events of one strongest identifier travel in one lane, in order of arrival."""
    told = max(event.identifiers, key=_strength, default=None)
    return hashlib.blake2b(str(told).encode(), digest_size=1).digest()[0] % inbox.LANES


def _strength(identifier: Identifier) -> tuple[int, str]:
    return STRENGTH[identifier.kind], identifier.value
