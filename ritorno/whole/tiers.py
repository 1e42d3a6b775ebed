"""Value tiers fitted to everyone's net spend of 12 months: A the top tenth, B the next 40 %, C the rest.

A tier is a value from which on (product.md, section 2), frozen when it is saved, so equal customers are never split.
"""

import math
from zoneinfo import ZoneInfo

import duckdb
import msgspec

from ritorno.core.instants import Instant
from ritorno.whole.orders import counted, require_columns, within_sql
from ritorno.whole.rfm import STAKE


class Tiers(msgspec.Struct, frozen=True):
    """Customers who bought in the 12 months, the percentiles of what they spent, and the cuts that follow, in minor
    units: who spent `cuts[0]` is A, who spent `cuts[1]` is B."""

    as_of: Instant
    customers: int
    spend_p50: float
    spend_p90: float
    cuts: tuple[int, int]


class NobodyBoughtError(ValueError):
    """No customer has a counted order in the last 12 months."""


def fit_tiers(orders: duckdb.DuckDBPyRelation, now: Instant, tz: ZoneInfo) -> Tiers:
    """The 90th and the 50th percentile (linear) of the net spend of who bought, as cuts above which a tier begins.

    Raises OrdersError for a relation that is no table of orders, NobodyBoughtError without a buyer.
    """
    require_columns(orders)
    year = counted(orders, now).filter(within_sql("occurred_at", STAKE, now, tz))
    spend = year.aggregate("customer_id, sum(net)::BIGINT AS spend", "customer_id")
    ((customers, middle, high),) = spend.aggregate(
        "count(*), quantile_cont(spend, 0.5), quantile_cont(spend, 0.9)"
    ).fetchall()
    if middle is None or high is None:
        raise NobodyBoughtError("nobody has bought in the last 12 months, so there is no spend to fit tiers to")
    low = max(math.floor(middle) + 1, 1)
    return Tiers(now, customers, middle, high, (max(math.floor(high) + 1, low + 1), low))
