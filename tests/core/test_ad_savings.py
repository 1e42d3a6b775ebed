"""What leaving customers out of ads saves (PB4-07)."""

import pytest

from ritorno.core.ad_savings import FORMULA, Inputs, compared, savings


def test_pb4_07_1000_customers_8_impressions_at_a_cpm_of_30() -> None:
    told = savings(1_000, Inputs(8, cpm=3_000))
    assert (told.month, told.formula) == (24_000, FORMULA)
    assert savings(1_000, Inputs(16, cpm=3_000)).month == 48_000


def test_by_clicks_where_ads_are_paid_by_clicks() -> None:
    assert savings(1_000, Inputs(10, cpc=200, click_rate=0.02)).month == 40_000


@pytest.mark.parametrize(
    ("customers", "inputs", "says"),
    [
        (-1, Inputs(8, cpm=3_000), "0 or more"),
        (1, Inputs(-8, cpm=3_000), "0 or more"),
        (1, Inputs(8), "one of them"),
        (1, Inputs(8, cpm=1, cpc=1, click_rate=0.1), "one of them"),
        (1, Inputs(8, cpm=-1), "no price"),
        (1, Inputs(8, cpc=-1, click_rate=0.1), "click rate"),
        (1, Inputs(8, cpc=1), "click rate"),
        (1, Inputs(8, cpc=1, click_rate=1.5), "click rate"),
    ],
)
def test_inputs_that_cannot_be_are_refused_by_what_is_wrong(customers: int, inputs: Inputs, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        savings(customers, inputs)


def test_days_with_it_on_beside_days_with_it_off() -> None:
    """₪900 in 30 days on, ₪620 in 20 days off: ₪1 a day less, ₪30 a month."""
    told = compared(90_000, 30, 62_000, 20)
    assert (told.on_a_day, told.off_a_day, told.month) == (3_000, 3_100, 3_000)
    with pytest.raises(ValueError, match="days with it off"):
        compared(90_000, 30, 0, 0)
