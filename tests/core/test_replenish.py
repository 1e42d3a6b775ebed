"""When what was bought is used up, and when the customer is reminded."""

from datetime import datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritorno.core.customer import Order
from ritorno.core.events import Line, SoldVia, TraitValue
from ritorno.core.ids import EventId
from ritorno.core.instants import DAY, Instant, from_wall, wall, zone
from ritorno.core.replenish import Bought, Reminder, Returned, bought_of, days_per_unit, reminder, run_out

TZ = zone("Asia/Jerusalem")
TEN = " 10:00"


def at(text: str) -> Instant:
    return from_wall(datetime.fromisoformat(text if ":" in text else text + TEN), TZ)


def pads(when: str, quantity: float = 1, days: float | None = 30, purchase: str = "") -> Bought:
    return Bought(purchase or when, at(when), quantity, days)


def every(*gaps: int, days: float = 30) -> list[Bought]:
    """Packs at 2026-01-01 00:00 UTC and after each gap of days."""
    first = at("2026-01-01")
    passed = [sum(gaps[:place]) for place in range(len(gaps) + 1)]
    return [Bought(str(each), Instant(first + each * DAY), 1, days) for each in passed]


def test_com_02_two_packs_run_out_after_sixty_days_and_are_due_five_days_before() -> None:
    told = reminder([pads("2026-03-01", 2)], [], TZ)
    assert told == Reminder(at("2026-04-25"), at("2026-04-30"), "supply")
    assert wall(told.due_at, TZ).strftime("%a") == "Sat"


def test_com_02_one_pack_more_moves_the_end_by_its_thirty_days() -> None:
    told = reminder([pads("2026-03-01", 2), pads("2026-04-10")], [], TZ)
    assert told == Reminder(at("2026-05-25"), at("2026-05-30"), "supply")
    assert wall(told.due_at, TZ).strftime("%a") == "Mon"


def test_stock_that_ended_before_the_next_purchase_leaves_nothing_over() -> None:
    assert run_out([pads("2026-01-01"), pads("2026-06-01")], [], TZ) == at("2026-07-01")


def test_days_are_counted_on_the_wall_clock_of_the_brand() -> None:
    """The clock moved forward on 27 March: thirty days are an hour less there, and end at the same hour."""
    end = run_out([pads("2026-03-01")], [], TZ)
    assert end == at("2026-03-31")
    assert end - at("2026-03-01") == 30 * DAY - DAY // 24


def test_com_04_gaps_of_20_22_and_21_days_are_reminded_on_day_18_instead_of_25() -> None:
    told = reminder(every(20, 22, 21), [], TZ)
    last = at("2026-03-05")
    assert told is not None
    assert told.basis == "pace"
    assert (told.due_at, told.run_out_at) == (at("2026-03-23"), at("2026-03-26"))
    assert (told.due_at - last, told.run_out_at - last) == (18 * DAY, 21 * DAY)


def test_two_gaps_are_no_pace_yet() -> None:
    told = reminder(every(20, 22), [], TZ)
    assert told is not None
    assert told.basis == "supply"


def test_who_stocks_up_is_reminded_by_the_stock_and_not_by_habit() -> None:
    habit = [*every(20, 22, 21), Bought("deal", at("2026-03-25"), 10, 30)]
    told = reminder(habit, [], TZ)
    assert told is not None
    assert told.basis == "supply"
    assert told.run_out_at > at("2027-01-01")


def test_what_is_bought_twice_in_one_day_is_one_purchase_of_two() -> None:
    bought = [*every(20, 22, 21), Bought("again", at("2026-03-05 18:00"), 1, 30)]
    told = reminder(bought, [], TZ)
    assert told is not None
    assert told.basis == "supply"


def test_a_short_supply_is_not_asked_for_on_the_day_it_is_bought() -> None:
    assert reminder([pads("2026-05-01", days=4)], [], TZ) == Reminder(at("2026-05-03"), at("2026-05-05"), "supply")


