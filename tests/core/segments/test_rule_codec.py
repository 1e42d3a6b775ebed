"""SEG-10: a rule as data comes back as it was; what is wrong with one is said by the path of the part that has it."""

from pathlib import Path

import msgspec
import pytest
from hypothesis import given

from ritorno.core.instants import Span, Unit, days
from ritorno.core.segments.check import RuleError
from ritorno.core.segments.codec import from_data, from_json, from_yaml, to_data, to_json, to_yaml
from ritorno.core.segments.codec_fields import LEAVES
from ritorno.core.segments.rule import All, Any, Bought, Did, Elapsed, GroupIs, Rule, Then, TraitIs, Where
from ritorno.core.segments.schema import json_schema, schema_text
from tests.core.segments import rules_made

SCHEMA = Path(__file__).resolve().parents[3] / "docs/reference/rules.schema.json"


@given(rules_made.RULES)
def test_what_is_written_is_read_back_the_same(rule: Rule) -> None:
    assert from_json(to_json(rule)) == rule
    assert from_yaml(to_yaml(rule)) == rule
    assert from_data(to_data(rule)["rule"]) == rule


def test_letters_that_end_a_line_in_yaml_come_back() -> None:
    rule = TraitIs("city", "=", "a\x85b\u2028ח")
    assert from_yaml(to_yaml(rule)) == rule


def test_spans_may_be_text_and_days_need_no_quotes() -> None:
    told = """
      version: 1
      rule:
        is: all
        rules:
          - {is: trait, trait: born, op: =, value: 1960-03-01, told_within: 2w}
          - {is: trait, trait: born, op: between, value: [1960-03-01, 1970-01-01]}
          - {is: did, event: x, within: 30d, older_than: [3, hours], where: [{property: link, op: =, value: a}]}
          - {is: then, first: {is: did, event: cart_abandoned, within: 30 days}, then: {is: bought}, within: 2d}
          - {is: elapsed, since: last_order, at_least: [30]}
          - {is: group, groups: [risk]}
    """
    assert from_yaml(told) == All(
        (
            TraitIs("born", "=", "1960-03-01", told_within=Span(2, Unit.WEEKS)),
            TraitIs("born", "between", ("1960-03-01", "1970-01-01")),
            Did(event="x", within=days(30), older_than=Span(3, Unit.HOURS), where=(Where("link", "=", "a"),)),
            Then(Did(event="cart_abandoned", within=days(30)), Bought(), days(2)),
            Elapsed("last_order", at_least=days(30)),
            GroupIs(("risk",)),
        )
    )


RISK = {"is": "group", "groups": ["risk"]}
WRONG: list[tuple[object, str]] = [
    ([], 'rule: must be a rule, {"is": …}, not []'),
    ("x" * 60, "xxx…"),
    ({"groups": []}, 'rule: says not what it "is"; there are all, anniversary'),
    ({"is": 3}, "rule: there is no leaf 3"),
    ({"is": "gruop"}, "rule: there is no leaf 'gruop'; did you mean group?"),
    ({"is": "fresh", 3: 4}, "rule: there is no field 3 here"),
    ({"is": "group"}, "rule: groups is missing"),
    ({"is": "group", "group": ["risk"]}, "rule: there is no field 'group' here; did you mean groups?"),
    ({"is": "all", "rules": RISK}, "rule.rules: must be a list of rules"),
    ({"is": "any", "rules": [RISK, {"is": "not", "rule": {"is": "did"}}]}, "rule.rules[1].rule: event is missing"),
    ({"is": "did", "event": 3}, "rule.event: expected `str`, got `int`"),
    ({"is": "did", "event": "x", "within": "30q"}, "rule.within: '30q' is not a span of time; write for example 90d"),
    ({"is": "did", "event": "x", "measure": "avrage"}, "rule.measure: there is no 'avrage'; did you mean average?"),
    ({"is": "did", "event": "x", "where": [{"property": "a", "op": "matches", "value": "^a"}]},
     "rule.where[0].op: rules read no regular expressions, so there is no 'matches'; write contains"),
    ({"is": "did", "event": "x", "where": [{"property": "a", "opp": "="}]}, "rule.where[0]: there is no field 'opp'"),
    ({"is": "did", "event": "x", "where": [3]}, "rule.where[0]: expected `object`, got `int`"),
    ({"is": "trait", "trait": "a", "op": 3}, "rule.op: must be one of =, !="),
    ({"is": "trait", "trait": "a", "op": "regex", "value": "a"}, "rule.op: rules read no regular expressions"),
    ({"is": "fact", "fact": "gap_lst", "op": ">", "value": 3},
     "rule.fact: there is no 'gap_lst'; did you mean gap_last?"),
    ({"is": "reachable", "channels": ["smss"]}, "rule.channels: there is no 'smss'; did you mean sms?"),
    ({"is": "then", "first": RISK, "then": {"is": "bought"}, "within": "2d"}, "rule.first: must be bought or did"),
    ({"version": 2, "rule": RISK}, "version: 2 is not read here; write 1"),
    ({"version": 1}, "beside version stands the rule alone"),
    ({"version": 1, "rule": RISK, "name": "x"}, "beside version stands the rule alone"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "said"), WRONG)
