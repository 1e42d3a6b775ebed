"""What is wrong with the definition of an ad audience: refused when it is saved, by what would be right."""

import re
from collections.abc import Iterator

from ritorno.core.audiences import AudienceDefinition, family
from ritorno.core.ids import AudienceKey, PlaybookKey, SegmentKey
from ritorno.core.journeys.step import Audience
from ritorno.core.near import meant
from ritorno.core.plan import Plan

_KEY = re.compile(r"[^\W\d][\w-]{0,59}")
_MOST = 200  # SKUs, categories


def problems(definition: AudienceDefinition, plan: Plan) -> list[str]:
    """Everything that is wrong with it, each by its key; empty when nothing is."""
    return [f"{definition.key}: {each}" for each in _problems(definition, plan)]


def _problems(definition: AudienceDefinition, plan: Plan) -> Iterator[str]:
    if not _KEY.fullmatch(definition.key):
        yield "a key is a letter, then letters, digits, _ and -, at most 60, for example cooldown"
    if not definition.name.he.strip() or not definition.name.en.strip():
        yield "give it a name in both languages"
    if not definition.platforms or len(set(definition.platforms)) < len(definition.platforms):
        yield "name each platform once, at least one: meta, google"
    if definition.segment:
        yield from _mirror(definition, plan)
    if definition.complements and definition.scope != "category":
        yield "complements are of categories: give it the scope category, or list SKUs"
    if len(definition.complements) > _MOST or len(definition.skus) > _MOST:
        yield f"at most {_MOST} categories and {_MOST} SKUs"


def _mirror(definition: AudienceDefinition, plan: Plan) -> Iterator[str]:
    if SegmentKey(definition.segment) not in plan.rules:
        yield f"there is no segment {definition.segment!r}{meant(definition.segment, plan.rules)}"
    if definition.scope == "category":
        yield "a segment is mirrored for all ads; the scope category is for what journeys join"
    if joined := joined_by(definition.key, plan):
        yield f"playbook {', '.join(joined)} joins it; what mirrors a segment is moved by the segment alone"


def joined_by(key: AudienceKey, plan: Plan) -> list[PlaybookKey]:
    """The running playbooks with a step that joins or leaves it."""
    return [
        each.key
        for each in plan.running
        if any(
            isinstance(place.step, Audience) and family(AudienceKey(place.step.audience)) == key
            for place in each.program
        )
    ]
