"""What the shop should look at: who cools, what messages to nobody cost, where customers come back."""

from typing import Literal, NamedTuple

import psycopg

from ritorno.core.ids import BrandId, CustomerId
from ritorno.core.instants import DAY, Instant
from ritorno.core.repeat_rate import Part
from ritorno.store.first_orders import BOUGHT, Asked, wall_sql

_YEAR = 365 * DAY


class Crossed(NamedTuple):
    """One customer whose R fell: from which digit to which, the present cell, net spend of the year before, in minor
    units."""

    customer: CustomerId
    before: int
    after: int
    cell: int
    spend: int


def cooled(connection: psycopg.Connection, brand: BrandId, since: Instant, until: Instant) -> list[Crossed]:
    """Whose R fell in [since, until) and has not risen since; the most valuable first. One who fell twice is told
    once, from the first digit to the last."""
    rows = connection.execute(
        "WITH moved AS (SELECT customer_id, (array_agg((told ->> 'before')::int ORDER BY at))[1] AS before, "
        "(array_agg((told ->> 'after')::int ORDER BY at DESC))[1] AS after FROM (SELECT customer_id, at, "
        "convert_from(payload, 'UTF8')::jsonb AS told FROM decision WHERE brand_id = %(brand)s "
        "AND kind = 'score_moved' AND at >= %(since)s AND at < %(until)s) AS decision WHERE told ->> 'axis' = 'r' "
        "GROUP BY customer_id), "
        "cool AS (SELECT customer_id, before, after, cell FROM moved JOIN customer ON customer.brand_id = %(brand)s "
        "AND customer.id = moved.customer_id WHERE after < before AND cell / 100 <= after AND merged_into IS NULL) "
        "SELECT cool.customer_id, before, after, cell, coalesce(sum(net), 0)::bigint AS spend FROM cool "
        "LEFT JOIN purchase ON purchase.brand_id = %(brand)s AND purchase.customer_id = cool.customer_id AND net > 0 "
        "AND occurred_at < %(until)s AND occurred_at >= %(until)s - %(year)s "
        "GROUP BY 1, 2, 3, 4 ORDER BY spend DESC, 1",
        {"brand": brand, "since": since, "until": until, "year": _YEAR},
    )
    return [Crossed(*row) for row in rows]


class Late(NamedTuple):
    """One customer silent for twice their own usual `gap` (days, the geometric mean of theirs); the cell, net spend of
    the year before, in minor units."""

    customer: CustomerId
    gap: float
    cell: int
    spend: int


_OWN_GAPS = 3  # fewer say little of a pace of one's own


def late(connection: psycopg.Connection, brand: BrandId, since: Instant, until: Instant) -> list[Late]:
    """Who in [since, until) had been silent for twice their own usual gap, and has not bought since; the most valuable
    first. Of customers with three gaps at least; orders less than a day apart are one occasion. The silence is elapsed
    time: a pace knows no calendar (core/pace.py)."""
    rows = connection.execute(
        "WITH bought AS (SELECT customer_id, occurred_at, net, occurred_at - lag(occurred_at) OVER "
        "(PARTITION BY customer_id ORDER BY occurred_at, id) AS gap FROM purchase WHERE brand_id = %(brand)s "
        "AND customer_id IS NOT NULL AND net > 0 AND occurred_at < %(until)s), "
        "paced AS (SELECT customer_id, max(occurred_at) AS last_at, "
        "exp(avg(ln(gap::float8)) FILTER (WHERE gap >= %(day)s)) AS gap, "
        "coalesce(sum(net) FILTER (WHERE occurred_at >= %(until)s - %(year)s), 0)::bigint AS spend FROM bought "
        "GROUP BY customer_id HAVING count(*) FILTER (WHERE gap >= %(day)s) >= %(gaps)s) "
        "SELECT paced.customer_id, paced.gap / %(day)s, cell, paced.spend FROM paced JOIN customer "
        "ON customer.brand_id = %(brand)s AND customer.id = paced.customer_id AND merged_into IS NULL "
        "WHERE paced.last_at + 2 * gap >= %(since)s AND paced.last_at + 2 * gap < %(until)s "
        "ORDER BY paced.spend DESC, 1",
        {"brand": brand, "since": since, "until": until, "year": _YEAR, "day": DAY, "gaps": _OWN_GAPS},
    )
    return [Late(*row) for row in rows]


class Irrelevant(NamedTuple):
    """Messages that left, those of them to customers who had been silent; costs in thousandths of a minor unit;
    how many of either kind of customer withdrew their consent in the days after."""

    messages: int
    silent: int
    cost: int
    silent_cost: int
    withdrew: int
    silent_withdrew: int


