"""Who enters a playbook: the trigger fires, the customer is in the segment, and the entry's conditions hold."""

from collections.abc import Sequence
from typing import assert_never

from ritorno.core.customer import Enrollment
from ritorno.core.decisions import AnyDecision, Declined, Enrolled, ScoreMoved, SegmentEntered
from ritorno.core.events import Custom, Event, MessageTold, SignedUp
from ritorno.core.experiments import arm
from ritorno.core.instants import NEVER, Instant, add_span
from ritorno.core.journeys.journey import Happened, JoinedSegment, Moved, Playbook, Trigger
from ritorno.core.messages.message import enrollment_id
from ritorno.core.segments.live import ask
from ritorno.core.segments.rule import Reachable
from ritorno.core.view import View


def fires(trigger: Trigger, event: Event | None, decided: Sequence[AnyDecision]) -> bool:
    """Did what just happened pull this trigger? A first score is no move, unless the trigger names 0; what a machine
    did to a message is nobody's."""
    match trigger:
        case Moved(axis, to, before):
            return any(
                isinstance(each, ScoreMoved)
                and each.axis == axis
                and each.after == to
                and (each.before == before if before is not None else each.before != 0)
                for each in decided
            )
        case Happened(name):
            return event is not None and event_name(event) == name and not _by_machine(event)
        case JoinedSegment(segment):
            return any(isinstance(each, SegmentEntered) and each.segment == segment for each in decided)
        case _:
            assert_never(trigger)


def _by_machine(event: Event) -> bool:
    return isinstance(event.body, MessageTold) and event.body.machine


def event_name(event: Event) -> str:
    """The name by which triggers and people call an event."""
    match event.body:
        case Custom(name):
            return name
        case MessageTold(name):
            return f"message_{name}"
        case SignedUp():
            return "sign_up"
        case body:
            return str(type(body).__struct_config__.tag)


def enter(playbook: Playbook, view: View, event: Event | None, cause: str) -> Enrolled | Declined | None:
    """The entry of a customer whose trigger fired: enrolled, declined with the reason, or (None) not in the segment."""
    inside, _ = ask(playbook.segment, view)
    if not inside:
        return None
    key = episode(playbook, view, event)
    reason = refusal(playbook, view, key)
    if reason:
        return Declined(at=view.now, cause=cause, playbook=playbook.key, why=reason)
    customer = view.customer.id
    return Enrolled(
        at=view.now,
        cause=cause,
        enrollment=enrollment_id(playbook.key, customer, key),
        playbook=playbook.key,
        version=playbook.version,
        key=key,
        arm=arm(playbook.key, customer, playbook.holdout),
    )


def episode(playbook: Playbook, view: View, event: Event | None) -> str:
    """What must be different for the playbook to be entered again."""
    match playbook.entry.episode:
        case "lapse":
            return f"lapse:{view.facts.last_at}"
        case "once":
            return "once"
        case "event":
            return f"event:{event.id if event else view.now}"
        case kind:
            assert_never(kind)


def refusal(playbook: Playbook, view: View, key: str) -> str:
    """Why the customer may not enter now; empty when nothing stands against it."""
    passages = [each for each in view.customer.enrollments if each.playbook == playbook.key]
    if any(each.is_open for each in passages):
        return "in_playbook"
    if any(each.key == key for each in passages):
        return f"same_episode: {key.partition(':')[0]}"
    again = playbook.entry.again_after
    if again is not None and passages:
        free_at = max(add_span(each.entered_at, again, view.tz) for each in passages)
        if view.now < free_at:
            return f"again_after: {again}"
    channels = playbook.entry.reachable
    if channels and not ask(Reachable(channels), view)[0]:
        return "no_consent: " + ",".join(channels)
    return ""


def begin(entered: Enrolled, bought: int) -> Enrollment:
    return Enrollment(
        entered.enrollment, entered.playbook, entered.version, entered.key, entered.at, entered.arm, 0, entered.at,
        NEVER, bought,
    )  # fmt: skip


def exit_at(playbook: Playbook, enrollment: Enrollment, view: View) -> Instant:
    """When time alone ends it."""
    after = playbook.exits.after
    return NEVER if after is None else add_span(enrollment.entered_at, after, view.tz)
