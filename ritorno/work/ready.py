"""Ready: what a playbook needs of the brand beside its own data, before it may run.

Where it tells another system, a collection that it opens early, and a sender that operators take (ISR-06, PB1-09).
"""

from collections.abc import Collection, Iterator

import psycopg

from ritorno.core.events import Channel
from ritorno.core.instants import Instant, add_span, months
from ritorno.core.journeys.journey import Playbook
from ritorno.core.journeys.reach import Bar, barred
from ritorno.core.journeys.step import Webhook
from ritorno.core.journeys.trigger import Happened
from ritorno.core.messages.lint import sender_faults
from ritorno.core.money import format_amount
from ritorno.core.near import meant
from ritorno.core.plan import Brand, Plan
from ritorno.core.segments.rule import Bought
from ritorno.store import access, purchases, webhooks
from ritorno.work.promise import COLLECTION


def lacks(
    connection: psycopg.Connection, plan: Plan, playbook: Playbook, leaves: Collection[Channel] = ()
) -> Iterator[str]:
    """Why it may not run. `leaves`: the channels whose messages leave to people; a sender is asked for there alone."""
    endpoints = {each.key for each in webhooks.endpoints(connection, plan.brand.id)}
    for place in playbook.program:
        step = place.step
        if isinstance(step, Webhook) and step.endpoint not in endpoints:
            yield (
                f"{place.path} {step.name!r}: there is no endpoint {step.endpoint!r}{meant(step.endpoint, endpoints)}; "
                f"make it with: ritorno webhooks add {step.endpoint} URL"
            )
    named = playbook.parameters.get(COLLECTION)
    if named is not None and named.value:
        known = {each.key for each in access.collections(connection, plan.brand.id)}
        if str(named.value) not in known:
            yield (
                f"parameters.{COLLECTION}: there is no collection {named.value!r}{meant(str(named.value), known)}; "
                f"make it with: ritorno access collection {named.value}"
            )
    yield from _of_senders(playbook, plan.brand, leaves)


def warnings(playbook: Playbook, brand: Brand, leaves: Collection[Channel] = ()) -> list[str]:
    """What will be refused once messages leave: until then the sandbox keeps them, and nobody is harmed."""
    return list(_of_senders(playbook, brand, set(Channel) - set(leaves)))


def out_of_reach(connection: psycopg.Connection, plan: Plan, playbook: Playbook, now: Instant) -> list[str]:
    """First orders that pull the trigger and bring a cell that the segment does not ask for, with their share of the
    last 12 months (SCO-14): a warning, for the shop may mean it."""
    bars = barred(playbook, plan)
    if not bars:
        return []
    trigger = playbook.trigger
    assert isinstance(trigger, Happened)
    order = trigger.order or Bought()
    ends = [] if order.total_to is None else [order.total_to + 1]
    edges = sorted({order.total_from or 1, *ends, *(edge for bar in bars for edge in (bar.low, bar.high) if edge)})
    since = add_span(now, months(-12), plan.tz)
    counts = dict(zip(edges, purchases.first_totals(connection, plan.brand.id, since, now, edges), strict=True))
    if order.total_to is not None:
        counts = {edge: count for edge, count in counts.items() if edge <= order.total_to}
    return [_said(bar, counts.get(bar.low, 0), sum(counts.values()), plan) for bar in bars]


def _said(bar: Bar, count: int, total: int, plan: Plan) -> str:
    money = plan.brand.currency, "en"
    low, high = (format_amount(edge, *money) for edge in (bar.low, bar.high or 0))
    span = f"from {low}" if bar.high is None else f"from {low} up to {high}"
    share = f"{count / total:.0%} ({count:,} of {total:,})" if total else "none known yet"
    return (
        f"segment: a first order {span} brings cell {bar.cell}, which it does not ask for: who made it never enters; "
        f"of the orders that pull the trigger, in 12 months: {share}"
    )


def _of_senders(playbook: Playbook, brand: Brand, channels: Collection[Channel]) -> Iterator[str]:
    ways = ((send.name, way) for send in playbook.sends.values() for way in send.ways if way.channel in channels)
    found = (
        f"{name} {way.channel}: {each}"
        for name, way in ways
        for each in sender_faults(way, brand.sender, brand.reply_to, brand.address)
    )
    yield from dict.fromkeys(found)
