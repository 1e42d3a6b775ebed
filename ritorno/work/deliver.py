"""Deliver: judge what is due on the fresh document, write what will leave, hand it over, write what came back.

    due messages → their customers (locked) → let time pass → judge
        Drop, Hold → written
        Go, holdout → written as `held_out`, with the text it would have had
        Go → code, links and content written as `sending`, COMMIT → provider → receipt written

Nothing leaves before its commit. A crash in between leaves the message in `sending`; `recover` then asks the provider.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import psycopg

from ritorno.channels.base import Provider, ProviderDown
from ritorno.core.consent import in_force
from ritorno.core.customer import Customer
from ritorno.core.events import Channel, Purpose
from ritorno.core.ids import CustomerId, EventId, MessageId, PlaybookKey
from ritorno.core.instants import DAY, MINUTE, Instant, start_of_day
from ritorno.core.messages.judge import Drop, Go, Hold, Verdict, contact_of, judge, turn, whatsapp_room
from ritorno.core.messages.message import Content, Message, Reason, Receipt, State
from ritorno.core.plan import Plan
from ritorno.core.react import Reaction, Sent, react
from ritorno.core.view import view_of
from ritorno.store import customers, messages
from ritorno.store.transaction import transaction
from ritorno.work.compose import Composed, Letters, compose
from ritorno.work.outcome import Outcome, save
from ritorno.work.plans import hold_still
from ritorno.work.watch import lacks_points, miss_points

BATCH = 200
_TOGETHER = 25  # answers of providers that are written in one transaction
_STAR = 333  # judged first where WhatsApp's room is limited (ISR-16)
_TRY_AGAIN = 5 * MINUTE  # after a provider that could not be asked

Providers = Mapping[Channel, Provider]


class Judged(NamedTuple):
    message: Message
    verdict: Verdict


class Delivered(NamedTuple):
    """What one round did."""

    judged: int
    sent: int


def deliver(
    connection: psycopg.Connection,
    plan: Plan,
    providers: Providers,
    now: Instant,
    worker: int,
    letters: Letters,
    *,
    most: int = BATCH,
) -> Delivered:
    """Judge what is due, at most `most`, and hand over what may go. Returns how many were judged and sent."""
    with transaction(connection):
        judged, leaving, without_points = _judge_due(connection, plan, now, worker, letters, most)
    miss_points(connection, plan, without_points, now)
    hand_over(connection, plan, providers, [(one.message.id, one.content) for one in leaving], now, _send)
    return Delivered(judged, len(leaving))


def _judge_due(
    connection: psycopg.Connection, plan: Plan, now: Instant, worker: int, letters: Letters, most: int
) -> tuple[int, list[Composed], set[PlaybookKey]]:
    """How many, what leaves, and the playbooks whose message could not speak of points that it should."""
    brand = plan.brand.id
    room = whatsapp_room(plan)
    ids = {message.customer for message in messages.due(connection, brand, now, most, stars_first=room is not None)}
    documents = customers.load_free(connection, brand, ids)
    due = messages.still_due(connection, brand, now, list(documents), most) if documents else []
    due.sort(key=lambda one: (room is not None and documents[one.customer].scores.cell != _STAR, *turn(one, plan)))
    if due:
        hold_still(connection, plan)
    sent_today = messages.sent_since(connection, brand, start_of_day(now, plan.tz)) if due else {}
    left = _left(connection, plan, room, now) if due else None
    reactions = {customer: react(documents[customer], (), plan, now) for customer in {one.customer for one in due}}
    judged: list[Judged] = []
    composed: list[Composed] = []
    without_points: set[PlaybookKey] = set()
    for message in due:
        reaction = reactions[message.customer]
        view = view_of(reaction.customer, plan, now)
        verdict = judge(message, view, plan, sent_today.get(message.playbook, 0), left)
        if isinstance(verdict, Go) and lacks_points(message, verdict.way, view):
            without_points.add(message.playbook)
        one = (
            compose(connection, plan, reaction.customer, message, verdict, now, letters)
            if isinstance(verdict, Go)
            else None
        )
        judged.append(Judged(message, one if isinstance(one, Hold | Drop) else verdict))
        if isinstance(one, Composed):
            composed.append(one)
            reactions[message.customer] = _remember(reaction, plan, one, now)
            if message.arm != "holdout":
                sent_today[message.playbook] = sent_today.get(message.playbook, 0) + 1
                if left is not None and one.content.channel is Channel.WHATSAPP:
                    left -= 1
    save(connection, plan, [Outcome(reaction, (), is_new=False) for reaction in reactions.values()])
    return len(due), _write(connection, plan, judged, composed, reactions, now, worker), without_points


def _left(connection: psycopg.Connection, plan: Plan, room: int | None, now: Instant) -> int | None:
    """Of the room that WhatsApp leaves in 24 hours; None: no limit."""
    if room is None:
        return None
    return room - messages.sent_by_whatsapp(connection, plan.brand.id, Instant(now - DAY))


def _remember(reaction: Reaction, plan: Plan, one: Composed, now: Instant) -> Reaction:
    """The document knows of the message from here on: caps count it, waits begin at it."""
    channel = None if one.message.arm == "holdout" else one.content.channel
    contact = contact_of(one.message, channel, one.step, now)
    after = react(reaction.customer, [Sent(now, contact)], plan, now)
    return Reaction(after.customer, (*reaction.decisions, *after.decisions))


def _write(
    connection: psycopg.Connection,
    plan: Plan,
    judged: list[Judged],
    composed: list[Composed],
    reactions: Mapping[CustomerId, Reaction],
    now: Instant,
    worker: int,
) -> list[Composed]:
    """The verdicts, and what leaves; the holdout's messages stay."""
    brand = plan.brand.id
    if held := [(one, verdict.until, verdict.why, now) for one, verdict in judged if isinstance(verdict, Hold)]:
        messages.hold(connection, brand, held)
    if dropped := [(one, verdict.why, now) for one, verdict in judged if isinstance(verdict, Drop)]:
        messages.drop(connection, brand, dropped)
    if variants := [verdict.instead for _, verdict in judged if isinstance(verdict, Drop) and verdict.instead]:
        messages.want(connection, brand, variants)
    leaving = [one for one in composed if one.message.arm != "holdout"]
    kept_back = [one for one in composed if one.message.arm == "holdout"]
    for group, state, claimed_by in ((leaving, State.SENDING, worker), (kept_back, State.HELD_OUT, None)):
        if group:
            outgoing = [
                messages.Outgoing(one.message, one.content, _permit(reactions[one.message.customer].customer, one))
                for one in group
            ]
            messages.mark(connection, brand, outgoing, state, now, claimed_by)
    if leaving:
        messages.add_links(connection, [link for one in leaving for link in one.links], now)
    return leaving


