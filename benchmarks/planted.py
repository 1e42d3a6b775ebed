"""Made-up stores whose truth is known, in the tables that results are counted from.

A customer buys at a rate of their own (Gamma: most seldom, few often), for log-normal amounts. In the 30 days after
entering a playbook the treated buy at another rate: what that brings per customer is planted, and known exactly. Arms
are the product's own, by hash.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import psycopg

from ritorno.core.experiments import arm
from ritorno.core.ids import BrandId, CustomerId, PlaybookKey
from ritorno.core.instants import DAY, Instant

Row = tuple[object, ...]
_SPAN = 30  # days, PB2's `bought_within`
_MEDIAN = 29_000  # agorot
_SHAPE = 1.5  # of the Gamma: customers differ


class Kind(NamedTuple):
    """`usual` and `treated`: orders per customer in the 30 days, without and with the playbook; `sigma`: how heavy the
    tail of amounts is; `holdout`: the share held out."""

    name: str
    customers: int
    usual: float
    treated: float
    sigma: float
    holdout: float

    @property
    def truth(self) -> float:
        """What one customer spends more for being treated, in agorot."""
        return float((self.treated - self.usual) * _MEDIAN * np.exp(self.sigma**2 / 2))


KINDS = (
    Kind("effect", 1_500, 0.08, 0.14, 0.8, 0.1),
    Kind("null", 1_500, 0.08, 0.08, 0.8, 0.1),
    Kind("heavy tail", 1_500, 0.3, 0.5, 1.5, 0.1),
    Kind("heavy tail, null", 1_500, 0.3, 0.3, 1.5, 0.1),
    Kind("small holdout", 300, 0.3, 0.5, 0.8, 0.1),
    Kind("small holdout, null", 300, 0.1, 0.1, 0.8, 0.1),
    Kind("many orders", 3_000, 1.5, 2.0, 0.8, 0.2),
    Kind("harm", 1_500, 0.5, 0.4, 0.8, 0.3),
)


class Planted(NamedTuple):
    """One store: its brand, what it is, and when every span is over."""

    brand: BrandId
    kind: Kind
    over_at: Instant


def plant(
    connection: psycopg.Connection, playbook: PlaybookKey, kinds: Sequence[Kind], seed: int, since: Instant,
    first: int = 1_000,
) -> list[Planted]:  # fmt: skip
    """A store of each kind, as brands of their own from `first` on; entries come in over the 60 days from `since`."""
    draw = np.random.default_rng(seed)
    stores = [
        Planted(BrandId(first + number), kind, Instant(since + (60 + _SPAN + 1) * DAY))
        for number, kind in enumerate(kinds)
    ]
    made = [_store(store, playbook, draw, since) for store in stores]
    _copy(
        connection, "enrollment (brand_id, id, customer_id, playbook, version, key, arm, entered_at)",
        ["int4", "int8", "int8", "text", "int4", "text", "text", "int8"], (row for rows, _ in made for row in rows),
    )  # fmt: skip
    _copy(
        connection,
        "purchase (brand_id, id, customer_id, occurred_at, net, total, sold_via, branch, source, order_id)",
        ["int4", "int8", "int8", "int8", "int8", "int8", "text", "text", "text", "text"],
        (row for _, rows in made for row in rows),
    )
    connection.execute("ANALYZE enrollment, purchase")
    return stores


def _store(
    store: Planted, playbook: PlaybookKey, draw: np.random.Generator, since: Instant
) -> tuple[Iterator[Row], Iterator[Row]]:
    """(rows of enrollment, rows of purchase)"""
    brand, kind, _ = store
    ids = [CustomerId(int(brand) * 1_000_000 + number) for number in range(kind.customers)]
    arms = [arm(playbook, customer, kind.holdout) for customer in ids]
    treated = np.array([one == "treated" for one in arms])
    rate = draw.gamma(_SHAPE, 1 / _SHAPE, kind.customers)
    entered = since + draw.integers(0, 60 * DAY, kind.customers)
    entries = (
        (brand, int(ids[n]), int(ids[n]), playbook, 1, "", arms[n], int(entered[n])) for n in range(kind.customers)
    )
    after = draw.poisson(rate * np.where(treated, kind.treated, kind.usual))
    before = 1 + draw.poisson(rate * kind.usual * 12)
    who = np.concatenate([np.repeat(np.arange(kind.customers), count) for count in (after, before)])
    later = 1 + draw.integers(0, _SPAN * DAY - DAY, after.sum())
    moments = entered[who] + np.concatenate([later, -draw.integers(1, 365 * DAY, before.sum())])
    amounts = np.maximum(1, np.rint(_MEDIAN * np.exp(draw.normal(0, kind.sigma, len(who))))).astype(np.int64)
    orders = (
        (brand, number, int(ids[one]), int(at), int(net), int(net), "pos", "", "", "")
        for number, (one, at, net) in enumerate(zip(who, moments, amounts, strict=True))
    )
    return entries, orders


def _copy(
    connection: psycopg.Connection, into: str, types: list[str], rows: Iterator[Row]
) -> None:  # fmt: skip
    with connection.cursor().copy(f"COPY {into} FROM STDIN (FORMAT binary)") as copy:
        copy.set_types(types)
        for row in rows:
            copy.write_row(row)
