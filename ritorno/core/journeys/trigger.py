"""What lets a customer into a playbook: something that happened, or something that became true of her."""

from typing import Literal

import msgspec

from ritorno.core.ids import WATCHED, PlaybookKey, SegmentKey
from ritorno.core.milestones import Milestones
from ritorno.core.segments.rule import Bought, Rule, Where


class When(msgspec.Struct, frozen=True, tag_field="when", forbid_unknown_fields=True, omit_defaults=True):
    pass


class Moved(When, frozen=True, tag="moved"):
    """A score moved: R to 1, or R from 3 to 2 (SCO-08)."""

    axis: Literal["r", "f", "m"]
    to: int
    before: int | None = None


class GroupMoved(When, frozen=True, tag="group"):
    """The customer came into one of the groups (out of one of `before`)."""

    to: tuple[str, ...]
    before: tuple[str, ...] = ()


class ProductIs(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What the catalogue must say of a product; None: no matter."""

    consumable: bool | None = None
    technical: bool | None = None
    sensitive: bool | None = None


class Happened(When, frozen=True, tag="event"):
    """An event of that name arrived and fits the filters: `order`, `sign_up`, `message_clicked`, any of yours.

    `order` and `product` filter an order and its lines, `where` the properties of any other. `first`: the first ever of
    that name. `milestone`: it was the third order that counts, or every third (COM-20). An order is an event once, when
    it begins to count.
    """

    event: str
    where: tuple[Where, ...] = ()
    order: Bought | None = None
    product: ProductIs | None = None
    first: bool = False
    milestone: Milestones | None = None


class JoinedSegment(When, frozen=True, tag="segment_entered"):
    segment: str


class LeftSegment(When, frozen=True, tag="segment_left"):
    segment: str


class BecameTrue(When, frozen=True, tag="becomes_true"):
    """A rule turned from false to true: a date came or returned, a fact reached a number. At the very instant, by data
    or by time alone; who fits already when the playbook is activated has not turned."""

    rule: Rule


Trigger = Moved | GroupMoved | Happened | JoinedSegment | LeftSegment | BecameTrue


def watch_key(playbook: PlaybookKey) -> SegmentKey:
    """Under which the rule of a `becomes_true` trigger is watched, as a segment that nobody sees."""
    return SegmentKey(f"{WATCHED}{playbook}")
