"""What tills do to the codes in the database is what the rules say, step by step, budget and all (PB2-06)."""

from collections.abc import Iterator
from itertools import count

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ritorno.core import reservation
from ritorno.core.events import SoldVia
from ritorno.core.ids import CustomerId, MessageId, PlaybookKey
from ritorno.core.instants import Instant
from ritorno.core.offers import Code, Offer, issue
from ritorno.core.plan import Plan
from ritorno.core.redemption import Accepted, Basket, Refused
from ritorno.core.reservation import Free, Redeemed, State
from ritorno.core.wall_clock import SECOND
from ritorno.store import codes
from ritorno.store.connection import connect
from ritorno.store.transaction import transaction
from ritorno.testing import at
from ritorno.work.found import found
from ritorno.work.plans import Plans
from ritorno.work.redeem import Answer, redeem, release, reserve

SENT = at("2026-03-03T14:05:10")
SMALL, LARGE = Basket(SoldVia.POS, 4_000), Basket(SoldVia.POS, 20_000)
OFFER = Offer(2_500, kind="per_cent", most=3_000, budget=7_000)  # 1,000 of the small basket, 3,000 of the large
_numbers = count()

STEPS = st.lists(
    st.tuples(
        st.sampled_from([0, 1]),
        st.sampled_from(["reserve", "redeem", "release"]),
        st.sampled_from(["till\x1f1", "till\x1f2"]),
        st.sampled_from([SMALL, LARGE]),
        st.sampled_from([0, 1, 14 * 60, 15 * 60, 12 * 3600]),
    ),
    max_size=10,
)


@pytest.fixture(scope="module")
def standing(module_database: str) -> Iterator[tuple[psycopg.Connection, Plan]]:
    with connect(module_database, autocommit=True) as connection:
        found(connection, "default", {"name": "אלמוג"}, at("2024-01-01"))
        yield connection, Plans().named(connection, "default")


def issued(connection: psycopg.Connection, plan: Plan) -> list[Code]:
    """Two codes of a playbook of their own."""
    number = next(_numbers)
    fresh = [issue(OFFER, f"C{number:04}{place}", SENT, plan.tz) for place in (0, 1)]
    playbook = PlaybookKey(f"P{number}")
    with transaction(connection):
        rows = [
            codes.NewCode(code, MessageId(2 * number + place), CustomerId(7), playbook, OFFER.budget)
            for place, code in enumerate(fresh)
        ]
        codes.add(connection, plan.brand.id, rows)
    return fresh


def cost(state: State, now: Instant, code: Code) -> int:
    """What a code takes of its budget: what it has cost, else what it may while it lives."""
    if isinstance(state, Redeemed):
        return state.discount
    return code.value if now < code.expires_at else 0


@settings(max_examples=60)
@given(steps=STEPS)
def test_every_answer_and_every_state_is_that_of_the_rules(
    standing: tuple[psycopg.Connection, Plan], steps: list[tuple[int, str, str, Basket, int]]
) -> None:
    connection, plan = standing
    both = issued(connection, plan)
    states: list[State] = [Free(), Free()]
    now = SENT
    for which, name, key, basket, pause in steps:
        now = Instant(now + pause * SECOND)
        code = both[which]
        assert OFFER.budget is not None
        left = OFFER.budget - cost(states[1 - which], now, both[1 - which])
        answer: Answer
        if name == "reserve":
            step = reservation.reserve(code.issued, states[which], key, basket, now, left)
            answer = reserve(connection, plan, code.code, basket, key, now)
        elif name == "redeem":
            step = reservation.redeem(code.issued, states[which], key, basket, now, left)
            answer = redeem(connection, plan, code.code, basket, key, now, now)
        else:
            step = reservation.release(states[which], key, now)
            answer = release(connection, plan, code.code, key, now)
        states[which] = step.state
        if isinstance(step.answer, Refused):
            assert answer.refusal is step.answer.reason
        else:
            assert isinstance(step.answer, Accepted)
            assert (answer.refusal, answer.discount) == (None, step.answer.discount)
        kept = codes.read(connection, plan.brand.id, code.code)
        assert kept is not None
        assert reservation.standing(kept.state, now) == reservation.standing(step.state, now)
        spent = sum(cost(state, now, each) for state, each in zip(states, both, strict=True))
        assert codes.charged(connection, plan.brand.id, kept.playbook, now) == spent <= OFFER.budget
