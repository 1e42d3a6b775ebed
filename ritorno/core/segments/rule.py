"""The rule tree: what a segment, an entry condition or an exit asks of a customer.

A rule is data (JSON or YAML, `{"is": "all", "rules": [...]}`); `live.py` answers it for one customer. Ordering
comparisons take numbers and instants only; a missing value is false at the leaf.
"""

from collections.abc import Iterator
from typing import Literal

import msgspec

from ritorno.core.events import Channel, Purpose, SoldVia, TraitValue
from ritorno.core.instants import Span
from ritorno.core.scores.cells import GROUPS, PROSPECTS


class RuleError(ValueError):
    """A rule that cannot be asked; the message names the leaf by its path."""


class Leaf(msgspec.Struct, frozen=True, tag_field="is", forbid_unknown_fields=True, omit_defaults=True):
    pass


class All(Leaf, frozen=True, tag="all"):
    rules: tuple["Rule", ...]


class Any(Leaf, frozen=True, tag="any"):
    rules: tuple["Rule", ...]


class Not(Leaf, frozen=True, tag="not"):
    rule: "Rule"


class CellIs(Leaf, frozen=True, tag="cell"):
    """Cells by pattern: `333`, `1[23]*` is written `12*`, `13*`; `*` is any digit."""

    cells: tuple[str, ...]


class GroupIs(Leaf, frozen=True, tag="group"):
    groups: tuple[str, ...]


class ScoreIs(Leaf, frozen=True, tag="score"):
    axis: Literal["r", "f", "m"]
    values: tuple[int, ...]


class Consented(Leaf, frozen=True, tag="consent"):
    channel: Channel
    purpose: Purpose = Purpose.MARKETING


class Reachable(Leaf, frozen=True, tag="reachable"):
    """Consent for one of the channels, and an address there that may be written to."""

    channels: tuple[Channel, ...]


class Bought(Leaf, frozen=True, tag="bought"):
    """Bought at least so many times, within a span or ever; each filter that is given must hold (on one line for sku
    and category)."""

    at_least: int = 1
    within: Span | None = None
    sku: str | None = None
    category: str | None = None
    sold_via: SoldVia | None = None
    branch: str | None = None


Compare = Literal["=", "!=", "<", "<=", ">", ">="]
FactName = Literal["orders", "spend", "average", "ever", "omnichannel", "last_sold_via", "last_branch"]
_NUMBERS = ("orders", "spend", "average", "ever")


class FactIs(Leaf, frozen=True, tag="fact"):
    fact: FactName
    op: Compare
    value: int | bool | str


class TraitIs(Leaf, frozen=True, tag="trait"):
    trait: str
    op: Compare
    value: TraitValue


Rule = All | Any | Not | CellIs | GroupIs | ScoreIs | Consented | Reachable | Bought | FactIs | TraitIs

MOST_LEAVES = 1000


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
        case Bought(at_least):
            return "at_least must be 1 or more" if at_least < 1 else ""
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
