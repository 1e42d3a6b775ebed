"""An interest asked of one customer: how strong it is, or whether it is active or fading, and until when."""

from collections.abc import Iterator

from ritorno.core.instants import NEVER, Span, add_span
from ritorno.core.interests import Fed, InterestDefinition, fed
from ritorno.core.scores.facts import sure_bounds
from ritorno.core.segments.presence import Weight, any_of, weigh
from ritorno.core.segments.rule import Interest
from ritorno.core.view import Answer, View


def interest(rule: Interest, view: View) -> Answer:
    definition = view.plan.interests_by_key.get(rule.interest)
    if definition is None:
        return False, NEVER
    found = _fed(definition, view)
    if rule.state is None:
        weights = _within(found, rule.within or definition.fades_after, view)
        return weigh(weights, view.now, lambda many, _: many >= rule.at_least)
    active = any_of(_within(found, definition.fades_after, view), view.now)
    return active if rule.state == "active" else _fading(found, active, view)


def _fading(found: list[Fed], active: Answer, view: View) -> Answer:
    """It turns when `active` does: whoever is fed for the first time is active."""
    is_active, change = active
    return not is_active and any(each.counts_from <= view.now for each in found), change


def _within(found: list[Fed], span: Span, view: View) -> Iterator[Weight]:
    earliest = sure_bounds(span, view.now)[1]
    return (Weight(counts_from, add_span(at, span, view.tz)) for at, counts_from in found if at >= earliest)


def _fed(definition: InterestDefinition, view: View) -> list[Fed]:
    """Several leaves of one view may ask of the same interest."""
    known = (Interest, definition.key)
    found: list[Fed] | None = view.known.get(known)
    if found is None:
        found = view.known[known] = fed(definition, view.customer, view.plan.policy.product_types, view.tz)
    return found
