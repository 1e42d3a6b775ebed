"""Rules asked of everyone at once answer as each customer alone does; every leaf, by people who do things.

(The parity suite asks generated rules of generated lives; here are examples to read.)
"""

from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from ritorno.core.customer import Customer
from ritorno.core.events import Channel, Custom, Line, MessageTold, SoldVia
from ritorno.core.ids import CustomerId, MessageId
from ritorno.core.instants import NEVER, Instant, days, hours, months
from ritorno.core.plan import Plan, Policy, Segment
from ritorno.core.segments.live import ask
from ritorno.core.segments.rule import (
    All,
    Anniversary,
    Any,
    Bought,
    CellIs,
    Consented,
    Did,
    Elapsed,
    FactIs,
    Fresh,
    GroupIs,
    InPlaybook,
    InSegment,
    LastMessages,
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
)  # fmt: skip
from ritorno.core.view import view_of
from ritorno.testing import Person, at, shop
from ritorno.whole import expressions
from ritorno.whole.columns import Base
from ritorno.whole.engines import connected, rows_of
from ritorno.whole.lake_rows import rows_of as lake_rows
from ritorno.whole.members_expr import members
from ritorno.whole.tables import Engine, tables_in_memory

NOW = at("2026-03-01T12:00")
COFFEE = Line("c1", "קפה", "coffee", 2, 4_000, "Almog")
BREAD = Line("b1", "לחם", "bread", 0.7, 1_250, "Angel")


def _plan() -> Plan:
    seen = Segment("coffee", 1, {"he": "קפה", "en": "Coffee"}, Bought(category="coffee"))  # type: ignore[arg-type]
    policy = Policy(cooldowns={"bread": days(3)}, tiers=(200_000, 50_000), cycles={"coffee": 20})
    return shop(segments=(seen,), policy=policy)


def _told(number: int, name: str, channel: Channel = Channel.EMAIL, *, machine: bool = False) -> MessageTold:
    return MessageTold(name, MessageId(number), channel, machine=machine)


def _people(plan: Plan) -> list[Customer]:
    dana = Person(plan, number=7).consents("sms").is_told(city="חיפה", birth_date="1990-03-04", tags=["vip", "a,b"])
    dana.buys("2024-02-01T10:00", 300, lines=(COFFEE,), branch="tlv", sold_via=SoldVia.POS)
    dana.buys("2025-12-01T10:00", 900, lines=(COFFEE, BREAD)).buys("2026-01-10T10:00", 90, lines=(BREAD,))
    dana.buys("2026-02-27T10:00", 450, lines=(BREAD,), sold_via=SoldVia.POS, branch="hfa").lives_until("2026-02-28")
    eli = Person(plan, number=8, phone="0521234568", email="eli@eli.co.il").consents("email")
    for number in (1, 2, 3):
        eli.does(_told(number, "delivered"), f"2026-02-0{number}T09:00")
    eli.does(_told(3, "opened"), "2026-02-03T11:00").does(_told(2, "clicked"), "2026-02-10T11:00")
    eli.does(Custom("viewed", {"sku": "c1", "price": 40.5}), "2026-02-20T08:00").buys("2026-02-20T09:00", 80)
    eli.consents("email", "2026-02-21", given=False).is_told("2026-02-22", age_group=3, city='"רמת גן"')
    noa = Person(plan, number=9, phone="", email="").does(Custom("viewed", {"sku": "b1"}), "2026-02-25T08:00")
    ahead = Person(plan, number=10, phone="0521234569", email="").buys("2025-06-01T10:00", 60)
    house = Customer(CustomerId(11), house=True)
    return [dana.customer, eli.customer, noa.customer, ahead.customer, house]


