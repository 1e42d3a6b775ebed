"""Who buys when and where: the purchase process of the chain «אלמוג» (product.md §7).

Purchases are Gamma-Poisson: over 12 months each customer's rate is Gamma(k, scale a), so counts over the 24 months are
negative binomial (k, 2a); truncated at zero they are the buyers. Given their number, purchase times are uniform, which
is the property of a Poisson process that lets the counts be drawn first and the last 12 months keep k and a.
Sixty paced regulars are added: steady gaps, a third of whom stop on a known day.
"""

from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from ritorno.demo.chance import Chance, Flags, Floats, Ints

CLOCK = np.datetime64("2026-03-01T10:00:00", "s")
FIRST_DAY = np.datetime64("2024-03-01", "D")
DAYS = 730
NBD_K, NBD_A = 0.274, 1.373
POS, ONLINE, PHONE = 0, 1, 2
PLACES = ("pos", "online", "phone")
POS_SHARE, PHONE_SHARE, OMNICHANNEL_SHARE = 0.55, 0.02, 0.30
Times = NDArray[np.datetime64]


class Pace(msgspec.Struct, frozen=True):
    """A regular's own pace; `stop_day` counts from the first day, None while she still buys."""

    buyer: int
    gap_days: float
    stop_day: int | None


class Purchases(NamedTuple):
    """Parallel arrays, one entry an order, by buyer; `at` is the wall clock of the shop."""

    buyer: Ints
    at: Times
    place: Ints
    paces: tuple[Pace, ...]


def make_purchases(chance: Chance, buyers: int, regulars: int) -> Purchases:
    """Orders of `buyers` people; the last `regulars` of them keep a pace."""
    counts = _purchase_counts(chance, buyers - regulars)
    by_chance = np.repeat(np.arange(buyers - regulars), counts)
    paces, paced, paced_days = _paced(chance, buyers - regulars, regulars)
    buyer = np.concatenate([by_chance, paced])
    day = np.concatenate([np.floor(chance.uniform(len(by_chance)) * DAYS).astype(np.int64), paced_days])
    place = _places(chance, buyer, buyers)
    return Purchases(buyer, times(chance, day, place), place, paces)


def _purchase_counts(chance: Chance, buyers: int) -> Ints:
    """Zero-truncated negative binomial counts over 24 months, by inversion: p(1) and p(x+1)/p(x) of product.md §3."""
    a = 2 * NBD_A
    q = a / (1 + a)
    share = [NBD_K * q / ((1 + a) ** NBD_K - 1)]
    while sum(share) < 1 - 1e-9:
        x = len(share)
        share.append(share[-1] * (NBD_K + x) / (x + 1) * q)
    return 1 + np.minimum(chance.weighted(share, buyers), len(share) - 1)


def _paced(chance: Chance, first: int, count: int) -> tuple[tuple[Pace, ...], Ints, Ints]:
    """Gaps round the own pace (14–45 days, coefficient of variation 0.2); a third stop on a day of the last year."""
    gaps = 14 + 31 * chance.even(count)
    starts = 60 * chance.uniform(count)
    stops = chance.integers(420, 690, count)
    paces: list[Pace] = []
    buyer: list[Ints] = []
    days: list[Ints] = []
    for index in range(count):
        stop = int(stops[index]) if index % 3 == 0 else None
        noise = 1 + 0.2 * np.clip(chance.normal(64), -2.5, 2.5)
        day = np.floor(starts[index] + np.cumsum(gaps[index] * noise)).astype(np.int64)
        day = day[day < (DAYS if stop is None else stop)]
        paces.append(Pace(first + index, round(float(gaps[index]), 2), stop))
        buyer.append(np.full(len(day), first + index))
        days.append(day)
    return tuple(paces), np.concatenate(buyer), np.concatenate(days)