def test_what_is_wrong_is_said_with_its_place(data: object, said: str) -> None:
    with pytest.raises(RuleError) as refused:
        from_data(data)
    assert said in str(refused.value)


def test_what_is_no_json_or_yaml_is_said() -> None:
    with pytest.raises(RuleError, match="rule: is no JSON: "):
        from_json("{")
    with pytest.raises(RuleError, match="rule: is no JSON: "):
        from_json(b'"\xff"')
    with pytest.raises(RuleError, match="rule: is no YAML: "):
        from_yaml("a: [")


def test_a_text_of_any_depth_or_width_is_refused_and_no_more() -> None:
    deep = '{"is": "not", "rule": ' * 100_000 + "{}" + "}" * 100_000
    with pytest.raises(RuleError, match="deeper than 50"):
        from_json(deep)
    with pytest.raises(RuleError, match="deeper than 50"):
        from_yaml(deep[: 22 * 2_000] + "{}" + "}" * 2_000)
    with pytest.raises(RuleError, match="YAML of 2300002 letters; at most 200000 are read"):
        from_yaml(deep)
    with pytest.raises(RuleError, match="deeper than 50"):
        from_json('{"is": "not", "rule": ' * 60 + "{}" + "}" * 60)
    with pytest.raises(RuleError, match="more than 1000 parts"):
        from_data({"is": "any", "rules": [RISK] * 10_000})
    with pytest.raises(RuleError, match="more than 1000 parts"):
        from_yaml(_laughs())


def _laughs() -> str:
    """Twice itself, forty times over, by aliases."""
    inner = "&a0 {is: any, rules: [{is: fresh}]}"
    for number in range(1, 40):
        inner = f"&a{number} {{is: any, rules: [{inner}, *a{number - 1}]}}"
    return inner


def test_the_schema_is_kept_equal_to_the_leaves() -> None:
    """After a change: write `schema_text()` to the file."""
    assert SCHEMA.read_text(encoding="utf-8") == schema_text()
    schema = json_schema()
    named = {ref["$ref"].removeprefix("#/$defs/") for ref in schema["$defs"]["Rule"]["anyOf"]}
    assert named == {leaf.__name__ for leaf in LEAVES.values()}
    assert "30d" in schema["$defs"]["Span"]["description"]


def test_every_name_that_the_schema_speaks_of_is_in_it() -> None:
    schema = json_schema()
    text = msgspec.json.encode(schema).decode()
    refs = {part.split('"')[0] for part in text.split('"#/$defs/')[1:]}
    assert refs - schema["$defs"].keys() == set()
    assert Any.__name__ in refs
