"""Products for a page: what sells best and what is new, in stock, with nothing of a sensitive category."""

from datetime import date
from typing import NamedTuple

import psycopg

from ritorno.core.ids import BrandId
from ritorno.core.instants import Instant


class Product(NamedTuple):
    """`price` in minor units, None when it is not known; the addresses are "" when there are none."""

    sku: str
    name: str
    category: str
    price: int | None
    url: str
    image_url: str


_SHOWN = "p.sku, p.name, p.category, p.price, p.url, p.image_url"
_FIT = "p.in_stock AND p.name <> '' AND coalesce(p.traits ->> 'sensitive', 'false') NOT IN ('true', 'yes', '1')"


def best_sellers(connection: psycopg.Connection, brand: BrandId, first: date, last: date, most: int) -> list[Product]:
    """By units sold on the wall-clock days [first, last], the best first; the same numbers in the order of SKUs."""
    rows = connection.execute(
        f"SELECT {_SHOWN} FROM (SELECT sku, sum(units) AS units FROM sale WHERE brand_id = %(brand)s "  # noqa: S608
        "AND day BETWEEN %(first)s AND %(last)s GROUP BY sku) AS sold "
        f"JOIN product p ON p.brand_id = %(brand)s AND p.sku = sold.sku WHERE {_FIT} AND sold.units > 0 "
        "ORDER BY sold.units DESC, p.sku LIMIT %(most)s",
        {"brand": brand, "first": first, "last": last, "most": most},
    )
    return [Product(*row) for row in rows]


def new_arrivals(
    connection: psycopg.Connection, brand: BrandId, since: Instant, until: Instant, most: int
) -> list[Product]:
    """What came into the catalogue in (since, until], the newest first."""
    rows = connection.execute(
        f"SELECT {_SHOWN} FROM product p WHERE p.brand_id = %s AND p.created_at > %s AND p.created_at <= %s "  # noqa: S608
        f"AND {_FIT} ORDER BY p.created_at DESC, p.sku LIMIT %s",
        (brand, since, until, most),
    )
    return [Product(*row) for row in rows]
