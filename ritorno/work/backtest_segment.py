"""Who would have been in a segment: how many at the start and the end, who came and went when, for how long, and what
those who came bought in the 30 days after, beside everyone's other days.

The revenue is a description, not an effect: who enters a segment differs from who does not.
"""

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from statistics import median
from typing import Literal

import msgspec
from msgspec.structs import replace

from ritorno.core.customer import Customer
from ritorno.core.decisions import AnyDecision, SegmentEntered, SegmentLeft
from ritorno.core.ids import SegmentKey
from ritorno.core.instants import DAY, NEVER, Instant, add_span, days, wall
from ritorno.core.journeys.way import Words
from ritorno.core.plan import Plan, Segment
from ritorno.core.react import react
from ritorno.core.segments.check import RuleError, check, segments_named
from ritorno.core.segments.inputs import ENROLLMENTS, inputs_of
from ritorno.core.segments.rule import Rule
from ritorno.store.history import Told
from ritorno.work.relive import relive, with_segments

Every = Literal["month", "day"]
_ASKED = SegmentKey("\x00asked")  # no saved segment has such a key
_AFTER = days(30)


class Turn(msgspec.Struct, frozen=True):
    """One month or day of the brand's wall clock ("2026-03", "2026-03-01"); `inside` at its end."""

    when: str
    entered: int
    left: int
    inside: int


class Bought(msgspec.Struct, frozen=True):
    """Orders that counted and their net, in minor units, over so many days of customers' time."""

    customer_days: float
    orders: int
    revenue: int

    @property
    def revenue_in_30_days(self) -> float | None:
        """Minor units per customer; None where there was no such time."""
        return self.revenue * 30 / self.customer_days if self.customer_days else None


class SegmentRun(msgspec.Struct, frozen=True):
    """`stays` ended in the stretch, half of them within `median_inside` microseconds; stays that go on are not among
    them. `after`: within 30 days after an entry of the stretch; `otherwise`: all other time of everyone."""

    start: Instant
    end: Instant
    every: Every
    customers: int
    at_start: int
    at_end: int
    entered: int
    left: int
    turns: tuple[Turn, ...]
    stays: int
    median_inside: int | None
    after: Bought
    otherwise: Bought


class SegmentTally(msgspec.Struct):
    """Of some customers; two can be added. Times in microseconds."""

    customers: int = 0
    at_start: int = 0
    at_end: int = 0
    entered: dict[str, int] = {}
    left: dict[str, int] = {}
    stays: list[int] = []
    time_after: int = 0
    time_otherwise: int = 0
    orders_after: int = 0
    orders_otherwise: int = 0
    revenue_after: int = 0
    revenue_otherwise: int = 0

    def add(self, other: "SegmentTally") -> None:
        for name in self.__struct_fields__:
            mine, theirs = getattr(self, name), getattr(other, name)
            match mine:
                case dict():
                    setattr(self, name, dict(Counter(mine) + Counter(theirs)))
                case list():
                    mine += theirs
                case _:
                    setattr(self, name, mine + theirs)


def as_segment(plan: Plan, rule: Rule) -> Plan:
    """The plan with this segment and those it asks for, no playbook running. Raises RuleError."""
    check(rule, plan)
    if ENROLLMENTS in inputs_of(rule, plan.rules):
        raise RuleError("rule: asks who is in a playbook, which history alone does not tell; backtest the playbook")
    plan = with_segments(plan, segments_named(rule))
    asked = Segment(_ASKED, 1, Words("", ""), rule)
    return replace(plan, segments=(*plan.segments, asked), running=(), versions={}, paused=frozenset())


class WhoIsInside(msgspec.Struct, frozen=True):
    plan: Plan
    start: Instant
    end: Instant
    every: Every

    def ask(self, told: list[Told]) -> SegmentTally:
        tally = SegmentTally()
        for document, stored in told:
            if document.house:
                continue
            past = relive(document, stored, self.plan, self.start, self.end, contacts=True)
            reaction = react(past.customer, past.ahead, self.plan, self.end)
            if reaction.customer.joined_at == NEVER:
                continue  # nobody had heard of this one yet
            tally.customers += 1
            tally.at_start += _ASKED in past.customer.memberships
            tally.at_end += _ASKED in reaction.customer.memberships
            entries = list(self._count_moves(tally, reaction.decisions))
            self._count_bought(tally, reaction.customer, entries)
        return tally

    def _count_moves(self, tally: SegmentTally, decided: tuple[AnyDecision, ...]) -> Iterator[Instant]:
        """The instants of the entries."""
        for each in decided:
            match each:
                case SegmentEntered(segment=key) if key == _ASKED:
                    when = self._turn(each.at)
                    tally.entered[when] = tally.entered.get(when, 0) + 1
                    yield each.at
                case SegmentLeft(segment=key, since=since) if key == _ASKED:
                    when = self._turn(each.at)
                    tally.left[when] = tally.left.get(when, 0) + 1
                    tally.stays.append(each.at - since)
                case _:
                    continue

    def _turn(self, instant: Instant) -> str:
        return turn_of(instant, self.plan, self.every)

    def _count_bought(self, tally: SegmentTally, customer: Customer, entries: list[Instant]) -> None:
        """An order of the very instant of an entry, which may be why it entered, is not after it."""
        known_at = max(self.start, customer.joined_at)
        windows = [(at, min(add_span(at, _AFTER, self.plan.tz), self.end)) for at in entries]
        cut = [(begin, min(end, following[0])) for (begin, end), following in pairwise(windows)]  # no time twice
        windows = [*cut, *windows[-1:]]
        after = sum(end - begin for begin, end in windows)
        tally.time_after += after
        tally.time_otherwise += max(self.end - known_at - after, 0)
        for order in customer.orders:
            if order.counts and self.start < order.occurred_at <= self.end:
                if any(begin < order.occurred_at <= end for begin, end in windows):
                    tally.orders_after += 1
                    tally.revenue_after += order.net
                else:
                    tally.orders_otherwise += 1
                    tally.revenue_otherwise += order.net


def turn_of(instant: Instant, plan: Plan, every: Every) -> str:
    """The month or day that an instant is of."""
    return f"{wall(instant, plan.tz):{'%Y-%m' if every == 'month' else '%Y-%m-%d'}}"


def tell_segment(tally: SegmentTally, plan: Plan, start: Instant, end: Instant, every: Every) -> SegmentRun:
    return SegmentRun(
        start=start,
        end=end,
        every=every,
        customers=tally.customers,
        at_start=tally.at_start,
        at_end=tally.at_end,
        entered=sum(tally.entered.values()),
        left=sum(tally.left.values()),
        turns=tuple(_turns(tally, plan, start, end, every)),
        stays=len(tally.stays),
        median_inside=round(median(tally.stays)) if tally.stays else None,
        after=Bought(tally.time_after / DAY, tally.orders_after, tally.revenue_after),
        otherwise=Bought(tally.time_otherwise / DAY, tally.orders_otherwise, tally.revenue_otherwise),
    )


def _turns(tally: SegmentTally, plan: Plan, start: Instant, end: Instant, every: Every) -> Iterator[Turn]:
    """Every one of the stretch, also those in which nobody moved."""
    inside = tally.at_start
    last = turn_of(end, plan, every)
    day = start
    seen = ""
    while seen < last:
        when = min(turn_of(day, plan, every), last)
        if when != seen:
            entered, left = tally.entered.get(when, 0), tally.left.get(when, 0)
            inside += entered - left
            yield Turn(when, entered, left, inside)
            seen = when
        day = add_span(day, days(1), plan.tz)
