"""How the customers of a demo store answer a playbook: the known truth, so that what is measured can be checked.

    respond(playbook, customer, arm, at) → when they buy and for how much, or None → as_event → the inbox

The answer is drawn by hash, not by chance: the same customer, the same answer, whatever is asked before and however
often. Whoever buys though left alone buys when reached, too; so the arms differ by the planted effect and by nothing
else. In a dry run or a run of the sandbox, ask once for each enrollment, at its entry.
"""

from math import exp
from statistics import NormalDist

import msgspec

from ritorno.core.events import Event, Line, OrderTold, SoldVia, happened
from ritorno.core.experiments import share
from ritorno.core.identifiers import Identifier
from ritorno.core.ids import CustomerId
from ritorno.core.instants import DAY, MINUTE, Instant
from ritorno.demo.made import Effect

CHAIN_EFFECTS = (Effect("PB2", 30, 0.08, 0.14), Effect("PB3", 60, 0.14, 0.22), Effect("no_effect", 30, 0.08, 0.08))
# The reminder is due five days before the stock has run out; upsell counts the first purchase of the new category.
SENIORS_EFFECTS = (Effect("replenish", 5, 0.52, 0.61), Effect("upsell", 30, 0.03, 0.05))
REACHED, LEFT_ALONE = "treated", "holdout"
_EFFECTS = {one.playbook: one for one in (*CHAIN_EFFECTS, *SENIORS_EFFECTS)}
_MEDIAN = {"replenish": 19_000, "upsell": 19_000}  # agorot, of the shop's orders
_CHAIN_MEDIAN, _CHAIN_SIGMA, _SENIORS_SIGMA = 29_000, 0.8, 0.6
_SOONEST = 10 * MINUTE


class Response(msgspec.Struct, frozen=True):
    """A purchase: `total` in agorot."""

    at: Instant
    total: int


def effect_of(playbook: str) -> Effect:
    """The planted effect. Raises ValueError for a playbook without one."""
    found = _EFFECTS.get(playbook)
    if found is None:
        raise ValueError(f"no effect of {playbook!r} is planted; there are: {', '.join(_EFFECTS)}")
    return found


def respond(playbook: str, customer: CustomerId, arm: str, at: Instant) -> Response | None:
    """What the customer does within the effect's days after entering at `at`: a purchase, or None.

    `arm` is "treated" or "holdout". Raises ValueError for another arm, or a playbook without a planted effect.
    """
    planted = effect_of(playbook)
    if arm not in (REACHED, LEFT_ALONE):
        raise ValueError(f"the arm is {arm!r}; it is {REACHED} or {LEFT_ALONE}")
    buys = planted.reached if arm == REACHED else planted.left_alone
    if share(f"demo response {playbook}", customer) >= buys:
        return None
    span = planted.days * DAY - _SOONEST
    after = _SOONEST + int(share(f"demo response {playbook} when", customer) * span)
    return Response(Instant(at + after), _total(playbook, customer))


def as_event(
    answer: Response, playbook: str, customer: CustomerId, who: tuple[Identifier, ...], currency: str = "ILS",
    lines: tuple[Line, ...] = (),
) -> Event:  # fmt: skip
    """The purchase as an order of the store's site, for the doors of the product: told twice it is no news. `lines`:
    what was bought, where that matters."""
    order_id = f"{playbook} {customer} {answer.at}"
    body = OrderTold(order_id, answer.total, currency, SoldVia.ONLINE, lines=lines)
    return happened("demo", order_id, body, occurred_at=answer.at, received_at=answer.at, identifiers=who)


def _total(playbook: str, customer: CustomerId) -> int:
    """Log-normal as the store's orders are, at most 3 σ away from the median, in steps of ten agorot."""
    median = _MEDIAN.get(playbook, _CHAIN_MEDIAN)
    sigma = _SENIORS_SIGMA if playbook in _MEDIAN else _CHAIN_SIGMA
    drawn = min(max(share(f"demo response {playbook} how much", customer), 0.00135), 0.99865)
    return round(median * exp(sigma * NormalDist().inv_cdf(drawn)) / 10) * 10
