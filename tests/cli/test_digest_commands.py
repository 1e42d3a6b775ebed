"""`ritorno cooling`, `irrelevance`, `repeat-rate`, as people and machines read them."""

from ritorno.core.decisions import ScoreMoved
from ritorno.core.plan import Plan
from ritorno.store import decisions
from ritorno.store.connection import connect
from ritorno.store.decisions import Decided
from ritorno.testing import at
from tests.cli.conftest import Run, Told


def test_seg_08_a_day_on_which_nobody_cooled(run: Run, told: Told) -> None:
    assert "everyone: 0 cooled yesterday" in run("cooling", "--rows")
    assert told("cooling", "--rows") == {
        "vip": {"customers": 0, "spend": "0.00", "moves": {}},
        "everyone": {"customers": 0, "spend": "0.00", "moves": {}},
        "own_pace": {"customers": 0, "vip": 0, "spend": "0.00"},
        "rows": [],
        "own_pace_rows": [],
    }


def test_seg_08_who_cooled_is_told_with_their_worth(plan: Plan, database: str, run: Run, told: Told) -> None:
    """She who is at risk (R1) fell yesterday; her three orders of the year were ₪500 each."""
    with connect(database, autocommit=True) as connection:
        row = connection.execute("SELECT id FROM customer WHERE cell / 100 = 1").fetchone()
        assert row is not None
        moved = ScoreMoved(at=at("2026-02-28T12:00"), axis="r", before=2, after=1, version=1)
        decisions.add(connection, plan.brand.id, [Decided(row[0], moved)])
    said = told("cooling", "--rows")
    assert said["everyone"] == {"customers": 1, "spend": "1500.00", "moves": {"2-1": 1}}
    assert said["rows"][0]["customer"] == str(row[0])
    assert "R2→R1" in run("cooling", "--rows")


def test_seg_08_who_is_late_by_her_own_pace_is_told(database: str, plan: Plan, run: Run, told: Told) -> None:
    """The star who bought every five days is late ten days after the last: her R has not fallen."""
    with connect(database, autocommit=True) as connection:
        row = connection.execute("SELECT id FROM customer WHERE cell = 333").fetchone()
        assert row is not None
        connection.execute("DELETE FROM purchase WHERE customer_id = %s", (row[0],))
        for number, day in enumerate(("2026-02-03", "2026-02-08", "2026-02-13", "2026-02-18")):
            connection.execute(
                "INSERT INTO purchase (brand_id, id, customer_id, occurred_at, net, total, sold_via, branch, source, "
                "order_id) VALUES (%s, %s, %s, %s, 100, 100, 'pos', '', '', '')",
                (plan.brand.id, number, row[0], at(day + "T12:00")),
            )
    said = told("cooling", "--rows", "--as-of", "2026-03-01")
    assert said["own_pace"] == {"customers": 1, "vip": 1, "spend": "4.00"}
    assert said["own_pace_rows"] == [{"customer": str(row[0]), "gap": 5.0, "cell": 333, "spend": "4.00"}]
    assert "usually 5 days" in run("cooling", "--rows", "--as-of", "2026-03-01")
    assert "own pace: 0 silent" in run("cooling", "--as-of", "2026-02-28")


def test_eng_08_without_messages_nothing_was_irrelevant(run: Run, told: Told) -> None:
    assert "0 messages, 0 of them (0%)" in run("irrelevance")
    assert told("irrelevance")["share"] == 0


def test_eng_10_branches_with_their_interval(run: Run, told: Told) -> None:
    said = run("repeat-rate")
    assert "Ayalon" in said or "No difference" in said
    parts = told("repeat-rate", "--by", "sold_via")["parts"]
    assert all(part["low"] <= part["share"] <= part["high"] for part in parts)
    (untold,) = told("repeat-rate", "--by", "category", "--days", "31")["parts"]
    assert (untold["part"], untold["low"] < untold["share"]) == ({"name": "", "customers": 3, "again": 2}, True)


def test_eng_09_a_segment_in_which_nobody_moves_is_asked_about(run: Run, told: Told) -> None:
    assert run("segment-health").strip() == "There are no segments yet."
    run("segments", "save", "stars", "group stars", "--en", "Stars")
    assert "stars: " in run("segment-health")
    assert "static?" in run("segment-health"), "saved, and nobody has moved since"
    (row,) = told("segment-health")["segments"]
    assert (row["segment"], row["static"]) == ("stars", True)
