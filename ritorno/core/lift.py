"""What a playbook brought: the difference between who was treated and who was left out, never without its interval.

Means by Welch's interval (Welch 1947; degrees of freedom by Welch-Satterthwaite), narrowed by what each customer spent
before (CUPED: Deng et al. 2013); shares by Newcombe's interval (1998, method 10); the arms themselves by a χ² test of
their sizes. Profit is the lift's margin less what messages and offers cost (ORC-12).
"""

import math
from collections.abc import Sequence
from statistics import NormalDist

import msgspec

from ritorno.core.student import t_quantile

_NORMAL = NormalDist()
CONFIDENCE = 0.95
POWER = 0.8


class Sample(msgspec.Struct, frozen=True):
    """One arm: what each customer spent after the entry, and `before` it over some span that is the same for all."""

    spend: Sequence[float]
    before: Sequence[float] = ()


class Difference(msgspec.Struct, frozen=True):
    """Treated less holdout, per customer, with its interval."""

    treated: float
    holdout: float
    estimate: float
    low: float
    high: float
    treated_count: int
    holdout_count: int

    @property
    def is_conclusive(self) -> bool:
        """Does the interval leave out zero?"""
        return self.low > 0 or self.high < 0

    @property
    def smallest(self) -> float:
        """The smallest true difference that arms like these would show in four of five experiments (two-sided 5 %)."""
        z = _NORMAL.inv_cdf((1 + CONFIDENCE) / 2)
        return (self.high - self.low) / 2 * (1 + _NORMAL.inv_cdf(POWER) / z)


class Profit(msgspec.Struct, frozen=True):
    """`lift` is the treated arm's extra revenue; `net` = margin × lift − messages − offers. Minor units."""

    lift: float
    low: float
    high: float
    margin: float
    messages: float
    offers: float
    net: float
    net_low: float
    net_high: float


def difference_of_means(treated: Sample, holdout: Sample, cap: float = math.inf) -> Difference | None:
    """Spend per customer, treated less holdout, 95 %. `cap`, fixed beforehand, bounds what one customer may count.

    None when an arm has fewer than two customers: there is no interval then, and so no lift.
    """
    one, other = _adjusted(treated, holdout, cap)
    if len(one) < 2 or len(other) < 2:
        return None
    mean_one, mean_other = _mean(one), _mean(other)
    error_one, error_other = _variance(one, mean_one) / len(one), _variance(other, mean_other) / len(other)
    error = error_one + error_other
    if error > 0:
        freedom = error**2 / (error_one**2 / (len(one) - 1) + error_other**2 / (len(other) - 1))
        half = t_quantile((1 + CONFIDENCE) / 2, freedom) * math.sqrt(error)
    else:
        half = 0.0
    estimate = mean_one - mean_other
    return Difference(mean_one, mean_other, estimate, estimate - half, estimate + half, len(one), len(other))


def _adjusted(treated: Sample, holdout: Sample, cap: float) -> tuple[list[float], list[float]]:
    """Capped spend, less what the time before explains of it."""
    one = [min(value, cap) for value in treated.spend]
    other = [min(value, cap) for value in holdout.spend]
    if len(treated.before) != len(one) or len(holdout.before) != len(other):
        return one, other
    before = [min(value, cap) for value in (*treated.before, *holdout.before)]
    mean_before = _mean(before)
    variance = sum((value - mean_before) ** 2 for value in before)
    if variance == 0:
        return one, other
    spend = [*one, *other]
    mean_spend = _mean(spend)
    theta = sum((x - mean_before) * (y - mean_spend) for x, y in zip(before, spend, strict=True)) / variance
    adjusted = [y - theta * (x - mean_before) for x, y in zip(before, spend, strict=True)]
    return adjusted[: len(one)], adjusted[len(one) :]


def difference_of_shares(bought: int, treated: int, bought_holdout: int, holdout: int) -> Difference | None:
    """The share who bought, treated less holdout, by Newcombe's interval; None for an empty arm."""
    if not treated or not holdout:
        return None
    one, other = bought / treated, bought_holdout / holdout
    low_one, high_one = _wilson(bought, treated)
    low_other, high_other = _wilson(bought_holdout, holdout)
    estimate = one - other
    low = estimate - math.hypot(one - low_one, high_other - other)
    high = estimate + math.hypot(high_one - one, other - low_other)
    return Difference(one, other, estimate, low, high, treated, holdout)


def _wilson(count: int, of: int) -> tuple[float, float]:
    z = _NORMAL.inv_cdf((1 + CONFIDENCE) / 2)
    share = count / of
    middle = (share + z * z / (2 * of)) / (1 + z * z / of)
    half = z / (1 + z * z / of) * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return middle - half, middle + half


def sample_ratio(treated: int, holdout: int, share: float) -> float:
    """How likely arms of these sizes are when `share` is held out (χ², one degree of freedom); below 0.001 look why."""
    total = treated + holdout
    if not total or not 0 < share < 1:
        return 1.0
    expected = total * share
    chi = (holdout - expected) ** 2 / expected + (treated - total + expected) ** 2 / (total - expected)
    return math.erfc(math.sqrt(chi / 2))


def profit(difference: Difference, margin: float, messages: float, offers: float) -> Profit:
    """What is left of the lift of the whole treated arm: margin × lift − messages − offers (minor units)."""
    lift, low, high = (
        each * difference.treated_count for each in (difference.estimate, difference.low, difference.high)
    )
    cost = messages + offers
    return Profit(
        lift, low, high, margin, messages, offers, margin * lift - cost, margin * low - cost, margin * high - cost
    )


def days_until_conclusive(difference: Difference, days_so_far: float) -> float | None:
    """When the interval will leave out zero, if the difference stays and the arms grow as in the days it was counted
    from; None: it does already, or never will."""
    half = (difference.high - difference.low) / 2
    if difference.is_conclusive or difference.estimate == 0 or days_so_far <= 0:
        return None
    return days_so_far * ((half / abs(difference.estimate)) ** 2 - 1)


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values) if values else 0.0


def _variance(values: Sequence[float], mean: float) -> float:
    return math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1)
