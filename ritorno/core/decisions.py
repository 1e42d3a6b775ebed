"""What the rules decided: values, written in the same transaction as the document they changed."""

from typing import Literal

import msgspec

from ritorno.core.ids import MessageId, PlaybookKey, SegmentKey
from ritorno.core.instants import Instant

Axis = Literal["r", "f", "m"]


class Decision(msgspec.Struct, frozen=True, gc=False, tag_field="kind", kw_only=True):
    """`at` is the exact instant the decision is of, `cause` what brought it about: an event's name or the time that
    elapsed."""

    at: Instant
    cause: str = ""


class ScoreMoved(Decision, frozen=True, tag="score_moved"):
    axis: Axis
    before: int
    after: int
    version: int


class GroupMoved(Decision, frozen=True, tag="group_moved"):
    before: str
    after: str


class SegmentEntered(Decision, frozen=True, tag="segment_entered"):
    segment: SegmentKey


class SegmentLeft(Decision, frozen=True, tag="segment_left"):
    segment: SegmentKey
    since: Instant


class Enrolled(Decision, frozen=True, tag="enrolled"):
    enrollment: int
    playbook: PlaybookKey
    version: int
    key: str
    arm: str


class Declined(Decision, frozen=True, tag="declined"):
    """A trigger fired and the customer was not enrolled: why."""

    playbook: PlaybookKey
    why: str


class StepTaken(Decision, frozen=True, tag="step_taken"):
    enrollment: int
    playbook: PlaybookKey
    step: str


class Ended(Decision, frozen=True, tag="ended"):
    """An enrollment is over; its messages that have not left are dropped for the same reason."""

    enrollment: int
    playbook: PlaybookKey
    why: str


class MessageWanted(Decision, frozen=True, tag="message_wanted", omit_defaults=True):
    message: MessageId
    enrollment: int
    playbook: PlaybookKey
    version: int
    step: str
    arm: str
    due_at: Instant


class HouseFlagged(Decision, frozen=True, tag="house_flagged"):
    """So many receipts in a day are a till's account: its orders are nobody's from now on (ISR-11)."""

    receipts: int


AnyDecision = (
    ScoreMoved | GroupMoved | SegmentEntered | SegmentLeft | Enrolled | Declined | StepTaken | Ended | MessageWanted
    | HouseFlagged
)  # fmt: skip

encode_decision = msgspec.json.Encoder().encode
decode_decision = msgspec.json.Decoder(AnyDecision).decode
