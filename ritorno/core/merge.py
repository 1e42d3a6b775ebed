"""Two documents that are one person (DAT-03); `unmerge.py` is the way back.

Told parts are folds, so their union is the fold of both histories: for everything told twice the later version stays.
Decided parts are kept side by side; `react` settles scores, memberships and doubled enrollments afterwards.
"""

from bisect import insort
from collections.abc import Iterator
from typing import TypeVar

import msgspec

from ritorno.core.consent import ConsentRecord
from ritorno.core.customer import Change, Customer, Did, Enrollment, Held, Known, Order, Tally
from ritorno.core.events import Event
from ritorno.core.folding import net_of
from ritorno.core.house import make_house
from ritorno.core.identifiers import Identifier
from ritorno.core.identity import STRENGTH
from ritorno.core.ids import WATCHED, AudienceKey
from ritorno.core.points import book

Told = TypeVar("Told", ConsentRecord, Did)


def merge(survivor: Customer, other: Customer) -> Customer:
    """Both as one, under the survivor's id. Neither argument is changed."""
    one = survivor.draft()
    one.joined_at = min(survivor.joined_at, other.joined_at)
    one.house = survivor.house or other.house
    _union_identifiers(one.identifiers, other.identifiers)
    for name, trait in other.traits.items():
        mine = one.traits.get(name)
        if mine is None or (mine.at, mine.event) < (trait.at, trait.event):
            one.traits[name] = trait
    for name, relation in other.relations.items():
        own = one.relations.get(name)
        if own is None or (own.at, own.event) < (relation.at, relation.event):
            one.relations[name] = relation
    one.consents = _union_events(one.consents, other.consents)
    one.did = _union_events(one.did, other.did)
    for key, changes in other.changes.items():
        one.changes[key] = _union_changes(one.changes.get(key, []), changes)
    one.orders = _union_orders(one.orders, other.orders, one.changes)
    for name, count in other.counters.items():
        one.counters[name] = one.counters.get(name, 0) + count
    passages = {each.id: each for each in (*_passages(other, survivor), *_passages(survivor, other))}
    one.enrollments = sorted(passages.values(), key=lambda each: (each.entered_at, each.id))
    contacts = {each.message: each for each in (*other.contacts, *one.contacts)}
    one.contacts = sorted(contacts.values(), key=lambda each: (each.at, each.message))
    one.tallies = dict(_union_tallies(one, survivor, other))
    one.audiences = _union_audiences(one.audiences, other.audiences)
    one.points = book(one.points, *other.points)
    for key, since in other.memberships.items():
        if key.startswith(WATCHED):  # what was true of either has not just become true
            one.memberships[key] = min(since, one.memberships.get(key, since))
    one.settled_at = max(survivor.settled_at, other.settled_at)
    one.asked = 0
    if one.house:
        make_house(one)
    return one


def _passages(mine: Customer, theirs: Customer) -> Iterator[Enrollment]:
    """My enrollments; what they bought up to my last purchase before the entry is no purchase since."""
    own = {order.key for order in mine.orders}
    for passage in mine.enrollments:
        before = [each.occurred_at for each in mine.orders if each.counts and each.occurred_at <= passage.entered_at]
        old = [each for each in theirs.orders if each.counts and before and each.occurred_at <= before[-1]]
        more = sum(each.key not in own for each in old)
        yield msgspec.structs.replace(passage, bought=passage.bought + more) if passage.is_open else passage


def _union_tallies(one: Customer, survivor: Customer, other: Customer) -> Iterator[tuple[str, Tally]]:
    """Of two counters the one told later stands; what the other had counted does not, until `react` counts it again."""
    for side, opposite in ((other, survivor), (survivor, other)):
        for told_as, tally in side.tallies.items():
            is_in = one.traits.get(tally.trait) == side.traits.get(tally.trait) or told_as in opposite.tallies
            yield told_as, tally if is_in else msgspec.structs.replace(tally, stands=False)


def _union_audiences(mine: dict[AudienceKey, Held], theirs: dict[AudienceKey, Held]) -> dict[AudienceKey, Held]:
    """In an ad audience since the earlier of the two, for the passages of both."""
    union = dict(mine)
    for key, held in theirs.items():
        own = union.get(key, held)
        holders = tuple(sorted({*own.holders, *held.holders}))
        union[key] = Held(min(own.since, held.since), own.use, holders)
    return union


def belongs(event: Event, mine: frozenset[Identifier], theirs: frozenset[Identifier]) -> bool:
    """Is an event that came after the merge the other's? Its strongest identifier that only one side is known by says
    so; with none it stays the survivor's."""
    for identifier in sorted(event.identifiers, key=lambda each: -STRENGTH[each.kind]):
        if (identifier in mine) is not (identifier in theirs):
            return identifier in theirs
    return False


def _union_identifiers(mine: list[Known], theirs: list[Known]) -> None:
    for known in theirs:
        rival = next((each for each in mine if each.identifier == known.identifier), None)
        if rival is not None:
            if (rival.at, rival.event) >= (known.at, known.event):
                continue
            mine.remove(rival)
        insort(mine, known, key=lambda each: (each.at, each.event, each.identifier.value))


def _union_events(mine: list[Told], theirs: list[Told]) -> list[Told]:
    """Records that carry the event they came from: each event once, in order."""
    known = {each.event for each in mine}
    union = mine + [each for each in theirs if each.event not in known]
    union.sort(key=lambda each: (each.at, each.event))
    return union


def _union_changes(mine: list[Change], theirs: list[Change]) -> list[Change]:
    union = {change.change_id: change for change in mine}
    for change in theirs:
        rival = union.get(change.change_id)
        if rival is None or (rival.as_of, rival.event) < (change.as_of, change.event):
            union[change.change_id] = change
    return sorted(union.values(), key=lambda each: (each.at, each.change_id))


def _union_orders(mine: list[Order], theirs: list[Order], changes: dict[str, list[Change]]) -> list[Order]:
    union = {order.key: order for order in mine}
    for order in theirs:
        rival = union.get(order.key)
        if rival is None or (rival.as_of, rival.event) < (order.as_of, order.event):
            union[order.key] = order
    whole = [
        msgspec.structs.replace(order, net=net_of(order.total, order.cancelled, changes.get(order.key, ())))
        for order in union.values()
    ]
    return sorted(whole, key=lambda order: (order.occurred_at, order.source, order.order_id))
