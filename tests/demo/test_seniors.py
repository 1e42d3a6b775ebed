"""The shop «גפן» is what product.md §7 says it is (ORC-21)."""

from collections import Counter, defaultdict
from datetime import datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from itertools import pairwise
from math import exp, log
from pathlib import Path
from statistics import fmean, median, pstdev
from zoneinfo import ZoneInfo

import msgspec
import pytest

from ritorno.core.instants import parse_instant
from ritorno.core.replenish import Bought, run_out
from ritorno.demo.made import CONSENT_COLUMNS, CUSTOMER_COLUMNS, ORDER_COLUMNS, PRODUCT_COLUMNS, SeniorsTruth
from ritorno.demo.seniors import make_seniors
from tests.demo.conftest import Row, Seniors

JERUSALEM = ZoneInfo("Asia/Jerusalem")
CLOCK = "2026-03-01 10:00:00"
PADS, SUPPLEMENTS, VITAMINS, WALKERS, CLOTHING = "ספיגה", "תוספי תזונה", "ויטמינים", "הליכונים", "ביגוד"


def by_buyer(seniors: Seniors) -> dict[str, list[list[Row]]]:
    found = defaultdict(list)
    for run in seniors.orders:
        found[run[0]["customer_id"]].append(run)
    return found


def gaps_of(runs: list[list[Row]]) -> list[float]:
    """Days between orders."""
    dates = [datetime.fromisoformat(run[0]["occurred_at"]) for run in runs]
    return [(later - earlier) / timedelta(days=1) for earlier, later in pairwise(dates)]


def test_the_same_bytes_are_written_every_time(seniors: Seniors, tmp_path: Path) -> None:
    again = make_seniors(tmp_path / "again").folder
    names = sorted(path.name for path in again.iterdir())
    assert names == [
        "consents.csv", "customers.csv", "days_of_supply.csv", "events.jsonl", "list_2025-06.csv", "orders.csv",
        "products.csv", "shop.toml", "truth.json",
    ]  # fmt: skip
    for name in names:
        first = (seniors.store.folder / name).read_bytes()
        assert sha256(first).digest() == sha256((again / name).read_bytes()).digest(), name


def test_files_have_the_canonical_columns_and_the_truth_is_written(seniors: Seniors) -> None:
    assert tuple(seniors.orders[0][0]) == (*ORDER_COLUMNS, "beneficiary")
    assert tuple(seniors.customers[0]) == CUSTOMER_COLUMNS
    assert tuple(seniors.products[0]) == tuple(seniors.days_of_supply[0]) == PRODUCT_COLUMNS
    assert tuple(seniors.consents[0]) == CONSENT_COLUMNS
    written = msgspec.json.decode((seniors.store.folder / "truth.json").read_bytes(), type=SeniorsTruth)
    assert written == seniors.store.planted
    counts = written.counts
    assert counts["orders"] == len(seniors.orders)
    assert counts["order_rows"] == sum(map(len, seniors.orders))
    assert counts["events"] == len(seniors.events)
    assert counts["consent_rows"] == len(seniors.consents)


def test_it_has_fifteen_hundred_buyers_ten_thousand_orders_and_five_categories(seniors: Seniors) -> None:
    """ORC-21: at least 1,000 customers, 5 categories, 24 months of orders."""
    assert len(by_buyer(seniors)) == 1_500
    assert len(seniors.orders) == pytest.approx(10_000, rel=0.04)
    assert {row["category"] for row in seniors.products} == {PADS, SUPPLEMENTS, VITAMINS, WALKERS, CLOTHING}
    sold = Counter(row["category"] for run in seniors.orders for row in run)
    assert min(sold.values()) > 1_000
    moments = [run[0]["occurred_at"] for run in seniors.orders]
    assert moments == sorted(moments)
    assert "2024-03-01 10:00:00" <= moments[0] < "2024-03-08"
    assert "2026-02-25" < moments[-1] < CLOCK
    assert len({moment[:7] for moment in moments}) == 24


