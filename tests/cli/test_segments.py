"""`ritorno segments`: a rule is saved, everyone is settled under it, and anybody's answer is told part by part."""

from pathlib import Path

import msgspec
import pytest

from ritorno.core.ids import SegmentKey
from ritorno.core.journeys.journey import Playbook
from ritorno.core.journeys.parameters import PlaybookError
from ritorno.core.journeys.trigger import JoinedSegment
from ritorno.core.plan import Plan, with_playbooks
from ritorno.core.segments.rule import GroupIs, InSegment, Not
from ritorno.playbooks.library import load
from ritorno.store import definitions, segments
from ritorno.store.connection import connect
from ritorno.work.activate import activate
from ritorno.work.segments import used_by
from tests.cli.conftest import NOW, Run, Told


def test_seg_09_a_segment_is_saved_and_everyone_settled_under_it(run: Run, told: Told) -> None:
    said = told("segments", "save", "big", "bought at least 3 within 1y and not group risk", "--he", "גדולים")
    assert (said["version"], said["members"], said["name"]) == (1, 2, {"he": "גדולים", "en": "גדולים"})
    assert "big version 2: 1 are in it." in run("segments", "save", "big", "group risk", "--en", "Big")
    row = told("segments", "list")["segments"][0]
    assert (row["version"], row["members"], row["text"]) == (2, 1, "group risk")
    assert row["name"] == {"he": "גדולים", "en": "Big"}
    assert (row["since"], row["saved_by"], row["unused"], row["empty"]) == (
        "2026-03-01T10:00:00+02:00",
        "cli",
        True,
        False,
    )
    assert told("segments", "save", "big", "group risk")["version"] == 2
    assert told("customer", "show", "c3@shop.co.il")["segments"] == {"big": "2026-03-01T10:00:00+02:00"}


def test_a_rule_may_be_a_file_or_a_saved_one(run: Run, told: Told, tmp_path: Path) -> None:
    (tmp_path / "risk.yaml").write_text("version: 1\nrule: {is: group, groups: [risk]}\n", encoding="utf-8")
    (tmp_path / "risk.json").write_text('{"is": "group", "groups": ["riks"]}', encoding="utf-8")
    assert told("segments", "save", "risk", str(tmp_path / "risk.yaml"))["members"] == 1
    assert "did you mean risk?" in run("segments", "save", "b", str(tmp_path / "risk.json"), code=1)
    assert "cannot be read" in run("segments", "save", "b", str(tmp_path / "none.json"), code=1)
    assert told("segments", "save", "again", "risk")["text"] == "group risk"
    assert told("segments", "save", "others", "not segment risk")["members"] == 3


@pytest.mark.parametrize(
    ("key", "rule", "said"),
    [
        ("a b", "fresh", "'a b' cannot be a segment's key; write a letter"),
        ("a", "group riks", "rule: there is no group 'riks'; did you mean risk?"),
        ("a", "groop risk", "column 1: expected a leaf"),
        ("a", "segment vip", "there is no segment 'vip'"),
        ("a", "vip", "'vip' is neither a segment nor a rule; there are none yet"),
        ("a", "segment a", "there is no segment 'a'"),
        ("a", "did x within 3y", "behaviour is kept 400 days"),
        ("a", "value_tier = A", "there are no cuts of value"),
    ],
)
def test_what_cannot_be_saved_says_why(run: Run, key: str, rule: str, said: str) -> None:
    assert said in run("segments", "save", key, rule, code=1).replace("\n", " ")


def test_seg_11_list_tells_what_there_is_to_tidy(run: Run, told: Told) -> None:
    run("segments", "save", "buyers", "ever >= 1")
    run("segments", "save", "known", "not group prospects")
    run("segments", "save", "nobody_in", "group promising and segment buyers")
    rows = {row["key"]: row for row in told("segments", "list")["segments"]}
    assert rows["buyers"]["like"] == {"known": 1.0}
    assert rows["buyers"]["used_by"] == ["segment nobody_in"]
    assert (rows["nobody_in"]["empty"], rows["known"]["unused"], rows["buyers"]["unused"]) == (True, True, False)
    assert told("segments", "list")["warning"] is None
    said = run("segments", "list")
    assert "unused, 100% as buyers" in said
    assert "unused, empty" in said


def test_seg_11_more_segments_than_anybody_keeps_in_mind_are_warned_of(
    plan: Plan, database: str, run: Run, told: Told
) -> None:
    with connect(database, autocommit=True) as connection:
        for number in range(31):
            body = {"name": {"he": "x", "en": "x"}, "rule": {"is": "fresh"}}
            definitions.save(connection, plan.brand.id, "segment", f"s{number}", body, status="active", at=NOW, by="t")
    assert "31 segments are more than anybody keeps in mind" in told("segments", "list")["warning"]
    assert "31 segments are more" in run("segments", "list")


