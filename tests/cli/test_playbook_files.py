"""`ritorno playbook check|save|export|diff|activate`: playbooks in files, in git and back (ORC-18, ORC-03)."""

import json
from pathlib import Path

import pytest
import yaml

from ritorno.playbooks import library
from tests.cli.conftest import Run, Told

TIERED = ("value-top", "value-small")


def test_orc_03_every_ready_playbook_is_listed_with_both_names_and_activates_as_it_is(told: Told) -> None:
    listed = told("playbook", "list")["playbooks"]
    assert {each["key"] for each in listed} == set(library.ready()) >= {"PB1", "PB2", "PB3", "PB4", "replenish", "cart"}
    for each in listed:
        assert all(each["name"][language] for language in ("he", "en"))
        assert each["status"] == "draft"
        if each["key"] not in TIERED:
            assert told("playbook", "activate", each["key"])["status"] == "active"


def test_com_23_value_tiers_are_asked_for_only_once_the_shop_has_said_them(told: Told, run: Run) -> None:
    for key in TIERED:
        assert "set the policy's tiers" in run("playbook", "activate", key, code=1)


def test_orc_18_export_change_a_wait_save_version_plus_one(told: Told, run: Run, tmp_path: Path) -> None:
    text = run("playbook", "export", "PB3")
    data = yaml.safe_load(text)
    week = next(step for step in data["steps"] if step["name"] == "a-week")
    week["span"] = [5, "days"]
    file = tmp_path / "pb3.yaml"
    file.write_text(yaml.safe_dump(data, allow_unicode=True, sort_keys=False), encoding="utf-8")
    assert "can run" in run("playbook", "check", str(file))
    assert told("playbook", "save", str(file)) == {"playbook": "PB3", "version": 2, "status": "draft"}
    assert told("playbook", "save", str(file))["version"] == 2, "the same once more saves nothing"
    changed = told("playbook", "diff", "PB3@1", "PB3@2")["diff"]
    assert [line for line in changed if line[0] in "+-" and line[:3] not in ("+++", "---")] == ["-  - 7", "+  - 5"]
    assert told("playbook", "activate", "PB3")["version"] == 3
    spans = [step.get("span") for step in json.loads(run("playbook", "export", "PB3@3", "--format", "json"))["steps"]]
    assert [5, "days"] in spans


def test_pb1_01_a_parameter_is_measured_of_the_shop_or_set(told: Told, run: Run) -> None:
    """The last 12 months: three of 500, then 200, 300 and 700, and three of 1,500 at the till."""
    answer = told("playbook", "activate", "PB1")
    assert answer["parameters"] == {"high_order": 150_000}
    assert answer["measured_from"]["orders"] == 9
    assert told("playbook", "activate", "PB1", "--set", "high_order=90000")["parameters"] == {"high_order": 90_000}
    exported = yaml.safe_load(run("playbook", "export", "PB1"))
    assert exported["trigger"]["order"]["total_from"] == "$high_order"
    assert exported["parameters"]["high_order"]["value"] == 90_000
    assert "high_order" in run("playbook", "activate", "PB1", "--set", "hihg_order=1", code=1)


def test_isr_06_pb1_09_what_no_provider_would_take_is_warned_of_while_the_sandbox_keeps_it(
    told: Told, run: Run
) -> None:
    """The shop is called אלמוג, has no sender and no address."""
    warned = told("playbook", "activate", "PB1")["warnings"]
    assert warned == ["visit email: an e-mail says where to answer; set the brand's reply_to or address"]
    assert "warning visit email: an e-mail says where to answer" in run("playbook", "activate", "PB1")
    assert any("is refused by operators" in each for each in told("playbook", "activate", "PB2")["warnings"])


