"""A scenario: a shop, its people and what happens to them, as one JSON document that can be lived through.

docs/reference/simulate.md describes the format; `json_schema` is its schema.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any, Literal

import msgspec

from ritorno.core.catalogue import Product
from ritorno.core.events import (
    Body,
    CancellationTold,
    Channel,
    ConsentTold,
    Custom,
    Event,
    Line,
    MessageTold,
    OrderTold,
    Purpose,
    RefundTold,
    RelationTold,
    Role,
    SignedUp,
    SoldVia,
    TraitsTold,
    TraitValue,
    event_id,
    event_key,
    happened,
)
from ritorno.core.identifiers import Identifier, Kind, normalise
from ritorno.core.ids import MessageId
from ritorno.core.instants import Instant, parse_instant, zone
from ritorno.core.money import parse_amount

Amount = str | int | float


class ScenarioError(ValueError):
    """A scenario that cannot be lived through; the message names the place and what would be right."""


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    pass


class BrandSaid(Part, frozen=True):
    name: str = "Shop"
    timezone: str = "Asia/Jerusalem"
    currency: str = "ILS"
    language: Literal["he", "en"] = "he"
    region: str = "IL"


class SchemeSaid(Part, frozen=True):
    """Cut points: days (a number) or spans ("30d", "24mo"); `spend` in the brand's currency."""

    recency: tuple[str | int, str | int] = (30, 90)
    orders: tuple[int, int] = (2, 3)
    spend: tuple[Amount, Amount] = (400, 1200)
    window: str | int = "24mo"
    occasion: Literal["order", "day_and_branch"] = "order"


class NameSaid(Part, frozen=True):
    he: str
    en: str


class SegmentSaid(Part, frozen=True):
    """`rule` as data, or in the readable text form."""

    key: str
    rule: dict[str, Any] | str
    name: NameSaid | None = None


class ReadyPlaybook(Part, frozen=True):
    """A playbook of the library, with what is switched on and its parameters."""

    ready: str
    switched_on: tuple[str, ...] = ()
    holdout: float | None = None
    a_day: int | None = None


class CustomerSaid(Part, frozen=True):
    """`id` is the shop's own; identifiers besides it are told with every event of the customer."""

    id: str
    phone: str | None = None
    email: str | None = None
    club_card: str | None = None
    device: str | None = None


class LineSaid(Part, frozen=True):
    sku: str
    name: str = ""
    category: str = ""
    maker: str = ""
    quantity: float = 1
    unit_price: Amount = 0


class EventSaid(Part, frozen=True, tag_field="type", kw_only=True):
    """`received_at`: when it becomes known, at `occurred_at` unless said. `history`: moves scores, triggers nothing."""

    id: str
    customer: str
    occurred_at: str
    received_at: str | None = None
    source: str = "shop"
    history: bool = False


class OrderSaid(EventSaid, frozen=True, tag="order", kw_only=True):
    order_id: str
    total: Amount
    sold_via: SoldVia = SoldVia.ONLINE
    branch: str = ""
    discount: Amount = 0
    tax: Amount = 0
    cancelled: bool = False
    lines: tuple[LineSaid, ...] = ()
    beneficiary: str = ""


class RefundSaid(EventSaid, frozen=True, tag="refund", kw_only=True):
    order_id: str
    refund_id: str
    amount: Amount | None = None
    void: bool = False


class CancellationSaid(EventSaid, frozen=True, tag="cancellation", kw_only=True):
    order_id: str
    void: bool = False


class SignUpSaid(EventSaid, frozen=True, tag="sign_up", kw_only=True):
    form: str = ""


class TraitsSaid(EventSaid, frozen=True, tag="traits", kw_only=True):
    traits: dict[str, TraitValue]


class ConsentSaid(EventSaid, frozen=True, tag="consent", kw_only=True):
    channel: Channel
    given: bool
    purpose: Purpose = Purpose.MARKETING
    by: str = "form"
    wording: str = "yes"


class RelationSaid(EventSaid, frozen=True, tag="relation", kw_only=True):
    beneficiary: str
    role: Role
    he: str = ""
    en: str = ""
    ended: bool = False


class MessageSaid(EventSaid, frozen=True, tag="message", kw_only=True):
    """`message` is any label: equal labels are one message."""

    name: Literal["delivered", "opened", "clicked", "replied", "failed"]
    message: str
    channel: Channel
    machine: bool = False


class CustomSaid(EventSaid, frozen=True, tag="event", kw_only=True):
    name: str
    properties: dict[str, TraitValue] = {}


Said = (
    OrderSaid
    | RefundSaid
    | CancellationSaid
    | SignUpSaid
    | TraitsSaid
    | ConsentSaid
    | MessageSaid
    | CustomSaid
    | RelationSaid
)


