"""Offers, points and recommendations on the command line."""

from pathlib import Path

import psycopg
import pytest

from ritorno.core.ids import CustomerId, MessageId, PlaybookKey
from ritorno.core.offers import Offer, issue
from ritorno.core.plan import Plan
from ritorno.core.redemption import Scope
from ritorno.store import codes
from ritorno.store.connection import connect
from tests.cli.conftest import NOW, Run, Told

DANA = "052-1234561"


@pytest.fixture
def code(database: str, plan: Plan) -> str:
    with connect(database, autocommit=True) as connection:
        _add(connection, plan, "ABCD2345", Offer(5_000, 15_000), 1)
        _add(connection, plan, "CUPS2345", Offer(1_000, kind="per_cent", scope=Scope(("cups",))), 2)
    return "ABCD2345"


def _add(connection: psycopg.Connection, plan: Plan, letters: str, offer: Offer, message: int) -> None:
    fresh = codes.NewCode(issue(offer, letters, NOW, plan.tz), MessageId(message), CustomerId(1), PlaybookKey("PB2"))
    codes.add(connection, plan.brand.id, [fresh])


def test_pb2_06_a_code_by_hand_as_at_a_till(told: Told, run: Run, code: str) -> None:
    assert told("offers", "check", code)["redeemable"] is True
    small = told("offers", "check", code, "--total", "149")
    assert (small["redeemable"], small["reason"]) == (False, "basket_too_small")
    assert told("offers", "reserve", code, "--receipt", "7", "--total", "200")["discount"] == "50.00"
    assert "is reserved for another receipt" in run(
        "offers", "redeem", code, "--receipt", "8", "--total", "200", code=1
    )
    assert told("offers", "release", code, "--receipt", "7")["released"] is True
    assert "redeemed, 50.00 ILS off" in run("offers", "redeem", code, "--receipt", "8", "--total", "200")
    assert "has been used (used)" in run("offers", "redeem", code, "--receipt", "9", "--total", "200", code=1)
    assert "there is no such code" in run("offers", "check", "NOBODY22", code=1)
    (one,) = told("offers", "show")["offers"]
    assert one == {
        "playbook": "PB2", "codes": 2, "open": 1, "redeemed": 1, "ended": 0, "cost": "50.00", "liability": "0.00",
        "budget": None,
    }  # fmt: skip
    assert "PB2: 2 codes, 1 redeemed for 50.00 ILS" in run("offers", "show")


def test_a_basket_by_its_lines(told: Told, run: Run, code: str) -> None:
    del code
    lines = ("--line", "C1:cups:80", "--line", "P1:pots:100")
    assert told("offers", "redeem", "CUPS2345", "--receipt", "1", *lines)["discount"] == "8.00"
    assert "write SKU:CATEGORY:AMOUNT" in run("offers", "check", "CUPS2345", "--line", "C1", code=1)
    assert "say what is bought" in run("offers", "reserve", "CUPS2345", "--receipt", "2", code=1)


def test_a_pool_is_filled_from_a_file(told: Told, run: Run, tmp_path: Path) -> None:
    assert "There is no pool yet" in run("offers", "pool", "show")
    file = tmp_path / "codes.txt"
    file.write_text("\ufeffSpring-1\n\nSPRING2\nspring 1\n", encoding="utf-8")
    assert told("offers", "pool", "add", "spring", str(file)) == {"pool": "spring", "added": 2, "known": 1}
    assert "0 codes added to spring; 3 were known already" in run("offers", "pool", "add", "spring", str(file))
    assert told("offers", "pool", "show") == {"pools": [{"key": "spring", "codes": 2, "free": 2}]}
    file.write_bytes(b"\xff\xfe\xff")
    assert "is not UTF-8 text" in run("offers", "pool", "add", "spring", str(file), code=1)


