"""A policy that the brand's own rules could not live with is refused, by what is wrong and where."""

import pytest
from msgspec.structs import replace

from ritorno.core.ids import SegmentKey
from ritorno.core.incentives import Incentives
from ritorno.core.instants import Span, Unit, days
from ritorno.core.journeys.way import Words
from ritorno.core.plan import Plan, Policy, Segment
from ritorno.core.points import Rate
from ritorno.core.points_terms import Terms
from ritorno.core.policies import PolicyError, check_policy
from ritorno.core.referral import Terms as ReferralTerms
from ritorno.core.segments.rule import Did, FactIs
from ritorno.playbooks.library import load
from ritorno.testing import shop


def with_rule(rule: Did | FactIs, policy: Policy | None = None) -> Plan:
    segment = Segment(SegmentKey("lookers"), 1, Words("מתעניינים", "Lookers"), rule)
    return shop(load("PB2"), segments=(segment,), policy=policy)


@pytest.mark.parametrize(
    ("policy", "says"),
    [
        (Policy(a_week=-1, a_day=-2), "a_day is -2; it must be 0 (no cap) or more; a_week is -1"),
        (Policy(keeps_behaviour=days(0)), "keeps_behaviour is 0 days: it must be at least 1"),
        (Policy(cooldowns={"": days(3)}), "a cool-down without the name of its category"),
        (Policy(cooldowns={"tea": Span(101, Unit.YEARS)}), "cool-down of 'tea' is 101 years"),
        (Policy(cycles={"": 3}), "a cycle without the name of its category"),
        (Policy(cycles={"tea": -1}), "cycle of 'tea' is -1 days"),
        (Policy(cycle=float("inf")), "cycle is inf days; it must be above 0 and at most 100 years"),
        (Policy(tiers=(500, 500)), "tiers 500, 500 (minor units): A must begin above B"),
        (Policy(tiers=(500, 0)), "and B above 0"),
        (Policy(points=Terms(Rate(0, 1_000))), "points.rate is 0 for 1000; both must be above 0"),
        (Policy(incentives=Incentives(0)), "incentives.share is 0; write 1 to 10000"),
        (Policy(referral=ReferralTerms(0, 1, -1, days(0))), "referral.for_referrer is 0; it must be above 0"),
    ],
)
def test_each_value_that_cannot_be_is_named(policy: Policy, says: str) -> None:
    with pytest.raises(PolicyError) as refused:
        check_policy(policy, shop())
    assert says in str(refused.value)


def test_behaviour_must_be_kept_as_long_as_a_rule_asks_for() -> None:
    plan = with_rule(Did(event="product_viewed", within=days(300)))
    check_policy(Policy(keeps_behaviour=days(300)), plan)
    with pytest.raises(PolicyError, match=r"segment lookers: .*within is 300 days, but behaviour is kept 90 days"):
        check_policy(Policy(keeps_behaviour=days(90)), plan)


def test_tiers_that_a_rule_asks_for_cannot_be_taken_away() -> None:
    tiers = Policy(tiers=(90_000, 30_000))
    plan = with_rule(FactIs("value_tier", "=", "A"), tiers)
    check_policy(tiers, plan)
    with pytest.raises(PolicyError, match="segment lookers: rule: there are no cuts of value"):
        check_policy(replace(tiers, tiers=None), plan)


def test_the_rules_of_playbooks_are_looked_at_too() -> None:
    asking = replace(load("PB2"), segment=Did(event="product_viewed", within=days(300)))
    with pytest.raises(PolicyError, match=r"playbook PB2, segment: .*within is 300 days"):
        check_policy(Policy(keeps_behaviour=days(90)), shop(asking))
