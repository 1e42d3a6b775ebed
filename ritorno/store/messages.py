"""The outbox: every message wanted, its verdicts, what was sent and what came back; links with it."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec
import psycopg
from psycopg.types.json import Jsonb

from ritorno.core.ids import BrandId, CustomerId, EventId, MessageId, PlaybookKey
from ritorno.core.instants import Instant
from ritorno.core.messages.message import Content, Message, Reason, Receipt, State
from ritorno.store.workers import gone_of

_WHATSAPP_LOCK = 1_011  # first key of the lock under which WhatsApp's messages of 24 hours are counted
_COLUMNS = "id, customer_id, enrollment, playbook, version, step, arm, wanted_at, due_at"


class Outgoing(NamedTuple):
    """A message judged Send: what leaves and which record of the ledger permits it (None for the holdout's)."""

    message: Message
    content: Content
    consent_event: EventId | None


class Kept(NamedTuple):
    """A message as the outbox shows it."""

    message: Message
    state: State
    reasons: list[list[Any]]
    sent_at: Instant | None
    content: Content | None
    parts: int | None
    cost: int | None
    provider: str | None
    provider_id: str | None
    consent_event: EventId | None


def want(connection: psycopg.Connection, brand: BrandId, messages: Sequence[Message]) -> None:
    """Queue them; one that is queued already stays as it is."""
    columns = [list(column) for column in zip(*map(msgspec.structs.astuple, messages), strict=True)]
    connection.execute(
        "INSERT INTO message (brand_id, id, customer_id, enrollment, playbook, version, step, arm, wanted_at, due_at, "
        "state) SELECT %s, *, 'queued' FROM unnest(%b::bigint[], %b::bigint[], %b::bigint[], %b::text[], %b::int[], "
        "%b::text[], %b::text[], %b::bigint[], %b::bigint[]) ON CONFLICT DO NOTHING",
        (brand, *columns),
    )


def cancel(connection: psycopg.Connection, brand: BrandId, ended: Sequence[tuple[int, Instant, Reason]]) -> int:
    """Drop what has not left for enrollments (id, when, why) that are over; how many."""
    done = connection.execute(
        "UPDATE message SET state = 'dropped', reasons = reasons || jsonb_build_array(jsonb_build_array("
        "over.at, over.code, over.detail)) FROM unnest(%b::bigint[], %b::bigint[], %b::text[], %b::text[]) "
        "AS over(enrollment, at, code, detail) WHERE message.brand_id = %s AND message.enrollment = over.enrollment "
        "AND message.state IN ('queued', 'held')",
        (
            [one[0] for one in ended],
            [one[1] for one in ended],
            [one[2].code for one in ended],
            [one[2].detail for one in ended],
            brand,
        ),
    )
    return done.rowcount


def let_go(
    connection: psycopg.Connection, brand: BrandId, ended: Sequence[tuple[CustomerId, PlaybookKey, Instant]]
) -> None:
    """What waited for a customer's passage through a playbook, which is over, is judged now. (customer, which, when)"""
    columns = [list(column) for column in zip(*ended, strict=True)]
    connection.execute(
        "UPDATE message SET due_at = over.at FROM unnest(%b::bigint[], %b::text[], %b::bigint[]) "
        "AS over(customer, playbook, at) WHERE message.brand_id = %s AND message.customer_id = over.customer "
        "AND message.state = 'held' AND message.reasons -> -1 ->> 1 = 'in_playbook' "
        "AND message.reasons -> -1 ->> 2 = over.playbook AND message.due_at > over.at",
        (*columns, brand),
    )


def due(
    connection: psycopg.Connection, brand: BrandId, now: Instant, most: int, *, stars_first: bool = False
) -> list[Message]:
    """What is to be judged, longest due first (or that of 333 before it); not locked: lock the customers, then
    `still_due`."""
    if stars_first:
        return _due_of_stars_first(connection, brand, now, most)
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM message WHERE brand_id = %s AND state IN ('queued', 'held') "  # noqa: S608 - constant
        "AND due_at <= %s ORDER BY due_at, id LIMIT %s",
        (brand, now, most),
        binary=True,
    )
    return [Message(*row) for row in rows]


def _due_of_stars_first(connection: psycopg.Connection, brand: BrandId, now: Instant, most: int) -> list[Message]:
    columns = ", ".join(f"m.{name}" for name in _COLUMNS.split(", "))
    rows = connection.execute(
        f"SELECT {columns} FROM message m JOIN customer c ON c.brand_id = m.brand_id "  # noqa: S608 - constant
        "AND c.id = m.customer_id WHERE m.brand_id = %s AND m.state IN ('queued', 'held') AND m.due_at <= %s "
        "ORDER BY (c.cell = 333) DESC, m.due_at, m.id LIMIT %s",
        (brand, now, most),
        binary=True,
    )
    return [Message(*row) for row in rows]


