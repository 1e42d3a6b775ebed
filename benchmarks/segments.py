"""The count of a nested rule over everyone, from Parquet: ours against hand-written DuckDB SQL, Polars and pandas.

1 M customers (``--large``: 10 M, ``--quick``: 50,000) with 3.5 orders, 7 lines and 4 events each; five leaves, four of
them windows. Every contender must find the same number before any figure is told. Median of five rounds, the
contenders in turn, each in a process of its own; then ours with more segments in one query, to see how it grows.
"""

import argparse
import tempfile
from pathlib import Path

from benchmarks.measure import Sample, finish, machine, median, run_child, sample

SIZES = {"quick": 50_000, "usual": 1_000_000, "large": 10_000_000}
MOST_SECONDS = {"usual": 0.3, "large": 2.0}
CONTENDERS = ("segments_ours", "segments_duckdb_sql", "segments_polars", "segments_pandas")
SEGMENTS = (1, 10, 30)
ROUNDS = 5


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.segments", description=__doc__)
    parser.add_argument("--large", action="store_true", help="10 M customers")
    parser.add_argument("--quick", action="store_true", help="50,000 customers: shows that it works, not how fast")
    asked = parser.parse_args()
    size = "quick" if asked.quick else "large" if asked.large else "usual"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        run_child("benchmarks.contenders.make_lake", str(SIZES[size]), name)
        samples = race(folder, 1 if asked.quick else ROUNDS)
        counts = {name: (folder / name).read_text() for name in CONTENDERS}
        if len(set(counts.values())) != 1:
            raise SystemExit(f"the contenders disagree, so no figure means anything: {counts}")
        growth = {number: median(grow(folder, number) for _ in range(3)) for number in SEGMENTS}
    finish(figure(samples, growth, size, int(counts["segments_ours"])))


def race(folder: Path, rounds: int) -> dict[str, Sample]:
    samples: dict[str, list[Sample]] = {name: [] for name in CONTENDERS}
    for turn in range(rounds):
        for name in CONTENDERS:
            taken = sample(f"benchmarks.contenders.{name}", str(folder), str(folder / name))
            samples[name].append(taken)
            print(f"round {turn + 1}  {name:20} {taken.seconds:7.3f} s  {taken.peak_mib:7.0f} MiB", flush=True)
    return {name: median(taken) for name, taken in samples.items()}


def grow(folder: Path, segments: int) -> Sample:
    return sample("benchmarks.contenders.segments_ours", str(folder), str(folder / "grown"), str(segments))


def figure(medians: dict[str, Sample], growth: dict[int, Sample], size: str, found: int) -> dict[str, object]:
    ours = medians["segments_ours"]
    ratios = {
        name.removeprefix("segments_"): round(ours.seconds / other.seconds, 3)
        for name, other in medians.items()
        if name != "segments_ours"
    }
    most = MOST_SECONDS.get(size)
    return {
        "benchmark": "segments",
        "measured": f"count of a rule of 5 leaves, {found:,} of {SIZES[size]:,} customers, from Parquet",
        "seconds": round(ours.seconds, 3),
        "peak_mib": round(ours.peak_mib),
        "ratio": ratios["duckdb_sql"],
        "ratios": ratios,
        "others": {
            name: {"seconds": round(other.seconds, 3), "peak_mib": round(other.peak_mib)}
            for name, other in medians.items()
            if name != "segments_ours"
        },
        "by_segments": {number: round(taken.seconds, 3) for number, taken in growth.items()},
        "reached": "only the full sizes tell" if most is None else {f"at most {most} s": ours.seconds <= most},
        "machine": machine("duckdb", "ibis-framework", "polars", "pandas", "pyarrow"),
    }


if __name__ == "__main__":
    main()
