"""What a customer may want next: learnt from everyone's baskets, asked for one customer at a time.

Four voices, each between 0 and 1 over all items, added up with the weights of a `Shape`:

    similar    the `neighbours` customers most alike (cosine of tf-idf over items), each recommending what they bought
               lately with the weight of their likeness
    popular    distinct customers who bought it, each halved with every `popular_half_life` since their last purchase
    together   how much oftener than by chance it lies in one basket with what the customer owns (affinity_pairs.py)
    own        how often and how lately the customer bought it; only where buying again is asked for

Measured in science.md, "Recommendation": similar customers beat item-to-item cosine and factorised models on both real
shops, and best sellers are the fallback where there is nobody alike. A basket counts once, whatever its quantities.
The same model gives the same answers, ties going by sku. It is made by affinity_fit.py.
"""

from collections.abc import Collection, Sequence
from functools import cached_property
from typing import Any, Literal, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from ritorno.core.instants import DAY, Instant

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]


class Weights(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How much each voice counts."""

    similar: float = 1.0
    popular: float = 0.05
    together: float = 0.05
    own: float = 0.0


class Shape(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a model is made with. Half-lives in days; `least` baskets that an item must be in to be recommended."""

    new: Weights = Weights()
    again: Weights = Weights(0.4, 0.02, 0.0, 1.0)
    neighbours: int = 100
    similar_half_life: float = 30.0
    popular_half_life: float = 30.0
    own_half_life: float = 90.0
    least: int = 5
    panel: int = 20_000
    kept: int = 50


class Affinity(msgspec.Struct, frozen=True, eq=False, dict=True):
    """A fitted model: arrays that nobody writes to. `items` are SKUs in ascending order, columns of everything else."""

    as_of: Instant
    customers: int  # that it was learnt from
    shape: Shape
    items: NDArray[np.str_]
    rarity: Floats  # the idf of each item
    popular: Floats
    by_item: Any  # csr, items × panel: tf-idf, each customer of length 1
    recent: Any  # csr, panel × items: 1 for an item bought just now, halved by its half-life
    together: Any  # csr, items × items: at most `kept` partners a row

    @cached_property
    def places(self) -> dict[str, int]:
        """The column of each item."""
        return {sku: at for at, sku in enumerate(self.items.tolist())}


class Bought(NamedTuple):
    """One purchase of an item: once a basket."""

    sku: str
    at: Instant


class Because(NamedTuple):
    """Which voice spoke loudest; `sku`: what it was bought with."""

    voice: Literal["bought_with", "similar_customers", "best_seller", "bought_before"]
    sku: str | None = None


class Recommended(NamedTuple):
    sku: str
    score: float
    because: Because


class Share(NamedTuple):
    """`share` (0 to 1) of the `buyers` of `owned`."""

    owned: str
    share: float
    buyers: int


class Buyers(NamedTuple):
    """Items, how many of the panel bought each, and who: one item's after the other's."""

    rows: Ints
    counts: Ints
    who: NDArray[Any]


class _Owned(NamedTuple):
    """Distinct known items of one customer, ascending, with how often each was bought and its decayed purchases."""

    items: Ints
    times: Floats
    weight: Floats


LEAST_BUYERS = 20  # below that a share says nothing
_Voice = Literal["similar", "popular", "together", "own"]
_VOICES: tuple[_Voice, ...] = ("similar", "popular", "together", "own")


def recommend(
    model: Affinity,
    owned: Sequence[Bought],
    seen: Collection[str],
    most: int,
    now: Instant,
    *,
    again: bool = False,
) -> list[Recommended]:
    """At most `most` items for a customer who made these purchases, the best first, each with its reason.

    Only what is not owned, or with `again` also that; never what is in `seen` (looked at, or not to be offered for
    another reason). What is in stock and excluded by nothing is asked of core/offering.py. A customer without purchases
    gets best sellers. Raises ValueError for a negative `most`.
    """
    if most < 0:
        raise ValueError(f"most is {most}; give the number of items to recommend, 0 or more")
    mine = _known(model, owned, now)
    weights = model.shape.again if again else model.shape.new
    out = _positions(model, seen)
    voices = _voices(model, mine, weights, out if again else np.append(out, mine.items))
    total = voices.sum(axis=0)
    best = largest(total, most)
    loudest = np.argmax(voices[:, best], axis=0)  # of equal ones the first of `_VOICES`
    return [
        Recommended(str(model.items[at]), float(total[at]), _because(model, mine, _VOICES[voice], at))
        for at, voice in zip(best, loudest, strict=True)
    ]


def complements(model: Affinity, sku: str, most: int) -> list[Recommended]:
    """Items that lie in one basket with this one oftener than by chance, the closest first; the score is between 0
    (as by chance) and 1 (the closest pair of the shop). Nothing for an item that the model does not know."""
    at = _positions(model, [sku])
    if not len(at):
        return []
    row = model.together[int(at[0])].toarray()[0]
    because = Because("bought_with", sku)
    return [Recommended(str(model.items[one]), float(row[one]), because) for one in largest(row, most)]


def buyers_of(model: Affinity, owned: Sequence[str]) -> Buyers:
    """Who of the panel bought each of these items, of those that have buyers enough."""
    rows = _positions(model, owned)
    starts, ends = model.by_item.indptr[rows], model.by_item.indptr[rows + 1]
    often = ends - starts >= LEAST_BUYERS
    rows, starts, ends = rows[often], starts[often], ends[often]
    who = [model.by_item.indices[start:end] for start, end in zip(starts, ends, strict=True)]
    return Buyers(rows, ends - starts, np.concatenate(who) if who else np.empty(0, np.int32))


def share_of_buyers(model: Affinity, buyers: Buyers, sku: str) -> Share | None:
    """Of the buyers of one of the items, how many bought that one too: the largest share, the first of equal ones.

    Counted among the customers of the panel; None where none of the items has 20 buyers, or none of them bought it.
    """
    found = _positions(model, [sku])
    if not len(found) or not len(buyers.rows):
        return None
    at = int(found[0])
    bought = np.zeros(model.by_item.shape[1], bool)
    bought[model.by_item.indices[model.by_item.indptr[at] : model.by_item.indptr[at + 1]]] = True
    both = np.add.reduceat(bought[buyers.who], np.append(0, np.cumsum(buyers.counts)[:-1]), dtype=np.int64)
    share = np.where(buyers.rows == at, 0, both / buyers.counts)
    best = int(np.argmax(share))
    if not share[best] > 0:
        return None
    return Share(str(model.items[buyers.rows[best]]), float(share[best]), int(buyers.counts[best]))


def largest(values: NDArray[Any], most: int) -> Ints:
    """Positions of the `most` largest values above 0, the largest first, equal ones by position."""
    above = np.flatnonzero(values > 0)
    if 0 < most < len(above):
        least = np.partition(values[above], -most)[-most]
        above = above[values[above] >= least]
    return above[np.lexsort((above, -values[above]))][:most]


def faded(at: Ints, now: Instant, half_life: float) -> Floats:
    return np.exp2((at - now) / (half_life * DAY)).astype(np.float32)


def scaled(values: Floats) -> Floats:
    """Between 0 and 1, the largest being 1."""
    top = values.max(initial=0)
    return values / top if top > 0 else values


def _positions(model: Affinity, asked: Collection[str]) -> Ints:
    """Where those of the asked that are known stand, in the order asked."""
    return np.array([at for sku in asked if (at := model.places.get(sku)) is not None], np.int64)


def _known(model: Affinity, owned: Sequence[Bought], now: Instant) -> _Owned:
    known = [(at, one.at) for one in owned if (at := model.places.get(one.sku)) is not None]
    columns, moments = np.array(known, np.int64).reshape(-1, 2).T
    items, place = np.unique(columns, return_inverse=True)
    weight = np.bincount(place, faded(np.minimum(moments, now), now, model.shape.own_half_life), len(items))
    times = np.bincount(place, minlength=len(items)).astype(np.float32)
    return _Owned(items, times, weight.astype(np.float32))


def _voices(model: Affinity, mine: _Owned, weights: Weights, out: Ints) -> Floats:
    """One row a voice, in the order of `_VOICES`: 0 for what is out, the largest of the rest as its weight."""
    told = np.zeros((len(_VOICES), len(model.items)), np.float32)
    told[1] = model.popular
    if len(mine.items):
        told[0] = _similar(model, mine)
        told[2] = model.together[mine.items].T @ mine.weight
        told[3, mine.items] = mine.weight
    told[:, out] = 0
    for voice, name in zip(told, _VOICES, strict=True):
        voice[:] = getattr(weights, name) * scaled(voice)
    return told


def _similar(model: Affinity, mine: _Owned) -> Floats:
    taste = (1 + np.log(mine.times)) * model.rarity[mine.items]
    likeness = model.by_item[mine.items].T @ (taste / np.linalg.norm(taste))
    alike = largest(likeness, model.shape.neighbours)
    found: Floats = model.recent[alike].T @ likeness[alike]
    return found


def _because(model: Affinity, mine: _Owned, voice: _Voice, at: int) -> Because:
    match voice:
        case "similar":
            return Because("similar_customers")
        case "popular":
            return Because("best_seller")
        case "own":
            return Because("bought_before")
        case "together":
            pull = model.together[mine.items, int(at)].toarray().ravel() * mine.weight
            return Because("bought_with", str(model.items[mine.items[int(np.argmax(pull))]]))