def still_due(
    connection: psycopg.Connection, brand: BrandId, now: Instant, customers: Sequence[CustomerId], most: int
) -> list[Message]:
    """Of customers that are locked: what is due now, locked too."""
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM message WHERE brand_id = %s AND state IN ('queued', 'held') "  # noqa: S608 - constant
        "AND due_at <= %s AND customer_id = ANY(%s) ORDER BY due_at, id LIMIT %s FOR UPDATE",
        (brand, now, list(customers), most),
        binary=True,
    )
    return [Message(*row) for row in rows]


def next_due(connection: psycopg.Connection, brand: BrandId) -> Instant | None:
    row = connection.execute(
        "SELECT min(due_at) FROM message WHERE brand_id = %s AND state IN ('queued', 'held')", (brand,)
    ).fetchone()
    return row[0] if row else None


def sent_since(connection: psycopg.Connection, brand: BrandId, since: Instant) -> dict[PlaybookKey, int]:
    """How many messages of each playbook left since an instant."""
    rows = connection.execute(
        "SELECT playbook, count(*) FROM message WHERE brand_id = %s AND sent_at >= %s AND state <> 'held_out' "
        "GROUP BY playbook",
        (brand, since),
    )
    return dict(rows.fetchall())


def sent_by_whatsapp(connection: psycopg.Connection, brand: BrandId, since: Instant) -> int:
    """How many messages left by WhatsApp after an instant. One worker at a time counts, until its transaction ends:
    what it lets go is in the next one's count."""
    connection.execute("SELECT pg_advisory_xact_lock(%s, %s)", (_WHATSAPP_LOCK, brand))
    row = connection.execute(
        "SELECT count(*) FROM message WHERE brand_id = %s AND sent_at > %s AND channel = 'whatsapp' "
        "AND state <> 'held_out'",
        (brand, since),
    ).fetchone()
    assert row is not None
    return int(row[0])


def hold(
    connection: psycopg.Connection, brand: BrandId, held: Sequence[tuple[Message, Instant, Reason, Instant]]
) -> None:
    """(message, until, why, judged at). The same reason twice in a row is kept once."""
    with connection.cursor() as cursor:
        cursor.executemany(
            "UPDATE message SET state = 'held', due_at = %s, "
            "reasons = CASE WHEN reasons -> -1 -> 1 = to_jsonb(%s::text) "
            "AND reasons -> -1 -> 2 = to_jsonb(%s::text) THEN reasons ELSE reasons || %s END "
            "WHERE brand_id = %s AND id = %s AND wanted_at = %s",
            [
                (until, why.code, why.detail, Jsonb([[at, why.code, why.detail]]), brand, one.id, one.wanted_at)
                for one, until, why, at in held
            ],
        )


def drop(connection: psycopg.Connection, brand: BrandId, dropped: Sequence[tuple[Message, Reason, Instant]]) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(
            "UPDATE message SET state = 'dropped', reasons = reasons || %s "
            "WHERE brand_id = %s AND id = %s AND wanted_at = %s",
            [(Jsonb([[at, why.code, why.detail]]), brand, one.id, one.wanted_at) for one, why, at in dropped],
        )


def mark(
    connection: psycopg.Connection,
    brand: BrandId,
    outgoing: Sequence[Outgoing],
    state: State,
    now: Instant,
    worker: int | None,
) -> None:
    """Write what will leave, before it leaves: a crash from here on finds the message in `sending`."""
    with connection.cursor() as cursor:
        cursor.executemany(
            "UPDATE message SET state = %s, claimed_by = %s, sent_at = %s, channel = %s, address = %s, content = %s, "
            "parts = %s, consent_event = %s WHERE brand_id = %s AND id = %s AND wanted_at = %s",
            [
                (
                    state, worker, now, one.content.channel, one.content.address,
                    Jsonb(msgspec.to_builtins(one.content)), one.content.parts, one.consent_event, brand,
                    one.message.id, one.message.wanted_at,
                )
                for one in outgoing
            ],
        )  # fmt: skip


def settle(
    connection: psycopg.Connection, brand: BrandId, settled: Sequence[tuple[MessageId, Receipt, State, Instant]]
) -> None:
    """What the provider answered, for messages in `sending`. (message, receipt, state, when)"""
    with connection.cursor() as cursor:
        cursor.executemany(
            "UPDATE message SET state = %s, claimed_by = NULL, cost = %s, provider = %s, provider_id = %s, "
            "reasons = CASE WHEN %s = '' THEN reasons ELSE reasons || %s END "
            "WHERE brand_id = %s AND id = %s AND state = 'sending'",
            [
                (
                    state, receipt.cost, receipt.provider, receipt.provider_id, receipt.error,
                    Jsonb([[at, "provider", receipt.error]]), brand, message,
                )
                for message, receipt, state, at in settled
            ],
        )  # fmt: skip


