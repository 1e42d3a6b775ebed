"""Measure: what a playbook brought, against those who were left out – never without its interval (ORC-12, PB2-05).

    entries → customers (who by merging were in both arms count in neither)
            → those whose span after the entry is over: their orders in it, and in the year before
            → difference per head with its interval → × treated × margin − their messages − their offers

Everything of a playbook counts, whichever version; what is compared is treated as it was meant, sent to or not.
"""

from collections import Counter, defaultdict
from typing import NamedTuple

import msgspec
import psycopg

from ritorno.core.ids import CustomerId, PlaybookKey
from ritorno.core.instants import DAY, Instant, add_span, months
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
from ritorno.store.decisions import EnrollmentRow

_BEFORE = months(-12)  # what a customer spent in the year before explains much of what follows
_CAP_SHARE = 0.995  # beyond what so many buyers spend in such a span, one customer counts no more (science, "Lift")
_CAP_FROM = 200  # buyers: of fewer, the percentile is only the largest


class ArmResult(msgspec.Struct, frozen=True):
    """One arm: customers whose span is over, those of them who bought within it, their net revenue in minor units."""

    customers: int
    bought: int
    revenue: int


class Results(msgspec.Struct, frozen=True):
    """Amounts in minor units, `cost` in thousandths of them.

    `entered` and `held_out` count entries, the arms customers. `maturing` are entries whose span still runs, `in_both`
    customers who by a merge were in both arms. `delivered` is None while no provider has told of any delivery; nothing
    is said of opens, which an SMS does not have (PB2-05). `liability`: codes that may still be redeemed. `spend` per
    head (capped at `cap`, None: not), `share` of buyers and `profit` are None until both arms have two customers.
    """

    playbook: PlaybookKey
    entered: int
    held_out: int
    maturing: int
    in_both: int
    states: dict[str, int]
    reasons: dict[str, int]
    sent: int
    delivered: int | None
    clicked: int
    codes: int
    redeemed: int
    offers_redeemed: int
    liability: int
    cost: int
    treated: ArmResult
    holdout: ArmResult
    cap: int | None
    spend: Difference | None
    share: Difference | None
    profit: Profit | None
    sample_ratio: float
    days_until_conclusive: float | None


class _Head(NamedTuple):
    """One customer: net spend within the spans after their entries, and in the year before the first."""

    arm: str
    after: int
    before: int


def measure(connection: psycopg.Connection, plan: Plan, playbook: Playbook, now: Instant) -> Results:
    """The results of every version of a playbook up to `now`."""
    brand = plan.brand.id
    entries = decisions.enrollments(connection, brand, playbook.key)
    arms: dict[CustomerId, set[str]] = defaultdict(set)
    for entry in entries:
        arms[entry.customer].add(entry.arm)
    over = [entry for entry in entries if _until(entry, playbook, plan) <= now]
    counted = [entry for entry in over if len(arms[entry.customer]) == 1]
    heads = _heads(connection, plan, playbook, counted)
    cap = _cap(connection, plan, playbook, entries)
    spend = _spend(heads, cap)
    kept = messages.of_playbook(connection, brand, playbook.key)
    issued = measures.codes(connection, brand, playbook.key)
    told = measures.feedback(connection, brand, sorted(arms))
    ours = {one.message.id for one in kept}
    redeemed = [one for one in issued if one.redeemed_at is not None]
    return Results(
        playbook=playbook.key,
        entered=len(entries),
        held_out=sum(1 for entry in entries if entry.arm == "holdout"),
        maturing=len(entries) - len(over),
        in_both=sum(1 for each in arms.values() if len(each) > 1),
        states=dict(sorted(Counter(one.state.value for one in kept).items())),
        reasons=dict(sorted(Counter(code for one in kept for code in {each[1] for each in one.reasons}).items())),
        sent=sum(1 for one in kept if one.state is State.SENT),
        delivered=len(told["delivered"] & ours) or None,
        clicked=len(told["clicked"] & ours),
        codes=len(issued),
        redeemed=len(redeemed),
        offers_redeemed=sum(one.value for one in redeemed),
        liability=sum(one.value for one in issued if one.redeemed_at is None and now < one.expires_at),
        cost=sum(one.cost or 0 for one in kept),
        treated=_arm(heads, "treated"),
        holdout=_arm(heads, "holdout"),
        cap=cap,
        spend=spend,
        share=_share(heads),
        profit=_profit(spend, plan, counted, kept, redeemed),
        sample_ratio=_ratio(entries, arms, playbook, plan),
        days_until_conclusive=days_until_conclusive(spend, _days(counted)) if spend else None,
    )


