"""The insight commands: the same truth as text and as JSON."""

from pathlib import Path

import pytest

from ritorno.core.scores.cells import CELLS, GROUPS
from tests.cli.conftest import Run, Told


def test_rfm_tells_every_cell_and_group_with_customers_and_revenue(told: Told) -> None:
    said = told("rfm")
    assert said["as_of"] == "2026-03-01T10:00:00+02:00"
    assert list(said["cells"]) == list(CELLS)
    assert list(said["groups"]) == [*(group.key for group in GROUPS), "prospects"]
    assert said["cells"]["333"] == {"customers": 2, "revenue": "5700.00"}
    assert said["groups"]["risk"] == {"customers": 1, "revenue": "1500.00"}
    assert said["groups"]["prospects"] == {"customers": 1, "revenue": "0.00"}
    assert (said["customers"], said["cuts"]["version"]) == (3, 1)
    assert said["vip"]["spend_multiple"] == pytest.approx(2850 / 1500)


def test_rfm_of_the_past_knows_only_what_had_happened(told: Told) -> None:
    said = told("rfm", "--as-of", "2025-08-01")
    assert said["customers"] == 1
    assert said["cells"]["222"] == {"customers": 1, "revenue": "1000.00"}


def test_rfm_as_text_is_a_table_in_the_brands_language(run: Run) -> None:
    said = run("rfm")
    assert "כוכבים (VIP)" in said
    assert "66.7%" in said


def test_seg_07_banana_tells_bars_and_why_there_is_no_curve(told: Told, run: Run) -> None:
    said = told("banana")
    assert [bar["customers"] for bar in said["bars"]] == [0, 0, 3, 0, 0]
    assert said["curve"]["reason"] == "few_buyers"
    assert told("banana", "--sold-via", "pos")["customers"] == 1
    assert "3 buyers are too few for a curve" in run("banana")
    assert "give months or years" in run("banana", "--period", "90d", code=1)


def test_dat_01_score_explain_tells_any_past_instant(told: Told) -> None:
    then = told("score", "explain", "052-123-4561", "--at", "2026-02-10")
    assert (then["last_order_at"][:10], then["orders"], then["spend"]) == ("2026-02-01", 2, "500.00")
    now = told("score", "explain", "+972521234561", "--at", "2026-03-01")
    assert (now["orders"], now["spend"], now["cell"]) == (3, "1200.00", "333")


def test_sco_11_the_explanation_is_in_words_of_either_language(run: Run) -> None:
    assert "R becomes 1 on 2026-05-19 12:00 unless a purchase occurs" in run(
        "score", "explain", "c2@shop.co.il", "--language", "en"
    ).replace("\n", " ")
    assert "בסניף Ayalon" in run("score", "explain", "c2@shop.co.il")


def test_who_is_not_known_is_said(run: Run) -> None:
    assert "nobody is known by 'x@y.com'; give a phone" in run("score", "explain", "x@y.com", code=1)
    assert "nobody is known by 'x@y.com'" in run("customer", "show", "x@y.com", code=1)


def test_sco_15_a_window_that_forbids_133_is_refused_and_nothing_is_saved(run: Run, told: Told) -> None:
    said = run("cuts", "save", "--recency", "30,90", "--window-days", "90", code=1)
    assert "a customer idle 90 days would always have F=0" in said.replace("\n", " ")
    assert [one["version"] for one in told("cuts", "show")["versions"]] == [1]


def test_saved_cuts_are_a_new_version_and_everyone_is_settled_under_it(told: Told) -> None:
    saved = told(
        "cuts", "save", "--recency", "30,60", "--orders", "2,4", "--spend", "500,5000", "--window-months", "24"
    )
    assert (saved["version"], saved["recency"], saved["spend"]) == (2, ["30 days", "60 days"], ["500.00", "5000.00"])
    assert [(one["version"], one["status"]) for one in told("cuts", "show")["versions"]] == [
        (1, "retired"),
        (2, "active"),
    ]
    assert told("rfm")["cells"]["322"]["customers"] == 2
    card = told("customer", "show", "c2@shop.co.il")
    assert card["score"]["cuts"]["version"] == 2
    causes = [entry["cause"] for entry in card["timeline"] if entry["kind"] == "score"]
    assert causes[-1] == "cuts v2"


