"""Cases of Dittofeed's computed properties, lived by our customers: its events are ours, its segments our rules.

A case knows a clock in milliseconds, people by an id, segments as trees of nodes, properties computed of people, groups
of subscription and journeys that begin with a segment. Where two products mean the same by other words, this file
translates; what cannot be said is left as near as it comes, and the test lists it.
"""

import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from ritorno.core.customer import Customer
from ritorno.core.decisions import AnyDecision, Enrolled
from ritorno.core.events import (
    Body,
    Channel,
    ConsentTold,
    Custom,
    Event,
    SignedUp,
    TraitsTold,
    happened,
)
from ritorno.core.identifiers import Kind, normalise
from ritorno.core.ids import CustomerId, PlaybookKey, SegmentKey
from ritorno.core.instants import Instant, to_datetime
from ritorno.core.journeys.journey import Entry, Exits, Playbook
from ritorno.core.journeys.trigger import JoinedSegment
from ritorno.core.journeys.way import Words
from ritorno.core.plan import Segment, with_playbooks
from ritorno.core.react import Input, Invited, Replanned, react
from ritorno.core.segments.live import ask
from ritorno.core.segments.rule import Consented, InSegment
from ritorno.core.view import view_of
from ritorno.testing import at, shop
from tests.oracles.dittofeed_rules import Json, Translator, at_path, condition, flat, manual, names_of

UTC = ZoneInfo("UTC")
START = at("2026-03-02T09:00")
CREATED = "createdAt"  # told of a person, it is a sign-up at that instant


