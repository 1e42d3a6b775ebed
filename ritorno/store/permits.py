"""Single records of the consent ledger, whoever the customer is by now."""

import psycopg

from ritorno.core.ids import BrandId, EventId
from ritorno.store.consents import Row


def permit(connection: psycopg.Connection, brand: BrandId, event: EventId) -> Row | None:
    """The record that an event left in the ledger."""
    row = connection.execute(
        "SELECT event_id, at, received_at, channel, purpose, given, proof, source, wording, wording_version, evidence "
        "FROM consent WHERE brand_id = %s AND event_id = %s",
        (brand, event),
    ).fetchone()
    return Row(*row) if row else None
