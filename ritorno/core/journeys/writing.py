"""Traits that steps write: into the draft, and as a decision that is kept as an event of the customer's history.

A counter moves by amounts, once for each passage and round; what it counted for an order it gives back when that order
is returned whole, and takes again when it counts after all (DAT-13, COM-16). What each passage added is kept, so that
the counters of two customers who are one, or apart again, add up.
"""

from collections.abc import Iterator
from typing import assert_never

from msgspec.structs import replace

from ritorno.core.customer import Customer, Enrollment, Tally, Trait
from ritorno.core.decisions import TraitWritten
from ritorno.core.events import TraitValue, event_id, event_key
from ritorno.core.ids import EventId
from ritorno.core.journeys.about import filled, order_of
from ritorno.core.journeys.step import Count, Tag, Write
from ritorno.core.segments.counted import value_of
from ritorno.core.trait_history import PLAYBOOK
from ritorno.core.view import View

TAGS = "tags"


def author(by: Enrollment | Tally, step: str) -> str:
    return f"{by.playbook}@{by.version}/{step}"


def write(step: Write | Count | Tag, passage: Enrollment, view: View, cause: str) -> TraitWritten:
    """What the step makes of its trait."""
    customer, about = view.customer, passage.about
    told_as = f"{passage.id}/{step.name}/{passage.round}"
    order = order_of(passage, customer)
    because = f"order {order.order_id}" if order is not None else ""
    match step:
        case Write(_, trait, value, fact, category):
            fresh = filled(value, about) if isinstance(value, str) else value
            if fact is not None:
                fresh = value_of(fact, view, filled(category, about) or None)
            trait = filled(trait, about)
        case Count(name, trait, by, reversed_on_return):
            trait = filled(trait, about)
            key = about.order if reversed_on_return else ""
            stands = not key or (order is not None and order.counts)
            fresh = _number(customer, trait) + (by if stands else 0)
            customer.tallies[told_as] = Tally(
                trait, by, key, passage.id, passage.playbook, passage.version, name, stands
            )
        case Tag(_, tag, off):
            trait, tag = TAGS, filled(tag, about)
            fresh = [each for each in tags_of(customer) if each != tag] + ([] if off else [tag])
        case _:
            assert_never(step)
    return _tell(view, passage, passage.id, step.name, trait, fresh, told_as, because, cause)


def settle_tallies(customer: Customer, view: View, cause: str) -> Iterator[TraitWritten]:
    """Take back what was counted for orders that count no more, and count it again when they do."""
    counting = {order.key for order in customer.orders if order.counts} if customer.tallies else set()
    for told_as, tally in sorted(customer.tallies.items()):
        stands = not tally.order or tally.order in counting
        if stands is tally.stands:
            continue
        customer.tallies[told_as] = replace(tally, stands=stands)
        fresh = _number(customer, tally.trait) + (tally.by if stands else -tally.by)
        order_id = tally.order.partition("\x00")[2]
        because = f"order {order_id} {'counts again' if stands else 'returned'}"
        name = f"{told_as}/{view.now}"
        yield _tell(view, tally, tally.enrollment, tally.step, tally.trait, fresh, name, because, cause)


def _tell(
    view: View, by: Enrollment | Tally, enrollment: int, step: str, trait: str, fresh: TraitValue, told_as: str,
    because: str, cause: str,
) -> TraitWritten:  # fmt: skip
    """Not before what is known; of the same instant it has the higher event, so two steps of one moment both count."""
    known = view.customer.traits.get(trait)
    at, event = view.now, event_id(event_key(PLAYBOOK, told_as))
    if known is not None and known.at >= at:
        at, event = known.at, EventId(max(event, known.event + 1))
    view.customer.traits[trait] = Trait(at, event, fresh, PLAYBOOK)
    return TraitWritten(
        at=view.now, cause=cause, enrollment=enrollment, playbook=by.playbook, step=step, author=author(by, step),
        trait=trait, before=None if known is None else known.value, after=fresh, told_as=told_as, told_at=at,
        event=event, because=because,
    )  # fmt: skip


def _number(customer: Customer, trait: str) -> int | float:
    """What a counter stands at; 0 where the trait holds no number."""
    known = customer.traits.get(trait)
    value = known.value if known is not None else 0
    return value if isinstance(value, int | float) and not isinstance(value, bool) else 0


def tags_of(customer: Customer) -> list[str]:
    """Her tags; none where the trait holds something else."""
    known = customer.traits.get(TAGS)
    return known.value if known is not None and isinstance(known.value, list) else []