def _places(chance: Chance, buyer: Ints, buyers: int) -> Ints:
    """The place of each order, so that 30 % of buyers buy at till and site and till orders are 55 % of all."""
    counts = np.bincount(buyer, minlength=buyers)
    both = np.zeros(buyers, dtype=np.bool_)
    both[chance.some(np.flatnonzero(counts >= 2), round(OMNICHANNEL_SHARE * buyers))] = True
    starts = np.cumsum(counts) - counts
    nth = np.arange(len(buyer)) - starts[buyer]
    at_both = both[buyer]
    first = np.where(chance.uniform(buyers) < 0.5, POS, ONLINE)[buyer]
    free = np.where(chance.uniform(len(buyer)) < 0.56, POS, ONLINE)
    place = np.where(nth == 0, first, np.where(nth == 1, POS + ONLINE - first, free))
    single = np.flatnonzero(~at_both)
    phone = chance.some(single, round(PHONE_SHARE * len(buyer)))
    wanted = POS_SHARE * len(buyer) - np.count_nonzero(place[at_both] == POS)
    before_phone = wanted / (1 - len(phone) / max(len(single), 1))
    place[single] = np.where(_till_people(chance, counts, both, before_phone)[buyer[single]], POS, ONLINE)
    place[phone] = PHONE
    return place.astype(np.int64)


def _till_people(chance: Chance, counts: Ints, both: Flags, orders: float) -> Flags:
    """Of the people with one place of sale, those who buy at the till: as many as make about `orders` orders."""
    people = np.flatnonzero(~both)
    people = people[chance.shuffled(len(people))]
    found = np.zeros(len(counts), dtype=np.bool_)
    found[people[np.cumsum(counts[people]) <= orders]] = True
    return found


_HOUR_WEIGHTS = {  # hour of day: weekday at the till, Friday at the till, online and phone
    9: (3, 6, 4), 10: (6, 9, 5), 11: (8, 10, 6), 12: (8, 10, 6), 13: (7, 7, 6), 14: (6, 0, 5), 15: (6, 0, 5),
    16: (8, 0, 5), 17: (10, 0, 5), 18: (10, 0, 6), 19: (9, 0, 7), 20: (5, 0, 9), 21: (0, 0, 11), 22: (0, 0, 10),
    23: (0, 0, 5),
}  # fmt: skip


def times(chance: Chance, day: Ints, place: Ints) -> Times:
    """Wall-clock times on days counted from the first; a till is closed on Shabbat, its receipts fall on the Friday."""
    weekday = (day + 4) % 7  # the first day is a Friday; Monday is 0
    moved = np.where((place == POS) & (weekday == 5), np.maximum(day - 1, 0), day)
    friday = (moved + 4) % 7 == 4
    kind = np.where(place == POS, np.where(friday, 1, 0), 2)
    hour = np.zeros(len(day), dtype=np.int64)
    hours = np.array(list(_HOUR_WEIGHTS))
    for which in range(3):
        mask = kind == which
        weights = [each[which] for each in _HOUR_WEIGHTS.values()]
        hour[mask] = hours[chance.weighted(weights, int(np.count_nonzero(mask)))]
    second = hour * 3600 + np.floor(chance.uniform(len(day)) * 3600).astype(np.int64)
    second = np.where((moved == 0) & (second < 37_800), second + 3600, second)  # nothing before the 24 months begin
    at: Times = (
        FIRST_DAY.astype("datetime64[s]") + moved * np.timedelta64(86_400, "s") + second * np.timedelta64(1, "s")
    )
    return at


def first_at(purchases: Purchases, buyers: int, place: int) -> Times:
    """Each buyer's first order at a place of sale, shape (buyers,); the clock where there is none."""
    found = np.full(buyers, CLOCK)
    mask = purchases.place == place
    np.minimum.at(found, purchases.buyer[mask], purchases.at[mask])
    return found


def log_normal(chance: Chance, count: int, median: float, sigma: float) -> Floats:
    """Amounts in the unit of `median`."""
    return np.asarray(median * np.exp(sigma * chance.normal(count)), dtype=np.float64)
