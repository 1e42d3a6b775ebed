"""Which of a shop's branches, places or sources brings customers who come back: told apart from chance (ENG-10)."""

from collections.abc import Sequence

import msgspec

from ritorno.core.lift import CONFIDENCE, Difference, difference_of_shares, wilson


class Part(msgspec.Struct, frozen=True):
    """Customers whose first order was there, watched through all of the days, and how many of them came back."""

    name: str
    customers: int
    again: int


class Rated(msgspec.Struct, frozen=True):
    """`low`, `high`: 95 % of the share. `against`: its difference to all others together, at a confidence that holds
    for all parts at once; None where there are no others. `flag`: "weakest" or "strongest", and beyond chance."""

    part: Part
    share: float
    low: float
    high: float
    against: Difference | None
    flag: str = ""


def rated(parts: Sequence[Part]) -> tuple[Rated, ...]:
    """The best first. Of k parts the one that happens to be last is tested at 1 − 0.05/k (Bonferroni): else one of
    three equal branches would be called weak every seventh time."""
    told = [part for part in parts if part.customers]
    customers, again = sum(part.customers for part in told), sum(part.again for part in told)
    confidence = 1 - (1 - CONFIDENCE) / max(len(told), 1)
    rows = []
    for part in sorted(told, key=lambda each: (-each.again / each.customers, each.name)):
        others = again - part.again, customers - part.customers
        against = difference_of_shares(part.again, part.customers, *others, confidence)
        rows.append(Rated(part, part.again / part.customers, *wilson(part.again, part.customers), against))
    return tuple(
        msgspec.structs.replace(row, flag=_flag(row, place, len(rows))) for place, row in enumerate(rows)
    )  # fmt: skip


def _flag(row: Rated, place: int, parts: int) -> str:
    if row.against is None or not row.against.is_conclusive:
        return ""
    if place == parts - 1 and row.against.high < 0:
        return "weakest"
    return "strongest" if place == 0 and row.against.low > 0 else ""
