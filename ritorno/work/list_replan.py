"""Whom changed segments concern, asked of the lake: those who come in or go out now, and those whom time will move.

    the plan held still → who changed since the lake's last round → the manifest → the question → the list

Everyone else is right as they are: in the segment or not as before, and time changes nothing. Whoever is told anything
after this is asked all segments by their document's fingerprint (`core/segments/membership.py`).
"""

from collections.abc import Iterator, Sequence

import ibis
import psycopg

from ritorno.core.ids import CustomerId, SegmentKey
from ritorno.core.instants import Instant
from ritorno.core.plan import Plan
from ritorno.core.segments.check import segments_named
from ritorno.store import changed, replans
from ritorno.store.transaction import transaction
from ritorno.whole.columns import Base
from ritorno.whole.engines import connected
from ritorno.whole.expressions import answer
from ritorno.whole.lake import Lake
from ritorno.whole.manifest import NoLake
from ritorno.whole.scores_expr import settled
from ritorno.whole.tables import Engine, tables_of
from ritorno.work.plans import hold_still


def list_replan(connection: psycopg.Connection, lake_url: str, whole: str, plan: Plan, now: Instant) -> int | None:
    """List them for the pending replan, if it is one of segments; how many (None: there is nothing to list).

    Without a lake that stands everyone is to be settled. Raises PlanMoved.
    """
    brand = plan.brand.id
    with transaction(connection):
        hold_still(connection, plan)
        pending = replans.claim(connection, brand)
        if pending is None or pending.keys is None or pending.listed:
            return None
        concerned = changed.peek(connection, brand)  # before the manifest: whoever is in neither has not changed
        lake = Lake(lake_url, brand, connection.info.backend_pid)
        try:
            manifest = lake.standing()
        except NoLake:
            replans.widen(connection, brand)
            return None
        with connected(whole) as engine:
            base = settled(Base(tables_of(lake, engine, manifest), plan, now), engine)
            for key in _with_dependents(pending.keys, plan):
                concerned.update(_concerned(key, base, engine))
        replans.list_candidates(connection, brand, sorted(concerned))
        return len(concerned)


def settle_everyone(connection: psycopg.Connection, plan: Plan) -> None:
    """The pending replan looks at every customer."""
    with transaction(connection):
        if replans.claim(connection, plan.brand.id) is not None:
            replans.widen(connection, plan.brand.id)


def _with_dependents(keys: Sequence[str], plan: Plan) -> list[SegmentKey]:
    """The segments that changed, and those that ask for them."""
    found = dict.fromkeys(SegmentKey(key) for key in keys)
    named = {one.key: set(segments_named(one.rule)) for one in plan.watched}
    while more := [key for key, others in named.items() if key not in found and not others.isdisjoint(found)]:
        found.update(dict.fromkeys(more))
    return list(found)


def _concerned(key: SegmentKey, base: Base, engine: Engine) -> Iterator[CustomerId]:
    memberships = base.tables.memberships
    inside = memberships.filter(memberships.segment == str(key)).select("customer_id", inside=ibis.literal(value=True))
    rule = {one.key: one.rule for one in base.plan.watched}.get(key)
    if rule is None:  # it is gone: whoever is in it leaves
        who = inside
    else:
        stands = answer(rule, base).left_join(inside, "customer_id")
        moves = (stands.answer != stands.inside.fill_null(False)) | stands.next_change.notnull()
        who = stands.filter(moves)
    found = engine.to_pyarrow(who.select("customer_id"))
    yield from (CustomerId(each) for each in found["customer_id"].to_pylist())
