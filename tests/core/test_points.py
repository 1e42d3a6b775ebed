"""Points are booked before they are mentioned, and whatever is told in whatever order, the ledger is one (PB1-07)."""

from itertools import accumulate
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritorno.core.customer import Order
from ritorno.core.events import SoldVia
from ritorno.core.ids import EventId, SegmentKey
from ritorno.core.instants import NEVER, Instant, Span, Unit
from ritorno.core.points import Earned, Entry, Given, Ledger, MoneyBack, Rate, Spent, book, booked
from ritorno.core.points_balance import TooFew, Turn, balance, expires_next, spend, statement
from ritorno.core.points_terms import Multiplier, Terms, check, earn, multiplier_for
from ritorno.core.scores.cells import CELLS, Cell
from ritorno.core.wall_clock import SECOND
from ritorno.testing import JERUSALEM, at, local

BEST = Cell("333")
RATE = Rate(1, 1_000)  # 1 point per ₪10
TERMS = Terms(RATE, (Multiplier(200, cells=(BEST,)),))
BOUGHT = at("2026-03-03T14:05:10")
LATER = Instant(BOUGHT + SECOND)
END = Instant(NEVER - 1)


def order(total: int, sold_via: SoldVia = SoldVia.POS) -> Order:
    return Order(BOUGHT, "pos", "881", total, total, sold_via, "", "ILS", 0, 0, False, (), BOUGHT, EventId(1))


def earned(name: str, paid: int, when: int = BOUGHT, expires_at: int = NEVER, booked_at: int = BOUGHT) -> Earned:
    return Earned("pos", name, Instant(when), Instant(booked_at), paid, RATE, 100, Instant(expires_at))


def back(name: str, amount: int | None = None, when: int = LATER, refund: str = "r") -> MoneyBack:
    return MoneyBack("pos", name, refund, Instant(when), Instant(when), amount)


def spent(name: str, points: int, when: int = LATER) -> Spent:
    return Spent(name, Instant(when), Instant(when), points)


def turns(ledger: Ledger, now: Instant = END) -> list[tuple[Turn, int, int]]:
    return [(line.turn, line.points, line.balance) for line in statement(ledger, now)]


def test_pb1_07_a_333_who_pays_2000_at_the_till_has_400_points_once_they_are_booked() -> None:
    ledger = book((), earn(TERMS, order(200_000), BEST, (), LATER, JERUSALEM))
    assert booked((), "pos", "881", LATER) is None
    assert booked(ledger, "pos", "881", BOUGHT) is None
    told = booked(ledger, "pos", "881", LATER)
    assert told is not None
    assert (told.points, told.multiplier, balance(ledger, LATER)) == (400, 200, 400)
    assert booked(ledger, "pos", "882", LATER) is None
    assert booked(book((), spent("s", 1)), "pos", "881", LATER) is None


def test_whoever_is_not_333_earns_once_and_the_rest_of_ten_shekels_earns_nothing() -> None:
    for cell in (Cell("332"), None):
        assert earn(TERMS, order(200_999), cell, (), LATER, JERUSALEM).points == 200
    assert earn(TERMS, order(-5), BEST, (), LATER, JERUSALEM).points == 0
    doubled = Terms(RATE, (Multiplier(150),))
    assert earn(doubled, order(1_999), None, (), LATER, JERUSALEM).points == 2  # 2.9985, rounded once and down


def test_of_several_multipliers_the_largest_that_fits_counts() -> None:
    club = SegmentKey("club")
    terms = Terms(
        RATE,
        (
            Multiplier(150, segments=(club,)),
            Multiplier(300, (BEST,), (club,), (SoldVia.ONLINE,)),
            Multiplier(50, (BEST,)),
        ),
    )
    asked = [
        multiplier_for(terms, cell, segments, place)
        for cell, segments, place in (
            (BEST, (club,), SoldVia.ONLINE),
            (BEST, (club,), SoldVia.POS),
            (BEST, (), SoldVia.ONLINE),
            (None, (), SoldVia.ONLINE),
        )
    ]
    assert asked == [300, 150, 50, 100]


def test_points_live_to_the_second_and_by_the_wall_clock() -> None:
    terms = Terms(RATE, lives=Span(1, Unit.DAYS))
    one = earn(terms, order(10_000), None, (), BOUGHT, JERUSALEM)
    assert local(one.expires_at) == "2026-03-04T14:05:10"
    ledger = book((), one)
    assert [balance(ledger, at(f"2026-03-04T14:05:{second}")) for second in ("09", "10")] == [10, 0]
    assert isinstance(spend(ledger, "s", 10, at("2026-03-04T14:05:09")), Spent)
    assert spend(ledger, "s", 10, at("2026-03-04T14:05:10")) == TooFew(0)
    assert balance(ledger, Instant(BOUGHT - 1)) == 0


