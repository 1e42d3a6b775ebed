"""Replan: after a definition changed, settle everyone under the new plan, batch by batch.

Nobody enters a playbook for that, unless the change was saved to be treated as moves (SCO-12).
"""

from collections.abc import Callable

import psycopg

from ritorno.core.ids import CustomerId
from ritorno.core.instants import Instant
from ritorno.core.plan import Plan
from ritorno.core.react import Replanned, react
from ritorno.store import customers, replans
from ritorno.store.transaction import transaction
from ritorno.work.outcome import Outcome, save

BATCH = 1000


def replan_some(connection: psycopg.Connection, plan: Plan, now: Instant, *, most: int = BATCH) -> int:
    """Settle the next customers of a pending replan; how many (0: nothing is pending, or another worker is at it)."""
    with transaction(connection):
        pending = replans.claim(connection, plan.brand.id)
        if pending is None:
            return 0
        documents = customers.lock_after(connection, plan.brand.id, pending.after, most)
        given = (Replanned(now, pending.cause, pending.as_moves),)
        reactions = [(old, react(old, given, plan, now)) for old in documents]
        changed = [Outcome(reaction, (), is_new=False) for old, reaction in reactions if reaction.customer != old]
        if changed:
            save(connection, plan, changed)
        if len(documents) < most:
            replans.finish(connection, plan.brand.id)
        else:
            replans.advance(connection, plan.brand.id, CustomerId(documents[-1].id))
        return len(documents)


def replan(
    connection: psycopg.Connection, plan: Plan, now: Instant, progress: Callable[[int], None] = lambda _: None
) -> int:
    """Settle all of it; how many customers were looked at. Interrupted, a worker or the next call goes on."""
    done = 0
    while settled := replan_some(connection, plan, now):
        done += settled
        progress(settled)
    return done
