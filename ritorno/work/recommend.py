"""Recommend: the few products a page shows one customer (PB2-10, PB2-11).

Best sellers that the customer has not bought, and new arrivals neither viewed nor bought; in stock only, and nothing
that is not for owners of what the customer owns (COM-14). Where there are both, a third of the places at most goes to
what is new.
"""

from datetime import timedelta
from typing import Literal, NamedTuple

import psycopg

from ritorno.core.complements import relations_of
from ritorno.core.customer import Customer
from ritorno.core.instants import Instant, add_span, days, wall
from ritorno.core.offering import Article, offered, shelf_of
from ritorno.core.plan import Plan
from ritorno.store import gallery as shelves
from ritorno.store.gallery import Product

Kind = Literal["best_sellers", "new_and_unseen", "both"]

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
    relations = relations_of(*shelves.declared(connection, plan.brand.id))
    shelf = shelf_of(customer, plan.catalogue)
    rules = relations.rules_of(shelf)
    fresh = [] if kind == "best_sellers" else _new(connection, plan, now, most)
    best = [] if kind == "new_and_unseen" else _best(connection, plan, now, most)
    known = {one.sku: one for one in (*fresh, *best)}
    articles = {sku: Article(sku, one.category) for sku, one in known.items()}

    def stay(found: list[Product], most: int) -> list[str]:
        return offered((one.sku for one in found), articles, shelf, rules, most)

    unseen = stay([one for one in fresh if one.sku not in shelf.seen], most)
    chosen = stay(best, most - min(len(unseen), most // 3))
    picks = [Pick(known[sku], "best_seller") for sku in chosen]
    picks += [Pick(known[sku], "new") for sku in unseen if sku not in chosen]
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


def _new(connection: psycopg.Connection, plan: Plan, now: Instant, most: int) -> list[Product]:
    since = add_span(now, days(-_NEW.count), plan.tz)
    return shelves.new_arrivals(connection, plan.brand.id, since, now, most + _SPARE)