def adopt_orphans(connection: psycopg.Connection, brand: BrandId, worker: int) -> list[Kept]:
    """Messages in `sending` whose worker is gone become this one's: nobody knows whether the provider has them.

    Of several workers who look at once one gets them: the lock of the dead is held until the transaction ends.
    """
    rows = connection.execute(
        "SELECT DISTINCT claimed_by FROM message WHERE brand_id = %s AND state = 'sending'", (brand,)
    ).fetchall()
    gone = gone_of(connection, (owner for (owner,) in rows))
    if not gone:
        return []
    connection.execute(
        "UPDATE message SET claimed_by = %s WHERE brand_id = %s AND state = 'sending' AND claimed_by = ANY(%s)",
        (worker, brand, gone),
    )
    return _read(connection, "m.brand_id = %s AND m.state = 'sending' AND m.claimed_by = %s", (brand, worker))


def outbox(connection: psycopg.Connection, brand: BrandId, most: int = 100) -> list[Kept]:
    """The latest messages."""
    return _read(connection, "m.brand_id = %s", (brand,), f"ORDER BY m.wanted_at DESC, m.id LIMIT {int(most)}")


def of_customer(connection: psycopg.Connection, brand: BrandId, customer: CustomerId) -> list[Kept]:
    return _read(connection, "m.brand_id = %s AND m.customer_id = %s", (brand, customer), "ORDER BY m.wanted_at, m.id")


def of_playbook(connection: psycopg.Connection, brand: BrandId, playbook: PlaybookKey) -> list[Kept]:
    return _read(connection, "m.brand_id = %s AND m.playbook = %s", (brand, playbook), "ORDER BY m.wanted_at, m.id")


def read(connection: psycopg.Connection, brand: BrandId, message: MessageId) -> Kept | None:
    found = _read(connection, "m.brand_id = %s AND m.id = %s", (brand, message))
    return found[0] if found else None


def _read(connection: psycopg.Connection, where: str, values: tuple[object, ...], rest: str = "") -> list[Kept]:
    rows = connection.execute(
        "SELECT m.id, m.customer_id, m.enrollment, m.playbook, m.version, m.step, m.arm, m.wanted_at, m.due_at, "  # noqa: S608
        "m.state, m.reasons, m.sent_at, m.content, m.parts, m.cost, m.provider, m.provider_id, m.consent_event "
        f"FROM message m WHERE {where} {rest}",  # `where` and `rest` are this file's own constants
        values,
    )
    return [
        Kept(
            Message(*row[:9]), State(row[9]), row[10], row[11],
            None if row[12] is None else msgspec.convert(row[12], Content), *row[13:],
        )
        for row in rows
    ]  # fmt: skip


def count_by_state(connection: psycopg.Connection, brand: BrandId) -> dict[str, int]:
    rows = connection.execute(
        "SELECT state, count(*) FROM message WHERE brand_id = %s GROUP BY state ORDER BY state", (brand,)
    )
    return dict(rows.fetchall())


def count_by_reason(connection: psycopg.Connection, brand: BrandId) -> dict[str, int]:
    """How many messages were held or dropped for each reason, by its code."""
    rows = connection.execute(
        "SELECT reason ->> 1, count(DISTINCT id) FROM message, jsonb_array_elements(reasons) AS reason "
        "WHERE brand_id = %s GROUP BY 1 ORDER BY 1",
        (brand,),
    )
    return dict(rows.fetchall())


class LinkRow(NamedTuple):
    token: str
    brand: BrandId
    message: MessageId
    customer: CustomerId
    purpose: str


def add_links(connection: psycopg.Connection, links: Sequence[LinkRow], now: Instant) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO link (token, brand_id, message_id, customer_id, purpose, created_at) "
            "VALUES (%s, %s, %s, %s, %s, %s)",
            [(*link, now) for link in links],
        )


def find_link(connection: psycopg.Connection, token: str) -> LinkRow | None:
    row = connection.execute(
        "SELECT token, brand_id, message_id, customer_id, purpose FROM link WHERE token = %s", (token,)
    ).fetchone()
    return LinkRow(*row) if row else None


def queue_again(
    connection: psycopg.Connection, brand: BrandId, message: MessageId, due_at: Instant, why: Reason, now: Instant
) -> None:
    """The provider could not be asked: the message waits, judged anew before it is tried again; its code never was."""
    for change in ("DELETE FROM code", "DELETE FROM link", "UPDATE pool_code SET message_id = NULL"):
        connection.execute(f"{change} WHERE brand_id = %s AND message_id = %s", (brand, message))
    connection.execute(
        "UPDATE message SET state = 'held', claimed_by = NULL, sent_at = NULL, due_at = %s, reasons = reasons || %s "
        "WHERE brand_id = %s AND id = %s AND state = 'sending'",
        (due_at, Jsonb([[now, why.code, why.detail]]), brand, message),
    )
