"""Dry-run: what a playbook would have done over a stretch of history; no message leaves, nothing is written.

Each customer is set back to the first instant and lives through what occurred since, with the same `react` and `judge`
as live. Those who enter are then lived through together, so that a daily limit counts as it would have.
"""

import heapq
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import date

import msgspec
from msgspec.structs import replace

from ritorno.core.customer import Customer
from ritorno.core.decisions import Declined, Enrolled
from ritorno.core.events import Channel
from ritorno.core.folding import known_at
from ritorno.core.ids import CustomerId, PlaybookKey
from ritorno.core.instants import NEVER, Instant, wall
from ritorno.core.journeys.journey import Playbook, Way, send_named
from ritorno.core.life import Fate, Life
from ritorno.core.messages.message import State
from ritorno.core.messages.render import render
from ritorno.core.messages.sms_parts import count_parts
from ritorno.core.messages.trait_fields import TraitFields
from ritorno.core.plan import Plan
from ritorno.core.react import Replanned, react
from ritorno.core.retell import events_between


class Row(msgspec.Struct, frozen=True):
    """One customer's passage: when and why it entered, which arm, what became of each message."""

    customer: CustomerId
    entered_at: Instant
    arm: str
    cause: str
    cell: int
    messages: tuple[tuple[str, str, Instant | None, str], ...]  # (step, state, sent at, last reason)
    ended: str


class DryRun(msgspec.Struct, frozen=True):
    """`cost` in thousandths of a minor unit, `liability` (the offers' value if all were redeemed) in minor units."""

    playbook: PlaybookKey
    start: Instant
    end: Instant
    customers: int
    entered: int
    held_out: int
    messages: int
    bought_first: int
    states: dict[str, int]
    reasons: dict[str, int]
    declined: dict[str, int]
    channels: dict[str, int]
    cost: int
    liability: int
    rows: tuple[Row, ...]


def dry_run(
    documents: Iterable[Customer],
    plan: Plan,
    playbook: Playbook,
    start: Instant,
    end: Instant,
    progress: Callable[[int], None] = lambda _: None,
) -> DryRun:
    """What `playbook` alone would have done in (start, end], had it been active."""
    alone = replace(
        plan, running=(playbook,), versions={(playbook.key, playbook.version): playbook}, paused=frozenset()
    )
    alone = replace(alone, stopped=False)
    concerned: list[Customer] = []
    declined: Counter[str] = Counter()
    seen = 0
    for document in documents:
        if document.house:
            continue
        seen += 1
        progress(1)
        life = _lived(document, alone, start, end)
        declined.update(each.why.split(":")[0] for each in life.decisions if isinstance(each, Declined))
        if any(isinstance(each, Enrolled) for each in life.decisions):
            concerned.append(document)
    lives = live_together([born(document, alone, start, end) for document in concerned], alone, end)
    return _told(lives, alone, playbook, start, end, seen, declined)


def born(document: Customer, plan: Plan, start: Instant, end: Instant) -> Life:
    """The customer as of `start`, with what occurred until `end` ahead."""
    past = known_at(document, start)
    settled = react(past, (Replanned(start, "dry-run"),), plan, start).customer
    return Life(settled, events_between(document, start, end), plan)


def _lived(document: Customer, plan: Plan, start: Instant, end: Instant) -> Life:
    life = born(document, plan, start, end)
    while (moment := life.next_at) <= end:
        life.step(moment)
    return life


def live_together(lives: list[Life], plan: Plan, end: Instant) -> list[Life]:
    """Instant by instant up to `end`: everyone concerned reacts, then what is due is judged in the order of the outbox;
    what has left today is counted over all of them."""
    left: dict[tuple[PlaybookKey, date], int] = defaultdict(int)
    queue = [(life.next_at, index) for index, life in enumerate(lives)]
    heapq.heapify(queue)
    while queue and queue[0][0] <= end:
        now = queue[0][0]
        awake = []
        while queue and queue[0][0] == now:
            awake.append(heapq.heappop(queue)[1])
        for index in awake:
            lives[index].live(now)
        _judge_due([lives[index] for index in awake], plan, now, left)
        for index in awake:
            if (next_at := lives[index].next_at) != NEVER:
                heapq.heappush(queue, (next_at, index))
    return lives


