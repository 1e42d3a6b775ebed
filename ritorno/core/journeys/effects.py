"""What a step does to the customer, and asks of the world: written into the draft, and told as a decision.

Bookkeeping of ours (traits, counters, tags) is done for everyone. What reaches the world – points, ad audiences, tasks,
webhooks – is not done for those held out: the lift is what it makes of them (ORC-12).
"""

from collections.abc import Iterator
from typing import assert_never

from msgspec.structs import replace

from ritorno.core.customer import Enrollment, Held
from ritorno.core.decisions import AnyDecision, AudienceJoined, AudienceLeft, PointsBooked, TaskWanted, WebhookWanted
from ritorno.core.ids import AudienceKey
from ritorno.core.instants import NEVER, add_span
from ritorno.core.journeys.about import filled
from ritorno.core.journeys.step import Audience, Count, Give, Tag, Task, Webhook, Write
from ritorno.core.journeys.writing import author, write
from ritorno.core.messages.message import action_id
from ritorno.core.points import Given, book
from ritorno.core.segments.counted import value_of
from ritorno.core.view import View

Effect = Write | Count | Tag | Give | Audience | Task | Webhook


def take_effect(step: Effect, passage: Enrollment, view: View, cause: str) -> list[AnyDecision]:
    """Do it, once for each passage and round."""
    match step:
        case Write() | Count() | Tag():
            return [write(step, passage, view, cause)]
        case _ if passage.arm == "holdout":
            return []
        case Give():
            return _give(step, passage, view, cause)
        case Audience():
            return _audience(step, passage, view, cause)
        case Task():
            return _task(step, passage, view, cause)
        case Webhook(name, endpoint):
            wanted = WebhookWanted(
                at=view.now, cause=cause, webhook=action_id(passage.id, name, passage.round), enrollment=passage.id,
                playbook=passage.playbook, version=passage.version, step=name, endpoint=endpoint,
            )  # fmt: skip
            return [wanted]
        case _:
            assert_never(step)


def _give(step: Give, passage: Enrollment, view: View, cause: str) -> list[AnyDecision]:
    expires_at = NEVER if step.lives is None else add_span(view.now, step.lives, view.tz)
    name = f"{passage.id}/{step.name}/{passage.round}"
    given = Given(name, view.now, view.now, step.points, expires_at, author(passage, step.name))
    view.customer.points = book(view.customer.points, given)
    booked = PointsBooked(
        at=view.now, cause=cause, points=step.points, by=given.key, enrollment=passage.id, playbook=passage.playbook,
        step=step.name,
    )  # fmt: skip
    return [booked]


def _audience(step: Audience, passage: Enrollment, view: View, cause: str) -> list[AnyDecision]:
    key = AudienceKey(filled(step.audience, passage.about))
    if step.leave:
        return list(_let_go(key, passage, view, cause))
    held = view.customer.audiences.get(key)
    if held is not None:
        view.customer.audiences[key] = replace(held, holders=tuple(sorted({*held.holders, passage.id})))
        return []
    view.customer.audiences[key] = Held(view.now, step.use, (passage.id,))
    return [AudienceJoined(at=view.now, cause=cause, audience=key, use=step.use, enrollment=passage.id,
                           playbook=passage.playbook)]  # fmt: skip


def let_go_of_all(passage: Enrollment, view: View, cause: str) -> list[AnyDecision]:
    """Out of every ad audience that only this passage held."""
    held = [key for key, each in view.customer.audiences.items() if passage.id in each.holders]
    return [decision for key in held for decision in _let_go(key, passage, view, cause)]


def _let_go(key: AudienceKey, passage: Enrollment, view: View, cause: str) -> Iterator[AnyDecision]:
    held = view.customer.audiences.get(key)
    if held is None or passage.id not in held.holders:
        return
    if rest := tuple(each for each in held.holders if each != passage.id):
        view.customer.audiences[key] = replace(held, holders=rest)
        return
    del view.customer.audiences[key]
    yield AudienceLeft(at=view.now, cause=cause, audience=key, use=held.use, enrollment=passage.id,
                       playbook=passage.playbook)  # fmt: skip


def _task(step: Task, passage: Enrollment, view: View, cause: str) -> list[AnyDecision]:
    """Nothing by hand for the smallest customers (COM-24)."""
    if value_of("value_tier", view) == "C":
        return []
    wanted = TaskWanted(
        at=view.now, cause=cause, task=action_id(passage.id, step.name, passage.round), enrollment=passage.id,
        playbook=passage.playbook, version=passage.version, step=step.name, role=step.role,
        due_at=add_span(view.now, step.within, view.tz),
    )  # fmt: skip
    return [wanted]
