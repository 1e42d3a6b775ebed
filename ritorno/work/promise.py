"""Promise: what a message says of early access, personal codes and rewards is kept before it is said."""

import psycopg

from ritorno.core.customer import Customer
from ritorno.core.instants import Instant, add_span, days
from ritorno.core.journeys.journey import Playbook
from ritorno.core.journeys.way import Way
from ritorno.core.messages.message import Message
from ritorno.core.messages.promised import NOTHING, Access, Promised, Referral, promises_asked
from ritorno.core.plan import Plan
from ritorno.store import codes
from ritorno.store.access import Grant
from ritorno.work.let_into import Letters, let_into, link
from ritorno.work.refer import personal_code

COLLECTION, DAYS = "collection", "access_days"  # parameters of a playbook that lets in


def promise(
    connection: psycopg.Connection,
    plan: Plan,
    customer: Customer,
    message: Message,
    way: Way,
    now: Instant,
    letters: Letters,
) -> Promised:
    """Only what the way's texts speak of. Who is held out is promised nothing."""
    asked = promises_asked(way)
    if not asked or message.arm == "holdout":
        return NOTHING
    playbook = plan.playbook(message.playbook, message.version)
    assert playbook is not None
    grant = _let_in(connection, plan, customer, message, playbook, now, letters) if "access" in asked else None
    return Promised(
        access=None if grant is None else Access(grant.until, link(plan, grant)),
        referral=_referral(connection, plan, customer, now) if "referral" in asked else None,
        reward=codes.given_to(connection, plan.brand.id, customer.id, now) if "reward" in asked else None,
    )


def _referral(connection: psycopg.Connection, plan: Plan, customer: Customer, now: Instant) -> Referral | None:
    terms = plan.policy.referral
    if terms is None:
        return None
    code = personal_code(connection, plan, customer.id, now)
    return Referral(code, f"{plan.brand.link_base}/f/{plan.brand.key}/{code}", terms.for_referrer, terms.for_friend)


def _let_in(
    connection: psycopg.Connection,
    plan: Plan,
    customer: Customer,
    message: Message,
    playbook: Playbook,
    now: Instant,
    letters: Letters,
) -> Grant | None:
    """Into the collection that the playbook names, for so many days from the entry as it says."""
    named = playbook.parameters.get(COLLECTION)
    if named is None or not named.value:
        return None
    until = None
    passage = next((each for each in customer.enrollments if each.id == message.enrollment), None)
    if passage is not None and (told := playbook.parameters.get(DAYS)) is not None:
        until = add_span(passage.entered_at, days(int(told.value)), plan.tz)
    return let_into(connection, plan, customer.id, str(named.value), now, letters, until)
