"""SEG-10: a rule that could never be answered as meant is refused when it is defined, by its path."""

from datetime import UTC, datetime
from time import perf_counter

import pytest

from ritorno.core.events import Channel
from ritorno.core.ids import BrandId, SegmentKey
from ritorno.core.inferences import Inference
from ritorno.core.instants import Span, Unit, days, hours, months
from ritorno.core.journeys.way import Words
from ritorno.core.near import meant
from ritorno.core.needs import Need
from ritorno.core.plan import Brand, Plan, Policy, Segment
from ritorno.core.scores.cuts import Scheme
from ritorno.core.segments.check import RuleError, check, segments_named
from ritorno.core.segments.rule import (
    All,
    Anniversary,
    Any,
    Bought,
    BuysFor,
    CellIs,
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
    ScoreMoved,
    Share,
    Then,
    TraitIs,
    WasIn,
    Where,
)
from ritorno.core.trait_values import Choice, TraitKind
from ritorno.core.traits import TraitDefinition

NAME = Words("שם", "name")
WALKER = Choice("walker", Words("הליכון", "walker"))
TRAITS = (
    TraitDefinition("born", TraitKind.DATE, NAME),
    TraitDefinition("children", TraitKind.NUMBER, NAME),
    TraitDefinition("member", TraitKind.YES_NO, NAME),
    TraitDefinition("needs", TraitKind.LIST, NAME, (WALKER,)),
    TraitDefinition("product", TraitKind.CHOICE, NAME, (WALKER,)),
    TraitDefinition("town", TraitKind.TEXT, NAME),
)
VIP = Segment(SegmentKey("vip"), 1, NAME, All((InSegment("big"), Fresh())))
BIG = Segment(SegmentKey("big"), 1, NAME, FactIs("spend", ">", 1))


def plan(*, tiers: tuple[int, int] | None = None, strict: bool = False) -> Plan:
    brand = Brand(BrandId(1), "t", "Almog", strict_traits=strict)
    policy = Policy(keeps_behaviour=days(90), tiers=tiers)
    return Plan(brand, Scheme(), policy, segments=(VIP, BIG), traits=TRAITS, needs=(DRYNESS,), inferences=(INFANT,))


DRYNESS = Need("dryness", Words("יובש", "Dryness"), categories=("ספיגה",))
INFANT = Inference("diapers", "has_infant", Bought(sku="D1"))


