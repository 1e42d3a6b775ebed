"""What is wrong with a leaf by itself, whatever the brand has defined."""

from collections.abc import Iterator

from ritorno.core.events import Role
from ritorno.core.near import meant
from ritorno.core.scores.cells import GROUPS, PROSPECTS
from ritorno.core.segments.check_values import LARGEST, comparison_problem, fact_problems, is_countable
from ritorno.core.segments.rule import (
    Bought,
    BuysFor,
    CellIs,
    Did,
    FactIs,
    GroupIs,
    Inferred,
    InPlaybook,
    Interest,
    LastMessages,
    OneOrMore,
    Reachable,
    Rule,
    ScoreIs,
    ScoreMoved,
    Share,
    Then,
    WasIn,
)  # fmt: skip

GROUP_KEYS = tuple(str(group.key) for group in (*GROUPS, PROSPECTS))
ROLES = tuple(each.value for each in Role)
_SCORES = {1, 2, 3}
_ORDER_EVENTS = ("order", "refund", "cancellation", "receipt")
_COUNTING = ("orders", "lines", "times")


def leaf_problems(leaf: Rule) -> Iterator[str]:  # noqa: C901 - one case a leaf
    """Every problem of one leaf, without its path; spans and traits are looked at elsewhere."""
    match leaf:
        case CellIs(cells):
            yield from _cells(cells) if cells else ("names no cell; write three of 1, 2, 3 or *",)
        case GroupIs(groups):
            yield from _groups(groups) if groups else (f"names no group{meant('', GROUP_KEYS)}",)
        case ScoreIs(_, values):
            if not values or set(values) - _SCORES:
                yield "a score is 1, 2 or 3"
        case ScoreMoved(_, to, before):
            if to not in _SCORES or before not in {*_SCORES, 0, None} or to == before:
                yield "a score moves to 1, 2 or 3 from another of them, or from 0, where there was none"
        case WasIn(_, groups, cells):
            yield from _groups(groups)
            yield from _cells(cells)
            if not groups and not cells:
                yield "was in what? Name groups or cells"
        case Reachable(channels):
            if not channels:
                yield "reachable by what? Name a channel"
        case Share(name, start, end):
            if not name:
                yield "the share has no name; customers are drawn by it"
            if not 0 <= start < end <= 1:
                yield f"the share from {start} to {end} is none; both are between 0 and 1, the lower one first"
        case FactIs():
            yield from fact_problems(leaf)
        case Bought():
            yield from _bought(leaf)
        case Did():
            yield from _did(leaf)
        case Then(first, then):
            yield from (f"first: {each}" for each in _then_part(first))
            yield from (f"then: {each}" for each in _then_part(then))
            if (then.within, then.older_than, then.since, then.until) != (None, None, None, None):
                yield "then: its window would not be asked; say it in within, the span after the first"
        case LastMessages(count):
            if not 1 <= count <= 100:
                yield f"count is {count}; it is 1 to 100"
        case Interest(_, at_least, within, state):
            if at_least < 1:
                yield "at_least must be 1 or more; for none write not"
            if state is not None and (at_least, within) != (1, None):
                yield f"at_least and within are not asked of {state}; leave them out, or leave state out"
        case BuysFor(role, beneficiary):
            yield from _related(role, beneficiary)
        case Inferred(trait, value, confidence):
            if not trait:
                yield "infers no trait; name one"
            if not 0 <= confidence <= 1:
                yield f"confidence is {confidence}; it is between 0 and 1"
            if isinstance(value, float) and not is_countable(value):
                yield f"{value} is no number that a trait can be"
        case InPlaybook(_, "now", within) if within is not None:
            yield 'within is asked of when "ever" only; leave it out, or write "ever"'
        case _:
            return


def _cells(cells: tuple[str, ...]) -> Iterator[str]:
    for cell in cells:
        if len(cell) != 3 or set(cell) - set("123*"):
            yield f"{cell!r} is no cell; write three of 1, 2, 3 or *"


def _groups(groups: tuple[str, ...]) -> Iterator[str]:
    for group in groups:
        if group not in GROUP_KEYS:
            yield f"there is no group {group!r}{meant(group, GROUP_KEYS)}"


def _bought(leaf: Bought) -> Iterator[str]:
    yield from _bounds(leaf)
    for name, low, high in (
        ("price", leaf.price_from, leaf.price_to), ("total", leaf.total_from, leaf.total_to),
    ):  # fmt: skip
        if not all(is_countable(end) for end in (low, high) if end is not None):
            yield f"{name}_from and {name}_to are numbers up to {LARGEST:,}"
        if low is not None and high is not None and low > high:
            yield f"{name}_from {low} is above {name}_to {high}; nothing lies between"
    for name in ("sku", "category", "maker", "branch"):
        wanted = getattr(leaf, name)
        if wanted is not None and (not wanted or "" in (wanted, *wanted)):
            yield f"{name} is empty; leave it out, or name one"


def _did(leaf: Did) -> Iterator[str]:
    yield from _bounds(leaf)
    if not leaf.event:
        yield "did what? Give the name of an event"
    elif leaf.event in _ORDER_EVENTS:
        yield f"{leaf.event!r} is no behaviour; ask by bought"
    if (leaf.measure == "times") is not (leaf.property is None):
        yield "sum and average take the property that they are of, times takes none"
    for index, one in enumerate(leaf.where):
        problem = comparison_problem(one.op, one.value, one.property, None) if one.property else "names no property"
        if problem:
            yield f"where[{index}]: {problem}"


def _bounds(leaf: Bought | Did) -> Iterator[str]:
    low, high = leaf.at_least, leaf.at_most
    for name, bound in (("at_least", low), ("at_most", high)):
        if bound is not None and not is_countable(bound):
            yield f"{name} is {bound}; give a number up to {LARGEST:,}"
            return
    if low is not None and low < 1 and leaf.measure in _COUNTING:
        yield "at_least must be 1 or more; for none write at_most 0"
    if high is not None and high < 0 and leaf.measure in _COUNTING:
        yield "at_most must be 0 or more"
    if low is not None and high is not None and low > high:
        yield f"at_least {low} is above at_most {high}; nothing lies between"


def _then_part(part: Bought | Did) -> Iterator[str]:
    yield from leaf_problems(part)
    measured = part.measure not in _COUNTING[::2] or (isinstance(part, Did) and part.property is not None)
    if measured or part.at_least is not None or part.at_most is not None:
        yield "its measure would not be asked; leave measure, at_least and at_most out"


def _related(role: OneOrMore, beneficiary: OneOrMore) -> Iterator[str]:
    for each in (role,) if isinstance(role, str) else role or ():
        if each not in ROLES:
            yield f"there is no role {each!r}{meant(each, ROLES)}"
    if role == () or beneficiary == ():
        yield "an empty list fits nobody; leave it out"
