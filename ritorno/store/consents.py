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


def in_force(connection: psycopg.Connection, brand: BrandId) -> dict[str, int]:
    """How many customers permit marketing, by channel, as `core/consent.py` has it: what came at the very instant of a
    withdrawal is none."""
    rows = connection.execute(
        "WITH told AS (SELECT customer_id, channel, bool_or(given AND proof <> 'unproven') AS given, "
        "max(at) FILTER (WHERE given AND proof = 'explicit') AS explicit_at, "
        "max(at) FILTER (WHERE NOT given) AS refused_at "
        "FROM consent WHERE brand_id = %s AND purpose = 'marketing' GROUP BY customer_id, channel) "
        "SELECT channel, count(*) FROM told JOIN customer ON customer.brand_id = %s AND customer.id = told.customer_id "
        "WHERE customer.merged_into IS NULL AND NOT customer.house "
        "AND (explicit_at > refused_at OR (refused_at IS NULL AND given)) GROUP BY channel",
        (brand, brand),
    )
    return dict(rows.fetchall())