FRESH = Fresh()
CLICKED, AT = Did(event="message_clicked"), datetime(2026, 3, 1, tzinfo=UTC)
WRONG: list[tuple[Rule, str]] = [
    (GroupIs(("riks",)), "there is no group 'riks'; did you mean risk?"),
    (GroupIs(()), "names no group"),
    (CellIs(()), "names no cell"),
    (ScoreMoved("r", 2, 2), "a score moves to 1, 2 or 3 from another"),
    (ScoreMoved("r", 0), "a score moves to 1, 2 or 3"),
    (ScoreMoved("r", 2, within=days(0)), "within is 0 days; a span is 1 or more"),
    (WasIn(days(9)), "was in what?"),
    (WasIn(days(9), ("stras",)), "did you mean stars?"),
    (WasIn(days(9), (), ("4**",)), "'4**' is no cell"),
    (WasIn(Span(101, Unit.YEARS), ("risk",)), "within is 101 years; a span is at most 100 years"),
    (Reachable(()), "reachable by what?"),
    (Share("", 0, 1), "has no name"),
    (Share("x", 0.5, 1.2), "the share from 0.5 to 1.2 is none"),
    (Share("x", 0.5, 0.5), "the share from 0.5 to 0.5 is none"),
    (Share("x", float("nan"), 1), "is none"),
    (FactIs("ordres", ">", 1), "there is no fact 'ordres'; did you mean orders?"),  # type: ignore[arg-type]
    (FactIs("orders", "contains", "1"), "orders is a number"),
    (FactIs("orders", ">", float("inf")), "orders is a number"),
    (FactIs("stage", "=", "returned"), "stage is never 'returned'; did you mean returning?"),
    (FactIs("stage", "in", ("loyal", "x")), "stage is never 'x'; there are dormant"),
    (FactIs("orders", ">", 1, sku="a"), "orders is not counted by product; only buyer, ever"),
    (FactIs("ever", ">", 1, category=""), "sku or category is empty"),
    (FactIs("age", "between", (75, 60)), "between 75 and 60 is nothing"),
    (FactIs("age", "between", (60, 70, 80)), "between takes two values"),
    (FactIs("age", "between", 60), "between takes two values"),
    (FactIs("age", "in", ()), "in takes a list of one value or more"),
    (FactIs("age", "in", tuple(range(10_001))), "in takes at most 10000 values"),
    (FactIs("age", "=", (1, 2)), "= takes one value, not a list; for several write in"),
    (FactIs("age", "set", 1), "leave 1 out"),
    (FactIs("age", ">", None), "> what?"),
    (TraitIs("city", "matches", "^ח"), "rules read no regular expressions, so there is no 'matches'; write contains"),  # type: ignore[arg-type]
    (TraitIs("city", "contain", "ח"), "there is no comparison 'contain'; did you mean contains?"),  # type: ignore[arg-type]
    (TraitIs("city", "contains", ""), "contains nothing is true of every text"),
    (TraitIs("city", "contains", 3), "contains looks for text, not for 3"),
    (TraitIs("city", "between", (1, "2")), "only numbers can be compared by size, and dates as 2026-03-01"),
    (TraitIs("city", ">", "2026-02-30"), "and dates as 2026-03-01; > '2026-02-30' cannot"),
    (TraitIs("city", "=", "x", source=""), "source is empty"),
    (TraitIs("", "set"), "names no trait"),
    (TraitIs("x" * 9, "<", "y" * 60), "yyy… cannot"),
    (Anniversary(days=0), "days is 0; it is 1 to 365"),
    (Anniversary(days_before=-1), "days_before is -1"),
    (Elapsed(at_least=days(1)), "elapsed since what?"),
    (Elapsed("joined", "born", at_least=days(1)), "elapsed since what?"),
    (Elapsed("joined"), "elapsed how long?"),
    (Elapsed("joined", at_least=days(30), below=months(1)), ""),
    (Elapsed("joined", at_least=days(31), below=months(1)), "leaves nothing from at_least 31 days on"),
    (Elapsed("joined", at_least=days(30), below=days(30)), "leaves nothing from at_least 30 days on"),
    (Bought(within=days(7), older_than=hours(168)), "within 7 days but older_than 168 hours: nothing is in"),
    (Bought(within=days(7), older_than=hours(167)), ""),
    (Bought(since=AT, until=AT), "until is not after since"),
    (Bought(since=AT.replace(tzinfo=None)), "since is 2026-03-01T00:00:00, which names no time zone"),
    (Bought(at_least=3, at_most=2), "at_least 3 is above at_most 2"),
    (Bought(at_most=-1), "at_most must be 0 or more"),
    (Bought(at_most=0), ""),
    (Bought(measure="spend", at_least=0), ""),
    (Bought(measure="spend", at_least=float("nan")), "at_least is nan; give a number"),
    (Bought(price_from=3, price_to=2), "price_from 3 is above price_to 2"),
    (Bought(total_from=3, total_to=2), "total_from 3 is above total_to 2"),
    (Bought(total_from=3, total_to=3), ""),
    (Bought(category=()), "category is empty"),
    (Bought(sku=("a", "")), "sku is empty"),
    (Did(event=""), "did what?"),
    (Did(event="order"), "'order' is no behaviour; ask by bought"),
    (Did(event="x", measure="sum"), "sum and average take the property"),
    (Did(event="x", property="y"), "sum and average take the property"),
    (Did(event="x", where=(Where("", "set"),)), "where[0]: names no property"),
    (Did(event="x", where=(Where("a", "set"), Where("b", "<", "c"))), "where[1]: only numbers can be compared by size"),
    (Then(Bought(at_least=2), CLICKED, days(2)), "first: its measure would not be asked"),
    (Then(CLICKED, Bought(measure="spend"), days(2)), "then: its measure would not be asked"),
    (Then(CLICKED, Did(event="x", measure="sum", property="y"), days(2)), "then: its measure would not be asked"),
    (Then(CLICKED, Did(event="order"), days(2)), "then: 'order' is no behaviour"),
    (Then(CLICKED, Bought(within=days(1)), days(2)), "then: its window would not be asked"),
    (Then(Bought(within=days(0)), CLICKED, days(2)), "within is 0 days"),
    (Then(Bought(within=days(9)), Bought(), days(200)), ""),
    (Interest("vitamins", 0), "at_least must be 1 or more; for none write not"),
    (
        Interest("vitamins", 2, state="fading"),
        "at_least and within are not asked of fading; leave them out, or leave state out",
    ),
    (BuysFor("dauhgter"), "there is no role 'dauhgter'; there are caregiver, child, other, parent, partner"),
    (BuysFor(("child", "parnt")), "there is no role 'parnt'; did you mean parent"),
    (BuysFor(()), "an empty list fits nobody; leave it out"),
    (BuysFor("child", ("moshe",)), ""),
    (Inferred(""), "infers no trait; name one"),
    (Inferred("x", confidence=1.5), "confidence is 1.5; it is between 0 and 1"),
    (Inferred("x", float("inf")), "inf is no number that a trait can be"),
    (NeedServed("x", days(0)), "within is 0 days"),
    (LastMessages(0, "all", "opened"), "count is 0; it is 1 to 100"),
    (InPlaybook("PB2", within=days(3)), 'within is asked of when "ever" only'),
    (All((Any(()), All(()))), ""),
    (FactIs("age", ">", 10**16), "age is a number"),
    (Bought(measure="spend", at_least=10**16), "give a number up to 1,000,000,000,000,000"),
    (Bought(total_to=10**16), "total_from and total_to are numbers up to"),
    (InSegment("a\x00"), "holds a letter that is none"),
    (TraitIs("city", "=", "\ud800"), "holds a letter that is none"),
]  # fmt: skip
AGAINST_THE_PLAN: list[tuple[Rule, str]] = [
    (InSegment("vpi"), "there is no segment 'vpi'; did you mean vip?"),
    (InSegment("qqqq"), "there is no segment 'qqqq'; there are big, vip"),
    (InSegment("vip"), ""),
    (InPlaybook("PB9"), "there is no playbook 'PB9'; there are none yet"),
    (FactIs("value_tier", "=", "A"), "there are no cuts of value; set the policy's tiers"),
    (NeedServed("drynes"), "there is no need 'drynes'; did you mean dryness?; define one: ritorno needs define"),
    (NeedServed("dryness"), ""),
    (Inferred("infant"), "nothing infers 'infant'; did you mean has_infant?; define it: ritorno inferences define"),
    (Inferred("has_infant"), ""),
    (Did(event="x", within=days(90)), ""),
    (Did(event="x", within=months(3)), "within is 3 months, but behaviour is kept 90 days; ask at most 90 days"),
    (Did(event="x", older_than=days(91)), "older_than is 91 days, but behaviour is kept 90 days"),
    (Did(event="x"), ""),
    (Then(CLICKED, Bought(), days(91)), "within is 91 days, but behaviour is kept 90 days"),
    (Then(Did(event="x", within=days(91)), Bought(), days(9)), "within is 91 days, but behaviour is kept 90 days"),
    (Then(Bought(), Bought(), days(91)), ""),
    (TraitIs("born", ">", 3), "born is a date; compare it with one, as 2026-03-01"),
    (TraitIs("born", "between", ("1960-01-01", "1970-01-01")), ""),
    (TraitIs("children", "=", "3"), "children is a number; compare it with one"),
    (TraitIs("member", "=", "yes"), "member is true or false; compare it by = or !="),
    (TraitIs("member", "=", True), ""),
    (TraitIs("town", ">", "2026-01-01"), "town is text"),
    (TraitIs("needs", "<", 3), "needs is a list; compare it by =, !=, in, contains or set"),
    (TraitIs("needs", "=", "walkr"), "needs is never 'walkr'; did you mean walker?"),
    (TraitIs("product", "in", ("walker", "x")), "product is never 'x'; there are walker"),
    (TraitIs("product", "=", "walker"), ""),
    (TraitIs("unheard", "=", 3), ""),
    (Anniversary("town"), "town is a text, not a date"),
    (Anniversary("born"), ""),
    (Elapsed(trait="town", below=days(1)), "town is a text, not a date"),
]  # fmt: skip


