"""What a dry-run counts of lives that are through, and how it is told."""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec

from ritorno.core.customer import Customer
from ritorno.core.decisions import Declined, Enrolled
from ritorno.core.events import Channel
from ritorno.core.expected_value import StepSent
from ritorno.core.ids import CustomerId, PlaybookKey
from ritorno.core.instants import Instant
from ritorno.core.journeys.journey import Playbook, send_named
from ritorno.core.journeys.way import Way
from ritorno.core.life import Fate, Life
from ritorno.core.messages.message import State
from ritorno.core.messages.render import render
from ritorno.core.messages.sample_fields import sample
from ritorno.core.messages.sms_parts import count_parts
from ritorno.core.messages.text import Reader, choose
from ritorno.core.messages.trait_fields import TraitFields
from ritorno.core.plan import Plan


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
    steps: tuple[StepSent, ...] = ()


class Tally(msgspec.Struct):
    """Of one playbook; two of them can be added. `cost` and `offers` as in DryRun, `offers` in number. `sent`: by step
    and channel, (messages, cost, codes, the sum of the average orders of those written to)."""

    rows: list[Row] = []
    messages: int = 0
    bought_first: int = 0
    states: dict[str, int] = {}
    reasons: dict[str, int] = {}
    declined: dict[str, int] = {}
    channels: dict[str, int] = {}
    cost: int = 0
    offers: int = 0
    sent: dict[tuple[str, str], tuple[int, int, int, int]] = {}

    def decline(self, each: Declined) -> None:
        _count(self.declined, each.why.split(":")[0])

    def take_in(self, life: Life, playbook: Playbook, plan: Plan) -> None:
        """What the playbook did in a life that is through."""
        for each in life.decisions:
            if isinstance(each, Declined) and each.playbook == playbook.key:
                self.decline(each)
        self.rows += _rows(life, playbook.key)
        for fate in life.fates:
            if fate.message.playbook == playbook.key:
                self._take_in(fate, life, playbook, plan)

    def _take_in(self, fate: Fate, life: Life, playbook: Playbook, plan: Plan) -> None:
        _count(self.states, fate.state.value)
        for code in {why.code for _, why in fate.reasons}:
            _count(self.reasons, code)
        if fate.state is State.DROPPED and fate.reasons[-1][1].code == "bought":
            self.bought_first += 1
        if fate.state is State.SENT and fate.way is not None:
            self.messages += 1
            _count(self.channels, fate.way.channel.value)
            cost, codes = cost_of(life.customer, fate.way, plan), int(_carries_code(fate, playbook))
            self.cost += cost
            self.offers += codes
            place = fate.message.step, fate.way.channel.value
            self._add_sent(place, (1, cost, codes, _average_order(life, fate)))

    def _add_sent(self, place: tuple[str, str], more: tuple[int, int, int, int]) -> None:
        before = self.sent.get(place, (0, 0, 0, 0))
        self.sent[place] = tuple(a + b for a, b in zip(before, more, strict=True))  # type: ignore[assignment]

    def add(self, other: "Tally") -> None:
        self.rows += other.rows
        self.messages += other.messages
        self.bought_first += other.bought_first
        self.cost += other.cost
        self.offers += other.offers
        for place, counts in other.sent.items():
            self._add_sent(place, counts)
        for mine, theirs in (
            (self.states, other.states), (self.reasons, other.reasons), (self.declined, other.declined),
            (self.channels, other.channels),
        ):  # fmt: skip
            for name, more in theirs.items():
                _count(mine, name, more)


def _count(counts: dict[str, int], name: str, more: int = 1) -> None:
    counts[name] = counts.get(name, 0) + more


