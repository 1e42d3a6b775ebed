"""When a customer buys of a category again: an expected date to show, and a probability to remind by.

All spans are days of 24 hours. Purchases less than a day apart are one occasion; a gap lies between two occasions.

date         ln gap ~ Normal(m, within), m ~ Normal(log_mean, between) over customers; of n own gaps
             m̂ = (Σ ln gap + k · log_mean) ÷ (n + k),  k = within ÷ between,  next = last + exp(m̂)
             (empirical Bayes: Efron & Morris 1973). exp of a mean of logarithms is a median, which errs least in days.
probability  purchases ~ Poisson(λ · days), λ ~ Gamma(shape, exposure) over customers; after x purchases that
             followed the first in T days up to now
             P(one within w days) = 1 − ((exposure + T) ÷ (exposure + T + w))^(shape + x)
             (the NBD of repeat buying: Ehrenberg 1959). The silence since the last purchase is part of T. What is
             180 days old counts half, purchases and days alike, so that who has lapsed is believed to have (discounted
             counts: Harvey & Fernandes 1989).

Ask the probability whether to remind, show the date: a date says badly *whether* (docs/reference/pace.md).
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

import msgspec

from ritorno.core.instants import DAY, Instant

_POSITIVE = ("within", "between", "shape", "exposure")


class CategoryPace(msgspec.Struct, frozen=True):
    """What a category's buyers taught, frozen as a version until the operator fits again.

    `log_mean` is the mean of ln(gap in days) over customers, `within` the variance of one customer's around her own,
    `between` that of customers' means; `shape` and `exposure` (days) are the Gamma of customers' rates per day.
    Evidence: `gaps` of `customers`; `borrowed` when they were too few and everyone's parameters stand in.
    Raises ValueError where a parameter that must be above 0 is not.
    """

    category: str
    log_mean: float
    within: float
    between: float
    shape: float
    exposure: float
    gaps: int = 0
    customers: int = 0
    borrowed: bool = False
    version: int = 1
    as_of: Instant = Instant(0)

    def __post_init__(self) -> None:
        wrong = [name for name in _POSITIVE if not 0 < getattr(self, name) < math.inf]
        if wrong or not math.isfinite(self.log_mean):
            named = ", ".join(f"{name} = {getattr(self, name)}" for name in wrong or ("log_mean",))
            raise ValueError(f"pace of {self.category!r}: {named}; it must be a number above 0, fit the pace again")

    @property
    def k(self) -> float:
        """How many own gaps the category weighs as much as."""
        return self.within / self.between


class Calibration(msgspec.Struct, frozen=True):
    """What of chances told for `days` came true, in `told` back-tests, as a logistic correction (Platt 1999):

        ln odds = offset + slope × ln odds told + off_beat × ln²((silence + ½) ÷ expected gap) + lively × ln(1 + trips)

    Who shops every week does so more steadily than Poisson: near her own time a purchase is likelier than long before
    or after it; and so it is for who bought on many days (`trips`) of the last 28. Other spans of days need a
    calibration of their own. Raises ValueError for a slope that is not above 0: it would turn customers round.
    """

    days: float
    offset: float = 0.0
    slope: float = 1.0
    off_beat: float = 0.0
    lively: float = 0.0
    told: int = 0
    as_of: Instant = Instant(0)

    def __post_init__(self) -> None:
        if not 0 < self.slope < math.inf:
            raise ValueError(f"calibration for {self.days:g} days: slope = {self.slope}; it must be above 0, fit again")


class Paces(msgspec.Struct, frozen=True):
    """What stands for a shop: its categories' paces, and what corrects the chances of a week."""

    by_category: Mapping[str, CategoryPace] = {}
    week: Calibration = Calibration(7)

    def of(self, category: str) -> CategoryPace | None:
        """None where nothing has been fitted to that category."""
        return self.by_category.get(category)


NO_PACES = Paces()


class Expected(msgspec.Struct, frozen=True):
    """The expected next purchase: `gap` days after the last, from `gaps` own gaps, mostly wrong by `error` days."""

    at: Instant
    gap: float
    gaps: int
    error: float


