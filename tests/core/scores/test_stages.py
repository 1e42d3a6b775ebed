"""Stage, age, value tier, reach of the orders, engagement: values that turn by themselves at an exact instant."""

import pytest

from ritorno.core.events import Channel, Line, SignedUp, SoldVia
from ritorno.core.instants import NEVER, Instant, days
from ritorno.core.plan import Plan, Policy
from ritorno.core.scores.cuts import Scheme
from ritorno.core.scores.tiers import worth
from ritorno.core.segments.live import ask
from ritorno.core.segments.rule import FactIs, FactName
from ritorno.core.view import view_of
from ritorno.testing import Person, at, shop
from tests.core.segments.watching import gets, holds, turns, views, watched

STAGES = ("joined", "not_yet", "first_time", "returning", "loyal", "lapsing", "dormant")
LEVELS = ("high", "medium", "low", "none", "unknown")


def told(fact: FactName, values: tuple[str, ...], person: Person, when: str | Instant) -> str | None:
    """The value of a fact that is a word; None when it is missing."""
    view = view_of(person.customer, person.plan, at(when) if isinstance(when, str) else when)
    found = [value for value in values if ask(FactIs(fact, "=", value), view)[0]]
    assert len(found) <= 1
    return found[0] if found else None


def stage(person: Person, when: str) -> str | None:
    return told("stage", STAGES, person, when)


# --- stage ---------------------------------------------------------------------------------------


def test_seg_17_from_just_joined_to_dormant_each_at_its_instant() -> None:
    """Joined 2026-03-01, orders 03-05 and 03-20, then silence."""
    person = views(Person(shop()), "sign_up", "2026-03-01T10:00")
    assert (stage(person, "2026-03-01T10:00"), stage(person, "2026-03-31T09:59")) == ("joined", "joined")
    assert stage(person, "2026-03-31T10:00") == "not_yet"
    person.buys("2026-03-05T10:00", 100)
    assert stage(person, "2026-03-05T10:00") == "first_time"
    person.buys("2026-03-20T10:00", 100)
    assert (stage(person, "2026-03-20T10:00"), stage(person, "2026-06-18T09:59")) == ("returning", "returning")
    assert (stage(person, "2026-06-18T10:00"), stage(person, "2026-09-16T09:59")) == ("lapsing", "lapsing")
    assert stage(person, "2026-09-16T10:00") == "dormant"


def test_seg_17_a_stage_is_entered_and_left_without_an_event() -> None:
    person = views(watched(FactIs("stage", "=", "lapsing")), "sign_up", "2026-03-01T10:00")
    person.buys("2026-03-05T10:00", 100)
    assert turns(person, "2027-12-31") == ["+2026-06-03T10:00:00", "-2026-09-01T10:00:00"]
    waiting = views(watched(FactIs("stage", "!=", "joined")), "sign_up", "2026-03-01T10:00")
    assert turns(waiting, "2027-12-31") == ["+2026-03-31T10:00:00"]


def test_three_in_a_row_are_loyal_until_they_lapse() -> None:
    person = Person(shop()).buys("2026-01-01", 100).buys("2026-02-01", 100).buys("2026-03-01", 100)
    assert (stage(person, "2026-03-02"), stage(person, "2026-05-31")) == ("loyal", "lapsing")


def test_where_the_r1_cut_lies_beyond_180_days_nobody_lapses() -> None:
    plan = Plan(shop().brand, Scheme(recency=(days(90), days(200)), window=days(400)))
    person = Person(plan).buys("2026-01-01T10:00", 100)
    assert (stage(person, "2026-06-30T09:59"), stage(person, "2026-06-30T10:00")) == ("first_time", "dormant")


def test_nobody_has_not_bought_yet_and_who_joins_ahead_joins_then() -> None:
    assert stage(Person(shop()), "2026-03-01") == "not_yet"
    person = watched(FactIs("stage", "=", "joined"))
    person.does(SignedUp(), "2026-03-01", known="2026-02-28")
    assert turns(person, "2026-12-31") == ["+2026-03-01T00:00:00", "-2026-03-31T00:00:00"]


# --- age -----------------------------------------------------------------------------------------