def tell(tally: Tally, playbook: Playbook, customers: int, start: Instant, end: Instant) -> DryRun:
    """In an order that does not depend on who was counted first."""
    rows = tuple(sorted(tally.rows, key=lambda row: (row.entered_at, row.customer)))
    return DryRun(
        playbook=playbook.key,
        start=start,
        end=end,
        customers=customers,
        entered=len(rows),
        held_out=sum(1 for row in rows if row.arm == "holdout"),
        messages=tally.messages,
        bought_first=tally.bought_first,
        states=dict(sorted(tally.states.items())),
        reasons=dict(sorted(tally.reasons.items())),
        declined=dict(sorted(tally.declined.items())),
        channels=dict(sorted(tally.channels.items())),
        cost=tally.cost,
        liability=tally.offers * _worth(playbook),
        rows=rows,
        steps=tuple(
            StepSent(step, channel, messages, cost, average // messages, _worth(playbook) if codes else 0)
            for (step, channel), (messages, cost, codes, average) in sorted(tally.sent.items())
        ),
    )


def _worth(playbook: Playbook) -> int:
    return (playbook.offer.worth or 0) if playbook.offer else 0


def _average_order(life: Life, fate: Fate) -> int:
    """Of the one written to, as it was known then; 0 before a first order."""
    nets = [order.net for order in life.customer.orders if order.counts and order.occurred_at <= (fate.sent_at or 0)]
    return sum(nets) // len(nets) if nets else 0


def _carries_code(fate: Fate, playbook: Playbook) -> bool:
    step = send_named(playbook, fate.message.step)
    return step.with_offer and not step.same_code


def _rows(life: Life, playbook: PlaybookKey) -> Iterator[Row]:
    passages = {passage.id: passage for passage in life.customer.enrollments}
    for each in life.decisions:
        if isinstance(each, Enrolled) and each.playbook == playbook:
            own = [fate for fate in life.fates if fate.message.enrollment == each.enrollment]
            messages = tuple((fate.message.step, fate.state.value, fate.sent_at, _last_reason(fate)) for fate in own)
            cell, why = life.customer.scores.cell, passages[each.enrollment].why
            yield Row(life.customer.id, each.at, each.arm, each.cause, cell, messages, why)


def _last_reason(fate: Fate) -> str:
    return str(fate.reasons[-1][1]) if fate.reasons else ""


def cost_of(customer: Customer, way: Way, plan: Plan) -> int:
    """What a message costs that way, in thousandths of a minor unit; an SMS with the customer's own name and traits."""
    if way.channel is not Channel.SMS:
        return plan.brand.email_cost if way.channel is Channel.EMAIL else plan.brand.whatsapp_cost
    traits, brand = customer.traits, plan.brand
    told = traits.get("language")
    said = choose(way.text, Reader(str(told.value) if told is not None else brand.language), brand.language)
    name = traits.get("first_name")
    first_name = str(name.value) if name and name.value else ""
    shop = _Shop(brand.name, brand.link_base, brand.currency, tuple(way.links))
    if "traits" in said.text:  # each customer's own
        fields = TraitFields(traits, plan.trait_rules.by_key, said.language)
        return brand.part_cost * count_parts(_sample(said.text, said.language, shop, first_name, fields)).parts
    return brand.part_cost * _parts(said.text, said.language, shop, first_name)


class _Shop(NamedTuple):
    """What every text of a way says alike."""

    name: str
    link_base: str
    currency: str
    links: tuple[str, ...]


@lru_cache(maxsize=10_000)
def _parts(text: str, language: str, shop: _Shop, first_name: str) -> int:
    """Rendering is a tenth of a dry-run in which many enter, and many have one name."""
    return count_parts(_sample(text, language, shop, first_name, {})).parts


def _sample(text: str, language: str, shop: _Shop, first_name: str, traits: Mapping[str, Any]) -> str:
    """The text with this customer's name, links of the length they will have, and something for every other field."""
    link = f"{shop.link_base}/r/" + "x" * 11
    told = sample(shop.currency, language)
    told["customer"] |= {"first_name": first_name, "traits": traits}
    own = {"brand": {"name": shop.name}, "link": link, "optout": link, "links": dict.fromkeys(shop.links, link)}
    return render(text, language, told | own)
