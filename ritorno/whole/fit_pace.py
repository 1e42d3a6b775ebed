"""Pace of every category, fitted to everyone's purchases, and the days that a unit is seen to last.

What is read is any DuckDB relation, one row a purchase; `item` is a category, or a SKU:

    customer_id  BIGINT   NULL for a guest: left out
    item         VARCHAR
    occurred_at  BIGINT   UTC microseconds
    quantity     DOUBLE   units; read by `propose_supply` alone

Purchases of one wall-clock day are one; a gap is the days between two. For each item (formulas: `core/pace.py`):

    within            pooled variance of ln gap around each customer's own mean
    between           one-way analysis of variance of unequal groups: (MS between − within) ÷ n₀,
                      n₀ = (N − Σn² ÷ N) ÷ (J − 1)
    log_mean          customers' means, each weighted by 1 ÷ (between + within ÷ n)
    shape, exposure   maximum likelihood of the NBD: purchases after the first, in the days since the first

    calibration       chances told for past weeks against what happened in them

Only gaps that ended by `now` are seen, so long ones are missed by customers who began late; the NBD counts their
silence. Nothing is stored: a fit and a proposal are values that an operator accepts.
"""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple
from zoneinfo import ZoneInfo

import duckdb
import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import gammaln

from ritorno.core.instants import DAY, Instant
from ritorno.core.pace import FADING, Calibration, CategoryPace
from ritorno.core.wall_clock import wall_of
from ritorno.whole.orders import wall_day_sql

LEAST_GAPS = 20
LEAST_REPEATERS = 5  # customers with two gaps or more: they alone show what is within
LEAST_TOLD = 200
_BACKTESTS = 8
_BOUNDS = ((-7.0, 7.0), (-7.0, 14.0))  # ln shape, ln exposure
_LATELY = 28  # days in which trips are counted
_STEPS, _SETTLED = 50, 1e-9
_FLOOR = 1e-4  # variances of ln gap: below it everybody would be alike to the day

_COLUMNS = {"customer_id": "BIGINT", "item": "VARCHAR", "occurred_at": "BIGINT"}
Numbers = NDArray[np.float64]


class PurchasesError(ValueError):
    """A relation that is not a table of purchases, or holds too few of them; says what is wrong."""


class SupplyProposal(msgspec.Struct, frozen=True):
    """A product is seen to last `days` a unit: the median of `gaps` gaps of `customers`, half of them between `low` and
    `high`; `configured` is what it is set to, None for nothing."""

    item: str
    days: int
    configured: float | None
    gaps: int
    customers: int
    low: float
    high: float


def fit_paces(
    purchases: duckdb.DuckDBPyRelation, now: Instant, tz: ZoneInfo, *, version: int = 1
) -> dict[str, CategoryPace]:
    """The pace of every item bought by `now`, by its name, from purchases as described at the head of this file.

    An item with fewer than 20 gaps, or 5 customers who have two, borrows the parameters of all items together and says
    so; its evidence stays its own. Raises PurchasesError for another relation, or where all together are too few.
    """
    _require(purchases, _COLUMNS)
    pairs = _pairs(purchases, now, tz)
    sizes = pairs.aggregate("item, count(*)", "item").order("item").fetchall()
    columns = pairs.order("item, customer_id").project("gaps, logs, squares, observed").fetchnumpy()
    every = _Pairs(*(np.asarray(columns[name], dtype=np.float64) for name in ("gaps", "logs", "squares", "observed")))
    everyone = _fit(every)
    if everyone is None:
        raise PurchasesError(
            f"{int(every.gaps.sum())} gaps between purchases of one thing are too few to fit a pace to; "
            f"it needs {LEAST_GAPS}, and {LEAST_REPEATERS} customers with two or more: import more history"
        )
    fitted, start = {}, 0
    for name, size in sizes:
        own = _Pairs(*(column[start : start + size] for column in every))
        start += size
        found = _fit(own)
        gaps, customers = int(own.gaps.sum()), int((own.gaps > 0).sum())
        fitted[name] = CategoryPace(name, *(found or everyone), gaps, customers, found is None, version, now)
    return fitted


