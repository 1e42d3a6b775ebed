"""Reconcile: every night, what our rules say, what platforms were told and what they say they have come together again.

    everyone in any ad audience is looked at again → what had been missed is told → each platform is asked what it has
        → what it lacks is added, what it has too much is removed, and both are counted

A platform that tells sizes only (as Meta and Google do) is compared by what it was told: then nothing is repaired.
"""

from datetime import time, timedelta

import psycopg

from ritorno.ads.base import AdPlatform, PlatformDown
from ritorno.core.ad_identifiers import Hashed, Platform
from ritorno.core.ids import AudienceKey, CustomerId
from ritorno.core.instants import Instant, from_wall, wall
from ritorno.core.plan import Plan
from ritorno.store import audience_batches, audience_told, audiences
from ritorno.store.audience_told import Found
from ritorno.store.transaction import transaction
from ritorno.work.sync_audiences import Platforms, refresh

_NIGHT = time(3)
_NOBODY = CustomerId(0)  # whose identifier it is that a platform has too much


def reconcile_nightly(connection: psycopg.Connection, plan: Plan, platforms: Platforms, now: Instant) -> int:
    """Once after 03:00 on the brand's clock; how much was begun or compared."""
    if plan.stopped:
        return 0
    brand, night = plan.brand.id, _last_night(plan, now)
    looked_at = audience_told.last_look(connection, brand)
    if looked_at is None or looked_at < night:
        return look_at_everyone(connection, plan, now)
    return len(compare(connection, plan, platforms, now, since=night))


def look_at_everyone(connection: psycopg.Connection, plan: Plan, now: Instant) -> int:
    """Queue everyone in any ad audience, and whom platforms are soon to drop; how many."""
    with transaction(connection):
        found = audiences.look_at_all(connection, plan.brand.id, now)
        audience_told.note_look(connection, plan.brand.id, now)
    return found + refresh(connection, plan, now)


def compare(
    connection: psycopg.Connection, plan: Plan, platforms: Platforms, now: Instant, *, since: Instant
) -> list[Found]:
    """Ask the platforms about each ad audience not compared since then, unless something is still to be told of it."""
    brand = plan.brand.id
    last = audience_told.last_found(connection, brand)
    found = []
    for platform, audience, home, _ in audience_told.homes(connection, brand):
        before = last.get((platform, audience))
        if platform not in platforms or (before is not None and before.at >= since):
            continue
        one = _compare(connection, plan, platforms[platform], audience, home, now)
        if one is not None:
            found.append(one)
    return found


def _compare(
    connection: psycopg.Connection, plan: Plan, platform: AdPlatform, audience: AudienceKey, home: str, now: Instant
) -> Found | None:
    place = plan.brand.id, platform.platform, audience
    before = audience_batches.progress(connection, *place)
    if before.is_open:
        return None  # it would look like drift
    try:
        holds = platform.holds(home)
    except PlatformDown:
        return None  # at the next look
    with transaction(connection):
        if not audiences.lock(connection, *place[:2]) or audience_batches.progress(connection, *place) != before:
            return None
        missing = extra = None
        if holds.everyone is not None:
            told = audience_told.all_told(connection, *place)
            lacks, has_more = told - holds.everyone, holds.everyone - told
            _repair(connection, plan, platform.platform, audience, {"add": lacks, "remove": has_more}, now)
            missing, extra = len(lacks), len(has_more)
        found = Found(platform.platform, audience, now, holds.about, missing, extra)
        audience_told.note_found(connection, plan.brand.id, [found])
    return found


def _repair(
    connection: psycopg.Connection, plan: Plan, platform: Platform, audience: AudienceKey,
    drift: dict[str, set[Hashed] | frozenset[Hashed]], now: Instant,
) -> None:  # fmt: skip
    for action, ones in drift.items():
        if ones:
            members = [(_NOBODY, [one]) for one in sorted(ones)]
            audience_batches.add(connection, plan.brand.id, platform, audience, action, members, now, now)


def _last_night(plan: Plan, now: Instant) -> Instant:
    """The last 03:00 that has been."""
    here = wall(now, plan.tz)
    night = here.replace(hour=_NIGHT.hour, minute=0, second=0, microsecond=0)
    return from_wall(night if night <= here else night - timedelta(days=1), plan.tz)