def test_a_segment_that_is_asked_for_stays(run: Run, told: Told) -> None:
    run("segments", "save", "buyers", "ever >= 1")
    run("segments", "save", "rest", "not segment buyers")
    assert "buyers is asked for by segment rest; change" in run("segments", "remove", "buyers", code=1).replace(
        "\n", " "
    )
    assert told("segments", "remove", "rest") == {"key": "rest", "version": 1, "status": "retired"}
    assert "buyers version 1 is retired." in run("segments", "remove", "buyers")
    assert told("customer", "show", "c2@shop.co.il")["segments"] == {}
    assert "there is no segment 'buyers'; there are none yet" in run("segments", "remove", "buyers", code=1)
    assert told("segments", "save", "buyers", "fresh")["version"] == 2


def test_a_circle_of_segments_is_refused(run: Run) -> None:
    run("segments", "save", "one", "fresh")
    run("segments", "save", "two", "segment one")
    assert "segments in a circle: one → two → one" in run("segments", "save", "one", "segment two", code=1)


def test_show_tells_text_and_words(run: Run, told: Told) -> None:
    run("segments", "save", "big", 'bought category "ויטמינים" within 30d or group risk', "--he", "גדולים")
    said = told("segments", "show", "big", "--language", "en")
    assert said["words"] == [
        "one of these:",
        "  purchases (category: \u2068ויטמינים\u2069) in the last 30 days: at least 1",
        "  group: At risk",
    ]
    assert said["rule"]["rules"][1] == {"is": "group", "groups": ["risk"]}
    printed = run("segments", "show", "big")
    assert "big גדולים · version 1" in printed
    assert 'bought category "ויטמינים" within 30d or group risk' in printed
    assert "קניות (קטגוריה: ויטמינים) ב-30 הימים האחרונים: לפחות 1" in printed
    assert "there is no segment 'bgi'; did you mean big?" in run("segments", "show", "bgi", code=1)


def test_seg_09_explain_tells_each_part_and_until_when(run: Run, told: Told) -> None:
    assert "there are no segments yet; save one" in run("segments", "explain", "c2@shop.co.il", code=1)
    run("segments", "save", "recent", "bought within 30d and ever >= 3")
    said = told("segments", "explain", "c2@shop.co.il", "recent", "--language", "en")["segments"][0]
    assert (said["key"], said["answer"], said["until"]) == ("recent", True, "2026-03-20T12:00:00+02:00")
    assert [part["said"] for part in said["parts"]] == ["true until 2026-03-20 12:00", "true"]
    assert said["parts"][1]["until"] is None
    assert [one["key"] for one in told("segments", "explain", "c2@shop.co.il")["segments"]] == ["recent"]
    printed = run("segments", "explain", "c2@shop.co.il", "recent")
    assert "כל אלה: – נכון עד \u20682026-03-20 12:00\u2069" in printed
    whole = run("segments", "explain", "c3@shop.co.il", "--rule", "segment recent", "--language", "en")
    assert whole.splitlines() == [
        "in segment recent – false",
        "  all of these: – false",
        "    purchases in the last 30 days: at least 1 – false",
        "    orders ever is at least 3 – true",
    ]
    assert "not both" in run("segments", "explain", "c3@shop.co.il", "recent", "--rule", "fresh", code=1)
    assert "nobody is known by" in run("segments", "explain", "x@y.com", "recent", code=1)


def test_a_playbook_that_asks_for_a_segment_there_is_not_does_not_run(plan: Plan, database: str) -> None:
    asks = msgspec.structs.replace(load("PB2"), segment=InSegment("vpi"))
    with connect(database, autocommit=True) as connection, pytest.raises(PlaybookError, match="no segment 'vpi'"):
        activate(connection, plan, asks, NOW, "t")


def test_seg_11_whoever_asks_for_a_segment_uses_it(plan: Plan) -> None:
    pb2: Playbook = load("PB2")
    asks = msgspec.structs.replace(pb2, segment=Not(InSegment("vip")))
    waits = msgspec.structs.replace(pb2, segment=GroupIs(("risk",)), trigger=JoinedSegment("vip"))
    assert list(used_by(with_playbooks(plan, asks), "vip")) == ["playbook PB2"]
    assert list(used_by(with_playbooks(plan, waits), "vip")) == ["playbook PB2"]
    assert list(used_by(with_playbooks(plan, waits), "other")) == []
    paused = msgspec.structs.replace(with_playbooks(plan, asks), running=(), paused=frozenset({pb2.key}))
    assert list(used_by(paused, "vip")) == ["playbook PB2"]


def test_of_many_memberships_a_fair_part_is_compared(plan: Plan, database: str) -> None:
    with connect(database, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO membership SELECT %s, segment, hashint8extended(one, 0) & 9223372036854775807, %s "
            "FROM unnest(ARRAY['a', 'b']) segment, generate_series(1, 4000) one WHERE segment = 'a' OR one <= 2000",
            (plan.brand.id, NOW),
        )
        brand, a, b = plan.brand.id, SegmentKey("a"), SegmentKey("b")
        assert segments.overlaps(connection, brand, 6000) == {(a, b): 0.5}
        assert segments.overlaps(connection, brand, 2_000_000)[a, b] == pytest.approx(0.5, abs=0.15)
        assert segments.standings(connection, brand)[a].members == 4000
