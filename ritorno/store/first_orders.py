"""First orders and what followed them, by whole days of the wall clock: sums that the database makes."""

from typing import NamedTuple
from zoneinfo import ZoneInfo

import psycopg

from ritorno.core.acquisition import Day
from ritorno.core.ids import BrandId, PlaybookKey
from ritorno.core.instants import DAY, Instant
from ritorno.core.second_purchase import Waits
from ritorno.core.wall_clock import wall_clock


class Asked(NamedTuple):
    """First orders in [since, until), and what is known of them at `now`."""

    brand: BrandId
    now: Instant
    tz: ZoneInfo
    since: Instant
    until: Instant

    @property
    def values(self) -> dict[str, object]:
        clock = wall_clock(self.tz)
        return {
            "brand": self.brand, "now": self.now, "since": self.since, "until": self.until, "day": DAY,
            "starts": clock.starts, "offsets": clock.offsets,
        }  # fmt: skip


def wall_sql(column: str) -> str:
    """The wall-clock time of an instant, as SQL over `Asked.values`."""
    return f"({column} + (%(offsets)s::bigint[])[width_bucket({column}, %(starts)s::bigint[])])"


BOUGHT = "brand_id = %(brand)s AND customer_id IS NOT NULL AND net > 0 AND occurred_at <= %(now)s"
_FIRST = (
    f"first AS (SELECT '' AS arm, customer_id, min(occurred_at) AS at FROM purchase WHERE {BOUGHT} "  # noqa: S608
    "GROUP BY customer_id HAVING min(occurred_at) >= %(since)s AND min(occurred_at) < %(until)s)"
)
_ENTERED = (
    "first AS (SELECT min(arm) AS arm, customer_id, min(entered_at) AS at FROM enrollment WHERE brand_id = %(brand)s "
    "AND playbook = %(playbook)s AND entered_at <= %(now)s GROUP BY customer_id HAVING min(arm) = max(arm) "
    "AND min(entered_at) >= %(since)s AND min(entered_at) < %(until)s)"
)
_WAITS = (
    "later AS (SELECT first.customer_id, min(occurred_at) AS at FROM first JOIN purchase USING (customer_id) "  # noqa: S608
    f"WHERE {BOUGHT} AND occurred_at > first.at GROUP BY first.customer_id), "
    "waited AS (SELECT arm, "
    f"greatest(0, ({wall_sql('%(now)s::bigint')} - {wall_sql('first.at')}) / %(day)s) AS watched, "
    "CASE WHEN later.at IS NOT NULL THEN "
    f"greatest(0, ({wall_sql('later.at')} - {wall_sql('first.at')}) / %(day)s) END AS day "
    "FROM first LEFT JOIN later USING (customer_id)) "
    "SELECT arm, least(day, watched), count(*) FILTER (WHERE day < watched), "
    "count(*) FILTER (WHERE day IS NULL OR day >= watched) FROM waited GROUP BY 1, 2 ORDER BY 1, 2"
)


def waits(
    connection: psycopg.Connection, asked: Asked, playbook: PlaybookKey | None = None
) -> dict[str, list[Waits]]:  # fmt: skip
    """From the first order to the next one that is later; or, of a playbook's arms, from the entry to the next order:
    {"": …}, or by arm. Who by a merge was in both arms is in neither."""
    first = _FIRST if playbook is None else _ENTERED
    rows = connection.execute(f"WITH {first}, {_WAITS}", asked.values | {"playbook": playbook})
    found: dict[str, list[Waits]] = {}
    for arm, day, bought, watched in rows:
        found.setdefault(arm, []).append(Waits(day, bought, watched))
    return found


def revenue_by_day(connection: psycopg.Connection, asked: Asked, days: int) -> tuple[int, list[Day]]:
    """(new customers, what each day since their first order brought of those who have been through it)"""
    rows = connection.execute(
        f"WITH {_FIRST}, known AS (SELECT customer_id, at, least(%(days)s, greatest(0, "  # noqa: S608
        f"({wall_sql('%(now)s::bigint')} - {wall_sql('at')}) / %(day)s)) AS watched FROM first), "
        "sold AS (SELECT least(%(days)s, greatest(0, "
        f"({wall_sql('occurred_at')} - {wall_sql('known.at')}) / %(day)s)) AS day, sum(net) AS net FROM known "
        f"JOIN purchase USING (customer_id) WHERE {BOUGHT} AND ({wall_sql('occurred_at')} - {wall_sql('known.at')}) "
        "/ %(day)s < watched GROUP BY 1) "
        "SELECT day, (SELECT count(*) FROM known WHERE watched > day), coalesce(net, 0)::bigint "
        "FROM generate_series(0, %(days)s - 1) AS day LEFT JOIN sold USING (day) "
        "UNION ALL SELECT -1, (SELECT count(*) FROM known), 0 ORDER BY 1",
        asked.values | {"days": days},
    ).fetchall()
    return rows[0][1], [Day(*row) for row in rows[1:] if row[1]]
