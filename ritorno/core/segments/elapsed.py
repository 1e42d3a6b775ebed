"""How long since: moments of a customer's life, dates told of it, and the cool-down after a purchase."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from ritorno.core.instants import NEVER, Instant, add_span
from ritorno.core.segments.behaviour import named
from ritorno.core.segments.presence import Weight, any_of
from ritorno.core.segments.rule import Elapsed, Fresh
from ritorno.core.segments.traits import known_day, midnight
from ritorno.core.view import Answer, View

Known = tuple[Instant, Instant]  # the moment (NEVER: there is none), and when another takes its place


def elapsed(rule: Elapsed, view: View) -> Answer:
    moment, ahead = _day(rule.trait, view) if rule.trait is not None else _MOMENTS[rule.since or "joined"](view)
    if moment == NEVER:
        return False, ahead
    start = moment if rule.at_least is None else max(moment, add_span(moment, rule.at_least, view.tz))
    end = NEVER if rule.below is None else add_span(moment, rule.below, view.tz)
    answer, change = any_of([Weight(start, end)], view.now)
    return answer, min(change, ahead)


def fresh(_rule: Fresh, view: View) -> Answer:
    """Until the last cool-down of all that was bought ends (SCO-10)."""
    answer, change = any_of(_cooldowns(view), view.now)
    return answer, change if answer else min(change, view.orders_ahead())


def _cooldowns(view: View) -> Iterator[Weight]:
    usual, own = view.plan.scheme.recency[0], view.plan.policy.cooldowns
    for order in view.counted()[0]:
        spans = {own.get(line.category, usual) for line in order.lines} or {usual}
        for span in spans:
            yield Weight(order.occurred_at, add_span(order.occurred_at, span, view.tz))


def _day(name: str, view: View) -> Known:
    found, ahead = known_day(name, view)
    return (NEVER, ahead) if found is None else (midnight(found, view), ahead)


def _latest(instants: Iterable[Instant], now: Instant) -> Known:
    """The last of them by now, and the first to come."""
    last, ahead = None, NEVER
    for at in instants:
        if at > now:
            ahead = min(ahead, at)
        elif last is None or at > last:
            last = at
    return NEVER if last is None else last, ahead


def _last_order(view: View) -> Known:
    return view.facts.last_at, view.orders_ahead()


def _first_order(view: View) -> Known:
    first = view.facts.first_at
    return first, view.orders_ahead() if first == NEVER else NEVER


def _joined(view: View) -> Known:
    return view.customer.joined_at, NEVER


def _last_message(view: View) -> Known:
    return _latest((each.at for each in view.customer.contacts if each.channel), view.now)


def _last_open(view: View) -> Known:
    return _latest((one.at for one in named("message_opened", view) if one.by_hand), view.now)


def _last_click(view: View) -> Known:
    return _latest((one.at for one in named("message_clicked", view) if one.by_hand), view.now)


_MOMENTS: Mapping[str, Callable[[View], Known]] = {
    "last_order": _last_order,
    "first_order": _first_order,
    "joined": _joined,
    "last_message": _last_message,
    "last_open": _last_open,
    "last_click": _last_click,
}
