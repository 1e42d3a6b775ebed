"""Comparing what was told with what a rule names: within a kind, a list by its elements, a missing value never."""

import pytest

from ritorno.core.events import TraitValue
from ritorno.core.segments.compare import compare, day
from ritorno.core.segments.rule import Compare, Value

CASES: list[tuple[TraitValue, Compare, Value, bool]] = [
    ("Haifa", "=", "Haifa", True), ("Haifa", "=", "haifa", False), ("Haifa", "!=", "Holon", True),
    ("38", "=", 38, False), ("38", "!=", 38, True), (38, "=", 38.0, True), (1, "=", True, False),
    (True, "=", True, True), (False, "=", 0, False), (True, "!=", 1, True),
    (None, "=", "x", False), (None, "!=", "x", False), (None, "set", None, False), ("", "set", None, True),
    (38, ">", 37.5, True), (38, "<=", 38, True), (38, "<", 38, False), (38, ">=", 38.5, False),
    (True, ">=", 1, False), (38, ">", True, False), ("38", ">", 5, False), (38, "<", "x", False),
    ("a", "<", "b", False),
    ("2026-03-01", "<", "2026-03-02", True), ("2026-03-01", ">=", "2026-03-01", True), ("2026-03-01", ">", "x", False),
    ("2026-02-30", "<", "2026-03-02", False), ("2026-W09-1", "<", "2027-01-01", False), ("x", "<", "2027-01-01", False),
    (38, "between", (38, 40), True), (40, "between", (38, 40), True), (40.5, "between", (38, 40), False),
    ("2026-03-01", "between", ("2026-03-01", "2026-03-31"), True), ("38", "between", (38, 40), False),
    (38, "between", (38,), False),
    ("Haifa", "in", ("Holon", "Haifa"), True), (38, "in", ("38", 38), True), (True, "in", (1, "x"), False),
    ("Haifa", "in", "Haifa", True), ("Haifa", "in", "Haifa Bay", False),
    ("Haifa Bay", "contains", "fa B", True), ("Haifa", "contains", "H ", False), (38, "contains", "3", False),
    ("38", "contains", 3, False),
    (["vip", "sale"], "=", "vip", True), (["vip"], "=", ("x", "vip"), True), (["vip"], "contains", "vip", True),
    (["vips"], "contains", "vip", False), (["vip"], "in", ("vip", "sale"), True), (["vip"], "in", ("x",), False),
    (["vip"], "!=", "vip", False), (["vip"], "!=", "sale", True), ([], "!=", "sale", True),
    (["vip"], "set", None, True), ([], "set", None, False), (["2"], "<", 5, False),
    (["vip"], "between", ("a", "z"), False),
]  # fmt: skip


@pytest.mark.parametrize(("told", "op", "wanted", "answer"), CASES, ids=str)
def test_a_value_is_compared_within_its_kind(told: TraitValue, op: Compare, wanted: Value, answer: bool) -> None:
    assert compare(op, told, wanted) is answer


@pytest.mark.parametrize("text", ["2026-2-01", "2026/03/01", "20260301xx", "٢٠٢٦-03-01", "2026-13-01"])
def test_other_text_is_no_date(text: str) -> None:
    assert day(text) is None
