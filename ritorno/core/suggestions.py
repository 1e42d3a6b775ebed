"""What to do next, with the money it may bring: a range, never a promise (ORC-09, ORC-14).

at stake    what the customers of its groups who could enter spent in the last 12 months; the most comes first
extra       revenue of those treated beyond those held out: from the playbook's own results, where there are any,
            else the prior: 0 to 4 of 100 who get the message buy and would not have (the middle is ASSUMED)
left        margin × extra − messages − offers
"""

import math
from collections.abc import Iterable, Mapping
from typing import Literal

import msgspec

from ritorno.core.expected_value import ASSUMED
from ritorno.core.ids import PlaybookKey
from ritorno.core.instants import Instant, add_span, days
from ritorno.core.journeys.entry import stands_against
from ritorno.core.journeys.journey import Playbook
from ritorno.core.journeys.trigger import Happened
from ritorno.core.lift import Difference
from ritorno.core.plan import Plan
from ritorno.core.scores.cells import GroupKey
from ritorno.core.segments.live import ask
from ritorno.core.segments.purchases import fits
from ritorno.core.view import View

PRIOR = (0.0, 2 * ASSUMED)
MOST = 3
STAYS_AWAY = days(30)  # who said no to a suggestion does not see it so long

# Which playbook is for whom. Nobody is counted for two of them: groups do not overlap.
AIMS: dict[PlaybookKey, tuple[GroupKey, ...]] = {
    PlaybookKey("PB2"): (GroupKey("risk"),),
    PlaybookKey("PB3"): (GroupKey("promising"), GroupKey("new_buyers")),
    PlaybookKey("missed-you"): (GroupKey("big_gone"),),
    PlaybookKey("reactivate"): (GroupKey("fading"),),
}


class Reach(msgspec.Struct, frozen=True):
    """`customers` could enter now, `stake` is their net spend of 12 months; `reachable` of them by any channel of the
    first message, `channels` by each; their `average_order`. Amounts in minor units; `cost` of one message to each of
    those reachable, in thousandths."""

    customers: int
    stake: int
    reachable: int
    channels: dict[str, int]
    average_order: int
    cost: int


class Own(msgspec.Struct, frozen=True):
    """Results of the playbook's own: spend per head against the holdout, and what its offers cost per treated head."""

    spend: Difference
    offer_a_head: float


class Expected(msgspec.Struct, frozen=True):
    """Of `heads` who would be treated: extra revenue and what is left of it, each from low to high; minor units.
    `measured`: customers whom the results that it comes from counted, 0 for the prior."""

    source: Literal["own", "prior"]
    heads: int
    measured: int
    low: float
    high: float
    messages: float
    left_low: float
    left_high: float


Kind = Literal["start", "resume", "let_in"]


class Suggestion(msgspec.Struct, frozen=True):
    """`kind`: start what is a draft, resume what is paused, let those in who are in a running one's segment already.
    `existing`: those counted can be let in now; else it is for those who come, as these came."""

    playbook: PlaybookKey
    kind: Kind
    existing: bool
    groups: tuple[GroupKey, ...]
    reach: Reach
    expected: Expected


def kind_of(playbook: Playbook, status: str) -> Kind | None:
    """None: it runs, and whom it is for cannot be let in, for only an order lets them in."""
    if status == "active":
        return "let_in" if lets_in(playbook) else None
    return "resume" if status == "paused" else "start"


def could_enter(playbook: Playbook, view: View) -> bool:
    """Could this customer enter – of a playbook that an order lets in: by an order like the last one?"""
    if view.customer.house or not ask(playbook.segment, view)[0] or stands_against(playbook, view):
        return False
    wanted, orders = playbook.trigger, view.counted()[0]
    if not isinstance(wanted, Happened) or wanted.order is None:
        return True
    return bool(orders) and fits(wanted.order, orders[-1])


def expected(reach: Reach, playbook: Playbook, plan: Plan, own: Own | None) -> Expected:
    """What treating everyone reachable but the holdout may bring."""
    heads = round(reach.reachable * (1 - playbook.holdout))
    messages = reach.cost * (1 - playbook.holdout) / 1000
    if own is None:
        offer = (playbook.offer.worth or 0) if playbook.offer else 0
        low, high = (heads * share * reach.average_order for share in PRIOR)
        offers_low, offers_high = (heads * share * offer for share in PRIOR)
        measured = 0
    else:
        low, high = (heads * each for each in ahead(own.spend, reach.reachable))
        offers_low = offers_high = heads * own.offer_a_head
        measured = own.spend.treated_count + own.spend.holdout_count
    left_low, left_high = (
        plan.brand.margin * extra - offers - messages for extra, offers in ((low, offers_low), (high, offers_high))
    )
    return Expected("own" if own else "prior", heads, measured, low, high, messages, left_low, left_high)


def ahead(spend: Difference, customers: int) -> tuple[float, float]:
    """Between what the difference per head of the next so many `customers` will be measured, as this one was (95 %):
    the interval of the past one, widened by the chance of the next one, which shrinks with their number."""
    if not customers:
        return 0.0, 0.0
    wider = math.sqrt(1 + (spend.treated_count + spend.holdout_count) / customers)
    return spend.estimate - wider * (spend.estimate - spend.low), spend.estimate + wider * (spend.high - spend.estimate)


def rank(
    found: Iterable[Suggestion], dismissed: Mapping[PlaybookKey, Instant], now: Instant, plan: Plan
) -> list[Suggestion]:
    """The first three: nobody is suggested whom no message reaches, nothing whose whole range is a loss, nothing put
    aside less than 30 days ago."""
    fit = [
        each
        for each in found
        if each.reach.reachable
        and each.expected.left_high > 0
        and not _is_away(dismissed.get(each.playbook), now, plan)
    ]
    return sorted(fit, key=lambda each: (-each.reach.stake, each.playbook))[:MOST]


def _is_away(since: Instant | None, now: Instant, plan: Plan) -> bool:
    return since is not None and now < add_span(since, STAYS_AWAY, plan.tz)


def lets_in(playbook: Playbook) -> bool:
    """Can those who are in its segment be let in? Where an order does it, an operator does not."""
    return not isinstance(playbook.trigger, Happened)


class Paid(msgspec.Struct, frozen=True):
    """What money that ads no longer cost pays for: so many of a suggestion's messages, and what is over."""

    saved: int
    messages: int
    over: int


def paid(saved: int, reach: Reach, treated: int) -> Paid:
    """`saved` in minor units. At what messages cost on average; what is over is for the offers (PB4-08)."""
    each = reach.cost / reach.reachable / 1000
    messages = treated if each * treated <= saved else int(saved / each)
    return Paid(saved, messages, round(saved - messages * each))
