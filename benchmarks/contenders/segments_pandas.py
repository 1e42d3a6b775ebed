"""pandas: the columns that are asked for, masks and membership."""

from glob import glob
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq

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
    def rows(name: str, *columns: str) -> pd.DataFrame:
        found = sorted(glob(files(folder, name)))
        return pd.concat([pq.read_table(file, columns=list(columns)).to_pandas() for file in found])

    orders = rows("orders", "customer_id", "occurred_at")
    recent = orders.loc[orders["occurred_at"].between(RECENT_FROM, NOW), "customer_id"].value_counts()
    lines = rows("lines", "customer_id", "occurred_at", "category")
    coffee = lines.loc[(lines["category"] == "coffee") & lines["occurred_at"].between(COFFEE_FROM, NOW), "customer_id"]
    events = rows("events", "customer_id", "at", "name", "machine")
    by_hand = events[~events["machine"]]

    def did(name: str, start: int) -> pd.Series:
        return by_hand.loc[(by_hand["name"] == name) & by_hand["at"].between(start, NOW), "customer_id"]

    customers = rows("customers", "customer_id", "cell")
    ids = customers["customer_id"]
    bought = ids.isin(recent.index[recent >= 2]) | ids.isin(coffee)
    found = customers["cell"].isin(CELLS) & bought & ids.isin(did("viewed", VIEWED_FROM))
    return int((found & ~ids.isin(did("message_clicked", CLICKED_FROM))).sum())


if __name__ == "__main__":
    report_sample(tell(ask))
