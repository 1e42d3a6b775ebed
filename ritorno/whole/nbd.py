"""The zero-truncated negative binomial: how many times buyers buy in a period (product.md section 3, the banana curve).

Purchases of a customer ~ Poisson(λ), λ ~ Gamma(shape k, scale a) over customers; those who bought nothing are not seen:

    p(1) = k·a/(1+a) ÷ ((1+a)^k - 1)        p(x+1)/p(x) = (k+x)/(x+1) · q,   q = a/(1+a)

The last bar is open ("5 or more") and takes the rest. Fitted by maximum likelihood over ln k and ln a; its two limits
are fitted as well and taken when nothing inside beats them:

    k → 0    the logarithmic series        p(x) = -q^x / (x·ln(1-q))
    k → ∞    the zero-truncated Poisson    p(x) = λ^x / (x!·(e^λ - 1))

Regularity and use: Ehrenberg, Repeat-Buying (1988); the conditional expectation (k+x)·q is Goodhardt & Chatfield's.
"""

import math
from collections.abc import Sequence
from typing import Literal

import msgspec
from scipy.optimize import minimize, minimize_scalar
from scipy.special import chdtrc

LEAST_BUYERS = 30
LEAST_FILLED_BARS = 3
GREEN_POINTS = 3.0  # the largest gap, in percentage points, up to which a fit is called good
_LEAST_EXPECTED = 5.0  # bars with fewer expected customers say nothing by χ²
_BEATS = 1e-6  # log-likelihood by which the full model must beat a limit

Model = Literal["nbd", "logarithmic", "poisson"]


class Fit(msgspec.Struct, frozen=True, tag="fit"):
    """A fitted curve. `shares` are of buyers, one a bar, and sum to 1; `gap_points` are percentage points."""

    model: Model
    k: float | None  # 0 for the logarithmic series; None (infinite) for Poisson
    a: float | None
    rate: float | None  # λ, for Poisson alone
    shares: tuple[float, ...]
    log_likelihood: float
    gap_points: float
    chi_square: float
    degrees_of_freedom: int
    p_value: float | None  # None when χ² has no freedom left

    @property
    def is_good(self) -> bool:
        return self.gap_points <= GREEN_POINTS

    def next_period(self, purchases: float) -> float:
        """Purchases expected in the next period of equal length from a customer who made `purchases` in this one."""
        if self.rate is not None:
            return self.rate
        assert self.k is not None
        assert self.a is not None
        return (self.k + purchases) * self.a / (1 + self.a)


class BarsOnly(msgspec.Struct, frozen=True, tag="bars_only"):
    """Why no curve was fitted."""

    reason: Literal["few_buyers", "few_bars"]
    says: str


def fit(bars: Sequence[int]) -> Fit | BarsOnly:
    """Fit the curve to `bars`: how many customers bought once, twice, …; the last bar is that many times *or more*.

    Raises ValueError for a negative bar or fewer than three.
    """
    if len(bars) < LEAST_FILLED_BARS or min(bars) < 0:
        raise ValueError(f"bars {list(bars)}: give three or more counts of customers, none below 0")
    if sum(bars) < LEAST_BUYERS:
        return BarsOnly("few_buyers", f"{sum(bars)} buyers are too few for a curve; it needs {LEAST_BUYERS}")
    filled = sum(count > 0 for count in bars)
    if filled < LEAST_FILLED_BARS:
        return BarsOnly("few_bars", f"only {filled} of {len(bars)} bars hold customers; a curve needs 3")
    return max((_logarithmic(bars), _poisson(bars), _full(bars)), key=_preference)


def _preference(candidate: Fit) -> float:
    return candidate.log_likelihood - (_BEATS if candidate.model == "nbd" else 0)


