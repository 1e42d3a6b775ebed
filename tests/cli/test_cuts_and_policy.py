"""Cuts looked at before they are saved, cuts of categories, and the policy beside them."""

import json
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from ritorno.core.decisions import GroupMoved, ScoreMoved
from ritorno.core.events import Channel, ConsentTold, Line, OrderTold, SoldVia, happened
from ritorno.core.identifiers import Kind, normalise
from ritorno.core.plan import Plan
from ritorno.core.scores.cells import CELLS, GROUPS
from ritorno.playbooks.library import load
from ritorno.store import customers, decisions, definitions
from ritorno.store.connection import connect
from ritorno.testing import at, held_out_of
from ritorno.work.accept import accept
from ritorno.work.activate import activate
from ritorno.work.react import react_to_inbox
from tests.cli.conftest import NOW, Run, Told

Buy = Callable[[str, str, int, str], None]
WIDER = ("--recency", "30,200")


@pytest.fixture
def buy(database: str, plan: Plan) -> Buy:
    """`buy(phone, when, shekels, category)`"""
    count = 0

    def buys(phone: str, when: str, shekels: int, category: str) -> None:
        nonlocal count
        count += 1
        told = OrderTold(f"b{count}", shekels * 100, "ILS", SoldVia.ONLINE, lines=(Line("S", category=category),))
        who = (normalise(Kind.PHONE, phone),)
        event = happened("other", f"b{count}", told, occurred_at=at(when), received_at=at(when), identifiers=who)
        with connect(database, autocommit=True) as connection:
            accept(connection, plan.brand.id, [event])
            while react_to_inbox(connection, plan, NOW).events:
                pass

    return buys


def test_sco_12_a_preview_tells_cells_groups_and_who_moves_and_changes_nothing(told: Told, run: Run) -> None:
    before = told("rfm"), told("cuts", "show")
    said = told("cuts", "preview", *WIDER)
    assert (said["customers"], said["movers"], said["at_stake"]) == (3, 1, "1500.00")
    assert said["groups"]["risk"] == {
        "now": {"customers": 1, "revenue": "1500.00"}, "then": {"customers": 0, "revenue": "0.00"},
    }  # fmt: skip
    assert said["groups"]["cooling"]["then"]["customers"] == 1
    assert said["cells"]["233"]["then"] == {"customers": 1, "revenue": "1500.00"}
    assert list(said["cells"]) == list(CELLS)
    assert list(said["groups"]) == [group.key for group in GROUPS]
    assert (said["flows"], said["stakes"]) == ({"risk → cooling": 1}, {"risk → cooling": "1500.00"})
    (who,) = said["who"]
    assert (who["from_cell"], who["to_cell"], who["from"], who["to"], who["at_stake"]) == (
        "133", "233", "risk", "cooling", "1500.00",
    )  # fmt: skip
    assert told("customer", "show", who["customer"])["score"]["cell"] == "133"
    assert (said["cuts"]["version"], said["proposal"]["version"]) == (1, 2)
    assert (told("rfm"), told("cuts", "show")) == before
    text = run("cuts", "preview", *WIDER)
    assert "1 of 3 customers would be in another group." in text
    assert f"{who['customer']}  133 → 233  1500.00 ILS in 12 months" in text
    assert "133 → 233" not in run("cuts", "preview", *WIDER, "--movers", "0")
    assert "133 → 233" not in run("cuts", "preview", *WIDER, "--page", "2")


@pytest.mark.parametrize(
    "options",
    [
        WIDER,
        ("--orders", "2,4", "--spend", "2000,9000"),
        ("--window-days", "200", "--occasion", "day_and_branch"),
        ("--recency", "5,10"),
        ("--category", "קפסולות=5,90"),
        ("--preset", "furniture"),
        ("--from-fit",),
    ],
)
def test_sco_12_what_the_preview_tells_is_what_saving_moves(
    told: Told, buy: Buy, database: str, plan: Plan, options: tuple[str, ...]
) -> None:
    buy("052-1234561", "2026-02-21T10:00", 100, "קפסולות")
    buy("052-1234565", "2026-02-15T10:00", 450, "קפסולות")
    buy("052-1234566", "2025-12-15T10:00", 1300, "מכונות")
    said = told("cuts", "preview", *options)
    told("cuts", "save", *options)
    moved, rescored, groups = set(), 0, told("rfm")["groups"]
    with connect(database, autocommit=True) as connection:
        for document in customers.read_all(connection, plan.brand.id):
            log = decisions.of_customer(connection, plan.brand.id, document.id)
            mine = [each for each in log if each.cause == "cuts v2"]
            rescored += any(isinstance(each, ScoreMoved) for each in mine)
            moved |= {(str(document.id), each.before, each.after) for each in mine if isinstance(each, GroupMoved)}
    assert {(one["customer"], one["from"], one["to"]) for one in said["who"]} == moved
    assert (said["movers"], said["rescored"]) == (len(moved), rescored)
    assert {key: one["then"]["customers"] for key, one in said["groups"].items()} == {
        key: one["customers"] for key, one in groups.items() if key != "prospects"
    }


