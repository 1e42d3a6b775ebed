"""What is wrong with a rule, by the path of the leaf: refused when it is defined, never when it is asked."""

from collections.abc import Iterator, Mapping

import msgspec

from ritorno.core.ids import SegmentKey
from ritorno.core.near import meant
from ritorno.core.plan import Plan
from ritorno.core.segments.check_leaves import leaf_problems
from ritorno.core.segments.check_spans import span_problems
from ritorno.core.segments.check_traits import trait_problems
from ritorno.core.segments.rule import (
    All,
    Any,
    FactIs,
    Inferred,
    InPlaybook,
    InSegment,
    Interest,
    NeedServed,
    Not,
    Rule,
    Then,
)

MOST_LEAVES = 1000
DEEPEST = 50
MOST_OPENED = 5000  # parts, and DEEPEST_OPENED inside each other, with the segments that are named opened
DEEPEST_OPENED = 100
_LONGEST = 300
_NUL = b"\\u0000"


class RuleError(ValueError):
    """A rule that cannot be asked; the message names the leaf by its path."""


def leaves(rule: Rule, path: str = "rule") -> Iterator[tuple[str, Rule]]:
    """Every part of the tree with its path, `then` as one."""
    yield path, rule
    match rule:
        case All(rules) | Any(rules):
            for index, part in enumerate(rules):
                yield from leaves(part, f"{path}.rules[{index}]")
        case Not(inner):
            yield from leaves(inner, f"{path}.rule")
        case _:
            return


def check(rule: Rule, plan: Plan | None = None, *, key: str = "", playbook: str = "") -> None:
    """Raise RuleError for a rule that could never be answered as meant, naming the leaf and what would be right.

    With a plan also what the brand has defined: segments, playbooks, traits, cuts of value, how long behaviour is kept.
    `key` is the segment's that the rule is to be the rule of, `playbook` the playbook's that it is to stand in. Empty
    `all` and `any` are allowed.
    """
    _check_size(rule)
    kept = None if plan is None else plan.policy.keeps_behaviour
    for path, part in leaves(rule):
        parts = [part, part.first, part.then] if isinstance(part, Then) else [part]
        problems = [*leaf_problems(part), *(each for one in parts for each in span_problems(one, kept))]
        if plan is not None:
            problems += _undefined(part, plan, key, playbook)
        problems += (*trait_problems(part, plan), *_unwritable(part))
        if problems:
            raise RuleError(f"{path}: {_short(problems[0])}")
    if plan is not None:
        _check_circle(rule, plan.rules, key)
        _check_opened(rule, plan.rules, key)


def _check_size(rule: Rule) -> None:
    """By hand, not by recursion: what is refused here may be of any depth."""
    seen, waiting = 0, [(rule, 1)]
    while waiting:
        part, depth = waiting.pop()
        seen += 1
        if seen > MOST_LEAVES:
            raise RuleError(f"rule: more than {MOST_LEAVES} parts; at most {MOST_LEAVES} can be asked")
        if depth > DEEPEST:
            raise RuleError(f"rule: deeper than {DEEPEST}; at most {DEEPEST} parts may stand inside each other")
        match part:
            case All(rules) | Any(rules):
                if len(rules) > MOST_LEAVES:
                    raise RuleError(f"rule: {len(rules)} parts and more; at most {MOST_LEAVES} can be asked")
                waiting += [(each, depth + 1) for each in rules]
            case Not(inner):
                waiting.append((inner, depth + 1))
            case _:
                continue


def _short(problem: str) -> str:
    """What was told may be of any length."""
    return problem if len(problem) <= _LONGEST else f"{problem[: _LONGEST // 2]} … {problem[-_LONGEST // 2 :]}"


def _unwritable(part: Rule) -> Iterator[str]:
    """Text that no database keeps."""
    if isinstance(part, All | Any | Not):
        return
    try:
        written = msgspec.json.encode(part)
    except UnicodeEncodeError:
        written = _NUL
    if _NUL in written:
        yield "holds a letter that is none (half of a pair, or number 0); leave it out"


