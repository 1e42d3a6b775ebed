"""The lake: built from everyone's documents, read, merged, and how soon a committed event is in a count.

1 M customers (``--quick``: 20,000) with 1 to 6 orders each. The keeper is a process of its own, as beside a worker.
Freshness: another process reacts to 1,000 events/s; every two seconds one order of one customer is committed, and asked
for in the lake until it is there, the time of the question included.
"""

import argparse
import multiprocessing
import statistics
from multiprocessing.synchronize import Event as Signal
from time import perf_counter, sleep
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from benchmarks.live import orders
from benchmarks.measure import finish, machine, peak_mib
from benchmarks.shop import NOW, order, phone_of, shop
from ritorno.core.ids import BrandId, CustomerId
from ritorno.core.instants import Instant
from ritorno.store import changed
from ritorno.store.connection import connect
from ritorno.whole.lake import Lake
from ritorno.wiring import App
from ritorno.work.accept import accept
from ritorno.work.keep_lake import keep_lake, merge_lake
from ritorno.work.plans import Plans
from ritorno.work.react import react_to_inbox
from ritorno.worker import collect_rarely, lake_kept

SIZES = {False: (1_000_000, 60.0), True: (20_000, 10.0)}  # customers, seconds of freshness
RATE = 1_000
_BATCH = 100


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.lake", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="20,000 customers: shows that it works, not how fast")
    count, seconds = SIZES[parser.parse_args().quick]
    with shop(count) as app:
        brand = app.plan().brand.id
        built = apart(build, app, count)
        print(f"build {built['customers_per_second']:,.0f} customers/s, {built['peak_mib']:,.0f} MiB", flush=True)
        scan = reading(app, brand)
        soon = freshness(app, count, seconds)
        print(f"fresh after {soon['median']} s, at most {soon['most']} s", flush=True)
        with_deltas = reading(app, brand)
        merged = apart(merge, app, count)
        print(f"merge {merged['customers_per_second']:,.0f} customers/s, {merged['peak_mib']:,.0f} MiB", flush=True)
    finish(
        {
            "benchmark": "lake",
            "measured": f"{count:,} customers with 1 to 6 orders, their lake in a local folder",
            "build": built,
            "merge_a_quarter": merged,
            "sum_of_orders_ms": {"no_deltas": scan, "with_deltas": with_deltas},
            "fresh_seconds": soon,
            "reached": {
                "fresh within 5 s at 1,000 events/s": soon["most"] <= 5,
                "build 300 MiB": built["peak_mib"] <= 300,
                "merge 300 MiB": merged["peak_mib"] <= 300,
                "a scan without deltas costs a plain scan": scan["ratio"] <= 1.2,
            },
            "machine": machine("duckdb", "pyarrow", "ibis-framework", "psycopg"),
        }
    )


def apart(work: Any, app: App, count: int) -> dict[str, float]:
    """What `work` answers, from a process of its own."""
    context = multiprocessing.get_context("spawn")
    answers: Any = context.Queue()
    process = context.Process(target=work, args=(app.url, app.settings.lake, count, answers))
    process.start()
    told: dict[str, float] = answers.get()
    process.join()
    return told


def build(url: str, lake: str, count: int, answers: Any) -> None:
    """A lake that is not there yet, to its end."""
    collect_rarely()
    with connect(url, autocommit=True) as connection:
        plan = Plans().named(connection, "default")
        start = perf_counter()
        while keep_lake(connection, lake, plan, NOW, NOW).is_unfinished:
            pass
        seconds = perf_counter() - start
        parts = Lake(lake, plan.brand.id).standing().base
        files = [Lake(lake, plan.brand.id).path(part, name) for part in parts for name in part.tables]
        rows = sum(pq.read_metadata(path).num_rows for path in files)
    answers.put(
        {
            "seconds": round(seconds, 2),
            "customers_per_second": round(count / seconds),
            "rows_per_second": round(rows / seconds),
            "megabytes": round(sum(part.bytes for part in parts) / 1e6, 1),
            "parts": len(parts),
            "peak_mib": round(peak_mib()),
        }
    )


