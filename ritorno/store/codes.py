"""Codes with their life: whose, from which message, who holds it, redeemed by which order; and what they may cost."""

from collections.abc import Sequence
from typing import Any, NamedTuple, assert_never

import msgspec
import psycopg
from psycopg.types.json import Jsonb

from ritorno.core.ids import BrandId, CustomerId, MessageId, PlaybookKey
from ritorno.core.instants import Instant
from ritorno.core.offers import Code, spelled
from ritorno.core.redemption import Basket, Benefit, Conditions, Issued
from ritorno.core.reservation import Free, Redeemed, Reserved, State

_BUDGET_LOCK = 1_006  # first key of the lock under which a brand's budgets are counted


class Promise(msgspec.Struct, frozen=True):
    """What a code promises, as it is kept."""

    benefit: Benefit
    conditions: Conditions = Conditions()


class NewCode(NamedTuple):
    """`given_for`: what it is for, once, where no message carries it. `budget`: of all codes of the playbook."""

    code: Code
    message: MessageId | None
    customer: CustomerId
    playbook: PlaybookKey
    budget: int | None = None
    given_for: str | None = None


class KeptCode(NamedTuple):
    """`state` is how it was left: a reservation in it may be over."""

    code: Code
    message: MessageId | None
    customer: CustomerId
    playbook: PlaybookKey
    budget: int | None
    state: State


CODE = "coalesce(label, code), promise, issued_at, expires_at, redeemed_at"  # of a Code, for `read_code`
_COLUMNS = (
    f"{CODE}, message_id, customer_id, playbook, budget, held_by, basket, coalesce(discount, value), held_at, "
    "held_until, coalesce(redeemed_order, '')"
)


def read_code(row: Sequence[Any]) -> Code:
    """A Code from the columns CODE."""
    promise = msgspec.convert(row[1], Promise)
    return Code(row[0], Issued(promise.benefit, row[2], row[3], promise.conditions), row[4])


def add(connection: psycopg.Connection, brand: BrandId, codes: Sequence[NewCode]) -> None:
    """Raises UniqueViolation when a code, or one for the same thing, is there already."""
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO code (brand_id, code, label, message_id, customer_id, playbook, value, min_basket, promise, "
            "budget, given_for, issued_at, expires_at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [
                (
                    brand, spelled(code.code), code.code if spelled(code.code) != code.code else None, one.message,
                    one.customer, one.playbook, code.value, code.min_basket,
                    Jsonb(msgspec.to_builtins(Promise(code.issued.benefit, code.issued.conditions))), one.budget,
                    one.given_for, code.issued_at, code.expires_at,
                )
                for one in codes
                for code in (one.code,)
            ],
        )  # fmt: skip


def read(connection: psycopg.Connection, brand: BrandId, code: str) -> KeptCode | None:
    """By its spelling (`offers.spelled`)."""
    return _kept(connection.execute(_READ, (brand, code)).fetchone())


def lock(connection: psycopg.Connection, brand: BrandId, code: str) -> KeptCode | None:
    """The code, ours until the transaction ends: of many who redeem it at once, one is first."""
    return _kept(connection.execute(_READ + " FOR UPDATE", (brand, code)).fetchone())


_READ = f"SELECT {_COLUMNS} FROM code WHERE brand_id = %s AND code = %s"  # noqa: S608 - our own columns


def _kept(row: tuple[Any, ...] | None) -> KeptCode | None:
    if row is None:
        return None
    code, (message, customer, playbook, budget) = read_code(row), row[5:9]
    return KeptCode(code, message, customer, playbook, budget, _state(code, *row[9:]))


def _state(
    code: Code, held_by: str | None, told: Any, discount: int, held_at: Instant, held_until: Instant, order: str
) -> State:
    basket = None if told is None else msgspec.convert(told, Basket)
    if code.redeemed_at is not None:
        return Redeemed(order, basket, discount, code.redeemed_at)
    if held_by is None:
        return Free()
    assert basket is not None
    return Reserved(held_by, basket, discount, held_at, held_until)


def write_state(connection: psycopg.Connection, brand: BrandId, kept: KeptCode, state: State) -> None:
    """How a locked code stands from now on; once redeemed, its `value` is what it has cost."""
    key = at = until = basket = discount = order = redeemed_at = None
    match state:
        case Reserved():
            key, basket, discount, at, until = state.key, state.basket, state.discount, state.at, state.until
        case Redeemed():
            order, basket, discount, redeemed_at = state.key, state.basket, state.discount, state.at
        case Free():
            pass
        case _:
            assert_never(state)
    connection.execute(
        "UPDATE code SET held_by = %s, held_at = %s, held_until = %s, basket = %s, discount = %s, redeemed_order = %s, "
        "redeemed_at = %s, value = CASE WHEN %s::bigint IS NULL THEN value ELSE %s END "
        "WHERE brand_id = %s AND code = %s",
        (
            key, at, until, None if basket is None else Jsonb(msgspec.to_builtins(basket)), discount, order,
            redeemed_at, redeemed_at, discount, brand, spelled(kept.code.code),
        ),
    )  # fmt: skip


def of_message(connection: psycopg.Connection, brand: BrandId, message: MessageId) -> Code | None:
    row = connection.execute(
        f"SELECT {CODE} FROM code WHERE brand_id = %s AND message_id = %s",  # noqa: S608 - our own columns
        (brand, message),
    ).fetchone()
    return read_code(row) if row else None