def test_seg_13_a_year_older_at_midnight_of_the_birthday() -> None:
    """Born 1950-03-02: 75 on 2026-03-01, 76 on 2026-03-02."""
    person = watched(FactIs("age", ">=", 76)).is_told("2026-01-01", birth_date="1950-03-02")
    assert holds(FactIs("age", "=", 75), person, "2026-03-01")
    assert turns(person, "2026-12-31") == ["+2026-03-02T00:00:00"]


def test_ages_between_are_left_at_the_first_birthday_beyond() -> None:
    person = watched(FactIs("age", "between", (17.5, 20))).is_told("2020-01-01", birth_date="2004-02-29")
    assert turns(person, "2030-01-01") == ["+2022-02-28T00:00:00", "-2025-02-28T00:00:00"]
    assert holds(FactIs("age", "<", float("inf")), person, "2026-01-01")
    assert holds(FactIs("age", "<", 20_000), person, "2026-01-01")
    assert not holds(FactIs("age", "set", None), Person(shop()), "2026-01-01")


def test_who_is_not_born_yet_has_no_age() -> None:
    person = watched(FactIs("age", ">=", 0)).is_told("2026-01-01", birth_date="2026-06-01")
    assert turns(person, "2026-12-31") == ["+2026-06-01T00:00:00"]


# --- what orders are worth -----------------------------------------------------------------------


def test_a_value_tier_falls_as_orders_leave_the_twelve_months() -> None:
    policy = Policy(tiers=(100_000, 50_000))
    for tier, expected in [
        ("A", ["+2025-03-01T10:00:00", "-2026-01-01T10:00:00"]),
        ("B", ["+2025-02-01T10:00:00", "-2025-03-01T10:00:00", "+2026-01-01T10:00:00", "-2026-02-01T10:00:00"]),
        ("C", ["+2025-01-01T10:00:00", "-2025-02-01T10:00:00", "+2026-02-01T10:00:00"]),
    ]:
        person = watched(FactIs("value_tier", "=", tier), policy)
        for month, shekels in (("01", 300), ("02", 300), ("03", 400)):
            person.buys(f"2025-{month}-01T10:00", shekels)
        assert turns(person, "2027-12-31") == expected
    person = Person(shop()).buys("2025-01-01", 900)
    assert told("value_tier", ("A", "B", "C"), person, "2025-01-02") is None, "no cuts, no tier"
    assert told("value_tier", ("A", "B", "C"), Person(shop(policy=policy)), "2025-01-02") is None


def test_seg_23_value_is_the_margin_of_what_was_spent_in_twelve_months_and_ever() -> None:
    """Margin 40 %, spend ₪2,700 → ₪1,080."""
    person = (
        Person(shop()).buys("2025-03-01T10:00", 2_000).buys("2025-12-01", 1_200, order="back").buys("2026-01-01", 200)
    )
    person.is_refunded("back", "2026-01-05", 700)
    facts: list[tuple[FactName, str, int]] = [
        ("value_year", "2026-02-01", 108_000), ("value_ever", "2026-02-01", 108_000),
        ("value_year", "2026-03-01T09:59:59", 108_000), ("value_year", "2026-03-01T10:00", 28_000),
        ("value_year", "2027-06-01", 0), ("value_ever", "2027-06-01", 108_000),
    ]  # fmt: skip
    for fact, when, minor in facts:
        assert holds(FactIs(fact, "=", minor), person, when), (fact, when)
    assert holds(FactIs("value_year", "=", 0), Person(shop()), "2026-01-01")
    assert worth(1, 0.5) == 1, "halves up"


def test_the_largest_the_first_and_how_many_categories_and_places() -> None:
    person = Person(shop()).buys(
        "2024-01-01", 300, lines=(Line("A", category="home"), Line("B")), sold_via=SoldVia.PHONE
    )
    person.buys("2026-01-01", 900, lines=(Line("A", category="home"), Line("C", category="tea")), sold_via=SoldVia.POS)
    person.buys("2026-01-02", 100)
    facts: dict[FactName, float] = {"largest": 90_000, "first_total": 30_000, "categories": 2, "places": 2}
    assert all(holds(FactIs(fact, "=", number), person, "2026-02-01") for fact, number in facts.items())
    assert holds(FactIs("places", "=", 3), person, "2025-12-31T23:00") is False
    nobody = Person(shop())
    assert [holds(FactIs(fact, "set", None), nobody, "2026-01-01") for fact in facts] == [False, False, True, True]


