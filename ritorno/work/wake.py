"""Wake: customers whose time has come, through the same `react` as everything else."""

import psycopg

from ritorno.core.instants import Instant
from ritorno.core.plan import Plan
from ritorno.core.react import react
from ritorno.store import customers
from ritorno.store.transaction import transaction
from ritorno.work.outcome import Outcome, save
from ritorno.work.plans import hold_still

BATCH = 1000


def wake(connection: psycopg.Connection, plan: Plan, now: Instant, *, most: int = BATCH) -> int:
    """Move those that are due by `now`, at most `most`; how many moved."""
    with transaction(connection):
        due = customers.claim_due(connection, plan.brand.id, now, most)
        if not due:
            return 0
        hold_still(connection, plan)
        outcomes = [Outcome(react(document, (), plan, now), (), is_new=False) for document in due]
        save(connection, plan, outcomes)
        return len(outcomes)
