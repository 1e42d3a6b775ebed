"""Two tills at once, answers that got lost, time that passes: a code is redeemed once (PB2-06)."""

from collections.abc import Callable, Iterator
from itertools import combinations, product

from hypothesis import given
from hypothesis import strategies as st

from ritorno.core.events import SoldVia
from ritorno.core.instants import Instant, Span, Unit
from ritorno.core.redemption import Accepted, Basket, Fixed, Issued, PerCent, Refusal, Refused
from ritorno.core.reservation import (
    HOLD,
    Free,
    Move,
    Redeemed,
    Reserved,
    State,
    Step,
    charged,
    redeem,
    release,
    reserve,
    standing,
)
from ritorno.core.wall_clock import SECOND
from ritorno.testing import at

SENT = at("2026-03-03T14:05:10")
ENDS = at("2026-03-04T14:05:10")
CODE = Issued(Fixed(5_000), SENT, ENDS)
BASKET = Basket(SoldVia.POS, 20_000)
OTHER = Basket(SoldVia.POS, 30_000)
HELD = Reserved("till 1", BASKET, 5_000, SENT, Instant(SENT + 15 * 60 * SECOND))


def later(seconds: int) -> Instant:
    return Instant(SENT + seconds * SECOND)


def test_pb2_06_reserved_then_redeemed_and_told_the_same_however_often() -> None:
    held = reserve(CODE, Free(), "till 1", BASKET, SENT)
    assert held == Step(HELD, Accepted(5_000), Move.RESERVED)
    assert reserve(CODE, HELD, "till 1", BASKET, later(9)) == Step(HELD, Accepted(5_000))
    used = redeem(CODE, HELD, "till 1", BASKET, later(60))
    assert used == Step(Redeemed("till 1", BASKET, 5_000, later(60)), Accepted(5_000), Move.REDEEMED)
    for again in (redeem, reserve):
        assert again(CODE, used.state, "till 1", BASKET, later(9_999_999)) == Step(used.state, Accepted(5_000))


def test_another_till_is_told_why_not() -> None:
    used = redeem(CODE, Free(), "till 1", BASKET, SENT).state
    for step in (reserve, redeem):
        assert step(CODE, HELD, "till 2", BASKET, later(1)) == Step(HELD, Refused(Refusal.RESERVED))
        assert step(CODE, used, "till 2", BASKET, later(1)) == Step(used, Refused(Refusal.USED))


def test_another_basket_under_the_same_key_has_to_release_first() -> None:
    for step in (reserve, redeem):
        assert step(CODE, HELD, "till 1", OTHER, later(1)) == Step(HELD, Refused(Refusal.OTHER_BASKET))
    freed = release(HELD, "till 1", later(1))
    assert freed == Step(Free(), Accepted(0), Move.RELEASED)
    assert reserve(CODE, freed.state, "till 1", OTHER, later(1)).answer == Accepted(5_000)


def test_only_who_reserved_releases_and_what_is_redeemed_stays_so() -> None:
    assert release(HELD, "till 2", later(1)) == Step(HELD, Refused(Refusal.RESERVED))
    assert release(Free(), "till 1", SENT) == Step(Free(), Accepted(0))
    used = Redeemed("till 1", BASKET, 5_000, SENT)
    assert release(used, "till 1", later(1)) == Step(used, Refused(Refusal.USED))


def test_a_reservation_is_over_to_the_second_and_nobody_is_the_worse_for_it() -> None:
    last, over = Instant(HELD.until - 1), HELD.until
    assert [standing(HELD, moment) for moment in (last, over)] == [HELD, Free()]
    assert reserve(CODE, HELD, "till 2", BASKET, last).answer == Refused(Refusal.RESERVED)
    assert reserve(CODE, HELD, "till 2", BASKET, over).move is Move.RESERVED
    assert redeem(CODE, HELD, "till 1", BASKET, over).move is Move.REDEEMED  # judged anew: nobody took it meanwhile


def test_pb2_07_a_reservation_does_not_outlive_its_code() -> None:
    late = at("2026-03-04T14:05:09")
    held = reserve(CODE, Free(), "till 1", BASKET, late)
    assert isinstance(held.state, Reserved)
    assert held.state.until == ENDS
    assert redeem(CODE, held.state, "till 1", BASKET, late).move is Move.REDEEMED
    assert redeem(CODE, held.state, "till 1", BASKET, ENDS) == Step(Free(), Refused(Refusal.EXPIRED))
    assert reserve(CODE, Free(), "till 1", BASKET, ENDS) == Step(Free(), Refused(Refusal.EXPIRED))
    assert Span(15, Unit.MINUTES) == HOLD