def _permit(customer: Customer, one: Composed) -> EventId | None:
    """The record of the ledger that permits it: what `ritorno consent proof` shows."""
    permit = in_force(customer.consents, one.content.channel, Purpose.MARKETING)
    return permit.event if permit else None


Ask = Callable[[Provider, str, Content], Receipt]
Answer = tuple[MessageId, Receipt | Reason]


def _send(provider: Provider, key: str, content: Content) -> Receipt:
    return provider.send(key, content)


def _look_up_or_send(provider: Provider, key: str, content: Content) -> Receipt:
    """What a crash left open: the provider's own records decide."""
    return provider.look_up(key) or provider.send(key, content)


def hand_over(
    connection: psycopg.Connection,
    plan: Plan,
    providers: Providers,
    leaving: Sequence[tuple[MessageId, Content]],
    now: Instant,
    ask: Ask,
) -> None:
    """Ask the provider for each, outside any transaction, and write the answers, some together: a commit for each took
    longer than all the rest. What a crash in between leaves open is settled like every other message in `sending`."""
    answers: list[Answer] = []
    try:
        for message, content in leaving:
            try:
                answers.append((message, ask(providers[content.channel], str(message), content)))
            except ProviderDown as error:
                answers.append((message, Reason("provider", str(error))))
            if len(answers) == _TOGETHER:
                _write_down(connection, plan, answers, now)
                answers = []
    finally:
        if answers:
            _write_down(connection, plan, answers, now)


def _write_down(connection: psycopg.Connection, plan: Plan, answers: list[Answer], now: Instant) -> None:
    settled = [
        (message, answer, State.SENT if answer.accepted else State.FAILED, now)
        for message, answer in answers
        if isinstance(answer, Receipt)
    ]
    with transaction(connection):
        if settled:
            messages.settle(connection, plan.brand.id, settled)
        for message, answer in answers:
            if isinstance(answer, Reason):
                again_at = Instant(now + _TRY_AGAIN)
                messages.queue_again(connection, plan.brand.id, message, again_at, answer, now)


def recover(connection: psycopg.Connection, plan: Plan, providers: Providers, now: Instant, worker: int) -> int:
    """Settle what a worker that is gone left in `sending`; how many messages that were."""
    with transaction(connection):
        orphans = messages.adopt_orphans(connection, plan.brand.id, worker)
    leaving = [(kept.message.id, kept.content) for kept in orphans if kept.content is not None]
    assert len(leaving) == len(orphans), "what is being sent has a content"
    hand_over(connection, plan, providers, leaving, now, _look_up_or_send)
    return len(orphans)
