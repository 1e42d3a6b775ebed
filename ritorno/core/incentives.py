"""What may be given away to one customer: no more than a share of what the customer is worth (SEG-23).

Value is the fact `value_year` (`core/scores/tiers.py`): the margin on what was paid in the last 12 months, net of
refunds.
"""

from zoneinfo import ZoneInfo

import msgspec

from ritorno.core.instants import Instant, Span, add_span, days
from ritorno.core.redemption import WHOLE


class Incentives(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """At most `share` (hundredths of a per cent: 10 % is 1000) of a customer's value in codes `within` so long."""

    share: int
    within: Span = days(90)


def most(limit: Incentives, worth: int) -> int:
    """How much may be given to a customer of that value, in minor units."""
    return max(0, worth) * limit.share // WHOLE


def counted_since(limit: Incentives, now: Instant, tz: ZoneInfo) -> Instant:
    """Codes count that were issued after this instant."""
    return add_span(now, Span(-limit.within.count, limit.within.unit), tz)


def check(limit: Incentives) -> list[str]:
    """What is wrong with a limit, in words; empty when nothing is."""
    problems = []
    if not 0 < limit.share <= WHOLE:
        problems.append(f"incentives.share is {limit.share}; write 1 to 10000 (10 % is 1000)")
    if limit.within.count <= 0:
        problems.append(f"incentives.within is {limit.within}; it must be a span above 0, such as 90 days")
    return problems
