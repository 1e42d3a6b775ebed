"""Cuts fitted to the shop's own orders, to be frozen: nobody is ever ranked when scores are read.

Rules (science.md, Scores), from counted orders up to `now`:

    R  gap: days between two purchase days in a row (wall clock). R3 is 1.5 × the median of customers' median gaps, at
       least 21 days; R1 begins at 1.5 × their 90th percentile, at least 45; 40 and 90 under 100 repeat customers.
    F  F3 is above the 80th percentile of orders inside the window, and above 2; F2 from the second order on.
    M  50 / 40 / 10 % of customers by net spend inside the window. A cut is a value, so equal values never split.

Spans are whole days, rounded up from .5. Percentiles interpolate linearly. The window is 24 months, longer where
twice the R1 cut asks for it (SCO-15).
"""

import math
from zoneinfo import ZoneInfo

import duckdb
import msgspec

from ritorno.core.instants import Instant, Span, days, months
from ritorno.core.scores.cuts import Occasion, Scheme, validate
from ritorno.whole.orders import counted, require_columns, text_sql, wall_day_sql
from ritorno.whole.rfm import score_everyone

LEAST_REPEAT_CUSTOMERS = 100
FEW = (40, 90)  # days, where gaps are too few to speak
FLOORS = (21, 45)
STRETCH = 1.5
_NAMED = 10  # categories, where one is not there


class Evidence(msgspec.Struct, frozen=True):
    """What fitted cuts were made from. Days, orders and minor units; None where there was nothing to measure."""

    as_of: Instant
    customers: int
    repeat_customers: int
    gap_median: float | None
    gap_p90: float | None
    orders_p80: float | None
    spend_p50: float | None
    spend_p90: float | None


class Fitted(msgspec.Struct, frozen=True):
    """A proposal: it scores nobody until an operator saves it as a version (SCO-06)."""

    scheme: Scheme
    evidence: Evidence


class NoBuyersError(ValueError):
    """There is no customer with a counted order to fit cuts to."""


def fit_cuts(
    orders: duckdb.DuckDBPyRelation, now: Instant, tz: ZoneInfo, *, version: int = 1, occasion: Occasion = "order"
) -> Fitted:
    """Cuts of `orders` as known at `now`, as a scheme of that version.

    Raises OrdersError for a relation that is no table of orders, NoBuyersError when no customer has bought.
    """
    require_columns(orders)
    repeat, gap_median, gap_p90 = _gaps(orders, now, tz)
    recency = _recency(repeat, gap_median, gap_p90)
    draft = Scheme(version=version, recency=recency, window=_window(recency[1], tz), occasion=occasion)
    customers, orders_p80, spend_p50, spend_p90 = _quantiles(orders, draft, now, tz)
    if orders_p80 is None or spend_p50 is None or spend_p90 is None:
        raise NoBuyersError("no customer has a counted order, so there is nothing to fit cuts to; import orders first")
    evidence = Evidence(now, customers, repeat, gap_median, gap_p90, orders_p80, spend_p50, spend_p90)
    first = max(math.floor(spend_p50) + 1, 1)
    scheme = msgspec.structs.replace(
        draft,
        orders=(2, math.floor(max(orders_p80, 2)) + 1),
        spend=(first, max(math.floor(spend_p90) + 1, first + 1)),
        origin="fitted",
        note=_note(evidence),
    )
    return Fitted(scheme, evidence)


class CategoryFit(msgspec.Struct, frozen=True):
    """R's cuts proposed for one category, from the gaps between its own purchase days, in days; None: none were."""

    category: str
    customers: int
    repeat_customers: int
    gap_median: float | None
    gap_p90: float | None
    recency: tuple[Span, Span]


def fit_category(orders: duckdb.DuckDBPyRelation, category: str, now: Instant, tz: ZoneInfo) -> CategoryFit:
    """The same rule over the orders with a line of that category (SCO-06).

    Raises OrdersError for orders without categories, NoBuyersError (naming some that are bought) when nobody bought it.
    """
    require_columns(orders, categories=True)
    past = counted(orders, now)
    theirs = past.filter(f"list_contains(categories, {text_sql(category)})")
    ((customers,),) = theirs.aggregate("count(DISTINCT customer_id)").fetchall()
    if not customers:
        raise NoBuyersError(f"nobody has bought anything of {category!r}; {_bought(past)}")
    repeat, gap_median, gap_p90 = _gaps(theirs, now, tz)
    recency = _recency(repeat, gap_median, gap_p90)
    return CategoryFit(category, customers, repeat, gap_median, gap_p90, recency)


