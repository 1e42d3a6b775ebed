"""Cuts of recency by what a customer mostly buys (SCO-06), and the cool-downs beside them (SCO-10)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from ritorno.core.decisions import ScoreMoved
from ritorno.core.events import Event, Line
from ritorno.core.instants import NEVER, Instant, Span, days, months
from ritorno.core.plan import Plan, Policy
from ritorno.core.scores.cuts import Scheme, SchemeError, check
from ritorno.core.scores.explain import explain, in_words
from ritorno.core.scores.presets import PRESETS, preset
from ritorno.core.segments.live import ask
from ritorno.core.segments.rule import Fresh
from ritorno.core.view import view_of
from ritorno.testing import JERUSALEM, Person, at, shop
from tests.core.histories import folded, instants, lives

CAPSULES, MACHINES = (Line("C1", category="coffee capsules"),), (Line("M1", category="machines"),)
OWN = {"coffee capsules": (days(20), days(45))}


def plan_of(by_category: dict[str, tuple[Span, Span]], policy: Policy | None = None) -> Plan:
    plan = shop(policy=policy)
    return replace(plan, scheme=replace(plan.scheme, version=2, by_category=by_category))


PLAN = plan_of(OWN)


def words(person: Person, when: str, language: str = "en") -> str:
    told = explain(person.customer, person.plan, at(when))
    return "; ".join(in_words(told, person.plan, language))


def test_sco_06_dana_of_the_capsules_is_r1_and_avi_of_the_machines_r2_after_fifty_days() -> None:
    dana = Person(PLAN).buys("2026-01-10T10:00", 90, lines=CAPSULES)
    avi = Person(PLAN).buys("2026-01-10T10:00", 900, lines=MACHINES)
    for person, recency in ((dana, 1), (avi, 2)):
        assert person.lives_until("2026-03-01T10:00").customer.scores.r == recency
    assert "R1: 45 days since" in words(dana, "2026-03-01T10:00")
    assert "by the cuts of coffee capsules, 20 days and 45 days, v2" in words(dana, "2026-03-01T10:00")
    assert "by the shop's cuts, 30 days and 90 days, v2" in words(avi, "2026-03-01T10:00")
    assert "לפי ספי הקטגוריה coffee capsules, 20 ימים ו-45 ימים, גרסה 2" in words(dana, "2026-03-01T10:00", "he")


def test_sco_06_time_moves_the_score_at_the_categorys_own_instant_and_says_so() -> None:
    dana = Person(PLAN).buys("2026-01-10T10:00", 90, lines=CAPSULES)
    assert dana.customer.due_at == at("2026-01-30T10:00")
    dana.lives_until("2026-03-01")
    moves = [each for each in dana.life.decisions if isinstance(each, ScoreMoved) and each.axis == "r"]
    assert [(each.after, each.at, each.cause) for each in moves[1:]] == [
        (2, at("2026-01-30T10:00"), "elapsed 20 days"),
        (1, at("2026-02-24T10:00"), "elapsed 45 days"),
    ]


@pytest.mark.parametrize(
    ("bought", "recency"),
    [
        ((CAPSULES, MACHINES, CAPSULES), 1),
        ((MACHINES, CAPSULES, CAPSULES), 1),
        ((CAPSULES, CAPSULES, MACHINES), 1),  # two against one
        ((CAPSULES, MACHINES), 2),  # one each: machines were bought last
        ((MACHINES, CAPSULES), 1),
        ((CAPSULES + MACHINES,), 1),  # in one order: the first by name
        ((CAPSULES, CAPSULES * 3 + MACHINES, MACHINES, MACHINES), 2),  # orders count, not lines
        (((Line("X"),),), 2),  # of no category
        (((),), 2),
    ],
)
def test_sco_06_the_dominant_category_is_that_of_the_most_orders(
    bought: tuple[tuple[Line, ...], ...], recency: int
) -> None:
    person = Person(PLAN)
    for days_before, lines in zip(reversed(range(len(bought))), bought, strict=True):
        person.buys(f"2026-01-{10 - days_before:02}T10:00", 90, lines=lines)
    assert person.lives_until("2026-03-01T10:00").customer.scores.r == recency


def test_sco_06_as_orders_leave_the_window_another_category_may_be_the_dominant_one() -> None:
    plan = replace(PLAN, scheme=replace(PLAN.scheme, window=days(180)))
    person = Person(plan).buys("2025-09-01T10:00", 90, lines=MACHINES).buys("2025-09-02T10:00", 90, lines=MACHINES)
    person.buys("2026-01-10T10:00", 90, lines=CAPSULES).lives_until("2026-02-27T09:59")
    assert person.customer.scores.r == 2
    person.lives_until("2026-02-28T10:00")  # one each now, and capsules are the last
    assert person.customer.scores.r == 1
    moved = [each for each in person.life.decisions if isinstance(each, ScoreMoved) and each.axis == "r"][-1]
    assert (moved.after, moved.at, moved.cause) == (1, at("2026-02-28T10:00"), "left the window of 180 days")


@given(lives(), st.lists(instants(), min_size=1, max_size=4), st.integers(1, 60), st.booleans())
def test_until_the_instant_that_is_told_nothing_moves(
    told: list[Event], moments: list[Instant], newer: int, is_short: bool
) -> None:
    """SCO-06, with a window that orders leave."""
    plan = plan_of({"home": (days(newer), days(2 * newer)), "garden": (days(3), months(2))})
    if is_short:
        plan = replace(plan, scheme=replace(plan.scheme, window=days(90)))
    customer = folded(told)
    for now in moments:
        view = view_of(customer, plan, now)
        if view.scores_change != NEVER:
            assert view_of(customer, plan, Instant(view.scores_change - 1)).scores == view.scores


@pytest.mark.parametrize(
    ("by_category", "says"),
    [
        ({"shoes": (days(45), days(20))}, "recency of 'shoes' 45 days, 20 days: the second cut must be longer"),
        ({"shoes": (days(0), days(20))}, "recency R3 of 'shoes' is 0 days: it must be at least 1"),
        ({"": (days(20), days(45))}, "cuts of a category without its name"),
        ({"sofas": (days(90), days(500))}, "twice the R1 cut of 'sofas' of 500 days"),
    ],
)
def test_sco_06_cuts_of_a_category_that_cannot_be_are_refused_by_its_name(
    by_category: dict[str, tuple[Span, Span]], says: str
) -> None:
    with pytest.raises(SchemeError) as refused:
        check(Scheme(by_category=by_category), JERUSALEM)
    assert says in str(refused.value)
    check(Scheme(by_category=OWN), JERUSALEM)


def test_a_window_of_nothing_is_refused_once_and_not_once_for_each_category() -> None:
    with pytest.raises(SchemeError) as refused:
        check(Scheme(window=days(0), by_category=OWN), JERUSALEM)
    assert refused.value.problems == ["window is 0 days: it must be at least 1 and at most 100 years"]


def test_sco_10_shoes_are_fresh_for_14_days_and_fridges_for_30() -> None:
    plan = shop(policy=Policy(cooldowns={"shoes": days(14), "fridges": days(30)}))
    shoes, fridge = (Line("S", category="shoes"),), (Line("F", category="fridges"),)
    for lines, is_fresh in ((shoes, False), (fridge, True), (shoes + fridge, True)):
        buyer = Person(plan).buys("2026-02-14T10:00", 500, lines=lines).customer
        now = at("2026-03-01T10:00")
        assert ask(Fresh(), view_of(buyer, plan, now))[0] is is_fresh
        assert view_of(buyer, plan, now).scores.r == 3  # whatever the cool-down


def test_a_preset_is_a_beginning_by_what_a_shop_sells() -> None:
    policy = Policy(cycle=30, cycles={"capsules": 21.4})
    made = {name: preset(name, Scheme(), policy, (30_000, 90_000)) for name in PRESETS}
    assert made["fashion"].recency == (days(30), days(90))
    assert made["furniture"].recency == (days(90), days(365))
    assert made["consumables"].recency == (days(30), days(60))
    assert made["consumables"].by_category == {"capsules": (days(21), days(43))}
    assert {one.origin for one in made.values()} == {"preset"}
    for one in made.values():
        check(one, JERUSALEM)
        assert (one.orders, one.spend, one.window) == ((2, 3), (30_000, 90_000), months(24))
    assert preset("fashion", Scheme(), policy, None).spend == Scheme().spend
    assert preset("consumables", Scheme(), Policy(cycle=0.2), None).recency == (days(1), days(2))
