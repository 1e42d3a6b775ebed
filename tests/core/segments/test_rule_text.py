"""SEG-10: a rule as people write it; text and rule are the same, both ways."""

import re
from pathlib import Path

import pytest
from hypothesis import given

from ritorno.core.events import Channel, Purpose, SoldVia
from ritorno.core.instants import Span, Unit, days, hours
from ritorno.core.segments.check import check
from ritorno.core.segments.rule import (
    All,
    Anniversary,
    Any,
    Bought,
    BuysFor,
    CellIs,
    Consented,
    Did,
    Elapsed,
    FactIs,
    Fresh,
    GroupIs,
    Inferred,
    InPlaybook,
    InSegment,
    Interest,
    LastMessages,
    NeedServed,
    Not,
    Reachable,
    Rule,
    ScoreIs,
    ScoreMoved,
    Share,
    Then,
    TraitIs,
    WasIn,
    Where,
)
from ritorno.core.segments.text import from_text
from ritorno.core.segments.text_tokens import RuleTextError
from ritorno.core.segments.text_write import to_text
from tests.core.segments import rules_made

PAGE = Path(__file__).resolve().parents[3] / "docs/reference/rules.md"
RISK, VIP, FRESH = GroupIs(("risk",)), InSegment("vip"), Fresh()
WRITTEN: list[tuple[str, Rule]] = [
    (
        'group risk and not (bought category "ויטמינים" at least 2 within 30d or trait city = "חיפה")',
        All((RISK, Not(Any((Bought(category="ויטמינים", at_least=2, within=days(30)), TraitIs("city", "=", "חיפה")))))),
    ),
    ("cell 3**", CellIs(("3**",))),
    ("r moved 3 to 2 within 7d", ScoreMoved("r", 2, 3, days(7))),
    (
        'did message_clicked at least 2 within 14d where link = "x"',
        Did(event="message_clicked", at_least=2, within=days(14), where=(Where("link", "=", "x"),)),
    ),
    ("age between 60 and 75", FactIs("age", "between", (60, 75))),
    ("stage = returning", FactIs("stage", "=", "returning")),
    ('share "test" 0 to 0.5', Share("test", 0, 0.5)),
    ("elapsed since last_order at least 30d below 90d", Elapsed("last_order", at_least=days(30), below=days(90))),
    (
        "did cart_abandoned then never bought within 2d",
        Then(Did(event="cart_abandoned"), Bought(), days(2), never=True),
    ),
]
READ: list[tuple[str, Rule]] = [
    ("segment vip or fresh and group risk", Any((VIP, All((FRESH, RISK))))),
    ("(segment vip or fresh) and group risk", All((Any((VIP, FRESH)), RISK))),
    ("not segment vip and fresh", All((Not(VIP), FRESH))),
    ("no consent to sms AND  ((fresh))", All((Not(Consented(Channel.SMS)), FRESH))),
    ("not no fresh", Not(Not(FRESH))),
    ("everyone", All(())),
    ("nobody", Any(())),
    ("all(fresh)", All((FRESH,))),
    ("any(not fresh)", Any((Not(FRESH),))),
    ("trait city is set told by pos told within 2 weeks", TraitIs("city", "set", None, "pos", Span(2, Unit.WEEKS))),
    ('trait "שם פרטי" in ("דנה", 3, yes, 2.5)', TraitIs("שם פרטי", "in", ("דנה", 3, True, 2.5))),
    ("trait born < 1960-03-01 and fresh", All((TraitIs("born", "<", "1960-03-01"), FRESH))),
    ("trait עיר = חיפה", TraitIs("עיר", "=", "חיפה")),
    (r'trait who = "ד\"ר \\"', TraitIs("who", "=", 'ד"ר \\')),
    ("trait member = no", TraitIs("member", "=", False)),
    ('trait member = "no"', TraitIs("member", "=", "no")),
    ("anniversary of birth_date 1w before for 3 days", Anniversary("birth_date", 7, 3)),
    ("anniversary", Anniversary()),
    ("consent to email for service", Consented(Channel.EMAIL, Purpose.SERVICE)),
    ("reachable by sms, email", Reachable((Channel.SMS, Channel.EMAIL))),
    ("reachable sms or fresh", Any((Reachable((Channel.SMS,)), FRESH))),
    ("share test 0 to 1", Share("test", 0, 1)),
    ("r = 3", ScoreIs("r", (3,))),
    ("m in (1, 2)", ScoreIs("m", (1, 2))),
    ("f moved to 1", ScoreMoved("f", 1)),
    ("was in group risk, stars or cell 3** within 90d", WasIn(days(90), ("risk", "stars"), ("3**",))),
    ("was cell 111 within 12 months", WasIn(Span(12, Unit.MONTHS), (), ("111",))),
    ('gap_last of category "a" of sku b >= 30', FactIs("gap_last", ">=", 30, "b", "a")),
    ("loyalty = 0", FactIs("loyalty", "=", 0)),  # `check` refuses it, by its path
    ("loyalty = yes", FactIs("loyalty", "=", True)),
    ("omnichannel = yes", FactIs("omnichannel", "=", True)),
    ("last_branch in (Ayalon, \"תל אביב\")", FactIs("last_branch", "in", ("Ayalon", "תל אביב"))),
    ("elapsed since trait wedding below 1y", Elapsed(trait="wedding", below=Span(1, Unit.YEARS))),
    (
        'bought price from 100 to 200 total to 500 sold_via pos branch (a, "b c") spend at most 9 older than 3h',
        Bought(price_from=100, price_to=200, total_to=500, sold_via=SoldVia.POS, branch=("a", "b c"), measure="spend",
               at_most=9, older_than=hours(3)),
    ),
    ("did quiz sum_of score at least 2.5 with machines", Did(event="quiz", measure="sum", property="score",
                                                            at_least=2.5, machines=True)),
    ('did "where" times where a set, b = 1 where c != "and"', Did(event="where", where=(
        Where("a", "set"), Where("b", "=", 1), Where("c", "!=", "and")))),
    ("bought within 9d then did a where b = 1 within 2d", Then(
        Bought(within=days(9)), Did(event="a", where=(Where("b", "=", 1),)), days(2))),
    ("interest vitamins", Interest("vitamins")),
    ("interest vitamins at least 3 within 30d", Interest("vitamins", 3, Span(30))),
    ("interest vitamins fading", Interest("vitamins", state="fading")),
    ('interest fading active', Interest("fading", state="active")),
    ("buys for others", BuysFor()),
    ("buys for others as child, caregiver", BuysFor(("child", "caregiver"))),
    ('buys for others as child named "phone:+972521234567"', BuysFor("child", "phone:+972521234567")),
    ("inferred has_infant", Inferred("has_infant")),
    ('inferred city = "חיפה" confidence 0.9', Inferred("city", "חיפה", 0.9)),
    ("inferred pet = no", Inferred("pet", False)),
    ("need dryness", NeedServed("dryness")),
    ("need dryness within 90d", NeedServed("dryness", Span(90))),
    ("last 3 email messages none opened", LastMessages(3, "none", "opened")),
    ("last 3 sms messages all clicked with machines", LastMessages(3, "all", "clicked", Channel.SMS, strict=False)),
    ("playbook PB2", InPlaybook("PB2")),
    ("playbook PB2 now", InPlaybook("PB2")),
    ("playbook PB2 ever within 30d", InPlaybook("PB2", "ever", days(30))),
    ("\u200fgroup\u200f risk\u202c \u200f", RISK),
]  # fmt: skip


