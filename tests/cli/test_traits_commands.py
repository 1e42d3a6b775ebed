"""`ritorno traits …` and `customer traits`: define, tell, look back (SEG-12, DAT-13, ENG-15)."""

from pathlib import Path

from tests.cli.conftest import Run, Told

C = "052-1234561"


def test_dat_13_what_an_operator_sets_has_a_history_with_its_author(run: Run, told: Told) -> None:
    run("traits", "define", "walker_model", "--kind", "choice", "--he", "דגם", "--en", "Model", "--choice",
        "light=קל=Light", "--choice", "heavy=כבד=Heavy")  # fmt: skip
    assert told("traits", "set", C, "דגם", "קל", "--by", "rina", "--because", "call 17")["traits"] == {
        "walker_model": "light"
    }
    run("clock", "advance", "1d")
    run("traits", "set", C, "walker_model", "כבד")
    run("clock", "advance", "1d")
    assert run("customer", "traits", C).splitlines() == ["דגם: כבד (operator, 2026-03-02)"]
    assert run("customer", "traits", C, "דגם", "--history").splitlines() == [
        "2026-03-01 10:00  דגם: קל (מפעיל rina, call 17)", "2026-03-02 10:00  דגם: קל ← כבד (מפעיל cli)",
    ]  # fmt: skip
    found = told("customer", "traits", C, "--history", "--as-of", "2026-03-01T12:00")
    assert found["traits"]["walker_model"] == {
        "value": "light", "at": "2026-03-01T10:00:00+02:00", "source": "operator",
    }  # fmt: skip
    assert [(one["before"], one["after"], one["by"], one["because"]) for one in found["history"]] == [
        (None, "light", "rina", "call 17")
    ]
    (entry, _) = [one for one in told("customer", "show", C)["timeline"] if one["kind"] == "trait"]
    assert (entry["words"], entry["after"], "said_he" in entry) == ("דגם: קל (מפעיל rina, call 17)", "light", False)


def test_a_definition_is_listed_shown_changed_and_retired(run: Run, told: Told) -> None:
    assert run("traits", "define", "birth_date").startswith("birth_date: date, version 1")
    assert told("traits", "define", "birth_date", "--sensitive", "--told-by", "crm")["told_by"] == ["crm"]
    assert told("traits", "define", "birth_date", "--told-by", "any")["told_by"] == []
    shown = told("traits", "show", "תאריך לידה")
    assert (shown["sensitive"], [one["status"] for one in shown["versions"]]) == (
        True, ["retired", "retired", "active"],
    )  # fmt: skip
    assert "sensitive: never written into a message" in run("traits", "show", "birth_date")
    assert told("traits", "strict", "on") == {"strict": True}
    listed = told("traits", "list")
    assert (listed["strict"], [one["key"] for one in listed["traits"]]) == (True, ["birth_date"])
    assert "No others are taken in (strict)." in run("traits", "list")
    assert told("traits", "retire", "birth_date")["status"] == "retired"
    assert told("traits", "list")["traits"] == []


def test_eng_15_the_list_shows_how_old_imported_values_are(run: Run, told: Told, tmp_path: Path) -> None:
    path = tmp_path / "club.csv"
    path.write_text(f"phone,club\n{C},gold\n", encoding="utf-8")
    run("import", "customers", str(path), "--source", "club", "--as-of", "2025-06-01")
    (club,) = told("traits", "list", "--ages")["traits"]
    assert (club["key"], club["defined"]) == ("club", False)
    (age,) = club["ages"]
    assert (age["source"], age["values"], age["oldest"], age["median_days"], age["static"]) == (
        "club", 1, "2025-06-01T00:00:00+03:00", 273, True,
    )  # fmt: skip
    assert age["words"] == "סטטי, בן 8 חודשים"
    assert "סטטי" in run("traits", "list", "--ages")


def test_what_cannot_be_is_refused_in_a_sentence(run: Run) -> None:
    run("traits", "define", "size", "--kind", "number")
    assert "size: is 'large'; write a number" in run("traits", "set", C, "size", "large", code=1)
    assert "give either a VALUE or --clear" in run("traits", "set", C, "size", code=1)
    assert "say of which kind 'shoe' is" in run("traits", "define", "shoe", code=1)
    assert "write KEY=HEBREW=ENGLISH" in run("traits", "define", "shoe", "--kind", "choice", "--choice", "=x", code=1)
    assert "no trait 'shoe' is defined; there are: size" in run("traits", "show", "shoe", code=1)
    assert "no trait 'shoe' is defined" in run("traits", "retire", "shoe", code=1)
    assert "nobody told 'shoe' of this customer; told are: nothing" in run("customer", "traits", C, "shoe", code=1)
    assert "nobody is known by" in run("customer", "traits", "052-9999999", code=1)
    assert "nobody is known by" in run("traits", "set", "052-9999999", "size", "3", code=1)


def test_a_trait_nobody_defined_is_kept_as_it_looks_and_can_be_cleared(run: Run, told: Told) -> None:
    assert told("traits", "set", C, "shoe", "38")["traits"] == {"shoe": 38}
    run("clock", "advance", "1d")
    assert run("traits", "set", C, "shoe", "--clear").strip() == "shoe: –"
    run("clock", "advance", "1d")
    assert run("customer", "traits", C, "shoe").strip() == "shoe: – (operator, 2026-03-02)"
