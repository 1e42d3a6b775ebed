"""What became of a playbook's messages, by step; who was declined and why; which way a split sent whom."""

from collections.abc import Sequence
from typing import NamedTuple

import psycopg

from ritorno.core.ids import BrandId, PlaybookKey
from ritorno.core.moments import Moments
from ritorno.store.measures import Asked


class Sent(NamedTuple):
    """Messages of one version, step, arm, state and channel ("" before it is chosen). `clicked` by a person; `cost` in
    thousandths of a minor unit, values of codes in minor units. `over_cost`, `over_offers`: of those among them whose
    customer is counted in the lift – one arm, the span over."""

    version: int
    step: str
    arm: str
    state: str
    channel: str
    messages: int
    delivered: int
    clicked: int
    codes: int
    redeemed: int
    offers: int
    liability: int
    cost: int
    over_cost: int
    over_offers: int


# OFFSET 0: each payload is read once, however many of its fields are asked for.
_FEEDBACK = (
    "told AS (SELECT (body ->> 'message')::bigint AS id, bool_or(name = 'message_delivered') AS delivered, "
    "bool_or(name = 'message_clicked' AND NOT coalesce((body ->> 'machine')::boolean, false)) AS clicked FROM ("
    "SELECT name, convert_from(payload, 'UTF8')::jsonb -> 'body' AS body FROM event WHERE brand_id = %(brand)s "
    "AND name IN ('message_delivered', 'message_clicked') AND received_at <= %(now)s "
    "AND received_at >= %(first)s OFFSET 0) AS feedback GROUP BY 1)"
)

# Codes that no message carried, such as a referrer's reward: theirs is the step "" in the state "given".
_GIVEN = (
    "SELECT 0, '', 'treated', 'given', '', 0, 0, 0, count(*), count(code.redeemed_at), "
    "coalesce(sum(code.value) FILTER (WHERE code.redeemed_at IS NOT NULL), 0)::bigint, "
    "coalesce(sum(code.value) FILTER (WHERE code.redeemed_at IS NULL AND %(now)s < code.expires_at), 0)::bigint, "
    "0, 0, coalesce(sum(code.value) FILTER (WHERE code.redeemed_at IS NOT NULL AND code.customer_id IN ("
    "SELECT customer_id FROM entry WHERE in_one_arm AND until <= %(now)s)), 0)::bigint "
    "FROM code WHERE code.brand_id = %(brand)s AND code.playbook = %(playbook)s AND code.message_id IS NULL "
    "HAVING count(*) > 0"
)


def sent(connection: psycopg.Connection, asked: Asked) -> list[Sent]:
    """Every message of the playbook, in the order of version, step and arm."""
    rows = connection.execute(
        f"WITH {_FEEDBACK}, counted AS (SELECT id FROM entry "  # noqa: S608
        "WHERE in_one_arm AND until <= %(now)s) "
        "SELECT m.version, m.step, m.arm, m.state, coalesce(m.channel, ''), count(*), "
        "count(*) FILTER (WHERE told.delivered), count(*) FILTER (WHERE told.clicked), count(code.code), "
        "count(code.redeemed_at), coalesce(sum(code.value) FILTER (WHERE code.redeemed_at IS NOT NULL), 0)::bigint, "
        "coalesce(sum(code.value) FILTER (WHERE code.redeemed_at IS NULL AND %(now)s < code.expires_at), 0)::bigint, "
        "coalesce(sum(m.cost), 0)::bigint, coalesce(sum(m.cost) FILTER (WHERE counted.id IS NOT NULL), 0)::bigint, "
        "coalesce(sum(code.value) FILTER (WHERE code.redeemed_at IS NOT NULL AND counted.id IS NOT NULL), 0)::bigint "
        "FROM message AS m LEFT JOIN told ON told.id = m.id "
        "LEFT JOIN code ON code.brand_id = %(brand)s AND code.message_id = m.id "
        "LEFT JOIN counted ON counted.id = m.enrollment WHERE m.brand_id = %(brand)s AND m.playbook = %(playbook)s "
        f"GROUP BY 1, 2, 3, 4, 5 UNION ALL {_GIVEN} ORDER BY 1, 2, 3, 4, 5",
        asked.values,
    )
    return [Sent(*row) for row in rows]


class BoughtAfter(NamedTuple):
    """Of those who got a message of a step – or would have got it –, how many then bought within their span, and for
    how much net, in minor units."""

    step: str
    arm: str
    customers: int
    bought: int
    revenue: int


