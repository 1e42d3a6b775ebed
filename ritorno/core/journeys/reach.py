"""Cells that a playbook asks for and that the order which lets a customer in can never bring (SCO-14).

After a first order F is 1 and R is 3; only M depends on it. Where M's cuts lie above what the trigger asks for, some of
those whom it concerns are in another cell than the segment wants, and never enter.
"""

from collections.abc import Iterator
from typing import NamedTuple

from ritorno.core.customer import Customer, Order
from ritorno.core.events import SoldVia
from ritorno.core.ids import CustomerId, EventId
from ritorno.core.instants import Instant
from ritorno.core.journeys.journey import Playbook
from ritorno.core.journeys.trigger import Happened
from ritorno.core.plan import Plan
from ritorno.core.segments.live import ask
from ritorno.core.segments.rule import All, CellIs, GroupIs, Rule, ScoreIs
from ritorno.core.view import view_of


class Bar(NamedTuple):
    """First orders from `low` up to, not including, `high` (None: no end), in minor units, and the cell they bring:
    not one that the segment asks for."""

    low: int
    high: int | None
    cell: int


def barred(playbook: Playbook, plan: Plan) -> list[Bar]:
    """Which first orders pull the trigger and do not lead in, the smallest first; none where the trigger is another."""
    trigger = playbook.trigger
    wanted = list(_of_scores(playbook.segment))
    if not wanted or not isinstance(trigger, Happened) or trigger.event != "order" or not trigger.first:
        return []
    order = trigger.order
    least, most = (order.total_from or 1, order.total_to) if order is not None else (1, None)
    edges = [least, *(cut for cut in plan.scheme.spend if cut > least and (most is None or cut <= most))]
    ends = [*edges[1:], None if most is None else most + 1]
    found = ((low, high, _cell_of(low, wanted, plan)) for low, high in zip(edges, ends, strict=True))
    return [Bar(low, high, cell) for low, high, cell in found if cell]


def _of_scores(rule: Rule) -> Iterator[Rule]:
    """The leaves about scores that must hold, whatever else does."""
    if isinstance(rule, All):
        for each in rule.rules:
            yield from _of_scores(each)
    elif isinstance(rule, CellIs | GroupIs | ScoreIs):
        yield rule


def _cell_of(total: int, wanted: list[Rule], plan: Plan) -> int:
    """The cell of who has bought once, for so much, if it is none that is asked for; else 0."""
    now = Instant(0)
    order = Order(now, "", "", total, total, SoldVia.ONLINE, "", plan.brand.currency, 0, 0, False, (), now, EventId(0))
    view = view_of(Customer(CustomerId(0), orders=[order]), plan, now)
    return 0 if all(ask(rule, view)[0] for rule in wanted) else view.scores.cell