@pytest.mark.parametrize(
    ("traits", "days"),
    [
        ({"consumable": True, "days_per_unit": 30}, 30.0),
        ({"consumable": False, "days_per_unit": 30}, None),
        ({"days_per_unit": 30}, None),
        ({"consumable": True}, None),
        ({"consumable": True, "days_per_unit": 0}, None),
        ({"consumable": True, "days_per_unit": "thirty"}, None),
        ({"consumable": True, "days_per_unit": True}, None),
    ],
)
def test_dat_11_only_what_is_said_to_be_consumable_for_some_days_is(
    traits: dict[str, TraitValue], days: float | None
) -> None:
    assert days_per_unit(traits) == days


def test_dat_12_a_walker_is_never_reminded_of() -> None:
    walker = [pads("2026-03-01", days=None), pads("2026-04-01", days=0)]
    assert reminder(walker, [], TZ) is None
    assert run_out(walker, [], TZ) is None


def test_part_of_a_purchase_given_back_lasts_for_what_is_left() -> None:
    bought = [pads("2026-03-01", 3, purchase="A")]
    assert run_out(bought, [Returned("A", 1)], TZ) == at("2026-04-30")
    assert run_out(bought, [Returned("A", 1), Returned("A", 2)], TZ) is None


def test_purchases_are_read_from_orders_that_count() -> None:
    lines = (Line("PADS", quantity=2), Line("WALKER"), Line("PADS", quantity=1))
    kept = Order(
        at("2026-03-01"), "shop", "1", 90, 90, SoldVia.POS, "", "ILS", 0, 0, False, lines, Instant(0), EventId(1)
    )
    given_back = msgspec.structs.replace(kept, order_id="2", net=0)
    found = bought_of([kept, given_back], "PADS", 30)
    assert [(one.at, one.quantity) for one in found] == [(kept.occurred_at, 2), (kept.occurred_at, 1)]
    assert len({one.purchase for one in found}) == 2
    assert run_out(found, [], TZ) == at("2026-05-30")


@st.composite
def histories(draw: st.DrawFn) -> list[Bought]:
    start = at("2026-01-01")
    count = draw(st.integers(1, 8))
    return [
        Bought(
            str(name),
            Instant(start + draw(st.integers(0, 400 * 24)) * DAY // 24),
            draw(st.sampled_from([0.5, 1, 1, 2, 3])),
            draw(st.sampled_from([7, 30, 30, None])),
        )
        for name in range(count)
    ]


@given(histories(), st.randoms(use_true_random=False))
def test_the_order_of_telling_does_not_matter(bought: list[Bought], chance: object) -> None:
    returned = [Returned("0", 1), Returned("1"), Returned("0", 0.25)]
    told = reminder(bought, returned, TZ)
    mixed, back = bought.copy(), returned.copy()
    chance.shuffle(mixed)  # type: ignore[attr-defined]
    chance.shuffle(back)  # type: ignore[attr-defined]
    assert reminder(mixed, back, TZ) == told
    assert run_out(mixed, back, TZ) == run_out(bought, returned, TZ)


@given(histories(), histories())
def test_more_stock_never_ends_earlier(bought: list[Bought], more: list[Bought]) -> None:
    before = run_out(bought, [], TZ)
    after = run_out([*bought, *more], [], TZ)
    assert before is None or (after is not None and after >= before)


@given(histories(), st.integers(0, 400))
def test_a_return_undoes_its_purchase(bought: list[Bought], day: int) -> None:
    extra = Bought("extra", Instant(at("2026-01-01") + day * DAY), 2, 30)
    for back in (Returned("extra"), Returned("extra", 2)):
        assert reminder([*bought, extra], [back], TZ) == reminder(bought, [], TZ)


@given(histories())
def test_a_reminder_comes_before_the_end_and_not_before_the_last_purchase(bought: list[Bought]) -> None:
    told = reminder(bought, [], TZ)
    if told is not None:
        last = max(one.at for one in bought if one.days_per_unit)
        assert last < told.due_at < told.run_out_at
