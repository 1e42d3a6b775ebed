"""A fact compared: what was counted of the customer, and when time alone next turns the answer."""

from collections.abc import Callable, Mapping
from typing import cast

from ritorno.core.events import TraitValue
from ritorno.core.scores import engagement, pace, stage, streaks, tiers
from ritorno.core.scores.course import Course
from ritorno.core.segments.compare import compare
from ritorno.core.segments.rule import FactIs, FactName
from ritorno.core.view import Answer, View

_SCORED = frozenset({"orders", "spend", "average", "omnichannel", "last_sold_via", "last_branch"})


def fact(rule: FactIs, view: View) -> Answer:
    facts = view.facts
    if rule.fact in _SCORED:  # counted for the scores already; when these change, the customer is woken anyway
        if facts.ever == 0 and rule.fact.startswith("last_"):
            return False, facts.next_change
        return compare(rule.op, getattr(facts, rule.fact), rule.value), facts.next_change
    course = _COURSES[rule.fact](rule, view)
    answer = compare(rule.op, course.value, rule.value)
    for at, value in course.later:
        if at >= course.until:
            break
        if compare(rule.op, value, rule.value) is not answer:
            return answer, at
    return answer, course.until


def value_of(name: FactName, view: View, category: str | None = None) -> TraitValue:
    """What a fact is now, as a trait can hold it: what cannot be told is None."""
    if name in _SCORED:
        told = getattr(view.facts, name)
    else:
        told = _COURSES[name](FactIs(name, "set", None, category=category), view).value
    return cast("TraitValue", told)


_COURSES: Mapping[str, Callable[[FactIs, View], Course]] = {
    "ever": pace.ever,
    "largest": tiers.largest,
    "first_total": tiers.first_total,
    "categories": tiers.categories,
    "places": tiers.places,
    "value_tier": tiers.value_tier,
    "value_year": tiers.value_year,
    "value_ever": tiers.value_ever,
    "gap_last": pace.gap_last,
    "gap_median": pace.gap_median,
    "gap_trend": pace.gap_trend,
    "pace": pace.pace,
    "late_for_pace": pace.late_for_pace,
    "streak": streaks.streak,
    "loyalty": streaks.loyalty,
    "buyer": streaks.buyer,
    "stage": stage.stage,
    "age": stage.age,
    "engagement": engagement.overall,
    "engagement_sms": engagement.of_channel,
    "engagement_email": engagement.of_channel,
    "engagement_whatsapp": engagement.of_channel,
}
