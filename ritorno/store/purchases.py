"""Orders as rows: whose one is, and what the shop's orders are worth."""

from collections.abc import Sequence
from typing import NamedTuple

import psycopg

from ritorno.core.events import event_id, event_key
from ritorno.core.ids import BrandId, CustomerId
from ritorno.core.instants import Instant


def buyer(connection: psycopg.Connection, brand: BrandId, source: str, order_id: str) -> CustomerId | None:
    """The customer of an order, None when it is nobody's or not known yet."""
    row = connection.execute(
        "SELECT customer_id FROM purchase WHERE brand_id = %s AND id = %s",
        (brand, event_id(event_key(source, order_id))),
    ).fetchone()
    return row[0] if row else None


class Worth(NamedTuple):
    """Of the orders that count, in minor units: how many, their mean as it is and with the lowest and highest 1%
    brought to the first and last percentile (winsorised), and the order that 90% of receipts stay below."""

    orders: int
    mean: float
    average_order: float
    p90_pos_order: float


def worth(connection: psycopg.Connection, brand: BrandId, since: Instant, until: Instant) -> Worth | None:
    """Of the orders in [since, until), anywhere; None when there are none (PB3-02)."""
    row = connection.execute(
        "WITH told AS (SELECT net, sold_via FROM purchase WHERE brand_id = %s AND net > 0 AND occurred_at >= %s "
        "AND occurred_at < %s), edges AS (SELECT percentile_cont(0.01) WITHIN GROUP (ORDER BY net) AS low, "
        "percentile_cont(0.99) WITHIN GROUP (ORDER BY net) AS high FROM told) "
        "SELECT count(*), avg(net)::float8, avg(least(greatest(net, low), high))::float8, "
        "coalesce(percentile_cont(0.9) WITHIN GROUP (ORDER BY net) FILTER (WHERE sold_via = 'pos'), 0) "
        "FROM told, edges",
        (brand, since, until),
    ).fetchone()
    return Worth(*row) if row is not None and row[0] else None


def first_totals(
    connection: psycopg.Connection, brand: BrandId, since: Instant, until: Instant, edges: Sequence[int]
) -> list[int]:
    """How many customers' first orders in [since, until) were worth at least each of the ascending `edges`, and less
    than the next."""
    rows = connection.execute(
        "WITH first AS (SELECT DISTINCT ON (customer_id) occurred_at, net FROM purchase WHERE brand_id = %s "
        "AND customer_id IS NOT NULL AND net > 0 ORDER BY customer_id, occurred_at) "
        "SELECT width_bucket(net, %s::bigint[]), count(*) FROM first WHERE occurred_at >= %s AND occurred_at < %s "
        "GROUP BY 1",
        (brand, list(edges), since, until),
    )
    found: dict[int, int] = dict(rows.fetchall())
    return [found.get(place, 0) for place in range(1, len(edges) + 1)]
