"""What feeds an interest, how strong it is, and what is refused when one is defined (ENG-04, SEG-16)."""

from fnmatch import fnmatchcase
from math import isclose

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritorno.core.customer import Customer, Did
from ritorno.core.events import Channel, Custom, MessageTold
from ritorno.core.ids import EventId, MessageId, SegmentKey
from ritorno.core.instants import Span, Unit, days
from ritorno.core.interest_problems import problems
from ritorno.core.interests import InterestDefinition, ProductType, Strength, Watched, feeds, matches, strengths
from ritorno.core.journeys.way import Words
from ritorno.core.plan import Plan, Policy, Segment
from ritorno.core.segments.check import RuleError, check
from ritorno.core.segments.rule import Interest, Where
from ritorno.testing import Person, at, shop
from tests.core.segments.watching import turns

VITAMINS = InterestDefinition("vitamins", Words("ויטמינים", "Vitamins"), links=("*vitamins*",), categories=("v",))
COURSES = InterestDefinition("courses", Words("קורסים", "Courses"), product_type=ProductType.DIGITAL)


def plan_with(*interests: InterestDefinition, rule: Interest | None = None) -> Plan:
    segments = () if rule is None else (Segment(SegmentKey("it"), 1, Words("כן", "it"), rule),)
    policy = Policy(product_types={"c": ProductType.DIGITAL})
    return msgspec.structs.replace(shop(segments=segments, policy=policy), interests=interests)


def clicks(person: Person, link: str, when: str, number: int = 1, *, machine: bool = False) -> Person:
    return person.does(MessageTold("clicked", MessageId(number), Channel.SMS, machine, link=link), when)


def strengths_of(person: Person, when: str) -> list[Strength]:
    plan = person.plan
    return strengths(plan.interests, person.customer, plan.policy.product_types, at(when), plan.tz)


def test_seg_16_three_clicks_in_thirty_days_are_a_strength_of_three_and_ninety_idle_days_fade() -> None:
    three = Person(plan_with(VITAMINS, rule=Interest("vitamins", 3, days(30))))
    fades = Person(plan_with(VITAMINS, rule=Interest("vitamins", state="fading")))
    for person in (three, fades):
        for number, day in enumerate(("2026-01-10", "2026-01-20", "2026-02-01")):
            clicks(person, "vitamins", f"{day}T10:00", number)
    assert turns(three, "2026-12-01") == ["+2026-02-01T10:00:01", "-2026-02-09T10:00:00"]
    assert turns(fades, "2026-12-01") == ["+2026-05-02T10:00:00"]
    assert [(each.times, each.fading) for each in strengths_of(three, "2026-02-02")] == [(3, False)]
    assert [(each.times, each.fading) for each in strengths_of(three, "2026-05-02T10:00")] == [(0, True)]


def test_seg_16_the_type_of_a_product_is_an_interest_whichever_category_it_is_in() -> None:
    person = Person(plan_with(COURSES, rule=Interest("courses")))
    person.does(Custom("product_viewed", {"category": "c"}), "2026-01-01T10:00")
    assert turns(person, "2026-01-02") == ["+2026-01-01T10:00:00"]
    person = Person(plan_with(COURSES, rule=Interest("courses")))
    person.does(Custom("product_viewed", {"product_type": "physical", "category": "x"}), "2026-01-01T10:00")
    person.does(Custom("product_viewed", {"product_type": "digital", "category": "x"}), "2026-01-03T10:00")
    assert turns(person, "2026-01-04") == ["+2026-01-03T10:00:00"]


def test_eng_04_a_scanner_that_opens_every_link_gives_none_and_a_person_ten_seconds_later_does() -> None:
    person = Person(plan_with(VITAMINS, rule=Interest("vitamins")))
    clicks(person, "vitamins", "2026-02-01T09:59:50.000")
    clicks(person, "shoes", "2026-02-01T09:59:50.400")
    clicks(person, "optout", "2026-02-01T09:59:50.900")
    clicks(person, "vitamins", "2026-02-01T10:00:00")
    assert turns(person, "2026-02-01T10:00:02") == ["+2026-02-01T10:00:01"]


