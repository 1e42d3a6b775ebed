"""Fit the affinity: learn from the lake's order lines what customers may want next, for every process that serves.

The lake is asked for what was bought and returned to nobody; the model holds arrays of items and of unnamed customers.
"""

from typing import Any

import ibis.expr.types as ir
import msgspec
import numpy as np
import psycopg

from ritorno.core.instants import DAY, Instant
from ritorno.core.plan import Plan
from ritorno.store import affinity
from ritorno.store.transaction import transaction
from ritorno.whole.affinity_packed import pack
from ritorno.whole.affinity_quality import Lines, Measured, fit_measured
from ritorno.whole.engines import connected
from ritorno.whole.lake import Lake
from ritorno.whole.tables import Engine, tables_of

MOST_LINES = 8_000_000  # the latest ones, in whole weeks: about 1 GB of memory
_WEEK = 7 * DAY


def fit_affinity(
    connection: psycopg.Connection, lake: Lake, plan: Plan, now: Instant, at: Instant, most_lines: int = MOST_LINES
) -> Measured:
    """Learn from lines up to `now` (the brand's time) and replace the brand's model; what the shop's own past says of
    it. `at` is the machine's time. Killed at any point, the old model stays.

    Raises NoLake where there is no lake to read.
    """
    manifest = lake.standing()
    with connected() as opened:
        lines = _lines(opened, tables_of(lake, opened, manifest).lines, now, most_lines)
    model, measured = fit_measured(lines, now)
    told: dict[str, Any] = {
        "as_of": now, "customers": model.customers, "items": len(model.items), "lines": len(lines.customers),
        "lake": f"{manifest.token}/{manifest.changes}", **msgspec.to_builtins(measured),
    }  # fmt: skip
    packed = pack(model)
    with transaction(connection):
        affinity.put(connection, plan.brand.id, "affinity", at, told, packed)
    return measured


def _lines(opened: Engine, lines: ir.Table, now: Instant, most: int) -> Lines:
    chosen = lines.filter((lines.sku != "") & (lines.quantity > 0) & (lines.occurred_at <= now))
    chosen = chosen.filter(chosen.occurred_at >= _since(opened, chosen, most))
    told = opened.to_pyarrow(chosen.select("customer_id", "sku", "occurred_at", "quantity"))
    who, sku, moment, units = (told.column(name).combine_chunks() for name in told.column_names)
    return Lines(
        who.to_numpy().astype(np.int64), sku, moment.to_numpy().astype(np.int64), units.to_numpy(zero_copy_only=False)
    )


def _since(opened: Engine, lines: ir.Table, most: int) -> int:
    """The start of the earliest week from which on there are no more lines than that; the latest week is always in."""
    weeks = lines.group_by(week=(lines.occurred_at / _WEEK).floor().cast("int64")).agg(lines=lines.count())
    since, total = 0, 0
    for row in opened.to_pyarrow(weeks.order_by(weeks.week.desc())).to_pylist():
        total += row["lines"]
        if total > most and total > row["lines"]:
            break
        since = row["week"] * _WEEK
    return since