def calibrate(
    purchases: duckdb.DuckDBPyRelation, paces: Mapping[str, CategoryPace], now: Instant, tz: ZoneInfo, days: int = 7
) -> Calibration:
    """Chances of `paces` for so many days, told of everyone on the eight mornings that many days apart before `now`'s
    day, against what happened (logistic regression: Platt 1999). Trips are days of purchase of any of these items.

    Items without a pace are left out. With fewer than 200 chances, or all of one outcome, nothing is corrected. Raises
    PurchasesError for another relation.
    """
    _require(purchases, _COLUMNS)
    bought = _days(purchases, now, tz)
    today = wall_of(now, tz) // DAY
    told = [_told(bought, paces, today - days * back, days) for back in range(1, _BACKTESTS + 1)]
    features, did = (np.concatenate(column) for column in zip(*told, strict=True))
    if len(did) < LEAST_TOLD or did.all() or not did.any():
        return Calibration(days, told=len(did), as_of=now)
    offset, slope, off_beat, lively = _logistic(features, did)
    if slope <= 0:  # what is told says nothing here
        return Calibration(days, told=len(did), as_of=now)
    return Calibration(days, offset, slope, off_beat, lively, len(did), now)


def _logistic(features: Numbers, did: Numbers) -> list[float]:
    """Weights by maximum likelihood, drawn to "told as it is" by as much as one chance in each direction would."""
    prior = np.array([0.0, 1.0, 0.0, 0.0])
    point = prior.copy()
    for _ in range(_STEPS):
        likely = 1 / (1 + np.exp(-features @ point))
        slope = features.T @ (did - likely) - (point - prior)
        curve = (features * (likely * (1 - likely))[:, None]).T @ features + np.eye(len(point))
        step = np.linalg.solve(curve, slope)
        point = point + step
        if np.abs(step).max() < _SETTLED:
            break
    return [float(weight) for weight in point]


def propose_supply(
    purchases: duckdb.DuckDBPyRelation, configured: Mapping[str, float], now: Instant, tz: ZoneInfo
) -> list[SupplyProposal]:
    """Items whose median gap per unit, of 20 or more, differs from what is configured, in whole days; most gaps first.

    A gap counts per unit of what was bought at its beginning. Raises PurchasesError for another relation.
    """
    _require(purchases, _COLUMNS | {"quantity": "DOUBLE"})
    gaps = _days(purchases.filter("quantity > 0"), now, tz, units="sum(quantity)").project(
        "customer_id, item, (lead(day) OVER (PARTITION BY item, customer_id ORDER BY day) - day) / units AS gap"
    )
    seen = gaps.filter("gap IS NOT NULL").aggregate(
        "item, median(gap) AS middle, count(*) AS gaps, count(DISTINCT customer_id) AS customers, "
        "quantile_cont(gap, 0.25) AS low, quantile_cont(gap, 0.75) AS high",
        "item",
    )
    proposals = []
    for name, middle, count, customers, low, high in (
        seen.filter(f"gaps >= {LEAST_GAPS}").order("gaps DESC, item").fetchall()
    ):
        days = max(math.floor(middle + 0.5), 1)
        if configured.get(name) != days:
            proposals.append(SupplyProposal(name, days, configured.get(name), count, customers, low, high))
    return proposals


def _require(purchases: duckdb.DuckDBPyRelation, asked: Mapping[str, str]) -> None:
    found = dict(zip(purchases.columns, map(str, purchases.types), strict=True))
    wrong = [f"{name} {found.get(name, 'is missing')}" for name, type_ in asked.items() if found.get(name) != type_]
    if wrong:
        needed = ", ".join(f"{name} {type_}" for name, type_ in asked.items())
        raise PurchasesError(f"purchases: {'; '.join(wrong)}; a table of purchases has {needed}")


def _days(purchases: duckdb.DuckDBPyRelation, now: Instant, tz: ZoneInfo, units: str = "1") -> duckdb.DuckDBPyRelation:
    """One row a customer, item and wall-clock day, by `now`."""
    past = purchases.filter(f"customer_id IS NOT NULL AND item IS NOT NULL AND occurred_at <= {now:d}")
    ((oldest,),) = past.aggregate("min(occurred_at)").fetchall()
    day = wall_day_sql("occurred_at", now if oldest is None else Instant(oldest), now, tz)
    return past.aggregate(f"customer_id, item, {day} AS day, {units} AS units", f"customer_id, item, {day}")


def _pairs(purchases: duckdb.DuckDBPyRelation, now: Instant, tz: ZoneInfo) -> duckdb.DuckDBPyRelation:
    """One row a customer and item: her gaps, the sums of their logarithms and squares, days since the first."""
    days = _days(purchases, now, tz).project(
        "customer_id, item, day, ln(day - lag(day) OVER (PARTITION BY item, customer_id ORDER BY day)) AS log"
    )
    today = wall_day_sql(f"{now:d}", now, now, tz)
    return days.aggregate(
        "item, customer_id, count(log) AS gaps, coalesce(sum(log), 0) AS logs, coalesce(sum(log * log), 0) AS squares, "
        f"{today} - min(day) AS observed",
        "item, customer_id",
    )


