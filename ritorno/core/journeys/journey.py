"""A playbook: goal, segment, trigger, steps, exit and measure, as versioned data (ORC-04).

An enrollment keeps the version it entered. Steps are told apart by their name, which is unique in a playbook.
"""

from typing import Literal

import msgspec

from ritorno.core.events import Channel
from ritorno.core.ids import PlaybookKey
from ritorno.core.instants import Span
from ritorno.core.offers import Offer
from ritorno.core.segments.rule import Rule


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The same in Hebrew and in English."""

    he: str
    en: str

    def in_language(self, language: str) -> str:
        return self.he if language == "he" else self.en


class Moved(msgspec.Struct, frozen=True, tag="moved", tag_field="when", forbid_unknown_fields=True, omit_defaults=True):
    """A score moved: R to 1, or R from 3 to 2 (SCO-08)."""

    axis: Literal["r", "f", "m"]
    to: int
    before: int | None = None


class Happened(msgspec.Struct, frozen=True, tag="event", tag_field="when", forbid_unknown_fields=True):
    """An event of that name arrived: `order`, `sign_up`, `message_clicked`, any custom one."""

    event: str


class JoinedSegment(msgspec.Struct, frozen=True, tag="segment_entered", tag_field="when", forbid_unknown_fields=True):
    segment: str


Trigger = Moved | Happened | JoinedSegment


class Way(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One way to say it: the first way of a step that the customer permits is taken."""

    channel: Channel
    text: Words
    subject: Words | None = None


class Send(msgspec.Struct, frozen=True, tag="send", tag_field="do", forbid_unknown_fields=True, omit_defaults=True):
    """`first_purchase`: only for those who have never bought anywhere, judged at dispatch (DAT-04);
    `instead` names the variant that goes out when they have bought. `same_code`: a
    reminder of the code that an earlier step sent, not counted against the daily cap."""

    name: str
    ways: tuple[Way, ...]
    with_offer: bool = False
    same_code: bool = False
    only_if: Rule | None = None
    first_purchase: bool = False
    instead: str = ""
    message_class: Literal["marketing", "service"] = "marketing"


class Wait(msgspec.Struct, frozen=True, tag="wait", tag_field="do", forbid_unknown_fields=True, omit_defaults=True):
    """`since`: from reaching this step, from the entry, or from when the named send left."""

    name: str
    span: Span
    since: str = "step"


class Check(msgspec.Struct, frozen=True, tag="check", tag_field="do", forbid_unknown_fields=True):
    """Go on only if the rule holds; otherwise the enrollment ends with `why`."""

    name: str
    rule: Rule
    why: str


Step = Send | Wait | Check


class Exits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`purchase`: any order that counts, anywhere. `after`: so long after the entry. `unless`: while this holds."""

    purchase: bool = True
    after: Span | None = None
    unless: Rule | None = None


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How often: `lapse` once per lapse (a purchase re-arms it), `once` in a life, `event` for each triggering event.
    `again_after`: not sooner than so long after the last entry. `reachable`: who could be written to, or nobody."""

    episode: Literal["lapse", "once", "event"] = "once"
    again_after: Span | None = None
    reachable: tuple[Channel, ...] = ()


class Page(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The public page behind the personal link."""

    title: Words
    valid_until: Words
    use_it: Words
    ended: Words
    products: int = 6
    gallery: Literal["best_sellers", "new_and_unseen", "both"] = "both"


class Playbook(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
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


def send_named(playbook: Playbook, name: str) -> Send:
    """The send of that name, a step or a variant; raises ValueError when there is none."""
    for step in (*playbook.steps, *playbook.variants):
        if step.name == name and isinstance(step, Send):
            return step
    raise ValueError(f"{playbook.key} version {playbook.version} sends nothing named {name!r}")
