"""Documents as rows: what the lake keeps of a customer, column by column.

Instants are int64 UTC µs, money int64 minor units; what is missing is NULL. Every table has `customer_id` and comes in
order of it. House accounts are nobody's: they have no rows. `SCHEMAS` names the columns; docs/reference/lake.md says
what each means.
"""

from collections.abc import Callable, Sequence
from itertools import chain
from typing import Any

import msgspec
import pyarrow as pa

from ritorno.core.address import address_for
from ritorno.core.customer import Customer, Did, Order
from ritorno.core.events import Channel, TraitValue
from ritorno.core.instants import NEVER, Instant
from ritorno.core.plan import Plan
from ritorno.core.view import View, view_of

_TEXTS = pa.map_(pa.string(), pa.string())
_NUMBERS = pa.map_(pa.string(), pa.int64())


def _schema(**columns: pa.DataType) -> pa.Schema:
    return pa.schema([("customer_id", pa.int64()), *columns.items()])


SCHEMAS: dict[str, pa.Schema] = {
    "customers": _schema(
        joined_at=pa.int64(), cell=pa.int32(), orders=pa.int32(), spend=pa.int64(), last_at=pa.int64(),
        scored_until=pa.int64(), read_at=pa.int64(), scheme=pa.int32(), reach_sms=pa.bool_(), reach_whatsapp=pa.bool_(),
        reach_email=pa.bool_(), traits=_TEXTS, traits_at=_NUMBERS, traits_source=_TEXTS, counters=_NUMBERS,
    ),
    "orders": _schema(
        number=pa.int32(), occurred_at=pa.int64(), net=pa.int64(), total=pa.int64(), sold_via=pa.string(),
        branch=pa.string(), source=pa.string(), order_id=pa.string(),
    ),
    "lines": _schema(
        number=pa.int32(), line=pa.int32(), occurred_at=pa.int64(), net=pa.int64(), sold_via=pa.string(),
        branch=pa.string(), sku=pa.string(), category=pa.string(), maker=pa.string(), quantity=pa.float64(),
        unit_price=pa.int64(),
    ),
    "events": _schema(
        number=pa.int32(), at=pa.int64(), name=pa.string(), machine=pa.bool_(), message=pa.int64(),
        channel=pa.string(), properties=_TEXTS,
    ),
    "consents": _schema(
        number=pa.int32(), at=pa.int64(), channel=pa.string(), purpose=pa.string(), given=pa.bool_(),
        proof=pa.string(),
    ),
    "contacts": _schema(
        at=pa.int64(), message=pa.int64(), channel=pa.string(), playbook=pa.string(), marketing=pa.bool_(),
        reminder=pa.bool_(),
    ),
    "moves": _schema(number=pa.int32(), at=pa.int64(), before=pa.int32(), after=pa.int32()),
    "enrollments": _schema(
        playbook=pa.string(), version=pa.int32(), key=pa.string(), arm=pa.string(), entered_at=pa.int64(),
        ended_at=pa.int64(),
    ),
    "memberships": _schema(segment=pa.string(), since=pa.int64()),
    "relations": _schema(beneficiary=pa.string(), role=pa.string(), at=pa.int64()),
}  # fmt: skip

Row = tuple[Any, ...]
_encode = msgspec.json.Encoder().encode


def rows_of(customers: Sequence[Customer], plan: Plan, now: Instant) -> dict[str, pa.Table]:
    """One table for each of `SCHEMAS`, scored as of `now`; about 25,000 customers a second."""
    people = sorted((each for each in customers if not each.house), key=lambda each: each.id)
    return {name: _table(name, rows(people, plan, now)) for name, rows in _ROWS.items()}


def _customers(people: list[Customer], plan: Plan, now: Instant) -> list[Row]:
    return [_customer(view_of(one, plan, now)) for one in people]


def _customer(view: View) -> Row:
    one, scores = view.customer, view.scores
    told = [(name, trait) for name, trait in one.traits.items() if trait.value is not None]
    return (
        one.id, _known(one.joined_at), scores.cell, scores.orders, scores.spend, _known(scores.last_at),
        _known(view.scores_change), view.now, scores.version,
        *(address_for(one, channel) is not None for channel in (Channel.SMS, Channel.WHATSAPP, Channel.EMAIL)),
        [(name, _text(trait.value)) for name, trait in told], [(name, trait.at) for name, trait in told],
        [(name, trait.source) for name, trait in told], list(one.counters.items()),
    )  # fmt: skip


