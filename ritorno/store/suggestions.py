"""What suggestions are made from, and those that were put aside."""

from collections.abc import Iterator, Sequence

import psycopg

from ritorno.core.customer import Customer, decode_customer
from ritorno.core.ids import BrandId, PlaybookKey
from ritorno.core.instants import Instant


def of_cells(
    connection: psycopg.Connection, brand: BrandId, cells: Sequence[int], batch: int = 2000
) -> Iterator[Customer]:
    """The documents of everyone in these cells, as they stand, in order of id; not locked."""
    after = -1
    while True:
        rows = connection.execute(
            "SELECT id, document FROM customer WHERE brand_id = %s AND id > %s AND cell = ANY(%s::smallint[]) "
            "AND merged_into IS NULL ORDER BY id LIMIT %s",
            (brand, after, list(cells), batch),
            binary=True,
        ).fetchall()
        for row in rows:
            yield decode_customer(row[1])
        if len(rows) < batch:
            return
        after = rows[-1][0]


def dismiss(
    connection: psycopg.Connection, brand: BrandId, key: PlaybookKey, at: Instant, who: str, because: str
) -> None:
    """It was put aside, by whom and why; the same instant once more says the same."""
    connection.execute(
        "INSERT INTO dismissal (brand_id, key, at, who, because) VALUES (%s, %s, %s, %s, %s) "
        "ON CONFLICT (brand_id, key, at) DO UPDATE SET who = excluded.who, because = excluded.because",
        (brand, key, at, who, because),
    )


def dismissed(connection: psycopg.Connection, brand: BrandId) -> dict[PlaybookKey, Instant]:
    """When each that ever was put aside was so last."""
    rows = connection.execute("SELECT key, max(at) FROM dismissal WHERE brand_id = %s GROUP BY key", (brand,))
    return {PlaybookKey(key): Instant(at) for key, at in rows}
