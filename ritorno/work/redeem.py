"""Redeem: use up a code, once, inside its life, on a basket that is large enough (PB2-06, PB2-07).

The code's row is locked while it is judged: of many who redeem it at once, one succeeds. The same receipt may ask
again and is told the same.
"""

import re

import msgspec
import psycopg

from ritorno.core.events import Custom, happened
from ritorno.core.ids import PlaybookKey
from ritorno.core.instants import Instant
from ritorno.core.offers import Redemption, may_redeem
from ritorno.core.plan import Plan
from ritorno.store import codes, messages
from ritorno.store.transaction import transaction
from ritorno.work.accept import accept
from ritorno.work.owner import own_identifiers

SOURCE = "ritorno"  # of events that begin here
_APART = "\x1f"


def order_key(source: str, receipt_no: str) -> str:
    """By what a code remembers the receipt that used it."""
    return f"{source}{_APART}{receipt_no}"


class Answer(msgspec.Struct, frozen=True):
    """`redemption` None: no such code. Amounts in minor units; `repeated`: this receipt had used it already."""

    code: str
    redemption: Redemption | None
    value: int = 0
    min_basket: int = 0
    expires_at: Instant | None = None
    playbook: PlaybookKey | None = None
    repeated: bool = False


def spelled(code: str) -> str:
    """A code as it is stored, however it was typed: "kq7m-x2pd" is KQ7MX2PD."""
    return re.sub(r"[\s\-\u200e\u200f]", "", code).upper()


def check(connection: psycopg.Connection, plan: Plan, code: str, basket: int | None, now: Instant) -> Answer:
    """Could the code be redeemed now? Changes nothing. `basket` None: of any size."""
    kept = codes.read(connection, plan.brand.id, spelled(code))
    if kept is None:
        return Answer(spelled(code), None)
    return _answer(kept, may_redeem(kept.code, kept.code.min_basket if basket is None else basket, now))


def redeem(
    connection: psycopg.Connection, plan: Plan, code: str, basket: int, order: str, at: Instant, now: Instant
) -> Answer:
    """Redeem it for the receipt `order` (`order_key`), at the instant `at` of the purchase."""
    with transaction(connection):
        kept = codes.lock(connection, plan.brand.id, spelled(code))
        if kept is None:
            return Answer(spelled(code), None)
        if kept.code.redeemed_at is not None and kept.redeemed_order == order:
            return _answer(kept, Redemption.OK, repeated=True)
        redemption = may_redeem(kept.code, basket, at)
        if redemption is Redemption.OK:
            messages.redeem_code(connection, plan.brand.id, kept.code.code, order, at)
            _tell(connection, plan, kept, order, at, now)
        return _answer(kept, redemption)


def _tell(
    connection: psycopg.Connection, plan: Plan, kept: codes.KeptCode, order: str, at: Instant, now: Instant
) -> None:
    """Whose code it was learns of it: the timeline shows it, playbooks may ask for it."""
    body = Custom(
        "code_redeemed",
        {"playbook": kept.playbook, "value": kept.code.value, "order": order.partition(_APART)[2]},
    )
    event = happened(
        SOURCE,
        f"code {kept.code.code} {kept.code.issued_at}",
        body,
        occurred_at=at,
        received_at=now,
        identifiers=own_identifiers(connection, plan.brand.id, kept.customer),
    )
    accept(connection, plan.brand.id, [event])


def _answer(kept: codes.KeptCode, redemption: Redemption, *, repeated: bool = False) -> Answer:
    code = kept.code
    return Answer(code.code, redemption, code.value, code.min_basket, code.expires_at, kept.playbook, repeated)
