"""Memberships counted: how many are in which segment, and which segments hold nearly the same customers."""

from typing import NamedTuple

import psycopg

from ritorno.core.ids import BrandId, SegmentKey
from ritorno.core.instants import Instant

_SAMPLED = 200_000  # memberships that are compared at most, about


class Standing(NamedTuple):
    """`changed_at` is when the last of those who are in it came in."""

    members: int
    changed_at: Instant


def standings(connection: psycopg.Connection, brand: BrandId) -> dict[SegmentKey, Standing]:
    """By segment; who has nobody is not in it."""
    rows = connection.execute(
        "SELECT segment, count(*), max(since) FROM membership WHERE brand_id = %s GROUP BY segment", (brand,)
    )
    return {SegmentKey(segment): Standing(members, Instant(last)) for segment, members, last in rows}


def overlaps(
    connection: psycopg.Connection, brand: BrandId, members: int
) -> dict[tuple[SegmentKey, SegmentKey], float]:
    """Of every two segments that share anybody, in the order of their keys: those in both ÷ those in either, 0 to 1.

    `members` is how many memberships there are. Of many only every n-th customer is compared: ids are hashes, so the
    sample is fair.
    """
    every = max(1, members // _SAMPLED)
    rows = connection.execute(
        "WITH sampled AS MATERIALIZED (SELECT segment, customer_id FROM membership "
        "WHERE brand_id = %(brand)s AND customer_id %% %(every)s = 0) "
        "SELECT one.segment, other.segment, count(*) FROM sampled one JOIN sampled other USING (customer_id) "
        "WHERE one.segment <= other.segment GROUP BY 1, 2 ORDER BY 1, 2",
        {"brand": brand, "every": every},
    ).fetchall()
    shared = {(SegmentKey(one), SegmentKey(other)): count for one, other, count in rows}
    return {
        (one, other): count / (shared[one, one] + shared[other, other] - count)
        for (one, other), count in shared.items()
        if one != other
    }
