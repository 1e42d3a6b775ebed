"""Products to be shown: what sells best, what is new, what is of a category; what the catalogue says of each now."""

from collections.abc import Collection
from datetime import date
from typing import Any, NamedTuple

import psycopg

from ritorno.core.complements import Declared
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
    in_stock: bool = True
    sensitive: bool = False


_SENSITIVE = "coalesce(p.traits ->> 'sensitive', 'false') IN ('true', 'yes', '1')"
_SHOWN = f"p.sku, p.name, p.category, p.price, p.url, p.image_url, p.in_stock, {_SENSITIVE}"
_FIT = f"p.in_stock AND p.name <> '' AND NOT {_SENSITIVE}"


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


def of_category(
    connection: psycopg.Connection, brand: BrandId, category: str, first: date, last: date, most: int
) -> list[Product]:
    """By units sold on those days, the best first; behind them what was not sold, in the order of SKUs."""
    rows = connection.execute(
        f"SELECT {_SHOWN} FROM product p LEFT JOIN (SELECT sku, sum(units) AS units FROM sale "  # noqa: S608
        "WHERE brand_id = %(brand)s AND day BETWEEN %(first)s AND %(last)s GROUP BY sku) AS sold USING (sku) "
        f"WHERE p.brand_id = %(brand)s AND p.category = %(category)s AND {_FIT} "
        "ORDER BY greatest(sold.units, 0) DESC NULLS LAST, p.sku LIMIT %(most)s",
        {"brand": brand, "category": category, "first": first, "last": last, "most": most},
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


def shown(connection: psycopg.Connection, brand: BrandId, skus: Collection[str]) -> dict[str, Product]:
    """What the catalogue says of each of them now, by SKU; those that it does not name are left out."""
    rows = connection.execute(
        f"SELECT {_SHOWN} FROM product p WHERE p.brand_id = %s AND p.sku = ANY(%s) AND p.name <> ''",  # noqa: S608
        (brand, list(skus)),
    )
    return {row[0]: Product(*row) for row in rows}


def declared(connection: psycopg.Connection, brand: BrandId) -> tuple[list[Declared], frozenset[str]]:
    """(the products that speak of others, the SKUs they may mean)."""
    said = ", ".join(f"p.traits -> '{name}'" for name in ("complements", "excludes", "fits"))
    rows = connection.execute(
        f"SELECT p.sku, {said} FROM product p WHERE p.brand_id = %s "  # noqa: S608
        "AND p.traits ?| array['complements', 'excludes', 'fits'] ORDER BY p.sku",
        (brand,),
    ).fetchall()
    told = [Declared(sku, *map(_names, lists)) for sku, *lists in rows]
    named = sorted({name for each in told for names in each[1:] for name in names})
    skus = connection.execute("SELECT sku FROM product WHERE brand_id = %s AND sku = ANY(%s)", (brand, named))
    return told, frozenset(sku for (sku,) in skus)


def _names(told: Any) -> tuple[str, ...]:
    """One name, several, or none."""
    names = told if isinstance(told, list) else [] if told is None else [told]
    return tuple(name for each in names if (name := str(each).strip()))