def nbd_shares(k: float, a: float, bars: int) -> tuple[float, ...]:
    """Shares of buyers who buy 1, 2, …, `bars` or more times; `k` = 0 is the logarithmic series."""
    log_base = math.log1p(a)
    q = a / (1 + a)
    if k == 0:
        first = q / log_base
    else:
        power = k * log_base  # (1+a)^k = e^power, which overflows long before its logarithm does
        first = math.exp(math.log(k * q) - power - math.log(-math.expm1(-power)))
    return _with_rest(first, [(k + x) / (x + 1) * q for x in range(1, bars - 1)])


def poisson_shares(rate: float, bars: int) -> tuple[float, ...]:
    """Shares of buyers who buy 1, 2, …, `bars` or more times at one common rate."""
    return _with_rest(rate / math.expm1(rate), [rate / (x + 1) for x in range(1, bars - 1)])


def _with_rest(first: float, ratios: list[float]) -> tuple[float, ...]:
    shares = [first]
    for ratio in ratios:
        shares.append(shares[-1] * ratio)
    return (*shares, max(1 - math.fsum(shares), 0.0))


def _log_likelihood(bars: Sequence[int], shares: tuple[float, ...]) -> float:
    return math.fsum(n * math.log(max(share, 1e-300)) for n, share in zip(bars, shares, strict=True) if n)


def _full(bars: Sequence[int]) -> Fit:
    def loss(point: Sequence[float]) -> float:
        return -_log_likelihood(bars, nbd_shares(math.exp(point[0]), math.exp(point[1]), len(bars)))

    mean = sum(x * n for x, n in enumerate(bars, 1)) / sum(bars)
    options = {"xatol": 1e-9, "fatol": 1e-10, "maxiter": 2_000}
    bounds = ((-12.0, 9.0), (-12.0, 12.0))
    found = min(
        (
            minimize(loss, (math.log(k), math.log(mean / k)), method="Nelder-Mead", bounds=bounds, options=options)
            for k in (0.05, 0.5, 5.0)
        ),
        key=lambda result: float(result.fun),
    )
    k, a = math.exp(float(found.x[0])), math.exp(float(found.x[1]))
    return _checked(bars, "nbd", nbd_shares(k, a, len(bars)), k=k, a=a)


def _logarithmic(bars: Sequence[int]) -> Fit:
    def loss(log_a: float) -> float:
        return -_log_likelihood(bars, nbd_shares(0, math.exp(log_a), len(bars)))

    a = math.exp(float(minimize_scalar(loss, bounds=(-12.0, 12.0), method="bounded", options={"xatol": 1e-9}).x))
    return _checked(bars, "logarithmic", nbd_shares(0, a, len(bars)), k=0.0, a=a)


def _poisson(bars: Sequence[int]) -> Fit:
    def loss(log_rate: float) -> float:
        return -_log_likelihood(bars, poisson_shares(math.exp(log_rate), len(bars)))

    rate = math.exp(float(minimize_scalar(loss, bounds=(-12.0, 6.0), method="bounded", options={"xatol": 1e-9}).x))
    return _checked(bars, "poisson", poisson_shares(rate, len(bars)), rate=rate)


def _checked(
    bars: Sequence[int],
    model: Model,
    shares: tuple[float, ...],
    *,
    k: float | None = None,
    a: float | None = None,
    rate: float | None = None,
) -> Fit:
    total = sum(bars)
    expected = [total * share for share in shares]
    told = [(n, e) for n, e in zip(bars, expected, strict=True) if e >= _LEAST_EXPECTED]
    chi_square = math.fsum((n - e) ** 2 / e for n, e in told)
    freedom = max(len(told) - 1 - (2 if model == "nbd" else 1), 0)
    return Fit(
        model=model,
        k=k,
        a=a,
        rate=rate,
        shares=shares,
        log_likelihood=_log_likelihood(bars, shares),
        gap_points=max(abs(n - e) for n, e in zip(bars, expected, strict=True)) * 100 / total,
        chi_square=chi_square,
        degrees_of_freedom=freedom,
        p_value=float(chdtrc(freedom, chi_square)) if freedom else None,
    )