def test_the_oldest_points_are_spent_first_so_only_what_is_left_of_them_expires() -> None:
    old, new = earned("1", 10_000, BOUGHT, BOUGHT + 20), earned("2", 20_000, BOUGHT + 1, BOUGHT + 30)
    ledger = book((), new, old, spent("s", 12, BOUGHT + 2))
    assert turns(ledger) == [
        (Turn.EARNED, 10, 10), (Turn.EARNED, 20, 30), (Turn.SPENT, -12, 18), (Turn.EXPIRED, -18, 0),
    ]  # fmt: skip


def test_a_spending_is_spent_once_however_often_it_asks() -> None:
    ledger = book((), earned("1", 10_000), Given("g", BOUGHT, BOUGHT, 5, because="birthday"), spent("other", 1))
    first = spend(ledger, "receipt 9", 12, LATER)
    assert isinstance(first, Spent)
    ledger = book(ledger, first)
    assert spend(ledger, "receipt 9", 12, Instant(LATER + 5)) == first
    assert (balance(ledger, END), spend(ledger, "receipt 10", 3, LATER)) == (2, TooFew(2))


def test_a_refund_takes_back_points_that_were_spent_and_the_next_ones_pay_for_them() -> None:
    ledger = book((), earned("1", 10_000), spent("s", 8, BOUGHT + 1), back("1", when=BOUGHT + 2))
    assert turns(ledger)[-1] == (Turn.TAKEN_BACK, -10, -8)
    ledger = book(ledger, earned("2", 20_000, BOUGHT + 3, BOUGHT + 9))
    assert turns(ledger)[-2:] == [(Turn.EARNED, 20, 12), (Turn.EXPIRED, -12, 0)]


def test_a_refund_in_parts_takes_back_what_one_of_them_all_would() -> None:
    parts = [back("1", 3_333, LATER, f"r{number}") for number in range(4)]
    ledger = book((), earned("1", 9_999), *parts)
    assert [line.points for line in statement(ledger, END)] == [9, -3, -3, -3]
    assert book(ledger, back("1", -1, LATER, "odd")) != ledger
    assert balance(book(ledger, back("1", -1, LATER, "odd")), END) == 0


def test_what_has_expired_is_not_taken_back_a_second_time() -> None:
    ledger = book((), earned("1", 10_000, BOUGHT, BOUGHT + 5), spent("s", 4, BOUGHT + 1), back("1", when=BOUGHT + 9))
    assert turns(ledger)[-2:] == [(Turn.EXPIRED, -6, 0), (Turn.TAKEN_BACK, -4, -4)]
    ledger = book(ledger, earned("2", 20_000, BOUGHT + 10, BOUGHT + 12))
    assert turns(ledger)[-2:] == [(Turn.EARNED, 20, 16), (Turn.EXPIRED, -16, 0)]


def test_what_has_expired_is_counted_once_where_an_order_comes_back_in_parts() -> None:
    ledger = book((), earned("1", 10_000, BOUGHT, BOUGHT + 5), spent("s", 4, BOUGHT + 1))
    ledger = book(ledger, back("1", 5_000, BOUGHT + 9, "half"), back("1", 5_000, BOUGHT + 10, "rest"))
    assert turns(ledger)[-2:] == [(Turn.EXPIRED, -6, 0), (Turn.TAKEN_BACK, -4, -4)]


def test_a_refund_waits_for_its_order_and_counts_no_earlier() -> None:
    early = back("1", when=BOUGHT - 9)
    assert turns(book((), early)) == []
    assert turns(book((), early, earned("1", 10_000))) == [(Turn.EARNED, 10, 10), (Turn.TAKEN_BACK, -10, 0)]


def test_what_was_booked_first_stands() -> None:
    first, second = earned("1", 10_000), earned("1", 90_000, booked_at=LATER)
    assert book((), first, second) == book((), second, first) == (first,)


def test_what_cannot_be_booked_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="must live for a while"):
        earned("1", 1, BOUGHT, BOUGHT)
    with pytest.raises(ValueError, match="0 points; write a number above 0"):
        spend((), "s", 0, BOUGHT)
    with pytest.raises(ValueError, match="-1 points"):
        Given("g", BOUGHT, BOUGHT, -1)


def test_terms_without_fault_and_every_fault() -> None:
    assert check(TERMS) == []
    assert check(Terms(RATE, lives=Span(12, Unit.MONTHS))) == []
    faults = check(Terms(Rate(0, 0), (Multiplier(0, (Cell("444"),)),), Span(0)))
    assert [fault.split()[0] for fault in faults] == [
        "points.rate", "points.multipliers[0].hundredths", "points.multipliers[0].cells:", "points.lives",
    ]  # fmt: skip
    assert len(CELLS) == 27


# --- any order, any repetition -----------------------------------------------------------------

NAMES = st.sampled_from(["a", "b", "c"])
MOMENTS = st.integers(1, 12).map(lambda step: Instant(BOUGHT + step))
POINTS = st.integers(1, 30)


class Lived(NamedTuple):
    at: Instant
    lives: int


def given_points(name: str, lived: Lived, points: int) -> Given:
    return Given(name, lived.at, lived.at, points, Instant(min(NEVER, lived.at + lived.lives)))


