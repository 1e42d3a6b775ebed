"""Rules about the person, the scores' past, time since, and where the customer stands."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritorno.core.customer import Contact, Customer, Move
from ritorno.core.events import Channel, ConsentTold, Line, TraitsTold
from ritorno.core.experiments import position
from ritorno.core.ids import CustomerId, MessageId, PlaybookKey, SegmentKey
from ritorno.core.instants import NEVER, Instant, Span, Unit, add_span, days, months
from ritorno.core.journeys.journey import Exits
from ritorno.core.journeys.step import Wait
from ritorno.core.journeys.trigger import Happened
from ritorno.core.plan import Policy, Segment
from ritorno.core.react import Sent
from ritorno.core.segments.live import ask
from ritorno.core.segments.presence import last_end
from ritorno.core.segments.rule import (
    All,
    Anniversary,
    Any,
    Bought,
    CellIs,
    Consented,
    Elapsed,
    Fresh,
    GroupIs,
    InPlaybook,
    InSegment,
    Not,
    Reachable,
    Rule,
    ScoreMoved,
    Share,
    TraitIs,
    WasIn,
)
from ritorno.core.view import view_of
from ritorno.testing import JERUSALEM, Person, at, local, shop
from tests.core.histories import instants
from tests.core.plans import journey, words
from tests.core.segments.watching import gets, holds, turns, watched

# --- who it is -----------------------------------------------------------------------------------


def test_a_trait_may_be_asked_of_one_source_and_while_it_is_news() -> None:
    person = watched(TraitIs("city", "=", "Haifa", source="shop", told_within=days(30)))
    person.is_told("2026-02-01T10:00", city="Haifa")
    assert turns(person, "2026-12-31") == ["+2026-02-01T10:00:00", "-2026-03-03T10:00:00"]
    assert not holds(TraitIs("city", "=", "Haifa", source="till"), person, "2026-02-02")
    assert not holds(TraitIs("city", "=", "Haifa", told_within=days(1)), person, "2026-02-02T10:00")


def test_what_is_told_ahead_of_its_time_is_waited_for() -> None:
    cases: list[tuple[Rule, TraitsTold | ConsentTold]] = [
        (TraitIs("city", "set"), TraitsTold({"city": "Haifa"})),
        (Elapsed(trait="city"), TraitsTold({"city": "2026-01-01"})),
        (Anniversary("city"), TraitsTold({"city": "1990-02-01"})),
        (Consented(Channel.SMS), ConsentTold(Channel.SMS, given=True, source="form", wording="כן")),
        (Reachable((Channel.SMS,)), ConsentTold(Channel.SMS, given=True, source="form", wording="כן")),
    ]
    for rule, body in cases:
        person = watched(rule).does(body, "2026-02-01T10:00", known="2026-01-31")
        assert turns(person, "2026-02-01T12:00") == ["+2026-02-01T10:00:00"], rule


def test_a_birthday_returns_every_year_and_29_february_on_the_28th() -> None:
    person = watched(Anniversary(days_before=1, days=2)).is_told("2026-01-01", birth_date="1992-02-29")
    assert turns(person, "2028-12-31") == [
        "+2026-02-27T00:00:00", "-2026-03-01T00:00:00",
        "+2027-02-27T00:00:00", "-2027-03-01T00:00:00",
        "+2028-02-28T00:00:00", "-2028-03-01T00:00:00",
    ]  # fmt: skip


@pytest.mark.parametrize("told", ["soon", 19920229, "9999-12-31", None])
def test_what_is_no_date_returns_never(told: str | int | None) -> None:
    person = Person(shop()).is_told("2026-01-01", birth_date=told)
    answers = [ask(rule, view_of(person.customer, person.plan, at("2026-03-01")))
               for rule in (Anniversary(), Elapsed(trait="birth_date", below=months(12)))]  # fmt: skip
    assert answers == [(False, NEVER)] * 2


def test_shares_of_one_name_divide_everybody_and_of_two_are_independent() -> None:
    halves = (Share("a", 0, 0.5), Share("a", 0.5, 1))
    view = view_of(Customer(CustomerId(5)), shop(), at("2026-01-01"))
    assert sorted(ask(half, view) for half in halves) == [(False, NEVER), (True, NEVER)]
    people = [CustomerId(hash_of(number)) for number in range(20_000)]
    low = [each for each in people if position("a", each) < 0.5]
    assert 9_700 < len(low) < 10_300
    assert 4_700 < sum(position("b", each) < 0.5 for each in low) < 5_300


def hash_of(number: int) -> int:
    return number * 0x9E3779B97F4A7C15 % 2**63


# --- scores --------------------------------------------------------------------------------------


def test_pb4_09_a_star_is_any_digit() -> None:
    """`3**` is 311 … 333."""
    person = Person(shop()).buys("2026-02-01", 100)
    assert person.cell == 311
    fits = {"3**": True, "*1*": True, "**1": True, "***": True, "311": True, "1**": False, "**3": False}
    assert {cells: holds(CellIs((cells,)), person, "2026-02-02") for cells in fits} == fits


def test_sco_08_a_score_that_moved_lately_in_one_direction() -> None:
    """R 3 → 2 on 2026-03-03 10:00."""
    person = watched(ScoreMoved("r", 2, before=3, within=days(7))).buys("2026-02-01T10:00", 100)
    assert turns(person, "2026-12-31") == ["+2026-03-03T10:00:00", "-2026-03-10T10:00:00"]
    when = "2026-12-31"
    assert holds(ScoreMoved("r", 2), person, when)
    assert holds(ScoreMoved("r", 1, before=2), person, when)
    assert not holds(ScoreMoved("r", 2, before=1), person, when)
    assert not holds(ScoreMoved("f", 2), person, when)
    assert not holds(ScoreMoved("r", 3), person, when), "a first score moved from nothing"
    assert holds(ScoreMoved("r", 3, before=0), person, when)


def test_who_was_a_star_is_remembered_until_the_span_after_the_last_day_as_one() -> None:
    person = watched(All((WasIn(days(60), groups=("stars",)), Not(GroupIs(("stars",))))))
    for moment in ("2026-01-01", "2026-01-02", "2026-02-01"):
        person.buys(f"{moment}T10:00", 500)
    assert turns(person, "2026-12-31") == ["+2026-03-03T10:00:00", "-2026-05-02T09:59:59"]
    assert holds(WasIn(days(1), groups=("stars",)), person, "2026-03-03T10:00")
    assert holds(WasIn(Span(2, Unit.YEARS), cells=("312", "3*1")), person, "2026-12-31")
    assert not holds(WasIn(days(1), cells=("3**",)), person, "2026-12-31")


def test_somebody_never_scored_stands_where_the_scores_say_now() -> None:
    person = Person(shop()).buys("2026-01-01T10:00", 100)
    person.customer.moves.clear()
    view = view_of(person.customer, person.plan, at("2026-01-05"))
    assert ask(WasIn(days(5), cells=("3**",)), view) == (True, at("2026-01-31T10:00"))
    assert ask(WasIn(days(5), cells=("1**",)), view) == (False, at("2026-01-31T10:00"))


def test_where_somebody_stood_before_the_first_move_counts() -> None:
    customer = Customer(CustomerId(1), moves=[Move(at("2026-01-10"), 333, 233), Move(at("2026-02-10"), 233, 133)])
    stood = WasIn(days(30), cells=("333",))
    assert ask(stood, view_of(customer, shop(), at("2026-01-20"))) == (True, Instant(at("2026-02-09") - 1))
    assert ask(stood, view_of(customer, shop(), at("2026-02-09"))) == (False, at("2026-02-10")), "until a move ahead"
    last = WasIn(days(30), cells=("133",))
    assert ask(last, view_of(customer, shop(), at("2029-01-01"))) == (True, NEVER), "where it stands since"


@given(instants(), st.integers(1, 40), st.sampled_from([days(1), months(1), months(12), Span(36, Unit.HOURS)]))
def test_the_last_to_leave_is_found_where_later_does_not_mean_due_later(end: Instant, length: int, span: Span) -> None:
    """Hour by hour, and at each quarter's end, all over the stay."""
    hour = 3_600_000_000
    start = Instant(end - length * hour * 3)
    quarters = range(start, end, hour // 4)
    tried = [Instant(each + step) for each in quarters for step in (0, hour // 4 - 1) if each + step < end]
    assert last_end(start, end, span, JERUSALEM) >= max(add_span(each, span, JERUSALEM) for each in tried)


def test_a_day_that_a_shorter_month_lacks_leaves_last() -> None:
    stay = at("2025-01-28T12:00"), at("2025-01-31T09:00")
    assert local(last_end(*stay, months(1), JERUSALEM)) == "2025-02-28T23:59:59"


# --- how long since ------------------------------------------------------------------------------


def test_seg_21_seniority_is_the_time_since_the_first_order() -> None:
    """First order 2019-05-01; gold from 5 years on."""
    person = watched(Elapsed("first_order", at_least=Span(5, Unit.YEARS)))
    person.buys("2019-05-01T10:00", 100).buys("2023-05-01T10:00", 100)
    assert turns(person, "2026-03-01") == ["+2024-05-01T10:00:00"]


def test_time_since_moments_is_asked_from_both_sides() -> None:
    def between(since: str) -> Elapsed:
        return Elapsed(since, at_least=days(2), below=days(5))  # type: ignore[arg-type]

    moments = ("last_order", "first_order", "joined", "last_message", "last_open", "last_click")
    person = Person(shop())
    when = "2026-02-05T09:59"
    assert [holds(between(since), person, when) for since in moments] == [False] * 6, "there is no such moment"
    person.buys("2026-02-01T10:00", 100).buys("2026-02-03T10:00", 100)
    person.life.tell(Sent(at("2026-02-01T10:00"), contact("2026-02-01T10:00", "sms")))
    person.life.tell(Sent(at("2026-02-01T10:00"), contact("2026-01-01T10:00", "sms")))  # told later
    person.life.tell(Sent(at("2026-02-03T10:00"), contact("2026-02-03T10:00", "")))
    person.lives_until("2026-02-03T10:00")
    gets(person, "opened", 1, "2026-02-03T10:00")
    gets(person, "opened", 1, "2026-02-04T10:00", machine=True)
    gets(person, "clicked", 1, "2026-02-03T10:00")
    assert [since for since in moments if holds(between(since), person, when)] == [
        "first_order", "joined", "last_message",
    ]  # fmt: skip
    assert [since for since in moments if holds(between(since), person, "2026-02-06T10:00")] == [
        "last_order", "last_open", "last_click",
    ]  # fmt: skip
    assert ask(between("last_open"), view_of(person.customer, person.plan, at("2026-02-06T10:00")))[1] == at(
        "2026-02-08T10:00"
    )
    assert ask(between("last_open"), view_of(person.customer, person.plan, at("2026-02-01"))) == (
        False, at("2026-02-03T10:00"),
    ), "until it is opened"  # fmt: skip


def contact(when: str, channel: str) -> Contact:
    return Contact(at(when), MessageId(at(when)), channel, PlaybookKey("x"), marketing=True)


def test_time_until_and_since_a_date_is_counted_from_its_midnight() -> None:
    person = watched(Elapsed(trait="renewal", at_least=days(1))).is_told("2026-01-01", renewal="2026-03-26")
    assert turns(person, "2026-12-31") == ["+2026-03-27T00:00:00"], "the night the clock skips an hour"


def test_sco_10_the_longest_cool_down_counts() -> None:
    """Shoes 14 days, fridges 30; both buyers at day 15: only the fridge's is fresh."""
    policy = Policy(cooldowns={"shoes": days(14), "fridges": days(30), "mops": days(45)})
    shoes, fridge, mop = ((Line(name, category=name),) for name in ("shoes", "fridges", "mops"))
    for lines, until in [
        (shoes, "2026-01-15"), ((*fridge, *shoes), "2026-01-31"), ((*shoes, *mop, *fridge), "2026-02-15"),
        ((), "2026-01-31"), ((Line("X"),), "2026-01-31"),
    ]:  # fmt: skip
        person = watched(Fresh(), policy).buys("2026-01-01T10:00", 100, lines=lines)
        assert turns(person, "2026-12-31") == ["+2026-01-01T10:00:00", f"-{until}T10:00:00"]
    ahead = watched(Fresh()).buys("2026-01-03T10:00", 100, known="2026-01-01")
    assert turns(ahead, "2026-01-04") == ["+2026-01-03T10:00:00"]


# --- where it stands -----------------------------------------------------------------------------

PASSING = journey("p", Happened("order"), Wait("week", days(7)), exits=Exits(purchase=False))


def named(**rules: Rule) -> tuple[Segment, ...]:
    return tuple(Segment(SegmentKey(key), 1, words(key), rule) for key, rule in rules.items())


def test_who_is_and_who_was_in_a_playbook() -> None:
    segments = named(now=InPlaybook("p"), ever=InPlaybook("p", "ever"), lately=InPlaybook("p", "ever", days(3)))
    person = Person(shop(PASSING, segments=segments)).buys("2026-02-01T10:00", 100)
    assert set(person.customer.memberships) == {"now", "ever", "lately"}
    person.lives_until("2026-02-04T10:00")
    assert set(person.customer.memberships) == {"now", "ever"}
    person.lives_until("2026-02-08T10:00")
    assert set(person.customer.memberships) == {"ever"}
    assert not holds(InPlaybook("another", "ever"), person, "2026-02-09")


def test_a_segment_is_its_rule_asked_now_and_one_that_is_gone_has_nobody() -> None:
    segments = named(
        bought=Bought(within=days(5)), quiet=Not(InSegment("bought")), inside=InPlaybook("p"),
        both=Any((InSegment("inside"), InSegment("gone"))), again=All((InSegment("bought"), InSegment("bought"))),
    )  # fmt: skip
    person = Person(shop(PASSING, segments=segments)).buys("2026-02-01T10:00", 100)
    assert set(person.customer.memberships) == {"bought", "again", "inside", "both"}
    person.lives_until("2026-02-06T10:00")
    assert set(person.customer.memberships) == {"quiet", "inside", "both"}
    person.lives_until("2026-03-01")
    assert set(person.customer.memberships) == {"quiet"}
    assert local(person.customer.memberships[SegmentKey("quiet")]) == "2026-02-06T10:00:00"
