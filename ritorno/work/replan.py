"""Replan: after a definition changed, settle everyone under the new plan, batch by batch.

Nobody enters a playbook for that, unless the change was saved to be treated as moves (SCO-12).
"""

from collections.abc import Callable

import psycopg

from ritorno.core.customer import Customer
from ritorno.core.ids import CustomerId
from ritorno.core.instants import Instant
from ritorno.core.plan import Plan
from ritorno.core.react import Replanned, react
from ritorno.store import changed, customers, replans
from ritorno.store.transaction import transaction
from ritorno.work.outcome import Outcome, save
from ritorno.work.plans import hold_still

BATCH = 1000


def replan_some(connection: psycopg.Connection, plan: Plan, now: Instant, *, most: int = BATCH) -> int:
    """Settle the next customers of a pending replan; how many (0: nothing is pending, or another worker is at it)."""
    with transaction(connection):
        hold_still(connection, plan)  # before the claim: who changes the plan asks for the claimed row, too
        pending = replans.claim(connection, plan.brand.id)
        if pending is None or _is_being_listed(connection, pending):
            return 0
        documents = _next(connection, plan, pending, most)
        given = (Replanned(now, pending.cause, pending.as_moves),)
        reactions = [(old, react(old, given, plan, now)) for old in documents]
        changed = [Outcome(reaction, (), is_new=False) for old, reaction in reactions if reaction.customer != old]
        if changed:
            save(connection, plan, changed)
        if not documents or (not pending.listed and len(documents) < most):
            replans.finish(connection, plan.brand.id)
        elif not pending.listed:
            replans.advance(connection, plan.brand.id, CustomerId(documents[-1].id))
        return len(documents)


def _is_being_listed(connection: psycopg.Connection, pending: replans.Pending) -> bool:
    """Whom changed segments concern is asked of the lake by the process that keeps it, where there is one."""
    return pending.keys is not None and not pending.listed and changed.has_keeper(connection)


def _next(connection: psycopg.Connection, plan: Plan, pending: replans.Pending, most: int) -> list[Customer]:
    """The next customers, locked: of those listed, or of everyone."""
    brand = plan.brand.id
    if not pending.listed:
        return customers.lock_after(connection, brand, pending.after, most)
    while ids := replans.take_candidates(connection, brand, most):
        if documents := customers.load(connection, brand, ids):
            return list(documents.values())
    return []


def replan(
    connection: psycopg.Connection, plan: Plan, now: Instant, progress: Callable[[int], None] = lambda _: None
) -> int:
    """Settle all of it; how many customers were looked at. Interrupted, a worker or the next call goes on."""
    done = 0
    while settled := replan_some(connection, plan, now):
        done += settled
        progress(settled)
    return done
