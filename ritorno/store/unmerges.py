"""What is read and rewritten when a merge is taken back: who went into whom, messages dropped for a passage that is
open again, and lists that are to say exactly what the documents say."""

from collections.abc import Sequence

import psycopg
from psycopg.types.json import Jsonb

from ritorno.core.customer import Customer
from ritorno.core.ids import BrandId, CustomerId, MessageId
from ritorno.core.instants import Instant
from ritorno.store import decisions


def members(connection: psycopg.Connection, brand: BrandId, customer: CustomerId) -> list[CustomerId]:
    """The customer, and everybody who has gone into them, through every merge that stands."""
    rows = connection.execute(
        "WITH RECURSIVE one(id) AS (SELECT %(customer)s::bigint UNION SELECT m.other FROM merge m JOIN one "
        "ON m.survivor = one.id WHERE m.brand_id = %(brand)s AND m.kind = 'merge' AND m.undone_at IS NULL) "
        "SELECT id FROM one",
        {"brand": brand, "customer": customer},
    )
    return [CustomerId(row[0]) for row in rows]


def enrollments_of_messages(
    connection: psycopg.Connection, brand: BrandId, customer: CustomerId
) -> dict[MessageId, int]:
    """The enrollment of each message of a customer."""
    rows = connection.execute(
        "SELECT id, enrollment FROM message WHERE brand_id = %s AND customer_id = %s", (brand, customer)
    )
    return {MessageId(message): enrollment for message, enrollment in rows}


def queue_reopened(
    connection: psycopg.Connection, brand: BrandId, enrollments: Sequence[int], since: Instant, now: Instant
) -> int:
    """Messages dropped since then for enrollments that are open again wait to be judged anew; how many."""
    done = connection.execute(
        "UPDATE message SET state = 'queued', reasons = reasons || %s WHERE brand_id = %s AND enrollment = ANY(%s) "
        "AND state = 'dropped' AND (reasons -> -1 ->> 0)::bigint >= %s",
        (Jsonb([[now, "unmerged", ""]]), brand, list(enrollments), since),
    )
    return done.rowcount


def rewrite_lists(
    connection: psycopg.Connection, brand: BrandId, customer: Customer, was_in: Sequence[str] = ()
) -> None:
    """Memberships and enrollments of a customer, as the document has them. `was_in`: segments listed until now."""
    if gone := [(key, customer.id) for key in {*was_in, *customer.segments}]:
        decisions.leave_segments(connection, brand, gone)  # type: ignore[arg-type]
    if customer.segments:
        rows = [(key, customer.id, since) for key, since in customer.segments.items()]
        decisions.enter_segments(connection, brand, rows)
    if customer.enrollments:
        decisions.upsert_enrollments(
            connection,
            brand,
            [
                decisions.EnrollmentRow(
                    each.id, customer.id, each.playbook, each.version, each.key, each.arm, each.entered_at,
                    each.ended_at, each.why,
                )
                for each in customer.enrollments
            ],
        )  # fmt: skip