def _told(
    bought: duckdb.DuckDBPyRelation, paces: Mapping[str, CategoryPace], morning: int, days: int
) -> tuple[Numbers, Numbers]:
    """For everyone and item known by that morning: what `Calibration` weighs, of a purchase in so many days; 1 if it
    came."""
    past, soon = f"day < {morning}", f"day >= {morning} AND day < {morning + days}"
    faded = f"sum(exp({-FADING!r} * ({morning} - day))) FILTER ({past}) - exp({-FADING!r} * ({morning} - min(day)))"
    gaps = bought.project("*, ln(day - lag(day) OVER (PARTITION BY item, customer_id ORDER BY day)) AS log")
    seen = gaps.aggregate(
        f"item, customer_id, {faded} AS repeats, {morning} - min(day) AS observed, "
        f"count(*) FILTER ({soon}) > 0 AS did, {morning} - max(day) FILTER ({past}) AS silence, "
        f"count(log) FILTER ({past}) AS gaps, coalesce(sum(log) FILTER ({past}), 0) AS logs",
        "item, customer_id",
    ).filter("observed > 0")
    lately = bought.filter(f"{past} AND day >= {morning - _LATELY}")
    trips = lately.aggregate("customer_id, count(DISTINCT day) AS trips", "customer_id").set_alias("lately")
    sizes = seen.aggregate("item, count(*)", "item").order("item").fetchall()
    names = "item, repeats, observed, did, silence, gaps, logs, coalesce(trips, 0) AS trips"
    joined = seen.set_alias("seen").join(trips, "seen.customer_id = lately.customer_id", "left").project(names)
    columns = joined.order("item").fetchnumpy()
    fitted = [paces.get(name) for name, _ in sizes]
    counts = np.array([size for _, size in sizes], dtype=np.int64)
    shape, exposure, log_mean, k = (
        np.repeat([math.nan if pace is None else getattr(pace, name) for pace in fitted], counts)
        for name in ("shape", "exposure", "log_mean", "k")
    )
    exposure = exposure + -np.expm1(-FADING * columns["observed"]) / FADING
    stays = -(shape + np.maximum(columns["repeats"], 0)) * np.log1p(days / exposure)  # ln of no purchase
    has_pace = np.isfinite(stays)
    odds = np.log(-np.expm1(stays)) - stays
    gap = (columns["logs"] + k * log_mean) / (columns["gaps"] + k)  # its logarithm
    beat = (np.log(columns["silence"] + 0.5) - gap) ** 2
    features = np.stack((np.ones_like(odds), odds, beat, np.log1p(columns["trips"])), axis=1)
    return features[has_pace], columns["did"][has_pace].astype(np.float64)


class _Pairs(NamedTuple):
    gaps: Numbers
    logs: Numbers
    squares: Numbers
    observed: Numbers


def _fit(pairs: _Pairs) -> tuple[float, float, float, float, float] | None:
    """log_mean, within, between, shape, exposure; None where there is too little."""
    if pairs.gaps.sum() < LEAST_GAPS or (pairs.gaps > 1).sum() < LEAST_REPEATERS:
        return None
    return *_variances(*(column[pairs.gaps > 0] for column in pairs[:3])), *_rates(pairs.gaps, pairs.observed)


def _variances(count: Numbers, logs: Numbers, squares: Numbers) -> tuple[float, float, float]:
    """log_mean, within, between, from each customer's gaps and the sums of their logarithms and squares."""
    total, groups, means = count.sum(), len(count), logs / count
    within = max(float((squares - logs * means).sum() / (total - groups)), _FLOOR)
    grand = logs.sum() / total
    usual = (total - (count * count).sum() / total) / (groups - 1)
    spread = (count * (means - grand) ** 2).sum() / (groups - 1)
    between = max(float((spread - within) / usual), _FLOOR)
    weights = 1 / (between + within / count)
    return float((weights * means).sum() / weights.sum()), within, between


def _rates(repeats: Numbers, observed: Numbers) -> tuple[float, float]:
    """Shape and exposure (days) that make these repeats in these days most likely."""
    seen = observed > 0
    alike, customers = np.unique(np.stack((repeats[seen], observed[seen])), axis=1, return_counts=True)
    x, days = alike

    def loss(point: Sequence[float]) -> float:
        shape, exposure = math.exp(point[0]), math.exp(point[1])
        each = gammaln(shape + x) - gammaln(shape) - shape * np.log1p(days / exposure) - x * np.log(exposure + days)
        return -float((customers * each).sum() / customers.sum())

    start = (0.0, math.log((days * customers).sum() / (x * customers).sum()))
    found = minimize(loss, start, method="Nelder-Mead", bounds=_BOUNDS, options={"xatol": 1e-6, "fatol": 1e-9})
    return math.exp(float(found.x[0])), math.exp(float(found.x[1]))
