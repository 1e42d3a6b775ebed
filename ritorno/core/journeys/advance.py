"""One enrollment at an instant: does it end, how far does it get, and when must it be looked at again?

    exit (bought? opted out? left? over?)  →  step → step → … → a wait  →  wake_at

Pure: the enrollment that comes back says where it stands, the decisions say what happened on the way.
"""

from typing import assert_never

from msgspec.structs import replace

from ritorno.core.customer import Contact, Enrollment
from ritorno.core.decisions import AnyDecision, Ended, MessageWanted, StepTaken
from ritorno.core.instants import NEVER, Instant, add_span, say_instant
from ritorno.core.journeys.entry import exit_at
from ritorno.core.journeys.journey import Check, Playbook, Send, Wait
from ritorno.core.messages.message import message_id
from ritorno.core.segments.live import ask
from ritorno.core.segments.rule import Reachable
from ritorno.core.view import View


def advance(enrollment: Enrollment, playbook: Playbook, view: View, cause: str) -> tuple[Enrollment, list[AnyDecision]]:
    """Where the enrollment stands at `view.now`, and what was decided on the way."""
    if view.facts.ever < enrollment.bought:  # an order of before was refunded: the next purchase is still one more
        enrollment = replace(enrollment, bought=view.facts.ever)
    reason, look_again = leaves(enrollment, playbook, view)
    if reason:
        return _end(enrollment, view.now, reason, cause)
    decided: list[AnyDecision] = []
    while enrollment.step < len(playbook.steps):
        step = playbook.steps[enrollment.step]
        match step:
            case Send():
                decided.append(_want(enrollment, step, view.now, cause))
            case Wait():
                until = _waits_until(enrollment, step, view)
                if view.now < until:
                    return replace(enrollment, wake_at=min(until, look_again)), decided
            case Check(name, rule, why):
                decided.append(_taken(enrollment, name, view.now, cause))
                if not ask(rule, view)[0]:
                    ended, last = _end(enrollment, view.now, why, cause)
                    return ended, decided + last
            case _:
                assert_never(step)
        enrollment = replace(enrollment, step=enrollment.step + 1, step_at=view.now, wake_at=NEVER)
    ended, last = _end(enrollment, view.now, "completed", cause)
    return ended, decided + last


def leaves(enrollment: Enrollment, playbook: Playbook, view: View) -> tuple[str, Instant]:
    """(why it ends now, or ""; when that may change by time alone)."""
    exits = playbook.exits
    if exits.purchase and view.facts.ever > enrollment.bought:
        return f"bought: {say_instant(view.facts.last_at, view.tz)}", NEVER
    channels = playbook.entry.reachable
    if channels and not ask(Reachable(channels), view)[0]:
        return "opted_out", NEVER
    over_at = exit_at(playbook, enrollment, view)
    if view.now >= over_at:
        return f"over: {exits.after}", NEVER
    if exits.unless is None:
        return "", over_at
    stays, change = ask(exits.unless, view)
    return ("" if stays else "no_longer_true"), min(over_at, change)


def _waits_until(enrollment: Enrollment, step: Wait, view: View) -> Instant:
    if step.since == "step":
        return add_span(enrollment.step_at, step.span, view.tz)
    if step.since == "entry":
        return add_span(enrollment.entered_at, step.span, view.tz)
    sent = _contact(view.customer.contacts, enrollment, step.since)
    return NEVER if sent is None else add_span(sent.at, step.span, view.tz)


def _contact(contacts: list[Contact], enrollment: Enrollment, step: str) -> Contact | None:
    wanted = message_id(enrollment.id, step)
    return next((contact for contact in contacts if contact.message == wanted), None)


def _want(enrollment: Enrollment, step: Send, now: Instant, cause: str) -> MessageWanted:
    return MessageWanted(
        at=now,
        cause=cause,
        message=message_id(enrollment.id, step.name),
        enrollment=enrollment.id,
        playbook=enrollment.playbook,
        version=enrollment.version,
        step=step.name,
        arm=enrollment.arm,
        due_at=now,
    )


def _taken(enrollment: Enrollment, name: str, now: Instant, cause: str) -> StepTaken:
    return StepTaken(at=now, cause=cause, enrollment=enrollment.id, playbook=enrollment.playbook, step=name)


def _end(enrollment: Enrollment, now: Instant, why: str, cause: str) -> tuple[Enrollment, list[AnyDecision]]:
    ended = Ended(at=now, cause=cause, enrollment=enrollment.id, playbook=enrollment.playbook, why=why)
    return replace(enrollment, ended_at=now, why=why, wake_at=NEVER), [ended]
