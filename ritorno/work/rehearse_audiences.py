"""Rehearse: what the platforms would be told now, in their own words; nothing is told and nothing changes."""

from typing import NamedTuple

import psycopg

from ritorno.ads.base import Request
from ritorno.core.ad_identifiers import Platform
from ritorno.core.ids import AudienceKey
from ritorno.core.instants import Instant
from ritorno.core.plan import Plan
from ritorno.store import audience_batches, audience_told, audiences
from ritorno.store.audience_batches import Batch
from ritorno.store.transaction import undone
from ritorno.work.sync_audiences import MOST, Platforms, name_of, prepare, upload_of


class Rehearsed(NamedTuple):
    """One batch as it would leave. Where the platform has no such ad audience yet, its calls say the name of it."""

    platform: Platform
    audience: AudienceKey
    name: str
    action: str
    members: int
    identifiers: int
    calls: list[Request]


def rehearse(connection: psycopg.Connection, plan: Plan, platforms: Platforms, now: Instant) -> list[Rehearsed]:
    """Every batch that waits, and what is queued as batches: by the same code that makes them, undone at the end."""
    found: list[Rehearsed] = []
    with undone(connection):
        for platform in platforms:
            while prepare(connection, plan, platform, Instant(now + audiences.GATHER)) == MOST:
                pass
        for batch in audience_batches.waiting(connection, plan.brand.id):
            if batch.platform in platforms:
                found.append(_rehearsed(connection, plan, platforms, batch))
    return found


def _rehearsed(connection: psycopg.Connection, plan: Plan, platforms: Platforms, batch: Batch) -> Rehearsed:
    name = name_of(connection, plan, batch.audience)
    home = audience_told.home(connection, plan.brand.id, batch.platform, batch.audience)
    calls = platforms[batch.platform].calls(upload_of(home or name, batch.action, batch.content, batch.id))
    return Rehearsed(batch.platform, batch.audience, name, batch.action, batch.members, batch.identifiers, calls)
