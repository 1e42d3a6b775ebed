"""Aim: how many of those whom a product is meant for by hand own what excludes it (COM-14).

What chooses products by itself never shows them; who aims by hand is told before it leaves.
"""

from typing import NamedTuple

import psycopg

from ritorno.core.catalogue import Catalogue
from ritorno.core.complements import relations_of
from ritorno.core.instants import Instant
from ritorno.core.near import meant
from ritorno.core.offering import Article, Goods, excluded_among, shelf_of
from ritorno.core.plan import Plan
from ritorno.core.segments.live import ask
from ritorno.core.segments.rule import Rule
from ritorno.core.view import view_of
from ritorno.store import customers, gallery, products


class NoProduct(LookupError):  # noqa: N818 - the name says the state
    """The catalogue holds no such product; the message names what is like it."""


class Aimed(NamedTuple):
    """Of `members` it is not for `excluded`: `by` how many own each product that excludes it, those of most first.

    Who owns several of those products is counted once among the excluded, and with each in `by`.
    """

    sku: str
    members: int
    excluded: int
    by: dict[str, int]


def aim(connection: psycopg.Connection, plan: Plan, sku: str, rule: Rule, now: Instant) -> Aimed:
    """Count over everybody who is in the segment now. Raises NoProduct."""
    article = _article(connection, plan, sku)
    names = (Goods("sku", article.sku), Goods("category", article.category))
    declared = relations_of(*gallery.declared(connection, plan.brand.id)).rules.values()
    rules = [each for told in declared for each in told if each.says == "excludes" and each.other in names]
    excluding = {each.owned.name for each in rules}
    members, concerned = 0, []
    for customer in customers.read_all(connection, plan.brand.id):
        if customer.house or not ask(rule, view_of(customer, plan, now))[0]:
            continue
        members += 1
        shelf = shelf_of(customer, plan.catalogue)
        if not excluding.isdisjoint(shelf.owned):
            concerned.append(shelf)
    by = {each: excluded_among(article, concerned, [one for one in rules if one.owned.name == each])
          for each in sorted(excluding)}  # fmt: skip
    most_first = sorted(by.items(), key=lambda each: -each[1])
    return Aimed(
        sku, members, excluded_among(article, concerned, rules), {name: count for name, count in most_first if count}
    )


def _article(connection: psycopg.Connection, plan: Plan, sku: str) -> Article:
    found = {each.sku: each for each in products.read(connection, plan.brand.id)}
    if sku not in found:
        raise NoProduct(f"there is no product {sku!r}{meant(sku, found)}")
    return article_of(found[sku], plan.catalogue)


def article_of(product: products.Product, catalogue: Catalogue) -> Article:
    """What of a product of the catalogue decides whether it may be offered."""
    return Article(product.sku, product.category, product.in_stock, catalogue.product(product.sku).sensitive)
