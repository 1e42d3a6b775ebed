"""Which leaves keep a rule from being so (rule 6: "why not")."""

from hypothesis import given
from hypothesis import strategies as st

from ritorno.core.customer import Customer
from ritorno.core.events import Channel, Event
from ritorno.core.ids import CustomerId
from ritorno.core.react import react
from ritorno.core.segments.check import leaves
from ritorno.core.segments.live import ask
from ritorno.core.segments.rule import All, Any, Consented, GroupIs, Not, Rule, ScoreIs
from ritorno.core.segments.unmet import Unmet, unmet
from ritorno.core.view import View, view_of
from ritorno.testing import at, shop
from tests.core.histories import events
from tests.core.plans import RULES

NOW = at("2026-06-01")


def seen(told: list[Event]) -> View:
    customer = react(Customer(CustomerId(1)), told, shop(), NOW).customer
    return view_of(customer, shop(), NOW)


def told_otherwise(rule: Rule, path: str, otherwise: dict[str, bool], view: View) -> bool:
    """The answer if these leaves were as told: by the tree's own meaning, without `ask` for the whole."""
    if path in otherwise:
        return otherwise[path]
    match rule:
        case All(rules):
            return all(told_otherwise(part, f"{path}.rules[{i}]", otherwise, view) for i, part in enumerate(rules))
        case Any(rules):
            return any(told_otherwise(part, f"{path}.rules[{i}]", otherwise, view) for i, part in enumerate(rules))
        case Not(inner):
            return not told_otherwise(inner, f"{path}.rule", otherwise, view)
        case leaf:
            return ask(leaf, view)[0]


@given(RULES, events(most=6), st.booleans())
def test_rule_6_the_leaves_named_are_wrong_and_were_they_right_the_rule_would_hold(
    rule: Rule, told: list[Event], wanted: bool
) -> None:
    view = seen(told)
    found = unmet(rule, view, wanted=wanted)
    assert (found == []) is (ask(rule, view)[0] is wanted)
    parts = dict(leaves(rule, "segment"))
    for one in found:
        assert parts[one.path] == one.leaf
        assert ask(one.leaf, view)[0] is not one.wanted
    right = {one.path: one.wanted for one in found}
    assert told_otherwise(rule, "segment", right, view) is wanted


def test_each_is_named_by_its_place() -> None:
    sms, risk = Consented(Channel.SMS), GroupIs(("risk",))
    rule = All((sms, Not(Any((ScoreIs("f", (1,)), GroupIs(("prospects",))))), risk))
    found = unmet(rule, seen([]))
    assert found == [
        Unmet("segment.rules[0]", sms, wanted=True),
        Unmet("segment.rules[1].rule.rules[1]", GroupIs(("prospects",)), wanted=False),
        Unmet("segment.rules[2]", risk, wanted=True),
    ]


def test_what_has_no_parts_names_itself() -> None:
    assert unmet(Any(()), seen([])) == [Unmet("segment", Any(()), wanted=True)]
    assert unmet(Not(All(())), seen([])) == [Unmet("segment.rule", All(()), wanted=False)]
