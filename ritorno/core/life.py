"""One customer's life, lived without a database: the same `react` and the same `judge`, with a clock of its own.

What dry-runs, simulations and stories are made of. The owner of several lives steps whichever is next, so that what
they share (how many messages of a playbook have left today) is counted as it would be live. What records outside the
document decide live – codes left in a pool, budgets of offers, a provider that refuses – is taken for granted.
"""

from collections import deque
from collections.abc import Callable, Iterable
from typing import assert_never

import msgspec

from ritorno.core.customer import Customer
from ritorno.core.decisions import AnyDecision, Ended, MessageWanted
from ritorno.core.ids import PlaybookKey
from ritorno.core.instants import NEVER, Instant
from ritorno.core.journeys.journey import send_named
from ritorno.core.journeys.step import Send
from ritorno.core.journeys.way import Way
from ritorno.core.messages.blocks import Galleries
from ritorno.core.messages.content import Wanted, lacking
from ritorno.core.messages.judge import Drop, Go, Hold, contact_of, judge, turn
from ritorno.core.messages.message import Message, Reason, State
from ritorno.core.messages.printing import TextError
from ritorno.core.plan import Plan
from ritorno.core.react import Input, Sent, react
from ritorno.core.view import View, view_of

_WAITING = (State.QUEUED, State.HELD)

Shown = Callable[[Wanted, View], Galleries]  # the products that a message's galleries show


class Fate(msgspec.Struct):
    """A message and what became of it."""

    message: Message
    state: State = State.QUEUED
    reasons: list[tuple[Instant, Reason]] = msgspec.field(default_factory=list)
    sent_at: Instant | None = None
    way: Way | None = None


class Life:
    """`step` brings the customer to `next_at`; inputs are given in order of arrival. Without `shown`, galleries are
    taken to show something."""

    def __init__(
        self, document: Customer, inputs: Iterable[Input], plan: Plan, shown: Shown | None = None
    ) -> None:  # fmt: skip
        self.customer = document
        self.plan = plan
        self.shown = shown
        self.decisions: list[AnyDecision] = []
        self.fates: list[Fate] = []
        self._inputs = deque(inputs)

    @property
    def next_at(self) -> Instant:
        """The next instant at which anything happens, NEVER when nothing will."""
        waits = (fate.message.due_at for fate in self.fates if fate.state in _WAITING)
        told = self._inputs[0].received_at if self._inputs else NEVER
        return min(told, self.customer.due_at, *waits, NEVER)

    def tell(self, given: Input) -> None:
        """One more input, not earlier than those given."""
        self._inputs.append(given)

    def step(self, now: Instant, sent_today: Callable[[PlaybookKey], int] = lambda _: 0) -> list[Fate]:
        """Everything up to `now`, then what is due of the outbox; the messages that left (the holdout's too)."""
        self.live(now)
        left = []
        while due := self.due(now):
            fate = min(due, key=lambda each: turn(each.message, self.plan))
            self.judge(fate, now, sent_today)
            if fate.sent_at is not None:
                left.append(fate)
        return left

    def live(self, now: Instant) -> None:
        """What was told and what time did up to `now`; nothing leaves yet."""
        inputs = []
        while self._inputs and self._inputs[0].received_at <= now:
            inputs.append(self._inputs.popleft())
        self._react(inputs, now)

    def due(self, now: Instant) -> list[Fate]:
        """The messages that are to be judged."""
        return [each for each in self.fates if each.state in _WAITING and each.message.due_at <= now]

    def _react(self, inputs: list[Input], now: Instant) -> None:
        reaction = react(self.customer, inputs, self.plan, now)
        self.customer = reaction.customer
        self.decisions += reaction.decisions
        for each in reaction.decisions:
            if isinstance(each, MessageWanted):
                self._want(each)
            elif isinstance(each, Ended):
                self._end(each)

    def _want(self, wanted: MessageWanted) -> None:
        self.fates.append(
            Fate(
                Message(
                    wanted.message,
                    self.customer.id,
                    wanted.enrollment,
                    wanted.playbook,
                    wanted.version,
                    wanted.step,
                    wanted.arm,
                    wanted.at,
                    wanted.due_at,
                )
            )
        )

    def _end(self, ended: Ended) -> None:
        """Its messages that have not left are dropped, unless it is through; what waited for its end is judged."""
        for fate in self.fates:
            if fate.state not in _WAITING:
                continue
            if fate.message.enrollment == ended.enrollment and ended.why != "completed":
                fate.state = State.DROPPED
                fate.reasons.append((ended.at, Reason(*ended.why.split(": ", 1))))
            elif fate.reasons and fate.reasons[-1][1] == Reason("in_playbook", ended.playbook):
                fate.message = msgspec.structs.replace(fate.message, due_at=min(fate.message.due_at, ended.at))

    def judge(self, fate: Fate, now: Instant, sent_today: Callable[[PlaybookKey], int] = lambda _: 0) -> None:
        """Decide one message on the document as it is."""
        view = view_of(self.customer, self.plan, now)
        match judge(fate.message, view, self.plan, sent_today(fate.message.playbook)):
            case Hold(until, why):
                fate.state = State.HELD
                fate.message = msgspec.structs.replace(fate.message, due_at=until)
                if not fate.reasons or fate.reasons[-1][1] != why:  # the same reason twice in a row is kept once
                    fate.reasons.append((now, why))
            case Drop(why, instead):
                fate.state = State.DROPPED
                fate.reasons.append((now, why))
                if instead is not None:
                    self.fates.append(Fate(instead))
            case Go(way, address) if lacks := self._lacks(
                Wanted(fate.message, self._send_step(fate), way, address), view
            ):
                fate.state = State.DROPPED
                fate.reasons.append((now, lacks))
            case Go(way):
                held_out = fate.message.arm == "holdout"
                fate.state = State.HELD_OUT if held_out else State.SENT
                fate.sent_at, fate.way = now, way
                contact = contact_of(fate.message, None if held_out else way.channel, self._send_step(fate), now)
                self._react([Sent(now, contact)], now)
            case verdict:
                assert_never(verdict)

    def _lacks(self, wanted: Wanted, view: View) -> Reason | None:
        """What keeps the text from being written for this customer, as when it is composed live (ENG-14)."""
        playbook = self.plan.playbook(wanted.message.playbook, wanted.message.version)
        offer = None if playbook is None else playbook.offer
        galleries = None if self.shown is None else self.shown(wanted, view)
        try:
            field = lacking(wanted, view, offer, galleries)
        except TextError as error:
            return Reason("text", str(error))
        return Reason("no_data", field) if field else None

    def _send_step(self, fate: Fate) -> Send:
        playbook = self.plan.playbook(fate.message.playbook, fate.message.version)
        assert playbook is not None
        return send_named(playbook, fate.message.step)
