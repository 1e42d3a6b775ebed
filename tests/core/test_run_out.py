"""When a customer is reminded of what she uses up, by her orders as they stand, the catalogue and the paces."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from ritorno.core.catalogue import Catalogue, Product
from ritorno.core.events import Line
from ritorno.core.instants import DAY
from ritorno.core.pace import Calibration, CategoryPace, Paces, calibrated, chance_within, expected_gap, off_beat
from ritorno.core.plan import Plan, Policy
from ritorno.core.replenish import Reminder
from ritorno.core.run_out import chance_due, reminder_for
from ritorno.core.view import view_of
from ritorno.testing import Person, at, local, shop

PADS = Line("PADS", category="pads", quantity=1, unit_price=5_000)
PRODUCTS = (
    Product("PADS", category="pads", consumable=True, days_per_unit=30),
    Product("NIGHT", category="pads", consumable=True, days_per_unit=10),
    Product("TEA", category="tea", consumable=True),
    Product("SALT", category="salt", consumable=True),
    Product("WALKER", category="walkers", days_per_unit=30),
)
STEADY = CategoryPace("tea", 3.4, 0.04, 0.25, 4, 120)
PLAN = replace(
    shop(policy=Policy(cycles={"salt": 20})),
    catalogue=Catalogue({each.sku: each for each in PRODUCTS}),
    paces=Paces({"tea": STEADY, "pads": replace(STEADY, category="pads")}, Calibration(7, 0.2, 1.5, -0.3, 0.4)),
)


def buyer(plan: Plan = PLAN) -> Person:
    return Person(plan)


def buys(person: Person, when: str, quantity: float = 1, sku: str = "PADS", shekels: float = 150) -> Person:
    return person.buys(
        when, shekels, order=f"{when} {sku}", lines=(replace(PADS, sku=sku, category="", quantity=quantity),)
    )


def told(
    person: Person, now: str, sku: str = "PADS", category: str = "", margin: float | None = None
) -> Reminder | None:
    return reminder_for(view_of(person.customer, person.plan, at(now)), sku, category, margin)


def said(
    person: Person, now: str, sku: str = "PADS", category: str = "", margin: float | None = None
) -> tuple[str, str, str]:
    found = told(person, now, sku, category, margin)
    assert found is not None
    return local(found.due_at), local(found.run_out_at), found.basis


def test_com_02_two_packs_are_due_five_days_before_and_one_pack_more_moves_that() -> None:
    dana = buys(buyer(), "2026-03-01T10:00", 2)
    assert said(dana, "2026-03-02") == ("2026-04-25T10:00:00", "2026-04-30T10:00:00", "supply")
    buys(dana, "2026-04-10T10:00")
    assert said(dana, "2026-04-11") == ("2026-05-25T10:00:00", "2026-05-30T10:00:00", "supply")


def test_com_04_at_own_pace_it_is_day_18_instead_of_25() -> None:
    dana = buyer()
    for when in ("2026-01-01T10:00", "2026-01-21T10:00", "2026-02-12T10:00", "2026-03-05T10:00"):
        buys(dana, when)
    assert said(dana, "2026-03-06") == ("2026-03-23T10:00:00", "2026-03-26T10:00:00", "pace")


def test_com_18_a_renewal_is_due_its_own_margin_before() -> None:
    dana = buys(buyer(), "2026-01-01T10:00", 12.2)
    assert said(dana, "2026-01-02", margin=14)[0] == "2026-12-19T10:00:00"
    assert said(dana, "2026-01-02", margin=0)[:2] == ("2027-01-02T10:00:00",) * 2


def test_dat_12_a_walker_is_never_due_and_nothing_is_before_it_is_bought() -> None:
    dana = buys(buyer(), "2026-03-01T10:00", sku="WALKER")
    assert told(dana, "2026-03-02", "WALKER") is None
    assert told(dana, "2026-03-02") is None
    buys(dana, "2026-03-10T10:00", sku="UNHEARD-OF")
    assert told(dana, "2026-03-11", "UNHEARD-OF") is None


def test_what_is_of_one_category_is_one_stock() -> None:
    dana = buys(buys(buyer(), "2026-03-01T10:00"), "2026-03-02T10:00", 2, "NIGHT")
    assert said(dana, "2026-03-03", "", "pads")[1] == "2026-04-20T10:00:00"
    assert said(dana, "2026-03-03", "NIGHT")[1] == "2026-03-22T10:00:00"


def test_where_the_product_says_nothing_its_category_does() -> None:
    dana = buys(buyer(), "2026-03-01T10:00", 2, "SALT")
    assert said(dana, "2026-03-02", "SALT")[1] == "2026-04-10T10:00:00"


def test_where_nobody_knows_the_days_three_gaps_of_ones_own_do() -> None:
    dana = buyer()
    for when in ("2026-01-01T10:00", "2026-01-31T10:00", "2026-03-02T10:00"):
        buys(dana, when, sku="TEA")
    assert told(dana, "2026-03-03", "TEA") is None
    buys(dana, "2026-04-01T10:00", sku="TEA")
    assert said(dana, "2026-04-02", "TEA") == ("2026-04-28T10:00:00", "2026-05-01T10:00:00", "pace")
    assert told(Person(replace(PLAN, paces=Paces())), "2026-04-02", "TEA") is None
    without = buys(Person(replace(PLAN, paces=Paces())), "2026-04-01T10:00", sku="TEA")
    assert told(without, "2026-04-02", "TEA") is None


def test_an_order_given_back_never_was_and_units_paid_back_are_gone() -> None:
    dana = buys(buyer(), "2026-03-01T10:00", 3)
    order = "2026-03-01T10:00 PADS"
    dana.is_refunded(order, "2026-03-05T10:00", 50)
    assert said(dana, "2026-03-06")[1] == "2026-04-30T10:00:00"
    dana.is_refunded(order, "2026-03-07T10:00", 20, void=False)
    dana.cancels(order, "2026-03-08T10:00")
    assert told(dana, "2026-03-09") is None


@pytest.mark.parametrize(("shekels", "price", "end"), [(45, 5_000, "05-30"), (55, 0, "04-30"), (149, 5_000, "03-31")])
def test_what_is_paid_back_are_whole_units_by_price_or_by_share(shekels: float, price: int, end: str) -> None:
    line = replace(PADS, quantity=3, unit_price=price)
    dana = buyer().buys("2026-03-01T10:00", 150, order="o", lines=(line,)).is_refunded("o", "2026-03-02T10:00", shekels)
    assert said(dana, "2026-03-03")[1] == f"2026-{end}T10:00:00"


def test_of_several_products_nobody_knows_which_was_paid_back() -> None:
    lines = (replace(PADS, quantity=2), replace(PADS, sku="WALKER"))
    dana = buyer().buys("2026-03-01T10:00", 150, order="o", lines=lines).is_refunded("o", "2026-03-02T10:00", 50)
    assert said(dana, "2026-03-03")[1] == "2026-04-30T10:00:00"


def test_the_chance_of_a_week_is_corrected_by_her_own_time_and_her_trips_and_falls_with_silence() -> None:
    dana = buys(buys(buyer(), "2026-02-27T10:00", sku="WALKER"), "2026-03-01T10:00")
    buys(dana, "2026-02-01T10:00", sku="TEA")
    early, late = (view_of(dana.customer, PLAN, at(day)) for day in ("2026-03-05T10:00", "2026-06-05T10:00"))
    pace = PLAN.paces.by_category["pads"]
    plain = chance_within(pace, [at("2026-03-01T10:00")], at("2026-03-05T10:00"), 7)
    assert plain is not None
    beat = off_beat(4, expected_gap(pace, ()))
    assert chance_due(early, "pads") == calibrated(plain, PLAN.paces.week, beat, 1), (
        "tea is too long ago, walkers no trip"
    )
    soon, later = chance_due(early, "pads", 14), chance_due(late, "pads", 14)
    assert soon is not None
    assert later is not None
    assert 0 < later < soon < 1
    assert chance_due(early, "walkers") is None
    assert chance_due(view_of(buyer().customer, PLAN, at("2026-03-05")), "pads") is None


DAYS = st.lists(st.integers(0, 200), min_size=1, max_size=6, unique=True).map(sorted)
PACKS = st.lists(st.sampled_from([1, 1, 2, 3, 0.5]), min_size=6, max_size=6)
START = at("2026-01-01T10:00")


def life(days: list[int], packs: list[float]) -> Person:
    dana = buyer()
    for day, quantity in zip(days, packs, strict=False):
        buys(dana, local(START + day * DAY), quantity)  # type: ignore[arg-type]
    return dana


@given(DAYS, PACKS)
def test_a_reminder_is_never_late_and_a_purchase_moves_it_ahead(days: list[int], packs: list[float]) -> None:
    """Due before the end and after the last purchase: what was due is due no more once bought again."""
    dana = life(days, packs)
    found = told(dana, "2027-01-01")
    assert found is not None
    assert START + days[-1] * DAY < found.due_at < found.run_out_at
    buys(dana, local(found.due_at))
    again = told(dana, "2029-01-01")
    assert again is not None
    assert again.due_at > found.due_at


@given(DAYS, PACKS, st.integers(0, 5), st.integers(1, 5))
def test_more_in_the_cupboard_is_never_due_earlier(days: list[int], packs: list[float], place: int, more: int) -> None:
    before = told(life(days, packs), "2027-01-01")
    richer = packs.copy()
    richer[place] += more
    after = told(life(days, richer), "2027-01-01")
    assert before is not None
    assert after is not None
    if before.basis == after.basis == "supply":
        assert after.run_out_at >= before.run_out_at
        assert after.due_at >= before.due_at
