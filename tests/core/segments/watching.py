"""A person lived through a rule: when it began and ceased to hold, as decisions."""

from ritorno.core.decisions import SegmentEntered, SegmentLeft
from ritorno.core.events import Channel, Custom, MessageTold
from ritorno.core.ids import MessageId, SegmentKey
from ritorno.core.journeys.way import Words
from ritorno.core.plan import Policy, Segment
from ritorno.core.segments.live import ask
from ritorno.core.segments.rule import Rule
from ritorno.core.view import view_of
from ritorno.testing import Person, at, local, shop


def watched(rule: Rule, policy: Policy | None = None) -> Person:
    """Somebody of whom nothing is known yet, in a store with the one segment."""
    return Person(shop(segments=(Segment(SegmentKey("it"), 1, Words("כן", "it"), rule),), policy=policy))


def turns(person: Person, until: str) -> list[str]:
    """Live until then; "+2026-02-03T10:00:00" for each entry, "-…" for each exit."""
    person.lives_until(until)
    return [
        f"{'+' if isinstance(each, SegmentEntered) else '-'}{local(each.at)}"
        for each in person.life.decisions
        if isinstance(each, SegmentEntered | SegmentLeft)
    ]


def holds(rule: Rule, person: Person, when: str) -> bool:
    """The answer at an instant, nothing more being told."""
    return ask(rule, view_of(person.customer, person.plan, at(when)))[0]


def gets(
    person: Person, name: str, number: int, when: str, *, channel: Channel = Channel.EMAIL, machine: bool = False
) -> Person:
    """Something happens to a message: `delivered`, `opened`, `clicked`, `replied`."""
    return person.does(MessageTold(name, MessageId(number), channel, machine), when)


def views(person: Person, name: str, when: str, **properties: str | float | bool | list[str] | None) -> Person:
    return person.does(Custom(name, properties), when)
