"""Cuts: what stands, what the shop's own data proposes, who would move, and a new version."""

from collections import Counter
from typing import Any

import msgspec
import psycopg

from ritorno.core.instants import Instant
from ritorno.core.plan import Plan
from ritorno.core.scores.cells import Cell, group_of
from ritorno.core.scores.cuts import Scheme, check
from ritorno.store import definitions
from ritorno.store.transaction import transaction
from ritorno.whole.fit_cuts import Fitted, fit_cuts
from ritorno.whole.rfm import score_everyone
from ritorno.work.found import save_scheme
from ritorno.work.plans import read_scheme
from ritorno.work.whole import open_orders


class NoVersion(LookupError):  # noqa: N818 - the name says the state
    """There is no such version of the cuts; the message names those there are."""


class Movers(msgspec.Struct, frozen=True):
    """Who would move: customers per group before and after, and the flows between different groups."""

    customers: int
    movers: int
    before: dict[str, int]
    after: dict[str, int]
    flows: dict[str, int]  # "risk → fading"


def versions(connection: psycopg.Connection, plan: Plan) -> list[tuple[Scheme, definitions.Definition]]:
    """Every stored version, the oldest first."""
    return [(read_scheme(each), each) for each in definitions.read(connection, plan.brand.id, "scheme")]


def version(connection: psycopg.Connection, plan: Plan, number: int) -> Scheme:
    """One stored version. Raises NoVersion."""
    found = {scheme.version: scheme for scheme, _ in versions(connection, plan)}
    if number not in found:
        raise NoVersion(f"there are no cuts v{number}; there are: {', '.join(f'v{each}' for each in found)}")
    return found[number]


def fit(connection: psycopg.Connection, plan: Plan, now: Instant) -> Fitted:
    """A proposal from the brand's orders; it scores nobody until it is saved. Raises NoBuyersError."""
    with open_orders(connection, plan) as (_, table):
        return fit_cuts(table, now, plan.tz, version=plan.scheme.version + 1, occasion=plan.scheme.occasion)


def compare(connection: psycopg.Connection, plan: Plan, one: Scheme, other: Scheme, now: Instant) -> Movers:
    """Who would be in another group under `other` than under `one`, as of `now`. Nothing is changed."""
    with open_orders(connection, plan) as (_, table):
        first = score_everyone(table, one, now, plan.tz).project("customer_id, r, f, m").set_alias("one")
        second = score_everyone(table, other, now, plan.tz).project("customer_id, r AS r2, f AS f2, m AS m2")
        both = first.join(second.set_alias("two"), "customer_id")
        rows = both.aggregate("r, f, m, r2, f2, m2, count(*)", "r, f, m, r2, f2, m2").fetchall()
    before: Counter[str] = Counter()
    after: Counter[str] = Counter()
    flows: Counter[str] = Counter()
    for r, f, m, r2, f2, m2, count in rows:
        was, becomes = group_of(Cell(f"{r}{f}{m}")).key, group_of(Cell(f"{r2}{f2}{m2}")).key
        before[was] += count
        after[becomes] += count
        if was != becomes:
            flows[f"{was} → {becomes}"] += count
    return Movers(
        customers=sum(before.values()),
        movers=sum(flows.values()),
        before=dict(before),
        after=dict(after),
        flows=dict(flows.most_common()),
    )


def save(connection: psycopg.Connection, plan: Plan, scheme: Scheme, now: Instant, by: str) -> int:
    """A new version; everyone is then to be settled under it. Raises SchemeError naming every problem (SCO-15)."""
    check(scheme, plan.tz)
    with transaction(connection):
        number = save_scheme(connection, plan.brand.id, scheme, now, by)
        told: dict[str, Any] = msgspec.to_builtins(scheme)
        definitions.audit(connection, plan.brand.id, now, by, "cuts", {**told, "version": number})
    return number
