"""Everyone at once: a brand's orders opened for the readings of `whole/`."""

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb
import psycopg

from ritorno.core.instants import Instant, add_span, months
from ritorno.core.plan import Plan
from ritorno.core.scores.cuts import Scheme
from ritorno.store import changed, orders
from ritorno.whole.banana import Banana, banana
from ritorno.whole.lake import Lake
from ritorno.whole.lake_orders import load_lake_orders
from ritorno.whole.manifest import NoLake
from ritorno.whole.orders import load_orders
from ritorno.whole.rfm import Summary, score_everyone, summarise


@contextmanager
def open_orders(
    connection: psycopg.Connection, plan: Plan, *, categories: bool | None = None, lake: str | None = None
) -> Iterator[tuple[duckdb.DuckDBPyConnection, duckdb.DuckDBPyRelation]]:
    """(DuckDB, the orders) in memory, for as long as the block lasts; with the categories of their lines where they are
    asked for or the brand's own cuts differ by category.

    From the lake at that address where it knows all that has been reacted to, otherwise out of PostgreSQL.
    """
    told = bool(plan.scheme.by_category) if categories is None else categories
    with duckdb.connect() as columns:
        kept = None if lake is None else _from_lake(connection, plan, lake, columns, categories=told)
        read = orders.batches_with_categories if told else orders.batches
        yield columns, kept or load_orders(columns, read(connection, plan.brand.id), categories=told)


def _from_lake(
    connection: psycopg.Connection, plan: Plan, url: str, columns: duckdb.DuckDBPyConnection, *, categories: bool
) -> duckdb.DuckDBPyRelation | None:
    """None where there is no lake of this database's, or it does not know of everything yet."""
    brand = plan.brand.id
    mark, behind = changed.mark(connection, brand), changed.waiting(connection, brand)
    lake = Lake(url, brand)
    try:
        manifest = lake.standing()
    except NoLake:
        return None
    if behind or mark is None or mark.token != manifest.token:
        return None
    guests = (
        orders.nobodys_with_categories(connection, brand)
        if categories
        else orders.batches(connection, brand, nobodys=True)
    )
    return load_lake_orders(columns, lake, manifest, guests, categories=categories)


def rfm(
    connection: psycopg.Connection, plan: Plan, now: Instant, scheme: Scheme | None = None, *, lake: str | None = None
) -> Summary:
    """Every cell and group as of `now`, under the brand's cuts or those given."""
    cuts = scheme or plan.scheme
    with open_orders(connection, plan, categories=bool(cuts.by_category), lake=lake) as (_, table):
        return summarise(score_everyone(table, cuts, now, plan.tz), cuts, now)


def banana_of(
    connection: psycopg.Connection, plan: Plan, now: Instant, *, period: int = 12, sold_via: str | None = None,
    lake: str | None = None,
) -> Banana:  # fmt: skip
    """The banana curve of the `period` months before `now`."""
    start = add_span(now, months(-period), plan.tz)
    with open_orders(connection, plan, lake=lake) as (_, table):
        return banana(table, start, now, plan.tz, sold_via=sold_via, occasion=plan.scheme.occasion)
