"""Polars: a lazy query on its streaming engine."""

import polars as pl

from benchmarks.contenders.question import NOW, R2_FROM, R3_FROM, SCHEME, WINDOW_FROM, YEAR_FROM, files
from benchmarks.measure import report_sample


def step(column: str, cuts: tuple[int, int]) -> pl.Expr:
    value = pl.col(column)
    return pl.when(value >= cuts[1]).then(3).when(value >= cuts[0]).then(2).otherwise(1).cast(pl.UInt8)


def score() -> None:
    orders, scores = files()
    inside, in_year = pl.col("occurred_at") >= WINDOW_FROM, pl.col("occurred_at") >= YEAR_FROM
    (
        pl.scan_parquet(orders)
        .filter(pl.col("counts") & (pl.col("occurred_at") <= NOW))
        .group_by("customer_id")
        .agg(
            inside.sum().cast(pl.Int64).alias("orders"),
            pl.when(inside).then(pl.col("net")).otherwise(0).sum().alias("spend"),
            pl.when(in_year).then(pl.col("net")).otherwise(0).sum().alias("spend_year"),
            pl.col("occurred_at").max().alias("last_at"),
            pl.col("occurred_at").min().alias("first_at"),
        )
        .select(
            "customer_id",
            step("last_at", (R2_FROM, R3_FROM)).alias("r"),
            step("orders", SCHEME.orders).alias("f"),
            step("spend", SCHEME.spend).alias("m"),
            "orders",
            "spend",
            "spend_year",
            "last_at",
            "first_at",
        )
        .sink_parquet(scores, engine="streaming")
    )


if __name__ == "__main__":
    report_sample(score)