def test_what_fed_it_weighs_half_after_its_half_life() -> None:
    person = clicks(Person(plan_with(VITAMINS, COURSES)), "vitamins", "2026-01-01T10:00")
    person.does(Custom("product_viewed", {"category": "v"}), "2026-01-31T10:00")
    (only,) = strengths_of(person, "2026-01-31T10:00")
    assert isclose(only.weight, 1.5)
    assert only.last_at == at("2026-01-31T10:00")


def test_interests_come_the_strongest_first() -> None:
    person = clicks(Person(plan_with(VITAMINS, COURSES)), "vitamins", "2026-01-01T10:00")
    person.does(Custom("product_viewed", {"category": "c"}), "2026-01-31T10:00")
    assert [each.key for each in strengths_of(person, "2026-02-01")] == ["courses", "vitamins"]


def test_events_feed_it_if_they_fit_every_filter_and_a_machine_did_not_do_them() -> None:
    watched = Watched("form", (Where("topic", "=", "x"), Where("size", ">", 2)))
    definition = msgspec.structs.replace(VITAMINS, events=(watched,))

    def fed_by(**properties: str | float | bool) -> bool:
        return feeds(definition, Did(at("2026-01-01"), EventId(1), "form", dict(properties)), ())

    assert fed_by(topic="x", size=3)
    assert not fed_by(topic="x", size=2)
    assert not fed_by(topic="x", size=3, machine=True)


def test_an_interest_is_not_there_for_who_did_nothing() -> None:
    plan = plan_with(VITAMINS)
    assert strengths(plan.interests, Customer(Person(plan).customer.id), {}, at("2026-01-01"), plan.tz) == []


_LINK = st.text("ab*/", max_size=6)


@given(_LINK, _LINK)
def test_a_pattern_fits_as_a_file_name_does(pattern: str, told: str) -> None:
    assert matches(pattern, told) is fnmatchcase(told, pattern)


@pytest.mark.parametrize(
    ("pattern", "told", "fits"),
    [
        ("a", "a", True), ("a", "ab", False), ("a*b*c", "a-b-c", True), ("a*b*c", "a-c-b", False), ("a*", "b", False),
        ("ab*b", "ab", False), ("*", "", True), ("[a]*", "[a]?", True), ("a**b", "a\nb", True), ("a*x*b", "a-b", False),
    ],
)  # fmt: skip
def test_a_star_is_any_text_and_everything_else_is_itself(pattern: str, told: str, *, fits: bool) -> None:
    assert matches(pattern, told) is fits


_NO = Words("", "")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({}, ""),
        ({"key": "a b"}, "a b: a key is a letter"),
        ({"name": _NO}, "give it a name in both languages"),
        ({"links": (), "categories": ()}, "nothing feeds it; name links"),
        ({"links": tuple(map(str, range(201)))}, "at most 200 links"),
        ({"links": ("",)}, "'' is no link or category"),
        ({"events": (Watched("order"),)}, "event 'order': 'order' is no behaviour"),
        ({"half_life": 0}, "half_life is 0 days"),
        ({"half_life": float("nan")}, "half_life is nan days"),
        ({"fades_after": days(0)}, "fades_after is 0 days; it must be above 0"),
        ({"fades_after": Span(2, Unit.YEARS)}, "fades_after is 2 years, but behaviour is kept 400 days"),
    ],
)
def test_a_definition_that_cannot_be_asked_is_refused_by_what_would_be_right(
    changed: dict[str, object], said: str
) -> None:
    told = "; ".join(problems(msgspec.structs.replace(VITAMINS, **changed), plan_with()))
    assert said in told
    assert bool(said) is bool(told)


def test_a_rule_that_asks_for_an_interest_there_is_not_is_refused_with_the_nearest() -> None:
    with pytest.raises(RuleError, match=r"rule: there is no interest 'vitamin'; did you mean vitamins\?"):
        check(Interest("vitamin"), plan_with(VITAMINS))
    with pytest.raises(RuleError, match="within is 500 days, but behaviour is kept 400 days"):
        check(Interest("vitamins", within=days(500)), plan_with(VITAMINS))
    check(Interest("vitamins", 3, days(30)), plan_with(VITAMINS))
    check(Interest("vitamins", state="fading"), plan_with(VITAMINS))
