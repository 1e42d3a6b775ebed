"""What the rules decided, as it was decided; and the lists that follow from it."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import psycopg

from ritorno.core.decisions import AnyDecision, decode_decision, encode_decision
from ritorno.core.ids import BrandId, CustomerId, SegmentKey
from ritorno.core.instants import Instant


class Decided(NamedTuple):
    customer: CustomerId
    decision: AnyDecision


def add(connection: psycopg.Connection, brand: BrandId, decided: Sequence[Decided]) -> None:
    """By binary COPY."""
    with connection.cursor().copy(
        "COPY decision (brand_id, customer_id, at, kind, playbook, enrollment, payload) FROM STDIN (FORMAT binary)"
    ) as copy:
        copy.set_types(["int4", "int8", "int8", "text", "text", "int8", "bytea"])
        for customer, decision in decided:
            copy.write_row(
                (
                    brand, customer, decision.at, type(decision).__struct_config__.tag,
                    getattr(decision, "playbook", None), getattr(decision, "enrollment", None),
                    encode_decision(decision),
                )
            )  # fmt: skip


def of_customer(connection: psycopg.Connection, brand: BrandId, customer: CustomerId) -> Iterator[AnyDecision]:
    """Every decision about a customer, in order."""
    rows = connection.execute(
        "SELECT payload FROM decision WHERE brand_id = %s AND customer_id = %s ORDER BY at, kind",
        (brand, customer),
        binary=True,
    )
    for (payload,) in rows:
        yield decode_decision(payload)


def enter_segments(
    connection: psycopg.Connection, brand: BrandId, entered: Sequence[tuple[SegmentKey, CustomerId, Instant]]
) -> None:
    """(segment, customer, since), each pair once; one who had left and is back is in it since the new instant."""
    columns = [list(column) for column in zip(*entered, strict=True)]
    connection.execute(
        "INSERT INTO membership (brand_id, segment, customer_id, since) "
        "SELECT %s, * FROM unnest(%b::text[], %b::bigint[], %b::bigint[]) "
        "ON CONFLICT (brand_id, segment, customer_id) DO UPDATE SET since = excluded.since",
        (brand, *columns),
    )


def leave_segments(
    connection: psycopg.Connection, brand: BrandId, left: Sequence[tuple[SegmentKey, CustomerId]]
) -> None:
    """By one look into the index for each pair: joined, the table was read whole (37 µs an order, and growing)."""
    columns = [list(column) for column in zip(*left, strict=True)]
    connection.execute(
        "DELETE FROM membership WHERE ctid = ANY(ARRAY("
        "SELECT (SELECT ctid FROM membership m WHERE m.brand_id = %s AND m.segment = gone.segment "
        "AND m.customer_id = gone.customer_id) FROM unnest(%b::text[], %b::bigint[]) AS gone(segment, customer_id)))",
        (brand, *columns),
    )


class EnrollmentRow(NamedTuple):
    id: int
    customer: CustomerId
    playbook: str
    version: int
    key: str
    arm: str
    entered_at: Instant
    ended_at: Instant | None
    why: str


def upsert_enrollments(connection: psycopg.Connection, brand: BrandId, rows: Sequence[EnrollmentRow]) -> None:
    latest = {row.id: row._replace(key=row.key.replace("\x00", "/")) for row in rows}  # text takes no zero byte
    columns = [list(column) for column in zip(*(latest[key] for key in sorted(latest)), strict=True)]
    connection.execute(
        "INSERT INTO enrollment (brand_id, id, customer_id, playbook, version, key, arm, entered_at, ended_at, why) "
        "SELECT %s, * FROM unnest(%b::bigint[], %b::bigint[], %b::text[], %b::int[], %b::text[], %b::text[], "
        "%b::bigint[], %b::bigint[], %b::text[]) ON CONFLICT (brand_id, id) DO UPDATE SET "
        "customer_id = excluded.customer_id, version = excluded.version, ended_at = excluded.ended_at, "
        "why = excluded.why",
        (brand, *columns),
    )


def enrollments(connection: psycopg.Connection, brand: BrandId, playbook: str) -> list[EnrollmentRow]:
    """Everyone who has been in a playbook, by entry."""
    rows = connection.execute(
        "SELECT id, customer_id, playbook, version, key, arm, entered_at, ended_at, why FROM enrollment "
        "WHERE brand_id = %s AND playbook = %s ORDER BY entered_at, id",
        (brand, playbook),
    )
    return [EnrollmentRow(*row) for row in rows]


def follow_merge(connection: psycopg.Connection, brand: BrandId, other: CustomerId, survivor: CustomerId) -> None:
    """Lists by customer follow a merge; what was decided stays with whom it was decided about."""
    for table in ("purchase", "message", "consent", "enrollment"):
        connection.execute(
            f"UPDATE {table} SET customer_id = %s WHERE brand_id = %s AND customer_id = %s",  # noqa: S608 - our names
            (survivor, brand, other),
        )
    connection.execute("DELETE FROM membership WHERE brand_id = %s AND customer_id = %s", (brand, other))


def give_back(
    connection: psycopg.Connection,
    brand: BrandId,
    survivor: CustomerId,
    other: CustomerId,
    consents: Sequence[int],
    enrollments: Sequence[int],
) -> None:
    """After a merge is taken back: these consents and enrollments, with their messages, are the other's again."""
    for table, column, ids in (
        ("consent", "event_id", consents),
        ("enrollment", "id", enrollments),
        ("message", "enrollment", enrollments),
    ):
        connection.execute(
            f"UPDATE {table} SET customer_id = %s WHERE brand_id = %s AND customer_id = %s AND {column} = ANY(%s)",  # noqa: S608 - our names
            (other, brand, survivor, list(ids)),
        )
