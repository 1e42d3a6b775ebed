"""How soon those who bought once buy again: the share by day, though not all have been watched equally long.

Kaplan and Meier's estimate (1958) on whole days of the wall clock. In day d of the curve are those who had not bought
before it and have been watched through all of it: whoever is not yet through a day counts neither as having bought in
it nor as not.
"""

import math
from collections.abc import Iterable, Sequence
from statistics import NormalDist

import msgspec

_Z = NormalDist().inv_cdf(0.975)


class Waits(msgspec.Struct, frozen=True):
    """So many customers bought again `day` whole days after (`bought`), or have been watched for just so many without
    (`watched`)."""

    day: int
    bought: int
    watched: int


class Point(msgspec.Struct, frozen=True):
    """Of everyone, `share` bought again within `day` days, with its 95 % interval; `at_risk` were watched so far."""

    day: int
    share: float
    low: float
    high: float
    at_risk: int


class Curve(msgspec.Struct, frozen=True):
    """`median_day`: by then half of those had bought who do within the days of the curve; None when nobody does.
    `chance`: of those who have not bought by a day, the share who do on it – when to write (PB3-03)."""

    customers: int
    points: tuple[Point, ...]
    chance: tuple[float, ...]
    median_day: int | None

    @property
    def share(self) -> float:
        """By the last day of the curve."""
        return self.points[-1].share if self.points else 0.0


def curve(waits: Iterable[Waits], days: int) -> Curve:
    """Up to `days`, or as far as anybody has been watched. Intervals by Greenwood on the log-log scale."""
    bought, watched = [0] * (days + 1), [0] * (days + 1)
    customers = 0
    for each in waits:
        customers += each.bought + each.watched
        bought[min(each.day, days)] += each.bought
        watched[min(each.day, days)] += each.watched
    points: list[Point] = []
    chance: list[float] = []
    at_risk, left, spread = customers, 1.0, 0.0
    for day in range(days):
        at_risk -= watched[day]
        if not at_risk:
            break
        chance.append(bought[day] / at_risk)
        left *= 1 - chance[-1]
        if bought[day] < at_risk:
            spread += bought[day] / (at_risk * (at_risk - bought[day]))
        points.append(_point(day + 1, left, spread, at_risk))
        at_risk -= bought[day]
    return Curve(customers, tuple(points), tuple(chance), _median_day(points))


def _point(day: int, left: float, spread: float, at_risk: int) -> Point:
    if not 0 < left < 1:
        return Point(day, 1 - left, 1 - left, 1 - left, at_risk)
    wide = _Z * math.sqrt(spread) / abs(math.log(left))
    return Point(day, 1 - left, 1 - left ** math.exp(-wide), 1 - left ** math.exp(wide), at_risk)


def _median_day(points: Sequence[Point]) -> int | None:
    half = points[-1].share / 2 if points else 0.0
    return next((point.day - 1 for point in points if point.share >= half), None) if half else None