class Scenario(Part, frozen=True):
    """`policy` as definitions store it; `products` with their flags; `checkpoints` ascending: the answer tells how
    everyone stands at each."""

    customers: tuple[CustomerSaid, ...]
    events: tuple[Said, ...]
    checkpoints: tuple[str, ...]
    version: Literal[1] = 1
    says: str = ""
    brand: BrandSaid = BrandSaid()
    scheme: SchemeSaid = SchemeSaid()
    policy: dict[str, Any] = {}
    segments: tuple[SegmentSaid, ...] = ()
    playbooks: tuple[dict[str, Any], ...] = ()
    products: tuple[Product, ...] = ()


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a scenario."""
    schema: dict[str, Any] = msgspec.json.schema(Scenario)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Scenario", **schema}


def read_scenario(content: bytes) -> Scenario:
    """Decode and check a scenario. Raises ScenarioError naming the place."""
    try:
        scenario = msgspec.json.decode(content, type=Scenario)
    except msgspec.MsgspecError as error:
        raise ScenarioError(f"the scenario cannot be read: {error}") from error
    problem = next(_problems(scenario), None)
    if problem:
        raise ScenarioError(problem)
    return scenario


def _problems(scenario: Scenario) -> Iterator[str]:
    known = {customer.id for customer in scenario.customers}
    for name, count in Counter(customer.id for customer in scenario.customers).items():
        if count > 1:
            yield f"customers: {name!r} stands there {count} times"
    for index, event in enumerate(scenario.events):
        if event.customer not in known:
            yield f"events[{index}].customer: there is no customer {event.customer!r}; add it to customers"
    if not scenario.checkpoints:
        yield "checkpoints: name at least one instant"
    try:
        tz = zone(scenario.brand.timezone)
        moments = [parse_instant(each, tz) for each in scenario.checkpoints]
    except ValueError as error:
        yield f"brand.timezone or checkpoints: {error}"
        return
    if moments != sorted(set(moments)):
        yield "checkpoints: write them once each, the earliest first"
    yield from _shared_identifiers(scenario)
    yield from _shared_orders(scenario)


def _shared_identifiers(scenario: Scenario) -> Iterator[str]:
    """Who is who is not what a scenario tries: two people who share an identifier would be one."""
    seen: dict[Identifier, str] = {}
    for index, customer in enumerate(scenario.customers):
        try:
            told = identifiers_of(customer, scenario)
        except ValueError as error:
            yield f"customers[{index}]: {error}"
            return
        for identifier in told:
            if seen.setdefault(identifier, customer.id) != customer.id:
                yield f"customers[{index}]: {identifier} is {seen[identifier]!r}'s; people here share no identifier"


def _shared_orders(scenario: Scenario) -> Iterator[str]:
    owners: dict[tuple[str, str], str] = {}
    for index, event in enumerate(scenario.events):
        if isinstance(event, OrderSaid | RefundSaid | CancellationSaid):
            owner = owners.setdefault((event.source, event.order_id), event.customer)
            if owner != event.customer:
                yield f"events[{index}].order_id: {event.order_id!r} of {event.source!r} is {owner!r}'s already"


def identifiers_of(customer: CustomerSaid, scenario: Scenario) -> tuple[Identifier, ...]:
    """Normalised; the shop's id first. Raises ValueError."""
    said = {
        Kind.PHONE: customer.phone, Kind.EMAIL: customer.email, Kind.CLUB_CARD: customer.club_card,
        Kind.DEVICE: customer.device,
    }  # fmt: skip
    region = scenario.brand.region
    told = [normalise(kind, raw, region=region, namespace="club") for kind, raw in said.items() if raw]
    return (normalise(Kind.SHOP_ID, customer.id, namespace="scenario"), *told)


def events_of(scenario: Scenario) -> list[Event]:
    """The events in order of arrival; those of one instant as they are written. Raises ScenarioError."""
    tz, people = zone(scenario.brand.timezone), {each.id: each for each in scenario.customers}
    told: list[Event] = []
    for index, said in enumerate(scenario.events):
        try:
            occurred_at = parse_instant(said.occurred_at, tz)
            received_at = occurred_at if said.received_at is None else parse_instant(said.received_at, tz)
            body = _body(said, scenario.brand.currency)
        except ValueError as error:
            raise ScenarioError(f"events[{index}]: {error}") from error
        told.append(
            happened(
                said.source, said.id, body, occurred_at=occurred_at, received_at=received_at, history=said.history,
                identifiers=identifiers_of(people[said.customer], scenario),
            )
        )  # fmt: skip
    return _once(sorted(told, key=lambda event: event.received_at))


def _once(told: list[Event]) -> list[Event]:
    """A repeated delivery (source and id) is no news."""
    kept: dict[tuple[str, str], Event] = {}
    for event in told:
        kept.setdefault((event.source, event.message_id), event)
    return list(kept.values())


def _body(said: Said, currency: str) -> Body:
    match said:
        case OrderSaid():
            return OrderTold(
                said.order_id, parse_amount(said.total, currency), currency, said.sold_via, said.branch,
                parse_amount(said.discount, currency), parse_amount(said.tax, currency), said.cancelled,
                tuple(_line(line, currency) for line in said.lines), None, said.beneficiary,
            )  # fmt: skip
        case RefundSaid():
            amount = None if said.amount is None else parse_amount(said.amount, currency)
            return RefundTold(said.order_id, said.refund_id, amount, said.void)
        case CancellationSaid():
            return CancellationTold(said.order_id, said.void)
        case SignUpSaid():
            return SignedUp(said.form)
        case TraitsSaid():
            return TraitsTold(said.traits)
        case ConsentSaid():
            return ConsentTold(said.channel, said.given, said.purpose, said.by, said.wording)
        case MessageSaid():
            label = MessageId(event_id(event_key("scenario", said.message)))
            return MessageTold(said.name, label, said.channel, said.machine)
        case RelationSaid():
            return RelationTold(said.beneficiary, said.role, said.he, said.en, said.ended)
        case CustomSaid():
            return Custom(said.name, said.properties)


def _line(said: LineSaid, currency: str) -> Line:
    price = parse_amount(said.unit_price, currency)
    return Line(said.sku, said.name, said.category, said.quantity, price, said.maker)


def instants_of(scenario: Scenario) -> list[Instant]:
    tz = zone(scenario.brand.timezone)
    return [parse_instant(each, tz) for each in scenario.checkpoints]
