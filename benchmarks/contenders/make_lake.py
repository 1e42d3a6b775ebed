"""A lake of many customers, the same rows every time: ``… make_lake CUSTOMERS FOLDER``.

Written by the product's own code, as the parts of a base that a worker keeps: 3.5 orders each (Gamma-Poisson, shape 2),
two lines an order, four events (views 70, deliveries 20, clicks 10 %), over three years. Scores are those of NOW; of a
few customers they do not hold any more, as workers and keeper leave it, so they are counted again.
"""

import sys

import duckdb
import numpy as np
import pyarrow as pa

from benchmarks.contenders.question import NOW, R2_FROM, R3_FROM, SCHEME, WINDOW_FROM
from benchmarks.contenders.segment_question import BRAND
from ritorno.core.instants import DAY
from ritorno.whole.lake import Lake
from ritorno.whole.lake_rows import SCHEMAS
from ritorno.whole.manifest import Manifest, Part
from ritorno.whole.merge_parts import PIECE

SEED = 20_260_301
MOVED = 50_000  # one in so many has moved by time since the lake was written
CHUNK = 250_000  # customers made at once: Arrow takes no larger texts from NumPy in one piece
CATEGORIES = np.array(["coffee", "bread", "tea", "cake", "home", "garden", "toys", "books", "shoes", "gifts"])
NAMES = np.array(["viewed", "message_delivered", "message_clicked"])
F2, F3 = SCHEME.orders
M2, M3 = SCHEME.spend
CELLS = f"""
    SELECT customer_id, (100 * CASE WHEN last_at >= {R3_FROM} THEN 3 WHEN last_at >= {R2_FROM} THEN 2 ELSE 1 END
        + 10 * CASE WHEN orders >= {F3} THEN 3 WHEN orders >= {F2} THEN 2 ELSE 1 END
        + CASE WHEN spend >= {M3} THEN 3 WHEN spend >= {M2} THEN 2 ELSE 1 END)::INTEGER AS cell,
        orders::INTEGER AS orders, spend, last_at
    FROM (SELECT customer_id, count(*) FILTER (occurred_at >= {WINDOW_FROM}) AS orders, max(occurred_at) AS last_at,
            coalesce(sum(net) FILTER (occurred_at >= {WINDOW_FROM}), 0)::BIGINT AS spend
          FROM orders GROUP BY customer_id)
"""


def main() -> None:
    customers, lake = int(sys.argv[1]), Lake(sys.argv[2], BRAND)
    parts: list[Part] = []
    for seed, first in enumerate(range(0, customers, CHUNK)):
        people = np.arange(first + 1, min(first + CHUNK, customers) + 1, dtype=np.int64)
        made = tables(people, np.random.default_rng((SEED, seed)))
        for low in range(first, first + len(people), PIECE):
            empty = {name: schema.empty_table() for name, schema in SCHEMAS.items()}
            part = {name: _between(rows, low, low + PIECE).cast(SCHEMAS[name]) for name, rows in made.items()}
            parts.append(lake.write_part(len(parts) + 1, empty | part))
    lake.replace(None, Manifest(BRAND, "made", next=len(parts) + 1, as_of=NOW, stands=True, base=tuple(parts)))
    print("{}")


def _between(rows: pa.Table, low: int, high: int) -> pa.Table:
    """The rows of customers after `low`, up to `high`; ids ascend."""
    start, end = np.searchsorted(rows["customer_id"].to_numpy(), (low, high), side="right")
    return rows.slice(start, end - start)


def tables(people: np.ndarray, chance: np.random.Generator) -> dict[str, pa.Table]:
    each = chance.poisson(chance.gamma(2.0, 1.75, size=len(people)))
    orders = _orders(np.repeat(people, each), chance)
    return {
        "customers": _customers(people, orders),
        "orders": orders,
        "lines": _lines(orders, chance),
        "events": _events(people, chance),
    }


