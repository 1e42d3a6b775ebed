"""Leaves that say in one word what other leaves say: both readings ask those in their place."""

from ritorno.core.inferences import expects
from ritorno.core.needs import answers
from ritorno.core.plan import Plan
from ritorno.core.segments.rule import Any, Inferred, NeedServed, Rule


def opened(leaf: NeedServed | Inferred, plan: Plan) -> Rule:
    """The rule that it stands for under the plan; one that is nobody's where the brand has not defined it."""
    key = leaf, type(leaf.value) if isinstance(leaf, Inferred) else None  # leaves that ask for 1 and for yes are equal
    known = plan.opened.get(key)
    if known is None:
        known = plan.opened[key] = _open(leaf, plan)
    return known


def _open(leaf: NeedServed | Inferred, plan: Plan) -> Rule:
    if isinstance(leaf, Inferred):
        return expects(plan.standing_inferences, leaf.trait, leaf.value, leaf.confidence)
    need = plan.needs_by_key.get(leaf.need)
    return Any(()) if need is None else answers(need, leaf.within)
