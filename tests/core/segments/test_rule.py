"""A rule that could never be answered as meant is refused, by the path of the leaf."""

import msgspec
import pytest

from ritorno.core.segments.check import RuleError, check
from ritorno.core.segments.rule import (
    All,
    Any,
    Bought,
    CellIs,
    Consented,
    FactIs,
    GroupIs,
    Not,
    Reachable,
    Rule,
    ScoreIs,
    TraitIs,
)

SMS = msgspec.convert({"is": "reachable", "channels": ["sms"]}, Rule)
WRONG: list[tuple[Rule, str]] = [
    (All((Any((Not(CellIs(("34",))),)),)), "rule.rules[0].rules[0].rule: '34' is no cell; write three of 1, 2, 3 or *"),
    (CellIs(("3?*",)), "'3?*' is no cell"),
    (GroupIs(("stars", "vip")), "there is no group 'vip'; there are big_gone, cooling"),
    (ScoreIs("r", ()), "a score is 1, 2 or 3"),
    (ScoreIs("r", (3, 4)), "a score is 1, 2 or 3"),
    (Bought(at_least=0), "at_least must be 1 or more"),
    (FactIs("orders", ">", "3"), "orders is a number; compare it with one"),
    (FactIs("orders", "=", True), "orders is a number; compare it with one"),
    (FactIs("omnichannel", ">", True), "omnichannel is true or false; compare it by = or !="),
    (FactIs("omnichannel", "=", "yes"), "omnichannel is true or false"),
    (FactIs("last_branch", "=", True), "last_branch is text; compare it by = or !="),
    (FactIs("last_branch", "<", "x"), "last_branch is text; compare it by = or !="),
    (TraitIs("city", "<", "Haifa"), "only numbers can be compared by size"),
    (TraitIs("city", "<", True), "only numbers can be compared by size"),
]
RIGHT: list[Rule] = [
    SMS, All(()), CellIs(("333", "1**")), GroupIs(("stars", "prospects")), ScoreIs("m", (1, 2, 3)), Bought(),
    FactIs("spend", ">=", 0), FactIs("omnichannel", "=", False), FactIs("last_branch", "!=", "x"),
    TraitIs("city", "=", "Haifa"), TraitIs("size", ">", 38.5),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "said"), WRONG, ids=[said for _, said in WRONG])
def test_what_is_wrong_with_a_rule_is_said(rule: Rule, said: str) -> None:
    with pytest.raises(RuleError) as error:
        check(rule)
    assert said in str(error.value)


@pytest.mark.parametrize("rule", RIGHT, ids=lambda rule: type(rule).__name__)
def test_a_right_one_passes_and_is_read_back_from_what_it_writes(rule: Rule) -> None:
    check(rule)
    assert msgspec.convert(msgspec.to_builtins(rule), Rule) == rule
    assert msgspec.json.decode(msgspec.json.encode(rule), type=Rule) == rule


def test_a_rule_of_more_parts_than_can_be_asked_is_refused() -> None:
    with pytest.raises(RuleError, match="rule: more than 1000 parts; at most 1000 can be asked"):
        check(All(tuple(Bought() for _ in range(1000))))


def test_leaves_are_data_with_no_unknown_field() -> None:
    with pytest.raises(msgspec.ValidationError, match="unknown field `within_days`"):
        msgspec.convert({"is": "bought", "within_days": 3}, Rule)
    assert isinstance(SMS, Reachable)
    assert isinstance(msgspec.convert({"is": "consent", "channel": "sms"}, Rule), Consented)
