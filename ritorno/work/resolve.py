"""Resolve: whose events are these? New, known, or several customers who turn out to be one.

Works on a batch under the transaction's locks: look up who is known by what, load their documents, then decide event by
event, so that the second event of a newcomer finds the first.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence

import psycopg

from ritorno.core.audiences import standing_in
from ritorno.core.customer import Customer, encode_customer
from ritorno.core.events import Event
from ritorno.core.identifiers import Identifier
from ritorno.core.identity import Anonymous, Evidence, Merge, New, Person, Recognised, Resolution, resolve
from ritorno.core.ids import BrandId, CustomerId
from ritorno.core.instants import Instant
from ritorno.core.merge import merge
from ritorno.core.plan import Plan
from ritorno.core.react import Reaction, react
from ritorno.store import audiences, codes, customers, decisions, identifiers, loose, tasks


class MergeFound(Exception):  # noqa: N818 - not an error: a reason to end the batch here
    """This event makes several customers one, or an order another customer's. Either begins a batch, so that batches
    of any size come out alike."""


class Directory:
    """Who is known by what, and their documents, during one batch."""

    def __init__(self, connection: psycopg.Connection, plan: Plan) -> None:
        self._connection = connection
        self._plan = plan
        self._brand = plan.brand.id
        self.documents: dict[CustomerId, Customer] = {}
        self.fresh: set[CustomerId] = set()
        self.before_merge: dict[CustomerId, Reaction] = {}  # what time had still to do to those who merged
        self._holders: dict[Identifier, CustomerId] = {}
        self._shared: set[Identifier] = set()
        self._apart: frozenset[frozenset[CustomerId]] = frozenset()
        self._attachments: list[identifiers.Attachment] = []
        self._merges: list[identifiers.MergeRecord] = []
        self._now_shared: list[Identifier] = []
        self._told: dict[CustomerId, list[Event]] = defaultdict(list)  # in this batch: no document knows of it yet

    def open(self, events: Iterable[Event], others: Iterable[CustomerId] = ()) -> None:
        """Look up everybody the events may be about, and lock their documents and those of `others`."""
        told = {identifier for event in events for identifier in event.identifiers}
        held = identifiers.look_up(self._connection, self._brand, told)
        self._holders = {identifier: one.customer for identifier, one in held.items()}
        self._shared = {identifier for identifier, one in held.items() if one.shared}
        self.documents = customers.load(self._connection, self._brand, {*self._holders.values(), *others})
        if len(self.documents) > 1:
            self._apart = identifiers.kept_apart(self._connection, self._brand, self.documents)

    def plain_owner(self, event: Event) -> CustomerId | None:
        """The customer of an event where that is plain: every identifier is one and the same customer's."""
        known = {self._holders.get(identifier) for identifier in event.identifiers}
        return known.pop() if len(known) == 1 and not self._shared.intersection(event.identifiers) else None

    def survivor(self, customer: CustomerId) -> CustomerId:
        """Who a customer is after the merges of this batch."""
        return next((one.survivor for one in self._merges if one.kind == "merge" and one.other == customer), customer)

    def owner(self, event: Event, *, is_first: bool) -> CustomerId | None:
        """The customer of an event, made or merged on the way if need be; None is nobody's.

        Raises MergeFound for a merge that is not the first of its batch, before anything of it is done.
        """
        owner = self._whose(event, is_first=is_first)
        if owner is not None:
            self._told[owner].append(event)
        return owner

    def _whose(self, event: Event, *, is_first: bool) -> CustomerId | None:
        if (plain := self.plain_owner(event)) is not None:
            return plain  # the usual case
        found = self._resolve(event)
        match found:
            case Anonymous():
                return None
            case New(attach, shared):
                owner = self._make(event, attach)
            case Recognised(owner, evidence, attach, shared):
                self._link(owner, event, evidence, attach)
            case Merge(survivor, others, evidence, attach, shared):
                if not is_first:
                    raise MergeFound
                owner = survivor
                for other in others:
                    self._merge(survivor, other, event, evidence)
                self._link(owner, event, evidence, attach)
        self._shared.update(shared)
        self._now_shared += shared
        return owner

    def _resolve(self, event: Event) -> Resolution:
        holders = {one: self._holders[one] for one in event.identifiers if one in self._holders}
        people = {each: person(self.documents[each], self._told[each]) for each in holders.values()}
        name = event.traits.get("first_name")
        return resolve(event.identifiers, str(name or ""), holders, people, frozenset(self._shared), self._apart)

    def _make(self, event: Event, attach: tuple[Identifier, ...]) -> CustomerId:
        customer = new_customer_id(self._brand, attach or event.identifiers, event)
        self.documents[customer] = Customer(customer)
        self.fresh.add(customer)
        self._attach(customer, attach, event.received_at, "first seen")
        return customer

    def _link(self, owner: CustomerId, event: Event, evidence: Evidence, attach: tuple[Identifier, ...]) -> None:
        if not attach:
            return
        self._attach(owner, attach, event.received_at, str(evidence))
        other = new_customer_id(self._brand, attach, event)
        self._merges.append(
            identifiers.MergeRecord(owner, other, "attach", event.received_at, str(evidence), event.id, attach)
        )

    def _attach(self, owner: CustomerId, attach: tuple[Identifier, ...], at: Instant, evidence: str) -> None:
        for identifier in attach:
            self._holders[identifier] = owner
            self._attachments.append(identifiers.Attachment(identifier, owner, at, evidence))

    def _merge(self, survivor: CustomerId, other: CustomerId, event: Event, evidence: Evidence) -> None:
        one, two = self.up_to(survivor, event.received_at), self.up_to(other, event.received_at)
        theirs = tuple(known.identifier for known in two.identifiers)
        self._merges.append(
            identifiers.MergeRecord(
                survivor, other, "merge", event.received_at, str(evidence), event.id, theirs, encode_customer(one),
                encode_customer(two),
            )
        )  # fmt: skip
        self.documents[survivor] = merge(one, two)
        del self.documents[other]
        self._holders = {each: survivor if held == other else held for each, held in self._holders.items()}

    def up_to(self, customer: CustomerId, instant: Instant) -> Customer:
        """The document once time has done to it what was due before it changes hands."""
        reaction = react(self.documents[customer], (), self._plan, instant)
        earlier = self.before_merge.get(customer)
        decided = (*earlier.decisions, *reaction.decisions) if earlier else reaction.decisions
        self.before_merge[customer] = Reaction(reaction.customer, decided)
        return reaction.customer

    def save(self) -> None:
        """Write what the batch learned. Raises MovedAway when another worker learned it at the same time."""
        connection, brand = self._connection, self._brand
        new = self._attachments
        if new and identifiers.attach(connection, brand, new) != len(new):
            raise customers.MovedAway("another worker has just met the same customer")
        if told_more := {one.customer: one.at for one in new if one.customer not in self.fresh}:
            audiences.look_again(connection, brand, list(told_more), max(told_more.values()))
        for record in self._merges:
            if record.kind == "merge":
                customers.mark_merged(connection, brand, record.other, record.survivor)
                identifiers.move(connection, brand, record.identifiers, record.other, record.survivor)
                decisions.follow_merge(connection, brand, record.other, record.survivor)
                loose.follow_merge(connection, brand, record.other, record.survivor)
                tasks.follow_merge(connection, brand, record.other, record.survivor)
                codes.follow_merge(connection, brand, record.other, record.survivor)
                audiences.restate(connection, brand, record.other, {}, record.at)
                stands = standing_in(self.documents[self.survivor(record.survivor)], self._plan.audiences)
                audiences.restate(connection, brand, record.survivor, stands, record.at)
        if self._merges:
            identifiers.keep_merges(connection, brand, self._merges)
        if self._now_shared:
            identifiers.mark_shared(connection, brand, self._now_shared)


def person(customer: Customer, told: Sequence[Event] = ()) -> Person:
    """What is known that could contradict somebody: by the document, and by events that it has not folded yet."""
    identifiers = {known.identifier for known in customer.identifiers}
    trait = customer.traits.get("first_name")
    names = [(trait.at, trait.event, trait.value)] if trait else []
    for event in told:
        identifiers.update(event.identifiers)
        if "first_name" in event.traits:
            names.append((event.occurred_at, event.id, event.traits["first_name"]))
    name = max(names)[2] if names else ""
    return Person(customer.id, frozenset(identifiers), str(name or ""))


def new_customer_id(brand: BrandId, identifiers: Sequence[Identifier], event: Event) -> CustomerId:
    """By hash of what the customer is first known by: the same newcomer is the same id in every run."""
    first = str(identifiers[0]) if identifiers else str(event.id)
    digest = hashlib.blake2b(f"{brand}\x00{first}\x00{event.id}".encode(), digest_size=8).digest()
    return CustomerId(int.from_bytes(digest, "big") >> 1)
