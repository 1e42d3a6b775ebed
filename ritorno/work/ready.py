"""Ready: what a playbook needs of the brand beside its own data, before it may run.

Where it tells another system, a collection that it opens early, and a sender that operators take (ISR-06, PB1-09).
"""

from collections.abc import Collection, Iterator

import psycopg

from ritorno.core.events import Channel
from ritorno.core.journeys.journey import Playbook
from ritorno.core.journeys.step import Webhook
from ritorno.core.messages.lint import sender_faults
from ritorno.core.near import meant
from ritorno.core.plan import Brand, Plan
from ritorno.store import access, webhooks
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


def _of_senders(playbook: Playbook, brand: Brand, channels: Collection[Channel]) -> Iterator[str]:
    ways = ((send.name, way) for send in playbook.sends.values() for way in send.ways if way.channel in channels)
    found = (
        f"{name} {way.channel}: {each}"
        for name, way in ways
        for each in sender_faults(way, brand.sender, brand.reply_to, brand.address)
    )
    yield from dict.fromkeys(found)