def test_diff_tells_who_would_move_and_changes_nothing(told: Told, run: Run) -> None:
    told("cuts", "save", "--spend", "2000,9000")
    before = told("rfm")
    moved = told("cuts", "diff", "1", "2")
    assert (moved["customers"], moved["movers"], moved["flows"]) == (
        3, 3, {"stars → regulars": 2, "risk → fading": 1},
    )  # fmt: skip
    assert told("rfm") == before
    assert "there are no cuts v7; there are: v1, v2" in run("cuts", "diff", "1", "7", code=1)


def test_fit_proposes_and_scores_nobody(told: Told) -> None:
    before = told("rfm")
    said = told("cuts", "fit")
    assert (said["proposal"]["origin"], said["proposal"]["recency"]) == ("fitted", ["40 days", "90 days"])
    assert told("rfm") == before


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--recency", "30"), "give two, with a comma between"),
        (("--recency", "30,soon"), "'soon' is not a span of time"),
        (("--orders", "3,2"), "the second cut must be above the first"),
        (("--spend", "400,x"), "'x' is not an amount"),
        (("--window-days", "700", "--window-months", "24"), "not both"),
    ],
)
def test_cuts_that_cannot_be_are_refused_by_name(run: Run, options: tuple[str, ...], says: str) -> None:
    assert says in run("cuts", "save", *options, code=1).replace("\n", " ")


def test_dat_05_customer_show_tells_the_card(told: Told, run: Run) -> None:
    card = told("customer", "show", "052-1234562", "--language", "en")
    orders = [entry for entry in card["timeline"] if entry["kind"] == "order"]
    assert [(one["sold_via"], one["branch"], one["net"]) for one in orders] == [("pos", "Ayalon", "1500.00")] * 3
    assert orders[0]["words"] == "bought at the till of Ayalon, ₪1,500"
    assert (card["score"]["orders"], card["score"]["spend"], card["score"]["cell"]) == (3, "4500.00", "333")
    said = run("customer", "show", "052-1234562", "--most", "1")
    assert "phone:+972521234562" in said
    assert "קנייה בקופה, סניף Ayalon" not in run("customer", "show", "052-1234562", "--most", "0")


def test_report_writes_one_page_and_says_where(told: Told, run: Run, tmp_path: Path) -> None:
    path = tmp_path / "out" / "page.html"
    said = told("report", "--out", str(path), "--language", "en")
    assert (said["report"], said["customers"], said["bytes"]) == (str(path), 3, path.stat().st_size)
    assert 'lang="en"' in path.read_text(encoding="utf-8")
    run("report", "--out", str(path))
    assert 'lang="he" dir="rtl"' in path.read_text(encoding="utf-8")
    assert "cannot be written" in run("report", "--out", "/proc/none/page.html", code=1)


def test_seg_01_groups_are_listed_and_renamed(told: Told, run: Run) -> None:
    assert [one["key"] for one in told("groups", "list")["groups"]] == [*(group.key for group in GROUPS), "prospects"]
    assert told("groups", "rename", "stars", "--en", "Gold")["en"] == "Gold"
    assert told("groups", "list")["groups"][0] == {
        "key": "stars", "he": "כוכבים (VIP)", "en": "Gold", "cells": ["333"],
    }  # fmt: skip
    assert "Gold" in run("groups", "list")
    assert "group: Gold" in run("score", "explain", "052-1234562", "--language", "en")
    run("groups", "rename", "risk", "--he", "לב")
    assert "לב" in run("rfm")
    assert "there is no group 'gold'" in run("groups", "rename", "gold", "--en", "x", code=1)
    assert "give --he, --en or both" in run("groups", "rename", "stars", code=1)


def test_identity_explains_by_what_a_customer_is_known(told: Told, run: Run) -> None:
    said = told("identity", "explain", "c2@shop.co.il")
    assert {one["kind"] for one in said["identifiers"]} == {"phone", "email"}
    assert told("identity", "report")["house_accounts"] == 0
    assert "there is no merge 9" in run("identity", "unmerge", "9", code=1)