# Mean absolute error in days by own gaps, on real households (benchmarks/pace.py measures 7, 16, 23 and 30).
_ERRORS = ((12, 8.0), (6, 16.0), (3, 24.0), (0, 36.0))
FADING = math.log(2) / 180  # a day
# Without a fit: packs of a known supply are used at a steady pace of one's own, ± 20 % from gap to gap and ± 65 %
# (e^0.5) from person to person.
_STEADY_WITHIN, _STEADY_BETWEEN = 0.2**2, 0.5**2


def expected_next(pace: CategoryPace, purchases: Iterable[Instant], now: Instant) -> Expected | None:
    """The expected instant of the next purchase, from purchases in any order, as known at `now`.

    It may be past: then it is late. Without a purchase None; with one (no gap) the category's own pace; with one or
    two gaps a date drawn to the category's, wrong by some 36 days, which is to be said where it is shown.
    """
    known = occasions(purchases, now)
    if not known:
        return None
    own = gaps_of(known)
    gap = expected_gap(pace, own)
    return Expected(Instant(known[-1] + round(gap * DAY)), gap, len(own), expected_error(len(own)))


def expected_gap(pace: CategoryPace, gaps: Sequence[float]) -> float:
    """Days from a purchase to the next: own log-mean drawn to the category's. `gaps` in days, above 0."""
    own = math.fsum(map(math.log, gaps))
    return math.exp((own + pace.k * pace.log_mean) / (len(gaps) + pace.k))


def expected_error(gaps: int) -> float:
    """By how many days a date from so many own gaps is wrong on average."""
    return next(error for least, error in _ERRORS if gaps >= least)


def chance_within(pace: CategoryPace, purchases: Iterable[Instant], now: Instant, days: float) -> float | None:
    """The probability, 0 to 1, of a purchase in (now, now + days]; purchases in any order, as known at `now`.

    None without a purchase: the pace is of buyers. With one purchase it is the category's, less the silence since.
    """
    known = occasions(purchases, now)
    if not known:
        return None
    repeats, observed = faded([(now - at) / DAY for at in known])
    return chance(pace, repeats, observed, days)


def faded(ages: Sequence[float]) -> tuple[float, float]:
    """x and T, faded with age: purchases after the first, days since it. `ages` in days, the first purchase first."""
    repeats = math.fsum(math.exp(-FADING * age) for age in ages[1:])
    return repeats, -math.expm1(-FADING * ages[0]) / FADING


def chance(pace: CategoryPace, repeats: float, observed: float, days: float) -> float:
    """The same from sums: purchases after the first, and the days from the first until now."""
    exposure = pace.exposure + observed
    return -math.expm1(-(pace.shape + repeats) * math.log1p(days / exposure))


def calibrated(likely: float, by: Calibration, beat: float = 0.0, trips: int = 0) -> float:
    """A chance for the span of that calibration, as often as it comes true. `beat` as of `off_beat`; `trips`: days of
    purchase in the last 28."""
    if not 0 < likely < 1:
        return likely
    odds = by.offset + by.slope * (math.log(likely) - math.log1p(-likely)) + by.off_beat * beat
    odds += by.lively * math.log1p(trips)
    return (1 + math.tanh(odds / 2)) / 2


def off_beat(silence: float, gap: float) -> float:
    """How far from her own time she is, both ways alike: 0 when the expected gap of days has just passed in silence."""
    return math.log((silence + 0.5) / gap) ** 2


def occasions(purchases: Iterable[Instant], now: Instant) -> list[Instant]:
    """Ascending, by `now`, each a day or more after the one before."""
    found: list[Instant] = []
    for at in sorted(purchases):
        if at <= now and (not found or at - found[-1] >= DAY):
            found.append(at)
    return found


def gaps_of(occasions: Sequence[Instant]) -> list[float]:
    """Days between occasions one after the other."""
    return [(after - before) / DAY for before, after in pairwise(occasions)]


def around(days: float, like: CategoryPace | None = None) -> CategoryPace:
    """The pace of a product known to last `days` (above 0), varying as `like` does; without a fit, steadily."""
    log_mean = math.log(days)
    if like is not None:
        return msgspec.structs.replace(like, log_mean=log_mean)
    return CategoryPace("", log_mean, _STEADY_WITHIN, _STEADY_BETWEEN, 1 / _STEADY_BETWEEN, days / _STEADY_BETWEEN)
