"""`why`, `why-not`, `consent proof`, `playbook results`: the program answers in the brand's language, line by line."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from ritorno.cli import cli
from ritorno.cli.app import console
from ritorno.settings import Settings
from tests.web.shop import DANI, Shop, open_shop

Lines = Callable[..., list[str]]


@pytest.fixture(params=["he", "en"])
def shop(request: pytest.FixtureRequest, database: str, tmp_path: Path) -> Iterator[Shop]:
    """A shop that has just written to Dani."""
    with open_shop(Settings(tmp_path / "home", database), language=request.param) as opened:
        opened.rescue()
        yield opened


@pytest.fixture
def lines(shop: Shop, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lines:
    """What the program writes, on a narrow screen."""
    monkeypatch.setenv("RITORNO_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("DATABASE_URL", database)
    monkeypatch.setattr(console, "_width", 60)

    def runs(*arguments: str) -> list[str]:
        result = CliRunner().invoke(cli, list(arguments))
        assert result.exit_code == 0, result.output
        return result.output.splitlines()

    return runs


def test_why_answers_about_a_customer_and_about_a_message(shop: Shop, lines: Lines) -> None:
    said = {
        "he": ["{} מתקררים ← לקוחות בסיכון", "{} ההודעה rescue התבקשה", "{} rescue נשלחה ב-sms"],
        "en": ["{} Cooling → At risk", "{} message rescue was wanted", "{} rescue was sent by sms"],
    }[shop.plan.brand.language]
    story = lines("why", DANI, "PB2")
    assert [line.format("2026-03-03 14:05:10 ") for line in said] == [story[1], *story[3:]]
    about = lines("why", str(shop.message().message.id))
    assert about[1 : len(story) + 1] == story, "the consent that permitted it stands before the story, whole after it"
    assert "אשמח לקבל עדכונים" in about[len(story) + 2]
    told = json.loads(lines("why", DANI, "PB2", "--json")[-1])
    assert told["facts"][-1] == {"at": "2026-03-03T14:05:10+02:00", "code": "sent", "detail": "sms"}


def test_why_not_answers_in_lines_that_are_not_broken(shop: Shop, lines: Lines) -> None:
    shop.buy("2026-03-03T15:00", 300)
    said = lines("why-not", DANI, "PB2")
    assert {"he": "לא מתקיים: קבוצה: לקוחות בסיכון", "en": "not so: group: At risk"}[shop.plan.brand.language] == said[
        0
    ]
    assert said[-1].startswith({"he": "אם לא יקרה דבר: ב-", "en": "if nothing happens: on "}[shop.plan.brand.language])
    told = json.loads(lines("why-not", DANI, "PB2", "--json")[-1])
    assert (told["trigger"], told["would"]) == (
        {"when": "moved", "axis": "r", "to": 1},
        "declined: again_after: 180 days",
    )


def test_why_not_about_somebody_who_is_in_it_says_so_once_and_where_to_ask(shop: Shop, lines: Lines) -> None:
    said = {
        "he": ["נמצאים במסלול עכשיו", f"לשאול: ritorno why {DANI} PB2"],
        "en": ["is in it now", f"ask: ritorno why {DANI} PB2"],
    }
    assert lines("why-not", DANI, "PB2") == said[shop.plan.brand.language]


def test_who_never_entered_and_a_playbook_that_does_not_run_are_told(shop: Shop, lines: Lines) -> None:
    shop.buy("2026-03-03T15:00", 300, phone="054-111-2223")
    told = {
        "he": ["PB2: מעולם לא נכנסו", "PB2 אינו פעיל (paused): איש אינו נכנס"],
        "en": ["PB2: never entered", "PB2 is not active (paused): nobody enters it"],
    }
    never, paused = told[shop.plan.brand.language]
    assert lines("why", "054-111-2223", "PB2")[0] == never
    lines("playbook", "pause", "PB2")
    assert lines("why-not", "054-111-2223", "PB2")[0] == paused


def test_isr_01_the_proof_of_consent_is_told_whole(shop: Shop, lines: Lines) -> None:
    told = lines("consent", "proof", str(shop.message().message.id))
    assert "2025-06-01 10:00:00" in told[0]
    assert told[-1] == {"he": "ההסכמה בתוקף", "en": "consent is in force"}[shop.plan.brand.language]
    plain = json.loads(lines("consent", "proof", str(shop.message().message.id), "--json")[-1])
    assert (plain["permit"]["wording"], plain["since"], plain["stands"]["wording"]) == (
        "אשמח לקבל עדכונים",
        [],
        "אשמח לקבל עדכונים",
    )


def test_results_say_that_there_is_no_lift_yet(shop: Shop, lines: Lines) -> None:
    told = lines("playbook", "results", "PB2")
    last = {
        "he": "תוספת מול קבוצת ההשוואה: עדיין לא ניתן לקבוע",
        "en": "lift against the holdout: not yet to be determined",
    }
    assert told[-1] == last[shop.plan.brand.language]
    plain = json.loads(lines("playbook", "results", "PB2", "--json")[-1])
    assert (plain["liability"], plain["cap"], plain["spend"]) == ("50.00", None, None)


def test_orc_04_a_playbooks_page_is_in_words(shop: Shop, lines: Lines) -> None:
    told = lines("playbook", "show", "PB2")
    said = {
        "he": [
            "segment  קבוצה: לקוחות בסיכון",
            "trigger  R עובר ל-1",
            "step return  להמתין עד 72 שעות מהכניסה",
            "exit  כל קנייה, בכל מקום",
        ],
        "en": [
            "segment  group: At risk",
            "trigger  R moves to 1",
            "step return  wait until 72 hours after entering",
            "exit  any purchase, anywhere",
        ],
    }[shop.plan.brand.language]
    assert [line for line in said if line not in told] == []
    assert any(line.startswith("  sms  [AD] [HI]") for line in told), "texts are shown as they are written"
