"""What is wrong with a rule, by the path of the leaf: refused when it is defined, never when it is asked."""

from collections.abc import Iterator

from ritorno.core.scores.cells import GROUPS, PROSPECTS
from ritorno.core.segments.rule import All, Any, Bought, CellIs, FactIs, GroupIs, Not, Rule, ScoreIs, TraitIs

MOST_LEAVES = 1000
_NUMBERS = ("orders", "spend", "average", "ever")


class RuleError(ValueError):
    """A rule that cannot be asked; the message names the leaf by its path."""


def leaves(rule: Rule, path: str = "rule") -> Iterator[tuple[str, Rule]]:
    """Every part of the tree with its path."""
    yield path, rule
    match rule:
        case All(rules) | Any(rules):
            for index, part in enumerate(rules):
                yield from leaves(part, f"{path}.rules[{index}]")
        case Not(inner):
            yield from leaves(inner, f"{path}.rule")
        case _:
            return


def check(rule: Rule) -> None:
    """Raise RuleError for a rule that could never be answered as meant, naming the leaf and what would be right."""
    parts = list(leaves(rule))
    if len(parts) > MOST_LEAVES:
        raise RuleError(f"rule: {len(parts)} parts; at most {MOST_LEAVES} can be asked")
    for path, part in parts:
        problem = _problem(part)
        if problem:
            raise RuleError(f"{path}: {problem}")


def _problem(part: Rule) -> str:
    match part:
        case CellIs(cells):
            bad = [cell for cell in cells if len(cell) != 3 or set(cell) - set("123*")]
            return f"{bad[0]!r} is no cell; write three of 1, 2, 3 or *" if bad else ""
        case GroupIs(groups):
            known = {group.key for group in (*GROUPS, PROSPECTS)}
            unknown = [group for group in groups if group not in known]
            return f"there is no group {unknown[0]!r}; there are {', '.join(sorted(known))}" if unknown else ""
        case ScoreIs(_, values):
            return "a score is 1, 2 or 3" if not values or set(values) - {1, 2, 3} else ""
        case Bought(at_least=at_least):
            return "at_least must be 1 or more" if at_least is not None and at_least < 1 else ""
        case FactIs(fact, op, value):
            if fact in _NUMBERS:
                return "" if type(value) is int else f"{fact} is a number; compare it with one"
            wanted = "true or false" if fact == "omnichannel" else "text"
            fits = isinstance(value, bool) if fact == "omnichannel" else isinstance(value, str)
            return "" if fits and op in ("=", "!=") else f"{fact} is {wanted}; compare it by = or !="
        case TraitIs(_, op, value):
            orders = op not in ("=", "!=")
            number = isinstance(value, int | float) and not isinstance(value, bool)
            return "only numbers can be compared by size" if orders and not number else ""
        case _:
            return ""
