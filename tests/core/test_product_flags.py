"""Flags of products, read and counted (DAT-11, ENG-11)."""

import pytest

from ritorno.core.product_flags import FLAGS, NEEDS, read_flag, readiness
from ritorno.core.trait_values import TraitError
from ritorno.core.words.readiness import CATALOGUES, say_coverage, say_fix


@pytest.mark.parametrize(
    ("flag", "text", "value"),
    [
        ("consumable", "כן", True), ("technical", "no", False), ("days_per_unit", "15", 15),
        ("days_per_unit", "7.5", 7.5), ("cooldown", "30d", 30), ("cooldown", "0", 0),
        ("video_url", "https://a.b/c", "https://a.b/c"), ("label", "המוצר שלך", "המוצר שלך"),
        ("complements", "CAP-1", ["CAP-1"]), ("excludes", "a, b; c", ["a, b", "c"]), ("fits", "a|b", ["a", "b"]),
    ],
)  # fmt: skip
def test_a_flag_is_read_as_what_it_is(flag: str, text: str, value: object) -> None:
    assert read_flag(flag, text) == value


@pytest.mark.parametrize(
    ("flag", "text", "why"),
    [
        ("consumable", "perhaps", "write yes or no"), ("days_per_unit", "0", "write days above 0"),
        ("days_per_unit", "3651", "at most 3,650"), ("days_per_unit", "two", "write a number"),
        ("cooldown", "-1", "write days from 0"), ("video_url", "a.b/c", "write the whole address"),
        ("video_url", "https://a b", "write the whole address"), ("label", "x" * 201, "at most 200"),
    ],
)  # fmt: skip
def test_a_wrong_flag_is_refused_by_what_would_be_right(flag: str, text: str, why: str) -> None:
    with pytest.raises(TraitError, match=why):
        read_flag(flag, text)


def test_eng_11_readiness_counts_what_each_use_of_the_catalogue_can_run_on() -> None:
    catalogue: list[tuple[str, dict[str, object]]] = [
        ("pads", {"consumable": True, "days_per_unit": 30, "cooldown": 0}),
        ("salt", {"consumable": True}),
        ("walker", {"days_per_unit": 30, "technical": True}),
        ("scanner", {"technical": True, "video_url": "https://a.b"}),
        ("plain", {}),
    ]
    found = {each.use: each for each in readiness(catalogue, most=2)}
    supply = found["replenishment"]
    assert (supply.share, supply.missing) == (0.2, ("salt", "walker")), "not consumable: never reminded of (DAT-12)"
    assert (found["how_to"].asked, found["how_to"].covered) == (2, 1)
    assert found["cooldown"].covered == 1
    assert found["discretion"].share == 0.0


def test_what_is_missing_is_said_with_how_to_tell_it() -> None:
    supply, video = readiness([("a", {"technical": True})])[:2]
    assert say_coverage(supply, "en") == "replenishment: days of supply"
    assert say_fix(supply, "en").startswith("1 products lack consumable=yes and days_per_unit")
    assert "video_url" in say_fix(video, "he")
    assert CATALOGUES["he"].keys() == CATALOGUES["en"].keys() > {*(each.use for each in NEEDS), "fix"}
    assert {each.flag for each in NEEDS} <= FLAGS.keys()
