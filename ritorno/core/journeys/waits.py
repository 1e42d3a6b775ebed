"""How long a step waits: spans, times of day, weekdays, and until what was bought runs out."""

from datetime import time, timedelta

from ritorno.core.customer import Contact, Enrollment
from ritorno.core.instants import NEVER, Instant, add_span, from_wall, wall
from ritorno.core.journeys.about import order_of
from ritorno.core.journeys.step import Wait
from ritorno.core.messages.message import message_id
from ritorno.core.run_out import reminder_for
from ritorno.core.view import View

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")  # as `datetime.weekday` counts


def waits_until(enrollment: Enrollment, step: Wait, view: View) -> Instant:
    """When the wait is over; NEVER while what it waits for is not known."""
    if step.until:
        order = order_of(enrollment, view.customer)
        beneficiary = order.beneficiary if order is not None else ""
        told = reminder_for(view, enrollment.about.sku, margin=step.margin, beneficiary=beneficiary)
        return NEVER if told is None else _at_time(told.due_at, step, view)
    at = begins_at(enrollment, step.since, view)
    if at == NEVER:
        return NEVER
    if step.span is not None:
        at = add_span(at, step.span, view.tz)
    return _at_time(at, step, view)


def begins_at(enrollment: Enrollment, since: str, view: View) -> Instant:
    """From when a span is counted: step, entry, order, or the send of that name."""
    if since == "step":
        return enrollment.step_at
    if since == "entry":
        return enrollment.entered_at
    if since == "order":
        order = order_of(enrollment, view.customer)
        return enrollment.entered_at if order is None else order.occurred_at
    sent = contact_of(view.customer.contacts, enrollment, since)
    return NEVER if sent is None else sent.at


def contact_of(contacts: list[Contact], enrollment: Enrollment, step: str) -> Contact | None:
    """The message of that step in this passage, if it has left."""
    wanted = message_id(enrollment.id, step, enrollment.round)
    return next((contact for contact in contacts if contact.message == wanted), None)


def _at_time(at: Instant, step: Wait, view: View) -> Instant:
    """The first instant from `at` on at that time of day, on one of those weekdays."""
    if not step.at and not step.on:
        return at
    moment = wall(at, view.tz)
    if step.at:
        hour = time.fromisoformat(step.at)
        day = moment if moment.time() <= hour else moment + timedelta(days=1)
        moment = day.replace(hour=hour.hour, minute=hour.minute, second=0, microsecond=0)
    while step.on and WEEKDAYS[moment.weekday()] not in step.on:
        moment += timedelta(days=1)
        if not step.at:
            moment = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return max(at, from_wall(moment, view.tz))
