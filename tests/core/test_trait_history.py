"""The history of a trait: every change, its author, in the order in which it happened (DAT-13)."""

from collections.abc import Sequence
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritorno.core.customer import Customer, Trait
from ritorno.core.events import Body, Custom, Event, TraitsTold, TraitValue, happened
from ritorno.core.folding import fold
from ritorno.core.ids import CustomerId, EventId
from ritorno.core.instants import Instant
from ritorno.core.journeys.way import Words
from ritorno.core.trait_history import history
from ritorno.core.trait_values import Choice, TraitKind
from ritorno.core.traits import TraitDefinition
from ritorno.core.words.traits import say_age, say_change, say_value
from ritorno.testing import at


def told(number: int, when: int, value: TraitValue, source: str = "files", by: str = "", because: str = "") -> Event:
    body = TraitsTold({"walker_trainings": value}, by, because)
    return happened(source, f"m{number}", body, occurred_at=Instant(when), received_at=Instant(100 + number))


def test_dat_13_the_history_shows_2_to_3_with_the_order_and_the_version_that_made_it() -> None:
    first = told(1, 10, 2, "operator", "rina")
    second = told(2, 20, 3, "playbook", "PB3@4/count", "order 881")
    said = [(one.before, one.after, one.source, one.by, one.because) for one in history([second, first])]
    assert said == [(None, 2, "operator", "rina", ""), (2, 3, "playbook", "PB3@4/count", "order 881")]
    lines = [say_change(one, None, "en") for one in history([first, second])]
    assert lines == ["walker_trainings: 2 (operator rina)", "walker_trainings: 2 → 3 (playbook PB3@4/count, order 881)"]
    assert say_change(history([first, second])[1], None, "he") == (
        "walker_trainings: 2 ← 3 (פלייבוק PB3@4/count, order 881)"
    )


def test_a_late_event_takes_its_place_by_when_it_happened_in_whatever_order_it_is_read() -> None:
    events = [told(1, 10, 2), told(2, 30, 5), told(3, 20, 4)]
    for order in permutations(events):
        assert [(one.before, one.after) for one in history(order)] == [(None, 2), (2, 4), (4, 5)]
    assert history(events)[1].received_at == 103


def test_the_same_told_again_is_no_change_but_1_and_true_are_two_values() -> None:
    events = [told(1, 10, 1), told(2, 20, 1), told(3, 30, True), told(4, 40, None)]
    assert [one.after for one in history(events)] == [1, True, None]
    assert say_change(history(events)[-1], None, "en") == "walker_trainings: removed, was yes (files)"


def test_what_was_told_by_an_event_that_is_kept_no_more_is_told_from_the_document() -> None:
    standing = {"city": Trait(Instant(5), EventId(9), "חיפה", "crm")}
    (one,) = history([], standing)
    assert (one.at, one.before, one.after, one.source) == (5, None, "חיפה", "crm")


def test_what_is_told_along_with_an_order_counts_before_what_the_same_event_says_itself() -> None:
    body: Body = TraitsTold({"first_name": "דנה", "city": "חיפה"})
    event = happened("s", "1", body, occurred_at=Instant(1), received_at=Instant(1), traits={"first_name": "דינה"})
    other = happened("s", "2", Custom("looked"), occurred_at=Instant(2), received_at=Instant(2))
    assert {one.key: one.after for one in history([event, other])} == {"first_name": "דינה", "city": "חיפה"}


@given(st.lists(st.tuples(st.integers(0, 5), st.sampled_from([None, 1, True, "a", ["a"]])), max_size=8))
def test_a_history_ends_where_the_document_stands(tellings: Sequence[tuple[int, TraitValue]]) -> None:
    events = [told(number, when, value) for number, (when, value) in enumerate(tellings)]
    customer = Customer(CustomerId(1))
    for event in events:
        fold(customer, event)
    ended = {one.key: one.after for one in history(events, customer.traits)}
    assert {key: value for key, value in ended.items() if value is not None} == {
        key: trait.value for key, trait in customer.traits.items() if trait.value is not None
    }


COLOUR = TraitDefinition("colour", TraitKind.CHOICE, Words("צבע", "Colour"), (Choice("red", Words("אדום", "Red")),))
DUE = TraitDefinition("due", TraitKind.DATE, Words("תאריך", "Due"))


@pytest.mark.parametrize(
    ("value", "definition", "he", "en"),
    [
        ("2026-12-31", DUE, "31.12.2026", "31 December 2026"),
        ("soon", DUE, "soon", "soon"),
        ("red", COLOUR, "אדום", "Red"),
        ("green", COLOUR, "green", "green"),
        (True, None, "כן", "yes"),
        (False, DUE, "לא", "no"),
        (["red", "x"], COLOUR, "אדום, x", "Red, x"),
        (4.5, None, "4.5", "4.5"),
        (3.0, None, "3", "3"),
        (None, COLOUR, "", ""),
    ],
)
def test_a_value_is_said_in_both_languages_and_one_that_fits_no_definition_as_it_is(
    value: TraitValue, definition: TraitDefinition | None, he: str, en: str
) -> None:
    assert (say_value(value, definition, "he"), say_value(value, definition, "en")) == (he, en)


def test_a_change_is_said_by_the_name_of_the_trait() -> None:
    event = happened("crm", "1", TraitsTold({"colour": "red"}), occurred_at=at("2026-03-01"),
                     received_at=at("2026-03-01"))  # fmt: skip
    assert say_change(history([event])[0], COLOUR, "he") == "צבע: אדום (crm)"


def test_an_age_is_said_in_days_and_from_two_months_on_in_months() -> None:
    assert [say_age(days, "en") for days in (0, 1, 59, 62, 275)] == [
        "0 days",
        "1 day",
        "59 days",
        "2 months",
        "9 months",
    ]
    assert say_age(1, "he") == "יום"
