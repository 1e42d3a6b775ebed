"""A trait's value, read from whatever told it (SEG-12)."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritorno.core.journeys.way import Words
from ritorno.core.trait_values import Choice, TraitError, TraitKind, as_told, read_value

LEVELS = (Choice("light", Words("קל", "Light")), Choice("heavy_duty", Words("כבד", "Heavy duty")))


@pytest.mark.parametrize(
    ("kind", "told", "value"),
    [
        (TraitKind.TEXT, " רולטור \u200f", "רולטור"),
        (TraitKind.TEXT, 881, "881"),
        (TraitKind.TEXT, "", None),
        (TraitKind.NUMBER, "1,234.5", 1234.5),
        (TraitKind.NUMBER, "12,5", 12.5),
        (TraitKind.NUMBER, "1,234", 1234),
        (TraitKind.NUMBER, "007", 7),
        (TraitKind.NUMBER, "−3", -3),
        (TraitKind.NUMBER, ".5", 0.5),
        (TraitKind.NUMBER, 3.0, 3),
        (TraitKind.NUMBER, None, None),
        (TraitKind.DATE, "31/12/1950", "1950-12-31"),
        (TraitKind.DATE, "1.3.2026", "2026-03-01"),
        (TraitKind.DATE, "1950-12-31", "1950-12-31"),
        (TraitKind.DATE, "1950/2/3", "1950-02-03"),
        (TraitKind.DATE, "1950-12-31T00:00:00Z", "1950-12-31"),
        (TraitKind.DATE, "1950-12-31 00:00:00", "1950-12-31"),
        (TraitKind.YES_NO, "כן", True),
        (TraitKind.YES_NO, "YES", True),
        (TraitKind.YES_NO, "true", True),
        (TraitKind.YES_NO, 1, True),
        (TraitKind.YES_NO, False, False),
        (TraitKind.YES_NO, "אין", False),
        (TraitKind.CHOICE, "light", "light"),
        (TraitKind.CHOICE, "קל", "light"),
        (TraitKind.CHOICE, "heavy  DUTY", "heavy_duty"),
        (TraitKind.LIST, "קל; heavy duty;light", ["light", "heavy_duty"]),
        (TraitKind.LIST, ["קל"], ["light"]),
        (TraitKind.LIST, [], None),
    ],
)
def test_seg_12_whatever_spelling_equal_things_become_equal_values(kind: TraitKind, told: Any, value: Any) -> None:
    choices = LEVELS if kind in (TraitKind.CHOICE, TraitKind.LIST) else ()
    read = read_value(told, kind, choices)
    assert (read, type(read)) == (value, type(value))


@pytest.mark.parametrize(
    ("kind", "told", "right"),
    [
        (TraitKind.TEXT, True, "write a text"),
        (TraitKind.TEXT, {"a": 1}, "write a text"),
        (TraitKind.TEXT, "א" * 2001, "is 2001 letters long; at most 2000 are kept"),
        (TraitKind.TEXT, "a\x00b", "holds a NUL letter"),
        (TraitKind.NUMBER, "large", "is 'large'; write a number, for example 12, 1,234.5 or -0.35"),
        (TraitKind.NUMBER, "1.234,5", "write a number"),
        (TraitKind.NUMBER, "1e5", "write a number"),
        (TraitKind.NUMBER, "-", "write a number"),
        (TraitKind.NUMBER, True, "write a number"),
        (TraitKind.NUMBER, float("inf"), "write a number"),
        (TraitKind.NUMBER, "9" * 61, "…; write a number"),
        (TraitKind.DATE, "12/31/1950", "days come first: 31/12/1950"),
        (TraitKind.DATE, "31/12/50", "write the year with four digits"),
        (TraitKind.DATE, "31/12/1249", "the year 1249 is outside 1850–2199"),
        (TraitKind.DATE, "1950-12-30T22:00Z", "write a date, for example 31/12/1950"),
        (TraitKind.DATE, 19501231, "write a date"),
        (TraitKind.YES_NO, "perhaps", "write yes or no (כן, לא, true, false)"),
        (TraitKind.YES_NO, ["yes"], "write yes or no"),
        (TraitKind.CHOICE, "medium", "write one of light (קל), heavy_duty (כבד)"),
        (TraitKind.CHOICE, True, "write one of light"),
        (TraitKind.LIST, 3, 'write a list, ["a", "b"] or a; b'),
        (TraitKind.LIST, [{"a": 1}], "write a text"),
        (TraitKind.LIST, ["medium"], "write one of light"),
        (TraitKind.LIST, ["a"] * 201, "has 201 entries; at most 200 are kept"),
    ],
)
def test_a_value_of_another_kind_is_refused_with_what_would_be_right(kind: TraitKind, told: Any, right: str) -> None:
    choices = LEVELS if kind in (TraitKind.CHOICE, TraitKind.LIST) else ()
    with pytest.raises(TraitError) as refused:
        read_value(told, kind, choices)
    assert right in str(refused.value)


def test_a_list_is_split_at_semicolons_else_at_commas() -> None:
    assert read_value("רמת גן, מרכז; חיפה", TraitKind.LIST) == ["רמת גן, מרכז", "חיפה"]
    assert read_value("a, b,,a", TraitKind.LIST) == ["a", "b"]
    assert read_value("a|b", TraitKind.LIST) == ["a", "b"]


def test_what_nobody_defined_stays_as_it_was_told() -> None:
    assert [as_told(told) for told in ("38", 38, 4.5, True, None, ["a", "a"], "")] == [
        "38", 38, 4.5, True, None, ["a"], "",
    ]  # fmt: skip
    with pytest.raises(TraitError, match=r"is \{'a': 1\}; write a text, a number, true or false, or a list of texts"):
        as_told({"a": 1})


_ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@given(_ANYTHING, st.sampled_from(TraitKind))
def test_a_value_is_read_or_refused_and_what_was_read_is_read_again_as_it_is(told: Any, kind: TraitKind) -> None:
    choices = LEVELS if kind is TraitKind.CHOICE else ()
    try:
        value = read_value(told, kind, choices)
    except TraitError:
        return
    assert value is None or read_value(value, kind, choices) in (value, None)


@given(st.dates(date(1850, 1, 1), date(2199, 12, 31)))
def test_a_day_written_day_first_or_iso_is_the_same_day(day: date) -> None:
    spellings = (day.isoformat(), f"{day.day}/{day.month}/{day.year}", f"{day:%d.%m.%Y}", f"{day}T00:00")
    assert {read_value(told, TraitKind.DATE) for told in spellings} == {day.isoformat()}
