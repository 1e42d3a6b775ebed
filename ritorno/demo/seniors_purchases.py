"""Who buys when, where and for what it lasts: the purchase process of the shop «גפן» (product.md §7).

Everyone has a pace: log-normal round 30 days with σ 0.25, a fifth 21 days. 45 % keep it and reach a streak of three
(COM-07: gaps below 1.5 cycles of 30 days); the others come back once at their pace and then let a month and a half or
more pass. What is used up is planned by the person: a share of purchases is followed by the next of the same SKU
before its stock, added up, has run out (COM-02); so that `BY_RUN_OUT` of all are.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ritorno.demo.chance import Chance, Flags, Floats, Ints
from ritorno.demo.purchases import CLOCK, DAYS, ONLINE, PHONE, POS, Times, times

PACE_DAYS, PACE_SIGMA = 30.0, 0.25
SHORT_PACE, SHORT_PACE_SHARE = 21.0, 0.20
STREAK_SHARE = 0.45
STREAK_GAP, LAPSE = 43, 47  # days: safely inside and outside the 45 of a streak, whatever the hour and Shabbat do
BY_RUN_OUT = 0.52
PLACE_WEIGHTS = (10, 70, 20)  # by POS, ONLINE, PHONE
_DAY = np.timedelta64(86_400, "s")
_HABIT = 0.6  # share of orders at the place that the buyer is used to
_FEW_WEIGHTS = (45, 30, 15, 10)  # buyers without a streak: 1 to 4 orders
_MOST_UNITS = 6


class Paced(NamedTuple):
    """Parallel arrays, one entry an order, by buyer and time; `paces` and `keeps` are one a buyer."""

    buyer: Ints
    at: Times
    place: Ints
    paces: Floats
    keeps: Flags


class Taken(NamedTuple):
    """Units of something used up, in the order with this number."""

    order: int
    product: int
    units: int


def make_paced(chance: Chance, buyers: int) -> Paced:
    """Orders of `buyers` people over the 24 months."""
    paces = PACE_DAYS * np.exp(PACE_SIGMA * chance.normal(buyers))
    short = chance.flags(buyers, SHORT_PACE_SHARE)
    paces[short] = SHORT_PACE
    keeps = short.copy()
    regular = np.flatnonzero(~short & (paces < STREAK_GAP - 2))
    keeps[chance.some(regular, round(STREAK_SHARE * buyers) - int(np.count_nonzero(short)))] = True
    many = 3 + chance.integers(0, 21, buyers)
    few = 1 + chance.weighted(_FEW_WEIGHTS, buyers)
    wanted = np.where(keeps, many, few)
    current = chance.uniform(buyers) < 0.55
    starts, lapses = chance.uniform(buyers), chance.uniform(int(wanted.sum()))
    noise = np.exp(0.07 * np.clip(chance.normal(int(wanted.sum())), -2.5, 2.5))
    buyer, days = [], []
    done = 0
    for index, count in enumerate(wanted.tolist()):
        gaps = np.rint(paces[index] * noise[done : done + count]).astype(np.int64)
        if keeps[index]:
            gaps = np.minimum(gaps, STREAK_GAP)
        else:
            gaps[2:] = LAPSE + np.floor(90 * lapses[done + 2 : done + count]).astype(np.int64)
        gaps[0] = 0
        done += count
        day = _placed(np.cumsum(gaps), float(paces[index]), float(starts[index]), bool(current[index] & keeps[index]))
        buyer.append(np.full(len(day), index))
        days.append(day)
    who, day = np.concatenate(buyer), np.concatenate(days)
    place = _places(chance, who, buyers)
    return Paced(who, times(chance, day, place), place, paces, keeps)


def _placed(day: Ints, pace: float, start: float, is_current: bool) -> Ints:
    """The days of one buyer inside the 24 months; a current one bought last within the pace before the clock."""
    last = DAYS - 1
    day = day[day <= last - int(pace)]
    free = last - int(day[-1])
    shift = free - int(start * min(pace, free)) if is_current else int(start * free)
    found: Ints = day + shift
    return found


def _places(chance: Chance, buyer: Ints, buyers: int) -> Ints:
    habit = chance.weighted(PLACE_WEIGHTS, buyers)[buyer]
    free = chance.weighted(PLACE_WEIGHTS, len(buyer))
    chosen = np.where(chance.uniform(len(buyer)) < _HABIT, habit, free)
    return np.array([POS, ONLINE, PHONE])[chosen]


class Supply:
    """Plans what is used up, one person and SKU after the other, so that the wanted share buys again by run-out."""

    def __init__(self, chance: Chance, at: Times) -> None:
        self._second = at.astype(np.int64)
        self._until = int(CLOCK.astype(np.int64))
        self._chance = chance
        self.known = self.again = 0

    def plan(self, orders: Sequence[int], product: int, days: int) -> list[Taken]:
        """The units that one person takes of one product in some of these orders, the first included."""
        taken: list[Taken] = []
        drawn = self._chance.uniform(2 * len(orders))
        place, empty = 0, 0
        while place < len(orders):
            behind = BY_RUN_OUT * (self.known + 1) - self.again
            wants = drawn[2 * place] < 0.5 + 0.5 * behind
            at = int(self._second[orders[place]])
            following = [int(self._second[each]) for each in orders[place + 1 :]]
            units, ends = self._units(max(empty, at), following, days, bool(wants), float(drawn[2 * place + 1]))
            taken.append(Taken(orders[place], product, units))
            empty = ends
            inside = sum(each <= ends for each in following)
            if wants and inside:
                place += inside
                self.again += 1
                self.known += 1
            elif inside < len(following):
                place += inside + 1
                self.known += 1
            else:
                self.known += ends <= self._until
                break
        return taken

    def _units(self, start: int, following: list[int], days: int, wants: bool, drawn: float) -> tuple[int, int]:
        """How many, and when they are used up: enough to reach the next order when that is wanted, else one or two."""
        day = 86_400
        if wants and following:
            needed = max(-(-(following[0] - start) // (days * day)), 1)
            units = int(min(needed, _MOST_UNITS))
        else:
            units = 1 + int(drawn < 0.3 and days <= 15)
        return units, start + units * days * day
