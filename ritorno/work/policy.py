"""Policy: what stands, a new version of it, and the value tiers that the shop's own data propose."""

from typing import Any

import msgspec
import psycopg

from ritorno.core.instants import Instant
from ritorno.core.plan import Plan, Policy
from ritorno.core.policies import check_policy
from ritorno.store import definitions, replans
from ritorno.store.transaction import transaction
from ritorno.whole.tiers import Tiers, fit_tiers
from ritorno.work.plans import body_of
from ritorno.work.wake import wake
from ritorno.work.whole import open_orders


def version(connection: psycopg.Connection, plan: Plan) -> int:
    """The number of the version that stands; 0: none was ever saved, and the defaults hold."""
    found = definitions.read(connection, plan.brand.id, "policy")
    return max((each.version for each in found if each.status == "active"), default=0)


def save(connection: psycopg.Connection, plan: Plan, policy: Policy, now: Instant, by: str) -> int:
    """A new version takes effect, and everyone is to be settled under it; its number. Raises PolicyError.

    Nobody enters a playbook for that: of the cool-downs, cycles and tiers, segments are what moves.
    """
    check_policy(policy, plan)
    while wake(connection, plan, now):  # what time has done by now is not the new policy's doing
        pass
    brand = plan.brand.id
    with transaction(connection):
        body = body_of(policy)
        number = definitions.save(connection, brand, "policy", "policy", body, status="active", at=now, by=by)
        replans.ask(connection, brand, f"policy v{number}")
        told: dict[str, Any] = {name: body[name] for name in sorted(changed(plan.policy, policy))}
        definitions.audit(connection, brand, now, by, "policy", {**told, "version": number})
    return number


def changed(before: Policy, after: Policy) -> set[str]:
    """The names of what is not the same."""
    names = [field.name for field in msgspec.structs.fields(Policy)]
    return {name for name in names if getattr(before, name) != getattr(after, name)}


def propose_tiers(connection: psycopg.Connection, plan: Plan, now: Instant, *, lake: str | None = None) -> Tiers:
    """A proposal from the whole base; it changes nothing until it is saved. Raises NobodyBoughtError."""
    with open_orders(connection, plan, lake=lake) as (_, table):
        return fit_tiers(table, now, plan.tz)
