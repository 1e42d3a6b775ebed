"""Learning what customers may want next from everyone's order lines: the arrays of an `Affinity`.

A basket counts once, whatever its quantities. The same purchases give the same model. Memory is bounded by the panel
(the customers who bought last, with whom others are compared) and by `kept` partners an item. Apart from what serves:
reading lines takes Arrow, 50 MB that no process that serves needs.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from ritorno.core.instants import Instant
from ritorno.whole.affinity import Affinity, Ints, Shape, faded, scaled
from ritorno.whole.affinity_pairs import pairs


def fit(
    customers: Sequence[int] | Ints,
    items: Sequence[str] | pa.Array,
    instants: Sequence[int] | Ints,
    quantities: Sequence[float] | NDArray[Any],
    now: Instant,
    shape: Shape = Shape(),  # noqa: B008 - frozen
) -> Affinity:
    """Learn from order lines, four columns of equal length; instants in UTC microseconds.

    Lines given back (quantity not above 0) and lines after `now` are left out; lines of one customer at one instant
    are one basket. Without any lines the model recommends nothing. Raises ValueError for columns of unequal length.
    """
    who, when, units = np.asarray(customers, np.int64), np.asarray(instants, np.int64), np.asarray(quantities)
    told = pa.array(items, pa.string()) if not isinstance(items, pa.Array) else items
    lengths = {"customers": len(who), "items": len(told), "instants": len(when), "quantities": len(units)}
    if len(set(lengths.values())) != 1:
        raise ValueError(f"columns of unequal length: {lengths}; give one value a line in each")
    names, what = _encoded(told)
    stays = (units > 0) & (when <= now) & (what >= 0)
    _, who = np.unique(who[stays], return_inverse=True)
    what, when = what[stays], when[stays]
    basket, item, owner, moment = _baskets(who, what, when)
    held = np.bincount(item, minlength=len(names)) >= shape.least
    column = np.cumsum(held) - 1
    inside = held[item]
    return _learn(
        names[held], basket[inside], column[item[inside]], owner[inside], moment[inside], now, shape
    )  # fmt: skip


def _encoded(items: pa.Array) -> tuple[NDArray[np.str_], Ints]:
    """SKUs in ascending order and each line's place among them; -1 for a line without any."""
    encoded = items.dictionary_encode()
    names = np.array(encoded.dictionary.to_pylist(), np.str_)
    order = np.argsort(names, kind="stable")
    place = np.empty(len(names) + 1, np.int64)
    place[order] = np.arange(len(names))
    place[-1] = -1
    return names[order], place[encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)]


def _baskets(who: Ints, what: Ints, when: Ints) -> tuple[Ints, Ints, Ints, Ints]:
    """Every item once a basket: basket, item, customer, instant; by basket, which is by customer and instant."""
    order = np.lexsort((what, when, who))
    who, what, when = who[order], what[order], when[order]
    is_new = np.ones(len(who), bool)
    is_new[1:] = (who[1:] != who[:-1]) | (when[1:] != when[:-1])
    basket = np.cumsum(is_new) - 1
    first = is_new.copy()
    first[1:] |= what[1:] != what[:-1]
    return basket[first], what[first], who[first], when[first]


def _learn(
    names: NDArray[np.str_], basket: Ints, item: Ints, who: Ints, when: Ints, now: Instant, shape: Shape
) -> Affinity:
    people, who = np.unique(who, return_inverse=True)
    order = np.lexsort((when, item, who))
    row, column = who[order], item[order]
    starts = np.flatnonzero(np.append(True, (row[1:] != row[:-1]) | (column[1:] != column[:-1]))[: len(row)])
    ends = np.append(starts, len(row))[1:]
    latest, times = when[order][ends - 1], (ends - starts).astype(np.float32)
    row, column = row[starts], column[starts]
    size = (len(people), len(names))
    rarity = np.log1p(len(people) / np.maximum(np.bincount(column, minlength=len(names)), 1)).astype(np.float32)
    asked = _panel(row, latest, len(people), shape.panel)
    taste = csr_matrix(((1 + np.log(times)) * rarity[column], (row, column)), size)[asked]
    length = np.sqrt(np.asarray(taste.multiply(taste).sum(axis=1)).ravel())
    taste.data /= np.repeat(length, np.diff(taste.indptr))
    popular = np.bincount(column, faded(latest, now, shape.popular_half_life), len(names))
    recent = csr_matrix((faded(latest, now, shape.similar_half_life), (row, column)), size)[asked]
    return Affinity(
        as_of=now,
        customers=len(people),
        shape=shape,
        items=names,
        rarity=rarity,
        popular=scaled(popular.astype(np.float32)),
        by_item=taste.T.tocsr().astype(np.float32),
        recent=recent.astype(np.float32),
        together=pairs(basket, item, len(names), shape.kept),
    )


def _panel(row: Ints, latest: Ints, people: int, most: int) -> Ints:
    """The customers who bought last, in ascending order."""
    last = np.full(people, np.iinfo(np.int64).min)
    np.maximum.at(last, row, latest)
    return np.sort(np.lexsort((np.arange(people), -last))[:most])
