"""Collect loose: what was told of orders before anybody was known to have bought them is their owners' now.

A live sale finds what waits for it by itself (`order_owners.py`); a file's sales are collected when it has been read.
"""

from collections import defaultdict

import psycopg

from ritorno.core.ids import CustomerId
from ritorno.core.instants import Instant
from ritorno.core.plan import Plan
from ritorno.core.react import react
from ritorno.store import customers, events, loose
from ritorno.store.loose import Loose
from ritorno.store.transaction import transaction
from ritorno.work.order_owners import about_order, key_of
from ritorno.work.outcome import Outcome, purchase_of, save
from ritorno.work.plans import hold_still

BATCH = 500


def collect_loose(connection: psycopg.Connection, plan: Plan, now: Instant, *, most: int = BATCH) -> int:
    """Give the owners what waits, at most `most`; how many (0: nothing waits for a known owner)."""
    brand = plan.brand.id
    with transaction(connection):
        hold_still(connection, plan)
        told: dict[CustomerId, list[Loose]] = defaultdict(list)
        for one, owner in loose.with_owner(connection, brand, most):
            told[owner].append(one)
        documents = customers.load(connection, brand, told)
        given = {owner: several for owner, several in told.items() if owner in documents}
        outcomes, rows = [], []
        for owner, several in given.items():
            changes = [one.told for one in several if one.told is not None]
            reaction = react(documents[owner], [about_order(change) for change in changes], plan, now)
            outcomes.append(Outcome(reaction, (), is_new=False))
            keys = {key_of(change) for change in changes}
            person = reaction.customer
            rows += [purchase_of(person, order) for order in person.orders if order.key in keys]
            loose.take_from_nobody(connection, brand, several, owner)
            loose.drop(connection, brand, several)
        if outcomes:
            save(connection, plan, outcomes)
            events.upsert_purchases(connection, brand, rows)
        return sum(map(len, given.values()))
