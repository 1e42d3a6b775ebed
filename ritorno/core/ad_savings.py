"""What leaving customers out of ads saves, as an estimate whose formula and inputs are shown (PB4-07)."""

import msgspec

FORMULA = "customers × impressions × CPM ÷ 1,000"
FORMULA_CLICKS = "customers × impressions × click rate × CPC"


class Inputs(msgspec.Struct, frozen=True):
    """Of a month: `impressions` that one customer would have seen, and what they cost: `cpm` for a thousand of them, or
    `cpc` for a click at `click_rate` (a share). Amounts in minor units; exactly one of the prices."""

    impressions: float
    cpm: int | None = None
    cpc: int | None = None
    click_rate: float = 0.0


class Savings(msgspec.Struct, frozen=True):
    """`month` in minor units; `formula` in words, to be read beside the inputs."""

    customers: int
    inputs: Inputs
    month: int
    formula: str


class Compared(msgspec.Struct, frozen=True):
    """What ads cost per day with the exclusion and without it, and what a month of 30 days differs by, in minor
    units."""

    on_a_day: float
    off_a_day: float
    month: int


def savings(customers: int, inputs: Inputs) -> Savings:
    """What a month costs less for `customers` left out. Raises ValueError which says what is wrong with the inputs."""
    if customers < 0 or inputs.impressions < 0:
        raise ValueError("customers and impressions are 0 or more")
    if (inputs.cpm is None) == (inputs.cpc is None):
        raise ValueError("give the price of a thousand impressions (CPM) or of a click (CPC), one of them")
    if inputs.cpm is not None:
        if inputs.cpm < 0:
            raise ValueError(f"a CPM of {inputs.cpm} is no price; it is 0 or more")
        return Savings(customers, inputs, round(customers * inputs.impressions * inputs.cpm / 1000), FORMULA)
    assert inputs.cpc is not None
    if inputs.cpc < 0 or not 0 < inputs.click_rate <= 1:
        raise ValueError("with a CPC of 0 or more goes a click rate above 0 and up to 100 %")
    clicks = customers * inputs.impressions * inputs.click_rate
    return Savings(customers, inputs, round(clicks * inputs.cpc), FORMULA_CLICKS)


def compared(on_cost: int, on_days: float, off_cost: int, off_days: float) -> Compared:
    """Ad cost of the days with the exclusion on beside that of days with it off: what the account itself says, no
    estimate – and no experiment either, for nothing else stood still. Raises ValueError without days on both sides."""
    if on_days <= 0 or off_days <= 0:
        raise ValueError("a comparison needs days with the exclusion on and days with it off")
    on, off = on_cost / on_days, off_cost / off_days
    return Compared(on, off, round((off - on) * 30))