def test_sco_06_a_category_has_cuts_of_its_own_and_each_card_names_the_rule_and_version(
    told: Told, run: Run, buy: Buy, tmp_path: Path
) -> None:
    """Default 30/90, 'coffee capsules' 20/45; both 50 days idle: Dana R1, Avi R2."""
    buy("052-1110001", "2026-01-10T10:00", 90, "coffee capsules")
    buy("052-1110002", "2026-01-10T10:00", 90, "machines")
    saved = told("cuts", "save", "--category", "coffee capsules=20,45")
    assert saved["by_category"] == {"coffee capsules": ["20 days", "45 days"]}
    dana, avi = (told("score", "explain", f"052-111000{n}", "--language", "en") for n in (1, 2))
    assert (dana["r"], avi["r"]) == (1, 2)
    assert dana["rule"] == {"category": "coffee capsules", "recency": ["20 days", "45 days"], "version": 2}
    assert avi["rule"] == {"category": None, "recency": ["30 days", "90 days"], "version": 2}
    assert "by the cuts of coffee capsules, 20 days and 45 days, v2" in dana["words"]
    assert "by the shop's cuts, 30 days and 90 days, v2" in avi["words"]
    assert "R of coffee capsules: 20 days / 45 days" in run("cuts", "show", "--version", "2")
    assert "coffee capsules" not in run("cuts", "show", "--version", "1")
    page = tmp_path / "page.html"
    run("report", "--out", str(page), "--language", "en")
    assert "who mostly buy it: R under" in page.read_text(encoding="utf-8")
    assert told("cuts", "save", "--category", "coffee capsules=")["by_category"] == {}
    assert told("score", "explain", "052-1110001")["r"] == 2


def test_sco_12_history_can_be_read_under_either_version(told: Told, run: Run) -> None:
    told("cuts", "save", *WIDER)
    one, two = (told("rfm", "--as-of", "2026-01-15", "--cuts-version", str(n)) for n in (1, 2))
    assert (one["cuts"]["version"], one["groups"]["risk"]["customers"]) == (1, 1)
    assert (two["cuts"]["version"], two["groups"]["risk"]["customers"]) == (2, 0)
    assert "there are no cuts v7; there are: v1, v2" in run("rfm", "--cuts-version", "7", code=1)
    assert "there are no cuts v7; there are: v1, v2" in run("cuts", "show", "--version", "7", code=1)
    assert [each["version"] for each in told("cuts", "show", "--version", "1")["versions"]] == [1]


def test_sco_06_a_fit_of_one_category_says_how_to_save_it(told: Told, run: Run, buy: Buy) -> None:
    for when in ("2026-01-01T10:00", "2026-01-21T10:00"):
        buy("052-1110001", when, 90, "tea")
    said = told("cuts", "fit", "--category", "tea")
    assert said["proposal"]["by_category"] == {"tea": ["40 days", "90 days"]}
    assert said["evidence"] == {
        "category": "tea", "customers": 1, "repeat_customers": 1, "gap_median": 20.0, "gap_p90": 20.0,
    }  # fmt: skip
    assert 'ritorno cuts save --category "tea=40,90"' in run("cuts", "fit", "--category", "tea")
    assert "nobody has bought anything of 'cocoa'; of these: tea" in run("cuts", "fit", "--category", "cocoa", code=1)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--category", "capsules=45,20"), "recency of 'capsules' 45 days, 20 days: the second cut must be longer"),
        (("--category", "sofas=90,500"), "twice the R1 cut of 'sofas' of 500 days"),
        (("--category", "capsules"), "write NAME=DAYS,DAYS"),
        (("--category", "capsules="), "'capsules' has no cuts of its own"),
        (("--category", "capsules=20"), "give two, with a comma between"),
        (("--orders", "2,x"), "'x' is not a whole number of orders"),
        (("--preset", "fashion", "--from-fit"), "give --preset or --from-fit, not both"),
    ],
)
def test_cuts_that_cannot_be_are_refused_before_they_are_shown_or_saved(
    run: Run, told: Told, options: tuple[str, ...], says: str
) -> None:
    for command in ("preview", "save"):
        assert says in run("cuts", command, *options, code=1).replace("\n", " ")
    assert len(told("cuts", "show")["versions"]) == 1


