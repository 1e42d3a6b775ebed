"""A shop's orders in Parquet, the same bytes every time: ``… make_orders ORDERS CUSTOMERS FILE``.

Purchases Gamma-Poisson (shape 2) over three years in order of time, sums log-normal (median 290, σ 0.8) in minor units,
3 % cancelled, sold till 55, online 43, phone 2 %.
"""

import sys

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.contenders.question import NOW
from ritorno.core.instants import DAY

SEED = 20_260_301
PLACES = ("pos", "online", "phone")


def make(count: int, customers: int) -> pa.Table:
    chance = np.random.default_rng(SEED)
    weights = np.cumsum(chance.gamma(2.0, size=customers))
    who = np.searchsorted(weights, chance.random(count) * weights[-1]) + 1
    moments = np.sort(NOW - chance.integers(0, 3 * 365 * DAY, size=count))
    sums = np.rint(29_000 * np.exp(0.8 * chance.standard_normal(count))).astype(np.int64)
    counts = chance.random(count) >= 0.03
    place = chance.choice(3, size=count, p=(0.55, 0.43, 0.02)).astype(np.int32)
    return pa.table(
        {
            "customer_id": who.astype(np.int64),
            "occurred_at": moments.astype(np.int64),
            "net": np.where(counts, sums, 0),
            "counts": counts,
            "sold_via": pa.DictionaryArray.from_arrays(place, PLACES).cast(pa.string()),
        }
    )


if __name__ == "__main__":
    _, wanted, people, path = sys.argv
    pq.write_table(make(int(wanted), int(people)), path, row_group_size=122_880)
    print("{}")
