"""What the rules decided: values, written in the same transaction as the document they changed."""

from typing import Literal

import msgspec

from ritorno.core.customer import NOTHING, About
from ritorno.core.events import TraitValue
from ritorno.core.ids import AudienceKey, EventId, MessageId, PlaybookKey, SegmentKey
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


class Enrolled(Decision, frozen=True, tag="enrolled", omit_defaults=True):
    enrollment: int
    playbook: PlaybookKey
    version: int
    key: str
    arm: str
    about: About = NOTHING


class Declined(Decision, frozen=True, tag="declined"):
    """A trigger fired and the customer was not enrolled: why."""

    playbook: PlaybookKey
    why: str


class StepTaken(Decision, frozen=True, tag="step_taken", omit_defaults=True):
    """`arm`: which way on, of a step that has several."""

    enrollment: int
    playbook: PlaybookKey
    step: str
    arm: str = ""


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


class VersionMoved(Decision, frozen=True, tag="version_moved"):
    """The enrollment goes on in another version of its playbook."""

    enrollment: int
    playbook: PlaybookKey
    before: int
    after: int


class TraitWritten(Decision, frozen=True, tag="trait_written", omit_defaults=True):
    """A step wrote a trait; told in the customer's history as an event of the same id (DAT-13). `author` is
    PLAYBOOK@VERSION/STEP, `because` of what."""

    enrollment: int
    playbook: PlaybookKey
    step: str
    author: str
    trait: str
    before: TraitValue
    after: TraitValue
    told_as: str
    told_at: Instant
    event: EventId
    because: str = ""


class PointsBooked(Decision, frozen=True, tag="points_booked", omit_defaults=True):
    """`points` more (or fewer) in the ledger; `by` is the entry's key."""

    points: int
    by: str
    enrollment: int = 0
    playbook: PlaybookKey = PlaybookKey("")
    step: str = ""


class AudienceJoined(Decision, frozen=True, tag="audience_joined"):
    audience: AudienceKey
    use: str
    enrollment: int
    playbook: PlaybookKey


class AudienceLeft(Decision, frozen=True, tag="audience_left"):
    """Nothing holds the customer in the ad audience any more."""

    audience: AudienceKey
    use: str
    enrollment: int
    playbook: PlaybookKey


class TaskWanted(Decision, frozen=True, tag="task_wanted"):
    """Something for people to do, until `due_at`; the words are the step's."""

    task: int
    enrollment: int
    playbook: PlaybookKey
    version: int
    step: str
    role: str
    due_at: Instant


class WebhookWanted(Decision, frozen=True, tag="webhook_wanted"):
    webhook: int
    enrollment: int
    playbook: PlaybookKey
    version: int
    step: str
    endpoint: str


AnyDecision = (
    ScoreMoved | GroupMoved | SegmentEntered | SegmentLeft | Enrolled | Declined | StepTaken | Ended | MessageWanted
    | HouseFlagged | VersionMoved | TraitWritten | PointsBooked | AudienceJoined | AudienceLeft | TaskWanted
    | WebhookWanted
)  # fmt: skip

encode_decision = msgspec.json.Encoder().encode
decode_decision = msgspec.json.Decoder(AnyDecision).decode
