"""Imports: their runs, the mapping of columns kept for each source, and the fast way for many new rows.

Rows that are known to be new go in by COPY, packed here without a Python object for every value: half the time of
`copy.write_row`. A row that was not new after all raises UniqueViolation, and the transaction is undone.
"""

from struct import Struct

import psycopg
from psycopg.types.json import Jsonb

from ritorno.core.events import Event, encode_event
from ritorno.core.ids import BrandId, CustomerId
from ritorno.core.instants import Instant
from ritorno.store.events import Purchase

_LOCK = 1_004  # first key of the advisory lock that a running import holds, shared by its processes
_HEAD = b"PGCOPY\n\xff\r\n\0" + b"\0" * 8
_TAIL = b"\xff\xff"
_SEEN = Struct(">hiii16si8s").pack
_EVENT = Struct(">hiiiqiqiqiq").pack
_NOBODYS_EVENT = Struct(">hiiiqiiqiq").pack
_PURCHASE = Struct(">hiiiqiqiqiqiq").pack
_NOBODYS_PURCHASE = Struct(">hiiiqiiqiqiq").pack
_LENGTH = Struct(">i").pack
_CUSTOMER_AND_TIME = Struct(">iqiqi").pack
_FLAG = Struct(">ib").pack


class Bulk:
    """New rows of one brand, packed for COPY. `write` sends them, in the caller's transaction."""

    def __init__(self, brand: BrandId) -> None:
        self._brand = brand
        self._seen = [_HEAD]
        self._events = [_HEAD]
        self._purchases = [_HEAD]
        self._identifiers = [_HEAD]
        self._packed: dict[tuple[str, tuple[str, ...]], bytes] = {}

    def seen(self, key: bytes, digest: bytes) -> None:
        """`key` 16 bytes of (source, message id), `digest` 8 of the content."""
        self._seen.append(_SEEN(3, 4, self._brand, 16, key, 8, digest))

    def event(self, customer: CustomerId | None, event: Event, name: str) -> None:
        payload = encode_event(event)
        told = self._tail("event", (name,))
        if customer is None:
            head = _NOBODYS_EVENT(7, 4, self._brand, 8, event.id, -1, 8, event.occurred_at, 8, event.received_at)
        else:
            head = _EVENT(7, 4, self._brand, 8, event.id, 8, customer, 8, event.occurred_at, 8, event.received_at)
        self._events.append(head + told + _LENGTH(len(payload)) + payload)

    def purchase(self, row: Purchase) -> None:
        number, customer, occurred_at, net, total, sold_via, branch, source, order_id = row
        told = self._tail("purchase", (sold_via, branch, source))
        order = order_id.encode()
        if customer is None:
            head = _NOBODYS_PURCHASE(10, 4, self._brand, 8, number, -1, 8, occurred_at, 8, net, 8, total)
        else:
            head = _PURCHASE(10, 4, self._brand, 8, number, 8, customer, 8, occurred_at, 8, net, 8, total)
        self._purchases.append(head + told + _LENGTH(len(order)) + order)

    def _tail(self, table: str, texts: tuple[str, ...]) -> bytes:
        """Texts that come again and again, packed once."""
        packed = self._packed.get((table, texts))
        if packed is None:
            packed = b"".join(_LENGTH(len(told)) + told for told in map(str.encode, texts))
            self._packed[table, texts] = packed
        return packed

    def identifier(
        self, kind: str, value: str, namespace: str, customer: CustomerId, at: Instant, evidence: str, *, shared: bool
    ) -> None:
        told = value.encode()
        place, why = namespace.encode(), evidence.encode()
        self._identifiers += (
            b"\0\x08\0\0\0\x04", _LENGTH(self._brand), _LENGTH(len(kind)), kind.encode(), _LENGTH(len(told)), told,
            _LENGTH(len(place)), place, _CUSTOMER_AND_TIME(8, customer, 8, at, len(why)), why, _FLAG(1, shared),
        )  # fmt: skip

    def write(self, connection: psycopg.Connection) -> None:
        """Raises UniqueViolation when one of the rows is there already."""
        _copy(connection, "seen (brand_id, key, digest)", self._seen)
        _copy(
            connection,
            "identifier (brand_id, kind, value, namespace, customer_id, attached_at, evidence, shared)",
            self._identifiers,
        )
        _copy(
            connection,
            "event (brand_id, id, customer_id, occurred_at, received_at, name, payload)",
            self._events,
        )
        _copy(
            connection,
            "purchase (brand_id, id, customer_id, occurred_at, net, total, sold_via, branch, source, order_id)",
            self._purchases,
        )


