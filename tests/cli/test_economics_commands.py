"""`ritorno second-purchase`, `cac`, `ad-savings`, as people and machines read them."""

import pytest

from tests.cli.conftest import Run, Told


def test_pb3_03_the_curve_is_shown_with_its_mark(run: Run, told: Told) -> None:
    said = run("second-purchase", "--days", "60")
    assert "3 customers" in said
    assert "half of those by day" in said
    assert "day  30" in said
    (curve,) = told("second-purchase", "--days", "60")["curves"].values()
    assert curve["customers"] == 3
    assert curve["points"][-1]["share"] == pytest.approx(1)
    assert run("second-purchase", "--playbook", "PB3").strip() == "Nobody has entered PB3 yet."
    assert run("second-purchase", "--as-of", "2020-01-01").strip() == "Nobody has bought yet."


def test_orc_13_cac_stands_beside_the_margin(run: Run, told: Told) -> None:
    """Three new customers for ₪600, one watched for 200 days."""
    said = run("cac", "--cost", "600", "--from", "2025-01-01", "--days", "30")
    assert "CAC ₪200 = ₪600 ÷ 3 new customers" in said.replace("\u2066", "").replace("\u2069", "")
    assert "paid back by day 0" in said
    plain = told("cac", "--cost", "600", "--from", "2025-01-01", "--days", "30")
    assert (plain["cac"], plain["customers"]) == ("200.00", 3)
    assert "No new customers" in run("cac", "--cost", "600", "--from", "2026-02-25")
    assert "is not an amount" in run("cac", "--cost", "much", "--from", "2025-01-01", code=1)


def test_pb4_07_the_estimate_shows_its_formula(run: Run, told: Told) -> None:
    lines = run("ad-savings", "--customers", "1000", "--cpm", "30").splitlines()
    said = lines[0].replace("\u2066", "").replace("\u2069", "")
    assert lines[1] == "what it could pay instead: ritorno suggest --saved 240.00", "PB4-08"
    assert said.strip() == "estimate ₪240/month = 1,000 × 8 × ₪30 ÷ 1,000 (customers × impressions × CPM ÷ 1,000)"
    plain = told("ad-savings", "--customers", "1000", "--cpm", "30", "--on", "900", "30", "--off", "620", "20")
    assert (plain["month"], plain["measured_month"], plain["inputs"]["impressions"]) == ("240.00", "30.00", 8)
    assert "2.00%" in run("ad-savings", "--customers", "10", "--cpc", "1", "--click-rate", "2")
    assert "a month less" in run("ad-savings", "--customers", "9", "--cpm", "3", "--on", "9", "3", "--off", "6", "2")
    assert "one of them" in run("ad-savings", "--customers", "10", code=1)
