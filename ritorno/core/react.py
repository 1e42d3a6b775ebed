"""The one function everything turns on.

    react(document, inputs, plan, now) -> Reaction(document', decisions, due_at)

Inputs take effect at the instant they were received, time at the instant it was due; both are taken in order. So it
makes no difference when, in how many batches or after how many crashes a worker gets to them: the answer is the same.

    moment by moment:  fold what was told → score → segments → exits → advance → entries → when next?
"""

from collections.abc import Collection, Sequence
from typing import assert_never

import msgspec

from ritorno.core.booking import earn
from ritorno.core.customer import Contact, Customer, Enrollment, machine_counter
from ritorno.core.decisions import AnyDecision, Ended, Enrolled, TraitWritten, VersionMoved
from ritorno.core.events import Event, OrderTold
from ritorno.core.folding import fold
from ritorno.core.house import flag_house
from ritorno.core.ids import PlaybookKey
from ritorno.core.instants import Instant, add_span
from ritorno.core.journeys.advance import advance, end
from ritorno.core.journeys.entry import begin, entrances, is_rival
from ritorno.core.journeys.fires import event_name, fires
from ritorno.core.journeys.journey import Playbook
from ritorno.core.journeys.writing import settle_tallies
from ritorno.core.plan import Plan
from ritorno.core.points import book
from ritorno.core.scores.moves import rescore
from ritorno.core.segments.inputs import BEHAVIOUR, CONTACTS, ENROLLMENTS, MOVES, TRAITS, touched_by
from ritorno.core.segments.membership import move_memberships
from ritorno.core.view import View


class Sent(msgspec.Struct, frozen=True):
    """A message of ours left (or would have, for the holdout)."""

    received_at: Instant
    contact: Contact


class Invited(msgspec.Struct, frozen=True):
    """An operator takes those in who are in the segment already."""

    received_at: Instant
    playbook: PlaybookKey


class Replanned(msgspec.Struct, frozen=True):
    """The plan changed. Scores and memberships are settled under it; nobody enters a playbook for that, unless the
    operator wants what moves to be treated `as_moves` (SCO-12)."""

    received_at: Instant
    cause: str = "replan"
    as_moves: bool = False


Input = Event | Sent | Invited | Replanned


class Reaction(msgspec.Struct, frozen=True):
    customer: Customer
    decisions: tuple[AnyDecision, ...]

    @property
    def due_at(self) -> Instant:
        return self.customer.due_at


def react(document: Customer, inputs: Sequence[Input], plan: Plan, now: Instant) -> Reaction:
    """What becomes of a customer by `now`. `document` is not changed; `inputs` are in order of arrival.

    An input that was received before the last moment decided (another worker was faster) acts at that moment: nothing
    is decided backwards.
    """
    customer = document.draft()
    decided: list[AnyDecision] = []
    _catch_up(customer, inputs, plan, decided, now)
    for given in inputs:
        arrived = max(min(given.received_at, now), customer.settled_at)
        _let_time_pass(customer, plan, decided, arrived)
        _take(customer, given, plan, decided, arrived)
    _let_time_pass(customer, plan, decided, now)
    return Reaction(customer, tuple(decided))


def _catch_up(
    customer: Customer, inputs: Sequence[Input], plan: Plan, decided: list[AnyDecision], now: Instant
) -> None:
    """A plan that changed is settled first, in the instant before whatever comes: what follows is no consequence of
    the change, and what the change moved is none of what follows (a replan may not have come to this customer yet)."""
    first = inputs[0] if inputs else None
    arrives_at = now if first is None else min(first.received_at, now)
    nothing_comes = first is None or isinstance(first, Replanned)
    if customer.asked in (0, plan.fingerprint) or (nothing_comes and customer.due_at > arrives_at):
        return
    before = max(Instant(min(customer.due_at, arrives_at) - 1), customer.settled_at)
    cause, as_moves = (first.cause, first.as_moves) if isinstance(first, Replanned) else ("replan", plan.enrolls_moved)
    _settle(customer, None, plan, decided, before, replan=cause, as_moves=as_moves)