def bought_after(connection: psycopg.Connection, asked: Asked) -> list[BoughtAfter]:
    """By step and arm, counted so far; an order counts once for each step."""
    rows = connection.execute(
        "WITH got AS (SELECT m.step, entry.customer_id, entry.arm, m.sent_at, entry.until, "
        "lead(m.sent_at, 1, 9223372036854775807) OVER own AS next_at, lead(m.id) OVER own IS NULL AS is_last "
        "FROM message AS m JOIN entry ON entry.id = m.enrollment AND in_one_arm "
        "WHERE m.brand_id = %(brand)s AND m.playbook = %(playbook)s AND m.state IN ('sent', 'held_out') "
        "AND m.sent_at <= %(now)s "
        "WINDOW own AS (PARTITION BY entry.customer_id, m.step, entry.arm ORDER BY m.sent_at, m.id)), "
        "bought AS (SELECT step, arm, got.customer_id, sum(net)::bigint AS net FROM got JOIN purchase "
        "ON purchase.brand_id = %(brand)s AND purchase.customer_id = got.customer_id AND net > 0 "
        "AND occurred_at > sent_at AND occurred_at <= next_at AND occurred_at < until AND occurred_at <= %(now)s "
        "GROUP BY 1, 2, 3), "
        "who AS (SELECT step, arm, count(*) AS customers FROM got WHERE is_last GROUP BY 1, 2), "
        "what AS (SELECT step, arm, count(*) AS bought, sum(net) AS revenue FROM bought GROUP BY 1, 2) "
        "SELECT step, arm, customers, coalesce(bought, 0), coalesce(revenue, 0)::bigint FROM who "
        "LEFT JOIN what USING (step, arm) ORDER BY 1, 2",
        asked.values,
    )
    return [BoughtAfter(*row) for row in rows]


def reasons(connection: psycopg.Connection, asked: Asked) -> dict[str, int]:
    """How many messages were held or dropped for each reason, by its code."""
    rows = connection.execute(
        "SELECT reason ->> 1, count(DISTINCT (id, wanted_at)) FROM message, jsonb_array_elements(reasons) AS reason "
        "WHERE brand_id = %(brand)s AND playbook = %(playbook)s AND reasons <> '[]' GROUP BY 1 ORDER BY 1",
        asked.values,
    )
    return dict(rows.fetchall())


def declined(connection: psycopg.Connection, brand: BrandId, playbook: PlaybookKey, now: int) -> dict[str, int]:
    """How often a trigger fired and nobody entered, by the reason's code."""
    rows = connection.execute(
        "SELECT split_part(convert_from(payload, 'UTF8')::jsonb ->> 'why', ':', 1), count(*) FROM decision "
        "WHERE brand_id = %s AND kind = 'declined' AND playbook = %s AND at <= %s GROUP BY 1 ORDER BY 1",
        (brand, playbook, now),
    )
    return dict(rows.fetchall())


class Taken(NamedTuple):
    """Those of the treated whom a step sent one way, whose span is over; what they spent after it within their span."""

    step: str
    arm: str
    revenue: int
    moments: Moments


def taken(connection: psycopg.Connection, asked: Asked, cap: int | None, splits: Sequence[str]) -> list[Taken]:
    """By step and the arm taken there, of these steps: the arms of a split are drawn by hash, so they compare; the ways
    of a branch do not. Who was sent both
    ways, being merged since, is in neither."""
    rows = connection.execute(
        "WITH went AS (SELECT entry.customer_id, told ->> 'step' AS step, min(told ->> 'arm') AS way, "
        "min(decision.at) AS at, max(entry.until) AS until FROM (SELECT enrollment, at, "
        "convert_from(payload, 'UTF8')::jsonb AS told FROM decision WHERE brand_id = %(brand)s "
        "AND kind = 'step_taken' AND playbook = %(playbook)s AND at <= %(now)s "
        "AND position('\"arm\"'::bytea IN payload) > 0 OFFSET 0) AS decision "
        "JOIN entry ON entry.id = decision.enrollment AND in_one_arm "
        "WHERE entry.arm = 'treated' AND until <= %(now)s AND told ->> 'step' = ANY(%(splits)s) GROUP BY 1, 2 "
        "HAVING min(told ->> 'arm') = max(told ->> 'arm')), "
        "spent AS (SELECT step, went.customer_id, sum(net) AS net FROM went JOIN purchase "
        "ON purchase.brand_id = %(brand)s AND purchase.customer_id = went.customer_id AND net > 0 "
        "AND occurred_at > went.at AND occurred_at < until GROUP BY 1, 2), "
        "head AS (SELECT step, way, coalesce(net, 0) AS net, least(coalesce(net, 0), %(cap)s)::float8 AS y, "
        "0::float8 AS x FROM went LEFT JOIN spent USING (step, customer_id)) "
        "SELECT step, way, sum(net), count(*), count(*) FILTER (WHERE y > 0), avg(y), regr_syy(y, x) FROM head "
        "GROUP BY 1, 2 ORDER BY 1, 2",
        asked.values | {"cap": cap, "splits": list(splits)},
    )
    return [Taken(row[0], row[1], int(row[2]), Moments(*row[3:])) for row in rows]
