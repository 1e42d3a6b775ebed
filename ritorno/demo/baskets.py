"""From an amount to a basket: which products an order holds, at their prices, with what completes them.

A basket is filled greedily: a main product worth a good part of the amount, then smaller ones for what is left; so
sums stay true to the planned distribution of amounts while every unit has its catalogue price.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from ritorno.demo.catalogue import Category
from ritorno.demo.chance import Chance, Floats, Ints
from ritorno.demo.product import Product

_COFFEE = (Category.MACHINES, Category.CAPSULES, Category.CUPS, Category.BEANS, Category.GEAR)
_MAIN_ONLY = (Category.MACHINES, Category.SHOES)
_COMPLETING = (Category.CAPSULES, Category.CUPS, Category.SOCKS)
_REDUCED = (0.05, 0.10, 0.15, 0.20)
REDUCED_SHARE = 0.30
# main category, completing category, share of its orders which also hold it, units (low, high)
COMPLEMENTS = (
    (Category.MACHINES, Category.CAPSULES, 0.60, 2, 5),
    (Category.MACHINES, Category.CUPS, 0.40, 1, 3),
    (Category.MACHINES, Category.TV, 0.05, 1, 2),
    (Category.SHOES, Category.SOCKS, 0.35, 1, 3),
)


class Line(msgspec.Struct, frozen=True):
    product: Product
    quantity: int


class Basket(msgspec.Struct, frozen=True):
    """Lines at catalogue prices; `total` = their sum − `discount`, in agorot."""

    lines: tuple[Line, ...]
    discount: int
    total: int


class _Pool(NamedTuple):
    """Products to choose from, by price in agorot."""

    products: Ints
    prices: Floats


def make_baskets(
    chance: Chance, catalogue: Sequence[Product], amounts: Floats, coffee: NDArray[np.bool_]
) -> list[Basket]:
    """A basket for each of `amounts` (shekels); `coffee` says whose main product comes from the coffee counter."""
    percent = np.zeros(len(amounts))
    reduced = np.flatnonzero(chance.flags(len(amounts), REDUCED_SHARE))
    percent[reduced] = np.array(_REDUCED)[chance.integers(0, len(_REDUCED), len(reduced))]
    left = amounts * 100 / (1 - percent)
    index, quantity, left = _mains(chance, catalogue, left, coffee)
    chosen = [(np.arange(len(amounts)), index, quantity)]
    for order, product, units, cost in _completing(chance, catalogue, index):
        left[order] -= cost
        chosen.append((order, product, units))
    chosen.extend(_fill(chance, catalogue, left, index, coffee))
    return _assemble(catalogue, len(amounts), chosen, percent)


def _pool(catalogue: Sequence[Product], categories: Iterable[Category]) -> _Pool:
    wanted = set(categories)
    found = [i for i, one in enumerate(catalogue) if one.category in wanted and not one.sku.startswith("NEW")]
    found.sort(key=lambda i: catalogue[i].price)
    return _Pool(np.array(found), np.array([float(catalogue[i].price) for i in found]))


def _take(chance: Chance, pool: _Pool, left: Floats, least: float) -> Ints:
    """A product worth `least`–1.03 of what is left, else the nearest in price; −1 where nothing would fit."""
    low = np.searchsorted(pool.prices, least * left, side="left")
    high = np.searchsorted(pool.prices, 1.03 * left, side="right")
    inside = low + np.floor(chance.uniform(len(left)) * (high - low)).astype(np.int64)
    above = np.clip(np.searchsorted(pool.prices, left), 0, len(pool.prices) - 1)
    below = np.maximum(above - 1, 0)
    nearest = np.where(pool.prices[above] - left < left - pool.prices[below], above, below)
    found = pool.products[np.where(high > low, inside, nearest)]
    return np.where(left < pool.prices[0] * 0.5, -1, found)


def _mains(
    chance: Chance, catalogue: Sequence[Product], left: Floats, coffee: NDArray[np.bool_]
) -> tuple[Ints, Ints, Floats]:
    fashion = _pool(catalogue, [one for one in Category if one not in _COFFEE and one is not Category.TV])
    counter = _pool(catalogue, _COFFEE)
    at_least = np.maximum(left, 2000.0)
    index = np.where(coffee, _take(chance, counter, at_least, 0.4), _take(chance, fashion, at_least, 0.4))
    price = np.array([one.price for one in catalogue], dtype=np.float64)[index]
    quantity = np.where((left >= 2 * price) & (chance.uniform(len(left)) < 0.35), 2, 1)
    return index, quantity, left - price * quantity


def _completing(chance: Chance, catalogue: Sequence[Product], mains: Ints) -> Iterable[tuple[Ints, Ints, Ints, Floats]]:
    kinds: list[str] = list(Category)
    category = np.array([kinds.index(one.category) for one in catalogue])
    prices = np.array([one.price for one in catalogue], dtype=np.float64)
    for main, completing, share, low, high in COMPLEMENTS:
        orders = np.flatnonzero(category[mains] == kinds.index(main))
        orders = orders[chance.flags(len(orders), share)]
        pool = _pool(catalogue, [completing])
        product = pool.products[chance.integers(0, len(pool.products), len(orders))]
        units = chance.integers(low, high, len(orders))
        yield orders, product, units, prices[product] * units


def _fill(
    chance: Chance, catalogue: Sequence[Product], left: Floats, mains: Ints, coffee: NDArray[np.bool_]
) -> Iterable[tuple[Ints, Ints, Ints]]:
    """Three more picks; an order with a machine or shoes gets its complements as planned, none by chance."""
    planned = np.array([one.category in _MAIN_ONLY for one in catalogue])[mains]
    neutral = [one for one in Category if one not in (*_MAIN_ONLY, *_COMPLETING, Category.TV)]
    pools = (
        (planned, _pool(catalogue, neutral)),
        (~planned & coffee, _pool(catalogue, [one for one in _COFFEE if one is not Category.MACHINES])),
        (~planned & ~coffee, _pool(catalogue, [*(one for one in neutral if one not in _COFFEE), Category.SOCKS])),
    )
    price = np.array([one.price for one in catalogue], dtype=np.float64)
    for least in (0.4, 0.5, 0.8):
        for mask, pool in pools:
            orders = np.flatnonzero(mask & (left > 0))
            found = _take(chance, pool, left[orders], least)
            orders, found = orders[found >= 0], found[found >= 0]
            left[orders] -= price[found]
            yield orders, found, np.ones(len(orders), dtype=np.int64)


def _assemble(
    catalogue: Sequence[Product], count: int, chosen: list[tuple[Ints, Ints, Ints]], percent: Floats
) -> list[Basket]:
    """Baskets in order; the same product chosen twice is one line of two units."""
    held: list[dict[int, int]] = [{} for _ in range(count)]
    for orders, products, units in chosen:
        for order, product, unit in zip(orders.tolist(), products.tolist(), units.tolist(), strict=True):
            held[order][product] = held[order].get(product, 0) + unit
    found = []
    for basket, reduction in zip(held, percent.tolist(), strict=True):
        lines = tuple(Line(catalogue[product], units) for product, units in basket.items())
        found.append(priced(lines, round(reduction * 100)))
    return found


def priced(lines: tuple[Line, ...], percent: int = 0) -> Basket:
    """Lines at catalogue prices, `percent` off the whole, rounded to ten agorot as tills do."""
    full = sum(line.product.price * line.quantity for line in lines)
    discount = (full * percent + 500) // 1000 * 10
    return Basket(lines, discount, full - discount)
