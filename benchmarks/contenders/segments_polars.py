"""Polars: lazy scans, semi and anti joins."""

from pathlib import Path

import polars as pl

from benchmarks.contenders.question import NOW
from benchmarks.contenders.segment_question import (
    CELLS,
    CLICKED_FROM,
    COFFEE_FROM,
    RECENT_FROM,
    VIEWED_FROM,
    files,
    tell,
)
from benchmarks.measure import report_sample


def ask(folder: Path) -> int:
    def rows(name: str) -> pl.LazyFrame:
        return pl.scan_parquet(files(folder, name))

    def within(column: str, start: int) -> pl.Expr:
        return pl.col(column).is_between(start, NOW)

    def did(name: str, start: int) -> pl.LazyFrame:
        asked = (pl.col("name") == name) & ~pl.col("machine") & within("at", start)
        return rows("events").filter(asked).select("customer_id").unique()

    recent = rows("orders").filter(within("occurred_at", RECENT_FROM)).group_by("customer_id").len()
    bought = recent.filter(pl.col("len") >= 2).select("customer_id")
    is_coffee = (pl.col("category") == "coffee") & within("occurred_at", COFFEE_FROM)
    coffee = rows("lines").filter(is_coffee).select("customer_id")
    found = (
        rows("customers")
        .filter(pl.col("cell").is_in(CELLS))
        .select("customer_id")
        .join(pl.concat([bought, coffee]).unique(), on="customer_id", how="semi")
        .join(did("viewed", VIEWED_FROM), on="customer_id", how="semi")
        .join(did("message_clicked", CLICKED_FROM), on="customer_id", how="anti")
    )
    return int(found.select(pl.len()).collect(engine="streaming").item())


if __name__ == "__main__":
    report_sample(tell(ask))