def _counted(one: Customer) -> list[Order]:
    return [order for order in one.orders if order.net > 0]


def _orders(people: list[Customer], _plan: Plan, _now: Instant) -> list[Row]:
    return [
        (one.id, number, order.occurred_at, order.net, order.total, order.sold_via, order.branch, order.source,
         order.order_id)
        for one in people
        for number, order in enumerate(_counted(one))
    ]  # fmt: skip


def _lines(people: list[Customer], _plan: Plan, _now: Instant) -> list[Row]:
    return [
        (one.id, number, place, order.occurred_at, order.net, order.sold_via, order.branch, line.sku, line.category,
         line.maker, line.quantity, line.unit_price)
        for one in people
        for number, order in enumerate(_counted(one))
        for place, line in enumerate(order.lines)
    ]  # fmt: skip


def _events(people: list[Customer], _plan: Plan, _now: Instant) -> list[Row]:
    return [
        (one.id, number, did.at, did.name, *_of_message(did), _texts(did.properties))
        for one in people
        for number, did in enumerate(one.did)
    ]


def _of_message(did: Did) -> tuple[bool, int | None, str | None]:
    """(machine, message, channel), where they were told and are such."""
    told = did.properties
    message, channel = told.get("message"), told.get("channel")
    return (
        told.get("machine") is True,
        message if type(message) is int and abs(message) < 2**63 else None,
        channel if isinstance(channel, str) else None,
    )


def _consents(people: list[Customer], _plan: Plan, _now: Instant) -> list[Row]:
    return [
        (one.id, number, entry.at, entry.channel, entry.purpose, entry.given, entry.proof)
        for one in people
        for number, entry in enumerate(one.consents)
    ]


def _contacts(people: list[Customer], _plan: Plan, _now: Instant) -> list[Row]:
    return [
        (one.id, each.at, each.message, each.channel, each.playbook, each.marketing, each.reminder)
        for one in people
        for each in one.contacts
    ]


def _moves(people: list[Customer], _plan: Plan, _now: Instant) -> list[Row]:
    return [
        (one.id, number, move.at, move.before, move.after) for one in people for number, move in enumerate(one.moves)
    ]


def _enrollments(people: list[Customer], _plan: Plan, _now: Instant) -> list[Row]:
    return [
        (one.id, each.playbook, each.version, each.key, each.arm, each.entered_at, each.ended_at)
        for one in people
        for each in one.enrollments
    ]


def _memberships(people: list[Customer], _plan: Plan, _now: Instant) -> list[Row]:
    return [(one.id, segment, since) for one in people for segment, since in one.memberships.items()]


def _relations(people: list[Customer], _plan: Plan, _now: Instant) -> list[Row]:
    return [
        (one.id, each.beneficiary, each.role, each.at)
        for one in people
        for each in one.relations.values()
        if not each.ended
    ]


_ROWS: dict[str, Callable[[list[Customer], Plan, Instant], list[Row]]] = {
    "customers": _customers,
    "orders": _orders,
    "lines": _lines,
    "events": _events,
    "consents": _consents,
    "contacts": _contacts,
    "moves": _moves,
    "enrollments": _enrollments,
    "memberships": _memberships,
    "relations": _relations,
}


def _table(name: str, rows: list[Row]) -> pa.Table:
    """Rows turned on their side: lists of one kind go to Arrow several times faster than records."""
    schema = SCHEMAS[name]
    if not rows:
        return schema.empty_table()
    columns = zip(*rows, strict=True)
    return pa.Table.from_arrays(
        [_column(list(values), field.type) for values, field in zip(columns, schema, strict=True)], schema=schema
    )


def _column(values: list[Any], kind: pa.DataType) -> pa.Array:
    if not pa.types.is_map(kind):
        return pa.array(values, kind)
    offsets = [0]
    for entries in values:
        offsets.append(offsets[-1] + len(entries))
    flat = list(chain.from_iterable(values))
    return pa.MapArray.from_arrays(
        pa.array(offsets, pa.int32()),
        pa.array([name for name, _ in flat], kind.key_type),
        pa.array([value for _, value in flat], kind.item_type),
    )


def _texts(values: dict[str, TraitValue]) -> list[tuple[str, str]]:
    return [(name, _text(value)) for name, value in values.items() if value is not None]


def _text(value: TraitValue) -> str:
    return _encode(value).decode()


def _known(instant: Instant) -> int | None:
    return None if instant == NEVER else instant
