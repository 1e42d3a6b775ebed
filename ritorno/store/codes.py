"""Codes with their life: whose, from which message, redeemed by which order."""

from typing import NamedTuple

import psycopg

from ritorno.core.ids import BrandId, CustomerId, MessageId, PlaybookKey
from ritorno.core.offers import Code


class KeptCode(NamedTuple):
    """`redeemed_order` is the receipt that used it, "" while nobody has."""

    code: Code
    message: MessageId
    customer: CustomerId
    playbook: PlaybookKey
    redeemed_order: str


_READ = (
    "SELECT code, value, min_basket, issued_at, expires_at, redeemed_at, message_id, customer_id, playbook, "
    "coalesce(redeemed_order, '') FROM code WHERE brand_id = %s AND code = %s"
)


def read(connection: psycopg.Connection, brand: BrandId, code: str) -> KeptCode | None:
    return _kept(connection.execute(_READ, (brand, code)).fetchone())


def lock(connection: psycopg.Connection, brand: BrandId, code: str) -> KeptCode | None:
    """The code, ours until the transaction ends: of many who redeem it at once, one is first."""
    return _kept(connection.execute(_READ + " FOR UPDATE", (brand, code)).fetchone())


def _kept(row: tuple[object, ...] | None) -> KeptCode | None:
    return None if row is None else KeptCode(Code(*row[:6]), *row[6:])  # type: ignore[arg-type]
