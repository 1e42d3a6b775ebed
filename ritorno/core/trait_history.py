"""What became of a customer's traits, change by change, from the events that told them (DAT-13).

Events arrive in any order; a history is in the order in which things happened, and ends where the document stands.
"""

from collections.abc import Iterable, Iterator

import msgspec

from ritorno.core.customer import Trait
from ritorno.core.events import Event, TraitsTold, TraitValue
from ritorno.core.ids import EventId
from ritorno.core.instants import Instant

OPERATOR, PLAYBOOK = "operator", "playbook"  # sources of our own


class TraitChange(msgspec.Struct, frozen=True):
    """A trait became `after` at `at`, as known since `received_at`; `before` is None for the first value.

    Its author: the source, within it `by` (an operator's name, or PLAYBOOK@VERSION/STEP) and `because` of what.
    """

    at: Instant
    key: str
    before: TraitValue
    after: TraitValue
    source: str
    event: EventId
    received_at: Instant
    by: str = ""
    because: str = ""


def history(events: Iterable[Event], standing: dict[str, Trait] | None = None) -> list[TraitChange]:
    """The changes of every trait by the time of what they tell; the same value told again is none.

    `standing` are the document's traits: what it knows from an event that is kept no more is told from it.
    """
    told = {(change.key, change.event): change for event in events for change in _told(event)}
    for key, trait in (standing or {}).items():
        told.setdefault(
            (key, trait.event), TraitChange(trait.at, key, None, trait.value, trait.source, trait.event, trait.at)
        )
    changes: list[TraitChange] = []
    values: dict[str, TraitValue] = {}
    for change in sorted(told.values(), key=lambda one: (one.at, one.event, one.key)):
        before = values.get(change.key)
        if _differ(before, change.after):
            changes.append(msgspec.structs.replace(change, before=before))
            values[change.key] = change.after
    return changes


def _told(event: Event) -> Iterator[TraitChange]:
    """Told along with an event before told by its body: so the document takes them, too."""
    body = event.body
    traits, by, because = (body.traits, body.by, body.because) if isinstance(body, TraitsTold) else ({}, "", "")
    for key, value in (traits | event.traits).items():
        yield TraitChange(
            event.occurred_at, key, None, value, event.source, event.id, event.received_at, by, because
        )  # fmt: skip


def _differ(before: TraitValue, after: TraitValue) -> bool:
    """1 and true are two values."""
    return before != after or isinstance(before, bool) is not isinstance(after, bool)
