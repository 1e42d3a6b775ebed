"""How ready the shop is for one playbook: which data it needs, and how much of it is there (ENG-11)."""

from collections.abc import Iterator
from typing import NamedTuple

import psycopg

from ritorno.core.journeys.asks import asks_points, asks_tiers, channels_of, uses_of
from ritorno.core.journeys.journey import Playbook
from ritorno.core.plan import Plan
from ritorno.store import alarms, consents, customers
from ritorno.work.products import ready


class Need(NamedTuple):
    """Of `asked` (customers, products; 1 for what is there or not) `covered` have it. `what` is a key of
    `words/readiness.py`, `about` the channel, flag or source."""

    what: str
    about: str
    asked: int
    covered: int

    @property
    def share(self) -> float:
        """0 to 1; of nothing at all 0."""
        return self.covered / self.asked if self.asked else 0.0


def readiness(connection: psycopg.Connection, plan: Plan, playbook: Playbook) -> list[Need]:
    """What the playbook runs on, in the order in which one would see to it."""
    return list(_needs(connection, plan, playbook))


def _needs(connection: psycopg.Connection, plan: Plan, playbook: Playbook) -> Iterator[Need]:
    if channels := channels_of(playbook):
        everyone, given = customers.count(connection, plan.brand.id), consents.in_force(connection, plan.brand.id)
        yield from (Need("consent", channel, everyone, given.get(channel, 0)) for channel in channels)
    uses = uses_of(playbook)
    for each in ready(connection, plan) if uses else ():
        if each.use in uses:
            yield Need(each.use, each.flag, each.asked, each.covered)
    if asks_points(playbook):
        yield Need("points", "", 1, int(plan.policy.points is not None))
    if asks_tiers(playbook):
        yield Need("tiers", "", 1, int(plan.policy.tiers is not None))
    heard = alarms.feeds(connection, plan.brand.id).keys() - plan.silent
    yield from (Need("feed", source, 1, int(source in heard)) for source in playbook.needs_fresh)