LIVES = st.builds(Lived, MOMENTS, st.sampled_from([1, 3, 6, NEVER]))
ENTRIES: st.SearchStrategy[Entry] = st.one_of(
    st.builds(
        lambda name, lived, paid, known: earned(name, paid, lived.at, min(NEVER, lived.at + lived.lives), known),
        NAMES, LIVES, st.integers(0, 50_000), MOMENTS,
    ),
    st.builds(given_points, NAMES, LIVES, POINTS),
    st.builds(spent, NAMES, POINTS, MOMENTS),
    st.builds(back, NAMES, st.none() | st.integers(1, 50_000), MOMENTS, st.sampled_from(["r", "q"])),
)  # fmt: skip
TOLD = st.lists(ENTRIES, max_size=14)


@given(TOLD, st.data())
def test_any_order_of_telling_and_any_repetition_give_one_ledger(told: list[Entry], data: st.DataObject) -> None:
    again = data.draw(st.permutations(told * 2))
    ledger: Ledger = ()
    for entry in again:
        ledger = book(ledger, entry)
    assert ledger == book((), *told) == book(book((), *told[:3]), *book((), *told[3:]))


@given(TOLD, MOMENTS)
def test_the_lines_add_up_and_the_past_does_not_depend_on_what_comes(told: list[Entry], now: Instant) -> None:
    ledger = book((), *told)
    lines = statement(ledger, END)
    assert [line.balance for line in lines] == list(accumulate(line.points for line in lines))
    assert statement(ledger, now) == tuple(line for line in lines if line.at <= now)
    assert statement(tuple(entry for entry in ledger if entry.at <= now), now) == statement(ledger, now)


@given(TOLD)
def test_once_everything_has_expired_nothing_is_left(told: list[Entry]) -> None:
    mortal = [entry for entry in told if not (isinstance(entry, Earned | Given) and entry.expires_at == NEVER)]
    assert balance(book((), *mortal), END) <= 0


@given(TOLD)
def test_a_balance_is_never_negative_without_a_cause(told: list[Entry]) -> None:
    """Whoever asks before spending is never overdrawn: only a refund of points that were spent does that."""
    ledger = book((), *(entry for entry in told if not isinstance(entry, Spent)))
    for entry in sorted((entry for entry in told if isinstance(entry, Spent)), key=lambda entry: entry.at):
        asked = spend(ledger, entry.id, entry.points, entry.at)
        if isinstance(asked, Spent):
            ledger = book(ledger, asked)
    taken = False
    for line in statement(ledger, END):
        taken |= line.turn is Turn.TAKEN_BACK
        assert line.balance >= 0 or taken


@given(TOLD, NAMES)
def test_a_full_refund_takes_back_exactly_what_the_order_earned(told: list[Entry], name: str) -> None:
    """… less what had expired of it: that is gone already."""
    others = [entry for entry in told if not (isinstance(entry, Earned) and entry.order == name)]
    one = earned(name, 23_456, BOUGHT + 3, BOUGHT + 8)
    ledger = book((), one, *others, back(name, None, BOUGHT + 13, "all"))
    of_it = {one.key, *(entry.key for entry in ledger if isinstance(entry, MoneyBack) and entry.order_key == one.key)}
    lost = [line for line in statement(ledger, END) if line.key in of_it and line.turn is not Turn.EARNED]
    assert -sum(line.points for line in lost) == one.points
    forever = book((), earned(name, 23_456), *(entry for entry in ledger if entry.key != one.key))
    back_again = [line.points for line in statement(forever, END) if line.turn is Turn.TAKEN_BACK and line.key in of_it]
    assert -sum(back_again) == 23


@given(TOLD, NAMES)
def test_without_expiry_a_refunded_order_is_as_though_it_had_never_been(told: list[Entry], name: str) -> None:
    endless: list[Entry] = [
        earned(entry.order, entry.paid, entry.at, NEVER, entry.booked_at) if isinstance(entry, Earned)
        else Given(entry.id, entry.at, entry.booked_at, entry.points) if isinstance(entry, Given)
        else entry
        for entry in told
    ]  # fmt: skip
    ledger = book((), *endless, back(name, None, BOUGHT + 20, "all"))
    without = tuple(
        entry for entry in ledger
        if not (isinstance(entry, Earned | MoneyBack) and entry.order == name)
    )  # fmt: skip
    assert balance(ledger, END) == balance(without, END)


def test_which_points_end_next_and_how_many_of_them_are_still_there() -> None:
    first, second = Instant(BOUGHT + 10 * SECOND), Instant(BOUGHT + 20 * SECOND)
    ledger = book((), earned("1", 10_000, expires_at=first), earned("2", 5_000, expires_at=second), earned("3", 1_000))
    assert expires_next(ledger, LATER) == (first, 10)
    spent = book(ledger, Spent("s", LATER, LATER, 12))
    assert expires_next(spent, LATER) == (second, 3)  # the oldest were spent
    assert expires_next(ledger, first) == (second, 5)
    assert expires_next(ledger, second) is None
    assert expires_next((), LATER) is None