def test_a_page_tells_steps_inside_branches_in_both_languages(run: Run) -> None:
    page = run("playbook", "show", "cart")
    assert "step help" in page
    assert "step once-more" in page


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"steps": [{"do": "go", "name": "g", "to": "g"}]}, "goes round without a wait"),
        ({"steps": [{"do": "end", "name": "e"}, {"do": "tag", "name": "t", "tag": "x"}]}, "nobody gets here"),
        ({"trigger": {"when": "segment_entered", "segment": "nowhere"}}, "there is no segment 'nowhere'"),
        ({"steps": [{"do": "fly", "name": "f"}]}, "fly"),
    ],
)
def test_check_finds_what_would_go_wrong(run: Run, tmp_path: Path, change: dict[str, object], said: str) -> None:
    file = tmp_path / "bad.yaml"
    file.write_text(yaml.safe_dump({**library.read("counters"), **change}, allow_unicode=True), encoding="utf-8")
    assert said in " ".join(run("playbook", "check", str(file), code=1).split())
    assert said in " ".join(run("playbook", "save", str(file), code=1).split())


def test_versions_that_there_are_not_are_named(run: Run) -> None:
    assert "PB3 has no version 7; it has: 1" in run("playbook", "export", "PB3@7", code=1)
    assert "there is no playbook 'PB33'" in run("playbook", "diff", "PB33", "PB3", code=1)


def test_orc_19_the_purchase_automation_is_activated_as_one(told: Told) -> None:
    answer = told("playbook", "activate", "purchase-360")
    keys = [each["playbook"] for each in answer["playbooks"]]
    assert (answer["bundle"], keys) == ("purchase-360", ["replenish", "loyalty", "how-to", "upsell", "counters"])
    active = {each["key"] for each in told("playbook", "list")["playbooks"] if each["status"] == "active"}
    assert active == set(keys)


def test_sco_14_who_pulls_the_trigger_and_can_never_be_in_the_segment_is_warned_of_with_the_share(
    told: Told, run: Run, tmp_path: Path
) -> None:
    """M cuts of 400 and 1,200: of the first orders of 300 and more those below 1,200 bring 311 and 312, not 313."""
    data = yaml.safe_load(run("playbook", "export", "PB3"))
    data["segment"] = {"is": "cell", "cells": ["313"]}
    data["parameters"]["first_order"]["value"] = 30_000
    file = tmp_path / "pb3.yaml"
    file.write_text(yaml.safe_dump(data, allow_unicode=True, sort_keys=False), encoding="utf-8")
    warned = told("playbook", "check", str(file))["warnings"]
    assert [line.partition(",")[0] for line in warned] == [
        "segment: a first order from ₪300 up to ₪400 brings cell 311",
        "segment: a first order from ₪400 up to ₪1",
    ]
    assert "brings cell 312" in warned[1]
    assert all("in 12 months: " in line and "%" in line for line in warned)
    assert "warning: segment: a first order" in run("playbook", "check", str(file))
    run("playbook", "save", str(file))
    activated = told("playbook", "activate", "PB3", "--set", "first_order=130000")
    assert not any("first order" in line for line in activated["warnings"])
    again = told("playbook", "activate", "PB3", "--set", "first_order=100000")
    assert sum("brings cell 312" in line for line in again["warnings"]) == 1


def test_eng_11_a_playbook_says_which_data_it_runs_on_and_how_much_is_there(
    told: Told, run: Run, tmp_path: Path
) -> None:
    """Days of supply missing on 80% of the products: ready to 20%, with what to do about it."""
    products = tmp_path / "products.csv"
    lines = ["sku,product_name,category,consumable,days_per_unit", "A0,Pads,pads,yes,30"]
    products.write_text("\n".join([*lines, *(f"A{n},Pads {n},pads,yes," for n in range(1, 5))]), encoding="utf-8")
    run("import", "products", str(products))
    needs = {each["what"]: each for each in told("playbook", "readiness", "replenish")["needs"]}
    assert (needs["replenishment"]["share"], needs["replenishment"]["asked"]) == (0.2, 5)
    assert "import products" in needs["replenishment"]["fix"]
    assert (needs["consent"]["share"], needs["consent"]["asked"]) == (0, 4)
    assert "import consents" in needs["consent"]["fix"]
    shown = run("playbook", "readiness", "value-top")
    assert "  0%  דרגות שווי של לקוחות" in shown
    assert "ritorno policy set --tiers" in shown
    assert "there is no playbook" in run("playbook", "readiness", "nothing", code=1)
