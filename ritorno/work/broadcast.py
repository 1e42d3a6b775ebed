"""Broadcast: whom it would reach and what that brings, send it to a group resolved once, stop what has not left."""

from collections import Counter
from collections.abc import Iterator

import msgspec
import psycopg

from ritorno.core.broadcasts import (
    ANYONE,
    RELEVANT,
    RESCUES,
    SEND,
    Broadcast,
    BroadcastError,
    Turns,
    awake_rule,
    is_broadcast,
    is_silent,
    key_of,
    playbook_of,
    spread,
)
from ritorno.core.customer import Customer
from ritorno.core.experiments import arm
from ritorno.core.ids import CustomerId, PlaybookKey
from ritorno.core.instants import Instant
from ritorno.core.journeys.journey import Playbook, send_named
from ritorno.core.messages.judge import Go, permitted
from ritorno.core.messages.message import Reason
from ritorno.core.plan import Plan
from ritorno.core.segments.live import ask
from ritorno.core.segments.rule import All, Rule
from ritorno.core.segments.text_write import to_text
from ritorno.core.view import View, view_of
from ritorno.store import broadcasts, customers, definitions, replans
from ritorno.store.transaction import transaction
from ritorno.work.dry_run_tally import cost_of
from ritorno.work.plans import body_of


class Narrower(msgspec.Struct, frozen=True):
    """A rule that would be asked instead, as text, and how many of the recipients it holds."""

    rule: str
    recipients: int


class Outlook(msgspec.Struct, frozen=True):
    """What sending it now would do. `channels`: who would be written to, by channel, the held out left out.
    `refused`: without consent or address for any of its ways. `in_rescue`: left out because they are in PB1 or PB2.
    `silent`: without an order or a click in 180 days. `concerned`: of those with the interest or need it speaks to;
    None: nobody said. `early`: who would get it before the others. `cost` in thousandths of a minor unit."""

    recipients: int
    channels: dict[str, int]
    refused: int
    in_rescue: int
    held_out: int
    cost: int
    silent: int
    silent_cost: int
    concerned: int | None
    early: int
    narrower: Narrower | None

    @property
    def wasted(self) -> float:
        """The share that is silent."""
        return self.silent / self.recipients if self.recipients else 0.0

    @property
    def relevance(self) -> float | None:
        if self.concerned is None:
            return None
        return self.concerned / self.recipients if self.recipients else 0.0

    @property
    def is_off_topic(self) -> bool:
        """Does it concern too few of those who would get it (ENG-07)?"""
        return self.relevance is not None and self.relevance < RELEVANT


def _recipients(
    connection: psycopg.Connection, plan: Plan, rule: Rule, now: Instant
) -> Iterator[tuple[Customer, View]]:
    for customer in customers.read_all(connection, plan.brand.id):
        if not customer.house:
            view = view_of(customer, plan, now)
            if ask(rule, view)[0]:
                yield customer, view


def preview(
    connection: psycopg.Connection, plan: Plan, one: Broadcast, now: Instant, *,
    about: Rule | None = None, early: Rule | None = None,
) -> Outlook:  # fmt: skip
    """Nothing is sent, written or spent. Raises BroadcastError, PlaybookError."""
    playbook = playbook_of(one, plan)
    counted: Counter[str] = Counter()
    channels: Counter[str] = Counter()
    for customer, view in _recipients(connection, plan, one.rule, now):
        silent = is_silent(customer, now)
        told = _fate(playbook, customer, view)
        counted["recipients"] += 1
        counted["silent"] += silent
        counted["concerned"] += about is not None and ask(about, view)[0]
        counted["early"] += early is not None and ask(early, view)[0]
        if isinstance(told, Go):
            channels[told.way.channel.value] += 1
            cost = cost_of(customer, told.way, plan)
            counted["cost"] += cost
            counted["silent_cost"] += cost if silent else 0
        else:
            counted[told] += 1
    return Outlook(
        counted["recipients"], dict(sorted(channels.items())), counted["refused"], counted["in_rescue"],
        counted["held_out"], counted["cost"], counted["silent"], counted["silent_cost"],
        None if about is None else counted["concerned"], counted["early"], _narrower(one, counted, about),
    )  # fmt: skip


def _fate(playbook: Playbook, customer: Customer, view: View) -> Go | str:
    found = permitted(send_named(playbook, SEND), view)
    if not isinstance(found, Go):
        return "refused"
    if any(each.is_open and each.playbook in RESCUES for each in customer.enrollments):
        return "in_rescue"
    return "held_out" if arm(playbook.key, customer.id, playbook.holdout) == "holdout" else found


def _narrower(one: Broadcast, counted: Counter[str], about: Rule | None) -> Narrower | None:
    """Those it concerns, where it concerns too few; else, of everyone, those who are awake."""
    everyone = counted["recipients"]
    if about is not None and everyone and counted["concerned"] / everyone < RELEVANT:
        return Narrower(to_text(about if one.rule == ANYONE else All((one.rule, about))), counted["concerned"])
    if one.rule == ANYONE and counted["silent"]:
        return Narrower(to_text(awake_rule()), everyone - counted["silent"])
    return None


class Begun(msgspec.Struct, frozen=True):
    """A broadcast on its way: who is let in, of them early, and between which instants."""

    key: PlaybookKey
    recipients: int
    early: int
    first: Instant
    last: Instant