def test_pb1_07_points_by_hand(told: Told, run: Run) -> None:
    assert "Orders earn no points" in run("points", "terms")
    assert "there are no terms yet" in run("points", "terms", "--lives", "365d", code=1)
    terms = told(
        "points", "terms", "--rate", "1/10", "--multiplier", "333=2", "--multiplier", "pos=1.5", "--lives", "365d"
    )
    assert terms["terms"] == {
        "points": 1, "for": "10.00", "lives": "365 days",
        "multipliers": [{"times": 2, "for": "333"}, {"times": 1.5, "for": "pos"}],
    }  # fmt: skip
    assert "×2 for 333" in run("points", "terms")
    given = told("points", "give", DANA, "50", "--reference", "b1", "--lives", "30d", "--because", "birthday")
    assert given == {"status": "booked", "points": 50, "balance": 50}
    assert told("points", "give", DANA, "50", "--reference", "b1")["status"] == "repeated"
    assert "was booked before, with 50 points" in run("points", "give", DANA, "51", "--reference", "b1", code=1)
    assert told("points", "spend", DANA, "20", "--reference", "s1")["balance"] == 30
    assert "there are only 30 points" in run("points", "spend", DANA, "31", "--reference", "s2", code=1)
    assert told("points", "balance", DANA) == {
        "balance": 30, "expires_next": {"points": 30, "at": "2026-03-31T10:00:00+03:00"},
    }  # fmt: skip
    lines = told("points", "ledger", DANA)["lines"]
    assert [(line["what"], line["points"], line["balance"]) for line in lines] == [
        ("earned", 50, 50),
        ("spent", -20, 30),
    ]
    assert "(birthday)" in run("points", "ledger", DANA)
    assert "Nothing was booked yet" in run("points", "ledger", "052-1234562")
    assert "30 of them end on 2026-03-31" in run("points", "balance", DANA)


def test_points_terms_that_cannot_be(run: Run) -> None:
    assert "write POINTS/AMOUNT" in run("points", "terms", "--rate", "x", code=1)
    assert "both must be above 0" in run("points", "terms", "--rate", "0/10", code=1)
    assert "is no cell" in run("points", "terms", "--rate", "1/10", "--multiplier", "444=2", code=1)
    assert "write WHO=TIMES" in run("points", "terms", "--rate", "1/10", "--multiplier", "333=x", code=1)
    assert "is not a span" in run("points", "terms", "--rate", "1/10", "--lives", "x", code=1)
    assert "this changes nothing" in run("points", "terms", "--off", code=1)
    assert "nobody is known" in run("points", "balance", "052-9999998", code=1)


def test_com_21_recommending_by_hand(told: Told, run: Run) -> None:
    assert "Recommending brings nothing" in run("refer", "terms")
    assert "there are no terms yet" in run("refer", "terms", "--min-order", "200", code=1)
    terms = told("refer", "terms", "--for-referrer", "50", "--for-friend", "30", "--min-order", "200")["terms"]
    assert terms == {
        "for_referrer": "50.00", "for_friend": "30.00", "min_order": "200.00", "min_basket": "0.00",
        "returns": "14 days", "lives": "90 days",
    }  # fmt: skip
    assert "50.00 ILS and 30.00 for the friend" in run("refer", "terms")
    code = told("refer", "code", DANA)["code"]
    assert code == run("refer", "code", DANA).strip()
    assert code.startswith("FRIEND1")
    assert told("refer", "list") == {"referrals": []}
    assert "Nobody was recommended yet" in run("refer", "list", "--of", DANA)
    assert "is not an amount" in run("refer", "terms", "--for-friend", "x", code=1)
    assert "referral.returns is 0 days" in run("refer", "terms", "--returns", "0d", code=1)


def test_seg_23_a_limit_on_what_one_customer_is_given(told: Told, run: Run) -> None:
    assert "There is no limit" in run("offers", "limit")
    assert "there is no limit yet" in run("offers", "limit", "--within", "30d", code=1)
    assert told("offers", "limit", "--share", "10")["limit"] == {"share": 10, "within": "90 days"}
    assert told("offers", "limit", "--within", "30d")["limit"] == {"share": 10, "within": "30 days"}
    assert "At most 10 % of a customer's value in codes of 30 days" in run("offers", "limit")
    assert "is not a span" in run("offers", "limit", "--within", "x", code=1)
    assert "incentives.share is 0" in run("offers", "limit", "--share", "0", code=1)
    assert told("offers", "limit", "--off")["limit"] is None
