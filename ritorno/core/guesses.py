"""What purchases let expect of one customer and nobody told, for the card (COM-30)."""

from typing import NamedTuple

from ritorno.core.segments.live import ask
from ritorno.core.segments.rule import Scalar, TraitIs
from ritorno.core.view import View


class Guess(NamedTuple):
    """The trait is probably `value`, by the inference `key`."""

    trait: str
    value: Scalar
    confidence: float
    key: str


def guesses(view: View) -> list[Guess]:
    """One for each trait that was not told and has an inference whose rule is true: the surest; by trait."""
    found: dict[str, Guess] = {}
    for each in view.plan.standing_inferences:
        is_open = each.trait not in found and not ask(TraitIs(each.trait, "set"), view)[0]
        if is_open and ask(each.rule, view)[0]:
            found[each.trait] = Guess(each.trait, each.value, each.confidence, each.key)
    return [found[trait] for trait in sorted(found)]
