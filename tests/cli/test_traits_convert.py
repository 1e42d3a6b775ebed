"""`ritorno traits convert`: an ageing list becomes a segment that lives (ENG-15)."""

from pathlib import Path

import pytest

from tests.cli.conftest import Run, Told


@pytest.fixture
def vips(run: Run, tmp_path: Path) -> None:
    """A list of 2025-06: who had spent most by then."""
    path = tmp_path / "vips.csv"
    path.write_text("phone,vip\n052-1234563,yes\n052-1234562,no\n", encoding="utf-8")
    run("import", "customers", str(path), "--as-of", "2025-12-15")


def test_eng_15_a_static_list_says_its_age_and_a_live_rule_is_offered(run: Run, told: Told, vips: None) -> None:
    (vip,) = [each for each in told("traits", "list", "--ages")["traits"] if each["key"] == "vip"]
    assert (vip["ages"][0]["static"], vip["ages"][0]["offer"]) == (True, "ritorno traits convert vip")
    assert "ritorno traits convert vip" in run("traits", "list", "--ages")
    found = told("traits", "convert", "vip")
    assert (found["listed"], found["static"], found["words"], found["saved"]) == (1, True, "סטטי, בן 2 חודשים", None)
    best = found["offers"][0]
    assert (best["listed_then"], best["met_then"], best["both_then"], best["agreement"]) == (1, 1, 1, 1.0)
    assert told("segments", "list")["segments"] == [], "nothing is saved unasked"
    printed = run("traits", "convert", "vip")
    assert "כלל חי:" in printed
    assert "ritorno traits convert vip --save SEGMENT" in printed


def test_the_rule_that_is_chosen_is_saved_as_a_segment(run: Run, told: Told, vips: None) -> None:
    offered = told("traits", "convert", "vip")["offers"]
    assert told("traits", "convert", "vip", "--save", "best")["saved"] == "best"
    (segment,) = told("segments", "list")["segments"]
    assert segment["key"] == "best"
    assert "segment second is saved" in run("traits", "convert", "vip", "--save", "second", "--choice", "2")
    assert len(offered) >= 2


def test_what_cannot_be_converted_says_why(run: Run, vips: None) -> None:
    def refused(*arguments: str) -> str:
        return " ".join(run("traits", "convert", *arguments, code=1).split())

    assert "nobody has nothing = True; see what is told" in refused("nothing")
    assert "cannot be a segment's key" in refused("vip", "--save", "1")
    run("traits", "define", "vip", "--kind", "yes_no")
    assert "write yes or no" in refused("vip", "--value", "perhaps")