def _let_time_pass(customer: Customer, plan: Plan, decided: list[AnyDecision], until: Instant) -> None:
    """Everything that was due up to `until`, each at its own instant."""
    while customer.due_at <= until:
        moment = customer.due_at
        _settle(customer, None, plan, decided, moment)
        assert customer.due_at > moment, f"customer {customer.id} is due at {moment} again"


def _take(customer: Customer, given: Input, plan: Plan, decided: list[AnyDecision], now: Instant) -> None:
    match given:
        case Event():
            is_news = not _counted(customer, given)
            fold(customer, given)
            if isinstance(given.body, OrderTold):
                decided += flag_house(customer, given.occurred_at, plan.tz, now)
            _settle(customer, given, plan, decided, now, touched=touched_by(given), is_news=is_news)
        case Sent(contact=contact):
            others = [known for known in customer.contacts if known.message != contact.message]
            customer.contacts = [*others, contact]  # one that is tried again leaves later
            _settle(customer, None, plan, decided, now, touched=(CONTACTS,))
        case Invited(playbook=key):
            _settle(customer, None, plan, decided, now, invited=key)
        case Replanned(cause=cause, as_moves=as_moves):
            _settle(customer, None, plan, decided, now, replan=cause, as_moves=as_moves)
        case _:
            assert_never(given)


def _counted(customer: Customer, event: Event) -> bool:
    """Does the order that is told count already? It is described again then, and no event for any trigger."""
    body = event.body
    if not isinstance(body, OrderTold):
        return False
    known = (order for order in reversed(customer.orders) if order.order_id == body.order_id)
    return any(order.source == event.source and order.counts for order in known)


def _settle(
    customer: Customer,
    event: Event | None,
    plan: Plan,
    decided: list[AnyDecision],
    now: Instant,
    *,
    touched: Collection[str] = (),
    is_news: bool = True,
    invited: PlaybookKey | None = None,
    replan: str = "",
    as_moves: bool = False,
) -> None:
    """Score, move, exit, advance, enter; then when next. Scores are written before any journey decides (SCO-04)."""
    if _forget_old_behaviour(customer, plan, now):
        touched = {*touched, BEHAVIOUR}
    before = len(decided)
    cause = replan or (event_name(event) if event else "")
    silent = (bool(replan) and not as_moves) or (event is not None and event.history)
    view, moves = rescore(customer, plan, now, cause)
    if corrected := list(settle_tallies(customer, view, cause)):
        decided += corrected
        touched = {*touched, TRAITS}
    moves += move_memberships(customer, view, cause, None if replan else _touched(touched, moves))
    decided += moves
    if event is not None:
        entries, booked = earn(customer, event, view, cause, is_news=is_news)
        if entries:
            customer.points = book(customer.points, *entries)
            decided += booked
    news = event if is_news else None
    _advance_all(customer, plan, view, cause, decided, news)
    if not silent:
        _enter_all(customer, plan, view, news, cause, moves, decided, invited)
    _follow_enrollments(customer, plan, view, cause, silent, decided[before:], decided)
    customer.due_at = _next(customer, view)
    if event is not None or len(decided) > before:
        customer.settled_at = now


def _touched(touched: Collection[str], moves: Sequence[AnyDecision]) -> Collection[str]:
    return {*touched, MOVES} if moves else touched


_MOVED_BY = {Enrolled: (ENROLLMENTS,), Ended: (ENROLLMENTS,), TraitWritten: (TRAITS,)}


def _follow_enrollments(
    customer: Customer, plan: Plan, view: View, cause: str, silent: bool, fresh: list[AnyDecision],
    decided: list[AnyDecision],
) -> None:  # fmt: skip
    """Segments that ask who is in a playbook, or for what its steps wrote, move in the same moment; what that triggers
    may move them again."""
    while moved := {part for each in fresh for part in _MOVED_BY.get(type(each), ())}:
        moves = move_memberships(customer, view, cause, moved)
        decided += moves
        before = len(decided)
        _advance_all(customer, plan, view, cause, decided)
        if not silent:
            _enter_all(customer, plan, view, None, cause, moves, decided)
        fresh = decided[before:]


