"""The chain «אלמוג» is what product.md §7 says it is."""

from collections import Counter, defaultdict
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from itertools import pairwise
from math import log
from pathlib import Path
from statistics import fmean, median, pstdev

import msgspec
import pytest

from ritorno.demo.made import CONSENT_COLUMNS, CUSTOMER_COLUMNS, ORDER_COLUMNS, PRODUCT_COLUMNS, Truth
from ritorno.demo.omnichain import make_omnichain
from tests.demo.conftest import Chain

CLOCK = "2026-03-01 10:00:00"


def test_the_same_bytes_are_written_every_time(tmp_path: Path) -> None:
    first, second = (make_omnichain(tmp_path / name, scale=0.02).folder for name in ("one", "two"))
    names = sorted(path.name for path in first.iterdir())
    assert names == [
        "consents.csv",
        "customers.csv",
        "events.jsonl",
        "orders.csv",
        "products.csv",
        "shop.toml",
        "truth.json",
    ]
    for name in names:
        assert sha256((first / name).read_bytes()).digest() == sha256((second / name).read_bytes()).digest(), name


@pytest.mark.parametrize("scale", [0, -1, 1.5])
def test_a_scale_that_is_no_part_of_the_chain_is_refused(tmp_path: Path, scale: float) -> None:
    with pytest.raises(ValueError, match="more than 0 and at most 1"):
        make_omnichain(tmp_path, scale=scale)
    assert not list(tmp_path.iterdir())


def test_files_have_the_canonical_columns(chain: Chain) -> None:
    assert tuple(chain.runs[0][0]) == ORDER_COLUMNS
    assert tuple(chain.customers[0])[: len(CUSTOMER_COLUMNS)] == CUSTOMER_COLUMNS
    assert tuple(chain.products[0]) == PRODUCT_COLUMNS
    assert tuple(chain.consents[0]) == CONSENT_COLUMNS


def test_the_truth_written_is_the_truth_returned(chain: Chain) -> None:
    written = msgspec.json.decode((chain.store.folder / "truth.json").read_bytes(), type=Truth)
    assert written == chain.truth
    assert written.counts == chain.store.counts


def test_it_has_the_size_of_a_chain(chain: Chain) -> None:
    buyers = {chain.person(row) for row in chain.bought()}
    assert len(buyers) == chain.truth.counts["buyers"] == 12_000
    assert len(chain.bought()) == chain.truth.counts["orders"] == pytest.approx(31_000, rel=0.02)
    known = {chain.person(row) for row in chain.customers} - chain.house
    assert len(known - buyers) == chain.truth.counts["prospects"] == 3_000
    assert len(list(chain.told())) == chain.truth.counts["order_ids"]


def test_everything_happened_within_24_months_and_no_till_sold_on_shabbat(chain: Chain) -> None:
    for run in chain.runs:
        assert "2024-03-01 10:00:00" <= run[0]["occurred_at"] < CLOCK
        if run[0]["sold_via"] == "pos" and run[0]["status"] == "paid" and not run[0]["refund_of"]:
            assert datetime.fromisoformat(run[0]["occurred_at"]).weekday() != 5


def test_the_banana_curve_of_twelve_months_is_the_planned_one(chain: Chain) -> None:
    """SEG-07: 59/22/10/5/5 % bought 1, 2, 3, 4, 5+ times."""
    counts = Counter(chain.person(row) for row in chain.bought() if row["occurred_at"] >= "2025-03-01 10:00:00")
    bars = Counter(min(count, 5) for count in counts.values())
    for times, planned in ((1, 59), (2, 22), (3, 10), (4, 5), (5, 5)):
        assert 100 * bars[times] / len(counts) == pytest.approx(planned, abs=3), times


def test_amounts_are_log_normal_with_three_big_orders(chain: Chain) -> None:
    totals = [float(row["total"]) for row in chain.bought()]
    assert median(totals) == pytest.approx(290, rel=0.03)
    assert fmean(totals) == pytest.approx(400, rel=0.05)
    assert pstdev(log(total) for total in totals) == pytest.approx(0.8, abs=0.04)
    big = [row["order_id"] for row in chain.bought() if row["total"] == "50000.00"]
    assert sorted(big) == sorted(chain.truth.big_orders)
    assert len(big) == 3


def test_lines_add_up_and_vat_is_inside_by_date(chain: Chain) -> None:
    """ISR-12: 17 % inside to 2024-12-31, 18 % from 2025-01-01."""
    for run in chain.told():
        head = run[0]
        lines = sum(Decimal(row["unit_price"]) * int(row["quantity"]) for row in run)
        assert lines - Decimal(head["discount"]) == Decimal(head["total"]), head["order_id"]
        rate = 17 if head["occurred_at"] < "2025-01-01" else 18
        exact = Decimal(head["total"]) * rate / (100 + rate)
        assert abs(Decimal(head["tax"]) - exact) <= Decimal("0.005"), head["order_id"]
        assert len({row["sku"] for row in run}) == len(run)
        assert len({tuple(row[name] for name in ORDER_COLUMNS[:15]) for row in run}) == 1