def send(
    connection: psycopg.Connection, plan: Plan, one: Broadcast, turns: Turns, now: Instant, by: str, *,
    early: Rule | None = None,
) -> Begun:  # fmt: skip
    """Resolve the group now, and let each in at its turn, the highest spend first. Nobody gets it twice: one
    invitation, one enrollment each. Who is no longer in the segment at its turn is left out.

    Raises BroadcastError when the name is taken or there is nobody, PlaybookError.
    """
    playbook = playbook_of(one, plan)
    key = playbook.key
    if any(each.key == key for each in definitions.read(connection, plan.brand.id, "playbook")):
        raise BroadcastError(
            f"there was a broadcast {one.name!r} already; it is sent once – give this one its own name"
        )
    invited, first = _invitations(connection, plan, one, turns, early, now)
    if not invited:
        raise BroadcastError("nobody is in this segment, so there is nobody to send it to")
    with transaction(connection):
        _retire_over(connection, plan)
        body = body_of(playbook)
        if definitions.save(connection, plan.brand.id, "playbook", key, body, status="active", at=now, by=by) > 1:
            raise BroadcastError(f"somebody sends {one.name!r} in this instant; see: ritorno broadcast list")
        replans.invite(connection, plan.brand.id, key, invited)
        told = {"playbook": key, "segment": to_text(one.rule), "recipients": len(invited), "early": first}
        definitions.audit(connection, plan.brand.id, now, by, "broadcast", told)
    instants = [at for _, at in invited]
    return Begun(key, len(invited), first, min(instants), max(instants))


def _invitations(
    connection: psycopg.Connection, plan: Plan, one: Broadcast, turns: Turns, early: Rule | None, now: Instant
) -> tuple[list[tuple[CustomerId, Instant]], int]:
    """(who, when), and how many of them early."""
    before: list[tuple[int, CustomerId]] = []
    others: list[tuple[int, CustomerId]] = []
    for customer, view in _recipients(connection, plan, one.rule, now):
        is_early = turns.early is not None and early is not None and ask(early, view)[0]
        (before if is_early else others).append((-view.facts.spend, customer.id))
    found: list[tuple[CustomerId, Instant]] = []
    for group, first in ((before, turns.early), (others, turns.first)):
        if first is not None:
            at = spread(len(group), first, turns.an_hour, plan.policy.send_window, plan.tz)
            found += zip([customer for _, customer in sorted(group)], at, strict=True)
    return found, len(before)


def _retire_over(connection: psycopg.Connection, plan: Plan) -> None:
    """Of those before it, whom nobody can enter any more: no event is held against them again."""
    waits = broadcasts.waiting(connection, plan.brand.id)
    for each in plan.running:
        if is_broadcast(each.key) and each.key not in waits:
            definitions.set_status(connection, plan.brand.id, "playbook", each.key, each.version, "retired")


class Listed(msgspec.Struct, frozen=True):
    """`state`: waiting (nobody's turn has come), running, sent (all were let in), stopped. `messages` by state."""

    name: str
    state: str
    saved_at: Instant
    saved_by: str
    waiting: int
    until: Instant | None
    messages: dict[str, int]


def listed(connection: psycopg.Connection, plan: Plan) -> list[Listed]:
    """Every broadcast, the latest first."""
    found = [each for each in definitions.read(connection, plan.brand.id, "playbook") if is_broadcast(each.key)]
    waits = broadcasts.waiting(connection, plan.brand.id)
    messages = broadcasts.by_state(connection, plan.brand.id, [PlaybookKey(each.key) for each in found])
    rows = []
    for each in sorted(found, key=lambda one: (-one.saved_at, one.key)):
        key = PlaybookKey(each.key)
        count, _, last = waits.get(key, (0, None, None))
        sent = messages.get(key, {})
        state = "stopped" if each.status == "paused" else ("running" if sent else "waiting") if count else "sent"
        rows.append(Listed(key.removeprefix("broadcast-"), state, each.saved_at, each.saved_by, count, last, sent))
    return rows


class Stopped(msgspec.Struct, frozen=True):
    """How many were not let in, and how many messages were dropped that had not left."""

    key: PlaybookKey
    not_invited: int
    dropped: int


def stop(connection: psycopg.Connection, plan: Plan, name: str, now: Instant, by: str) -> Stopped:
    """Nothing more of it leaves, not even what a provider could not take in this instant: that is held, and over in
    some days. What has left has left. Raises BroadcastError when there is no such broadcast, or it is stopped."""
    key = key_of(name.lower().removeprefix("broadcast-"))
    found = [each for each in definitions.read(connection, plan.brand.id, "playbook") if each.key == key]
    if not found:
        names = ", ".join(each.name for each in listed(connection, plan)) or "none"
        raise BroadcastError(f"there is no broadcast {name!r}; there are: {names}")
    if found[-1].status == "paused":
        raise BroadcastError(f"{name} is stopped already")
    with transaction(connection):
        definitions.set_status(connection, plan.brand.id, "playbook", key, found[-1].version, "paused")
        invited, dropped = broadcasts.withdraw(connection, plan.brand.id, key, Reason("stopped", key), now)
        told = {"playbook": key, "not_invited": invited, "dropped": dropped}
        definitions.audit(connection, plan.brand.id, now, by, "stop broadcast", told)
    return Stopped(key, invited, dropped)
