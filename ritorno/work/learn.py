"""Learn: what is learnt from everyone is learnt again once a day, if anything has changed; one brand after the other.

A process of its own (`worker.py`): a fit takes seconds and a gigabyte, and nobody waits for it. Killed at any point,
what was learnt before stands.
"""

import logging
from typing import NamedTuple

import psycopg

from ritorno.core.instants import HOUR, Instant
from ritorno.core.pace import Paces
from ritorno.core.plan import Plan
from ritorno.store import affinity, definitions
from ritorno.store.affinity import Kind
from ritorno.whole.affinity_quality import Measured
from ritorno.whole.lake import Lake
from ritorno.whole.manifest import Manifest, NoLake
from ritorno.work.fit_affinity import fit_affinity
from ritorno.work.fit_pace import fit_pace
from ritorno.work.plans import Plans

logger = logging.getLogger(__name__)

EVERY = 20 * HOUR  # so that a look every hour finds it due once a day, and not ever later


class Learned(NamedTuple):
    """None for what was not due, or could not be learnt."""

    affinity: Measured | None = None
    paces: Paces | None = None


def learn(connection: psycopg.Connection, url: str, plan: Plan, now: Instant, at: Instant) -> Learned:
    """What of a brand is due; `now` is its time, `at` the machine's. Nothing where another process is at it.

    Raises NoLake where there is no lake to read.
    """
    lake = Lake(url, plan.brand.id)
    manifest = lake.standing()
    with affinity.only_one(connection, plan.brand.id) as is_ours:
        if not is_ours:
            return Learned()
        model = paces = None
        if _is_due(connection, plan, "affinity", manifest, at):
            model = fit_affinity(connection, lake, plan, now, at)
        if _is_due(connection, plan, "pace", manifest, at):
            paces = fit_pace(connection, lake, plan, now, at)
        return Learned(model, paces)


def learn_of_all(connection: psycopg.Connection, url: str, at: Instant) -> None:
    """Of every brand that has a lake; what goes wrong with one is told of and keeps no other from it."""
    plans = Plans()
    for row in definitions.brands(connection):
        try:
            learn(connection, url, plans.of(connection, row), at if row.now_at is None else row.now_at, at)
        except NoLake as error:
            logger.info("nothing is learnt of %s: %s", row.key, error)
        except psycopg.OperationalError:
            raise
        except Exception:
            logger.exception("%s: what was learnt before stands", row.key)


def _is_due(connection: psycopg.Connection, plan: Plan, kind: Kind, manifest: Manifest, at: Instant) -> bool:
    """Never learnt; or learnt long enough ago (or by a clock that was set back) from a lake that has changed since."""
    last = affinity.learnt(connection, plan.brand.id, kind)
    if last is None:
        return True
    is_old = not 0 <= at - last.learnt_at < EVERY
    return is_old and last.told.get("lake") != f"{manifest.token}/{manifest.changes}"
