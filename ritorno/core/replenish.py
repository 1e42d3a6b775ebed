"""Replenishment: when what a customer bought will be used up, and when to remind her (COM-02, COM-04, DAT-12).

supply    quantity × days_per_unit of each purchase, on the brand's wall clock; stock adds up:
          run-out = max(run-out so far, bought) + supply, purchases in order of time
due       run-out − 5 days; or, for who has bought the same amount four times in a row (three gaps), at own pace:
          last + expected gap in whole days − 3 days; so many days before as a margin says, where one is given

2 packs × 30 days on 1 March ─ run-out 30 April, due 25 April;  1 pack more on 10 April ─ 30 May, due 25 May
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec

from ritorno.core.customer import Order
from ritorno.core.events import TraitValue
from ritorno.core.instants import DAY, Instant
from ritorno.core.pace import CategoryPace, around, expected_gap, occasions
from ritorno.core.wall_clock import instant_of, wall_of

MARGIN_DAYS = 5
PACE_MARGIN_DAYS = 3
PACE_GAPS = 3


class Bought(msgspec.Struct, frozen=True):
    """A purchase of one product; `days_per_unit` None is not used up. `purchase` is its name, unique, for returns."""

    purchase: str
    at: Instant
    quantity: float
    days_per_unit: float | None


class Returned(msgspec.Struct, frozen=True):
    """So many units of a purchase taken back; None is all. It counts as never bought."""

    purchase: str
    quantity: float | None = None


class Reminder(msgspec.Struct, frozen=True):
    """When to remind (`due_at`) of what ends at `run_out_at` – at own pace, the expected next purchase."""

    due_at: Instant
    run_out_at: Instant
    basis: Literal["supply", "pace"]


class _Stock(msgspec.Struct, frozen=True, order=True):
    """µs on the wall clock: when it was bought, and how long it lasts."""

    wall: int
    supply: int


def days_per_unit(traits: Mapping[str, TraitValue]) -> float | None:
    """Days that one unit of a product lasts, by its traits `consumable` and `days_per_unit`.

    None is never to be reminded of: it is not said to be consumable, or no days above 0 are known (DAT-12).
    """
    told = traits.get("days_per_unit")
    if traits.get("consumable") is not True or isinstance(told, bool) or not isinstance(told, int | float):
        return None
    return float(told) if 0 < told < math.inf else None


def bought_of(orders: Iterable[Order], sku: str, days: float | None) -> list[Bought]:
    """The purchases of a product in the orders that count; an order given back in full is none."""
    return [
        Bought(f"{order.key}\x00{place}", order.occurred_at, line.quantity, days)
        for order in orders
        if order.counts
        for place, line in enumerate(order.lines)
        if line.sku == sku
    ]


def run_out(bought: Iterable[Bought], returned: Iterable[Returned], tz: ZoneInfo) -> Instant | None:
    """The instant at which nothing is left, in whatever order purchases and returns are told.

    None when nothing that is used up was bought and kept. Quantities of 0 or less are no purchase.
    """
    stock = _kept(bought, returned, tz)
    return Instant(instant_of(_empty_at(stock), tz)) if stock else None


def reminder(
    bought: Iterable[Bought], returned: Iterable[Returned], tz: ZoneInfo, like: CategoryPace | None = None,
    margin: float | None = None,
) -> Reminder | None:  # fmt: skip
    """When to remind of one product, from all its purchases; None when there is nothing to run out (as `run_out`).

    `like` says how gaps of such products vary (fitted to their category); `around` what stands in for it. `margin` in
    days; None: 5, at own pace 3. However large, nobody is reminded in the first half of the time.
    """
    stock = _kept(bought, returned, tz)
    if not stock:
        return None
    last = _same_amount(stock)
    if len(last) <= PACE_GAPS:
        return _reminder(stock[-1].wall, _empty_at(stock), MARGIN_DAYS if margin is None else margin, "supply", tz)
    gaps = [after.wall // DAY - before.wall // DAY for before, after in pairwise(last)]
    return _at_pace(stock[-1].wall, expected_gap(around(last[-1].supply / DAY, like), gaps), margin, tz)


def reminder_by_habit(
    purchases: Iterable[Instant], pace: CategoryPace, now: Instant, tz: ZoneInfo, margin: float | None = None
) -> Reminder | None:
    """The same for what is used up in nobody knows how many days: at own pace, after three gaps; else None."""
    known = [wall_of(each, tz) for each in occasions(purchases, now)]
    gaps = [after // DAY - before // DAY for before, after in pairwise(known)]
    gaps = [each for each in gaps if each > 0]
    return _at_pace(known[-1], expected_gap(pace, gaps), margin, tz) if len(gaps) >= PACE_GAPS else None


def _at_pace(last: int, gap: float, margin: float | None, tz: ZoneInfo) -> Reminder:
    margin = PACE_MARGIN_DAYS if margin is None else margin
    return _reminder(last, last + max(round(gap), 1) * DAY, margin, "pace", tz)


def _reminder(last: int, end: int, margin: float, basis: Literal["supply", "pace"], tz: ZoneInfo) -> Reminder:
    due = max(end - round(margin * DAY), last + (end - last) // 2)
    return Reminder(Instant(instant_of(due, tz)), Instant(instant_of(end, tz)), basis)


def _kept(bought: Iterable[Bought], returned: Iterable[Returned], tz: ZoneInfo) -> list[_Stock]:
    """What was bought and not given back, in order of the wall clock."""
    back: defaultdict[str, list[float]] = defaultdict(list)
    for each in returned:
        back[each.purchase].append(math.inf if each.quantity is None else each.quantity)
    kept = []
    for one in bought:
        left = one.quantity - math.fsum(back.get(one.purchase, ()))
        supply = round(left * one.days_per_unit * DAY) if one.days_per_unit and left > 0 else 0
        if supply > 0:
            kept.append(_Stock(wall_of(one.at, tz), supply))
    return sorted(kept)


def _empty_at(stock: Sequence[_Stock]) -> int:
    """The wall-clock time at which stacked stock ends: what is left is used before what is new."""
    empty = stock[0].wall
    for one in stock:
        empty = max(empty, one.wall) + one.supply
    return empty


def _same_amount(stock: Sequence[_Stock]) -> list[_Stock]:
    """The latest days of purchase, as far back as their supply is the same; what is bought in a day is one."""
    days: list[_Stock] = []
    for one in stock:
        if days and days[-1].wall // DAY == one.wall // DAY:
            one = _Stock(one.wall, days.pop().supply + one.supply)
        days.append(one)
    changed = [place for place, one in enumerate(days) if one.supply != days[-1].supply]
    return days[changed[-1] + 1 :] if changed else days