RULES: dict[str, Rule] = {
    "a trait, as text": TraitIs("city", "=", "חיפה"),
    "a trait that is missing is false, unequal too": TraitIs("nothing", "!=", "x"),
    "a text with quotes holds a part": TraitIs("city", "contains", '"רמת'),
    "a list holds a text with a comma": TraitIs("tags", "contains", "a,b"),
    "a list does not hold half a text": TraitIs("tags", "=", "b"),
    "a number by size": TraitIs("age_group", ">=", 2.5),
    "a date between two": TraitIs("birth_date", "between", ("1990-01-01", "1990-12-31")),
    "told by that source, lately": TraitIs("city", "set", source="shop", told_within=days(30)),
    "within a week of the birthday": Anniversary(days_before=7, days=8),
    "permission": Consented(Channel.SMS),
    "reachable": Reachable((Channel.SMS, Channel.EMAIL)),
    "a share of all": Share("tests", 0.0, 0.5),
    "a cell by pattern": CellIs(("3**",)),
    "a group": GroupIs(("prospects", "new_buyers")),
    "a score": ScoreIs("f", (1, 2)),
    "moved up lately": ScoreMoved("r", 3, within=days(60)),
    "was among the lapsed": WasIn(days(60), cells=("1**",)),
    "spend": FactIs("spend", ">", 100_000),
    "late for its pace": FactIs("late_for_pace", "<", 0.5),
    "streak of a category": FactIs("streak", ">=", 1, category="bread"),
    "on the way": FactIs("stage", "in", ("first_time", "joined", "returning")),
    "tier": FactIs("value_tier", "=", "B"),
    "answers mail": FactIs("engagement_email", "=", "high"),
    "age": FactIs("age", "=", 35),
    "last bought at a till": FactIs("last_sold_via", "=", "pos"),
    "last order 2 days ago": Elapsed("last_order", at_least=days(2), below=days(3)),
    "born 30 years ago or more": Elapsed(trait="birth_date", at_least=months(360)),
    "fresh": Fresh(),
    "twice in a year": Bought(within=months(12), at_least=2),
    "coffee, two years ago": Bought(category="coffee", older_than=months(24)),
    "so much bread": Bought(measure="quantity", sku="b1", at_least=2.1),
    "spent on bread at most": Bought(measure="spend", category=("bread", "cake"), at_least=1, at_most=3_000),
    "viewed": Did(event="viewed", where=(Where("price", ">", 40),), within=days(10)),
    "viewed and bought within two hours": Then(Did(event="viewed"), Bought(), hours(2)),
    "viewed and did not buy in a day": Then(Did(event="viewed", within=days(7)), Bought(), days(1), never=True),
    "opened one of the last two": LastMessages(2, "any", "opened"),
    "in another segment": InSegment("coffee"),
    "in a playbook": InPlaybook("PB2"),
    "nested": All((Not(GroupIs(("prospects",))), Any((Bought(within=days(30)), Consented(Channel.SMS))))),
    "all of nothing": All(()),
}


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with connected() as opened:
        yield opened


def _base(engine: Engine, plan: Plan, people: list[Customer], now: Instant) -> Base:
    """As the lake has them from NOW, asked about another instant."""
    return Base(tables_in_memory(engine, lake_rows(people, plan, NOW)), plan, now)


@pytest.mark.parametrize("when", ["2026-03-01T12:00", "2026-02-21T00:00", "2025-12-02T10:00", "2026-05-20T10:00"])
def test_everyone_answers_at_any_instant_as_each_alone_does(engine: Engine, when: str) -> None:
    """SEG-09: the same rule, read twice; past instants see only what had occurred."""
    plan, now = _plan(), at(when)
    people = _people(plan)
    names = {f"a{index}": rule for index, rule in enumerate(RULES.values())}
    rows = rows_of(engine, expressions.answers(names, _base(engine, plan, people, now)))
    found = {row["customer_id"]: row for row in rows}
    assert sorted(found) == [7, 8, 9, 10], "the house account is nobody"
    for customer in people[:-1]:
        view = view_of(customer, plan, now)
        live = {says: ask(rule, view)[0] for says, rule in RULES.items()}
        whole = {says: found[customer.id][name] for says, name in zip(RULES, names, strict=True)}
        assert whole == live


