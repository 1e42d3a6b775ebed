"""What a step may bring and what it must (PB1-10)."""

import pytest

from ritorno.core.expected_value import StepSent, step_value


def test_pb1_10_50_vips_by_whatsapp_cost_10_and_say_what_they_must_bring() -> None:
    """₪0.20 each; an order of ₪2,000 at 40 % brings ₪800: 0.025 % of them must buy, at 2 % it is ₪790."""
    told = step_value(StepSent("visit", "whatsapp", 50, 50 * 20_000, 200_000), 0.4)
    assert told.sent.cost / 1000 == 1_000
    assert told.break_even == pytest.approx(0.00025)
    assert (told.an_order, told.expected) == (80_000, 79_000)


@pytest.mark.parametrize(("channel", "each"), [("sms", 6_000), ("email", 300)])
def test_pb1_10_a_dear_channel_must_bring_more(channel: str, each: int) -> None:
    cheap = step_value(StepSent("visit", channel, 50, 50 * each, 200_000), 0.4)
    dear = step_value(StepSent("visit", "whatsapp", 50, 50 * 20_000, 200_000), 0.4)
    assert cheap.break_even is not None
    assert dear.break_even is not None
    assert dear.break_even / cheap.break_even == pytest.approx(20_000 / each)


def test_an_offer_lowers_what_an_order_brings() -> None:
    told = step_value(StepSent("rescue", "sms", 100, 1_200_000, 30_000, offer=5_000), 0.4, 0.06)
    assert (told.an_order, told.expected) == (7_000, 100 * 6 * 70 - 1_200)


def test_where_an_order_brings_nothing_no_share_is_enough() -> None:
    told = step_value(StepSent("rescue", "sms", 100, 1_200_000, 10_000, offer=5_000), 0.4)
    assert told.break_even is None
    assert told.expected < 0
    assert step_value(StepSent("none", "sms", 0, 0, 10_000), 0.4).break_even is None
    with pytest.raises(ValueError, match="between 0 and 1"):
        step_value(StepSent("rescue", "sms", 100, 1, 1), 0.4, 1.5)