def of_enrollment(connection: psycopg.Connection, brand: BrandId, enrollment: int) -> Code | None:
    """The code that an earlier message of the same enrollment carried."""
    row = connection.execute(
        f"SELECT {CODE} FROM code WHERE brand_id = %s AND message_id IN "  # noqa: S608 - our own columns
        "(SELECT id FROM message WHERE brand_id = %s AND enrollment = %s) ORDER BY issued_at DESC LIMIT 1",
        (brand, brand, enrollment),
    ).fetchone()
    return read_code(row) if row else None


def given_since(
    connection: psycopg.Connection, brand: BrandId, customer: CustomerId, since: Instant, now: Instant
) -> int:
    """What the codes that a customer was given after `since` have cost and may cost; one that ended unused, nothing."""
    row = connection.execute(
        "SELECT coalesce(sum(value), 0)::bigint FROM code WHERE brand_id = %s AND customer_id = %s AND issued_at > %s "
        "AND (redeemed_at IS NOT NULL OR expires_at > %s)",
        (brand, customer, since, now),
    ).fetchone()
    assert row is not None
    return int(row[0])


def was_given(connection: psycopg.Connection, brand: BrandId, given_for: str) -> bool:
    """Is there a code that was given for this?"""
    row = connection.execute(
        "SELECT 1 FROM code WHERE brand_id = %s AND given_for = %s LIMIT 1", (brand, given_for)
    ).fetchone()
    return row is not None


def given_to(connection: psycopg.Connection, brand: BrandId, customer: CustomerId, now: Instant) -> Code | None:
    """The latest code that a customer was given for something else than a message and can still use."""
    row = connection.execute(
        f"SELECT {CODE} FROM code WHERE brand_id = %s AND customer_id = %s AND given_for IS NOT NULL "  # noqa: S608
        "AND redeemed_at IS NULL AND issued_at <= %s AND expires_at > %s ORDER BY issued_at DESC, code LIMIT 1",
        (brand, customer, now, now),
    ).fetchone()
    return read_code(row) if row else None


def follow_merge(connection: psycopg.Connection, brand: BrandId, other: CustomerId, survivor: CustomerId) -> None:
    """The codes of both are one's."""
    connection.execute(
        "UPDATE code SET customer_id = %s WHERE brand_id = %s AND customer_id = %s", (survivor, brand, other)
    )


def follow_messages(connection: psycopg.Connection, brand: BrandId, survivor: CustomerId, other: CustomerId) -> None:
    """After a merge is taken back, and messages are the other's again: so are their codes."""
    connection.execute(
        "UPDATE code SET customer_id = m.customer_id FROM message m WHERE code.brand_id = %s AND code.customer_id = %s "
        "AND m.brand_id = code.brand_id AND m.id = code.message_id AND m.customer_id = %s",
        (brand, survivor, other),
    )


def hold_budgets(connection: psycopg.Connection, brand: BrandId) -> None:
    """Whoever counts a budget of the brand, or charges one, waits here for the others."""
    connection.execute("SELECT pg_advisory_xact_lock(%s, %s)", (_BUDGET_LOCK, brand))


def have_budget(connection: psycopg.Connection, brand: BrandId, codes: Sequence[str]) -> bool:
    """Is one of these (by their spelling) charged to a budget?"""
    row = connection.execute(
        "SELECT 1 FROM code WHERE brand_id = %s AND code = ANY(%s) AND budget IS NOT NULL LIMIT 1", (brand, list(codes))
    ).fetchone()
    return row is not None


def charged(
    connection: psycopg.Connection, brand: BrandId, playbook: PlaybookKey, now: Instant, *, but: str = ""
) -> int:
    """What a playbook's codes have cost and, all used, would: of those redeemed and those open at `now`.

    Hold the budgets first. `but`: without what this code (by its spelling) would cost.
    """
    connection.execute(
        "INSERT INTO offer_spent (brand_id, playbook, spent) SELECT %(brand)s, %(playbook)s, coalesce(sum(value), 0) "
        "FROM code WHERE brand_id = %(brand)s AND playbook = %(playbook)s AND redeemed_at IS NOT NULL "
        "ON CONFLICT DO NOTHING",
        {"brand": brand, "playbook": playbook},
    )
    row = connection.execute(
        "SELECT (SELECT spent FROM offer_spent WHERE brand_id = %(brand)s AND playbook = %(playbook)s) + "
        "(SELECT coalesce(sum(value), 0) FROM code WHERE brand_id = %(brand)s AND playbook = %(playbook)s "
        "AND redeemed_at IS NULL AND expires_at > %(now)s AND code <> %(but)s)::bigint",
        {"brand": brand, "playbook": playbook, "now": now, "but": but},
    ).fetchone()
    assert row is not None
    return int(row[0])


def charge(connection: psycopg.Connection, brand: BrandId, playbook: PlaybookKey, discount: int) -> None:
    """A code was redeemed: what `charged` counts has been asked for in the same transaction before."""
    connection.execute(
        "UPDATE offer_spent SET spent = spent + %s WHERE brand_id = %s AND playbook = %s", (discount, brand, playbook)
    )
