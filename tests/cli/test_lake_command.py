"""`ritorno lake`: what stands, built anew, merged."""

from pathlib import Path

import pytest

from ritorno.core.plan import Plan
from tests.cli.conftest import Run, Told


def test_a_lake_is_built_by_command_and_says_what_stands(plan: Plan, told: Told, run: Run) -> None:
    before = told("lake", "status")
    assert (before["state"], before["as_of"], before["customers"]) == ("not built yet", None, 0)
    assert before["waiting"] > 0
    assert "ritorno lake build" in run("lake", "compact", code=1)
    built = told("lake", "build")
    assert (built["state"], built["customers"], built["waiting"]) == ("stands", 4, 0)
    assert built["as_of"] == "2026-03-01T10:00:00+02:00"
    assert (Path(built["folder"]) / str(plan.brand.id) / "manifest.json").exists()
    assert "4 customers" in run("lake", "status").replace("\n", " ")


def test_a_lake_may_be_built_anew_and_merged_however_little_has_changed(plan: Plan, told: Told, run: Run) -> None:
    told("lake", "build")
    assert "more of 4 customers" in run("lake", "build")
    merged = told("lake", "compact")
    assert (merged["parts"], merged["deltas"], merged["steps"]) == (1, 0, 0)


def test_a_lake_that_cannot_be_used_is_said_in_a_sentence(
    plan: Plan, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    for place in (str(tmp_path / "file"), "nowhere://x"):
        monkeypatch.setenv("RITORNO_LAKE", place)
        assert "RITORNO_LAKE" in run("lake", "build", code=1)
