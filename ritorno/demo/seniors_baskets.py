"""From what is used up and an amount to a basket of the shop «גפן».

What a person needs is planned (`seniors_purchases.Supply`); the rest of the amount is filled with what is not used up,
so that nothing else runs out. Amounts go to orders by what these hold already, roughly; so they stay log-normal.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from ritorno.demo.baskets import Basket, Line
from ritorno.demo.chance import Chance, Floats, Ints
from ritorno.demo.product import Product
from ritorno.demo.purchases import log_normal
from ritorno.demo.seniors_catalogue import DIABETIC, SYRUP, USED_UP, Aid
from ritorno.demo.seniors_purchases import Paced, Supply

MEDIAN_ORDER, SIGMA = 190.0, 0.6  # shekels
NEEDS_WEIGHTS = (45, 30, 25)  # by USED_UP: what a person needs most
SECOND_NEED_SHARE = 0.40
WEARS_SHARE, WALKS_SHARE = 0.55, 0.65  # who buys clothing, who things for walking; everyone one of them
_LONGEST_MAIN = 20  # days a unit of the main need lasts
_MOST_OFF = 0.25  # of the full price
_MOST_PICKS = 8
_MOST_WALKERS = 2


class _Tastes(NamedTuple):
    """What people buy besides; one entry a buyer."""

    wears: Sequence[bool]
    walks: Sequence[bool]


def make_aid_baskets(chance: Chance, catalogue: Sequence[Product], paced: Paced) -> tuple[list[Basket], float]:
    """A basket for each order of `paced`; the share bought again by run-out."""
    count, buyers = len(paced.buyer), len(paced.paces)
    supply = Supply(chance, paced.at)
    held = _needs(chance, catalogue, paced, supply)
    prices = [one.price for one in catalogue]
    base = np.array([sum(prices[product] * units for product, units in basket.items()) for basket in held])
    amounts = _amounts(chance, base)
    wears = chance.flags(buyers, WEARS_SHARE)
    walks = ~wears | chance.flags(buyers, WALKS_SHARE)
    tastes = _Tastes(wears.tolist(), walks.tolist())
    owned: list[set[int]] = [set() for _ in range(buyers)]
    pools = _pools(catalogue)
    drawn = chance.uniform(count * _MOST_PICKS).reshape(count, _MOST_PICKS)
    found = []
    for order, buyer in enumerate(paced.buyer.tolist()):
        pool = [
            *(pools[Aid.CLOTHING] if tastes.wears[buyer] else ()),
            *(pools[Aid.WALKERS] if tastes.walks[buyer] else ()),
        ]
        _fill(held[order], amounts[order] - float(base[order]), sorted(pool), catalogue, owned[buyer], drawn[order])
        found.append(_priced(held[order], catalogue, float(amounts[order])))
    return found, supply.again / supply.known


def _needs(chance: Chance, catalogue: Sequence[Product], paced: Paced, supply: Supply) -> list[dict[int, int]]:
    """For each order the units of each product that its buyer uses up."""
    held: list[dict[int, int]] = [{} for _ in paced.buyer]
    buyers = len(paced.paces)
    main = chance.weighted(NEEDS_WEIGHTS, buyers)
    second = np.where(chance.flags(buyers, SECOND_NEED_SHARE), (main + 1 + chance.integers(0, 2, buyers)) % 3, -1)
    which, other = chance.uniform(buyers), chance.uniform(buyers)
    first = np.searchsorted(paced.buyer, np.arange(buyers + 1))
    for buyer in range(buyers):
        orders = list(range(int(first[buyer]), int(first[buyer + 1])))
        chosen = [_chosen(catalogue, USED_UP[main[buyer]], float(which[buyer]), longest=_LONGEST_MAIN)]
        if second[buyer] >= 0 and len(orders) > 1:
            chosen.append(_chosen(catalogue, USED_UP[second[buyer]], float(other[buyer])))
        skus = {catalogue[product].sku for product in chosen}
        for product in chosen:
            if catalogue[product].sku == SYRUP and DIABETIC in skus:
                continue
            for taken in supply.plan(orders, product, catalogue[product].days_per_unit):
                held[taken.order][product] = taken.units
    return held


def _chosen(catalogue: Sequence[Product], category: Aid, drawn: float, longest: int = 365) -> int:
    among = [i for i, one in enumerate(catalogue) if one.category == category and one.days_per_unit <= longest]
    return among[int(drawn * len(among))]


def _amounts(chance: Chance, base: Ints) -> Floats:
    """Agorot, log-normal; the larger ones mostly to the orders that hold more."""
    amounts = np.sort(log_normal(chance, len(base), MEDIAN_ORDER * 100, SIGMA))
    wish = np.log(base + 6_000) + 0.35 * chance.normal(len(base))
    found: Floats = np.empty(len(base))
    found[np.argsort(wish, kind="stable")] = amounts
    return found


def _pools(catalogue: Sequence[Product]) -> Mapping[Aid, list[tuple[int, int]]]:
    """What does not run out, by category: (price, product)."""
    return {
        aid: [(one.price, i) for i, one in enumerate(catalogue) if one.category == aid]
        for aid in (Aid.CLOTHING, Aid.WALKERS)
    }


def _fill(
    basket: dict[int, int],
    left: float,
    pool: list[tuple[int, int]],
    catalogue: Sequence[Product],
    owned: set[int],
    drawn: Floats,
) -> None:
    """Add products worth nearly what is left; a walker once, and two at most for one person. None is left empty."""
    for chance in drawn.tolist():
        free = [
            one
            for one in pool
            if not catalogue[one[1]].technical or (one[1] not in owned and len(owned) < _MOST_WALKERS)
        ]
        fitting = [one for one in free if 0.4 * left <= one[0] <= left]
        if fitting:
            price, product = fitting[int(chance * len(fitting))]
        elif not basket or left > 0:
            price, product = min(free, key=lambda one: abs(one[0] - left))
            if basket and price > 2 * left:
                return
        else:
            return
        basket[product] = basket.get(product, 0) + 1
        left -= price
        if catalogue[product].technical:
            owned.add(product)


def _priced(held: Mapping[int, int], catalogue: Sequence[Product], amount: float) -> Basket:
    """At catalogue prices; what is beyond the amount is taken off, a quarter at most."""
    lines = tuple(Line(catalogue[product], units) for product, units in held.items())
    full = sum(line.product.price * line.quantity for line in lines)
    total = min(full, max(round(amount / 10) * 10, round(full * (1 - _MOST_OFF) / 10) * 10))
    return Basket(lines, full - total, total)
