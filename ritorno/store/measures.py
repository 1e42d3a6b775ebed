"""What results are counted from, as sums that the database makes: no customer's row comes to Python.

    entry    every entry of a playbook, with the instant at which its span is over; who by a merge was in both arms is
             in neither
    head     what each customer spent within the spans after their entries, and before the first

Arms are compared as they were drawn: nothing here asks whether a message left.
"""

from typing import NamedTuple

import psycopg

from ritorno.core.ids import BrandId, PlaybookKey
from ritorno.core.instants import DAY, Instant
from ritorno.core.moments import Moments

_BEFORE = 365 * DAY  # what a customer spent in the year before the entry explains much of what follows


class Spans(NamedTuple):
    """`add_span` of every entry, exactly: from starts[i] on, the span is over at kept[i] · entered_at + by[i]."""

    starts: list[int]
    kept: list[int]
    by: list[int]


class Asked(NamedTuple):
    """Whose results, up to which instant."""

    brand: BrandId
    playbook: PlaybookKey
    now: Instant
    spans: Spans

    @property
    def values(self) -> dict[str, object]:
        return {
            "brand": self.brand, "playbook": self.playbook, "now": self.now, "starts": self.spans.starts,
            "kept": self.spans.kept, "by": self.spans.by, "first": self.spans.starts[0],
        }  # fmt: skip


# An order counts once, in however many spans of its customer it lies: with the last entry before it, hence `next_at`.
_ENTRY = (
    "CREATE TEMPORARY TABLE entry ON COMMIT DROP AS SELECT id, customer_id, version, arm, entered_at, until, "
    "min(arm) OVER every = max(arm) OVER every AS in_one_arm, min(version) OVER every AS first_version, "
    "row_number() OVER own = 1 AS is_first, lead(entered_at, 1, 9223372036854775807) OVER own AS next_at, "
    "lead(CASE WHEN until <= %(now)s THEN entered_at END, 1) OVER own AS next_over_at FROM ("
    "SELECT *, entered_at * (%(kept)s::bigint[])[piece] + (%(by)s::bigint[])[piece] AS until FROM ("
    "SELECT *, width_bucket(entered_at, %(starts)s::bigint[]) AS piece FROM enrollment WHERE brand_id = %(brand)s "
    "AND playbook = %(playbook)s AND entered_at <= %(now)s) AS placed) AS entered "
    "WINDOW every AS (PARTITION BY customer_id), own AS (PARTITION BY customer_id ORDER BY entered_at, id)"
)


def lay_out(connection: psycopg.Connection, asked: Asked) -> None:
    """The entries as a table of this transaction, which every question after it reads: worked out once, and its size is
    known to whoever plans them. `in_one_arm`: the customer is (no merge put them into both), and counts."""
    connection.execute("DROP TABLE IF EXISTS pg_temp.entry")  # of a measure before it in the same transaction
    psycopg.ClientCursor(connection).execute(_ENTRY, asked.values)  # where a table is made, parameters are the client's
    connection.execute("ANALYZE entry")


class Entered(NamedTuple):
    """Entries of one version in one arm, `maturing` those whose span still runs; when the first and the last came in,
    and the last whose span is over (None: none)."""

    version: int
    arm: str
    entries: int
    maturing: int
    first_at: Instant
    first_over_at: Instant | None
    last_over_at: Instant | None
    over_next_at: Instant | None


def range_of(
    connection: psycopg.Connection, brand: BrandId, playbook: PlaybookKey, now: Instant
) -> tuple[Instant, Instant] | None:
    """When the first and the last entry came in; None before there is one."""
    row = connection.execute(
        "SELECT min(entered_at), max(entered_at) FROM enrollment WHERE brand_id = %s AND playbook = %s "
        "AND entered_at <= %s",
        (brand, playbook, now),
    ).fetchone()
    return None if row is None or row[0] is None else (row[0], row[1])


def entered(connection: psycopg.Connection, asked: Asked) -> list[Entered]:
    """By version and arm."""
    rows = connection.execute(
        "SELECT version, arm, count(*), count(*) FILTER (WHERE until > %(now)s), min(entered_at), "
        "min(entered_at) FILTER (WHERE until <= %(now)s), max(entered_at) FILTER (WHERE until <= %(now)s), "
        "min(until) FILTER (WHERE until > %(now)s) FROM entry GROUP BY version, arm ORDER BY version, arm",
        asked.values,
    )
    return [Entered(*row) for row in rows]


class Drawn(NamedTuple):
    """Customers by the arm they were drawn into at their first version."""

    version: int
    arm: str
    customers: int


