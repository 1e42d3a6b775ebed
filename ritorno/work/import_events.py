"""Import a file of events: what people did besides buying, and what became of messages, one JSON object a line.

    {"id": "v1", "event": "product_viewed", "at": "2026-02-14", "customer_id": "S101", "properties": {"sku": "A1"}}
    {"id": "m1", "event": "message_opened", "at": "…", "email": "…", "message": "letter 7", "channel": "email"}
    {"id": "r1", "event": "relation", "at": "…", "customer_id": "S101", "properties": {"role": "child", …}}

Like every file it tells of the past: it moves scores and memberships and triggers nothing. The whole file is read
before anything of it is kept, so that a bad line leaves nothing half done.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
import psycopg

from ritorno.core.events import (
    Body,
    Channel,
    Custom,
    Event,
    MessageTold,
    RelationTold,
    Role,
    TraitValue,
    event_id,
    event_key,
)
from ritorno.core.identifiers import Identifier, Kind, normalise
from ritorno.core.ids import MessageId
from ritorno.core.instants import Instant, parse_instant
from ritorno.core.plan import Plan
from ritorno.core.relations import reference
from ritorno.sources.ready import FIELDS
from ritorno.store import partitions
from ritorno.store.connection import Session
from ritorno.work.accept import digest
from ritorno.work.import_asked import Asked, Counts, Progress
from ritorno.work.import_history import Past, Taken, take_history

BATCH = 2_000  # events
_OF_MESSAGES = "message_"
_SAID = ("delivered", "failed", "opened", "clicked", "replied")


class EventsError(ValueError):
    """A line that cannot be right: names the line, what is wrong and what would be right."""


class _Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: str
    event: str
    at: str
    customer_id: str = ""
    email: str = ""
    phone: str = ""
    club_card: str = ""
    properties: dict[str, TraitValue] = {}
    message: str = ""
    channel: Channel | None = None
    machine: bool = False
    text: str = ""
    link: str = ""
    playbook: str = ""
    step: str = ""


_decode = msgspec.json.Decoder(_Line).decode


def import_events(
    session: Session, plan: Plan, asked: Asked, now: Instant, *, tell: Progress = lambda *_: None
) -> Counts:
    """Take a file of events in. `Counts.added` are events that were not told before.

    Raises EventsError naming the line, OSError where the file cannot be read, StoreUnavailable.
    """
    told = read_events(asked.path, plan, asked.source, now)
    told.sort(key=lambda one: (str(one.event.identifiers[0]), one.event.occurred_at))  # each document is opened once
    session.run(lambda c: partitions.ensure(c, now))
    taken = Taken()
    for first in range(0, len(told), BATCH):
        taken = taken.plus(session.run(_taking(plan, told[first : first + BATCH], now)))
        tell("taking in", min(first + BATCH, len(told)), len(told))
    return Counts(
        rows=len(told),
        added=taken.events,
        repeated=taken.repeated,
        customers_new=taken.new,
        customers_known=taken.known,
        merged=taken.merged,
        anonymous=taken.nobodys,
    )


def read_events(path: Path, plan: Plan, source: str, now: Instant) -> list[Past]:
    """Every line of the file as an event of the past; empty lines are none. Raises EventsError, OSError."""
    found = []
    for number, line in enumerate(path.read_bytes().splitlines(), 1):
        if line.strip():
            try:
                found.append(_read(line, plan, source, now))
            except (ValueError, msgspec.MsgspecError) as error:
                raise EventsError(f"{path.name} line {number}: {error}") from error
    if not found:
        raise EventsError(f"{path.name} has no line that tells anything; write one JSON object a line")
    return found


def _taking(plan: Plan, past: Sequence[Past], now: Instant) -> Callable[[psycopg.Connection], Taken]:
    return lambda connection: take_history(connection, plan, past, now)


def _read(line: bytes, plan: Plan, source: str, now: Instant) -> Past:
    told = _decode(line)
    for name in ("id", "event"):
        if not getattr(told, name).strip():
            raise ValueError(f"{name} is empty; every event has one")
    occurred_at = parse_instant(told.at, plan.tz)
    if occurred_at > now:
        raise ValueError(f"at: {told.at} has not come yet for {plan.brand.name}; a file tells of the past")
    message_id = f"event:{told.id}"
    key = event_key(source, message_id)
    who = _who(told, plan.brand.region, source)
    event = Event(
        event_id(key), source, message_id, occurred_at, now, _body(told, source, plan.brand.region), who, history=True
    )
    return Past(event, key, digest(event))


def _who(told: _Line, region: str, source: str) -> tuple[Identifier, ...]:
    found = []
    for field, kind in FIELDS.items():
        if text := getattr(told, field):
            try:
                found.append(normalise(kind, text, region=region, namespace=source if kind is Kind.SHOP_ID else ""))
            except ValueError as error:
                raise ValueError(f"{field}: {error}") from error
    if not found:
        raise ValueError(f"nothing tells whose event this is: fill one of {', '.join(FIELDS)}")
    return tuple(found)


def _body(told: _Line, source: str, region: str) -> Body:
    if told.event == "relation":
        return _relation(told.properties, region)
    if not told.event.startswith(_OF_MESSAGES):
        return Custom(told.event, told.properties)
    name = told.event.removeprefix(_OF_MESSAGES)
    if name not in _SAID:
        raise ValueError(f"event: {told.event!r} is none of {', '.join(_OF_MESSAGES + each for each in _SAID)}")
    if not told.message or told.channel is None:
        raise ValueError("an event of a message says which message (any label of it) and by which channel")
    message = MessageId(event_id(event_key(source, f"message {told.message}")))
    return MessageTold(
        name, message, told.channel, machine=told.machine, text=told.text, link=told.link, playbook=told.playbook,
        step=told.step,
    )  # fmt: skip


def _relation(told: dict[str, TraitValue], region: str) -> RelationTold:
    try:
        body = msgspec.convert({**told, "type": "relation"}, RelationTold)
    except msgspec.ValidationError as error:
        roles = ", ".join(Role)
        raise ValueError(
            f"properties of a relation are beneficiary, role ({roles}), he, en and ended: {error}"
        ) from error
    return msgspec.structs.replace(body, beneficiary=reference(body.beneficiary, region))
