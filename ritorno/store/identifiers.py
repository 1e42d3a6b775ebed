"""By which identifiers which customer is known, with the evidence; merges, and pairs kept apart."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import psycopg
from psycopg.types.json import Jsonb

from ritorno.core.identifiers import Identifier, Kind
from ritorno.core.ids import BrandId, CustomerId, EventId
from ritorno.core.instants import Instant


class Held(NamedTuple):
    customer: CustomerId
    shared: bool


class Attachment(NamedTuple):
    identifier: Identifier
    customer: CustomerId
    at: Instant
    evidence: str


class MergeRecord(NamedTuple):
    """A merge (two documents became one) or an attachment (identifiers came to be known as a customer's)."""

    survivor: CustomerId
    other: CustomerId
    kind: str
    at: Instant
    evidence: str
    event: EventId
    identifiers: tuple[Identifier, ...]
    survivor_document: bytes | None = None
    other_document: bytes | None = None


class KeptMerge(NamedTuple):
    id: int
    record: MergeRecord
    undone_at: Instant | None


def look_up(
    connection: psycopg.Connection, brand: BrandId, identifiers: Iterable[Identifier]
) -> dict[Identifier, Held]:
    """Who is known by each of these."""
    wanted = list(identifiers)
    rows = connection.execute(
        "SELECT i.kind, i.value, i.namespace, i.customer_id, i.shared FROM identifier i "
        "JOIN unnest(%b::text[], %b::text[], %b::text[]) AS w(kind, value, namespace) "
        "USING (kind, value, namespace) WHERE i.brand_id = %s",
        ([i.kind for i in wanted], [i.value for i in wanted], [i.namespace for i in wanted], brand),
        binary=True,
    )
    return {
        Identifier(Kind(kind), value, space): Held(customer, shared) for kind, value, space, customer, shared in rows
    }


def of_customer(connection: psycopg.Connection, brand: BrandId, customer: CustomerId) -> list[Identifier]:
    rows = connection.execute(
        "SELECT kind, value, namespace FROM identifier WHERE brand_id = %s AND customer_id = %s ORDER BY 1, 2, 3",
        (brand, customer),
    )
    return [Identifier(Kind(kind), value, space) for kind, value, space in rows]


def attach(connection: psycopg.Connection, brand: BrandId, attachments: Sequence[Attachment]) -> int:
    """Make them known; how many were new. Fewer than given: another worker was faster, do the piece of work again."""
    ordered = sorted(attachments, key=lambda one: one.identifier)
    done = connection.execute(
        "INSERT INTO identifier (brand_id, kind, value, namespace, customer_id, attached_at, evidence) "
        "SELECT %s, * FROM unnest(%b::text[], %b::text[], %b::text[], %b::bigint[], %b::bigint[], %b::text[]) "
        "ON CONFLICT DO NOTHING",
        (
            brand,
            [one.identifier.kind for one in ordered],
            [one.identifier.value for one in ordered],
            [one.identifier.namespace for one in ordered],
            [one.customer for one in ordered],
            [one.at for one in ordered],
            [one.evidence for one in ordered],
        ),
    )
    return done.rowcount


def mark_shared(connection: psycopg.Connection, brand: BrandId, identifiers: Sequence[Identifier]) -> None:
    """These are many people's: never again evidence."""
    connection.execute(
        "UPDATE identifier SET shared = true FROM unnest(%b::text[], %b::text[], %b::text[]) "
        "AS w(kind, value, namespace) WHERE identifier.brand_id = %s AND identifier.kind = w.kind "
        "AND identifier.value = w.value AND identifier.namespace = w.namespace",
        ([i.kind for i in identifiers], [i.value for i in identifiers], [i.namespace for i in identifiers], brand),
    )


def move(
    connection: psycopg.Connection,
    brand: BrandId,
    identifiers: Sequence[Identifier],
    old: CustomerId,
    new: CustomerId,
) -> None:
    """Those of these by which `old` is known are now known as another customer's."""
    connection.execute(
        "UPDATE identifier SET customer_id = %s FROM unnest(%b::text[], %b::text[], %b::text[]) "
        "AS w(kind, value, namespace) WHERE identifier.brand_id = %s AND identifier.customer_id = %s "
        "AND identifier.kind = w.kind AND identifier.value = w.value AND identifier.namespace = w.namespace",
        (
            new,
            [i.kind for i in identifiers],
            [i.value for i in identifiers],
            [i.namespace for i in identifiers],
            brand,
            old,
        ),
    )


def keep_merges(connection: psycopg.Connection, brand: BrandId, merges: Sequence[MergeRecord]) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO merge (brand_id, survivor, other, kind, at, evidence, event_id, identifiers, "
            "survivor_document, other_document) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [
                (
                    brand, one.survivor, one.other, one.kind, one.at, one.evidence, one.event,
                    Jsonb([list(each) for each in map(_parts, one.identifiers)]),
                    one.survivor_document, one.other_document,
                )
                for one in merges
            ],
        )  # fmt: skip


def _parts(identifier: Identifier) -> tuple[str, str, str]:
    return identifier.kind.value, identifier.value, identifier.namespace


