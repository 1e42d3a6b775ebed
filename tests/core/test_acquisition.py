"""What a new customer costs and when it is paid back (ORC-13)."""

import pytest

from ritorno.core.acquisition import Day, acquisition


def test_orc_13_20000_for_100_new_customers_is_a_cac_of_200_beside_their_margin() -> None:
    """₪300 at once, ₪200 each on day 2 from all, ₪100 from half on day 5: at 40 %, ₪200 are back on day 2."""
    days = [Day(0, 100, 3_000_000), Day(1, 100, 0), Day(2, 100, 2_000_000), Day(3, 80, 0), Day(4, 50, 500_000)]
    told = acquisition(2_000_000, 100, days, 0.4)
    assert (told.cac, told.margin, told.payback_day, told.watched) == (20_000, 24_000, 2, 50)


def test_what_is_not_back_within_the_days_has_no_day() -> None:
    told = acquisition(2_000_000, 100, [Day(0, 100, 100_000)], 0.4)
    assert (told.payback_day, told.margin, told.days) == (None, 400, 1)


@pytest.mark.parametrize("cost", [0, 500])
def test_without_new_customers_there_is_no_cost_of_one(cost: int) -> None:
    assert acquisition(cost, 0, [], 0.4).cac is None
    fresh = acquisition(cost, 5, [], 0.4)
    assert (fresh.cac, fresh.margin, fresh.watched) == (cost // 5, None, 0)
