"""Dry-run: what playbooks would have done over a stretch of history; no message leaves, nothing is written.

Each customer's history is lived through again, with the same `react` and `judge` as live. Two passes:

    first look    each customer alone, up to the first message that wants to leave: most never come so far
    together      the others go on side by side, instant by instant, so that a daily limit counts as live

In memory is who wants to write at the time, so that many may enter.
"""

import heapq
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from itertools import count

import msgspec
from msgspec.structs import replace

from ritorno.core.customer import Customer
from ritorno.core.decisions import Declined, Enrolled
from ritorno.core.events import Event
from ritorno.core.ids import CustomerId, PlaybookKey
from ritorno.core.instants import NEVER, Instant, wall
from ritorno.core.journeys.journey import Playbook
from ritorno.core.journeys.trigger import BecameTrue
from ritorno.core.life import Life, Shown
from ritorno.core.messages.judge import turn
from ritorno.core.messages.message import State
from ritorno.core.plan import Plan
from ritorno.core.react import Replanned, react
from ritorno.work.dry_run_tally import DryRun, Tally, tell
from ritorno.work.relive import Past, relive
from ritorno.work.spool import Spool, packed, unpacked

ACTIVATED = "activated"  # the cause of what is settled when playbooks begin

Told = tuple[Customer, Sequence[Event]]  # a document, and the events stored of it
Left = dict[tuple[PlaybookKey, date], int]  # messages of a playbook that left on a day of the brand's wall clock


class FirstLook(msgspec.Struct):
    """Of some customers. `waiting`: those who want to write, packed, and from when on. `tallies`: of everyone else."""

    customers: int = 0
    waiting: list[tuple[Instant, CustomerId, bytes]] = []
    tallies: dict[PlaybookKey, Tally] = {}


class Gathered:
    """The first look at everyone, and after it what became of those who waited."""

    def __init__(self) -> None:
        self.customers = 0
        self.tallies: dict[PlaybookKey, Tally] = {}
        self.waiting = Spool()

    def add(self, look: FirstLook) -> None:
        self.customers += look.customers
        for at, who, kept in look.waiting:
            self.waiting.put(at, who, kept)
        for key, tally in look.tallies.items():
            self.tallies.setdefault(key, Tally()).add(tally)


def dry_run(
    documents: Iterable[Customer],
    plan: Plan,
    playbook: Playbook,
    start: Instant,
    end: Instant,
    progress: Callable[[int], None] = lambda _: None,
) -> DryRun:
    """What `playbook` alone would have done in (start, end], had it been active; by what the documents know."""
    alone = running_alone(plan, (playbook,))
    with closing_gathered() as gathered:
        for document in documents:
            gathered.add(first_look([(document, ())], alone, start, end))
            progress(1)
        (result,) = together(gathered, alone, start, end)
    return result


@contextmanager
def closing_gathered() -> Iterator[Gathered]:
    gathered = Gathered()
    try:
        yield gathered
    finally:
        gathered.waiting.close()


def running_alone(plan: Plan, playbooks: tuple[Playbook, ...]) -> Plan:
    """The plan with these running and no others; whatever holds messages back today does not."""
    versions = {(each.key, each.version): each for each in playbooks}
    return replace(
        plan, running=playbooks, versions=versions, paused=frozenset(), stopped=False, silent=frozenset()
    )  # fmt: skip


def first_look(told: Iterable[Told], plan: Plan, start: Instant, end: Instant) -> FirstLook:
    """Each customer alone. Nobody's history depends on another's until a message of a limited playbook leaves."""
    look = FirstLook(tallies={each.key: Tally() for each in plan.running})
    quiet = replace(plan, running=())
    shared = any(each.a_day for each in plan.running)
    for document, stored in told:
        if document.house:
            continue
        look.customers += 1
        past = activated(relive(document, stored, quiet, start, end), plan, start)
        decided = react(past.customer, past.ahead, plan, end).decisions
        entered_at = next((each.at for each in decided if isinstance(each, Enrolled)), None)
        if entered_at is None:
            for each in decided:
                if isinstance(each, Declined):
                    look.tallies[each.playbook].decline(each)
            continue
        life = _until(past, plan, Instant(entered_at - 1))
        _live_alone(life, end)
        if shared and life.next_at <= end:
            look.waiting.append((life.next_at, document.id, packed(life)))
        else:
            live_together([life], plan, end)
            _take_in(look.tallies, life, plan)
    return look


