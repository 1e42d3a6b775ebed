"""Does an enrollment end before its last step – bought, refunded, opted out, over – and when may time alone end it?"""

from ritorno.core.customer import Enrollment
from ritorno.core.instants import NEVER, Instant, add_span, say_instant
from ritorno.core.journeys.about import bought_about, order_of, rule_about
from ritorno.core.journeys.journey import Playbook
from ritorno.core.relations import is_over
from ritorno.core.segments.live import ask
from ritorno.core.segments.purchases import fits
from ritorno.core.segments.rule import Bought, Reachable
from ritorno.core.view import View


def leaves(enrollment: Enrollment, playbook: Playbook, view: View) -> tuple[str, Instant]:
    """(why it ends now, or ""; when that may change by time alone)."""
    why = _bought(enrollment, playbook, view) or _over(enrollment, playbook, view)
    if why:
        return why, NEVER
    exits, about = playbook.exits, enrollment.about
    look_again = exit_at(playbook, enrollment, view)
    for rule, holds, reason in ((exits.goal, True, "goal"), (exits.unless, False, "no_longer_true")):
        if rule is not None:
            answer, change = ask(rule_about(rule, about), view)
            if answer is holds:
                return reason, NEVER
            look_again = min(look_again, change)
    return "", look_again


def _bought(enrollment: Enrollment, playbook: Playbook, view: View) -> str:
    exits = playbook.exits
    if exits.purchase and view.facts.ever > enrollment.bought:
        return f"bought: {say_instant(view.facts.last_at, view.tz)}"
    if exits.bought is not None and (at := _bought_since(exits.bought, enrollment, view)) is not None:
        return f"bought: {say_instant(at, view.tz)}"
    if exits.refund and enrollment.about.order:
        order = order_of(enrollment, view.customer)
        if order is None or not order.counts:
            return "refunded"
    return ""


def _bought_since(filters: Bought, enrollment: Enrollment, view: View) -> Instant | None:
    """When an order that fits came after what the enrollment is about."""
    own = order_of(enrollment, view.customer)
    since = enrollment.entered_at if own is None else own.occurred_at
    wanted = bought_about(filters, enrollment.about)
    later = (order for order in view.customer.orders if order.counts and since < order.occurred_at <= view.now)
    for_the_same = (order for order in later if own is None or order.beneficiary == own.beneficiary)
    return next((order.occurred_at for order in for_the_same if fits(wanted, order)), None)


def _is_for_nobody(enrollment: Enrollment, view: View) -> bool:
    """Is it about an order for somebody she buys for no more (SEG-19)?"""
    own = order_of(enrollment, view.customer)
    return own is not None and bool(own.beneficiary) and is_over(view.customer, own.beneficiary, view.now)


def _over(enrollment: Enrollment, playbook: Playbook, view: View) -> str:
    exits = playbook.exits
    channels = playbook.entry.reachable
    if _is_for_nobody(enrollment, view):
        return "no_longer_true"
    if channels and not ask(Reachable(channels), view)[0]:
        return "opted_out"
    if view.now >= exit_at(playbook, enrollment, view):
        return f"over: {exits.after}"
    if exits.messages and _left(enrollment, view) >= exits.messages:
        return f"messages: {exits.messages}"
    return ""


def _left(enrollment: Enrollment, view: View) -> int:
    """How many messages of this passage have left; only one passage at a time writes where this is asked."""
    return sum(
        contact.playbook == enrollment.playbook and contact.at >= enrollment.entered_at
        for contact in view.customer.contacts
    )


def exit_at(playbook: Playbook, enrollment: Enrollment, view: View) -> Instant:
    """When time alone ends it."""
    after = playbook.exits.after
    return NEVER if after is None else add_span(enrollment.entered_at, after, view.tz)
