"""What happened: immutable events, each known since `received_at` about `occurred_at`.

A source is free to repeat, reorder and delay them: `id` is a hash of (source, message id), so the same event is the
same id everywhere, and every body is a statement that can be folded in any order (an order is told whole, a refund has
an id of its own, a trait and a consent are the latest told).
"""

import hashlib
from enum import StrEnum

import msgspec

from ritorno.core.identifiers import Identifier
from ritorno.core.ids import EventId, MessageId
from ritorno.core.instants import Instant

TraitValue = str | int | float | bool | list[str] | None


class SoldVia(StrEnum):
    """The place of sale."""

    ONLINE = "online"
    POS = "pos"
    PHONE = "phone"


class Channel(StrEnum):
    SMS = "sms"
    WHATSAPP = "whatsapp"
    EMAIL = "email"


class Purpose(StrEnum):
    MARKETING = "marketing"
    SERVICE = "service"
    ADS = "ads"  # to be told, hashed, to ad platforms


class Line(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """One line of an order; `unit_price` in minor units, `quantity` may be a weight, `maker` is the product's brand."""

    sku: str
    name: str = ""
    category: str = ""
    quantity: float = 1
    unit_price: int = 0
    maker: str = ""


class OrderTold(msgspec.Struct, frozen=True, gc=False, tag="order", omit_defaults=True):
    """An order as its source now describes it, whole. The latest description (`as_of`) of an order wins.

    `total` is what the customer paid, VAT and shipping included, in minor units of `currency`; `tax` and `discount` are
    parts of it as told by the source.
    """

    order_id: str
    total: int
    currency: str
    sold_via: SoldVia
    branch: str = ""
    discount: int = 0
    tax: int = 0
    cancelled: bool = False
    lines: tuple[Line, ...] = ()
    as_of: Instant | None = None
    beneficiary: str = ""  # for whom it was bought, by the reference that `RelationTold` gives; "": the buyer's own


class RefundTold(msgspec.Struct, frozen=True, gc=False, tag="refund", omit_defaults=True):
    """Money given back for an order of the same source; `amount` None is all of it, `void` takes the refund back."""

    order_id: str
    refund_id: str
    amount: int | None = None
    void: bool = False
    as_of: Instant | None = None


class CancellationTold(msgspec.Struct, frozen=True, gc=False, tag="cancellation", omit_defaults=True):
    order_id: str
    void: bool = False
    as_of: Instant | None = None


class SignedUp(msgspec.Struct, frozen=True, gc=False, tag="sign_up", omit_defaults=True):
    form: str = ""


class TraitsTold(msgspec.Struct, frozen=True, gc=False, tag="traits", omit_defaults=True):
    """`by`: who told it, where the source is not who – an operator's name, or PLAYBOOK@VERSION/STEP; `because`: of
    what, such as an order's number (DAT-13)."""

    traits: dict[str, TraitValue]
    by: str = ""
    because: str = ""


class ConsentTold(msgspec.Struct, frozen=True, gc=False, tag="consent", omit_defaults=True):
    """A permission given or withdrawn, with what proves it: where, which words, who took it."""

    channel: Channel
    given: bool
    purpose: Purpose = Purpose.MARKETING
    source: str = "api"  # form, till, import, api, reply, link
    wording: str = ""
    wording_version: str = ""
    evidence: str = ""  # IP, till and employee, file and row


class Role(StrEnum):
    """What a customer is to somebody she buys for."""

    CHILD = "child"
    PARENT = "parent"
    PARTNER = "partner"
    CAREGIVER = "caregiver"
    OTHER = "other"


class RelationTold(msgspec.Struct, frozen=True, gc=False, tag="relation", omit_defaults=True):
    """The customer is a `role` to the beneficiary; `he` and `en` are how a message to her calls that person ("אבא",
    "your father"). `beneficiary` is a reference of the source's own, or an identifier written `phone:+972…`
    (relations.py). The latest told of one beneficiary counts; `ended`: she buys for that person no more."""

    beneficiary: str
    role: Role
    he: str = ""
    en: str = ""
    ended: bool = False


class MessageTold(msgspec.Struct, frozen=True, gc=False, tag="message", omit_defaults=True):
    """Something that happened to a message of ours: delivered, failed, clicked, opened, replied.

    `link` is what was clicked, by its name or address; `playbook` and `step` are those of the message, where known.
    """

    name: str
    message: MessageId
    channel: Channel
    machine: bool = False
    text: str = ""
    link: str = ""
    playbook: str = ""
    step: str = ""


class Custom(msgspec.Struct, frozen=True, gc=False, tag="custom", omit_defaults=True):
    """Any other event, kept as told: a product viewed, a quiz answered, a name we have never heard."""

    name: str
    properties: dict[str, TraitValue] = {}


Body = (
    OrderTold | RefundTold | CancellationTold | SignedUp | TraitsTold | ConsentTold | MessageTold | Custom
    | RelationTold
)  # fmt: skip


class Event(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """`traits` are what the source told of the person along with it (a name on a receipt). `history` says that it is
    told about the past: it moves scores, it never triggers a playbook."""

    id: EventId
    source: str
    message_id: str
    occurred_at: Instant
    received_at: Instant
    body: Body
    identifiers: tuple[Identifier, ...] = ()
    traits: dict[str, TraitValue] = {}
    history: bool = False


def event_key(source: str, message_id: str) -> bytes:
    """The 16 bytes by which a repeated delivery is recognised."""
    return hashlib.blake2b(f"{source}\x00{message_id}".encode(), digest_size=16).digest()


def event_id(key: bytes) -> EventId:
    """63 bits of the key: enough to tell one customer's events apart."""
    return EventId(int.from_bytes(key[:8], "big") >> 1)


def happened(
    source: str,
    message_id: str,
    body: Body,
    *,
    occurred_at: Instant,
    received_at: Instant,
    identifiers: tuple[Identifier, ...] = (),
    traits: dict[str, TraitValue] | None = None,
    history: bool = False,
) -> Event:
    """An event with its id."""
    key = event_key(source, message_id)
    told = traits or {}
    return Event(event_id(key), source, message_id, occurred_at, received_at, body, identifiers, told, history)


encode_event = msgspec.json.Encoder().encode
decode_event = msgspec.json.Decoder(Event).decode
