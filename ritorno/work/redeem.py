"""Check, reserve, redeem, release: what tills and shops do with a code, once, inside its life (PB2-06, PB2-07).

The code's row is locked while it is judged: of many who ask at once, one is first. The same receipt may ask again and
is told the same. A code that is charged to a budget is judged while nobody else counts or charges one.
"""

from collections.abc import Callable, Iterable

import msgspec
import psycopg

from ritorno.core import redemption, reservation
from ritorno.core.events import Custom, happened
from ritorno.core.ids import PlaybookKey
from ritorno.core.instants import Instant, Span, Unit
from ritorno.core.offers import Code, spelled
from ritorno.core.plan import Plan
from ritorno.core.redemption import Accepted, Basket, Refusal, Refused
from ritorno.core.reservation import Free, Move, Redeemed, Reserved, Step
from ritorno.store import codes
from ritorno.store.transaction import transaction
from ritorno.work.accept import accept
from ritorno.work.owner import own_identifiers

SOURCE = "ritorno"  # of events that begin here
LONGEST_HOLD = Span(24, Unit.HOURS)
_APART = "\x1f"


def order_key(source: str, receipt_no: str) -> str:
    """By what a code remembers the receipt that holds or has used it."""
    return f"{source}{_APART}{receipt_no}"


def spelled_key(order: str) -> tuple[str, str]:
    """(source, receipt number) of an `order_key`."""
    source, _, number = order.partition(_APART)
    return source, number


class Answer(msgspec.Struct, frozen=True):
    """`kept` None: no such code, `spelled` so. `refusal` None: yes. `discount` of this basket, in minor units, 0 where
    it does not say; `until` a reservation stands; `repeated`: this receipt had done it already; `referral`: it is
    somebody's personal code, and the receipt is noted as recommended by them."""

    spelled: str
    kept: Code | None = None
    playbook: PlaybookKey | None = None
    refusal: Refusal | None = None
    discount: int = 0
    until: Instant | None = None
    repeated: bool = False
    referral: bool = False


def check(connection: psycopg.Connection, plan: Plan, code: str, basket: Basket | None, now: Instant) -> Answer:
    """Could the code be redeemed now? Changes nothing. `basket` None: is it good at all?"""
    kept = codes.read(connection, plan.brand.id, spelled(code))
    if kept is None:
        return Answer(spelled(code))
    state = reservation.standing(kept.state, now)
    if not isinstance(state, Free):
        taken = Refusal.USED if isinstance(state, Redeemed) else Refusal.RESERVED
        return _answer(kept, Step(state, Refused(taken)))
    if basket is None:
        refusal = redemption.out_of_life(kept.code.issued, now)
        return _answer(kept, Step(state, Refused(refusal) if refusal else Accepted(0)))
    return _answer(kept, Step(state, redemption.may_redeem(kept.code.issued, basket, now)))


def reserve(
    connection: psycopg.Connection,
    plan: Plan,
    code: str,
    basket: Basket,
    order: str,
    now: Instant,
    hold: Span = reservation.HOLD,
) -> Answer:
    """Keep it for the receipt `order` (`order_key`) for as long as `hold`, a span of hours or less."""

    def step(kept: codes.KeptCode, left: int | None) -> Step:
        return reservation.reserve(kept.code.issued, kept.state, order, basket, now, left, hold)

    return _take_step(connection, plan, code, step, now, now)


def redeem(
    connection: psycopg.Connection,
    plan: Plan,
    code: str,
    basket: Basket | None,
    order: str,
    at: Instant,
    now: Instant,
    *,
    paid: bool = False,
) -> Answer:
    """Redeem it for the receipt `order` (`order_key`), at the instant `at` of the purchase.

    `basket` None: the one it was reserved for. `paid`: the purchase is over, so what its receipt had reserved or used
    stands, whatever basket it tells now.
    """

    def step(kept: codes.KeptCode, left: int | None) -> Step:
        own = _own_basket(kept, order, at)
        told = own or basket if paid or basket is None else basket
        if told is None:
            return Step(kept.state, Refused(Refusal.NOT_RESERVED))
        return reservation.redeem(kept.code.issued, kept.state, order, told, at, left)

    return _take_step(connection, plan, code, step, at, now)


