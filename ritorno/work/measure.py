"""Measure: what a playbook brought, against those who were left out – never without its interval (ORC-12, PB2-05)."""

from collections import Counter

import msgspec
import psycopg

from ritorno.core.ids import PlaybookKey
from ritorno.core.instants import DAY, Instant, Span, add_span, months
from ritorno.core.journeys.journey import Playbook
from ritorno.core.lift import (
    Difference,
    Profit,
    Sample,
    days_until_conclusive,
    difference_of_means,
    difference_of_shares,
    profit,
    sample_ratio,
)
from ritorno.core.messages.message import State
from ritorno.core.plan import Plan
from ritorno.store import decisions, measures, messages

_BEFORE = months(-12)  # what a customer spent in the year before explains much of what follows


class ArmResult(msgspec.Struct, frozen=True):
    """One arm: customers, those who bought within the span, their net revenue in minor units."""

    customers: int
    bought: int
    revenue: int


class Results(msgspec.Struct, frozen=True):
    """Money in minor units, `cost` in thousandths. `spend` and `share` are None until both arms have two customers
    whose span is over; `maturing` are those whose span still runs."""

    playbook: PlaybookKey
    entered: int
    held_out: int
    maturing: int
    states: dict[str, int]
    reasons: dict[str, int]
    sent: int
    clicked: int
    codes: int
    redeemed: int
    offers_redeemed: int
    cost: int
    treated: ArmResult
    holdout: ArmResult
    spend: Difference | None
    share: Difference | None
    profit: Profit | None
    sample_ratio: float
    days_until_conclusive: float | None


class _Passage(msgspec.Struct, frozen=True):
    arm: str
    after: int
    before: int


def measure(connection: psycopg.Connection, plan: Plan, playbook: Playbook, now: Instant) -> Results:
    """The results of every version of a playbook up to `now`."""
    brand = plan.brand.id
    entries = decisions.enrollments(connection, brand, playbook.key)
    kept = messages.of_playbook(connection, brand, playbook.key)
    who = sorted({entry.customer for entry in entries})
    bought = measures.purchases(connection, brand, who)
    passages = [
        _passage(entry, bought.get(entry.customer, []), playbook.bought_within, plan)
        for entry in entries
        if add_span(entry.entered_at, playbook.bought_within, plan.tz) <= now
    ]
    codes, redeemed, value = measures.redeemed(connection, brand, playbook.key)
    clicks = measures.clicked(connection, brand, who) & {one.message.id for one in kept}
    cost = sum(one.cost or 0 for one in kept)
    spend = _spend(passages)
    first = min((entry.entered_at for entry in entries), default=now)
    return Results(
        playbook=playbook.key,
        entered=len(entries),
        held_out=sum(1 for entry in entries if entry.arm == "holdout"),
        maturing=len(entries) - len(passages),
        states=dict(sorted(Counter(one.state.value for one in kept).items())),
        reasons=dict(sorted(Counter(code for one in kept for code in {each[1] for each in one.reasons}).items())),
        sent=sum(1 for one in kept if one.state is State.SENT),
        clicked=len(clicks),
        codes=codes,
        redeemed=redeemed,
        offers_redeemed=value,
        cost=cost,
        treated=_arm(passages, "treated"),
        holdout=_arm(passages, "holdout"),
        spend=spend,
        share=_share(passages),
        profit=profit(spend, plan.brand.margin, cost / 1000, value) if spend else None,
        sample_ratio=_ratio(entries, playbook),
        days_until_conclusive=days_until_conclusive(spend, (now - first) / DAY) if spend else None,
    )


def _passage(entry: decisions.EnrollmentRow, bought: list[tuple[Instant, int]], within: Span, plan: Plan) -> _Passage:
    until = add_span(entry.entered_at, within, plan.tz)
    since = add_span(entry.entered_at, _BEFORE, plan.tz)
    after = sum(net for at, net in bought if entry.entered_at <= at < until)
    before = sum(net for at, net in bought if since <= at < entry.entered_at)
    return _Passage(entry.arm, after, before)


def _arm(passages: list[_Passage], arm: str) -> ArmResult:
    own = [each for each in passages if each.arm == arm]
    return ArmResult(len(own), sum(1 for each in own if each.after > 0), sum(each.after for each in own))


def _spend(passages: list[_Passage]) -> Difference | None:
    treated, holdout = (
        Sample(
            [each.after for each in passages if each.arm == arm], [each.before for each in passages if each.arm == arm]
        )
        for arm in ("treated", "holdout")
    )
    return difference_of_means(treated, holdout)


def _share(passages: list[_Passage]) -> Difference | None:
    one, other = _arm(passages, "treated"), _arm(passages, "holdout")
    return difference_of_shares(one.bought, one.customers, other.bought, other.customers)


def _ratio(entries: list[decisions.EnrollmentRow], playbook: Playbook) -> float:
    held = sum(1 for entry in entries if entry.arm == "holdout")
    return sample_ratio(len(entries) - held, held, playbook.holdout)