def test_everyone_has_a_pace_log_normal_round_thirty_days_a_fifth_of_twenty_one(seniors: Seniors) -> None:
    """COM-04: told by the first gap of everyone who came back."""
    paces = {one.key: one for one in seniors.store.planted.paces}
    assert sum(one.days == 21 for one in paces.values()) / len(paces) == pytest.approx(0.20, abs=0.005)
    first = {who: gaps_of(runs)[0] for who, runs in by_buyer(seniors).items() if who in paces and len(runs) > 1}
    assert len(first) > 1_000
    free = [log(gap) for who, gap in first.items() if paces[who].days != 21]
    assert exp(median(free)) == pytest.approx(30, rel=0.03)
    assert pstdev(free) == pytest.approx(0.25, abs=0.03)
    own = [gap / paces[who].days for who, gap in first.items()]
    assert fmean(own) == pytest.approx(1, abs=0.02)
    short = [gap for who, gap in first.items() if paces[who].days == 21]
    assert median(short) == pytest.approx(21, abs=0.6)
    assert len(short) == pytest.approx(300, abs=5)


def test_forty_five_percent_reach_a_streak_of_three(seniors: Seniors) -> None:
    """COM-07: three orders in a row, every gap below 45 days; nobody else by the hour of an order or by Shabbat."""
    planted = {one.key for one in seniors.store.planted.paces if one.keeps}
    reached = {
        who
        for who, runs in by_buyer(seniors).items()
        if any(one < 45 and other < 45 for one, other in pairwise(gaps_of(runs)))
    }
    named = {key for keys in seniors.store.planted.named.values() for key in keys}
    assert reached - named == planted
    assert len(reached) / 1_500 == pytest.approx(0.45, abs=0.005)


def test_amounts_are_log_normal_and_lines_add_up(seniors: Seniors) -> None:
    totals = []
    for run in seniors.orders:
        head = run[0]
        lines = sum(Decimal(row["unit_price"]) * int(row["quantity"]) for row in run)
        assert lines - Decimal(head["discount"]) == Decimal(head["total"]) > 0, head["order_id"]
        assert Decimal(head["discount"]) <= lines * Decimal("0.26")
        rate = 17 if head["occurred_at"] < "2025-01-01" else 18
        assert abs(Decimal(head["tax"]) - Decimal(head["total"]) * rate / (100 + rate)) <= Decimal("0.005")
        assert len({row["sku"] for row in run}) == len(run)
        totals.append(float(head["total"]))
    assert median(totals) == pytest.approx(190, rel=0.03)
    assert pstdev(log(total) for total in totals) == pytest.approx(0.6, abs=0.03)
    assert "margin = 0.4" in seniors.store.shop.read_text(encoding="utf-8")


def test_places_of_sale_have_their_shares_and_the_till_keeps_shabbat(seniors: Seniors) -> None:
    places = Counter(run[0]["sold_via"] for run in seniors.orders)
    for place, share in (("online", 0.70), ("phone", 0.20), ("pos", 0.10)):
        assert places[place] / len(seniors.orders) == pytest.approx(share, abs=0.015), place
    for run in seniors.orders:
        if run[0]["sold_via"] == "pos":
            assert run[0]["branch"]
            assert datetime.fromisoformat(run[0]["occurred_at"]).weekday() != 5
        else:
            assert not run[0]["branch"]


