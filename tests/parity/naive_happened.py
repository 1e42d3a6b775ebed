"""What happened, read naively: orders bought, events done, one then the other, the last messages."""

from math import floor

from ritorno.core.customer import Customer, Did, Order
from ritorno.core.events import Line
from ritorno.core.instants import Instant, add_span, from_datetime
from ritorno.core.plan import Plan
from ritorno.core.segments import rule as r
from tests.parity.naive_compare import compare, inside
from tests.parity.naive_facts import by_hand, counting


def _in_window(rule: r.Timed, at: Instant, plan: Plan, now: Instant) -> bool:
    if rule.older_than is not None and now < add_span(at, rule.older_than, plan.tz):
        return False
    if rule.since is not None and at < from_datetime(rule.since):
        return False
    if rule.until is not None and at >= from_datetime(rule.until):
        return False
    return inside(at, rule.within, plan, now)


def _between(measured: float, rule: r.Bought | r.Did) -> bool:
    at_least = 1 if rule.at_least is None and rule.at_most is None else rule.at_least
    return (at_least is None or measured >= at_least) and (rule.at_most is None or measured <= rule.at_most)


# --- orders --------------------------------------------------------------------------------------


def _one_of(wanted: r.OneOrMore, told: str) -> bool:
    return wanted is None or told == wanted or (isinstance(wanted, tuple) and told in wanted)


def _asks_lines(rule: r.Bought) -> bool:
    return any(each is not None for each in (rule.sku, rule.category, rule.maker, rule.price_from, rule.price_to))


def _line_fits(rule: r.Bought, line: Line) -> bool:
    named = _one_of(rule.sku, line.sku) and _one_of(rule.category, line.category) and _one_of(rule.maker, line.maker)
    dear = rule.price_from is None or rule.price_from <= line.unit_price
    cheap = rule.price_to is None or line.unit_price <= rule.price_to
    return named and dear and cheap


def _order_fits(rule: r.Bought, order: Order) -> bool:
    if rule.sold_via not in (None, order.sold_via) or not _one_of(rule.branch, order.branch):
        return False
    if rule.total_from is not None and order.net < rule.total_from:
        return False
    if rule.total_to is not None and order.net > rule.total_to:
        return False
    return not _asks_lines(rule) or any(_line_fits(rule, line) for line in order.lines)


def halves_up(number: float) -> int:
    return floor(number + 0.5)


def bought(rule: r.Bought, customer: Customer, plan: Plan, now: Instant) -> bool:
    orders = [
        order for order in counting(customer, now)
        if _in_window(rule, order.occurred_at, plan, now) and _order_fits(rule, order)
    ]  # fmt: skip
    lines = [line for order in orders for line in order.lines if _line_fits(rule, line)]
    if _asks_lines(rule):
        spend = sum(halves_up(line.quantity * line.unit_price) for line in lines)
    else:
        spend = sum(order.net for order in orders)
    match rule.measure:
        case "orders":
            return _between(len(orders), rule)
        case "lines":
            return _between(len(lines), rule)
        case "quantity":
            return _between(sum(halves_up(line.quantity * 1000) for line in lines) / 1000, rule)
        case "spend":
            return _between(spend, rule)
        case "average":
            return len(orders) > 0 and _between(spend / len(orders), rule)


# --- events --------------------------------------------------------------------------------------


def _event_fits(rule: r.Did, done: Did) -> bool:
    if done.name != rule.event or not (rule.machines or by_hand(done)):
        return False
    return all(compare(each.op, done.properties.get(each.property), each.value) for each in rule.where)


def did(rule: r.Did, customer: Customer, plan: Plan, now: Instant) -> bool:
    found = [done for done in customer.did if _in_window(rule, done.at, plan, now) and _event_fits(rule, done)]
    if rule.measure == "times":
        ever = not rule.where and (rule.within, rule.older_than, rule.since, rule.until) == (None, None, None, None)
        counters = [rule.event, f"{rule.event}\0machine"] if rule.machines else [rule.event]
        beyond = sum(customer.counters.get(name, 0) for name in counters) if ever else 0
        return _between(len(found) + beyond, rule)
    told = [done.properties.get(rule.property or "") for done in found]
    numbers = [each for each in told if isinstance(each, int | float) and not isinstance(each, bool)]
    if rule.measure == "sum":
        return _between(sum(numbers), rule)
    return len(numbers) > 0 and _between(sum(numbers) / len(numbers), rule)


# --- one, then the other -------------------------------------------------------------------------


def _instants(rule: r.Bought | r.Did, customer: Customer, now: Instant) -> list[Instant]:
    """When what fits the filters happened, whatever window and measure are."""
    match rule:
        case r.Bought():
            return [order.occurred_at for order in counting(customer, now) if _order_fits(rule, order)]
        case r.Did():
            return [done.at for done in customer.did if done.at <= now and _event_fits(rule, done)]


def then(rule: r.Then, customer: Customer, plan: Plan, now: Instant) -> bool:
    thens = _instants(rule.then, customer, now)
    for first in _instants(rule.first, customer, now):
        if not _in_window(rule.first, first, plan, now):
            continue
        end = add_span(first, rule.within, plan.tz)
        followed = any(first < at < end for at in thens)
        if (rule.never and not followed and now >= end) or (followed and not rule.never):
            return True
    return False


# --- messages ------------------------------------------------------------------------------------


def last_messages(rule: r.LastMessages, customer: Customer, now: Instant) -> bool:
    seen = [done for done in customer.did if done.at <= now]
    service = {contact.message for contact in customer.contacts if not contact.marketing}
    delivered: list[object] = []
    for done in seen:  # in order of their instants
        message = done.properties.get("message")
        on_channel = done.name == "message_delivered" and done.properties.get("channel") == rule.channel
        if on_channel and message not in delivered and message not in service:
            delivered.append(message)
    if len(delivered) < rule.count:
        return False
    names = ("message_clicked",) if rule.did == "clicked" else ("message_opened", "message_clicked")
    answered = {
        done.properties.get("message") for done in seen if done.name in names and (by_hand(done) or not rule.strict)
    }
    last = [message in answered for message in delivered[-rule.count :]]
    match rule.how:
        case "all":
            return all(last)
        case "any":
            return any(last)
        case "none":
            return not any(last)
