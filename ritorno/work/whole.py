"""Everyone at once: a brand's orders opened for the readings of `whole/`."""

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb
import psycopg

from ritorno.core.instants import Instant, add_span, months
from ritorno.core.plan import Plan
from ritorno.core.scores.cuts import Scheme
from ritorno.store import orders
from ritorno.whole.banana import Banana, banana
from ritorno.whole.orders import load_orders
from ritorno.whole.rfm import Summary, score_everyone, summarise


@contextmanager
def open_orders(
    connection: psycopg.Connection, plan: Plan, *, categories: bool | None = None
) -> Iterator[tuple[duckdb.DuckDBPyConnection, duckdb.DuckDBPyRelation]]:
    """(DuckDB, the orders) in memory, for as long as the block lasts; with the categories of their lines where they are
    asked for or the brand's own cuts differ by category."""
    told = bool(plan.scheme.by_category) if categories is None else categories
    read = orders.batches_with_categories if told else orders.batches
    with duckdb.connect() as columns:
        yield columns, load_orders(columns, read(connection, plan.brand.id), categories=told)


def rfm(connection: psycopg.Connection, plan: Plan, now: Instant, scheme: Scheme | None = None) -> Summary:
    """Every cell and group as of `now`, under the brand's cuts or those given."""
    cuts = scheme or plan.scheme
    with open_orders(connection, plan, categories=bool(cuts.by_category)) as (_, table):
        return summarise(score_everyone(table, cuts, now, plan.tz), cuts, now)


def banana_of(
    connection: psycopg.Connection, plan: Plan, now: Instant, *, period: int = 12, sold_via: str | None = None
) -> Banana:
    """The banana curve of the `period` months before `now`."""
    start = add_span(now, months(-period), plan.tz)
    with open_orders(connection, plan) as (_, table):
        return banana(table, start, now, plan.tz, sold_via=sold_via, occasion=plan.scheme.occasion)