def _orders(who: np.ndarray, chance: np.random.Generator) -> pa.Table:
    at = NOW - chance.integers(0, 3 * 365 * DAY, size=len(who))
    at = at[np.lexsort((at, who))]
    net = np.rint(29_000 * np.exp(0.8 * chance.standard_normal(len(who)))).astype(np.int64)
    first = np.searchsorted(who, who)
    return _table(
        "orders", len(who), customer_id=who, number=np.arange(len(who)) - first, occurred_at=at, net=net, total=net,
        sold_via=np.array(["pos", "online"])[chance.integers(0, 2, size=len(who))],
        branch=np.array(["", "tlv", "hfa", "jer"])[chance.integers(0, 4, size=len(who))],
        order_id=np.arange(len(who)).astype(str),
    )  # fmt: skip


def _lines(orders: pa.Table, chance: np.random.Generator) -> pa.Table:
    twice = orders.take(np.repeat(np.arange(orders.num_rows), 2))
    count = twice.num_rows
    goods = chance.integers(0, 1000, size=count)
    of_order = {name: twice[name] for name in ("customer_id", "number", "occurred_at", "net", "sold_via", "branch")}
    return _table(
        "lines", count, **of_order, line=np.tile([0, 1], count // 2), sku=goods.astype(str),
        category=CATEGORIES[goods % 10], quantity=np.ones(count), unit_price=goods * 10 + 100,
    )  # fmt: skip


def _events(people: np.ndarray, chance: np.random.Generator) -> pa.Table:
    who = np.repeat(people, chance.poisson(4, size=len(people)))
    at = NOW - (chance.random(len(who)) ** 2 * 400 * DAY).astype(np.int64)
    name = NAMES[chance.choice(3, size=len(who), p=(0.7, 0.2, 0.1))]
    order = np.lexsort((at, who))
    keys, told = np.full(len(who), "sku"), np.char.mod('"%d"', chance.integers(0, 1000, size=len(who)))
    properties = pa.MapArray.from_arrays(np.arange(len(who) + 1, dtype=np.int32), pa.array(keys), pa.array(told))
    return _table(
        "events", len(who), customer_id=who, number=np.arange(len(who)) - np.searchsorted(who, who), at=at[order],
        name=name[order], machine=np.zeros(len(who), bool), channel=np.full(len(who), "email"), properties=properties,
    )  # fmt: skip


def _customers(people: np.ndarray, orders: pa.Table) -> pa.Table:
    with duckdb.connect() as connection:
        connection.register("orders", orders)
        connection.register("people", pa.table({"customer_id": people}))
        scored = connection.sql(
            "SELECT customer_id, coalesce(cell, 0) AS cell, coalesce(orders, 0) AS orders, "
            "coalesce(spend, 0) AS spend, last_at "
            f"FROM people LEFT JOIN ({CELLS}) USING (customer_id) ORDER BY customer_id"
        ).to_arrow_table()
    count = len(people)
    cities = np.where(people % 3 == 0, '"חיפה"', '"תל אביב"')
    traits = pa.MapArray.from_arrays(
        np.arange(count + 1, dtype=np.int32), pa.array(np.full(count, "city")), pa.array(cities)
    )
    return _table(
        "customers", count, **{name: scored[name] for name in scored.column_names}, traits=traits,
        joined_at=np.full(count, NOW - 1000 * DAY), scored_until=np.where(people % MOVED == 0, NOW, NOW + DAY),
        read_at=np.full(count, NOW), scheme=np.full(count, SCHEME.version), reach_sms=np.ones(count, bool),
    )  # fmt: skip


def _table(name: str, count: int, /, **columns: object) -> pa.Table:
    """The columns given, in the lake's order; the others NULL."""
    return pa.table({field.name: columns.get(field.name, pa.nulls(count, field.type)) for field in SCHEMAS[name]})


if __name__ == "__main__":
    main()
