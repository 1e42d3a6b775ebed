"""A document as the rules see it at an instant."""

from ritorno.core.customer import Customer
from ritorno.core.instants import Instant
from ritorno.core.plan import Plan
from ritorno.core.scores.facts import count
from ritorno.core.scores.rfm import score
from ritorno.core.segments.live import View


def view_of(customer: Customer, plan: Plan, now: Instant) -> View:
    """Counted and scored at `now`; nothing is written to the document."""
    facts = count(customer, now, plan.scheme, plan.tz)
    scores, change = score(facts, now, plan.scheme, plan.tz)
    return View(customer, now, plan, facts, scores, change)
