"""A message wanted, from the wish to the receipt, and the reasons kept with it."""

import hashlib
from enum import StrEnum

import msgspec

from ritorno.core.events import Channel
from ritorno.core.ids import CustomerId, MessageId, PlaybookKey
from ritorno.core.instants import Instant


class State(StrEnum):
    """Where a message stands. `unknown`: the provider may or may not have it; marketing is then never sent again."""

    QUEUED = "queued"
    HELD = "held"
    SENDING = "sending"
    SENT = "sent"
    HELD_OUT = "held_out"
    DROPPED = "dropped"
    FAILED = "failed"
    UNKNOWN = "unknown"


class Reason(msgspec.Struct, frozen=True, array_like=True):
    """Why a message was held or dropped: a stable code, and what it was about ("sms", "2026-03-03T17:59:50+02:00")."""

    code: str
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.code}: {self.detail}" if self.detail else self.code


class Message(msgspec.Struct, frozen=True):
    """What deliver judges: which customer, from which enrollment and step, for which arm."""

    id: MessageId
    customer: CustomerId
    enrollment: int
    playbook: PlaybookKey
    version: int
    step: str
    arm: str
    wanted_at: Instant
    due_at: Instant


class ShownProduct(msgspec.Struct, frozen=True, array_like=True):
    """A product of a message, from which gallery, and why this customer was shown it."""

    sku: str
    gallery: str
    why: str


class Content(msgspec.Struct, frozen=True, omit_defaults=True):
    """What this customer gets: `html` of an e-mail, whose `text` says the same. `variant`: which of the texts, as
    gender/tone; `missed`: what this reader should have had and the texts do not offer (SEG-22); `subject_arm`: which of
    several subjects (ENG-03). `links`: where those that leave us lead, by name. `refuse_at`: the address at which to
    refuse."""

    channel: Channel
    address: str
    language: str
    text: str
    subject: str = ""
    parts: int = 1
    html: str = ""
    variant: str = ""
    missed: tuple[str, ...] = ()
    subject_arm: str = ""
    products: tuple[ShownProduct, ...] = ()
    links: dict[str, str] = {}
    refuse_at: str = ""


class Receipt(msgspec.Struct, frozen=True):
    """What the provider answered; `cost` in thousandths of a minor unit (an SMS part may cost 0.12 of an agora)."""

    provider: str
    provider_id: str
    accepted: bool
    cost: int = 0
    error: str = ""


def message_id(enrollment: int, step: str, round: int = 0) -> MessageId:  # noqa: A002 - our word for it
    """The same step of the same enrollment is the same message, however often it is wanted; gone back to, the next."""
    return MessageId(_number(f"{enrollment}\x00{step}", round))


def action_id(enrollment: int, step: str, round: int = 0) -> int:  # noqa: A002 - our word for it
    """What a step asks of people or of other systems: once, however often it is asked."""
    return _number(f"action\x00{enrollment}\x00{step}", round)


def _number(name: str, nth: int) -> int:
    told = f"{name}\x00{nth}" if nth else name
    return int.from_bytes(hashlib.blake2b(told.encode(), digest_size=8).digest(), "big") >> 1


def enrollment_id(playbook: PlaybookKey, customer: CustomerId, key: str) -> int:
    """The same episode of the same customer is the same enrollment."""
    digest = hashlib.blake2b(f"{playbook}\x00{customer}\x00{key}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1