@pytest.mark.parametrize(("text", "rule"), [*WRITTEN, *READ])
def test_text_is_read_as_the_rule_it_says(text: str, rule: Rule) -> None:
    assert from_text(text) == rule
    assert from_text(to_text(rule)) == rule


@pytest.mark.parametrize(("text", "rule"), WRITTEN)
def test_rules_are_written_as_people_would(text: str, rule: Rule) -> None:
    assert to_text(rule) == text


@given(rules_made.RULES)
def test_what_is_written_is_read_back_the_same_rule(rule: Rule) -> None:
    assert from_text(to_text(rule)) == rule


WRONG: list[tuple[str, str]] = [
    ("", "column 1: expected a leaf, as group risk or bought within 30d, but there is the end"),
    ("gruop risk", "column 1: expected a leaf, as group risk or bought within 30d, but there is 'gruop'; did you mean"),
    ("group", "column 6: expected the key of a group, but there is the end"),
    ("group risk and", "column 15: expected a leaf"),
    ("group and fresh", "column 7: expected the key of a group, but there is 'and'"),
    ("fresh fresh", "column 7: expected and, or, or the end, but there is 'fresh'"),
    ("not fresh adn vip", "column 11: expected and, or, or the end, but there is 'adn'; did you mean and?"),
    ("(did x or not fresh) adn fresh", "column 22: expected and, or, or the end, but there is 'adn'; did you mean"),
    ("any(nobody and everyone nad", "but there is 'nad'; did you mean and?"),
    ("bought categroy x", "but there is 'categroy'; did you mean category?"),
    ("any(did x wher a = 1)", "column 11: expected ) or and, or, but there is 'wher'; did you mean where?"),
    ("(fresh", "column 7: expected ) or and, or, but there is the end"),
    ("all fresh", "column 5: expected (, but there is 'fresh'"),
    ('trait city = "חיפה', 'column 14: a text is opened by " and never closed'),
    ("fresh ! fresh", "column 7: '!' means nothing here"),
    ("trait city matches x", "column 12: rules read no regular expressions, so there is no 'matches'; write contains"),
    (
        "trait city contain x",
        (
            "column 12: expected a comparison: =, !=, <, <=, >, >=, in, contains, between or is set, "
            "but there is 'contain'; did you mean contains?"
        ),
    ),
    ('trait city "="', "column 12: expected a comparison"),
    ("trait city = and", "column 14: expected a value, but there is 'and'"),
    ("trait city = (a", "column 16: expected ), but there is the end"),
    ("trait a = 1 told bye", "column 18: expected within, but there is 'bye'"),
    ("age between 60 or 70", "column 16: expected and, but there is 'or'"),
    (
        "stage = returnig",
        (
            "column 9: expected one of joined, not_yet, first_time, returning, loyal, lapsing, dormant, "
            "but there is 'returnig'; did you mean returning?"
        ),
    ),
    ("cell 34*", "column 6: expected a cell: three of 1, 2, 3 or *, but there is '34*'"),
    ("r > 2", "column 3: expected =, in or moved, but there is '>'"),
    ("r = 1.5", "column 5: expected a score, a whole number, not 1.5"),
    ("r moved x to 2", "column 9: expected the score it moved from, or to, but there is 'x'"),
    ("was in risk within 3d", "column 8: expected group or cell, but there is 'risk'"),
    ("was in group risk or fresh", "column 22: expected within, but there is 'fresh'"),
    ("consent to smss", "column 12: expected a channel: sms, whatsapp, email, but there is 'smss'; did you mean sms?"),
    ("anniversary 3h before", "column 13: expected days, not 3 hours"),
    ("elapsed since last_ordr", "but there is 'last_ordr'; did you mean last_order?"),
    ("bought within 30q", "column 15: '30q' is not a span of time; write for example 90d"),
    ('bought within "30d"', "column 15: expected a span of time, as 30d"),
    ("bought price 3", "column 14: expected from or to, but there is '3'"),
    ("bought since yesterday", "column 14: 'yesterday' is no time; write 2026-03-01T10:00:00+02:00"),
    ("bought then fresh", "column 13: expected bought or did, but there is 'fresh'"),
    ("bought then did x", "column 18: expected within, but there is the end"),
    ("share x 0 1", "column 11: expected to, but there is '1'"),
    ("share x a to 1", "column 9: expected a number, but there is 'a'"),
    ("(" * 150 + "fresh" + ")" * 150, "column 101: deeper than 50"),
    ("not " * 20_000 + "fresh", "deeper than 50"),
    ("fresh or " * 12_000 + "fresh", "the rule is 108005 letters long; at most 100000 are read"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "said"), WRONG)
def test_what_is_wrong_is_said_by_its_column(text: str, said: str) -> None:
    with pytest.raises(RuleTextError) as refused:
        from_text(text)
    assert said in str(refused.value)


def test_every_example_of_the_page_is_a_rule_that_can_be_asked() -> None:
    page = PAGE.read_text(encoding="utf-8").split("## As text")[1].split("\n## ")[0]
    examples = re.findall(r"^\| `(.+?)` \|", page, re.MULTILINE)
    assert len(examples) > 25
    for example in examples:
        rule = from_text(example)
        check(rule)
        assert from_text(to_text(rule)) == rule
