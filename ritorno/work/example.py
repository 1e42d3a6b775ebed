"""Example: one real customer, the same each time, to show by how scores are made (SCO-13)."""

from itertools import islice

import psycopg

from ritorno.core.folding import known_at
from ritorno.core.instants import Instant
from ritorno.core.plan import Plan
from ritorno.core.scores.explain import Explanation, explain
from ritorno.store import customers

_LOOKED_AT = 10_000
_TELLS_MORE = 2  # orders in the window


def example_of(connection: psycopg.Connection, plan: Plan, now: Instant) -> Explanation | None:
    """Of the first customers by id one with some orders in the window, else any who has bought; None: nobody has."""
    found: Explanation | None = None
    for document in islice(customers.read_all(connection, plan.brand.id), _LOOKED_AT):
        if document.house:
            continue
        told = explain(known_at(document, now), plan, now)
        if told.scores.orders >= _TELLS_MORE:
            return told
        if found is None and told.scores.cell:
            found = told
    return found
