"""pandas: one group-by over masked columns."""

import numpy as np
import pandas as pd

from benchmarks.contenders.question import NOW, R2_FROM, R3_FROM, SCHEME, WINDOW_FROM, YEAR_FROM, files
from benchmarks.measure import report_sample


def step(values: pd.Series, cuts: tuple[int, int]) -> pd.Series:
    return pd.Series(1 + (values >= cuts[0]).astype("uint8") + (values >= cuts[1]).astype("uint8"), index=values.index)


def score() -> None:
    source, target = files()
    orders = pd.read_parquet(source, columns=["customer_id", "occurred_at", "net", "counts"])
    orders = orders[orders["counts"] & (orders["occurred_at"] <= NOW)]
    inside = orders["occurred_at"] >= WINDOW_FROM
    in_year = orders["occurred_at"] >= YEAR_FROM
    orders = orders.assign(
        inside=inside.astype("int64"),
        spend=np.where(inside, orders["net"], 0),
        spend_year=np.where(in_year, orders["net"], 0),
    )
    facts = orders.groupby("customer_id", sort=False).agg(
        orders=("inside", "sum"),
        spend=("spend", "sum"),
        spend_year=("spend_year", "sum"),
        last_at=("occurred_at", "max"),
        first_at=("occurred_at", "min"),
    )
    facts.insert(0, "r", step(facts["last_at"], (R2_FROM, R3_FROM)))
    facts.insert(1, "f", step(facts["orders"], SCHEME.orders))
    facts.insert(2, "m", step(facts["spend"], SCHEME.spend))
    facts.reset_index().to_parquet(target, index=False)


if __name__ == "__main__":
    report_sample(score)
