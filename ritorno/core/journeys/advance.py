"""One enrollment at an instant: does it end, how far does it get, and when must it be looked at again?

    exit (bought? opted out? goal? over?)  →  step → step → … → a wait  →  wake_at

The enrollment that comes back says where it stands, the decisions say what happened on the way. Of the customer only
what steps write is written, into the draft (`effects.py`).
"""

from typing import NamedTuple

from msgspec.structs import replace

from ritorno.core.customer import Enrollment
from ritorno.core.decisions import AnyDecision, Ended, MessageWanted, StepTaken
from ritorno.core.events import Event
from ritorno.core.experiments import choose
from ritorno.core.instants import NEVER, Instant, add_span
from ritorno.core.journeys.about import rule_about
from ritorno.core.journeys.effects import Effect, let_go_of_all, take_effect
from ritorno.core.journeys.exits import leaves
from ritorno.core.journeys.fires import happened
from ritorno.core.journeys.journey import Playbook
from ritorno.core.journeys.program import Place
from ritorno.core.journeys.step import Branch, Check, End, Go, Send, Split, Wait, WaitFor
from ritorno.core.journeys.waits import begins_at, waits_until
from ritorno.core.messages.message import message_id
from ritorno.core.segments.live import ask
from ritorno.core.segments.rule import Rule
from ritorno.core.view import View


class Went(NamedTuple):
    """On to a place; or staying `until`; or over, with the reason `why`. `arm` is which of several ways."""

    to: int = -1
    until: Instant = NEVER
    why: str = ""
    arm: str = ""
    goes_back: bool = False


def advance(
    enrollment: Enrollment, playbook: Playbook, view: View, cause: str, event: Event | None = None
) -> tuple[Enrollment, list[AnyDecision]]:
    """Where the enrollment stands at `view.now`, and what was decided on the way. `event` is what has just happened: a
    step that waits for it goes on."""
    if view.facts.ever < enrollment.bought:  # an order of before was refunded: the next purchase is still one more
        enrollment = replace(enrollment, bought=view.facts.ever)
    decided: list[AnyDecision] = []
    while True:
        reason, look_again = leaves(enrollment, playbook, view)
        if not reason and enrollment.step == len(playbook.program):
            reason = "completed"
        if reason:
            return end(enrollment, view, reason, cause, decided)
        place = playbook.program[enrollment.step]
        went = _take(place, enrollment, playbook, view, cause, event, decided)
        if went.why:
            return end(enrollment, view, went.why, cause, decided)
        if went.to < 0:
            return replace(enrollment, wake_at=min(went.until, look_again)), decided
        back = enrollment.round + went.goes_back
        enrollment = replace(enrollment, step=went.to, step_at=view.now, wake_at=NEVER, round=back)
        event = None  # it was for who waited for it, not for what comes after


def end(
    enrollment: Enrollment, view: View, why: str, cause: str, decided: list[AnyDecision]
) -> tuple[Enrollment, list[AnyDecision]]:
    """The enrollment, over; what it held it lets go."""
    decided += let_go_of_all(enrollment, view, cause)
    decided.append(Ended(at=view.now, cause=cause, enrollment=enrollment.id, playbook=enrollment.playbook, why=why))
    return replace(enrollment, ended_at=view.now, why=why, wake_at=NEVER), decided


def _take(
    place: Place, passage: Enrollment, playbook: Playbook, view: View, cause: str, event: Event | None,
    decided: list[AnyDecision],
) -> Went:  # fmt: skip
    """Take the step that the enrollment stands at."""
    step = place.step
    match step:
        case Wait():
            until = waits_until(passage, step, view)
            if until == NEVER and step.until:
                return Went(why="no_supply")
            return Went(place.after) if view.now >= until else Went(until=until)
        case Send():
            decided.append(_want(passage, step, view.now, cause))
            return Went(place.after)
        case WaitFor():
            went = _wait_for(step, place, passage, view, event)
            if went.to < 0:
                return went
        case Branch(_, rule):
            arm = "then" if _holds(rule, passage, view) else "otherwise"
            went = Went(place.into[arm], arm=arm)
        case Split(name, arms):
            arm = choose(f"{playbook.key}/{name}", view.customer.id, {each.key: each.share for each in arms})
            went = Went(place.into[arm], arm=arm)
        case Check(_, rule, why):
            went = Went(place.after) if _holds(rule, passage, view) else Went(why=why)
        case Go(_, to):
            went = Went(playbook.places[to], goes_back=playbook.places[to] <= passage.step)
        case End(_, why):
            went = Went(why=why)
        case _:
            decided += take_effect(_effect(step), passage, view, cause)
            went = Went(place.after)
    decided.append(_taken(passage, step.name, view.now, cause, went.arm))
    return went


def _effect(step: Effect) -> Effect:
    return step


def _holds(rule: Rule, passage: Enrollment, view: View) -> bool:
    return ask(rule_about(rule, passage.about), view)[0]


def _wait_for(step: WaitFor, place: Place, passage: Enrollment, view: View, event: Event | None) -> Went:
    """On by what it waits for, at that very instant; else by time."""
    begun = begins_at(passage, step.since, view)
    is_new = event is not None and event.occurred_at >= begun
    if event is not None and is_new and step.event is not None and happened(step.event, event, view):
        return Went(place.into["then"], arm="then")
    over_at = NEVER if begun == NEVER else add_span(begun, step.span, view.tz)
    change = NEVER
    if step.rule is not None:
        holds, change = ask(rule_about(step.rule, passage.about), view)
        if holds and view.now < over_at:
            return Went(place.into["then"], arm="then")
    if view.now >= over_at:
        return Went(place.into["otherwise"], arm="otherwise")
    return Went(until=min(over_at, change))


def _want(passage: Enrollment, step: Send, now: Instant, cause: str) -> MessageWanted:
    return MessageWanted(
        at=now,
        cause=cause,
        message=message_id(passage.id, step.name, passage.round),
        enrollment=passage.id,
        playbook=passage.playbook,
        version=passage.version,
        step=step.name,
        arm=passage.arm,
        due_at=now,
    )


def _taken(passage: Enrollment, name: str, now: Instant, cause: str, arm: str) -> StepTaken:
    return StepTaken(at=now, cause=cause, enrollment=passage.id, playbook=passage.playbook, step=name, arm=arm)