def _bought(orders: duckdb.DuckDBPyRelation) -> str:
    """The categories that are bought most, in words."""
    told = orders.project("unnest(list_distinct(categories)) AS category").filter("category <> ''")
    rows = told.aggregate("category, count(*) AS orders", "category").order("orders DESC, category").limit(_NAMED)
    names = ", ".join(str(category) for category, _ in rows.fetchall())
    return f"of these: {names}" if names else "no order says a category"


def spend_cuts(orders: duckdb.DuckDBPyRelation, now: Instant, tz: ZoneInfo) -> tuple[int, int] | None:
    """M for a preset, in minor units: above the 50th and the 85th percentile of 24 months' net spend, after the lowest
    and highest 1 % are drawn in (product.md, section 2); None when nobody bought."""
    spend = score_everyone(orders, Scheme(), now, tz).filter("orders > 0").project("spend")
    ((least, most),) = spend.aggregate("quantile_cont(spend, 0.01), quantile_cont(spend, 0.99)").fetchall()
    if least is None or most is None:
        return None
    drawn_in = spend.project(f"least(greatest(spend, {least!r}::DOUBLE), {most!r}::DOUBLE) AS spend")
    ((middle, high),) = drawn_in.aggregate("quantile_cont(spend, 0.5), quantile_cont(spend, 0.85)").fetchall()
    first = math.floor(round(middle, 3)) + 1  # interpolated twice: 355,799.99999 is 355,800
    return first, max(math.floor(round(high, 3)) + 1, first + 1)


def _gaps(orders: duckdb.DuckDBPyRelation, now: Instant, tz: ZoneInfo) -> tuple[int, float | None, float | None]:
    """Customers with two purchase days or more; the median and the 90th percentile of their median gaps, in days."""
    past = counted(orders, now)
    ((oldest,),) = past.aggregate("min(occurred_at)").fetchall()
    first = now if oldest is None else Instant(oldest)
    day = wall_day_sql("occurred_at", first, now, tz)
    purchase_days = past.aggregate(f"customer_id, {day} AS day", f"customer_id, {day}")
    gaps = purchase_days.project("customer_id, day - lag(day) OVER (PARTITION BY customer_id ORDER BY day) AS gap")
    own = gaps.filter("gap IS NOT NULL").aggregate("customer_id, median(gap) AS gap", "customer_id")
    ((repeat, middle, high),) = own.aggregate("count(*), median(gap), quantile_cont(gap, 0.9)").fetchall()
    return repeat, middle, high


def _recency(repeat: int, gap_median: float | None, gap_p90: float | None) -> tuple[Span, Span]:
    if repeat < LEAST_REPEAT_CUSTOMERS or gap_median is None or gap_p90 is None:
        return days(FEW[0]), days(FEW[1])
    newer = max(_whole(STRETCH * gap_median), FLOORS[0])
    return days(newer), days(max(_whole(STRETCH * gap_p90), FLOORS[1], newer + 1))


def _whole(value: float) -> int:
    return math.floor(value + 0.5)


def _window(cut: Span, tz: ZoneInfo) -> Span:
    usual = Scheme(recency=(days(1), cut), window=months(24))
    return days(2 * cut.count) if validate(usual, tz) else usual.window


def _quantiles(
    orders: duckdb.DuckDBPyRelation, draft: Scheme, now: Instant, tz: ZoneInfo
) -> tuple[int, float | None, float | None, float | None]:
    """Buyers inside the window; the 80th percentile of their orders, the 50th and 90th of their spend."""
    buyers = score_everyone(orders, draft, now, tz).filter("orders > 0")
    ((customers, orders_p80, spend_p50, spend_p90),) = buyers.aggregate(
        "count(*), quantile_cont(orders, 0.8), quantile_cont(spend, 0.5), quantile_cont(spend, 0.9)"
    ).fetchall()
    return customers, orders_p80, spend_p50, spend_p90


def _note(evidence: Evidence) -> str:
    """The figures in one English line; screens say them in the operator's language from `Evidence`."""
    if evidence.repeat_customers < LEAST_REPEAT_CUSTOMERS or evidence.gap_median is None or evidence.gap_p90 is None:
        gaps = f"only {evidence.repeat_customers} repeat customers, so {FEW[0]} and {FEW[1]} days"
    else:
        gaps = (
            f"median gap {evidence.gap_median:g} and 90th percentile {evidence.gap_p90:g} days "
            f"of {evidence.repeat_customers} repeat customers"
        )
    return f"to {evidence.customers} customers: {gaps}; 80th percentile of orders {evidence.orders_p80:g}"
