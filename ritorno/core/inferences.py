"""What purchases let expect of a customer: diapers of size 1, so probably an infant (COM-30).

Kept apart from what was told: nothing is written to the customer's traits. What was told wins, whatever it says, and so
does the surer of two inferences. A sensitive trait is inferred only where somebody approved of that by name.
"""

import re
from collections.abc import Collection, Iterator, Sequence

import msgspec

from ritorno.core.segments.inputs import BEHAVIOUR, ORDERS, inputs_of
from ritorno.core.segments.rule import All, Any, InSegment, Not, Rule, Scalar, TraitIs
from ritorno.core.traits import TraitDefinition, TraitRules

_KEY = re.compile(r"[^\W\d][\w-]{0,59}")
_MAY_READ = frozenset({ORDERS, BEHAVIOUR})


class Inference(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Of whom the rule is true, the trait is `value`, with so much confidence (0 to 1). `approved_by` let a sensitive
    trait be inferred; "" is nobody."""

    key: str
    trait: str
    rule: Rule
    value: Scalar = True
    confidence: float = 0.5
    approved_by: str = ""
    version: int = 0


def standing(inferences: Collection[Inference], traits: TraitRules) -> tuple[Inference, ...]:
    """Those that may be drawn, the surest first: what became sensitive since needs an approval as well."""
    allowed = (each for each in inferences if each.approved_by or not is_sensitive(each.trait, traits))
    return tuple(sorted(allowed, key=lambda each: (-each.confidence, each.key)))


def is_sensitive(trait: str, traits: TraitRules) -> bool:
    definition = traits.by_key.get(trait)
    return definition is not None and definition.sensitive


def expects(inferences: Sequence[Inference], trait: str, value: Scalar, confidence: float) -> Rule:
    """The rule that is true of whom the trait was not told, and whose surest inference says that value so surely.

    `inferences` as `standing` gives them.
    """
    about = [each for each in inferences if each.trait == trait]
    ways: list[Rule] = []
    for place, each in enumerate(about):
        if each.confidence >= confidence and _same(each.value, value):
            against = [one.rule for one in about[:place] if not _same(one.value, value)]
            ways.append(All((each.rule, *(Not(rule) for rule in against))) if against else each.rule)
    return All((Not(TraitIs(trait, "set")), Any(tuple(ways)))) if ways else Any(())


def _same(one: Scalar, other: Scalar) -> bool:
    """1 and true are two values."""
    return one == other and isinstance(one, bool) is isinstance(other, bool)


def problems(inference: Inference, traits: TraitRules) -> list[str]:
    """What is wrong with a definition besides its rule; empty when nothing is."""
    return [f"{inference.key}: {each}" for each in _problems(inference, traits)]


def _problems(inference: Inference, traits: TraitRules) -> Iterator[str]:
    if not _KEY.fullmatch(inference.key):
        yield "a key is a letter, then letters, digits, _ and -, at most 60, for example buys_diapers"
    if not inference.trait:
        yield "infers no trait; name one"
    if not 0 < inference.confidence <= 1:
        yield f"confidence is {inference.confidence:g}; it is above 0 and at most 1"
    if not inputs_of(inference.rule, {}) <= _MAY_READ or _names_a_segment(inference.rule):
        yield "an inference is drawn from what was bought and done alone; leave other leaves out of its rule"
    if is_sensitive(inference.trait, traits) and not inference.approved_by:
        yield (
            f"{inference.trait} is sensitive, so it is not inferred unless somebody approves: "
            f"ritorno inferences define {inference.key} --approve NAME"
        )
    yield from _unfit(inference.value, traits.by_key.get(inference.trait))


def _unfit(value: Scalar, definition: TraitDefinition | None) -> Iterator[str]:
    if definition is None:
        return
    try:
        kept = definition.read(value)
    except ValueError as error:
        yield f"{definition.key} {error}"
        return
    if kept != value:
        yield f"{definition.key} would be kept as {kept!r}; write that"


def _names_a_segment(rule: Rule) -> bool:
    match rule:
        case All(parts) | Any(parts):
            return any(map(_names_a_segment, parts))
        case Not(inner):
            return _names_a_segment(inner)
        case _:
            return isinstance(rule, InSegment)
