"""Imports: their runs, the mapping of columns kept for each source, and the fast way for many new rows.

Rows that are known to be new go in by COPY, packed here without a Python object for every value: half the time of
`copy.write_row`. A row that was not new after all raises UniqueViolation, and the transaction is undone.
"""

from collections.abc import Iterable
from struct import Struct

import msgspec
import psycopg
from psycopg.types.json import Jsonb

from ritorno.core.customer import Customer, encode_customer
from ritorno.core.events import Event, encode_event, event_id, event_key
from ritorno.core.ids import BrandId, CustomerId
from ritorno.core.instants import NEVER, Instant
from ritorno.store import changed, partitions
from ritorno.store.events import Purchase
from ritorno.store.identifiers import Attachment, MergeRecord

_LOCK = 1_004  # first key of the advisory lock that a running import holds, shared by its processes
_HEAD = b"PGCOPY\n\xff\r\n\0" + b"\0" * 8
_TAIL = b"\xff\xff"
_SEEN = Struct(">hiii16si8s").pack
_EVENT = Struct(">hiiiqiqiqiq").pack
_NOBODYS_EVENT = Struct(">hiiiiqiqiq").pack
_PURCHASE = Struct(">hiiiqiqiqiqiq").pack
_NOBODYS_PURCHASE = Struct(">hiiiqiiqiqiq").pack
_CUSTOMER = Struct(">hiiiqi").pack
_SCORED = Struct(">ihiiiq").pack
_IDENTIFIER = Struct(">hii").pack
_HELD = Struct(">iqiqi").pack
_MERGE = Struct(">hiiiqiq").pack
_LENGTH = Struct(">i").pack
_INT8 = Struct(">iq").pack
_BOOL = Struct(">i?").pack
_NULL = _LENGTH(-1)


class Bulk:
    """New rows of one brand, packed for COPY. `write` sends them, in the caller's transaction."""

    def __init__(self, brand: BrandId) -> None:
        self._brand = brand
        self._customers: list[CustomerId] = []
        self._rows: dict[str, list[bytes]] = {table: [] for table in _TABLES}
        self._packed: dict[tuple[str, ...], bytes] = {}

    def events(self, customer: CustomerId | None, told: Iterable[tuple[Event, bytes, bytes]], name: str) -> None:
        """Events of that name with the 16 bytes of their key and 8 of their content, by which they count as seen.

        (This and `orders` are written out for speed: they run for every row of a file.)
        """
        brand, length, encode = self._brand, _LENGTH, encode_event
        keep_seen, keep = self._rows["seen"].append, self._rows["event"].append
        called = self._texts(name)
        for event, key, digest in told:
            keep_seen(_SEEN(3, 4, brand, 16, key, 8, digest))
            payload = encode(event)
            if customer is None:
                head = _NOBODYS_EVENT(7, 4, brand, -1, 8, event.id, 8, event.occurred_at, 8, event.received_at)
            else:
                head = _EVENT(7, 4, brand, 8, customer, 8, event.id, 8, event.occurred_at, 8, event.received_at)
            keep(head + called + length(len(payload)) + payload)

    def orders(self, customer: Customer) -> None:
        """The purchases of a customer: all orders of the document."""
        brand, owner, keep, length = self._brand, customer.id, self._rows["purchase"].append, _LENGTH
        packed, number_of = self._packed, event_id
        for order in customer.orders:
            texts = order.sold_via, order.branch, order.source
            told = packed.get(texts) or self._texts(*texts)
            called = order.order_id.encode()
            number = number_of(event_key(order.source, order.order_id))
            head = _PURCHASE(10, 4, brand, 8, number, 8, owner, 8, order.occurred_at, 8, order.net, 8, order.total)
            keep(head + told + length(len(called)) + called)

    def nobodys_order(self, row: Purchase) -> None:
        number, _, occurred_at, net, total, sold_via, branch, source, order_id = row
        head = _NOBODYS_PURCHASE(10, 4, self._brand, 8, number, -1, 8, occurred_at, 8, net, 8, total)
        self._rows["purchase"].append(head + self._texts(sold_via, branch, source) + _field(order_id.encode()))

    def identifier(self, one: Attachment, *, shared: bool) -> None:
        told = one.identifier
        why = one.evidence.encode()
        self._rows["identifier"].append(
            _IDENTIFIER(8, 4, self._brand) + self._texts(told.kind) + _field(told.value.encode())
            + self._texts(told.namespace) + _HELD(8, one.customer, 8, one.at, len(why)) + why + _BOOL(1, shared)
        )  # fmt: skip

    def customer(self, customer: Customer) -> None:
        scores = customer.scores
        self._customers.append(customer.id)
        self._rows["customer"].append(
            _CUSTOMER(9, 4, self._brand, 8, customer.id, len(document := encode_customer(customer))) + document
            + _instant(customer.due_at) + _SCORED(2, scores.cell, 4, scores.orders, 8, scores.spend)
            + _instant(scores.last_at) + _BOOL(1, customer.house)
        )  # fmt: skip

    def merge(self, one: MergeRecord) -> None:
        """The record of an attachment, which keeps no documents."""
        told = msgspec.json.encode([(each.kind, each.value, each.namespace) for each in one.identifiers])
        self._rows["merge"].append(
            _MERGE(8, 4, self._brand, 8, one.survivor, 8, one.other) + self._texts(one.kind) + _INT8(8, one.at)
            + self._texts(one.evidence) + _INT8(8, one.event) + _field(b"\x01" + told)
        )  # fmt: skip

    def _texts(self, *texts: str) -> bytes:
        """Texts that come again and again, packed once."""
        packed = self._packed.get(texts)
        if packed is None:
            packed = self._packed[texts] = b"".join(_field(text.encode()) for text in texts)
        return packed

    def write(self, connection: psycopg.Connection) -> None:
        """Raises UniqueViolation when one of the rows is there already.

        Rows go in order of their key, which stands first in them: neighbours then go to the same page of the index.
        """
        for table, columns in _TABLES.items():
            rows = self._rows[table]
            if rows:
                rows.sort()
                with connection.cursor().copy(f"COPY {table} ({columns}) FROM STDIN (FORMAT binary)") as copy:
                    copy.write(b"".join((_HEAD, *rows, _TAIL)))
        changed.note_ids(connection, self._brand, self._customers)


