"""How a customer answers messages, per channel (ENG-05, ENG-06; the definition is product.md's, section 2).

    unknown   fewer than 3 delivered in 90 days
    high      a click or a reply in 30 days
    low       30 days since the first open that neither a click nor a purchase followed, with 2 opens and 3 delivered
              from it on; never by SMS, which knows no opens
    medium    a click in 90 days
    none

What people did, not machines. Without anything told, each channel changes at four instants at most.
"""

from typing import NamedTuple

from ritorno.core.customer import FIRST
from ritorno.core.events import Channel
from ritorno.core.instants import NEVER, Instant, add_span, days
from ritorno.core.scores.course import Course, course
from ritorno.core.segments.behaviour import named, next_told
from ritorno.core.segments.rule import FactIs
from ritorno.core.view import View

KNOWN, DELIVERED = 3, days(90)
ANSWERED = days(30)
UNANSWERED, OPENS = days(30), 2
CLICKED = days(90)
_BEST_FIRST = ("high", "medium", "low", "none", "unknown")


class Turns(NamedTuple):
    """The instants at which a channel's level may turn; NEVER and FIRST: it does not, or did long ago."""

    unknown_from: Instant
    high_until: Instant
    low_from: Instant
    medium_until: Instant

    def level(self, at: Instant) -> str:
        if at >= self.unknown_from:
            return "unknown"
        if at < self.high_until:
            return "high"
        if at >= self.low_from:
            return "low"
        return "medium" if at < self.medium_until else "none"


def overall(_rule: FactIs, view: View) -> Course:
    """The best of the channels."""
    return _course([turns_of(channel, view) for channel in Channel], view)


def of_channel(rule: FactIs, view: View) -> Course:
    return _course([turns_of(Channel(rule.fact.removeprefix("engagement_")), view)], view)


def _course(channels: list[Turns], view: View) -> Course:
    moments = {view.now, *(moment for turns in channels for moment in turns if view.now < moment < NEVER)}
    steps = [(at, min((turns.level(at) for turns in channels), key=_BEST_FIRST.index)) for at in moments]
    return course(steps, view.now, min(next_told(view), view.orders_ahead()))


def turns_of(channel: Channel, view: View) -> Turns:
    found: Turns | None = view.known.get(("engagement", channel))
    if found is None:
        found = view.known["engagement", channel] = _turns(channel, view)
    return found


def _turns(channel: Channel, view: View) -> Turns:
    tz = view.tz
    delivered, opened, clicked, replied = (
        _instants(name, channel, view) for name in ("delivered", "opened", "clicked", "replied")
    )
    known_until = sorted((add_span(at, DELIVERED, tz) for at in delivered), reverse=True)
    answered = [*clicked, *replied]
    return Turns(
        unknown_from=known_until[KNOWN - 1] if len(known_until) >= KNOWN else FIRST,
        high_until=max((add_span(at, ANSWERED, tz) for at in answered), default=FIRST),
        low_from=NEVER if channel is Channel.SMS else _low_from(delivered, opened, clicked, view),
        medium_until=max((add_span(at, CLICKED, tz) for at in clicked), default=FIRST),
    )


def _low_from(delivered: list[Instant], opened: list[Instant], clicked: list[Instant], view: View) -> Instant:
    purchases = [order.occurred_at for order in view.counted()[0]]
    last_yes = max((*clicked, *purchases), default=FIRST)
    opens = [at for at in opened if at >= last_yes]
    if len(opens) < OPENS or sum(at >= opens[0] for at in delivered) < KNOWN:
        return NEVER
    return add_span(opens[0], UNANSWERED, view.tz)


def _instants(name: str, channel: Channel, view: View) -> list[Instant]:
    """When people did so by the channel, ascending, up to now."""
    return [
        one.at
        for one in named(f"message_{name}", view)
        if one.at <= view.now and one.by_hand and one.properties.get("channel") == channel
    ]
