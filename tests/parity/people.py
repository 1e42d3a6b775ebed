"""Customers and plans of the written cases: short lists of what happened, folded into a document."""

from collections.abc import Sequence
from hashlib import blake2b
from typing import Any as Anything
from typing import TypeVar

import msgspec

from ritorno.core.customer import Contact, Customer, Enrollment, Move
from ritorno.core.events import (
    Body,
    CancellationTold,
    Channel,
    ConsentTold,
    Custom,
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
    happened,
)
from ritorno.core.folding import fold
from ritorno.core.identifiers import Kind, normalise
from ritorno.core.ids import CustomerId, MessageId, PlaybookKey, SegmentKey
from ritorno.core.inferences import Inference
from ritorno.core.instants import NEVER, Instant
from ritorno.core.interests import InterestDefinition
from ritorno.core.needs import Need
from ritorno.core.plan import Plan, Policy, Segment
from ritorno.core.scores.cuts import Scheme
from ritorno.core.segments.rule import Rule
from ritorno.core.traits import TraitDefinition
from ritorno.testing import at, shop
from tests.core.plans import words

Told = dict[str, Anything]


def instant_of(text: str) -> Instant:
    return NEVER if text == "never" else at(text)


def customer_of(told: Sequence[Told]) -> Customer:
    """The document of who this happened to; the same happenings are the same customer."""
    digest = blake2b(repr(told).encode(), digest_size=7).digest()
    customer = Customer(CustomerId(int.from_bytes(digest, "big")))
    for index, each in enumerate(told):
        _tell(customer, each, index)
    return customer


def _tell(customer: Customer, each: Told, index: int) -> None:
    when = at(each["at"]) if "at" in each else Instant(0)
    match each:
        case {"moved": [before, after]}:
            customer.moves.append(Move(when, before, after))
        case {"sent": message, "channel": channel}:
            marketing = each.get("marketing", True)
            customer.contacts.append(Contact(when, MessageId(message), channel, PlaybookKey("p"), marketing))
        case {"enrolled": playbook}:
            ended = at(each["ended"]) if "ended" in each else None
            customer.enrollments.append(
                Enrollment(index, PlaybookKey(playbook), 1, "once", when, "treated", 0, when, NEVER, 0, ended)
            )
        case {"customer": number}:
            customer.id = CustomerId(number)
        case {"counted": counters}:
            customer.counters = dict(counters)
        case _:
            known = tuple(normalise(Kind(kind), value) for kind, value in [each["known"]]) if "known" in each else ()
            event = happened(
                each.get("source", "shop"), f"e{index}", _body(each, index), occurred_at=when, received_at=when,
                identifiers=known,
            )  # fmt: skip
            fold(customer, event)


def _body(each: Told, index: int) -> Body:
    match each:
        case {"order": total}:
            lines = tuple(msgspec.convert(line, Line) for line in each.get("lines", ()))
            return OrderTold(
                each.get("id", f"order {index}"), total, "ILS", SoldVia(each.get("via", "online")),
                each.get("branch", ""), cancelled=each.get("cancelled", False), lines=lines,
            )  # fmt: skip
        case {"refund": order}:
            return RefundTold(order, "r1", each.get("amount"))
        case {"cancel": order}:
            return CancellationTold(order)
        case {"traits": traits}:
            return TraitsTold(traits)
        case {"consent": channel}:
            return ConsentTold(
                Channel(channel), each.get("given", True), Purpose(each.get("purpose", "marketing")),
                each.get("by", "form"), each.get("wording", "כן"),
            )  # fmt: skip
        case {"message": name, "number": number}:
            return MessageTold(
                name, MessageId(number), Channel(each.get("channel", "email")), each.get("machine", False),
                link=each.get("link", ""),
            )  # fmt: skip
        case {"event": name}:
            return Custom(name, each.get("properties", {}))
        case {"relation": role}:
            return RelationTold(each["beneficiary"], Role(role), ended=each.get("ended", False))
        case {"sign_up": form}:
            return SignedUp(form)
        case {"known": _}:
            return TraitsTold({})
        case _:
            raise ValueError(f"{each} is no happening that these cases know")


def plan_of(written: Told) -> Plan:
    """The fixture shop with what the case says of its scheme, policy, segments and interests."""
    segments = tuple(
        Segment(SegmentKey(key), 1, words(key), msgspec.convert(rule, Rule))
        for key, rule in written.get("segments", {}).items()
    )
    plan = shop(segments=segments, policy=msgspec.convert(written.get("policy", {}), Policy))
    scheme = msgspec.convert(written.get("scheme", {}), Scheme)
    interests = tuple(
        msgspec.convert({"key": key, "name": {"he": key, "en": key}, **each}, InterestDefinition)
        for key, each in written.get("interests", {}).items()
    )
    return msgspec.structs.replace(
        plan, scheme=scheme, interests=interests, needs=_named(written, "needs", Need),
        inferences=_named(written, "inferences", Inference), traits=_named(written, "traits", TraitDefinition),
    )  # fmt: skip


Made = TypeVar("Made")


def _named(written: Told, name: str, kind: type[Made]) -> tuple[Made, ...]:
    """Definitions by their key; a name that is not said is the key."""
    return tuple(
        msgspec.convert({"key": key, **({} if kind is Inference else {"name": {"he": key, "en": key}}), **each}, kind)
        for key, each in written.get(name, {}).items()
    )
