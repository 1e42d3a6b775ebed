"""One arm in seven numbers: all that the interval of a difference needs, whoever counted them – Python or the database.

`adjust` takes out what each customer's time before explains of their spend (CUPED: Deng et al. 2013); θ is of both arms
together, as chance made them from one.
"""

import math
from collections.abc import Iterable, Sequence

import msgspec


class Sample(msgspec.Struct, frozen=True):
    """One arm: what each customer spent after the entry, and `before` it over some span that is the same for all."""

    spend: Sequence[float]
    before: Sequence[float] = ()


class Moments(msgspec.Struct, frozen=True):
    """`buyers`: who spent anything. `squares`, `squares_before`, `products`: sums of (squared) deviations from the
    arm's own means. Amounts in minor units."""

    count: int
    buyers: int
    mean: float
    squares: float
    mean_before: float = 0.0
    squares_before: float = 0.0
    products: float = 0.0

    @property
    def variance(self) -> float:
        """Of the spend; of two customers or more."""
        return self.squares / (self.count - 1)


NOBODY = Moments(0, 0, 0.0, 0.0)


def moments(sample: Sample, cap: float = math.inf) -> Moments:
    """Of an arm whose customers count at most `cap` each, before and after. An empty `before` explains nothing."""
    spend = [min(value, cap) for value in sample.spend]
    before = [min(value, cap) for value in sample.before] or [0.0] * len(spend)
    mean, mean_before = _mean(spend), _mean(before)
    return Moments(
        len(spend),
        sum(1 for value in spend if value > 0),
        mean,
        math.fsum((value - mean) ** 2 for value in spend),
        mean_before,
        math.fsum((value - mean_before) ** 2 for value in before),
        math.fsum((x - mean_before) * (y - mean) for x, y in zip(before, spend, strict=True)),
    )


def together(arms: Iterable[Moments]) -> Moments:
    """Groups of customers as one arm (Chan, Golub and LeVeque 1983)."""
    told = NOBODY
    for each in arms:
        count = told.count + each.count
        if not each.count:
            continue
        share = told.count * each.count / count
        up, up_before = each.mean - told.mean, each.mean_before - told.mean_before
        told = Moments(
            count,
            told.buyers + each.buyers,
            told.mean + up * each.count / count,
            told.squares + each.squares + up**2 * share,
            told.mean_before + up_before * each.count / count,
            told.squares_before + each.squares_before + up_before**2 * share,
            told.products + each.products + up * up_before * share,
        )
    return told


def adjust(one: Moments, other: Moments) -> tuple[Moments, Moments]:
    """Both arms less what the time before explains: their means move, their squares shrink. At least
    one customer."""
    total = one.count + other.count
    mean = (one.count * one.mean + other.count * other.mean) / total
    mean_before = (one.count * one.mean_before + other.count * other.mean_before) / total
    variance = sum(each.squares_before + each.count * (each.mean_before - mean_before) ** 2 for each in (one, other))
    shared = sum(
        each.products + each.count * (each.mean_before - mean_before) * (each.mean - mean) for each in (one, other)
    )
    if variance == 0:
        return one, other
    theta = shared / variance
    return _less(one, theta, mean_before), _less(other, theta, mean_before)


def _less(arm: Moments, theta: float, mean_before: float) -> Moments:
    squares = arm.squares - 2 * theta * arm.products + theta**2 * arm.squares_before
    mean = arm.mean - theta * (arm.mean_before - mean_before)
    return Moments(arm.count, arm.buyers, mean, max(0.0, squares), arm.mean_before, 0.0, 0.0)


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values) if values else 0.0
