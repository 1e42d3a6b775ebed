"""Fit the affinity: learn from the lake's order lines what customers may want next, and put it where servers read it.

The lake is asked for what was bought and returned to nobody; the file holds arrays of items and of unnamed customers.
"""

from pathlib import Path

import numpy as np

from ritorno.core.ids import BrandId
from ritorno.core.instants import Instant
from ritorno.core.plan import Plan
from ritorno.whole.affinity_file import write
from ritorno.whole.affinity_quality import Lines, Measured, fit_measured
from ritorno.whole.engines import connected
from ritorno.whole.lake import Lake
from ritorno.whole.tables import tables_of


def affinity_path(home: Path, brand: BrandId) -> Path:
    """Where a brand's model is, in the data folder."""
    return home / "affinity" / f"{brand}.npz"


def fit_affinity(lake: str, home: Path, plan: Plan, now: Instant) -> Measured:
    """Learn from every line up to `now` and replace the brand's model; what the shop's own past says of it.

    Raises NoLake where there is no lake to read, OSError where the file cannot be written: the old model stays.
    """
    lines = _lines(Lake(lake, plan.brand.id))
    model, measured = fit_measured(lines, now)
    write(model, affinity_path(home, plan.brand.id))
    return measured


def _lines(lake: Lake) -> Lines:
    with connected() as opened:
        lines = tables_of(lake, opened).lines
        chosen = lines.filter((lines.sku != "") & (lines.quantity > 0))
        told = opened.to_pyarrow(chosen.select("customer_id", "sku", "occurred_at", "quantity"))
    who, sku, moment, units = (told.column(name).combine_chunks() for name in told.column_names)
    return Lines(
        who.to_numpy().astype(np.int64), sku, moment.to_numpy().astype(np.int64), units.to_numpy(zero_copy_only=False)
    )
