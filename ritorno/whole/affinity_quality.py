"""How good recommendations are, on purchases that the model has not seen.

    new    the last `span` is cut off; recommended is at the cut, wanted is what the customer then bought for the first
           time. Customers with at least three baskets before the cut
    again  everyone's last basket is cut off and wanted, also what was bought before. Customers with at least three

HR@k is the share of customers with a hit among k; NDCG@k discounts a hit in place p by log2(p + 1), divided by the best
that was possible (Järvelin & Kekäläinen, 2002). Items that the model does not know are not counted as wanted.

Which voices a shop listens to is measured the same way (`fit_measured`): where similar customers do not beat its best
sellers, best sellers are recommended, and `Measured` says so.
"""

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import msgspec
import numpy as np
import pyarrow as pa
from msgspec.structs import replace
from numpy.typing import NDArray

from ritorno.core.instants import DAY, Instant
from ritorno.whole.affinity import Affinity, Bought, Ints, Shape, Weights, recommend
from ritorno.whole.affinity_fit import fit

LEAST_BASKETS = 3
LEAST_CASES = 100  # customers, below which a shop's own measure says nothing
MOST_ASKED = 600  # customers that a shop is measured on, spread over all of them
SPAN = 30 * DAY
BEST_SELLERS = Weights(similar=0.0, popular=1.0, together=0.0)


class Lines(NamedTuple):
    """Order lines as columns of equal length, as `affinity.fit` takes them."""

    customers: Ints
    items: pa.Array
    instants: Ints
    quantities: NDArray[Any]

    def those(self, which: NDArray[Any]) -> "Lines":
        return Lines(self.customers[which], self.items.filter(pa.array(which)), self.instants[which],
                     self.quantities[which])  # fmt: skip


class Case(NamedTuple):
    """One customer to recommend to at an instant, and what was bought then."""

    customer: int
    at: Instant
    owned: tuple[Bought, ...]
    wanted: frozenset[str]


class Quality(msgspec.Struct, frozen=True):
    """Of so many customers; both figures between 0 and 1."""

    customers: int
    hit_rate: float
    ndcg: float


class Measured(msgspec.Struct, frozen=True):
    """What a shop's own past says, and whom it listens to therefore. `few`: too few customers to tell by."""

    uses: Literal["similar_customers", "best_sellers"]
    few: bool
    similar_customers: Quality
    best_sellers: Quality


def after(lines: Lines, cut: Instant) -> tuple[Lines, list[Case]]:
    """What was known at the cut, and who then bought something for the first time."""
    lines = lines.those(lines.quantities > 0)
    past, later = lines.those(lines.instants < cut), lines.those(lines.instants >= cut)
    bought_later = {one: bought for one, (bought, _) in _by_customer(later).items()}
    cases = []
    for customer, (bought, baskets) in _by_customer(past).items():
        new = {one.sku for one in bought_later.get(customer, ())} - {one.sku for one in bought}
        if baskets >= LEAST_BASKETS and new:
            cases.append(Case(customer, cut, bought, frozenset(new)))
    return past, cases


def last_baskets(lines: Lines) -> tuple[Lines, list[Case]]:
    """Everything but the last baskets of customers with three or more, and those baskets."""
    lines = lines.those(lines.quantities > 0)
    everyone = _by_customer(lines)
    last = {one: bought[-1].at for one, (bought, baskets) in everyone.items() if baskets >= LEAST_BASKETS}
    never = np.iinfo(np.int64).max
    ends = np.array([last.get(one, never) for one in lines.customers.tolist()], np.int64)
    cases = []
    for customer, at in last.items():
        bought = everyone[customer][0]
        owned = tuple(one for one in bought if one.at < at)
        cases.append(Case(customer, at, owned, frozenset(one.sku for one in bought if one.at == at)))
    return lines.those(lines.instants < ends), cases


def quality(model: Affinity, cases: Sequence[Case], *, again: bool = False, most: int = 10) -> Quality:
    """What recommending to each of them brings. Customers who wanted nothing that the model knows are not counted; with
    nobody left both figures are 0."""
    known = frozenset(model.items.tolist())
    gains = []
    for case in cases:
        if wanted := case.wanted & known:
            shown = recommend(model, case.owned, (), most, case.at, again=again)
            gains.append(gain([one.sku for one in shown], wanted, most))
    of = max(len(gains), 1)
    return Quality(len(gains), sum(one > 0 for one in gains) / of, sum(gains) / of)


def gain(shown: Sequence[str], wanted: frozenset[str], most: int) -> float:
    """NDCG of one list: 0 without a hit, 1 when as many as fit in are hit, first."""
    worth = 1 / np.log2(np.arange(2, most + 2))
    found = sum(float(worth[place]) for place, sku in enumerate(shown[:most]) if sku in wanted)
    return found / float(worth[: len(wanted)].sum()) if wanted else 0.0


def fit_measured(
    lines: Lines,
    now: Instant,
    shape: Shape = Shape(),  # noqa: B008 - frozen
    span: int = SPAN,
) -> tuple[Affinity, Measured]:
    """A model that listens to whom it should in this shop, by its last `span` (microseconds) up to `now`."""
    lines = lines.those((lines.instants <= now) & (lines.quantities > 0))
    cut = Instant(now - span)
    is_past = lines.instants < cut
    both = np.intersect1d(lines.customers[is_past], lines.customers[~is_past])
    asked = both[:: max(-(-len(both) // MOST_ASKED), 1)]
    _, cases = after(lines.those(np.isin(lines.customers, asked)), cut)
    before = fit(*lines.those(is_past), cut, shape)
    by_sales = replace(shape, new=BEST_SELLERS)
    similar, best = quality(before, cases), quality(replace(before, shape=by_sales), cases)
    few = similar.customers < LEAST_CASES
    sells_better = not few and best.ndcg > similar.ndcg
    told = Measured("best_sellers" if sells_better else "similar_customers", few, similar, best)
    return fit(*lines, now, by_sales if sells_better else shape), told


def _by_customer(lines: Lines) -> dict[int, tuple[tuple[Bought, ...], int]]:
    """What each bought, in order of time, each item once a basket; and in how many baskets."""
    told: dict[int, set[tuple[int, str]]] = {}
    columns = (lines.customers.tolist(), lines.instants.tolist(), lines.items.to_pylist())
    for customer, at, sku in zip(*columns, strict=True):
        told.setdefault(customer, set()).add((at, sku))
    return {
        customer: (tuple(Bought(sku, Instant(at)) for at, sku in sorted(bought)), len({at for at, _ in bought}))
        for customer, bought in told.items()
    }
