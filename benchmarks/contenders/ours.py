"""Ritorno's whole-base reading, as the product calls it."""

import duckdb

from benchmarks.contenders.question import NOW, SCHEME, TZ, files
from benchmarks.measure import report_sample
from ritorno.whole.orders import read_orders
from ritorno.whole.rfm import score_everyone


def score() -> None:
    orders, scores = files()
    with duckdb.connect() as connection:
        score_everyone(read_orders(connection, [orders]), SCHEME, NOW, TZ).write_parquet(str(scores))


if __name__ == "__main__":
    report_sample(score)
