"""What was done: events of a name measured in their window, and what came of the last messages."""

from collections.abc import Callable, Iterator
from fractions import Fraction
from math import isfinite

from ritorno.core.customer import Customer, Did, machine_counter
from ritorno.core.events import Channel
from ritorno.core.instants import NEVER, Instant
from ritorno.core.segments import rule as asked
from ritorno.core.segments.compare import compare
from ritorno.core.segments.presence import Amount, Weight, bounds, first_sure, is_plain, newest, weigh, window_of
from ritorno.core.segments.rule import LastMessages
from ritorno.core.view import Answer, View

_NOTHING: list[Did] = []


def did(rule: asked.Did, view: View) -> Answer:
    beyond = _beyond_what_is_kept(rule, view.customer)
    if rule.measure == "times" and rule.at_most is None and is_plain(rule):
        fit = (one.at for one in reversed(named(rule.event, view)) if fits(rule, one))
        needed = (rule.at_least or 1) - beyond
        return newest(fit, needed, rule.within, view.now, view.tz) if needed > 0 else (True, NEVER)
    return weigh(_weights(rule, view), view.now, _measured(rule, beyond))


def named(event: str, view: View) -> list[Did]:
    """The events of that name, ascending, those dated ahead too."""
    by_name: dict[str, list[Did]] | None = view.known.get("by_name")
    if by_name is None:
        by_name = view.known["by_name"] = {}
        for one in view.customer.did:
            by_name.setdefault(one.name, []).append(one)
    return by_name.get(event, _NOTHING)


def fits(rule: asked.Did, one: Did) -> bool:
    if not rule.machines and not one.by_hand:
        return False
    return all(compare(each.op, one.properties.get(each.property), each.value) for each in rule.where)


def occurrences(rule: asked.Did, view: View) -> list[Instant]:
    """When what fits the filters happened, ascending, those dated ahead too."""
    return [one.at for one in named(rule.event, view) if fits(rule, one)]


def _beyond_what_is_kept(rule: asked.Did, customer: Customer) -> int:
    if rule.where or rule.within is not None or not is_plain(rule) or rule.measure != "times":
        return 0
    machines = customer.counters.get(machine_counter(rule.event), 0) if rule.machines else 0
    return customer.counters.get(rule.event, 0) + machines


def _weights(rule: asked.Did, view: View) -> Iterator[Weight]:
    window, earliest = window_of(rule, view.tz), first_sure(rule, view.now)
    for one in named(rule.event, view):
        if one.at < earliest or not fits(rule, one):
            continue
        if rule.measure == "times":
            yield Weight(*window(one.at))
        elif (number := _number(one.properties.get(rule.property or ""))) is not None:
            yield Weight(*window(one.at), number)


def _number(told: object) -> Amount | None:
    """A number as it can be added and taken away again without a trace."""
    if isinstance(told, bool) or not isinstance(told, int | float) or not isfinite(told):
        return None
    return told if isinstance(told, int) else Fraction(told)


def _measured(rule: asked.Did, beyond: int) -> Callable[[int, Amount], bool]:
    between = bounds(rule)
    if rule.measure == "times":
        return lambda many, _: between(many + beyond)
    if rule.measure == "sum":
        return lambda _, much: between(float(much))
    return lambda many, much: many > 0 and between(float(much / many))


# --- the last messages ---------------------------------------------------------------------------


def last_messages(rule: LastMessages, view: View) -> Answer:
    now = view.now
    messages = list(_delivered(rule.channel, view))[-rule.count :]
    change = next_told(view)
    if len(messages) < rule.count:
        return False, change
    names = ("message_clicked",) if rule.did == "clicked" else ("message_opened", "message_clicked")
    answered = {
        one.properties.get("message")
        for name in names
        for one in named(name, view)
        if one.at <= now and (one.by_hand or not rule.strict)
    }
    some = [message in answered for message in messages]
    return {"all": all(some), "any": any(some), "none": not any(some)}[rule.how], change


def _delivered(channel: Channel, view: View) -> dict[object, None]:
    """The messages delivered by a channel, in the order in which they first were; none known to be of service."""
    service = {contact.message for contact in view.customer.contacts if not contact.marketing}
    messages: dict[object, None] = {}
    for one in named("message_delivered", view):
        message = one.properties.get("message")
        if one.at <= view.now and one.properties.get("channel") == channel and message not in service:
            messages.setdefault(message)
    return messages


def next_told(view: View) -> Instant:
    """When what is dated ahead happens."""
    behaviour = view.customer.did
    if not behaviour or behaviour[-1].at <= view.now:
        return NEVER
    return min(one.at for one in behaviour if one.at > view.now)