def _copy(connection: psycopg.Connection, table: str, rows: list[bytes]) -> None:
    if len(rows) == 1:
        return
    rows.append(_TAIL)
    with connection.cursor().copy(f"COPY {table} FROM STDIN (FORMAT binary)") as copy:
        copy.write(b"".join(rows))


def owners_of(connection: psycopg.Connection, brand: BrandId, purchases: list[int]) -> dict[int, CustomerId | None]:
    """Whose these orders are, by the number of the purchase; None is nobody's, and one that is not there is missing."""
    rows = connection.execute(
        "SELECT id, customer_id FROM purchase WHERE brand_id = %s AND id = ANY(%s)", (brand, purchases), binary=True
    )
    return dict(rows.fetchall())


def knows_anybody(connection: psycopg.Connection, brand: BrandId) -> bool:
    row = connection.execute("SELECT EXISTS (SELECT FROM identifier WHERE brand_id = %s)", (brand,)).fetchone()
    return row == (True,)


def join_import(connection: psycopg.Connection, brand: BrandId) -> None:
    """Say on this connection, as long as it lives, that an import of the brand is running."""
    connection.execute("SELECT pg_advisory_lock_shared(%s, %s)", (_LOCK, brand))


def is_importing(connection: psycopg.Connection, brand: BrandId) -> bool:
    """Does a process of an import still run? (After a kill its last batch may take a moment.)"""
    row = connection.execute("SELECT pg_try_advisory_lock(%s, %s)", (_LOCK, brand)).fetchone()
    if row != (True,):
        return True
    connection.execute("SELECT pg_advisory_unlock(%s, %s)", (_LOCK, brand))
    return False


def hasten(connection: psycopg.Connection) -> None:
    """Commits of this connection need not wait for the disk: each is whole or not there, and is done again then."""
    connection.execute("SELECT set_config('synchronous_commit', 'off', false)")


def settle_statistics(connection: psycopg.Connection) -> None:
    """After many rows: what the planner must know of them. Needs no transaction."""
    connection.execute("ANALYZE seen, event, purchase, identifier, customer")


def begin(connection: psycopg.Connection, brand: BrandId, kind: str, file: str, source: str, at: Instant) -> int:
    """Note that an import has begun; its number."""
    row = connection.execute(
        "INSERT INTO import_run (brand_id, kind, file, source, started_at) VALUES (%s, %s, %s, %s, %s) RETURNING id",
        (brand, kind, file, source, at),
    ).fetchone()
    assert row is not None
    return int(row[0])


def finish(connection: psycopg.Connection, run: int, at: Instant, counts: dict[str, object]) -> None:
    connection.execute("UPDATE import_run SET finished_at = %s, counts = %s WHERE id = %s", (at, Jsonb(counts), run))


def mapping_of(connection: psycopg.Connection, brand: BrandId, source: str, kind: str) -> dict[str, str]:
    """The columns kept for this source: field → column; empty when there are none."""
    row = connection.execute(
        "SELECT mapping FROM column_mapping WHERE brand_id = %s AND source = %s AND kind = %s", (brand, source, kind)
    ).fetchone()
    return dict(row[0]) if row else {}


def keep_mapping(
    connection: psycopg.Connection, brand: BrandId, source: str, kind: str, mapping: dict[str, str], at: Instant
) -> None:
    connection.execute(
        "INSERT INTO column_mapping (brand_id, source, kind, mapping, saved_at) VALUES (%s, %s, %s, %s, %s) "
        "ON CONFLICT (brand_id, source, kind) DO UPDATE SET mapping = excluded.mapping, saved_at = excluded.saved_at",
        (brand, source, kind, Jsonb(mapping), at),
    )