_TABLES = {
    "seen": "brand_id, key, digest",
    "identifier": "brand_id, kind, value, namespace, customer_id, attached_at, evidence, shared",
    "customer": "brand_id, id, document, due_at, cell, orders, spend, last_at, house",
    "purchase": "brand_id, id, customer_id, occurred_at, net, total, sold_via, branch, source, order_id",
    "event": "brand_id, customer_id, id, occurred_at, received_at, name, payload",
    "merge": "brand_id, survivor, other, kind, at, evidence, event_id, identifiers",
}


def _field(told: bytes) -> bytes:
    return _LENGTH(len(told)) + told


def _instant(instant: Instant) -> bytes:
    return _NULL if instant == NEVER else _INT8(8, instant)


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
    """For an autocommit connection: commits need not wait for the disk (each is whole, or done again by the next run),
    and copies of pages in the log are packed fast or not at all: pglz takes as long for it as everything else."""
    connection.execute("SELECT set_config('synchronous_commit', 'off', false)")
    for packing in ("lz4", "off"):
        try:
            connection.execute("SELECT set_config('wal_compression', %s, false)", (packing,))
        except (psycopg.errors.InsufficientPrivilege, psycopg.errors.InvalidParameterValue):
            continue  # not ours to say, or not built in
        return


def hold_off_vacuum(connection: psycopg.Connection, now: Instant) -> None:
    """Keep autovacuum away from what an import fills at `now` while the connection (not an autocommit one) is open.

    It would read them over and over while they grow, for a fifth of the time. It skips what somebody holds so; the lock
    is gone with its connection, whatever is killed. Another import that holds it already is as good.
    """
    connection.execute("SELECT set_config('idle_in_transaction_session_timeout', '0', false)")
    month = partitions.month_of(now)
    tables = f"seen, purchase, identifier, customer, event_{month // 100}_{month % 100:02d}"
    try:
        connection.execute(f"LOCK TABLE {tables} IN SHARE UPDATE EXCLUSIVE MODE NOWAIT")
    except psycopg.errors.LockNotAvailable:
        connection.rollback()


def settle_statistics(connection: psycopg.Connection) -> None:
    """After many rows: what the planner must know of them, from few pages: thorough ones follow in the background."""
    connection.execute("SELECT set_config('default_statistics_target', '10', false)")
    connection.execute("ANALYZE purchase, identifier, customer")
    connection.execute("RESET default_statistics_target")


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
