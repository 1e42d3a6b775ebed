"""`ritorno backtest`: answers on the command line, and what is refused with which words."""

import json
from pathlib import Path

import pytest

from ritorno.playbooks import library
from tests.cli.conftest import Run, Told


def test_a_playbook_is_tried_by_key_by_file_and_as_a_dry_run_alike(told: Told, tmp_path: Path) -> None:
    ready = tmp_path / "rescue.json"
    ready.write_text(json.dumps(library.read("PB2"), ensure_ascii=False), encoding="utf-8")
    span = ("--from", "2025-01-01", "--to", "2026-03-01", "--holdout", "0", "--rows")
    by_key = told("backtest", "playbook", "PB2", *span)["playbooks"]
    assert by_key == told("backtest", "playbook", str(ready), *span)["playbooks"]
    assert by_key == [told("playbook", "dry-run", "pb2", *span)]
    assert by_key[0]["customers"] == 4
    assert by_key[0]["declined"] == {"no_consent": 1}, "the one at risk never consented"


def test_a_segment_by_text_tells_who_came_and_went(told: Told) -> None:
    lived = told("backtest", "segment", "group risk", "--from", "2025-06-01", "--to", "2026-03-01")
    assert (lived["at_start"], lived["at_end"], lived["entered"], lived["left"]) == (0, 1, 1, 0)
    assert [turn["when"] for turn in lived["turns"] if turn["entered"]] == ["2025-11"]
    assert lived["median_inside"] is None
    assert lived["otherwise"]["orders"] == 8, "the first is of the very start"
    by_day = told("backtest", "segment", "group risk", "--from", "2025-11-29", "--to", "2025-12-01", "--every", "day")
    assert [(turn["when"], turn["entered"], turn["inside"]) for turn in by_day["turns"]] == [
        ("2025-11-29", 0, 0), ("2025-11-30", 1, 1), ("2025-12-01", 0, 1),
    ]  # fmt: skip


def test_other_cuts_tell_who_would_stand_where(told: Told) -> None:
    lived = told("backtest", "cuts", "--recency", "30,200", "--from", "2026-01-15", "--to", "2026-03-01")
    assert [each["at"][:10] for each in lived["standings"]] == ["2026-01-15", "2026-02-01", "2026-03-01"]
    assert (lived["customers"], lived["moved"], lived["flows"]) == (3, 1, {"133 → 233": 1})
    assert sum(lived["standings"][-1]["other"].values()) == 3
    assert (lived["scheme"]["recency"], lived["other"]["recency"]) == (["30 days", "90 days"], ["30 days", "200 days"])


def test_people_read_tables(run: Run) -> None:
    assert "would have entered" in run("backtest", "playbook", "PB2", "--rows")
    assert "does not say that entering brings it about" in run("backtest", "segment", "group risk")
    assert "would stand in another cell" in run("backtest", "cuts", "--spend", "100,200")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("playbook", "PB2", "--from", "2026-02-01", "--to", "2026-01-01"), "--from must be before --to"),
        (("segment", "group risk", "--from", "2026-02-01", "--to", "2026-02-01"), "--from must be before --to"),
        (("playbook", "PB99"), "there is no playbook 'PB99'"),
        (("playbook", "PB2", "pb2"), "name each playbook once"),
        (("playbook", "nowhere.yaml"), "cannot be read"),
        (("segment", "group riks"), "risk"),
        (("segment", "segment nowhere"), "there is no segment 'nowhere'"),
        (("segment", "playbook PB2"), "there is no playbook 'PB2'"),
        (("cuts", "--recency", "90,30"), "must be longer"),
        (("cuts", "--recency", "90"), "give two"),
        (("cuts",), "give other cuts"),
    ],
)
def test_what_cannot_be_answered_is_refused_in_a_sentence(run: Run, arguments: tuple[str, ...], said: str) -> None:
    assert said in " ".join(run("backtest", *arguments, code=1).split())


@pytest.mark.parametrize(
    ("content", "said"), [("steps: [", "neither YAML nor JSON"), ("[1]", "is no playbook"), ("key: X", "X")]
)
def test_a_file_that_is_no_playbook_is_refused(run: Run, tmp_path: Path, content: str, said: str) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text(content, encoding="utf-8")
    assert said in run("backtest", "playbook", str(path), code=1)