def irrelevance(
    connection: psycopg.Connection, brand: BrandId, since: Instant, until: Instant, silent: int, after: int
) -> Irrelevant:
    """Messages of [since, until). Silent: neither an order nor a person's click in the `silent` µs before the message;
    withdrawn within `after` µs of a message."""
    row = connection.execute(
        "WITH sent AS (SELECT id, customer_id, sent_at, coalesce(cost, 0) AS cost FROM message "
        "WHERE brand_id = %(brand)s AND state = 'sent' AND sent_at >= %(since)s AND sent_at < %(until)s), "
        "clicked AS (SELECT customer_id, occurred_at FROM event WHERE brand_id = %(brand)s "
        "AND name = 'message_clicked' AND occurred_at >= %(since)s - %(silent)s AND occurred_at < %(until)s "
        "AND customer_id IN (SELECT customer_id FROM sent) AND NOT coalesce("
        "(convert_from(payload, 'UTF8')::jsonb -> 'body' ->> 'machine')::boolean, false)), "
        "active AS (SELECT DISTINCT sent.id FROM sent JOIN (SELECT customer_id, occurred_at FROM purchase "
        "WHERE brand_id = %(brand)s AND net > 0 AND occurred_at >= %(since)s - %(silent)s AND occurred_at < %(until)s "
        "UNION ALL SELECT customer_id, occurred_at FROM clicked) AS did ON did.customer_id = sent.customer_id "
        "AND did.occurred_at < sent.sent_at AND did.occurred_at >= sent.sent_at - %(silent)s), "
        "told AS (SELECT sent.*, active.id IS NULL AS is_silent, EXISTS (SELECT FROM consent "
        "WHERE brand_id = %(brand)s AND consent.customer_id = sent.customer_id AND NOT given "
        "AND consent.at >= sent.sent_at "
        "AND consent.at < sent.sent_at + %(after)s) AS withdrew FROM sent LEFT JOIN active USING (id)) "
        "SELECT count(*), count(*) FILTER (WHERE is_silent), coalesce(sum(cost), 0)::bigint, "
        "coalesce(sum(cost) FILTER (WHERE is_silent), 0)::bigint, count(DISTINCT customer_id) FILTER (WHERE withdrew), "
        "count(DISTINCT customer_id) FILTER (WHERE withdrew AND is_silent) FROM told",
        {"brand": brand, "since": since, "until": until, "silent": silent, "after": after},
    ).fetchone()
    assert row is not None
    return Irrelevant(*row)


By = Literal["branch", "sold_via", "source"]
_COLUMNS: dict[By, str] = {"branch": "branch", "sold_via": "sold_via", "source": "source"}


def repeat_parts(connection: psycopg.Connection, asked: Asked, by: By, days: int) -> list[Part]:
    """Customers by where their first order was, of those who have been watched through `days` days of the wall clock
    since, and how many bought again within them."""
    column = _COLUMNS[by]
    rows = connection.execute(
        f"WITH first AS (SELECT DISTINCT ON (customer_id) customer_id, {column} AS part, occurred_at AS at "  # noqa: S608
        f"FROM purchase WHERE {BOUGHT} ORDER BY customer_id, occurred_at, id), "
        f"through AS (SELECT * FROM first WHERE at >= %(since)s AND at < %(until)s "
        f"AND {wall_sql('%(now)s::bigint')} - {wall_sql('at')} >= %(span)s), "
        f"again AS (SELECT DISTINCT through.customer_id FROM through JOIN purchase USING (customer_id) WHERE {BOUGHT} "
        f"AND occurred_at > through.at AND {wall_sql('occurred_at')} - {wall_sql('through.at')} < %(span)s) "
        "SELECT part, count(*), count(again.customer_id) FROM through LEFT JOIN again USING (customer_id) "
        "GROUP BY part ORDER BY part",
        asked.values | {"span": days * DAY},
    )
    return [Part(*row) for row in rows]


class Flow(NamedTuple):
    """One segment over a time: who is in it, who came in and who left, what its members spent net in it (minor
    units)."""

    segment: str
    members: int
    entered: int
    left: int
    revenue: int


def flows(connection: psycopg.Connection, brand: BrandId, since: Instant, until: Instant) -> list[Flow]:
    """Of every segment with a member or a move in [since, until), by key; members and their spend are those of now."""
    rows = connection.execute(
        "WITH moved AS (SELECT told ->> 'segment' AS segment, "
        "count(*) FILTER (WHERE kind = 'segment_entered') AS came, "
        "count(*) FILTER (WHERE kind = 'segment_left') AS went FROM (SELECT kind, "
        "convert_from(payload, 'UTF8')::jsonb AS told FROM decision WHERE brand_id = %(brand)s "
        "AND kind IN ('segment_entered', 'segment_left') AND at >= %(since)s AND at < %(until)s OFFSET 0) AS decision "
        "GROUP BY 1), "
        "spent AS (SELECT customer_id, sum(net) AS net FROM purchase WHERE brand_id = %(brand)s AND net > 0 "
        "AND customer_id IS NOT NULL AND occurred_at >= %(since)s AND occurred_at < %(until)s GROUP BY 1), "
        "held AS (SELECT segment, count(*) AS members, coalesce(sum(net), 0) AS revenue FROM membership "
        "LEFT JOIN spent USING (customer_id) WHERE brand_id = %(brand)s GROUP BY segment) "
        "SELECT segment, coalesce(members, 0), coalesce(came, 0), coalesce(went, 0), coalesce(revenue, 0)::bigint "
        "FROM held FULL JOIN moved USING (segment) ORDER BY segment",
        {"brand": brand, "since": since, "until": until},
    )
    return [Flow(*row) for row in rows]