def test_a_reservation_is_charged_to_the_budget_while_it_stands() -> None:
    used = Redeemed("till 1", BASKET, 4_000, SENT)
    assert [charged(state, later(1)) for state in (Free(), HELD, used)] == [0, 5_000, 4_000]
    assert charged(HELD, HELD.until) == 0


# --- every order in which two tills can take their steps ------------------------------------------

Act = Callable[[State, Instant], Step]


def _acts(key: str) -> dict[str, Act]:
    return {
        "reserve": lambda state, now: reserve(CODE, state, key, BASKET, now),
        "redeem": lambda state, now: redeem(CODE, state, key, BASKET, now),
        "release": lambda state, now: release(state, key, now),
    }


_SCRIPTS = (("reserve", "redeem", "redeem"), ("redeem", "release", "reserve"), ("reserve", "release", "redeem"))


def _interleaved(first: tuple[str, ...], second: tuple[str, ...]) -> Iterator[list[tuple[str, str]]]:
    """Every order of the steps of both in which each till's own stay in order."""
    both = len(first) + len(second)
    for places in combinations(range(both), len(first)):
        ones, twos = iter(first), iter(second)
        yield [("till 1", next(ones)) if place in places else ("till 2", next(twos)) for place in range(both)]


def _live(steps: list[tuple[str, str]], moments: list[Instant]) -> list[tuple[str, Step]]:
    state: State = Free()
    taken = []
    for (key, name), now in zip(steps, moments, strict=True):
        step = _acts(key)[name](state, now)
        taken.append((key, step))
        state = step.state
    return taken


def _require_once(taken: list[tuple[str, Step]]) -> None:
    used = [index for index, (_, step) in enumerate(taken) if step.move is Move.REDEEMED]
    assert len(used) <= 1
    if used:
        key, redeemed = taken[used[0]]
        for other, step in taken[used[0] + 1 :]:
            assert step.state == redeemed.state
            assert step.move is None
            assert other == key or step.answer == Refused(Refusal.USED)


def test_two_tills_at_once_never_redeem_twice_in_any_order_of_their_steps() -> None:
    """All 20 orders of every pair of scripts, quickly and with pauses in which a reservation runs out: 360 lives."""
    lives = 0
    for first, second, pause in product(_SCRIPTS, _SCRIPTS, (1, 10 * 60)):
        for steps in _interleaved(first, second):
            _require_once(_live(steps, [later(pause * index) for index in range(len(steps))]))
            lives += 1
    assert lives == 360


CALLS = st.lists(
    st.tuples(
        st.sampled_from(["till 1", "till 2", "till 3"]),
        st.sampled_from(["reserve", "redeem", "release"]),
        st.sampled_from([0, 1, 14 * 60, 15 * 60, 12 * 3600]),
    ),
    max_size=20,
)


@given(CALLS)
def test_nor_do_three_tills_that_ask_again_and_again(calls: list[tuple[str, str, int]]) -> None:
    moments, now = [], 0
    for _, _, pause in calls:
        now += pause
        moments.append(later(now))
    _require_once(_live([(key, name) for key, name, _ in calls], moments))


BUDGET = 8_000
TENTH = Issued(PerCent(2_500), SENT, ENDS)  # 5,000 on this basket: two codes do not fit the budget


@given(st.lists(st.tuples(st.sampled_from([0, 1]), CALLS.map(lambda calls: calls[:1])), max_size=12))
def test_what_is_reserved_and_redeemed_never_exceeds_the_budget(
    calls: list[tuple[int, list[tuple[str, str, int]]]],
) -> None:
    """Two codes of one offer, its row locked: what is left is counted when a step is taken."""
    states: list[State] = [Free(), Free()]
    now = 0
    for which, call in calls:
        for key, name, pause in call:
            now += pause
            left = BUDGET - sum(charged(state, later(now)) for state in states)
            if name == "release":
                states[which] = release(states[which], key, later(now)).state
            else:
                step = reserve if name == "reserve" else redeem
                states[which] = step(TENTH, states[which], key, BASKET, later(now), left).state
            assert sum(charged(state, later(now)) for state in states) <= BUDGET
