"""pandas: read an export of orders and sum it by person, no more. ``… group_order_file FILE``."""

import sys

import pandas as pd

from benchmarks.measure import report_sample


def group() -> None:
    orders = pd.read_csv(sys.argv[1], parse_dates=["occurred_at"])
    orders = orders[orders["status"] != "cancelled"]
    who = orders["customer_id"].fillna(orders["club_card"])
    facts = orders.groupby(who, sort=False).agg(
        orders=("order_id", "size"), spend=("total", "sum"), last_at=("occurred_at", "max")
    )
    assert len(facts)


if __name__ == "__main__":
    report_sample(group)