def merges(
    connection: psycopg.Connection, brand: BrandId, customer: CustomerId | None = None, merge: int | None = None
) -> list[KeptMerge]:
    """Every merge and attachment, or those of one customer, or the one of that number; the oldest first."""
    rows = connection.execute(
        "SELECT id, survivor, other, kind, at, evidence, event_id, identifiers, survivor_document, other_document, "
        "undone_at FROM merge WHERE brand_id = %(brand)s AND (%(customer)s::bigint IS NULL "
        "OR survivor = %(customer)s OR other = %(customer)s) AND (%(merge)s::bigint IS NULL OR id = %(merge)s) "
        "ORDER BY id",
        {"brand": brand, "customer": customer, "merge": merge},
    )
    return [
        KeptMerge(
            row[0],
            MergeRecord(
                row[1],
                row[2],
                row[3],
                row[4],
                row[5],
                row[6],
                tuple(Identifier(Kind(kind), value, space) for kind, value, space in row[7]),
                row[8],
                row[9],
            ),
            row[10],
        )
        for row in rows
    ]


def keep_apart(connection: psycopg.Connection, brand: BrandId, one: CustomerId, other: CustomerId) -> None:
    connection.execute(
        "INSERT INTO apart (brand_id, low, high) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
        (brand, min(one, other), max(one, other)),
    )


def kept_apart(
    connection: psycopg.Connection, brand: BrandId, customers: Iterable[CustomerId]
) -> frozenset[frozenset[CustomerId]]:
    """The pairs among these that an operator has separated."""
    ids = list(customers)
    rows = connection.execute(
        "SELECT low, high FROM apart WHERE brand_id = %s AND low = ANY(%s) AND high = ANY(%s)", (brand, ids, ids)
    )
    return frozenset(frozenset((CustomerId(low), CustomerId(high))) for low, high in rows)


def undo_merge(connection: psycopg.Connection, brand: BrandId, merge: int, at: Instant) -> None:
    connection.execute("UPDATE merge SET undone_at = %s WHERE brand_id = %s AND id = %s", (at, brand, merge))


def by_value(connection: psycopg.Connection, brand: BrandId, value: str) -> list[CustomerId]:
    """Who is known by this value as a card or login of any shop."""
    rows = connection.execute(
        "SELECT DISTINCT customer_id FROM identifier WHERE brand_id = %s AND kind IN ('shop_id', 'club_card') "
        "AND value = %s",
        (brand, value),
    )
    return [CustomerId(row[0]) for row in rows]


def near(
    connection: psycopg.Connection, brand: BrandId, digits: str, local_part: str, most: int
) -> list[tuple[CustomerId, str]]:
    """(customer, value) of phones, cards and logins that end in these digits, and of e-mails with that local part,
    whatever the domain; an empty text asks for nothing. Reads every identifier: for when nobody was found."""
    rows = connection.execute(
        "SELECT customer_id, value FROM identifier WHERE brand_id = %(brand)s AND NOT shared AND "
        "(%(digits)s <> '' AND kind IN ('phone', 'club_card', 'shop_id') "
        "AND right(value, length(%(digits)s)) = %(digits)s "
        "OR %(local)s <> '' AND kind = 'email' AND starts_with(value, %(local)s || '@')) "
        "ORDER BY kind DESC, value, namespace LIMIT %(most)s",
        {"brand": brand, "digits": digits, "local": local_part, "most": most},
    )
    return [(CustomerId(customer), str(value)) for customer, value in rows]


class Proven(NamedTuple):
    """An identifier of a customer with its evidence."""

    identifier: Identifier
    shared: bool
    attached_at: Instant
    evidence: str


def evidence_of(connection: psycopg.Connection, brand: BrandId, customer: CustomerId) -> list[Proven]:
    """By what a customer is known, since when, and how that was learned."""
    rows = connection.execute(
        "SELECT kind, value, namespace, shared, attached_at, evidence FROM identifier "
        "WHERE brand_id = %s AND customer_id = %s ORDER BY attached_at, kind, value",
        (brand, customer),
    )
    return [Proven(Identifier(Kind(kind), value, space), *rest) for kind, value, space, *rest in rows]


def tally(connection: psycopg.Connection, brand: BrandId) -> dict[str, int]:
    """How many identifiers of each kind, shared ones, merges and attachments that stand, pairs kept apart, houses."""
    queries = {
        "shared": "SELECT count(*) FROM identifier WHERE brand_id = %s AND shared",
        "merges": "SELECT count(*) FROM merge WHERE brand_id = %s AND kind = 'merge' AND undone_at IS NULL",
        "attachments": "SELECT count(*) FROM merge WHERE brand_id = %s AND kind = 'attach' AND undone_at IS NULL",
        "kept_apart": "SELECT count(*) FROM apart WHERE brand_id = %s",
        "house_accounts": "SELECT count(*) FROM customer WHERE brand_id = %s AND house AND merged_into IS NULL",
        "anonymous_orders": "SELECT count(*) FROM purchase WHERE brand_id = %s AND customer_id IS NULL",
    }
    kinds = connection.execute(
        "SELECT kind, count(*) FROM identifier WHERE brand_id = %s GROUP BY kind ORDER BY kind", (brand,)
    )
    told = {str(kind): int(count) for kind, count in kinds}
    for name, query in queries.items():
        row = connection.execute(query, (brand,)).fetchone()
        assert row is not None
        told[name] = int(row[0])
    return told
