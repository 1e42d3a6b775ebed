"""Offer products: what one customer's block shows, ranked by the model, let through by the rules, with its reason.

recommend → offered → enough? otherwise ask for more, until there is no more
"""

from collections.abc import Collection, Mapping

from ritorno.core.customer import Customer
from ritorno.core.instants import Instant
from ritorno.core.offering import Article, GoodsRule, offered, shelf_of
from ritorno.whole.affinity import Affinity, Bought, Recommended, recommend

_SPARE = 5  # times as many are asked for as are shown


def offer_products(
    model: Affinity,
    customer: Customer,
    catalogue: Mapping[str, Article],
    rules: Collection[GoodsRule],
    now: Instant,
    most: int = 6,
    *,
    again: bool = False,
    unseen: bool = False,
) -> list[Recommended]:
    """At most `most` (PB2-11): in stock, not sensitive, excluded by nothing owned (COM-14), new or with `again` also
    what was bought; with `unseen` nothing that was looked at (PB2-10)."""
    shelf = shelf_of(customer)
    bought = [Bought(sku, at) for at, sku in _purchases(customer)]
    asked = max(most, 1) * _SPARE
    while True:
        found = recommend(model, bought, shelf.seen if unseen else (), asked, now, again=again)
        shown = frozenset(offered((one.sku for one in found), catalogue, shelf, rules, most, again=again))
        if len(shown) >= most or len(found) < asked:
            return [one for one in found if one.sku in shown]
        asked *= _SPARE


def _purchases(customer: Customer) -> list[tuple[Instant, str]]:
    """Each item once an order, in order of time."""
    return sorted(
        {
            (order.occurred_at, line.sku)
            for order in customer.orders
            if order.counts
            for line in order.lines
            if line.quantity > 0
        }
    )