def drawn(connection: psycopg.Connection) -> tuple[list[Drawn], int]:
    """(customers by version and arm, how many a merge put into both arms)"""
    rows = connection.execute(
        "SELECT first_version, arm, count(*) FROM entry WHERE is_first AND in_one_arm GROUP BY 1, 2 UNION ALL "
        "SELECT 0, '', count(*) FROM entry WHERE is_first AND NOT in_one_arm ORDER BY 1, 2",
    ).fetchall()
    return [Drawn(*row) for row in rows[1:]], rows[0][2]


class Heads(NamedTuple):
    """Customers of one arm whose first entry was into this version, everything they spent net within their spans, and
    what one of them spent (at most the cap). `over_…`: those of them, and of their spans, that are through."""

    version: int
    arm: str
    revenue: int
    moments: Moments
    over_revenue: int
    over_moments: Moments


# The order of the entry's own instant is what brought the entry about.
_HEADS = (
    "spent AS (SELECT entry.customer_id, "
    "sum(net) FILTER (WHERE occurred_at > entered_at AND occurred_at <= next_at)::bigint AS after, "
    "sum(net) FILTER (WHERE until <= %(now)s AND occurred_at > entered_at "
    "AND (next_over_at IS NULL OR occurred_at <= next_over_at))::bigint AS over_after, "
    "sum(net) FILTER (WHERE occurred_at <= entered_at)::bigint AS before "
    "FROM entry JOIN purchase ON purchase.brand_id = %(brand)s AND purchase.customer_id = entry.customer_id "
    "AND net > 0 AND occurred_at <= %(now)s AND occurred_at < until "
    "AND occurred_at > CASE WHEN is_first THEN entered_at - %(before)s ELSE entered_at END "
    "WHERE in_one_arm GROUP BY entry.customer_id), "
    "head AS (SELECT first_version AS version, arm, until <= %(now)s AS is_over, coalesce(after, 0) AS net, "
    "coalesce(over_after, 0) AS over_net, "
    "least(coalesce(after, 0), %(cap)s)::float8 AS y, least(coalesce(over_after, 0), %(cap)s)::float8 AS over_y, "
    "least(coalesce(before, 0), %(cap)s)::float8 AS x "
    "FROM entry LEFT JOIN spent USING (customer_id) WHERE is_first AND in_one_arm)"
)


def _moments(y: str, which: str) -> str:
    return (
        f"count(*) {which}, count(*) FILTER (WHERE {y} > 0), coalesce(avg({y}) {which}, 0), "
        f"coalesce(regr_syy({y}, x) {which}, 0), coalesce(avg(x) {which}, 0), coalesce(regr_sxx({y}, x) {which}, 0), "
        f"coalesce(regr_sxy({y}, x) {which}, 0)"
    )


def heads(connection: psycopg.Connection, asked: Asked, cap: int | None) -> list[Heads]:
    """By version and arm. `cap`: what one customer may count at most, in minor units."""
    rows = connection.execute(
        f"WITH {_HEADS} SELECT version, arm, sum(net), {_moments('y', '')}, sum(over_net), "  # noqa: S608
        f"{_moments('over_y', 'FILTER (WHERE is_over)')} FROM head GROUP BY version, arm ORDER BY version, arm",
        asked.values | {"cap": cap, "before": _BEFORE},
    )
    return [
        Heads(row[0], row[1], int(row[2]), Moments(*row[3:10]), int(row[10]), Moments(*row[11:])) for row in rows
    ]  # fmt: skip


def give_room(connection: psycopg.Connection) -> None:
    """Until the transaction ends, sums over everyone are made in memory (a million entries: 150 MB)."""
    connection.execute("SELECT set_config('work_mem', '256MB', true), set_config('jit', 'off', true)")


def spent_at_most(
    connection: psycopg.Connection, brand: BrandId, since: Instant, until: Instant, length: int, share: float
) -> tuple[int, int]:
    """(the amount that this share of buyers stays within, of how many), in minor units.

    A buyer here is a customer with an order in one of the spans of `length` microseconds that end at `until`.
    """
    row = connection.execute(
        "SELECT coalesce(percentile_disc(%s) WITHIN GROUP (ORDER BY spent), 0)::bigint, count(*) FROM ("
        "SELECT sum(net)::bigint AS spent FROM purchase WHERE brand_id = %s AND customer_id IS NOT NULL AND net > 0 "
        "AND occurred_at >= %s AND occurred_at < %s GROUP BY customer_id, (%s - 1 - occurred_at) / %s) AS buyer",
        (share, brand, since, until, until, length),
    ).fetchone()
    assert row is not None
    return row[0], row[1]
