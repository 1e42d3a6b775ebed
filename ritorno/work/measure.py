"""Measure: what a playbook brought, against those who were left out – never without its interval (ORC-12, PB2-05).

    entries → customers (who by merging were in both arms count in neither)
            → those whose span after the entry is over: their orders in it, and in the year before
            → difference per head with its interval → × treated × margin − their messages − their offers − ads

Everything of a playbook counts, whichever version; what is compared is treated as it was meant, sent to or not. The
database makes the sums (`store/measures.py`), the rules the intervals (`core/lift.py`).
"""

from collections import defaultdict
from collections.abc import Iterable
from zoneinfo import ZoneInfo

import psycopg

from ritorno.core.instants import DAY, Instant, Span, Unit, add_span, months
from ritorno.core.journeys.journey import Playbook
from ritorno.core.journeys.step import Split
from ritorno.core.lift import (
    Difference,
    Profit,
    days_until_conclusive,
    difference_of_shares,
    difference_of_spend,
    profit,
    sample_ratio,
)
from ritorno.core.messages.message import State
from ritorno.core.moments import NOBODY, Moments, together
from ritorno.core.plan import Plan
from ritorno.core.span_pieces import pieces
from ritorno.store import measured_steps, measures
from ritorno.store.measured_steps import Sent
from ritorno.store.measures import Asked, Drawn, Entered, Heads, Spans
from ritorno.store.transaction import transaction
from ritorno.work.results import AfterResult, ArmResult, Results, SplitResult, StepResult, VersionResult

_BEFORE = months(-12)
_CAP_SHARE = 0.995  # beyond what so many buyers spend in such a span, one customer counts no more (science, "Lift")
_CAP_FROM = 200  # buyers: of fewer, the percentile is only the largest
_ELAPSED = (Unit.SECONDS, Unit.MINUTES, Unit.HOURS)
_ARMS = ("treated", "holdout")


def measure(
    connection: psycopg.Connection, plan: Plan, playbook: Playbook, now: Instant, *, ads: int = 0
) -> Results:  # fmt: skip
    """The results of every version of a playbook up to `now`; `ads`: what its ads cost, in minor units."""
    with transaction(connection):
        measures.give_room(connection)
        return _measure(connection, plan, playbook, now, ads)


def _measure(connection: psycopg.Connection, plan: Plan, playbook: Playbook, now: Instant, ads: int) -> Results:
    brand, key = plan.brand.id, playbook.key
    entries = measures.range_of(connection, brand, key, now)
    asked = Asked(brand, key, now, spans_of(playbook.bought_within, entries or (now, now), plan.tz))
    measures.lay_out(connection, asked)
    entered = measures.entered(connection, asked)
    drawn, in_both = measures.drawn(connection)
    cap = _cap(connection, plan, playbook, entries)
    heads = measures.heads(connection, asked, cap)
    over = {arm: together(one.over_moments for one in heads if one.arm == arm) for arm in _ARMS}
    so_far = {arm: together(one.moments for one in heads if one.arm == arm) for arm in _ARMS}
    sent = measured_steps.sent(connection, asked)
    spend = difference_of_spend(over["treated"], over["holdout"])
    left = [one for one in sent if one.state == State.SENT]
    splits = _split_steps(playbook, plan)
    return Results(
        playbook=key,
        entered=sum(one.entries for one in entered),
        held_out=sum(one.entries for one in entered if one.arm == "holdout"),
        maturing=sum(one.maturing for one in entered),
        in_both=in_both,
        states=dict(sorted(_sums((one.state, one.messages) for one in sent if one.messages).items())),
        reasons=measured_steps.reasons(connection, asked),
        sent=sum(one.messages for one in left),
        delivered=sum(one.delivered for one in sent) or None,
        clicked=sum(one.clicked for one in sent),
        codes=sum(one.codes for one in sent),
        redeemed=sum(one.redeemed for one in sent),
        offers_redeemed=sum(one.offers for one in sent),
        liability=sum(one.liability for one in sent),
        cost=sum(one.cost for one in sent),
        treated=_over(heads, "treated"),
        holdout=_over(heads, "holdout"),
        cap=cap,
        spend=spend,
        share=_share(over),
        profit=None if spend is None else _profit(spend, plan, sent, ads),
        sample_ratio=_ratio(drawn, playbook, plan),
        days_until_conclusive=_days_left(spend, so_far, entered, playbook, plan, now),
        declined=measured_steps.declined(connection, brand, key, now),
        so_far=(_so_far(heads, "treated"), _so_far(heads, "holdout")),
        costs=dict(sorted(_sums((one.channel, one.cost) for one in sent if one.cost).items())),
        versions=_versions(entered, heads, plan),
        steps=_steps(sent),
        after=tuple(
            AfterResult(*one, margin=round(one.revenue * plan.brand.margin))
            for one in measured_steps.bought_after(connection, asked)
        ),
        splits=_splits(measured_steps.taken(connection, asked, cap, splits)) if splits else (),
    )


def spans_of(span: Span, entries: tuple[Instant, Instant], tz: ZoneInfo) -> Spans:
    """When the span of each entry from the first to the last is over: a sum for each piece between two changes of the
    clock."""
    first, last = entries
    found = Spans([], [], [])
    for start, _ in _pieces(span, first, Instant(last + 2), tz):
        over, following = (add_span(Instant(moment), span, tz) for moment in (start, start + 1))
        stands = over == following  # the hour that the clock skips is over for all of it at once
        found.starts.append(start)
        found.kept.append(0 if stands else 1)
        found.by.append(over if stands else over - start)
    return found


def _pieces(span: Span, first: Instant, until: Instant, tz: ZoneInfo) -> tuple[tuple[int, int], ...]:
    return ((first, 0),) if span.unit in _ELAPSED else pieces(span, first, until, tz)