def begun(past: Past, plan: Plan, start: Instant, shown: Shown | None = None) -> Life:
    """A life from `start` on, when the playbooks are activated."""
    past = activated(past, plan, start)
    return Life(past.customer, past.ahead, plan, shown)


def activated(past: Past, plan: Plan, start: Instant) -> Past:
    """Whom the rule fits already for which a playbook waits has not just come to fit; who is yet to come will."""
    if past.customer.joined_at == NEVER or not any(isinstance(each.trigger, BecameTrue) for each in plan.running):
        return past
    return Past(react(past.customer, (Replanned(start, ACTIVATED),), plan, start).customer, past.ahead)


def _until(past: Past, plan: Plan, moment: Instant) -> Life:
    """In one step to where nobody has entered anything yet."""
    before = sum(1 for given in past.ahead if given.received_at <= moment)
    reaction = react(past.customer, past.ahead[:before], plan, moment)
    life = Life(reaction.customer, past.ahead[before:], plan)
    life.decisions += reaction.decisions
    return life


def _take_in(tallies: dict[PlaybookKey, Tally], life: Life, plan: Plan) -> None:
    """A life that is through."""
    for playbook in plan.running:
        tallies[playbook.key].take_in(life, playbook, plan)


def together(
    gathered: Gathered, plan: Plan, start: Instant, end: Instant, progress: Callable[[int], None] = lambda _: None
) -> tuple[DryRun, ...]:
    """The second pass; what each running playbook would have done, in the order of the plan."""
    arrivals = ((at, unpacked(kept, plan)) for at, kept in gathered.waiting.take())
    for life in live_through(arrivals, plan, end, defaultdict(int)):
        _take_in(gathered.tallies, life, plan)
        progress(1)
    return tuple(
        tell(gathered.tallies.get(each.key, Tally()), each, gathered.customers, start, end) for each in plan.running
    )


def live_together(lives: Sequence[Life], plan: Plan, end: Instant) -> None:
    """Instant by instant up to `end`: everyone concerned reacts, then what is due is judged in the order of the outbox;
    what has left today is counted over all of them, and counts what has left of them before."""
    left: Left = defaultdict(int)
    for life in lives:
        for fate in life.fates:
            if fate.state is State.SENT and fate.sent_at is not None:
                left[fate.message.playbook, wall(fate.sent_at, plan.tz).date()] += 1
    for _ in live_through(sorted(((life.next_at, life) for life in lives), key=lambda one: one[0]), plan, end, left):
        pass


def live_through(
    arrivals: Iterable[tuple[Instant, Life]], plan: Plan, end: Instant, left: Left
) -> Iterator[Life]:  # fmt: skip
    """The lives, each when it is through. Arrivals come in order of the instant before which they want no message."""
    queue: list[tuple[Instant, int, Life]] = []
    numbers = count()
    coming = iter(arrivals)
    upcoming = next(coming, None)
    while queue or upcoming:
        if upcoming is not None and (not queue or upcoming[0] <= queue[0][0]):
            awake = [upcoming[1]]
            upcoming = next(coming, None)
        else:
            now, _, first = heapq.heappop(queue)
            awake = [first]
            while queue and queue[0][0] == now:
                awake.append(heapq.heappop(queue)[2])
            for life in awake:
                life.live(now)
            _judge_due(awake, plan, now, left)
        for life in awake:
            _live_alone(life, end)
            if life.next_at <= end:
                heapq.heappush(queue, (life.next_at, next(numbers), life))
            else:
                yield life


def _live_alone(life: Life, end: Instant) -> None:
    """As long as no message of this life waits, nothing of it depends on others."""
    while not _wants_to_write(life) and (moment := life.next_at) <= end:
        life.live(moment)


def _wants_to_write(life: Life) -> bool:
    return any(fate.state in (State.QUEUED, State.HELD) for fate in life.fates)


def _judge_due(lives: Sequence[Life], plan: Plan, now: Instant, left: Left) -> None:
    today = wall(now, plan.tz).date()
    while due := [(turn(fate.message, plan), life, fate) for life in lives for fate in life.due(now)]:
        for _, life, fate in sorted(due, key=lambda each: each[0]):
            if fate not in life.due(now):  # dropped by what left before it
                continue
            life.judge(fate, now, lambda key: left[key, today])
            if fate.way is not None and fate.state is State.SENT:
                left[fate.message.playbook, today] += 1