def test_a_preset_takes_money_from_the_shops_own_orders(told: Told) -> None:
    saved = told("cuts", "save", "--preset", "furniture")
    assert (saved["recency"], saved["orders"], saved["origin"]) == (["90 days", "365 days"], [2, 3], "preset")
    assert saved["spend"] == ["1500.01", "3558.01"]  # of 1,200, 1,500 and 4,500, drawn in by 1 % at either end


def test_sco_10_cooldowns_cycles_and_tiers_are_a_version_of_the_policy(told: Told, run: Run, database: str) -> None:
    assert told("policy", "show")["version"] == 1
    saved = told(
        "policy", "set", "--cooldown", "shoes=14d", "--cooldown", "fridges=30", "--cycle", "45",
        "--category-cycle", "capsules=21.5", "--tiers", "3000,800", "--a-day", "0", "--keeps-behaviour", "500d",
    )  # fmt: skip
    assert saved == told("policy", "show") == {
        "version": 2, "a_day": 0, "a_week": 3, "a_week_stars": 2, "whatsapp_a_day": 0,
        "whatsapp_falls_back": False, "cooldowns": {"shoes": "14 days", "fridges": "30 days"},
        "cycle": 45.0, "cycles": {"capsules": 21.5}, "tiers": ["3000.00", "800.00"],
        "keeps_behaviour": "500 days",
    }  # fmt: skip
    assert told("policy", "set", "--cooldown", "shoes=")["cooldowns"] == {"fridges": "30 days"}
    assert "fridges: 30 days" in run("policy", "show")
    with connect(database, autocommit=True) as connection:
        rows = connection.execute("SELECT detail FROM audit WHERE action = 'policy' ORDER BY id").fetchall()
    assert [row[0]["version"] for row in rows] == [2, 3]
    assert set(rows[1][0]) == {"version", "cooldowns"}


def test_isr_16_the_tier_of_whatsapp_is_a_policy(told: Told, run: Run) -> None:
    saved = told("policy", "set", "--whatsapp-a-day", "2000", "--whatsapp-falls-back")
    assert (saved["whatsapp_a_day"], saved["whatsapp_falls_back"]) == (2000, True)
    assert "95 % of 2,000 in 24 hours, 333 first, then by the next way" in run("policy", "show")
    assert told("policy", "set", "--whatsapp-waits")["whatsapp_falls_back"] is False
    assert "the rest on the next day" in run("policy", "show")
    assert "must be 0" in run("policy", "set", "--whatsapp-a-day", "-1", code=1)


def test_who_is_fresh_moves_when_a_cooldown_changes(told: Told, run: Run, buy: Buy) -> None:
    """SCO-10."""
    buy("052-1110001", "2026-02-14T10:00", 500, "shoes")
    buy("052-1110002", "2026-02-14T10:00", 500, "fridges")
    run("segments", "save", "just_bought", "fresh", "--en", "Just bought")
    told("policy", "set", "--cooldown", "shoes=14d", "--cooldown", "fridges=30d")
    fresh = {n: "just_bought" in json.dumps(told("customer", "show", f"052-111000{n}")["segments"]) for n in (1, 2)}
    assert fresh == {1: False, 2: True}


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--a-day", "-1"), "a_day is -1; it must be 0 (no cap) or more"),
        (("--cycle", "0"), "cycle is 0 days; it must be above 0"),
        (("--category-cycle", "tea=nan"), "cycle of 'tea' is nan days"),
        (("--cooldown", "shoes"), "write CATEGORY=VALUE"),
        (("--cooldown", "shoes="), "nothing is said of 'shoes'"),
        (("--cooldown", "shoes=0d"), "cool-down of 'shoes' is 0 days: it must be at least 1"),
        (("--cooldown", "shoes=soon"), "'soon' is not a span of time"),
        (("--tiers", "800,3000"), "A must begin above B"),
        (("--tiers", "800"), "give two, with a comma between"),
        ((), "this changes nothing"),
    ],
)
def test_a_policy_that_cannot_be_is_refused_by_name(run: Run, told: Told, options: tuple[str, ...], says: str) -> None:
    assert says in run("policy", "set", *options, code=1).replace("\n", " ")
    assert told("policy", "show")["version"] == 1