# --- engagement ----------------------------------------------------------------------------------


def engagement(person: Person, when: str | Instant, fact: FactName = "engagement_email") -> str | None:
    return told(fact, LEVELS, person, when)


def reading(*, opened: tuple[str, ...] = ("02", "04", "06"), channel: Channel = Channel.EMAIL) -> Person:
    """Four messages delivered on 1, 3, 5 and 7 January, and opened."""
    person = watched(FactIs(f"engagement_{channel.value}", "=", "low"))  # type: ignore[arg-type]
    for number in range(1, 8):
        day = f"{number:02}"
        if number % 2:
            gets(person, "delivered", number, f"2026-01-{day}T10:00", channel=channel)
        if day in opened:
            gets(person, "opened", number - 1, f"2026-01-{day}T10:00", channel=channel)
    return person


def test_eng_05_opening_for_thirty_days_without_a_click_is_low_and_a_click_clears_it() -> None:
    """4 delivered, 3 opened, nothing clicked: exactly 30 days after the first open."""
    person = reading()
    assert turns(person, "2026-02-02T10:00") == ["+2026-02-01T10:00:00"]
    gets(person, "clicked", 3, "2026-02-02T10:00")
    assert turns(person, "2026-02-03") == ["+2026-02-01T10:00:00", "-2026-02-02T10:00:00"]
    assert engagement(person, "2026-02-03") == "high"


def test_eng_05_a_purchase_clears_it_and_one_open_or_two_deliveries_are_too_few() -> None:
    person = reading().buys("2026-02-05", 100)
    assert turns(person, "2026-03-01") == ["+2026-02-01T10:00:00", "-2026-02-05T00:00:00"]
    assert turns(reading(opened=("02",)), "2026-03-01") == []
    assert turns(reading(opened=("04", "06")), "2026-03-01") == [], "two were delivered since"
    assert turns(reading(channel=Channel.SMS), "2026-03-01") == [], "an SMS knows no opens"


def test_eng_06_levels_of_each_channel_and_the_best_of_them() -> None:
    """E-mail low, SMS high."""
    person = reading()
    for number in (11, 12, 13):
        gets(person, "delivered", number, "2026-01-10T10:00", channel=Channel.SMS)
    gets(person, "replied", 13, "2026-01-11T10:00", channel=Channel.SMS)
    when = "2026-02-05"
    assert (engagement(person, when), engagement(person, when, "engagement_sms")) == ("low", "high")
    assert (engagement(person, when, "engagement_whatsapp"), engagement(person, when, "engagement")) == (
        "unknown",
        "high",
    )
    assert engagement(person, "2026-02-10T10:00", "engagement_sms") == "none", "30 days after the reply"
    assert engagement(person, "2026-02-10T10:00", "engagement") == "low"


def test_eng_06_a_click_is_high_for_30_days_then_medium_and_who_hears_nothing_is_unknown() -> None:
    person = reading(opened=())
    gets(person, "clicked", 1, "2026-01-08T10:00")
    gets(person, "clicked", 1, "2026-01-30T10:00", machine=True)
    gets(person, "delivered", 21, "2026-03-01T10:00")
    gets(person, "delivered", 22, "2026-03-02T10:00")
    levels = [("2026-02-07T09:59", "high"), ("2026-02-07T10:00", "medium"), ("2026-04-05T09:00", "medium")]
    levels += [("2026-04-08T10:00", "unknown")]
    assert [(when, engagement(person, when)) for when, _ in levels] == levels


@pytest.mark.parametrize("fact", ["engagement", "engagement_email"])
def test_who_never_got_a_message_is_unknown_for_ever(fact: FactName) -> None:
    person = Person(shop())
    assert ask(FactIs(fact, "=", "unknown"), view_of(person.customer, person.plan, at("2026-01-01"))) == (True, NEVER)
