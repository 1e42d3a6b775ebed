"""What is wrong with a leaf about a trait, by what the brand has defined of it."""

from collections.abc import Iterator

from ritorno.core.near import meant
from ritorno.core.plan import Plan
from ritorno.core.segments.check_values import comparison_problem
from ritorno.core.segments.rule import Anniversary, Elapsed, Rule, TraitIs
from ritorno.core.trait_values import TraitKind
from ritorno.core.traits import TraitDefinition, TraitRules

_NOTHING = TraitRules()


def trait_problems(leaf: Rule, plan: Plan | None) -> Iterator[str]:
    """A trait that was not defined is compared as it is told, unless the brand is strict."""
    known = _NOTHING if plan is None else plan.trait_rules
    match leaf:
        case TraitIs(trait) | Anniversary(trait) | Elapsed(trait=str(trait)):
            if not trait:
                yield "names no trait"
                return
            if not known.takes(trait):
                yield f"there is no trait {trait!r}{meant(trait, known.by_key)}"
                return
            defined = known.by_key.get(trait)
            if isinstance(leaf, TraitIs):
                yield from _compared(leaf, defined)
            elif defined is not None and defined.kind is not TraitKind.DATE:
                yield f"{trait} is a {defined.kind.value}, not a date"
        case _:
            return


def _compared(leaf: TraitIs, defined: TraitDefinition | None) -> Iterator[str]:
    if leaf.source == "":
        yield "source is empty; leave it out"
    problem = comparison_problem(leaf.op, leaf.value, leaf.trait, None if defined is None else defined.kind.value)
    if problem:
        yield problem
    elif defined is not None and defined.choices and leaf.op in ("=", "!=", "in"):
        known = {choice.key for choice in defined.choices}
        for value in leaf.value if isinstance(leaf.value, tuple) else (leaf.value,):
            if value not in known:
                yield f"{leaf.trait} is never {value!r}{meant(str(value), known)}"
