"""Cuts to start from, by what a shop sells (product.md, section 2): R by the kind of goods, F 1 / 2 / 3 and more, M
from the shop's own orders where there are any."""

from collections.abc import Mapping
from typing import Literal, get_args

from msgspec.structs import replace

from ritorno.core.instants import Span, days, months
from ritorno.core.plan import Policy
from ritorno.core.scores.cuts import Scheme

Preset = Literal["fashion", "consumables", "furniture"]
PRESETS: tuple[Preset, ...] = get_args(Preset)

_RECENCY: Mapping[Preset, tuple[Span, Span]] = {
    "fashion": (days(30), days(90)),
    "furniture": (days(90), days(365)),
}
_CYCLES = (1.0, 2.0)  # of the product: R3 within the first, R1 from the second on


def preset(name: Preset, standing: Scheme, policy: Policy, spend: tuple[int, int] | None) -> Scheme:
    """The preset's cuts over those that stand; `spend` in minor units, None to leave M as it is.

    Consumables go by the product's cycle: the policy's for everyone, and each category that has its own.
    """
    consumed = name == "consumables"
    return replace(
        standing,
        recency=_by_cycle(policy.cycle) if consumed else _RECENCY[name],
        orders=(2, 3),
        spend=spend or standing.spend,
        window=months(24),
        by_category={each: _by_cycle(cycle) for each, cycle in policy.cycles.items()} if consumed else {},
        origin="preset",
        note=name,
    )


def _by_cycle(cycle: float) -> tuple[Span, Span]:
    """Whole days, rounded to the nearest, at least 1 and 2."""
    newer, older = (max(round(times * cycle), 1) for times in _CYCLES)
    return days(newer), days(max(older, newer + 1))