class World:
    """The people of a case, the brand's definitions and the clock."""

    def __init__(self, case: Json) -> None:
        self.now = START
        self.plan = shop()
        self.people: dict[str, Customer] = {}
        self.inputs: dict[str, list[Input]] = {}
        self.decided: list[AnyDecision] = []
        self.properties: dict[str, Json] = {}
        self.names: list[str] = []
        self.groups = [group["name"] for group in case.get("subscriptionGroups", ())]
        self.event_names = {
            event["event"] for step in case["steps"] for event in step.get("events", ()) if event["type"] == "track"
        }
        self._count = 0
        self.define(case)
        for journey in case.get("journeys", ()):
            self.start(journey)

    # --- steps -----------------------------------------------------------------------------------

    def define(self, definitions: Json) -> None:
        """Add or replace segments and properties; everybody is settled under the new plan at the next compute."""
        segments = {segment.key: segment for segment in self.plan.segments}
        for each in definitions.get("segments", ()):
            if each["name"] not in self.names:
                self.names.append(each["name"])
            key = SegmentKey(each["name"])
            segments[key] = Segment(key, 1, Words(key, key), Translator(self.event_names, self._spoken).rule(each))
        self.plan = replace(self.plan, segments=tuple(segments.values()))
        self.properties |= {each["name"]: each["definition"] for each in definitions.get("userProperties", ())}
        for person in self.people:
            self._give(person, Replanned(self.now))

    def start(self, journey: Json) -> None:
        """A playbook without steps that begins with the segment; an operator takes in who is there already."""
        key, segment = PlaybookKey(journey["name"]), journey["entrySegmentName"]
        words = Words(key, key)
        playbook = Playbook(
            key, 1, words, words, InSegment(segment), JoinedSegment(segment), (), Exits(purchase=False), words,
            entry=Entry("event"), holdout=0,
        )  # fmt: skip
        self.plan = with_playbooks(self.plan, playbook)
        for person in self.people:
            self._give(person, Invited(self.now, key))

    def sleep(self, milliseconds: int) -> None:
        self.now = Instant(self.now + milliseconds * 1000)

    def submit(self, events: Iterable[Json]) -> None:
        for event in events:
            person = event.get("userId") or event["anonymousId"]
            for body, when in self._bodies(event):
                self._give(person, self._event(person, body, when))

    def compute(self) -> None:
        for person, customer in self.people.items():
            reaction = react(customer, self.inputs.pop(person, []), self.plan, self.now)
            self.people[person] = reaction.customer
            self.decided += reaction.decisions

    # --- what is asked ---------------------------------------------------------------------------

    def segments(self, person: str) -> set[str]:
        return set(self._customer(person).memberships)

    def may_be_written_to(self, person: str, group: str) -> bool:
        """One group of subscription is one purpose of one channel."""
        assert self.groups == [group]
        return ask(Consented(Channel.EMAIL), view_of(self._customer(person), self.plan, self.now))[0]

    def entries(self, journey: str) -> int:
        return sum(isinstance(each, Enrolled) and each.playbook == journey for each in self.decided)

    def values(self, person: str) -> dict[str, Any]:
        """The computed properties that have a value."""
        found = {name: self._value(person, definition) for name, definition in self.properties.items()}
        return {name: value for name, value in found.items() if value is not None}

    # --- events ----------------------------------------------------------------------------------

    def _give(self, person: str, given: Input) -> None:
        self.people.setdefault(person, Customer(customer_id(person)))
        self.inputs.setdefault(person, []).append(given)

    def _customer(self, person: str) -> Customer:
        return self.people.get(person) or Customer(customer_id(person))

    def _event(self, person: str, body: Body, when: Instant) -> Event:
        self._count += 1
        device = normalise(Kind.DEVICE, person)
        return happened(
            "api", f"e{self._count}", body, occurred_at=when, received_at=self.now, identifiers=(device,)
        )  # fmt: skip

    def _bodies(self, event: Json) -> Iterable[tuple[Body, Instant]]:
        when = Instant(self.now + event["offsetMs"] * 1000)
        told = flat(self._spoken(event.get("traits") or event.get("properties") or {}))
        if event["type"] == "identify":
            yield TraitsTold(told), when
            if CREATED in told:
                created = datetime.fromisoformat(str(told[CREATED]))
                yield SignedUp(), Instant(round(created.timestamp() * 1_000_000))
        elif event["event"] == "DFSubscriptionChange":
            given = told["action"] == "Subscribe"
            yield ConsentTold(Channel.EMAIL, given, source="form", wording=str(told["subscriptionId"])), when
        elif event["event"] == "DFManualSegmentUpdate":
            yield TraitsTold({manual(str(told["segmentId"]), told["version"]): told["inSegment"] == 1}), when
        else:
            yield Custom(event["event"], told), when

    def _spoken(self, value: Any) -> Any:
        """The value with its placeholders filled in."""
        match value:
            case {"$iso_at_now_plus_ms": milliseconds}:
                return to_datetime(Instant(self.now + milliseconds * 1000), UTC).isoformat()
            case {"$segment_id_of_index": index}:
                return self.names[index]
            case {"$subscription_group_id_of_index": index}:
                return self.groups[index]
            case dict():
                return {name: self._spoken(inner) for name, inner in value.items()}
            case _:
                return value

    # --- computed properties ---------------------------------------------------------------------

    def _value(self, person: str, definition: Json) -> Any:
        customer = self._customer(person)
        match definition["type"]:
            case "Id" | "AnonymousId":
                return person
            case "Trait":
                told = {name: trait.value for name, trait in customer.traits.items()}
                return at_path(told, definition["path"])
            case "Performed":
                return self._performed(customer, definition)
            case "Group":
                nodes = {node["id"]: node for node in definition["nodes"]}
                children = nodes[definition["entry"]]["children"]
                values = (self._value(person, nodes[child]) for child in children)
                return next((value for value in values if value is not None), None)
            case _:
                return None

    def _performed(self, customer: Customer, definition: Json) -> Any:
        """Of the last event that fits and has a value there."""
        wanted = dict(map(condition, definition.get("properties", ())))
        for done in reversed(customer.did):
            fits = all(str(done.properties.get(name)) == value for name, value in wanted.items())
            if done.name in names_of(definition["event"], self.event_names) and fits:
                value = at_path(done.properties, definition["path"])
                if value is not None:
                    return value
        return None


def customer_id(person: str) -> CustomerId:
    return CustomerId(int.from_bytes(hashlib.sha256(person.encode()).digest()[:7], "big"))