def refusal(rule: Rule, plan: Plan | None = None, key: str = "", playbook: str = "") -> str:
    try:
        check(rule, plan, key=key, playbook=playbook)
    except RuleError as error:
        return str(error)
    return ""


@pytest.mark.parametrize(("rule", "said"), WRONG)
def test_seg_10_what_is_wrong_with_a_leaf_is_said_with_what_would_be_right(rule: Rule, said: str) -> None:
    told = refusal(rule)
    assert said in told
    assert bool(said) is bool(told)


@pytest.mark.parametrize(("rule", "said"), AGAINST_THE_PLAN)
def test_seg_12_a_rule_is_held_against_what_the_brand_has_defined(rule: Rule, said: str) -> None:
    told = refusal(All((Fresh(), Not(rule))), plan())
    assert said in told
    assert bool(said) is bool(told)
    assert not told or told.startswith("rule.rules[1].rule: ")
    assert refusal(rule) == ""


def test_a_brand_that_is_strict_asks_for_no_trait_it_has_not_defined() -> None:
    strict = plan(strict=True)
    assert "there is no trait 'twon'; did you mean town?" in refusal(TraitIs("twon", "set"), strict)
    assert refusal(TraitIs("first_name", "set"), strict) == ""


def test_value_tiers_can_be_asked_once_they_are_cut() -> None:
    assert refusal(FactIs("value_tier", "=", "A"), plan(tiers=(200_000, 50_000))) == ""