def _cap(
    connection: psycopg.Connection, plan: Plan, playbook: Playbook, entries: tuple[Instant, Instant] | None
) -> int | None:
    """Fixed by what buyers spent in spans of that length in the year before the first entry: no result moves it."""
    if entries is None:
        return None
    first = entries[0]
    length = add_span(first, playbook.bought_within, plan.tz) - first
    since = add_span(first, _BEFORE, plan.tz)
    cap, buyers = measures.spent_at_most(connection, plan.brand.id, since, first, length, _CAP_SHARE)
    return cap if buyers >= _CAP_FROM else None


def _over(heads: list[Heads], arm: str) -> ArmResult:
    own = [one for one in heads if one.arm == arm]
    counts = together(one.over_moments for one in own)
    return ArmResult(counts.count, counts.buyers, sum(one.over_revenue for one in own))


def _so_far(heads: list[Heads], arm: str) -> ArmResult:
    own = [one for one in heads if one.arm == arm]
    counts = together(one.moments for one in own)
    return ArmResult(counts.count, counts.buyers, sum(one.revenue for one in own))


def _share(over: dict[str, Moments]) -> Difference | None:
    one, other = over["treated"], over["holdout"]
    return difference_of_shares(one.buyers, one.count, other.buyers, other.count)


def _profit(spend: Difference, plan: Plan, sent: list[Sent], ads: int) -> Profit:
    """Of those whose span is over: what their messages and offers cost stands against what they brought."""
    messages, offers = sum(one.over_cost for one in sent) / 1000, sum(one.over_offers for one in sent)
    return profit(spend, plan.brand.margin, messages, offers, ads)


def _ratio(drawn: list[Drawn], playbook: Playbook, plan: Plan) -> float:
    """Could chance have made arms of these sizes, at the share that each version held out?"""
    customers = sum(one.customers for one in drawn)
    if not customers:
        return 1.0
    held = sum(one.customers for one in drawn if one.arm == "holdout")
    expected = sum(
        one.customers * (plan.playbook(playbook.key, one.version) or playbook).holdout for one in drawn
    )  # fmt: skip
    return sample_ratio(customers - held, held, expected / customers)


def _days_left(
    spend: Difference | None, so_far: dict[str, Moments], entered: list[Entered], playbook: Playbook, plan: Plan,
    now: Instant,
) -> float | None:  # fmt: skip
    """From the variance until now and the rate at which customers entered. Before the first span is over, what they
    spent so far stands for what they will: treated and holdout have had equally long."""
    if spend is not None:
        first = min(one.first_over_at for one in entered if one.first_over_at is not None)
        last = max(one.last_over_at for one in entered if one.last_over_at is not None)
        return days_until_conclusive(spend, (last - first) / DAY)
    running = difference_of_spend(so_far["treated"], so_far["holdout"])
    if running is None:
        return None
    more = days_until_conclusive(running, (now - min(one.first_at for one in entered)) / DAY)
    if more is None:
        following = [one.over_next_at for one in entered if one.over_next_at is not None]
        return (min(following) - now) / DAY if running.is_conclusive and following else None
    return more + (add_span(now, playbook.bought_within, plan.tz) - now) / DAY


def _versions(entered: list[Entered], heads: list[Heads], plan: Plan) -> tuple[VersionResult, ...]:
    found = {(one.version, one.arm): one for one in heads}
    rows = []
    for one in entered:
        head = found.get((one.version, one.arm))
        revenue, counts = (head.over_revenue, head.over_moments) if head else (0, NOBODY)
        margin = round(revenue * plan.brand.margin)
        told = one.entries, one.maturing, counts.count, counts.buyers, revenue, margin
        rows.append(VersionResult(one.version, one.arm, *told))
    return tuple(rows)


def _steps(sent: list[Sent]) -> tuple[StepResult, ...]:
    grouped: dict[tuple[int, str, str, str], list[Sent]] = defaultdict(list)
    for one in sent:
        grouped[one.version, one.step, one.arm, one.channel].append(one)
    return tuple(
        StepResult(
            *place,
            states=_sums((one.state, one.messages) for one in rows),
            sent=sum(one.messages for one in rows if one.state == State.SENT),
            delivered=sum(one.delivered for one in rows) or None,
            clicked=sum(one.clicked for one in rows),
            codes=sum(one.codes for one in rows),
            redeemed=sum(one.redeemed for one in rows),
            offers=sum(one.offers for one in rows),
            cost=sum(one.cost for one in rows),
        )
        for place, rows in sorted(grouped.items())
    )


def _split_steps(playbook: Playbook, plan: Plan) -> list[str]:
    """Of every version that is known: where the hash decides, and not the customer."""
    versions = [playbook, *(each for (key, _), each in plan.versions.items() if key == playbook.key)]
    return sorted({place.step.name for one in versions for place in one.program if isinstance(place.step, Split)})


def _splits(taken: list[measured_steps.Taken]) -> tuple[SplitResult, ...]:
    """Each arm against the first of its step."""
    firsts: dict[str, measured_steps.Taken] = {}
    rows = []
    for one in taken:
        first = firsts.setdefault(one.step, one)
        mine, base = one.moments, first.moments
        spend = None if one is first else difference_of_spend(mine, base)
        share = None if one is first else difference_of_shares(mine.buyers, mine.count, base.buyers, base.count)
        rows.append(SplitResult(one.step, one.arm, mine.count, mine.buyers, one.revenue, first.arm, spend, share))
    return tuple(rows)


def _sums(pairs: Iterable[tuple[str, int]]) -> dict[str, int]:
    found: dict[str, int] = defaultdict(int)
    for name, count in pairs:
        found[name] += count
    return dict(found)
