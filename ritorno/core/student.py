"""Student's t distribution, for the intervals of `lift.py`: the core has no numerical library."""

import math
from itertools import count
from statistics import NormalDist

_NORMAL = NormalDist()
_LARGE = 1e4  # degrees of freedom from which the expansion is exact to 12 digits
_STEPS = 40  # of Newton; a dozen for what is asked of intervals, 33 at the far end of a heavy tail


def t_quantile(probability: float, freedom: float) -> float:
    """The quantile of Student's t for a probability in (0, 1) and any degrees of freedom above 0.

    Cornish and Fisher's expansion (Abramowitz and Stegun 26.7.5) for many degrees of freedom; for few, Newton's steps
    on the distribution from there.
    """
    if probability < 0.5:
        return -t_quantile(1 - probability, freedom)
    z = _NORMAL.inv_cdf(probability)
    x = z + (z**3 + z) / (4 * freedom)
    if freedom > _LARGE:
        return x + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * freedom**2)
    for _ in range(_STEPS):
        step = (_distribution(x, freedom) - probability) / _density(x, freedom)
        x -= max(-1.0 - abs(x), min(1.0 + abs(x), step))
    return x


def _density(x: float, freedom: float) -> float:
    half = freedom / 2
    scale = math.lgamma(half + 0.5) - math.lgamma(half) - 0.5 * math.log(freedom * math.pi)
    return math.exp(scale - (half + 0.5) * math.log1p(x * x / freedom))


def _distribution(x: float, freedom: float) -> float:
    """For x of 0 and above; below, Newton's steps from the other side come back."""
    tail = 0.5 * _beta(freedom / 2, 0.5, freedom / (freedom + x * x))
    return 1 - tail if x > 0 else tail


def _beta(a: float, b: float, x: float) -> float:
    """The regularised incomplete beta function, by Lentz's continued fraction (Numerical Recipes, 6.4)."""
    if x >= 1:
        return 1.0
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x))
    if x < (a + 1) / (a + b + 2):
        return front * _fraction(a, b, x) / a
    return 1 - front * _fraction(b, a, 1 - x) / b


def _fraction(a: float, b: float, x: float) -> float:
    """Converges in about √max(a, b) rounds."""
    tiny = 1e-300
    c, d = 1.0, 1 / _off_zero(1 - (a + b) * x / (a + 1), tiny)
    result = d
    for m in count(1):
        for numerator in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1 / _off_zero(1 + numerator * d, tiny)
            c = _off_zero(1 + numerator / c, tiny)
            result *= c * d
        if abs(c * d - 1) < 1e-15:
            return result
    raise AssertionError("unreachable")  # pragma: no cover - `count` has no end


def _off_zero(value: float, tiny: float) -> float:
    return value if abs(value) > tiny else tiny
