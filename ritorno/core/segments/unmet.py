"""Which leaves of a rule stand against it: what would have to be otherwise."""

from typing import NamedTuple

from ritorno.core.segments.live import ask
from ritorno.core.segments.rule import All, Any, Not, Rule
from ritorno.core.view import View


class Unmet(NamedTuple):
    """A leaf by its path. `wanted`: must it become true, or (below a Not) false?"""

    path: str
    leaf: Rule
    wanted: bool


def unmet(rule: Rule, view: View, path: str = "segment", *, wanted: bool = True) -> list[Unmet]:
    """The leaves that keep the rule from being as wanted, in the order they are written; empty when it is so already.

    Were all of them otherwise, the rule would be as wanted; of an Any that must be true, one is enough.
    """
    if ask(rule, view)[0] is wanted:
        return []
    match rule:
        case Not(inner):
            return unmet(inner, view, f"{path}.rule", wanted=not wanted)
        case All(rules) | Any(rules) if rules:
            parts = enumerate(rules)
            return [one for i, part in parts for one in unmet(part, view, f"{path}.rules[{i}]", wanted=wanted)]
        case _:  # a leaf, or an All or Any without parts: it is what it is
            return [Unmet(path, rule, wanted)]
