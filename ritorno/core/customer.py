"""The customer document: everything the rules need to know of one person.

Two parts. What was *told* (identifiers, traits, consents, orders and their changes, behaviour) is a fold of events
(`folding.py`). What was *decided* (scores, memberships, enrollments, contacts) is written by `react` alone.
"""

from collections.abc import Callable

import msgspec

from ritorno.core.consent import ConsentRecord
from ritorno.core.events import Line, Role, SoldVia, TraitValue
from ritorno.core.identifiers import Identifier
from ritorno.core.ids import WATCHED, AudienceKey, CustomerId, EventId, MessageId, PlaybookKey, SegmentKey
from ritorno.core.instants import NEVER, Instant
from ritorno.core.points import Ledger


class Order(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """An order as last described. `net` is `total` less refunds, 0 once cancelled; it `counts` while net is above 0."""

    occurred_at: Instant
    source: str
    order_id: str
    total: int
    net: int
    sold_via: SoldVia
    branch: str
    currency: str
    discount: int
    tax: int
    cancelled: bool
    lines: tuple[Line, ...]
    as_of: Instant
    event: EventId
    beneficiary: str = ""

    @property
    def counts(self) -> bool:
        return self.net > 0

    @property
    def key(self) -> str:
        return f"{self.source}\x00{self.order_id}"


class Change(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A refund (`amount`; None is all) or a cancellation of an order, as last told."""

    change_id: str
    at: Instant
    amount: int | None
    void: bool
    as_of: Instant
    event: EventId


class Known(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """An identifier, and when it was last told."""

    at: Instant
    event: EventId
    identifier: Identifier


class Trait(msgspec.Struct, frozen=True, gc=False, array_like=True):
    at: Instant
    event: EventId
    value: TraitValue
    source: str


class Relation(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """For whom the customer buys, as last told (SEG-19): what she is to them, and how a message calls them."""

    at: Instant
    event: EventId
    beneficiary: str
    role: Role
    he: str = ""
    en: str = ""
    ended: bool = False


class Did(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """Behaviour: an event that is neither an order nor told of the person."""

    at: Instant
    event: EventId
    name: str
    properties: dict[str, TraitValue]

    @property
    def by_hand(self) -> bool:
        """Was it a person, and not a program that opens mail?"""
        return self.properties.get("machine") is not True


class Scores(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """R, F, M as digits, what they were counted from, and the cuts' version. `cell` is 0 without a purchase."""

    cell: int
    orders: int
    spend: int
    last_at: Instant
    version: int

    @property
    def r(self) -> int:
        return self.cell // 100

    @property
    def f(self) -> int:
        return self.cell // 10 % 10

    @property
    def m(self) -> int:
        return self.cell % 10


FIRST = Instant(-NEVER)  # earlier than any instant

UNSCORED = Scores(0, 0, 0, NEVER, 0)


class About(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """What an enrollment was entered for, "" where it has none: the order (by `Order.key`), one of its products, their
    category; or the value of the event's property that the entry goes by, such as a cart's id."""

    order: str = ""
    sku: str = ""
    category: str = ""
    thing: str = ""
    beneficiary: str = ""  # of the order


NOTHING = About()


class Enrollment(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """One passage through one version of a playbook. `key` names the episode, so that it is entered once; `round`
    counts how often it went back."""

    id: int
    playbook: PlaybookKey
    version: int
    key: str
    entered_at: Instant
    arm: str
    step: int
    step_at: Instant  # since when it stands at this step
    wake_at: Instant  # when time alone next moves or ends it
    bought: int  # orders that counted at the entry: one more is a purchase since, however late it is told
    ended_at: Instant | None = None
    why: str = ""
    about: About = NOTHING
    round: int = 0

    @property
    def is_open(self) -> bool:
        return self.ended_at is None


class Contact(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A message that left for this customer, or would have left for one held out (`channel` is then ""). A `reminder`
    of a code that was sent already does not count for the day."""

    at: Instant
    message: MessageId
    channel: str
    playbook: PlaybookKey
    marketing: bool
    reminder: bool = False


class Move(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """The cell changed; `before` is 0 for the first score of a buyer."""

    at: Instant
    before: int
    after: int


class Tally(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """What a step added to a counter; `stands` until the order that it was for ("": none) counts no more (COM-16)."""

    trait: str
    by: int
    order: str
    enrollment: int
    playbook: PlaybookKey
    version: int
    step: str
    stands: bool = True


class Held(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """In an ad audience since when, for which enrollments: out when none of them holds it any more."""

    since: Instant
    use: str
    holders: tuple[int, ...]


class Customer(msgspec.Struct, array_like=True):
    """The document. Lists are ordered by (at, event) or (occurred_at, key), so equal knowledge is equal bytes."""

    id: CustomerId
    joined_at: Instant = NEVER
    house: bool = False  # a till's "occasional customer": orders stay anonymous, nothing is scored or sent (ISR-11)
    identifiers: list[Known] = []
    traits: dict[str, Trait] = {}
    consents: list[ConsentRecord] = []
    orders: list[Order] = []
    changes: dict[str, list[Change]] = {}
    did: list[Did] = []
    counters: dict[str, int] = {}
    scores: Scores = UNSCORED
    scored_at: Instant = NEVER
    memberships: dict[SegmentKey, Instant] = {}
    enrollments: list[Enrollment] = []
    contacts: list[Contact] = []
    due_at: Instant = NEVER  # when time alone next changes anything of the above
    settled_at: Instant = FIRST  # the last moment that told or decided anything: nothing is decided before it any more
    moves: list[Move] = []  # of the cell, all of them: a customer has few
    asks_at: dict[SegmentKey, Instant] = {}  # when time alone next changes the answer, of the segments where it does
    asked: int = 0  # the plan's fingerprint when all segments were last asked; 0: ask them all
    tallies: dict[str, Tally] = {}  # by enrollment, step and round
    audiences: dict[AudienceKey, Held] = {}
    points: Ledger = ()
    relations: dict[str, Relation] = {}  # by beneficiary

    @property
    def segments(self) -> dict[SegmentKey, Instant]:
        """The segments it is in, since when, without the rules that playbooks watch."""
        return {key: since for key, since in self.memberships.items() if not key.startswith(WATCHED)}

    def draft(self) -> "Customer":
        """A copy whose containers may be changed; what they hold is immutable."""
        return Customer(
            self.id, self.joined_at, self.house, self.identifiers.copy(), self.traits.copy(), self.consents.copy(),
            self.orders.copy(), self.changes.copy(), self.did.copy(), self.counters.copy(), self.scores,
            self.scored_at, self.memberships.copy(), self.enrollments.copy(), self.contacts.copy(),
            self.due_at, self.settled_at, self.moves.copy(), self.asks_at.copy(), self.asked,
            self.tallies.copy(), self.audiences.copy(), self.points,
            self.relations.copy(),
        )  # fmt: skip


encode_customer = msgspec.msgpack.Encoder().encode
decode_customer: Callable[[bytes], Customer] = msgspec.msgpack.Decoder(Customer).decode


def latest(customer: Customer, kind: str) -> Identifier | None:
    """The identifier of that kind told last."""
    for known in reversed(customer.identifiers):
        if known.identifier.kind == kind:
            return known.identifier
    return None


def machine_counter(event: str) -> str:
    """The counter of what machines did under that name: rules that ask about people leave it out."""
    return f"{event}\x00machine"
