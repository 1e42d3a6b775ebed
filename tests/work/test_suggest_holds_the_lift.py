"""A suggestion's range from own results holds what the next customers then bring (product §8 #12)."""

import psycopg
from msgspec.structs import replace

from benchmarks.planted import KINDS, plant
from ritorno.core.instants import DAY, Instant
from ritorno.core.plan import Plan
from ritorno.core.suggestions import ahead
from ritorno.playbooks.library import load
from ritorno.store.transaction import transaction
from ritorno.testing import at
from ritorno.work.measure import measure

PB2 = load("PB2")
SINCE = at("2026-01-10")
STORES = 40


def test_the_range_holds_the_realised_lift_in_80_of_100_back_tests(connection: psycopg.Connection, plan: Plan) -> None:
    """Stores with planted effects, from their first half of entries to their second; ranges are no wider than they
    must be: half of those of stores with a large effect leave out zero."""
    with transaction(connection):
        stores = plant(connection, PB2.key, [KINDS[n % len(KINDS)] for n in range(STORES)], 11, SINCE)
    half = Instant(SINCE + 30 * DAY)
    held, narrow, large = 0, 0, 0
    for store in stores:
        theirs = replace(plan, brand=replace(plan.brand, id=store.brand))
        playbook = replace(PB2, holdout=store.kind.holdout)
        past = measure(connection, theirs, playbook, Instant(half + 31 * DAY))
        connection.execute("DELETE FROM enrollment WHERE brand_id = %s AND entered_at < %s", (store.brand, half))
        came = measure(connection, theirs, playbook, store.over_at)
        assert past.spend is not None
        assert came.spend is not None
        low, high = ahead(past.spend, came.spend.treated_count + came.spend.holdout_count)
        held += low <= came.spend.estimate <= high
        large += store.kind.name == "many orders"
        narrow += store.kind.name == "many orders" and low > 0
    assert held >= 0.8 * STORES
    assert narrow >= large / 2 > 0
