"""Facts and scores read naively: every one counted anew from the document's lists, as docs/reference/rules.md says."""

from collections.abc import Sequence
from datetime import date, datetime
from itertools import pairwise
from statistics import mean

from ritorno.core.customer import Customer, Did, Order
from ritorno.core.events import SoldVia
from ritorno.core.instants import Instant, Span, add_span, days, from_wall, months, start_of_day
from ritorno.core.plan import Plan
from ritorno.core.scores.cells import GROUPS

A_DAY = 24 * 60 * 60 * 1_000_000
OPENED = ("message_opened",)
CLICKED = ("message_clicked",)


def counting(customer: Customer, now: Instant, sku: str | None = None, category: str | None = None) -> list[Order]:
    """The orders that count by `now`, of a product or category if one is given, oldest first."""
    found = []
    for order in customer.orders:
        has_line = any(sku in (None, line.sku) and category in (None, line.category) for line in order.lines)
        if order.net > 0 and order.occurred_at <= now and (has_line or (sku is None and category is None)):
            found.append(order)
    return found


def lately(orders: list[Order], span: Span, plan: Plan, now: Instant) -> list[Order]:
    return [order for order in orders if now < add_span(order.occurred_at, span, plan.tz)]


def cell_of(customer: Customer, plan: Plan, now: Instant) -> int:
    """The three digits as a number, 0 for who never bought."""
    ever, scheme = counting(customer, now), plan.scheme
    if not ever:
        return 0
    inside = lately(ever, scheme.window, plan, now)
    r = 3 - sum(now >= add_span(ever[-1].occurred_at, cut, plan.tz) for cut in scheme.recency)
    f = 1 + sum(_occasions(inside, plan) >= cut for cut in scheme.orders)
    m = 1 + sum(sum(order.net for order in inside) >= cut for cut in scheme.spend)
    return 100 * r + 10 * f + m


def group_of(cell: int) -> str:
    if cell == 0:
        return "prospects"
    [group] = [group.key for group in GROUPS if str(cell) in group.cells]
    return group


def _occasions(orders: list[Order], plan: Plan) -> int:
    if plan.scheme.occasion == "order":
        return len(orders)
    return len({(start_of_day(order.occurred_at, plan.tz), order.branch) for order in orders})


def value_of(fact: str, customer: Customer, plan: Plan, now: Instant, sku: str | None, category: str | None) -> object:  # noqa: C901
    """The fact's value, None when it is missing."""
    if fact.startswith("engagement"):
        return _engagement(fact, customer, plan, now)
    if fact in ("ever", "gap_last", "gap_median", "gap_trend", "pace", "late_for_pace", "streak", "loyalty", "buyer"):
        cycle = plan.policy.cycles.get(category or "", plan.policy.cycle)
        return _rhythm(fact, counting(customer, now, sku, category), cycle, now)
    ever = counting(customer, now)
    inside = lately(ever, plan.scheme.window, plan, now)
    spend, occasions = sum(order.net for order in inside), _occasions(inside, plan)
    last = ever[-1] if ever else None
    match fact:
        case "orders":
            return occasions
        case "spend":
            return spend
        case "average":
            return spend // occasions if occasions else 0
        case "largest":
            return max((order.net for order in ever), default=None)
        case "first_total":
            return ever[0].net if ever else None
        case "omnichannel":
            return {SoldVia.POS, SoldVia.ONLINE} <= {order.sold_via for order in inside}
        case "places":
            return len({order.sold_via for order in inside})
        case "categories":
            return len({line.category for order in ever for line in order.lines if line.category})
        case "last_sold_via":
            return str(last.sold_via) if last else None
        case "last_branch":
            return last.branch if last else None
        case "stage":
            return _stage(customer, ever, plan, now)
        case "value_year":
            return _margin(sum(order.net for order in lately(ever, months(12), plan, now)), plan)
        case "value_ever":
            return _margin(sum(order.net for order in ever), plan)
        case "value_tier":
            return _tier(ever, plan, now)
        case "age":
            return _age(customer, plan, now)
        case _:
            raise AssertionError(fact)


def _margin(net: int, plan: Plan) -> int:
    return int(net * plan.brand.margin + 0.5)


def _gaps(orders: list[Order]) -> list[int]:
    """In microseconds."""
    return [after.occurred_at - before.occurred_at for before, after in pairwise(orders)]


def _cycles(count: float, cycle: float) -> int:
    """So many cycles of so many days of 24 hours, in microseconds."""
    return round(count * cycle * A_DAY)


def _median(values: Sequence[float]) -> float:
    ordered, middle = sorted(values), len(values) // 2
    return ordered[middle] if len(values) % 2 else mean(ordered[middle - 1 : middle + 1])


def _streak(gaps: list[int], cycle: float) -> int:
    """Orders in a row up to the last, of somebody who has one."""
    streak = 1
    for gap in reversed(gaps):
        if gap >= _cycles(1.5, cycle):
            break
        streak += 1
    return streak


