"""Scores of everyone, from Parquet to Parquet: ours against hand-written DuckDB SQL, Polars and pandas in one run.

10 M orders of 1 M customers (``--quick``: 500,000 of 50,000). Every contender reads the same file, gives the same nine
columns and writes them; their tables are compared row by row before any figure is told. Median of three rounds, the
contenders in turn, each in a process of its own with default threads; seconds are of the work, not of starting Python.
"""

import argparse
import tempfile
from pathlib import Path

from benchmarks.measure import Sample, finish, last_object, machine, median, run_child, sample

SIZES = {False: (10_000_000, 1_000_000), True: (500_000, 50_000)}
CONTENDERS = ("ours", "duckdb_sql", "polars_lazy", "pandas_frame")
ROUNDS = 3
MOST_MIB = 1_536


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.rfm", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="500,000 orders: shows that it works, not how fast")
    quick = parser.parse_args().quick
    orders, customers = SIZES[quick]
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "orders.parquet"
        run_child("benchmarks.contenders.make_orders", str(orders), str(customers), str(source))
        samples = race(source)
        tables = [str(target(source, name)) for name in CONTENDERS]
        same = last_object(run_child("benchmarks.contenders.same_scores", *tables))
        if same["different"]:
            raise SystemExit(f"the contenders disagree in {same['different']} rows, so no figure means anything")
        told = figure({name: median(taken) for name, taken in samples.items()}, orders, int(same["customers"]))
        finish(told | ({"reached": "only the full size tells"} if quick else {}))


def target(source: Path, name: str) -> Path:
    return source.with_name(f"{name}.parquet")


def race(source: Path) -> dict[str, list[Sample]]:
    samples: dict[str, list[Sample]] = {name: [] for name in CONTENDERS}
    for turn in range(ROUNDS):
        for name in CONTENDERS:
            taken = sample(f"benchmarks.contenders.{name}", str(source), str(target(source, name)))
            samples[name].append(taken)
            print(f"round {turn + 1}  {name:13} {taken.seconds:7.3f} s  {taken.peak_mib:7.0f} MiB", flush=True)
    return samples


def figure(medians: dict[str, Sample], orders: int, customers: int) -> dict[str, object]:
    ours = medians["ours"]
    ratios = {name: round(ours.seconds / other.seconds, 3) for name, other in medians.items() if name != "ours"}
    return {
        "benchmark": "rfm",
        "measured": f"scores of {customers:,} customers from {orders:,} orders, Parquet to Parquet, median of {ROUNDS}",
        "seconds": round(ours.seconds, 3),
        "peak_mib": round(ours.peak_mib),
        "ratio": ratios["duckdb_sql"],
        "ratios": ratios,
        "others": {
            name: {"seconds": round(other.seconds, 3), "peak_mib": round(other.peak_mib)}
            for name, other in medians.items()
            if name != "ours"
        },
        "reached": {
            "at most 1.1 x hand-written DuckDB SQL": ratios["duckdb_sql"] <= 1.1,
            "faster than Polars": ratios["polars_lazy"] < 1,
            "at least 3 x as fast as pandas": ratios["pandas_frame"] <= 1 / 3,
            "at most 1.5 GiB": ours.peak_mib <= MOST_MIB,
        },
        "machine": machine("duckdb", "polars", "pandas", "pyarrow"),
    }


if __name__ == "__main__":
    main()
