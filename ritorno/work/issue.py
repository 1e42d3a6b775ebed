"""Issue: the code of a message that leaves – generated or from a pool, within every limit on what is given away.

In the transaction in which the message is marked as leaving: no code without its message, no message without its code.
"""

import psycopg

from ritorno.core import incentives
from ritorno.core.customer import NOTHING, Customer
from ritorno.core.instants import HOUR, Instant
from ritorno.core.messages.judge import Hold
from ritorno.core.messages.message import Message, Reason
from ritorno.core.money import decimal_text
from ritorno.core.offers import Code, Offer, issue
from ritorno.core.plan import Plan
from ritorno.core.segments.counted import value_of
from ritorno.core.view import view_of
from ritorno.store import codes, pools

_ASK_AGAIN = HOUR  # codes that expire, and codes that are added, make room


def issue_code(
    connection: psycopg.Connection,
    plan: Plan,
    customer: Customer,
    message: Message,
    offer: Offer,
    letters: str,
    now: Instant,
) -> Code | Hold:
    """The message's code, or why it cannot leave with one now. `letters` are used unless the offer has a pool.

    The code of somebody who is held out is made up like the others, and neither kept nor charged to anything.
    """
    about = next((each.about for each in customer.enrollments if each.id == message.enrollment), NOTHING)
    code = issue(offer, letters, now, plan.tz, about)
    if message.arm == "holdout":
        return code
    refused = _too_much(connection, plan, customer, code, now) or _over_budget(connection, plan, message, offer, now)
    if refused is not None:
        return Hold(Instant(now + _ASK_AGAIN), refused)
    if not offer.pool:
        _keep(connection, plan, message, offer, code)
        return code
    given = pools.take(connection, plan.brand.id, offer.pool, message.id)
    if given is None:
        return Hold(Instant(now + _ASK_AGAIN), Reason("code_pool", offer.pool))
    code = issue(offer, given, now, plan.tz, about)
    _keep(connection, plan, message, offer, code)
    return code


def _keep(connection: psycopg.Connection, plan: Plan, message: Message, offer: Offer, code: Code) -> None:
    fresh = codes.NewCode(code, message.id, message.customer, message.playbook, offer.budget)
    codes.add(connection, plan.brand.id, [fresh])


def _too_much(
    connection: psycopg.Connection, plan: Plan, customer: Customer, code: Code, now: Instant
) -> Reason | None:
    """Would it be more than a customer of this value is given (SEG-23)?"""
    limit = plan.policy.incentives
    if limit is None:
        return None
    worth = value_of("value_year", view_of(customer, plan, now))
    assert isinstance(worth, int)
    most = incentives.most(limit, worth)
    since = incentives.counted_since(limit, now, plan.tz)
    given = codes.given_since(connection, plan.brand.id, customer.id, since, now)
    if given + code.value <= most:
        return None
    texts = [decimal_text(amount, plan.brand.currency) for amount in (given, code.value, most)]
    return Reason("incentives", f"{texts[0]} + {texts[1]} > {texts[2]}")


def _over_budget(
    connection: psycopg.Connection, plan: Plan, message: Message, offer: Offer, now: Instant
) -> Reason | None:
    """Would the codes of the playbook, all used, cost more than its budget? Nobody else counts it at the same time."""
    if offer.budget is None:
        return None
    codes.hold_budgets(connection, plan.brand.id)
    charged = codes.charged(connection, plan.brand.id, message.playbook, now)
    if charged + (offer.worth or 0) <= offer.budget:
        return None
    texts = [decimal_text(amount, plan.brand.currency) for amount in (charged, offer.worth or 0, offer.budget)]
    return Reason("offer_budget", f"{texts[0]} + {texts[1]} > {texts[2]}")
