"""A document as the rules see it at an instant."""

from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from ritorno.core.customer import Customer, Order, Scores
from ritorno.core.instants import NEVER, Instant
from ritorno.core.plan import Plan
from ritorno.core.scores.facts import Facts, count, counted
from ritorno.core.scores.rfm import score

Answer = tuple[bool, Instant]  # and when it next changes by itself


class View(msgspec.Struct):
    """A customer at an instant: the document, and what was counted and scored from it at `now`.

    `known` keeps what several leaves of one view ask for; nothing in it depends on enrollments, the one part of the
    document that may change while a view of it is in use.
    """

    customer: Customer
    now: Instant
    plan: Plan
    facts: Facts
    scores: Scores
    scores_change: Instant
    segments_change: Instant = NEVER
    known: dict[object, Any] = msgspec.field(default_factory=dict)

    @property
    def tz(self) -> ZoneInfo:
        return self.plan.tz

    def counted(self) -> tuple[list[Order], Instant]:
        """The orders that count by `now`, ascending, and when one that is dated ahead joins them."""
        found: tuple[list[Order], Instant] | None = self.known.get("counted")
        if found is None:
            found = self.known["counted"] = counted(self.customer.orders, self.now)
        return found

    def orders_ahead(self) -> Instant:
        """When an order that is dated ahead joins those that count."""
        orders = self.customer.orders
        return NEVER if not orders or orders[-1].occurred_at <= self.now else self.counted()[1]


def view_of(customer: Customer, plan: Plan, now: Instant) -> View:
    """Counted and scored at `now`; nothing is written to the document."""
    facts = count(customer, now, plan.scheme, plan.tz)
    scores, change = score(facts, now, plan.scheme, plan.tz)
    return View(customer, now, plan, facts, scores, change)
