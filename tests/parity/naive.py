"""A rule read naively: docs/reference/rules.md word for word, every leaf from the document's lists, nothing clever.

It stands beside the two readings that the product has. It knows no `next_change` and is slow; where it and another
disagree, one of the three (or the page) is wrong.
"""

import hashlib
from collections.abc import Sequence
from datetime import timedelta
from typing import assert_never

from ritorno.core.address import address_for
from ritorno.core.customer import Customer
from ritorno.core.events import Channel, Purpose
from ritorno.core.ids import SegmentKey
from ritorno.core.instants import Instant, add_span, wall, window
from ritorno.core.plan import Plan
from ritorno.core.segments import rule as r
from ritorno.core.segments.rule import Rule
from tests.parity.naive_compare import compare, inside
from tests.parity.naive_expected import buys_for, inferred, need
from tests.parity.naive_facts import (
    by_hand,
    cell_of,
    counting,
    day_in,
    group_of,
    midnight,
    told_date,
    value_of,
)
from tests.parity.naive_happened import bought, did, last_messages, then
from tests.parity.naive_interest import interest

DIGIT = {"r": lambda cell: cell // 100, "f": lambda cell: cell // 10 % 10, "m": lambda cell: cell % 10}


def naive(rule: Rule, customer: Customer, plan: Plan, now: Instant) -> bool:
    """Is the rule true of the customer at `now`?"""
    if customer.house:
        return False
    return _true(rule, customer, plan, now)


def _true(rule: Rule, customer: Customer, plan: Plan, now: Instant) -> bool:  # noqa: C901 - one case a leaf
    match rule:
        case r.All(rules):
            return all(_true(part, customer, plan, now) for part in rules)
        case r.Any(rules):
            return any(_true(part, customer, plan, now) for part in rules)
        case r.Not(inner):
            return not _true(inner, customer, plan, now)
        case r.TraitIs():
            return _trait(rule, customer, plan, now)
        case r.Anniversary():
            return _anniversary(rule, customer, plan, now)
        case r.Consented(channel, purpose):
            return _consented(customer, channel, purpose, now)
        case r.Reachable(channels):
            return any(_reached(customer, channel, now) for channel in channels)
        case r.Share(name, start, end):
            return start <= position(name, customer.id) < end
        case r.CellIs(cells):
            return _fits_one(cells, cell_of(customer, plan, now))
        case r.GroupIs(groups):
            return group_of(cell_of(customer, plan, now)) in groups
        case r.ScoreIs(axis, values):
            cell = cell_of(customer, plan, now)
            return cell > 0 and DIGIT[axis](cell) in values
        case r.ScoreMoved():
            return _moved(rule, customer, plan, now)
        case r.WasIn():
            return _was(rule, customer, plan, now)
        case r.FactIs(fact, op, value, sku, category):
            return compare(op, value_of(fact, customer, plan, now, sku, category), value)
        case r.Elapsed():
            return _elapsed(rule, customer, plan, now)
        case r.Fresh():
            return _fresh(customer, plan, now)
        case r.Bought():
            return bought(rule, customer, plan, now)
        case r.Did():
            return did(rule, customer, plan, now)
        case r.Then():
            return then(rule, customer, plan, now)
        case r.LastMessages():
            return last_messages(rule, customer, now)
        case r.Interest():
            return interest(rule, customer, plan, now)
        case r.BuysFor():
            return buys_for(rule, customer, now)
        case r.NeedServed():
            return need(rule, customer, plan, now)
        case r.Inferred():
            return inferred(rule, customer, plan, now, _true)
        case r.InSegment(segment):
            other = plan.rules.get(SegmentKey(segment))
            return other is not None and _true(other, customer, plan, now)
        case r.InPlaybook():
            return _in_playbook(rule, customer, plan, now)
        case _:
            assert_never(rule)


# --- who it is -----------------------------------------------------------------------------------


def _trait(rule: r.TraitIs, customer: Customer, plan: Plan, now: Instant) -> bool:
    trait = customer.traits.get(rule.trait)
    if trait is None or not inside(trait.at, rule.told_within, plan, now):
        return False
    return rule.source in (None, trait.source) and compare(rule.op, trait.value, rule.value)


def _anniversary(rule: r.Anniversary, customer: Customer, plan: Plan, now: Instant) -> bool:
    day = told_date(rule.trait, customer, now)
    if day is None:
        return False
    this_year = wall(now, plan.tz).year
    for year in range(this_year - 2, this_year + 3):
        first = day_in(year, day) - timedelta(days=rule.days_before)
        if midnight(first, plan) <= now < midnight(first + timedelta(days=rule.days), plan):
            return True
    return False


def _consented(customer: Customer, channel: Channel, purpose: Purpose, now: Instant) -> bool:
    """A withdrawal is undone by an explicit act alone; what cannot be proved is no permission."""
    told = [
        each for each in customer.consents
        if each.at <= now and (each.channel, each.purpose) == (channel, purpose) and each.proof != "unproven"
    ]  # fmt: skip
    refusals = [index for index, each in enumerate(told) if not each.given]
    since = told[refusals[-1] + 1 :] if refusals else told
    return any(each.proof == "explicit" or not refusals for each in since)


def _reached(customer: Customer, channel: Channel, now: Instant) -> bool:
    return _consented(customer, channel, Purpose.MARKETING, now) and address_for(customer, channel) is not None


def position(name: str, customer: int) -> float:
    prime = 2**31 - 1
    digest = hashlib.sha256(name.encode()).digest()
    a = 1 + int.from_bytes(digest[0:4], "big") % (prime - 1)
    b = int.from_bytes(digest[4:8], "big") % prime
    return ((customer % prime) * a + b) % prime / prime


# --- scores --------------------------------------------------------------------------------------


def _fits_one(patterns: Sequence[str], cell: int) -> bool:
    name = str(cell)
    return len(name) == 3 and any(
        all(wanted in ("*", digit) for wanted, digit in zip(pattern, name, strict=True)) for pattern in patterns
    )


def _moved(rule: r.ScoreMoved, customer: Customer, plan: Plan, now: Instant) -> bool:
    for move in customer.moves:
        was, became = DIGIT[rule.axis](move.before), DIGIT[rule.axis](move.after)
        is_first = move.before == 0
        asked_from = rule.before == 0 if is_first else rule.before in (None, was)
        if was != became == rule.to and asked_from and inside(move.at, rule.within, plan, now):
            return True
    return False


def _was(rule: r.WasIn, customer: Customer, plan: Plan, now: Instant) -> bool:
    def fits(cell: int) -> bool:
        return group_of(cell) in rule.groups or _fits_one(rule.cells, cell)

    if fits(cell_of(customer, plan, now)):
        return True
    moves = [move for move in customer.moves if move.at <= now]
    if not moves:
        return False
    starts = [-(2**62), *(move.at for move in moves)]
    ends = [*(move.at for move in moves), now + 1]
    cells = [moves[0].before, *(move.after for move in moves)]
    return any(
        fits(cell) and max(start, low) < min(end, high)
        for start, end, cell in zip(starts, ends, cells, strict=True)
        for low, high in window(now, rule.within, plan.tz)
    )


# --- what it counts ------------------------------------------------------------------------------


def _elapsed(rule: r.Elapsed, customer: Customer, plan: Plan, now: Instant) -> bool:
    if rule.trait is not None:
        day = told_date(rule.trait, customer, now)
        moment = None if day is None else midnight(day, plan)
    else:
        moment = _moment(str(rule.since), customer, now)
    if moment is None or moment > now:
        return False
    late_enough = rule.at_least is None or now >= add_span(moment, rule.at_least, plan.tz)
    return late_enough and (rule.below is None or now < add_span(moment, rule.below, plan.tz))


def _moment(since: str, customer: Customer, now: Instant) -> Instant | None:
    match since:
        case "last_order":
            return max((order.occurred_at for order in counting(customer, now)), default=None)
        case "first_order":
            return min((order.occurred_at for order in counting(customer, now)), default=None)
        case "joined":
            return customer.joined_at
        case "last_message":
            left = [each.at for each in customer.contacts if each.channel != "" and each.at <= now]
            return max(left, default=None)
        case "last_open" | "last_click":
            name = "message_opened" if since == "last_open" else "message_clicked"
            seen = [done.at for done in customer.did if done.name == name and by_hand(done) and done.at <= now]
            return max(seen, default=None)
        case _:
            raise AssertionError(since)


def _fresh(customer: Customer, plan: Plan, now: Instant) -> bool:
    usual = plan.scheme.recency[0]
    for order in counting(customer, now):
        for category in [line.category for line in order.lines] or [""]:
            if now < add_span(order.occurred_at, plan.policy.cooldowns.get(category, usual), plan.tz):
                return True
    return False


# --- where it stands -----------------------------------------------------------------------------


def _in_playbook(rule: r.InPlaybook, customer: Customer, plan: Plan, now: Instant) -> bool:
    for passage in customer.enrollments:
        if passage.playbook != rule.playbook or passage.entered_at > now:
            continue
        if rule.when == "now" and (passage.ended_at is None or now < passage.ended_at):
            return True
        if rule.when == "ever" and inside(passage.entered_at, rule.within, plan, now):
            return True
    return False