def test_tiers_are_proposed_from_a_years_spend_and_saved_only_when_told_to(told: Told, run: Run) -> None:
    proposed = told("policy", "fit-tiers")
    assert (proposed["customers"], proposed["tiers"], proposed["saved"]) == (3, ["3900.01", "1500.01"], None)
    assert told("policy", "show")["tiers"] is None
    assert told("policy", "fit-tiers", "--save")["saved"] == 2
    assert told("policy", "show")["tiers"] == ["3900.01", "1500.01"]
    assert "nobody has bought in the last 12 months" in run("policy", "fit-tiers", "--as-of", "2020-01-01", code=1)


def test_sco_13_the_reference_is_made_of_the_live_cuts_and_one_customer_without_a_name(told: Told, run: Run) -> None:
    told("cuts", "save", "--recency", "25,80")
    told("cuts", "save", "--orders", "2,4")
    said = told("score", "reference", "--language", "en")
    assert said["cuts"]["version"] == 3
    assert said["formulas"][0] == "How scores are made here, by the stored cuts v3"
    assert "from 2 orders on 2, from 4 orders on 3" in " ".join(said["formulas"])
    assert said["example"][0] == "Example: a real customer, without a name."
    assert "shop.co.il" not in json.dumps(said)
    assert "גרסה 3" in run("score", "reference")
    assert told("score", "reference", "--as-of", "2020-01-01")["example"] == []


def test_sco_12_only_when_treated_as_moves_do_new_cuts_enroll(told: Told, run: Run, database: str, plan: Plan) -> None:
    """The star of 2026-02-20 and the one of 2026-02-18 are at risk where a week makes R1."""
    with connect(database, autocommit=True) as connection:
        for n in (1, 2):
            consent = ConsentTold(Channel.SMS, given=True, source="form", wording="כן")
            who = (normalise(Kind.PHONE, f"052-123456{n}"),)
            event = happened("f", f"c{n}", consent, occurred_at=NOW, received_at=NOW, identifiers=who)
            accept(connection, plan.brand.id, [event])
        while react_to_inbox(connection, plan, NOW).events:
            pass
        activate(connection, plan, held_out_of(load("PB2"), 0), NOW, "test")
        told("cuts", "save", "--recency", "3,7")
        assert _enrolled(connection) == 0
        told("cuts", "save", "--recency", "30,90")
        told("cuts", "save", "--recency", "3,7", "--treat-as-moves")
        assert _enrolled(connection) == 2
        (detail,) = (
            connection.execute("SELECT detail FROM audit WHERE action = 'cuts' ORDER BY id DESC").fetchone() or ()
        )
    assert (detail["version"], detail["as_moves"]) == (4, True)


def _enrolled(connection: psycopg.Connection) -> int:
    row = connection.execute("SELECT count(*) FROM enrollment WHERE ended_at IS NULL").fetchone()
    assert row is not None
    return int(row[0])


def test_sco_12_what_was_due_before_the_new_cuts_is_settled_under_the_old_ones(
    told: Told, database: str, plan: Plan
) -> None:
    """The worker has slept since 1 March; by the new cuts c2 would have been at risk long ago, and is not enrolled."""
    with connect(database, autocommit=True) as connection:
        activate(connection, plan, held_out_of(load("PB2"), 0), NOW, "test")
        definitions.set_clock(connection, plan.brand.id, at("2026-04-10T10:00"))
        told("cuts", "save", "--recency", "3,30")
        causes = [
            (each.after, each.cause)
            for document in customers.read_all(connection, plan.brand.id)
            for each in decisions.of_customer(connection, plan.brand.id, document.id)
            if isinstance(each, ScoreMoved) and each.axis == "r" and each.at > NOW
        ]
        assert sorted(causes) == [(1, "cuts v2"), (1, "cuts v2"), (2, "elapsed 30 days"), (2, "elapsed 30 days")]
        assert _enrolled(connection) == 0