def _undefined(part: Rule, plan: Plan, key: str, its_own: str) -> Iterator[str]:
    """What the brand has not defined."""
    match part:
        case InSegment(segment) if segment not in {*plan.rules, key}:
            yield f"there is no segment {segment!r}{meant(segment, plan.rules)}"
        case InPlaybook(playbook):
            known = {str(name) for name, _ in plan.versions} | {str(each.key) for each in plan.running}
            if playbook not in {*known, its_own}:
                yield f"there is no playbook {playbook!r}{meant(playbook, known)}"
        case Interest(interest) if interest not in plan.interests_by_key:
            yield (
                f"there is no interest {interest!r}{meant(interest, plan.interests_by_key)}; "
                "define one: ritorno interests define"
            )
        case NeedServed(need) if need not in plan.needs_by_key:
            yield f"there is no need {need!r}{meant(need, plan.needs_by_key)}; define one: ritorno needs define"
        case Inferred(trait) if trait not in (known := {each.trait for each in plan.inferences}):
            yield f"nothing infers {trait!r}{meant(trait, known)}; define it: ritorno inferences define"
        case FactIs("value_tier") if plan.policy.tiers is None:
            yield "there are no cuts of value; set the policy's tiers, the spend from which a customer is A and B"
        case _:
            return


def segments_named(rule: Rule) -> tuple[str, ...]:
    """The segments that a rule asks for itself, in the order they are written."""
    return tuple(dict.fromkeys(part.segment for _, part in leaves(rule) if isinstance(part, InSegment)))


def _check_circle(rule: Rule, rules: Mapping[SegmentKey, Rule], key: str) -> None:
    """Does the rule, by way of others, ask for the segment that it is to define?"""
    if not key:
        return
    came_from: dict[str, str] = {}
    waiting = [(name, key) for name in segments_named(rule)]
    while waiting:
        name, asker = waiting.pop()
        if name == key:
            way = [key, asker]
            while way[-1] != key:
                way.append(came_from[way[-1]])
            circle = " → ".join(reversed(way))
            raise RuleError(f"rule: segments in a circle: {circle}; one of them must not ask for the next")
        if name not in came_from:
            came_from[name] = asker
            waiting += [(each, name) for each in segments_named(rules[SegmentKey(name)])]


def _check_opened(rule: Rule, rules: Mapping[SegmentKey, Rule], key: str) -> None:
    """Small segments that name each other may make a rule that nobody can be asked; the others that name this one
    grow with it."""
    after = {**rules, SegmentKey(key): rule} if key else rules
    sizes: dict[str, tuple[int, int]] = {}
    asked = [("rule", rule), *(each for each in after.items() if key)]
    for name, each in asked:
        depth, parts = _opened(each, after, sizes)
        if depth > DEEPEST_OPENED or parts > MOST_OPENED:
            raise RuleError(
                f"rule: with the segments it names opened, {name} is {depth} parts deep and {parts} in all; "
                f"at most {DEEPEST_OPENED} and {MOST_OPENED} can be asked"
            )


def _opened(rule: Rule, rules: Mapping[SegmentKey, Rule], sizes: dict[str, tuple[int, int]]) -> tuple[int, int]:
    """(depth, parts). Not called for a circle."""
    match rule:
        case All(parts) | Any(parts):
            inside = [_opened(part, rules, sizes) for part in parts]
        case Not(part):
            inside = [_opened(part, rules, sizes)]
        case InSegment(name):
            if name not in sizes:
                named = rules.get(SegmentKey(name))
                sizes[name] = (0, 0) if named is None else _opened(named, rules, sizes)
            inside = [sizes[name]]
        case _:
            inside = []
    return 1 + max((depth for depth, _ in inside), default=0), 1 + sum(parts for _, parts in inside)