def test_segments_in_a_circle_are_named_in_their_order() -> None:
    assert "segments in a circle: big → vip → big" in refusal(Not(InSegment("vip")), plan(), "big")
    assert "segments in a circle: fresh → fresh" in refusal(InSegment("fresh"), plan(), "fresh")
    assert refusal(All((InSegment("vip"), InSegment("big"), Fresh())), plan(), "fresh") == ""
    assert segments_named(Any((InSegment("b"), Not(InSegment("a")), InSegment("b")))) == ("b", "a")


def test_a_playbook_may_ask_for_itself() -> None:
    assert refusal(InPlaybook("PB9", "ever"), plan(), playbook="PB9") == ""
    assert "no segment" in refusal(InSegment("PB9"), plan(), playbook="PB9")
    assert "no playbook" in refusal(InPlaybook("one"), plan(), key="one")


def test_small_segments_that_name_each_other_do_not_make_one_that_nobody_can_be_asked() -> None:
    doubled = [Segment(SegmentKey("s0"), 1, NAME, Fresh())]
    for number in range(1, 12):
        twice = All((InSegment(f"s{number - 1}"), InSegment(f"s{number - 1}")))
        doubled.append(Segment(SegmentKey(f"s{number}"), 1, NAME, twice))
    grown = Plan(Brand(BrandId(1), "t", "Almog"), Scheme(), segments=tuple(doubled))
    assert refusal(InSegment("s10"), grown) == ""
    assert "rule is 24 parts deep and 8190 in all; at most 100 and 5000" in refusal(InSegment("s11"), grown)
    assert "s10 is 22 parts deep and 6141 in all" in refusal(All((Fresh(), Fresh())), grown, "s0")


def test_segments_that_name_each_other_are_no_deeper_than_can_be_asked() -> None:
    inner = Segment(SegmentKey("inner"), 1, NAME, deep(45))
    outer = Segment(SegmentKey("outer"), 1, NAME, deep(47, InSegment("inner")))
    chain = Plan(Brand(BrandId(1), "t", "Almog"), Scheme(), segments=(inner, outer))
    assert refusal(deep(5, InSegment("outer")), chain) == ""
    assert "rule is 105 parts deep and 105 in all" in refusal(deep(10, InSegment("outer")), chain)


def deep(levels: int, rule: Rule = FRESH) -> Rule:
    for _ in range(levels):
        rule = Not(rule)
    return rule


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (deep(49), ""),
        (deep(50), "deeper than 50"),
        (deep(100_000), "deeper than 50"),
        (All(tuple(Fresh() for _ in range(10_000))), "10000 parts and more; at most 1000"),
        (All(tuple(Fresh() for _ in range(999))), ""),
        (All(tuple(All(tuple(Fresh() for _ in range(500))) for _ in range(500))), "more than 1000 parts"),
    ],
    ids=["deep", "too deep", "abyss", "wide", "as wide as may be", "bushy"],
)
def test_a_tree_of_any_size_is_answered_at_once(rule: Rule, said: str) -> None:
    started = perf_counter()
    told = refusal(rule)
    assert perf_counter() - started < 0.5
    assert said in told
    assert bool(said) is bool(told)


def test_channels_and_counts_of_messages_pass() -> None:
    assert refusal(LastMessages(3, "none", "clicked", Channel.SMS, strict=False), plan()) == ""


def test_however_long_a_name_is_the_refusal_is_short() -> None:
    assert len(refusal(GroupIs(("x" * 100_000,)))) < 400


def test_many_names_are_not_all_told() -> None:
    assert meant("zzz", [f"a{n}" for n in range(20)]).endswith(", …")