def test_the_examples_tell_leaves_apart(engine: Engine) -> None:
    """Each example is true of somebody and false of somebody (but the ones that say otherwise)."""
    plan = _plan()
    names = {f"a{index}": rule for index, rule in enumerate(RULES.values())}
    rows = rows_of(engine, expressions.answers(names, _base(engine, plan, _people(plan), NOW)))
    same = {says for says, name in zip(RULES, names, strict=True) if len({row[name] for row in rows}) == 1}
    assert same == {
        "a trait that is missing is false, unequal too",
        "a list does not hold half a text",
        "in a playbook",
        "all of nothing",
    }


def test_a_change_is_told_in_time(engine: Engine) -> None:
    """Never after the one that each customer alone has, and never now."""
    plan = _plan()
    people = _people(plan)
    base = _base(engine, plan, people, NOW)
    asked = [RULES[says] for says in ("nested", "fresh", "was among the lapsed", "late for its pace", "age")]
    for rule in asked:
        for row in rows_of(engine, expressions.next_change(rule, base)):
            customer = next(each for each in people if each.id == row["customer_id"])
            told = NEVER if row["next_change"] is None else row["next_change"]
            assert NOW < told <= ask(rule, view_of(customer, plan, NOW))[1], (rule, customer.id)


def test_members_are_those_who_answer_yes(engine: Engine) -> None:
    plan = _plan()
    base = _base(engine, plan, _people(plan), NOW)
    rule = RULES["fresh"]
    found = {row["customer_id"] for row in rows_of(engine, members(rule, base))}
    assert found == {7, 8}


def test_leaves_of_one_table_share_a_scan_and_a_grouping(engine: Engine) -> None:
    """The cost of a rule is that of the tables that it reads, not of its leaves."""
    plan = _plan()
    base = _base(engine, plan, _people(plan), NOW)
    leaves = tuple(Bought(within=days(span), at_least=2) for span in range(1, 30))
    query = engine.compile(expressions.answers({"all": All(leaves), "any": Any(leaves)}, base))
    assert query.count("GROUP BY") == 1
    assert engine.compile(expressions.answers({"told": TraitIs("city", "set")}, base)).count("JOIN") == 0


def test_scores_counted_again_go_by_the_cuts_of_the_category(engine: Engine) -> None:
    """SCO-06: where R's spans differ by what a customer mostly buys."""
    plan = _plan()
    people = _people(plan)
    own = replace(plan.scheme, version=2, by_category={"coffee": (days(1), days(2)), "bread": (days(200), days(300))})
    cut = replace(plan, scheme=own)
    for when in ("2026-03-01T12:00", "2026-01-05T10:00", "2026-08-01T10:00"):
        base = Base(tables_in_memory(engine, lake_rows(people, plan, NOW)), cut, at(when))
        rules: dict[str, Rule] = {f"r{score}": ScoreIs("r", (score,)) for score in (1, 2, 3)}
        for row in rows_of(engine, expressions.answers(rules, base)):
            view = view_of(next(each for each in people if each.id == row["customer_id"]), cut, at(when))
            assert {name: row[name] for name in rules} == {name: ask(rule, view)[0] for name, rule in rules.items()}


def test_a_rule_that_asks_one_table_often_reads_it_once(engine: Engine) -> None:
    """Few questions of a table are sets of its rows; many are one scan and one grouping."""
    plan = _plan()
    base = _base(engine, plan, _people(plan), NOW)
    leaves = tuple(Bought(within=days(span), at_least=2) for span in range(1, 30))
    assert engine.compile(members(All(leaves[:2]), base)).count("SEMI JOIN") == 2
    assert engine.compile(members(All(leaves), base)).count("GROUP BY") == 1