def release(connection: psycopg.Connection, plan: Plan, code: str, order: str, now: Instant) -> Answer:
    """Let go of what the receipt `order` has reserved."""

    def step(kept: codes.KeptCode, _left: int | None) -> Step:
        return reservation.release(kept.state, order, now)

    return _take_step(connection, plan, code, step, now, now)


def hold_budgets(connection: psycopg.Connection, plan: Plan, wanted: Iterable[str]) -> None:
    """Before the first of several codes of one transaction is locked: so nobody waits in a circle."""
    if codes.have_budget(connection, plan.brand.id, [spelled(code) for code in wanted]):
        codes.hold_budgets(connection, plan.brand.id)


def _own_basket(kept: codes.KeptCode, order: str, at: Instant) -> Basket | None:
    """What the code is, or was, this receipt's for."""
    state = reservation.standing(kept.state, at)
    return state.basket if isinstance(state, Reserved | Redeemed) and state.key == order else None


def _take_step(
    connection: psycopg.Connection,
    plan: Plan,
    code: str,
    step: Callable[[codes.KeptCode, int | None], Step],
    at: Instant,
    now: Instant,
) -> Answer:
    """The step on the locked code, and what it moved: the code's row, its budget, an event of whose code it is."""
    brand, name = plan.brand.id, spelled(code)
    with transaction(connection):
        hold_budgets(connection, plan, [name])
        kept = codes.lock(connection, brand, name)
        if kept is None:
            return Answer(name)
        taken = step(kept, _left(connection, plan, kept, now))
        if taken.move is not None:
            codes.write_state(connection, brand, kept, taken.state)
        if taken.move is Move.REDEEMED and isinstance(taken.state, Redeemed):
            if kept.budget is not None:
                codes.charge(connection, brand, kept.playbook, taken.state.discount)
            _tell(connection, plan, kept, taken.state, at, now)
        return _answer(kept, taken)


def _left(connection: psycopg.Connection, plan: Plan, kept: codes.KeptCode, now: Instant) -> int | None:
    """Of the budget, less what every other code of the playbook has cost and may cost."""
    if kept.budget is None:
        return None
    others = codes.charged(connection, plan.brand.id, kept.playbook, now, but=spelled(kept.code.code))
    return kept.budget - others


def _tell(
    connection: psycopg.Connection, plan: Plan, kept: codes.KeptCode, used: Redeemed, at: Instant, now: Instant
) -> None:
    """Whose code it was learns of it: the timeline shows it, playbooks may ask for it."""
    body = Custom(
        "code_redeemed",
        {
            "playbook": kept.playbook,
            "value": used.discount,
            "order": used.key.partition(_APART)[2],
            "sold_via": used.basket.sold_via.value if used.basket else None,
        },
    )
    event = happened(
        SOURCE,
        f"code {spelled(kept.code.code)} {kept.code.issued_at}",
        body,
        occurred_at=at,
        received_at=now,
        identifiers=own_identifiers(connection, plan.brand.id, kept.customer),
    )
    accept(connection, plan.brand.id, [event])


def _answer(kept: codes.KeptCode, step: Step) -> Answer:
    state, answer = step.state, step.answer
    return Answer(
        spelled(kept.code.code),
        kept.code,
        kept.playbook,
        answer.reason if isinstance(answer, Refused) else None,
        answer.discount if isinstance(answer, Accepted) else 0,
        state.until if isinstance(state, Reserved) and isinstance(answer, Accepted) else None,
        repeated=isinstance(answer, Accepted) and step.move is None,
    )