def _until(entry: EnrollmentRow, playbook: Playbook, plan: Plan) -> Instant:
    return add_span(entry.entered_at, playbook.bought_within, plan.tz)


def _heads(connection: psycopg.Connection, plan: Plan, playbook: Playbook, over: list[EnrollmentRow]) -> list[_Head]:
    """One for each customer: the unit that chance put into an arm is the unit that is counted."""
    entries: dict[CustomerId, list[EnrollmentRow]] = defaultdict(list)
    for entry in over:
        entries[entry.customer].append(entry)
    bought = measures.purchases(connection, plan.brand.id, list(entries))
    heads = []
    for customer, own in entries.items():
        spans = [(entry.entered_at, _until(entry, playbook, plan)) for entry in own]
        first = min(since for since, _ in spans)
        year = add_span(first, _BEFORE, plan.tz)
        told = bought.get(customer, [])
        # An order of the very instant of the entry is what brought it about.
        after = sum(net for at, net in told if any(since < at < until for since, until in spans))
        heads.append(_Head(own[0].arm, after, sum(net for at, net in told if year <= at <= first)))
    return heads


def _cap(connection: psycopg.Connection, plan: Plan, playbook: Playbook, entries: list[EnrollmentRow]) -> int | None:
    """Fixed by what buyers spent in spans of that length in the year before the first entry: no result moves it."""
    if not entries:
        return None
    first = entries[0].entered_at
    length = _until(entries[0], playbook, plan) - first
    since = add_span(first, _BEFORE, plan.tz)
    cap, buyers = measures.spent_at_most(connection, plan.brand.id, since, first, length, _CAP_SHARE)
    return cap if buyers >= _CAP_FROM else None


def _arm(heads: list[_Head], arm: str) -> ArmResult:
    own = [each.after for each in heads if each.arm == arm]
    return ArmResult(len(own), sum(1 for after in own if after > 0), sum(own))


def _spend(heads: list[_Head], cap: int | None) -> Difference | None:
    treated, holdout = (
        Sample([each.after for each in heads if each.arm == arm], [each.before for each in heads if each.arm == arm])
        for arm in ("treated", "holdout")
    )
    return difference_of_means(treated, holdout) if cap is None else difference_of_means(treated, holdout, cap)


def _share(heads: list[_Head]) -> Difference | None:
    one, other = _arm(heads, "treated"), _arm(heads, "holdout")
    return difference_of_shares(one.bought, one.customers, other.bought, other.customers)


def _profit(
    spend: Difference | None,
    plan: Plan,
    counted: list[EnrollmentRow],
    kept: list[messages.Kept],
    redeemed: list[measures.Issued],
) -> Profit | None:
    """Of those whose span is over: what their messages and offers cost stands against what they brought."""
    if spend is None:
        return None
    ids = {entry.id for entry in counted}
    theirs = {one.message.id: one.cost or 0 for one in kept if one.message.enrollment in ids}
    offers = sum(one.value for one in redeemed if one.message in theirs)
    return profit(spend, plan.brand.margin, sum(theirs.values()) / 1000, offers)


def _ratio(entries: list[EnrollmentRow], arms: dict[CustomerId, set[str]], playbook: Playbook, plan: Plan) -> float:
    """Could chance have made arms of these sizes, at the share that each version held out?"""
    shares: dict[CustomerId, float] = {}
    for entry in entries:
        if len(arms[entry.customer]) == 1:
            version = plan.playbook(playbook.key, entry.version) or playbook
            shares.setdefault(entry.customer, version.holdout)
    if not shares:
        return 1.0
    held = sum(1 for customer in shares if arms[customer] == {"holdout"})
    return sample_ratio(len(shares) - held, held, sum(shares.values()) / len(shares))


def _days(counted: list[EnrollmentRow]) -> float:
    """Over how many days those came in whose span is over."""
    return (counted[-1].entered_at - counted[0].entered_at) / DAY if counted else 0.0
