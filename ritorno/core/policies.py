"""What is wrong with a policy: refused when it is saved, never when it is asked."""

from collections.abc import Iterator
from math import isfinite

from msgspec.structs import replace

from ritorno.core import incentives, points_terms, referral
from ritorno.core.instants import Span
from ritorno.core.journeys.rules import rules_of
from ritorno.core.plan import Plan, Policy
from ritorno.core.scores.cuts import SPAN_RULE, span_is_sane
from ritorno.core.segments.check import RuleError, check
from ritorno.core.segments.rule import Rule

_CAPS = ("a_day", "a_week", "a_week_stars", "whatsapp_a_day")
_LONGEST_CYCLE = 36_525  # days


class PolicyError(ValueError):
    """A policy that cannot be saved; `problems` names each value and what would be right."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


def check_policy(policy: Policy, plan: Plan) -> None:
    """Raise PolicyError for a policy that the brand of this plan cannot have."""
    problems = [*_caps(policy), *_spans(policy), *_cycles(policy), *_tiers(policy), *_given(policy)]
    problems = problems or [*_unanswerable(replace(plan, policy=policy))]
    if problems:
        raise PolicyError(problems)


def _caps(policy: Policy) -> Iterator[str]:
    for name in _CAPS:
        if getattr(policy, name) < 0:
            yield f"{name} is {getattr(policy, name)}; it must be 0 (no cap) or more"


def _spans(policy: Policy) -> Iterator[str]:
    named: dict[str, Span] = {"keeps_behaviour": policy.keeps_behaviour}
    named |= {f"cool-down of {name!r}": span for name, span in policy.cooldowns.items()}
    if "" in policy.cooldowns:
        yield "a cool-down without the name of its category; write for example shoes=14d"
    for name, span in named.items():
        if not span_is_sane(span):
            yield f"{name} is {span}: {SPAN_RULE}"


def _cycles(policy: Policy) -> Iterator[str]:
    named = {"cycle": policy.cycle} | {f"cycle of {name!r}": cycle for name, cycle in policy.cycles.items()}
    if "" in policy.cycles:
        yield "a cycle without the name of its category; write for example capsules=30"
    for name, cycle in named.items():
        if not isfinite(cycle) or not 0 < cycle <= _LONGEST_CYCLE:
            yield f"{name} is {cycle:g} days; it must be above 0 and at most 100 years"


def _tiers(policy: Policy) -> Iterator[str]:
    if policy.tiers is not None and not policy.tiers[0] > policy.tiers[1] > 0:
        high, low = policy.tiers
        yield f"tiers {high}, {low} (minor units): A must begin above B, and B above 0"


def _given(policy: Policy) -> Iterator[str]:
    """Points, rewards, and the limit on what is given away."""
    if policy.points is not None:
        yield from points_terms.check(policy.points)
    if policy.incentives is not None:
        yield from incentives.check(policy.incentives)
    if policy.referral is not None:
        yield from referral.check(policy.referral)


def _unanswerable(plan: Plan) -> Iterator[str]:
    """Rules that stand and could no longer be answered: behaviour not kept as long, no cuts of value."""
    for segment in plan.segments:
        yield from _rule_problems(f"segment {segment.key}", segment.rule, plan, segment.key)
    for playbook in plan.running:
        for path, rule in rules_of(playbook):
            yield from _rule_problems(f"playbook {playbook.key}, {path}", rule, plan, playbook.key)


def _rule_problems(where: str, rule: Rule, plan: Plan, key: str) -> Iterator[str]:
    try:
        check(rule, plan, key=key)
    except RuleError as error:
        yield f"{where}: {error}"
