"""What is kept of traits beside the documents: the events that told them, and which sources are files."""

from collections.abc import Sequence

import psycopg

from ritorno.core.events import Event, decode_event
from ritorno.core.ids import BrandId, CustomerId

_TOLD = b'"traits":'  # an event that tells none does not say so


def events_of(connection: psycopg.Connection, brand: BrandId, customers: Sequence[CustomerId]) -> list[Event]:
    """The events of these customers that told traits."""
    rows = connection.execute(
        "SELECT payload FROM event WHERE brand_id = %s AND customer_id = ANY(%s) "
        "AND position(%s::bytea IN payload) > 0",
        (brand, list(customers), _TOLD),
        binary=True,
    )
    return [decode_event(row[0]) for row in rows]


def imported_sources(connection: psycopg.Connection, brand: BrandId) -> frozenset[str]:
    """The sources of which files of customers have been imported."""
    rows = connection.execute(
        "SELECT DISTINCT source FROM import_run WHERE brand_id = %s AND kind = 'customers'", (brand,)
    )
    return frozenset(row[0] for row in rows)