def _rhythm(fact: str, orders: list[Order], cycle: float, now: Instant) -> object:
    gaps = _gaps(orders)
    streak = _streak(gaps, cycle) if orders else 0
    match fact:
        case "ever":
            return len(orders)
        case "streak":
            return streak
        case "buyer":
            return ("loyal" if streak >= 3 else "occasional") if orders else None
        case _:
            pass
    if not gaps:
        return None
    median = _median(gaps)
    match fact:
        case "gap_last":
            return gaps[-1] / A_DAY
        case "gap_median":
            return median / A_DAY
        case "gap_trend":
            return gaps[-1] / median if median else None
        case "pace":
            return median / A_DAY if len(gaps) >= 3 else None
        case "late_for_pace":
            return (now - orders[-1].occurred_at) / median if len(gaps) >= 3 and median else None
        case "loyalty":
            if gaps[-1] < _cycles(1.2, cycle):
                return "strong"
            return "medium" if gaps[-1] < _cycles(2, cycle) else "weak"
        case _:
            raise AssertionError(fact)


def _stage(customer: Customer, ever: list[Order], plan: Plan, now: Instant) -> str:
    if not ever:
        joined = customer.joined_at <= now < add_span(customer.joined_at, days(30), plan.tz)
        return "joined" if joined else "not_yet"
    last_at = ever[-1].occurred_at
    if now >= add_span(last_at, days(180), plan.tz):
        return "dormant"
    if now >= add_span(last_at, plan.scheme.recency[1], plan.tz):
        return "lapsing"
    if _streak(_gaps(ever), plan.policy.cycle) >= 3:
        return "loyal"
    return "returning" if len(ever) >= 2 else "first_time"


def _tier(ever: list[Order], plan: Plan, now: Instant) -> str | None:
    tiers = plan.policy.tiers
    if tiers is None or not ever:
        return None
    spend = sum(order.net for order in lately(ever, months(12), plan, now))
    if spend >= tiers[0]:
        return "A"
    return "B" if spend >= tiers[1] else "C"


def date_of(value: object) -> date | None:
    """Text `YYYY-MM-DD` as a day, None for anything else."""
    if not isinstance(value, str) or len(value) != len("2026-01-01") or not value.isascii():
        return None
    digits = value.split("-")
    if [len(each) for each in digits] != [4, 2, 2] or not all(each.isdigit() for each in digits):
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def day_in(year: int, day: date) -> date:
    """The day's return in a year; 29 February returns on 28 February in other years."""
    try:
        return day.replace(year=year)
    except ValueError:
        return date(year, 2, 28)


def midnight(day: date, plan: Plan) -> Instant:
    return from_wall(datetime(day.year, day.month, day.day), plan.tz)  # noqa: DTZ001 - wall clock


def told_date(name: str, customer: Customer, now: Instant) -> date | None:
    trait = customer.traits.get(name)
    return date_of(trait.value) if trait is not None and trait.at <= now else None


def _age(customer: Customer, plan: Plan, now: Instant) -> int | None:
    born = told_date("birth_date", customer, now)
    if born is None or now < midnight(born, plan):
        return None
    age = 0
    while midnight(day_in(born.year + age + 1, born), plan) <= now:
        age += 1
    return age


# --- engagement ----------------------------------------------------------------------------------


def by_hand(done: Did) -> bool:
    return done.properties.get("machine") is not True


def _engagement(fact: str, customer: Customer, plan: Plan, now: Instant) -> str:
    if fact != "engagement":
        return _engagement_by(fact.removeprefix("engagement_"), customer, plan, now)
    levels = {_engagement_by(channel, customer, plan, now) for channel in ("sms", "email", "whatsapp")}
    return next(level for level in ("high", "medium", "low", "none", "unknown") if level in levels)


def _engagement_by(channel: str, customer: Customer, plan: Plan, now: Instant) -> str:
    heard = [
        done for done in customer.did
        if done.at <= now and done.properties.get("channel") == channel and done.name.startswith("message_")
    ]  # fmt: skip
    human = [done for done in heard if by_hand(done)]
    delivered = [done.at for done in human if done.name == "message_delivered"]
    opens = [done.at for done in human if done.name == "message_opened"]
    clicks = [done.at for done in human if done.name == "message_clicked"]
    answers = [done.at for done in human if done.name in ("message_clicked", "message_replied")]

    def lately_of(instants: list[Instant], span: Span) -> list[Instant]:
        return [at for at in instants if now < add_span(at, span, plan.tz)]

    if len(lately_of(delivered, days(90))) < 3:
        return "unknown"
    if lately_of(answers, days(30)):
        return "high"
    purchases = [order.occurred_at for order in counting(customer, now)]
    unanswered = [at for at in opens if all(later <= at for later in (*clicks, *purchases))]
    if channel != "sms" and unanswered:
        since = min(unanswered)
        enough = sum(at >= since for at in opens) >= 2 and sum(at >= since for at in delivered) >= 3
        if enough and now >= add_span(since, days(30), plan.tz):
            return "low"
    return "medium" if lately_of(clicks, days(90)) else "none"
