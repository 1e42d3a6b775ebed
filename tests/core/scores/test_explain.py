"""Why this cell, in numbers and words, and what moves it next and when (SCO-11, DAT-01)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritorno.core.customer import Customer
from ritorno.core.events import Event, SoldVia
from ritorno.core.folding import known_at
from ritorno.core.ids import CustomerId
from ritorno.core.instants import DAY, NEVER, Instant
from ritorno.core.react import react
from ritorno.core.scores.explain import Explanation, explain, in_words
from ritorno.core.view import view_of
from ritorno.testing import Person, at, local, shop
from tests.core.histories import lives

NOW = at("2026-03-01T10:00")
T = shop()


def told(person: Person, when: str) -> Explanation:
    return explain(known_at(person.customer, at(when)), T, at(when))


def words(person: Person, when: str = "2026-03-01T10:00", language: str = "en") -> str:
    return "; ".join(in_words(told(person, when), T, language))


def test_dat_01_scores_can_be_told_of_any_past_instant() -> None:
    """Orders 2026-01-05 ₪200, 2026-02-01 ₪300, 2026-02-20 ₪700."""
    person = Person(T).buys("2026-01-05", 200).buys("2026-02-01", 300).buys("2026-02-20", 700)
    person.lives_until("2026-03-01")
    then = told(person, "2026-02-10").facts
    assert (local(then.last_at)[:10], then.orders, then.spend) == ("2026-02-01", 2, 50_000)
    now = told(person, "2026-03-01").facts
    assert (now.orders, now.spend) == (3, 120_000)


def test_dat_01_a_refund_does_not_reach_back_before_it_happened() -> None:
    person = Person(T).buys("2026-01-05", 900, order="o1").is_refunded("o1", "2026-02-01", 300)
    assert told(person, "2026-01-20").facts.spend == 90_000
    assert told(person, "2026-02-20").facts.spend == 60_000


def test_sco_11_the_next_move_is_told_with_its_instant() -> None:
    """233, 5 orders, last 40 days ago."""
    person = Person(T)
    for day in ("2025-06-01", "2025-07-01", "2025-08-01", "2025-10-01"):
        person.buys(f"{day}T12:00", 600)
    person.buys("2026-01-20T10:00", 600, sold_via=SoldVia.POS, branch="Ayalon")
    said = words(person)
    assert told(person, "2026-03-01T10:00").scores.cell == 233
    assert "R becomes 1 on 2026-04-20 10:00 unless a purchase occurs" in said
    assert "bought 5 times, last 40 days ago at Ayalon, ₪3,000 in 24 months; 233 because R2" in said
    assert "R יהיה 1 ב-2026-04-20 10:00 אלא אם תהיה קנייה" in words(person, language="he")


@pytest.mark.parametrize(
    ("when", "says"),
    [
        ("2026-03-01T09:00", "bought once, last today by phone"),
        ("2026-02-28T23:00", "bought once, last yesterday by phone"),
        ("2026-02-20T10:00", "bought once, last 9 days ago by phone"),
    ],
)
def test_days_are_counted_on_the_calendar(when: str, says: str) -> None:
    assert words(Person(T).buys(when, 100, sold_via=SoldVia.PHONE)).startswith(says)


def test_sco_11_an_order_that_will_leave_the_window_is_told() -> None:
    person = Person(T).buys("2024-03-10T10:00", 900).buys("2026-02-25T10:00", 400)
    assert "F becomes 1 on 2026-03-10 10:00: an order leaves the window of 24 months" in words(person)
    assert "M becomes 2 on 2026-03-10 10:00: an order leaves the window of 24 months" in words(person)


def test_who_never_bought_has_no_score_and_is_told_so() -> None:
    prospect = Person(T).is_told("2026-01-01", city="חיפה")
    assert words(prospect) == "has not bought yet; group: Prospects"
    assert words(prospect, language="he") == "עדיין לא קנו; קבוצה: מתעניינים"


def test_when_time_has_done_all_it_can_that_is_told() -> None:
    person = Person(T).buys("2020-01-01", 100)
    assert told(person, "2026-03-01").next_moves == ()
    assert words(person).endswith("time alone moves nothing any more")


@given(lives(), st.integers(-400, 400))
def test_every_move_foretold_happens_and_not_before(events: list[Event], days: int) -> None:
    now = Instant(NOW + days * DAY)
    document = react(Customer(CustomerId(7)), events, T, now).customer
    for move in explain(document, T, now).next_moves:
        assert now < move.at < NEVER
        axis = {"r": 0, "f": 1, "m": 2}[move.axis]
        before = str(view_of(document, T, Instant(move.at - 1)).scores.cell).rjust(3, "0")
        after = str(view_of(document, T, move.at).scores.cell).rjust(3, "0")
        assert (int(before[axis]), int(after[axis])) == (move.before, move.to)