def _advance_all(
    customer: Customer, plan: Plan, view: View, cause: str, decided: list[AnyDecision], event: Event | None = None
) -> None:
    """Every open passage; of two that cannot stand side by side, which only a merge can leave, the later ends."""
    open_in: dict[PlaybookKey, list[Enrollment]] = {}
    for index, passage in enumerate(customer.enrollments):
        if not passage.is_open:
            continue
        passage = _moved_on(passage, plan, view, decided)
        playbook = plan.playbook(passage.playbook, passage.version)
        others = open_in.setdefault(passage.playbook, [])
        if playbook is not None and any(is_rival(playbook, other, passage.about) for other in others):
            customer.enrollments[index], _ = end(passage, view, "in_playbook", cause, decided)
            continue
        customer.enrollments[index] = advanced = _advance(passage, playbook, view, cause, decided, event)
        if advanced.is_open:
            others.append(advanced)


def _moved_on(passage: Enrollment, plan: Plan, view: View, decided: list[AnyDecision]) -> Enrollment:
    """The passage in the version that took over, at the step of the same name; where there is none it stays."""
    fresh = plan.successor(passage.playbook, passage.version)
    old = plan.playbook(passage.playbook, passage.version)
    if fresh is None or old is None or passage.step >= len(old.program):
        return passage
    place = fresh.places.get(old.program[passage.step].step.name)
    if place is None:
        return passage
    decided.append(
        VersionMoved(
            at=view.now, cause="version", enrollment=passage.id, playbook=passage.playbook, before=passage.version,
            after=fresh.version,
        )
    )  # fmt: skip
    return msgspec.structs.replace(passage, version=fresh.version, step=place)


def _enter_all(
    customer: Customer, plan: Plan, view: View, event: Event | None, cause: str, moves: Sequence[AnyDecision],
    decided: list[AnyDecision], invited: PlaybookKey | None = None,
) -> None:  # fmt: skip
    """Every playbook whose trigger fired, or that an operator lets the customer into; a house account enters none."""
    if customer.house:
        return
    for playbook in plan.running:
        if invited != playbook.key and not fires(playbook.trigger, playbook.key, event, moves, view):
            continue
        for entered in entrances(playbook, view, event, cause or "time"):
            decided.append(entered)
            if isinstance(entered, Enrolled):
                passage = begin(entered, view.facts.ever)
                customer.enrollments.append(_advance(passage, playbook, view, entered.cause, decided))


def _advance(
    passage: Enrollment, playbook: Playbook | None, view: View, cause: str, decided: list[AnyDecision],
    event: Event | None = None,
) -> Enrollment:  # fmt: skip
    if playbook is None or view.customer.house:
        why = "house_account" if view.customer.house else "version_gone"
        return end(passage, view, why, cause, decided)[0]
    passage, taken = advance(passage, playbook, view, cause or "time", event)
    decided += taken
    return passage


def _next(customer: Customer, view: View) -> Instant:
    """When time alone next changes a score, a membership or an enrollment."""
    due_at = min(view.scores_change, view.segments_change)
    for passage in customer.enrollments:
        if passage.is_open and passage.wake_at < due_at:
            due_at = passage.wake_at
    return due_at


def _forget_old_behaviour(customer: Customer, plan: Plan, now: Instant) -> bool:
    """Behaviour is kept as long as the plan may ask for it, and counted exactly beyond (design.md §4).

    At moments that are settled, not when a worker gets to them: in every batch a rule sees the same. Was any forgotten?
    """
    kept = len(customer.did)
    while customer.did and add_span(customer.did[0].at, plan.policy.keeps_behaviour, plan.tz) <= now:
        gone = customer.did.pop(0)
        name = gone.name if gone.by_hand else machine_counter(gone.name)
        customer.counters[name] = customer.counters.get(name, 0) + 1
    return len(customer.did) < kept
