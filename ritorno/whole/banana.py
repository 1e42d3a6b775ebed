"""The banana curve: how many customers bought once, twice, …, what each bar brings, and the curve behind it.

Definition: product.md section 3. The period is [start, end); a customer is in bar x by purchases inside it; the last
bar is open (5 or more). Money in minor units, shares as fractions of 1.
"""

from zoneinfo import ZoneInfo

import duckdb
import msgspec

from ritorno.core.instants import Instant
from ritorno.core.scores.cuts import Occasion
from ritorno.whole.nbd import BarsOnly, Fit, fit
from ritorno.whole.orders import require_columns, wall_day_sql

BARS = 5


class Bar(msgspec.Struct, frozen=True):
    """Customers who bought `purchases` times (in the last bar: that often or more)."""

    purchases: int
    is_open: bool
    customers: int
    share: float
    revenue: int
    revenue_share: float
    running_revenue_share: float  # this bar and all lighter ones
    mean_purchases: float  # `purchases`, but for the open bar
    fitted_share: float | None
    expected_next: float | None  # purchases each in the next period of equal length, at this bar's mean purchases
    next_value_median: int | None  # of purchase number `purchases` + 1, over all customers who made it in the period
    next_value_mean: int | None  # (for the open bar: of every purchase beyond `purchases`)


class Banana(msgspec.Struct, frozen=True):
    start: Instant
    end: Instant
    sold_via: str | None
    customers: int
    purchases: int
    revenue: int
    bars: tuple[Bar, ...]
    curve: Fit | BarsOnly


class Gain(msgspec.Struct, frozen=True):
    """What more purchases would bring, in minor units: from the lower to the higher of median and mean value."""

    customers: float
    low: int
    high: int


def banana(
    orders: duckdb.DuckDBPyRelation,
    start: Instant,
    end: Instant,
    tz: ZoneInfo,
    *,
    sold_via: str | None = None,
    occasion: Occasion = "order",
) -> Banana:
    """Read the curve of the orders in [start, end), of one place of sale when `sold_via` names it.

    Raises OrdersError for a relation that is no table of orders, ValueError when the period is empty.
    """
    if start >= end:
        raise ValueError(f"the period ends ({end}) before it starts ({start}); give a start before its end")
    purchases = _purchases(orders, start, end, tz, sold_via, occasion)
    heights = _heights(purchases)
    values = _values(purchases)
    curve = fit([heights[x][0] for x in range(1, BARS + 1)])
    customers = sum(count for count, _, _ in heights.values())
    revenue = sum(money for _, _, money in heights.values())
    return Banana(
        start=start,
        end=end,
        sold_via=sold_via,
        customers=customers,
        purchases=sum(made for _, made, _ in heights.values()),
        revenue=revenue,
        bars=tuple(_bar(x, heights, values, customers, revenue, curve) for x in range(1, BARS + 1)),
        curve=curve,
    )


def what_if(curve: Banana, purchases: int, share: float) -> Gain | None:
    """If `share` (0-1) of the customers of bar `purchases` bought once more; None when nobody ever bought that often.

    Raises ValueError for a bar that is not there or a share that is none.
    """
    if not 1 <= purchases <= len(curve.bars) or not 0 <= share <= 1:
        raise ValueError(f"bar {purchases}, share {share}: bars are 1 to {len(curve.bars)}, a share is 0 to 1")
    bar = curve.bars[purchases - 1]
    if bar.next_value_median is None or bar.next_value_mean is None:
        return None
    more = share * bar.customers
    low, high = sorted((bar.next_value_median, bar.next_value_mean))
    return Gain(more, round(more * low), round(more * high))


def _purchases(
    orders: duckdb.DuckDBPyRelation,
    start: Instant,
    end: Instant,
    tz: ZoneInfo,
    sold_via: str | None,
    occasion: Occasion,
) -> duckdb.DuckDBPyRelation:
    """customer_id, occurred_at, net: one row a purchase occasion of the period."""
    require_columns(orders, branch=occasion == "day_and_branch")
    there = "" if sold_via is None else f" AND sold_via = {_literal(sold_via)}"
    inside = orders.filter(
        f"counts AND customer_id IS NOT NULL AND occurred_at >= {start:d} AND occurred_at < {end:d}{there}"
    )
    if occasion == "order":
        return inside.project("customer_id, occurred_at, net")
    day = wall_day_sql("occurred_at", start, Instant(end - 1), tz)
    return inside.aggregate(
        "customer_id, min(occurred_at) AS occurred_at, sum(net)::BIGINT AS net",
        f"customer_id, {day}, coalesce(branch, '')",
    )


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _heights(purchases: duckdb.DuckDBPyRelation) -> dict[int, tuple[int, int, int]]:
    """bar → (customers, purchases, revenue), every bar present."""
    people = purchases.aggregate("customer_id, count(*) AS made, sum(net)::BIGINT AS spend", "customer_id")
    rows = people.aggregate(
        f"least(made, {BARS}) AS bar, count(*), sum(made)::BIGINT, sum(spend)::BIGINT", f"least(made, {BARS})"
    ).fetchall()
    return dict.fromkeys(range(1, BARS + 1), (0, 0, 0)) | {bar: (n, made, money) for bar, n, made, money in rows}


def _values(purchases: duckdb.DuckDBPyRelation) -> dict[int, tuple[int, int]]:
    """x → (median, mean) net of purchase number x + 1, of all later ones for the last bar; rounded to minor units."""
    numbered = purchases.project(
        "net, row_number() OVER (PARTITION BY customer_id ORDER BY occurred_at, net) AS number"
    ).filter("number > 1")
    bar = f"least(number - 1, {BARS})"
    rows = numbered.aggregate(f"{bar} AS bar, round(median(net))::BIGINT, round(avg(net))::BIGINT", bar).fetchall()
    return {x: (middle, mean) for x, middle, mean in rows}


def _bar(
    x: int,
    heights: dict[int, tuple[int, int, int]],
    values: dict[int, tuple[int, int]],
    customers: int,
    revenue: int,
    curve: Fit | BarsOnly,
) -> Bar:
    count, made, money = heights[x]
    running = sum(heights[lighter][2] for lighter in range(1, x + 1))
    mean = made / count if count else float(x)
    median_value, mean_value = values.get(x, (None, None))
    return Bar(
        purchases=x,
        is_open=x == BARS,
        customers=count,
        share=count / customers if customers else 0.0,
        revenue=money,
        revenue_share=money / revenue if revenue else 0.0,
        running_revenue_share=running / revenue if revenue else 0.0,
        mean_purchases=mean,
        fitted_share=curve.shares[x - 1] if isinstance(curve, Fit) else None,
        expected_next=curve.next_period(mean) if isinstance(curve, Fit) else None,
        next_value_median=median_value,
        next_value_mean=mean_value,
    )
