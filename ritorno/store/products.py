"""The catalogue: products as a file last told them."""

from collections.abc import Sequence
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


def keep(connection: psycopg.Connection, brand: BrandId, products: Sequence[Product]) -> Kept:
    """Add them, or bring those that differ up to date; of one sku told twice the last counts."""
    latest = {one.sku: one for one in products}
    rows = [latest[sku]._replace(traits=Jsonb(latest[sku].traits)) for sku in sorted(latest)]  # type: ignore[arg-type]
    columns = [list(column) for column in zip(*rows, strict=True)]
    done = connection.execute(
        "INSERT INTO product AS p (brand_id, sku, name, category, price, in_stock, created_at, url, image_url, traits) "
        "SELECT %s, * FROM unnest(%s::text[], %s::text[], %s::text[], %s::bigint[], %s::bool[], %s::bigint[], "
        "%s::text[], %s::text[], %s::jsonb[]) ON CONFLICT (brand_id, sku) DO UPDATE SET name = excluded.name, "
        "category = excluded.category, price = excluded.price, in_stock = excluded.in_stock, "
        "created_at = excluded.created_at, url = excluded.url, image_url = excluded.image_url, "
        "traits = p.traits || excluded.traits WHERE (p.name, p.category, p.price, p.in_stock, p.created_at, p.url, "
        "p.image_url, p.traits) IS DISTINCT FROM (excluded.name, excluded.category, excluded.price, excluded.in_stock, "
        "excluded.created_at, excluded.url, excluded.image_url, p.traits || excluded.traits) RETURNING xmax = 0",
        (brand, *columns),
    ).fetchall()
    added = sum(is_new for (is_new,) in done)
    return Kept(added, len(done) - added)


def read(connection: psycopg.Connection, brand: BrandId) -> list[Product]:
    """The whole catalogue, by sku."""
    rows = connection.execute(
        "SELECT sku, name, category, price, in_stock, created_at, url, image_url, traits FROM product "
        "WHERE brand_id = %s ORDER BY sku",
        (brand,),
    )
    return [Product(*row) for row in rows]
