"""SCO-14: who pulls a trigger by a first order and can never be in the cell that the segment asks for."""

import pytest
from msgspec.structs import replace

from ritorno.core.journeys.journey import Playbook
from ritorno.core.journeys.reach import Bar, barred
from ritorno.core.journeys.trigger import Happened, Moved
from ritorno.core.segments.rule import All, Any, Bought, CellIs, GroupIs, Reachable, Rule, ScoreIs
from ritorno.playbooks.library import load
from ritorno.testing import shop

PLAN = shop()
PB3 = load("PB3")
PROMISING = CellIs(("313",))


def asking(rule: Rule, trigger: Happened | Moved | None = None) -> Playbook:
    return replace(PB3, segment=rule, trigger=trigger or PB3.trigger)


def first(**filters: int) -> Happened:
    return Happened("order", first=True, order=Bought(**filters) if filters else None)  # type: ignore[arg-type]


def test_sco_14_between_the_trigger_and_the_cut_of_m_nobody_is_promising() -> None:
    """AOV 400, M cuts 400 and 1,200: from 520 up to 1,200 a first order brings 312."""
    assert PLAN.scheme.spend == (40_000, 120_000)
    assert barred(asking(PROMISING), PLAN) == [Bar(52_000, 120_000, 312)]
    assert barred(asking(All((Reachable(("sms",)), GroupIs(("promising",))))), PLAN) == [Bar(52_000, 120_000, 312)]  # type: ignore[arg-type]
    assert barred(PB3, PLAN) == []


@pytest.mark.parametrize(
    ("rule", "trigger", "found"),
    [
        (PROMISING, first(), [Bar(1, 40_000, 311), Bar(40_000, 120_000, 312)]),
        (PROMISING, first(total_from=150_000), []),
        (PROMISING, first(total_from=50_000, total_to=90_000), [Bar(50_000, 90_001, 312)]),
        (CellIs(("312",)), first(total_from=50_000, total_to=200_000), [Bar(120_000, 200_001, 313)]),
        (CellIs(("311", "312")), first(), [Bar(120_000, None, 313)]),
        (ScoreIs("f", (2, 3)), first(total_from=120_000), [Bar(120_000, None, 313)]),
        (Any((PROMISING, Reachable(("sms",)))), first(), []),  # type: ignore[arg-type]
        (PROMISING, Happened("order"), []),
        (PROMISING, Happened("sign_up", first=True), []),
        (PROMISING, Moved("r", 2), []),
    ],
)
def test_only_what_must_hold_of_a_first_order_is_looked_at(
    rule: Rule, trigger: Happened | Moved, found: list[Bar]
) -> None:
    assert barred(asking(rule, trigger), PLAN) == found
