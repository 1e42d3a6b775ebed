"""Everybody a customer has ever been one with, and what was decided of them: answers look there too."""

import psycopg

from ritorno.core.decisions import AnyDecision, decode_decision
from ritorno.core.ids import BrandId, CustomerId


def kin(connection: psycopg.Connection, brand: BrandId, customer: CustomerId) -> list[CustomerId]:
    """The customer and those merged with them, merges that were taken back included."""
    rows = connection.execute(
        "WITH RECURSIVE pair(a, b) AS MATERIALIZED (SELECT survivor, other FROM merge WHERE brand_id = %(brand)s "
        "AND kind = 'merge'), one(id) AS (SELECT %(customer)s::bigint UNION "
        "SELECT CASE WHEN pair.a = one.id THEN pair.b ELSE pair.a END FROM pair "
        "JOIN one ON one.id IN (pair.a, pair.b)) SELECT id FROM one",
        {"brand": brand, "customer": customer},
    )
    return [CustomerId(row[0]) for row in rows]


def decided(
    connection: psycopg.Connection, brand: BrandId, customers: list[CustomerId]
) -> list[tuple[CustomerId, AnyDecision]]:
    """Every decision about these customers, with about whom, in order."""
    rows = connection.execute(
        "SELECT customer_id, payload FROM decision WHERE brand_id = %s AND customer_id = ANY(%s) ORDER BY at, kind",
        (brand, customers),
        binary=True,
    )
    return [(CustomerId(customer), decode_decision(payload)) for customer, payload in rows]