def test_places_of_sale_have_their_shares(chain: Chain) -> None:
    """DAT-02, DAT-06: POS 55, online 43, phone 2 %; 30 % of buyers bought at till and site."""
    bought = chain.bought()
    places = Counter(row["sold_via"] for row in bought)
    for place, share in (("pos", 0.55), ("online", 0.43), ("phone", 0.02)):
        assert places[place] / len(bought) == pytest.approx(share, abs=0.01), place
    by_person = defaultdict(set)
    for row in bought:
        by_person[chain.person(row)].add(row["sold_via"])
    both = sum({"pos", "online"} <= where for where in by_person.values())
    assert both / len(by_person) == pytest.approx(0.30, abs=0.01)
    assert {row["branch"] for row in bought if row["sold_via"] != "pos"} == {""}
    assert len({row["branch"] for row in bought if row["sold_via"] == "pos"}) == 6


def test_machines_sell_capsules_and_shoes_sell_socks(chain: Chain) -> None:
    baskets = [{row["category"] for row in run} for run in chain.told() if run[0]["customer_id"] not in chain.house]

    def share(main: str, completing: str) -> float:
        holding = [basket for basket in baskets if main in basket]
        return sum(completing in basket for basket in holding) / len(holding)

    assert share("מכונות קפה", "קפסולות קפה") == pytest.approx(0.60, abs=0.04)
    assert share("מכונות קפה", "כוסות וספלים") == pytest.approx(0.40, abs=0.04)
    assert share("מכונות קפה", "טלוויזיות") == pytest.approx(0.05, abs=0.02)
    assert share("נעליים", "גרביים") == pytest.approx(0.35, abs=0.04)


def test_the_catalogue_has_gaps_novelties_and_complements(chain: Chain) -> None:
    """PB2-10: one SKU in twenty is out of stock; this month's arrivals are in stock and nobody has them yet."""
    skus = {row["sku"] for row in chain.products}
    assert len(skus) == len(chain.products)
    assert len({row["product_name"] for row in chain.products}) == len(chain.products)
    out = [row for row in chain.products if row["in_stock"] == "no"]
    assert len(out) == round(0.05 * len(chain.products))
    new = {row["sku"] for row in chain.products if row["created_at"] >= "2026-02-01"}
    assert len(new) == 8
    assert not new & {row["sku"] for row in out}
    assert not new & {row["sku"] for run in chain.runs for row in run}
    assert all(set(row["complements"].split(";")) <= skus for row in chain.products if row["complements"])
    prices = {row["sku"]: row["price"] for row in chain.products}
    assert all(prices[row["sku"]] == row["unit_price"] for run in chain.runs for row in run)


def test_regulars_keep_their_pace_and_some_stop_on_a_known_day(chain: Chain) -> None:
    """SEG-06: 60 people of their own pace, gaps of 14–45 days; 20 of them stop."""
    owners = {row["club_card"]: chain.person(row) for row in chain.customers if row["club_card"]}
    people = {owners.get(one.key, one.key): one for one in chain.truth.regulars}
    days = defaultdict(list)
    for row in chain.bought():
        days[chain.person(row)].append(datetime.fromisoformat(row["occurred_at"]))
    assert len(people) == 60
    assert sum(one.stopped_on is not None for one in people.values()) == 20
    ratios = []
    for person, one in people.items():
        dates = sorted(days[person])
        gaps = [(later - earlier).total_seconds() / 86_400 for earlier, later in pairwise(dates)]
        assert 14 <= one.pace_days <= 45
        assert fmean(gaps) == pytest.approx(one.pace_days, rel=0.25)
        ratios += [gap / one.pace_days for gap in gaps]
        if one.stopped_on is not None:
            assert str(dates[-1].date()) <= one.stopped_on < "2026-02-01"
        else:
            assert (datetime.fromisoformat(CLOCK) - dates[-1]).days <= 1.6 * one.pace_days + 2
    assert pstdev(ratios) == pytest.approx(0.2, abs=0.04)


def test_products_say_when_more_may_be_offered_and_technical_ones_have_a_video(chain: Chain) -> None:
    """product.md §7: cool-downs of 14 and 30 days; COM-10."""
    for row in chain.products:
        assert row["cooldown"] == ("14" if row["consumable"] == "yes" else "30")
        assert bool(row["video_url"]) == (row["technical"] == "yes")
    assert {row["category"] for row in chain.products if row["cooldown"] == "14"} == {"קפסולות קפה", "פולי קפה"}
    assert {row["sensitive"] for row in chain.products} == {"no"}