def _judge_due(lives: list[Life], plan: Plan, now: Instant, left: dict[tuple[PlaybookKey, date], int]) -> None:
    today = wall(now, plan.tz).date()
    while due := [(fate.message.due_at, fate.message.id, life, fate) for life in lives for fate in life.due(now)]:
        for _, _, life, fate in sorted(due, key=lambda each: each[:2]):
            if fate not in life.due(now):  # dropped by what left before it
                continue
            life.judge(fate, now, lambda key: left[key, today])
            if fate.way is not None and fate.state is State.SENT:
                left[fate.message.playbook, today] += 1


def _told(
    lives: list[Life], plan: Plan, playbook: Playbook, start: Instant, end: Instant, seen: int, declined: Counter[str]
) -> DryRun:
    rows = tuple(sorted((row for life in lives for row in _rows(life)), key=lambda row: (row.entered_at, row.customer)))
    fates = [fate for life in lives for fate in life.fates]
    sent = [(life, fate) for life in lives for fate in life.fates if fate.state is State.SENT]
    offers = [fate for _, fate in sent if _carries_code(fate, playbook)]
    return DryRun(
        playbook=playbook.key,
        start=start,
        end=end,
        customers=seen,
        entered=len(rows),
        held_out=sum(1 for row in rows if row.arm == "holdout"),
        messages=len(sent),
        bought_first=sum(1 for fate in fates if fate.state is State.DROPPED and fate.reasons[-1][1].code == "bought"),
        states=dict(sorted(Counter(fate.state.value for fate in fates).items())),
        reasons=dict(sorted(Counter(why.code for fate in fates for why in {one[1] for one in fate.reasons}).items())),
        declined=dict(sorted(declined.items())),
        channels=dict(sorted(Counter(fate.way.channel.value for _, fate in sent if fate.way).items())),
        cost=sum(_cost(life, fate, plan) for life, fate in sent),
        liability=len(offers) * (playbook.offer.value if playbook.offer else 0),
        rows=rows,
    )


def _carries_code(fate: Fate, playbook: Playbook) -> bool:
    step = send_named(playbook, fate.message.step)
    return step.with_offer and not step.same_code


def _rows(life: Life) -> Iterator[Row]:
    passages = {passage.id: passage for passage in life.customer.enrollments}
    for each in life.decisions:
        if isinstance(each, Enrolled):
            passage = passages[each.enrollment]
            own = [fate for fate in life.fates if fate.message.enrollment == each.enrollment]
            yield Row(
                life.customer.id,
                each.at,
                each.arm,
                each.cause,
                life.customer.scores.cell,
                tuple(
                    (
                        fate.message.step,
                        fate.state.value,
                        fate.sent_at,
                        str(fate.reasons[-1][1]) if fate.reasons else "",
                    )
                    for fate in own
                ),
                passage.why,
            )


def _cost(life: Life, fate: Fate, plan: Plan) -> int:
    way = fate.way
    assert way is not None
    if way.channel is not Channel.SMS:
        return plan.brand.email_cost
    return plan.brand.part_cost * count_parts(sample_text(way, plan, life.customer)).parts


def sample_text(way: Way, plan: Plan, customer: Customer) -> str:
    """The text with this customer's name and links of the length they will have."""
    told = customer.traits.get("language")
    language = str(told.value) if told is not None and told.value in ("he", "en") else plan.brand.language
    name = customer.traits.get("first_name")
    link = f"{plan.brand.link_base}/r/" + "x" * 11
    context = {
        "brand": {"name": plan.brand.name},
        "customer": {
            "first_name": str(name.value) if name and name.value else "",
            "traits": TraitFields(customer.traits, plan.trait_rules.by_key, language),
        },
        "offer": {
            "value": "50",
            "min_basket": "150",
            "unit": "NIS",
            "expires_at": "1.1.2026 10:00",
            "hours_left": 3,
            "code": "X" * 8,
        },
        "link": link,
        "optout": link,
    }  # fmt: skip
    return render(way.text.in_language(language), language, context)
