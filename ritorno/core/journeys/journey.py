"""A playbook: goal, segment, trigger, steps, exit and measure, as versioned data (ORC-04).

An enrollment keeps the version it entered. Steps are told apart by their name, which is unique in a playbook.
"""

from functools import cached_property
from typing import Literal

import msgspec

from ritorno.core.events import Channel
from ritorno.core.ids import PlaybookKey
from ritorno.core.instants import Span
from ritorno.core.journeys.program import Place, lay_out
from ritorno.core.journeys.step import Send, Step
from ritorno.core.journeys.trigger import Trigger
from ritorno.core.journeys.way import Words
from ritorno.core.offers import Offer
from ritorno.core.segments.rule import Bought, Rule


class Exits(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """`purchase`: any order that counts, anywhere. `bought`: an order that fits, later than what the enrollment is
    about. `refund`: the order that it is about counts no more. `after`: so long after the entry. `unless`: while this
    holds. `goal`: once this holds. `messages`: when so many of its messages have left."""

    purchase: bool = True
    bought: Bought | None = None
    refund: bool = False
    after: Span | None = None
    unless: Rule | None = None
    goal: Rule | None = None
    messages: int = 0


Episode = Literal["lapse", "once", "event", "order", "line", "category"]
PER_ORDER: frozenset[str] = frozenset({"order", "line", "category"})


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """How often: `lapse` once per lapse (a purchase re-arms it), `once` in a life, `event` for each triggering event
    (`by` a property: once for each value of it, such as a cart's id); `order`, `line`, `category`: for each order, each
    of its products, each of their categories – side by side (COM-01). Of the others one at a time is open.
    `again_after`: not sooner than so long after the last entry. `reachable`: who could be written to, or nobody."""

    episode: Episode = "once"
    by: str = ""
    again_after: Span | None = None
    reachable: tuple[Channel, ...] = ()


class Yield(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """To another playbook: while the customer is in it, this one's messages are held, or dropped (PB2-02); and not
    sooner than `apart` after its last message (COM-22)."""

    to: PlaybookKey
    how: Literal["hold", "drop"] = "hold"
    apart: Span | None = None


class Measured(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """So many times the average order (12 months, winsorised by 1%), or the order that 90% of receipts stay below."""

    of: Literal["average_order", "p90_pos_order"]
    times: float = 1


class Parameter(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A value that the playbook's data names as `$name`; `at`: the paths where it stood. `measured`: taken from the
    shop's own orders when the playbook is activated, the largest of these; a stored, versioned value from then on
    (PB1-01)."""

    value: int | float | str
    says: Words
    measured: tuple[Measured, ...] = ()
    at: tuple[tuple[str | int, ...], ...] = ()


class Page(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The public page behind the personal link."""

    title: Words
    valid_until: Words
    use_it: Words
    ended: Words
    products: int = 6
    gallery: Literal["best_sellers", "new_and_unseen", "both"] = "both"


class Playbook(msgspec.Struct, frozen=True, forbid_unknown_fields=True, dict=True):
    """`holdout` is a share 0–1; `priority` 1 is served first; `a_day` the most messages a day, 0 for no limit."""

    key: PlaybookKey
    version: int
    name: Words
    goal: Words
    segment: Rule
    trigger: Trigger
    steps: tuple[Step, ...]
    exits: Exits
    measure: Words
    variants: tuple[Send, ...] = ()  # sends that no step reaches: only `instead` names them
    entry: Entry = Entry()
    offer: Offer | None = None
    page: Page | None = None
    holdout: float = 0.1
    priority: int = 50
    a_day: int = 0
    bought_within: Span = Span(30)
    needs_fresh: tuple[str, ...] = ("pos",)  # sources without whose news it would write to who has just bought
    yields: tuple[Yield, ...] = ()
    parameters: dict[str, Parameter] = {}
    takes_over: tuple[int, ...] = ()  # the versions whose open enrollments go on in this one

    @cached_property
    def program(self) -> tuple[Place, ...]:
        """Every step, those in branches too, in the order of the data."""
        return lay_out(self.steps)

    @cached_property
    def places(self) -> dict[str, int]:
        """Where each step stands, by its name."""
        return {place.step.name: index for index, place in enumerate(self.program)}

    @cached_property
    def sends(self) -> dict[str, Send]:
        """Every send, steps and variants, by its name."""
        steps = (place.step for place in self.program)
        return {step.name: step for step in (*steps, *self.variants) if isinstance(step, Send)}


def send_named(playbook: Playbook, name: str) -> Send:
    """The send of that name, a step or a variant; raises ValueError when there is none."""
    step = playbook.sends.get(name)
    if step is None:
        raise ValueError(f"{playbook.key} version {playbook.version} sends nothing named {name!r}")
    return step