def test_half_of_what_is_used_up_is_bought_again_before_it_runs_out(seniors: Seniors) -> None:
    """COM-02, product.md §7: 52 %, by the product's own rule for stock that adds up, over everything used up."""
    days, bought = seniors.days_per_unit(), defaultdict(list)
    named = {key for keys in seniors.store.planted.named.values() for key in keys}
    for run in seniors.orders:
        for row in run:
            if row["sku"] in days and row["customer_id"] not in named:
                at = parse_instant(row["occurred_at"], JERUSALEM)
                bought[row["customer_id"], row["sku"]].append(
                    Bought(row["order_id"], at, int(row["quantity"]), days[row["sku"]])
                )
    clock, known, again = parse_instant(CLOCK, JERUSALEM), 0, 0
    for held in bought.values():
        for place in range(len(held)):
            ends = run_out(held[: place + 1], (), JERUSALEM)
            assert ends is not None
            follows = place + 1 < len(held)
            if follows or ends <= clock:
                known += 1
                again += follows and held[place + 1].at <= ends
    assert known > 10_000
    assert again / known == pytest.approx(0.52, abs=0.005)
    assert seniors.store.planted.by_run_out == pytest.approx(0.52, abs=0.002)


def test_days_of_supply_are_told_of_a_fifth_and_a_file_fills_the_rest(seniors: Seniors) -> None:
    """DAT-11, ENG-11."""
    told = {row["sku"] for row in seniors.products if row["days_per_unit"]}
    rest = {row["sku"] for row in seniors.days_of_supply}
    used_up = {row["sku"] for row in seniors.products if row["consumable"] == "yes"}
    assert len(told) / len(seniors.products) == pytest.approx(0.20, abs=0.005)
    assert not told & rest
    assert told | rest == used_up
    assert all(int(row["days_per_unit"]) > 0 for row in seniors.days_of_supply)
    by_sku = {row["sku"]: row for row in seniors.products}
    for row in seniors.days_of_supply:
        assert {**row, "days_per_unit": ""} == by_sku[row["sku"]]  # nothing else changes


def test_products_say_what_journeys_need_of_them(seniors: Seniors) -> None:
    """DAT-12, COM-10, COM-14, ORC-22."""
    by_category = defaultdict(list)
    for row in seniors.products:
        by_category[row["category"]].append(row)
    assert all(row["sensitive"] == "yes" and row["label"] and PADS not in row["label"] for row in by_category[PADS])
    assert all(row["consumable"] == "yes" for name in (PADS, SUPPLEMENTS, VITAMINS) for row in by_category[name])
    assert all(row["consumable"] == "no" for name in (WALKERS, CLOTHING) for row in by_category[name])
    assert {row["sensitive"] for name in (SUPPLEMENTS, VITAMINS, WALKERS, CLOTHING) for row in by_category[name]} == {
        "no"
    }
    technical = [row for row in seniors.products if row["technical"] == "yes"]
    assert len(technical) == 8
    assert {row["category"] for row in technical} == {WALKERS}
    assert len({row["video_url"] for row in technical}) == len(technical)
    assert all(row["video_url"].startswith("https://") and row["complements"] for row in technical)
    known = {row["sku"] for row in seniors.products} | set(by_category)
    for row in seniors.products:
        assert row["cooldown"] in ("14", "30")
        assert all(set(row[name].split(";")) <= known for name in ("complements", "excludes", "fits") if row[name])


def test_nobody_was_sold_what_something_of_theirs_excludes(seniors: Seniors) -> None:
    """COM-14: diabetics' vitamins and the sugar syrup."""
    excluding = {row["sku"]: set(row["excludes"].split(";")) for row in seniors.products if row["excludes"]}
    assert excluding
    owners = 0
    for runs in by_buyer(seniors).values():
        owned = {row["sku"] for run in runs for row in run}
        for sku in owned & set(excluding):
            owners += 1
            assert not owned & excluding[sku]
    assert owners > 20


def test_many_could_be_offered_a_category_they_have_never_bought(seniors: Seniors) -> None:
    """COM-12: a good part has no clothing yet, and a good part has."""
    has = [CLOTHING in {row["category"] for run in runs for row in run} for runs in by_buyer(seniors).values()]
    assert 0.4 < fmean(has) < 0.6