def merge(url: str, lake: str, count: int, answers: Any) -> None:
    """A quarter of everyone changed: taken in, and merged into the base."""
    collect_rarely()
    with connect(url, autocommit=True) as connection:
        plan = Plans().named(connection, "default")
        some = np.random.default_rng(1).permutation(count)[: count // 4] + 1
        for start in range(0, len(some), 1_000):
            changed.note_ids(connection, plan.brand.id, [CustomerId(int(one)) for one in some[start : start + 1_000]])
        start_at = perf_counter()
        taken, longest = 0, 0.0
        while changed.waiting(connection, plan.brand.id):
            before = perf_counter()
            taken += keep_lake(connection, lake, plan, NOW, NOW).customers
            longest = max(longest, perf_counter() - before)
        taken_in = perf_counter()
        while True:
            before = perf_counter()
            if not merge_lake(connection, lake, plan, NOW, NOW):
                break
            longest = max(longest, perf_counter() - before)
        merged_in = perf_counter() - taken_in
    answers.put(
        {
            "taken_in_per_second": round(taken / (taken_in - start_at)),
            "merge_seconds": round(merged_in, 2),
            "customers_per_second": round(count / max(merged_in, 1e-9)),
            "longest_turn_seconds": round(longest, 2),
            "peak_mib": round(peak_mib()),
        }
    )


def reading(app: App, brand: BrandId) -> dict[str, float]:
    """Milliseconds to open the tables and to sum the net of all orders, against the files alone; best of five."""
    import duckdb  # here and below: the processes that are measured do without

    from ritorno.whole.tables import engine, tables_of

    lake = Lake(app.settings.lake, brand)
    manifest = lake.standing()
    files = [lake.path(part, "orders") for part in manifest.base + manifest.deltas if "orders" in part.tables]
    plainly = duckdb.connect()
    asked = f"SELECT sum(net) FROM read_parquet({files})"
    plain = min(timed(lambda: plainly.execute(asked).fetchall()) for _ in range(5))
    connection = engine("duckdb")
    opened = min(timed(lambda: tables_of(lake, connection)) for _ in range(5))
    total = tables_of(lake, connection).orders.net.sum()
    ours = min(timed(lambda: connection.to_pyarrow(total)) for _ in range(5))
    return {
        "plain": round(plain, 1), "lake": round(ours, 1), "ratio": round(ours / plain, 2), "open": round(opened, 1),
        "deltas": len(manifest.deltas),
    }  # fmt: skip


def timed(work: Any) -> float:
    start = perf_counter()
    work()
    return (perf_counter() - start) * 1000


def freshness(app: App, count: int, seconds: float) -> dict[str, float]:
    """Seconds from an order's commit until it is in a count of the lake, but for the first: the keeper is starting."""
    from ritorno.whole.tables import engine

    context = multiprocessing.get_context("spawn")
    stop, answers = context.Event(), context.Queue()
    load = context.Process(target=react_on, args=(app.url, count, stop, answers))
    connection, plan = app.connection(), app.plan()
    reader, lake = engine("duckdb"), Lake(app.settings.lake, plan.brand.id)
    taken: list[float] = []
    with lake_kept(app):
        load.start()
        answers.get()
        until = perf_counter() + seconds
        while perf_counter() < until:
            name = f"probe-{len(taken)}"
            told = order(name, Instant(NOW - len(taken)), np.random.default_rng(len(taken)), (phone_of(0),))
            accept(connection, plan.brand.id, [told])
            while react_to_inbox(connection, plan, NOW).events:
                pass
            start = perf_counter()
            while not there(lake, reader, name):
                sleep(0.05)
            taken.append(perf_counter() - start)
            if len(taken) == 1:
                until = perf_counter() + seconds
            sleep(2)
        stop.set()
        reached = answers.get()
        load.join()
    return {
        "median": round(statistics.median(taken[1:]), 2),
        "most": round(max(taken[1:]), 2),
        "probes": len(taken) - 1,
        "events_per_second": round(reached),
    }


def there(lake: Lake, reader: Any, name: str) -> bool:
    from ritorno.whole.tables import tables_of

    found = tables_of(lake, reader).orders
    return bool(reader.to_pyarrow(found.filter(found.order_id == name).count()).as_py())


def react_on(url: str, count: int, stop: Signal, answers: Any) -> None:
    """1,000 events a second, reacted to in batches of 100; answers with what was reached."""
    collect_rarely()
    with connect(url, autocommit=True) as connection:
        plan = Plans().named(connection, "default")
        answers.put("ready")
        start, done, seed = perf_counter(), 0, 5_000_000
        while not stop.is_set():
            told = orders(count, seed)
            seed += 1
            for first in range(0, len(told), _BATCH):
                accept(connection, plan.brand.id, told[first : first + _BATCH])
                while react_to_inbox(connection, plan, NOW).events:
                    pass
                done += _BATCH
                sleep(max(0.0, start + done / RATE - perf_counter()))
        answers.put(done / (perf_counter() - start))


if __name__ == "__main__":
    main()
