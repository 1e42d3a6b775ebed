"""The consent ledger as it is read: what permitted a message, and what has been told since."""

from typing import NamedTuple

import psycopg

from ritorno.core.ids import BrandId, CustomerId, EventId
from ritorno.core.instants import Instant


class Row(NamedTuple):
    event: EventId
    at: Instant
    received_at: Instant
    channel: str
    purpose: str
    given: bool
    proof: str
    source: str
    wording: str
    wording_version: str
    evidence: str


def of_customer(connection: psycopg.Connection, brand: BrandId, customer: CustomerId) -> list[Row]:
    """The ledger of a customer, the oldest first."""
    rows = connection.execute(
        "SELECT event_id, at, received_at, channel, purpose, given, proof, source, wording, wording_version, evidence "
        "FROM consent WHERE brand_id = %s AND customer_id = %s ORDER BY at, event_id",
        (brand, customer),
    )
    return [Row(*row) for row in rows]
