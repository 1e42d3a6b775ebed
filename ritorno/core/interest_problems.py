"""What is wrong with the definition of an interest: refused when it is saved, by what would be right."""

import re
from collections.abc import Iterator
from math import isfinite

from ritorno.core.instants import DAY
from ritorno.core.interests import InterestDefinition, Watched
from ritorno.core.plan import Plan
from ritorno.core.segments.check_leaves import leaf_problems
from ritorno.core.segments.check_spans import longest
from ritorno.core.segments.rule import Did

_KEY = re.compile(r"[^\W\d][\w-]{0,59}")
_MOST = 200
_LONGEST = 500
_LONGEST_LIFE = 36_525  # days


def problems(definition: InterestDefinition, plan: Plan) -> list[str]:
    """Everything that is wrong with it, each by the interest's key; empty when nothing is."""
    return [f"{definition.key}: {each}" for each in _problems(definition, plan)]


def _problems(definition: InterestDefinition, plan: Plan) -> Iterator[str]:
    if not _KEY.fullmatch(definition.key):
        yield "a key is a letter, then letters, digits, _ and -, at most 60, for example vitamins"
    if not definition.name.he.strip() or not definition.name.en.strip():
        yield "give it a name in both languages"
    fed_by = (definition.links, definition.events, definition.categories)
    if not any(fed_by) and definition.product_type is None:
        yield "nothing feeds it; name links, categories, a product type or events"
    if any(len(each) > _MOST for each in fed_by):
        yield f"at most {_MOST} links, {_MOST} categories and {_MOST} events feed an interest; use * in links"
    for told in (*definition.links, *definition.categories):
        if not told.strip() or len(told) > _LONGEST:
            yield f"{told[:20]!r} is no link or category; write up to {_LONGEST} letters"
    for watched in definition.events:
        yield from _watched(watched)
    yield from _times(definition, plan)


def _watched(watched: Watched) -> Iterator[str]:
    for each in leaf_problems(Did(event=watched.event, where=watched.where)):
        yield f"event {watched.event!r}: {each}"


def _times(definition: InterestDefinition, plan: Plan) -> Iterator[str]:
    if not isfinite(definition.half_life) or not 0 < definition.half_life <= _LONGEST_LIFE:
        yield f"half_life is {definition.half_life:g} days; it must be above 0 and at most 100 years"
    kept, fades = plan.policy.keeps_behaviour, definition.fades_after
    if not 0 < longest(fades) <= _LONGEST_LIFE * DAY:
        yield f"fades_after is {fades}; it must be above 0 and at most 100 years"
    elif longest(fades) >= longest(kept):
        yield f"fades_after is {fades}, but behaviour is kept {kept}, so nobody would be seen to fade"
