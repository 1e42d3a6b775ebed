"""Recommend: the few products a page shows one customer (PB2-10, PB2-11).

Best sellers that the customer has not bought, and new arrivals neither viewed nor bought; in stock only. Where there
are both, up to a third of the places go to what is new.
"""

from datetime import timedelta
from typing import Literal, NamedTuple

import psycopg

from ritorno.core.customer import Customer
from ritorno.core.instants import Instant, add_span, days, wall
from ritorno.core.plan import Plan
from ritorno.store import gallery as shelves
from ritorno.store.gallery import Product

Kind = Literal["best_sellers", "new_and_unseen", "both"]

VIEWED = "product_viewed"  # the event of a shop's page that tells of a look at `sku`
_WINDOWS = (30, 90)  # days of sales; the longer one where the shorter has too few sellers
_NEW = days(60)
_SPARE = 40  # candidates beyond those shown, for those that the customer has bought


class Pick(NamedTuple):
    product: Product
    reason: Literal["best_seller", "new"]


def gallery(
    connection: psycopg.Connection, plan: Plan, customer: Customer, now: Instant, kind: Kind = "both", most: int = 6
) -> list[Pick]:
    """At most `most` products for this customer, the best sellers first."""
    bought = {line.sku for order in customer.orders if order.counts for line in order.lines}
    fresh = [] if kind == "best_sellers" else _new(connection, plan, customer, now, bought, most)
    best = [] if kind == "new_and_unseen" else _best(connection, plan, now, most)
    kept_for_new = min(len(fresh), most // 3)
    chosen = [one for one in best if one.sku not in bought][: most - kept_for_new]
    taken = {one.sku for one in chosen}
    picks = [Pick(one, "best_seller") for one in chosen]
    picks += [Pick(one, "new") for one in fresh if one.sku not in taken]
    return picks[:most]


def _best(connection: psycopg.Connection, plan: Plan, now: Instant, most: int) -> list[Product]:
    today = wall(now, plan.tz).date()
    found: list[Product] = []
    for length in _WINDOWS:
        first = today - timedelta(days=length - 1)
        found = shelves.best_sellers(connection, plan.brand.id, first, today, most + _SPARE)
        if len(found) >= most:
            break
    return found


def _new(
    connection: psycopg.Connection, plan: Plan, customer: Customer, now: Instant, bought: set[str], most: int
) -> list[Product]:
    seen = {str(done.properties.get("sku")) for done in customer.did if done.name == VIEWED}
    since = add_span(now, days(-_NEW.count), plan.tz)
    arrivals = shelves.new_arrivals(connection, plan.brand.id, since, now, most + _SPARE)
    return [one for one in arrivals if one.sku not in seen and one.sku not in bought][:most]
