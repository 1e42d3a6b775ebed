"""The named customers carry the exact data of their stories."""

from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from ritorno.core.instants import add_span, days, parse_instant, say_instant
from tests.demo.conftest import Chain, Row

JERUSALEM = ZoneInfo("Asia/Jerusalem")
CLOCK = "2026-03-01T10:00"


def orders_of(chain: Chain, name: str) -> list[Row]:
    keys = set(chain.truth.named[name])
    found = [run[0] for run in chain.told() if {run[0]["customer_id"], run[0]["club_card"]} & keys]
    assert all(row["status"] == "paid" and not row["refund_of"] for row in found)
    return found


def spent(orders: list[Row]) -> float:
    return sum(float(row["total"]) for row in orders)


def becomes_at_risk(orders: list[Row]) -> str:
    last = parse_instant(max(row["occurred_at"] for row in orders), JERUSALEM)
    return say_instant(add_span(last, days(90), JERUSALEM), JERUSALEM)


def days_idle(orders: list[Row]) -> float:
    last = parse_instant(max(row["occurred_at"] for row in orders), JERUSALEM)
    return (parse_instant(CLOCK, JERUSALEM) - last) / 86_400_000_000


def test_dani_is_about_to_become_133(chain: Chain) -> None:
    """SCO-09, product.md §5: five orders, ₪4,000; 90 days from 9 Dec 2025 at 14:05."""
    orders = orders_of(chain, "Dani")
    assert (len(orders), spent(orders)) == (5, 4_000)
    assert becomes_at_risk(orders) == "2026-03-09T14:05:00+02:00"
    assert (orders[-1]["sold_via"], orders[-1]["branch"]) == ("pos", "איילון")


def test_tali_crosses_on_the_tuesday_of_the_churn_shields_tests(chain: Chain) -> None:
    """PB2-04, PB2-07: R2→R1 on Tue 2026-03-03 at 14:05:00."""
    orders = orders_of(chain, "Tali")
    assert len(orders) >= 3
    assert spent(orders) >= 1_200
    assert becomes_at_risk(orders) == "2026-03-03T14:05:00+02:00"


def test_dana_is_two_records_of_one_phone_and_buys_only_capsules(chain: Chain) -> None:
    """DAT-03: 3 till orders of ₪2,400 and 1 of ₪300 at the site; SCO-06: 50 days idle, only capsules."""
    orders = orders_of(chain, "Dana")
    till = [row for row in orders if row["sold_via"] == "pos"]
    site = [row for row in orders if row["sold_via"] == "online"]
    assert (len(till), spent(till), len(site), spent(site)) == (3, 2_400, 1, 300)
    assert {row["phone"] for row in till} == {"052-123 4567"}
    assert {(row["email"], row["phone"]) for row in site} == {("dana@x.co.il", "+972521234567")}
    assert all(not row["customer_id"] and not row["email"] for row in till)
    assert {row["category"] for row in orders} == {"קפסולות קפה"}
    assert days_idle(orders) == 50


def test_avi_buys_only_machines(chain: Chain) -> None:
    """SCO-06: 50 days idle."""
    orders = orders_of(chain, "Avi")
    assert {row["category"] for row in orders} == {"מכונות קפה"}
    assert days_idle(orders) == 50


def test_ruth_bought_every_fortnight_and_fell_silent(chain: Chain) -> None:
    """SEG-06: eight orders 14±2 days apart, silent for 35: late ×2.5 of her own pace."""
    moments = [parse_instant(row["occurred_at"], JERUSALEM) for row in orders_of(chain, "Ruth")]
    gaps = sorted(round((b - a) / 86_400_000_000) for a, b in pairwise(moments))
    assert len(moments) == 8
    assert gaps[0] >= 12
    assert gaps[-1] <= 16
    assert gaps[3] == 14
    assert days_idle(orders_of(chain, "Ruth")) == 35


def test_yossi_has_just_joined_and_not_bought(chain: Chain) -> None:
    """DAT-04."""
    assert orders_of(chain, "Yossi") == []
    row = next(row for row in chain.customers if row["customer_id"] in chain.truth.named["Yossi"])
    assert row["joined_at"] == "2026-03-01 10:00:00"


@pytest.mark.parametrize("name", ["Dani", "Tali", "Dana", "Avi", "Ruth", "Yossi"])
def test_each_of_them_may_be_texted(chain: Chain, name: str) -> None:
    """ISR-01."""
    keys = set(chain.truth.named[name])
    rows = [row for row in chain.consents if {row["customer_id"], row["club_card"]} & keys]
    assert any(row["channel"] == "sms" and row["given"] == "yes" and row["wording"] for row in rows)
    assert all(row["given"] == "yes" for row in rows)


def test_the_known_effects_of_playbooks_are_part_of_the_truth(chain: Chain) -> None:
    effects = {one.playbook: (one.days, one.left_alone, one.reached) for one in chain.truth.effects}
    assert effects == {"PB2": (30, 0.08, 0.14), "PB3": (60, 0.14, 0.22), "no_effect": (30, 0.08, 0.08)}
