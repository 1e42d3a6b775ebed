"""The catalogue: products as a file last told them."""
# ruff: noqa: S608 - names of our own

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

import psycopg
from psycopg.types.json import Jsonb

from ritorno.core.ids import BrandId
from ritorno.core.instants import Instant


class Product(NamedTuple):
    """`price` in minor units of the brand's currency, VAT included; `traits` are the other columns of the file."""

    sku: str
    name: str
    category: str = ""
    price: int | None = None
    in_stock: bool = True
    created_at: Instant | None = None
    url: str = ""
    image_url: str = ""
    traits: dict[str, Any] = {}


class Kept(NamedTuple):
    added: int
    changed: int


COLUMNS = ("name", "category", "price", "in_stock", "created_at", "url", "image_url")


def keep(
    connection: psycopg.Connection,
    brand: BrandId,
    products: Sequence[Product],
    told: Collection[str] = COLUMNS,
    cleared: Collection[str] = (),
) -> Kept:
    """Add them, or bring those that differ up to date: of what is known the columns `told` alone, traits one by one.

    Traits named in `cleared` that a product has not are forgotten. Of one sku told twice the last counts.
    """
    latest = {one.sku: one for one in products}
    empty = dict.fromkeys(cleared)
    rows = [
        latest[sku]._replace(traits=Jsonb({**empty, **latest[sku].traits}))  # type: ignore[arg-type]
        for sku in sorted(latest)
    ]
    columns = [list(column) for column in zip(*rows, strict=True)]
    changes = [f"{name} = excluded.{name}" for name in COLUMNS if name in told]
    known = ", ".join(f"p.{name}" for name in COLUMNS if name in told)
    fresh = ", ".join(f"excluded.{name}" for name in COLUMNS if name in told)
    traits = "jsonb_strip_nulls(p.traits || excluded.traits)"
    done = connection.execute(
        "INSERT INTO product AS p (brand_id, sku, name, category, price, in_stock, created_at, url, image_url, traits) "
        "SELECT %s, sku, name, category, price, in_stock, created_at, url, image_url, traits FROM unnest(%s::text[], "
        "%s::text[], %s::text[], %s::bigint[], %s::bool[], %s::bigint[], %s::text[], %s::text[], %s::jsonb[]) "
        "AS told (sku, name, category, price, in_stock, created_at, url, image_url, traits) "
        f"ON CONFLICT (brand_id, sku) DO UPDATE SET {', '.join([*changes, f'traits = {traits}'])} "
        f"WHERE ({', '.join(filter(None, [known, 'p.traits']))}) IS DISTINCT FROM "
        f"({', '.join(filter(None, [fresh, traits]))}) RETURNING xmax = 0",
        (brand, *columns),
    ).fetchall()
    added = sum(is_new for (is_new,) in done)
    if added and cleared:
        connection.execute(
            "UPDATE product SET traits = jsonb_strip_nulls(traits) WHERE brand_id = %s AND sku = ANY(%s)",
            (brand, list(latest)),
        )
    return Kept(added, len(done) - added)


def known(connection: psycopg.Connection, brand: BrandId, skus: Collection[str]) -> frozenset[str]:
    """Those of the SKUs that are in the catalogue."""
    rows = connection.execute("SELECT sku FROM product WHERE brand_id = %s AND sku = ANY(%s)", (brand, list(skus)))
    return frozenset(row[0] for row in rows)


def read(connection: psycopg.Connection, brand: BrandId) -> list[Product]:
    """The whole catalogue, by sku."""
    rows = connection.execute(
        "SELECT sku, name, category, price, in_stock, created_at, url, image_url, traits FROM product "
        "WHERE brand_id = %s ORDER BY sku",
        (brand,),
    )
    return [Product(*row) for row in rows]
