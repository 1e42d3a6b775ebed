"""What follows from a ledger of points at an instant: its lines, its balance, what may be spent (PB1-07).

The oldest points are spent first. A balance is below 0 only when a refund took back points that had been spent, or more
was told as spent than there was: what is owed is paid by the points that come next.
"""

from collections.abc import Iterator
from enum import StrEnum
from typing import assert_never

import msgspec

from ritorno.core.instants import NEVER, Instant
from ritorno.core.points import Earned, Entry, Given, Ledger, MoneyBack, Spent


class Turn(StrEnum):
    """In the order in which they take place at one instant: points that expire now cannot be spent now."""

    EXPIRED = "expired"
    EARNED = "earned"
    TAKEN_BACK = "taken_back"
    SPENT = "spent"


class Line(msgspec.Struct, frozen=True):
    """`points` with their sign; `key` is that of the entry they belong to, `balance` what there was afterwards."""

    at: Instant
    turn: Turn
    key: str
    points: int
    balance: int


class TooFew(msgspec.Struct, frozen=True):
    """There are only `balance` points."""

    balance: int


def statement(ledger: Ledger, now: Instant) -> tuple[Line, ...]:
    """Everything up to `now`, in order of time; the points of the lines add up to the balance."""
    purse = _Purse()
    for at, turn, entry in sorted(_moments(ledger), key=lambda moment: (moment[0], _RANK[moment[1]], moment[2].key)):
        if at > now:
            break
        purse.take_turn(at, turn, entry)
    return tuple(purse.lines)


def balance(ledger: Ledger, now: Instant) -> int:
    lines = statement(ledger, now)
    return lines[-1].balance if lines else 0


def expires_next(ledger: Ledger, now: Instant) -> tuple[Instant, int] | None:
    """When the next points end if none are spent, and how many; None: no points that are there ever end."""
    ends = sorted({entry.expires_at for entry in ledger if isinstance(entry, Earned | Given)} - {NEVER})
    there = balance(ledger, now)
    for end in ends:
        if end > now and (gone := there - balance(_until_then(ledger, now), end)) > 0:
            return end, gone
    return None


def _until_then(ledger: Ledger, now: Instant) -> Ledger:
    """What is known to have happened by `now`: points that are dated ahead come when they come."""
    return tuple(entry for entry in ledger if entry.at <= now)


def spend(ledger: Ledger, spending: str, points: int, now: Instant) -> Spent | TooFew:
    """The entry to book, or the one that is booked for this spending. Raises ValueError unless points are above 0."""
    wanted = Spent(spending, now, now, points)
    for entry in ledger:
        if isinstance(entry, Spent) and entry.key == wanted.key:
            return entry
    there = balance(ledger, now)
    return wanted if points <= there else TooFew(there)


_RANK = {turn: rank for rank, turn in enumerate(Turn)}


def _moments(ledger: Ledger) -> Iterator[tuple[Instant, Turn, Entry]]:
    earned_at = {entry.key: entry.at for entry in ledger if isinstance(entry, Earned)}
    for entry in ledger:
        match entry:
            case Earned() | Given():
                yield entry.at, Turn.EARNED, entry
                yield entry.expires_at, Turn.EXPIRED, entry
            case Spent():
                yield entry.at, Turn.SPENT, entry
            case MoneyBack():
                if entry.order_key in earned_at:  # else it waits for its order
                    yield max(entry.at, earned_at[entry.order_key]), Turn.TAKEN_BACK, entry
            case _:
                assert_never(entry)


class _Purse:
    """What is left of each gain, oldest first, while the lines are gone through."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self._left: dict[str, int] = {}
        self._expired: dict[str, int] = {}
        self._earned: dict[str, Earned] = {}
        self._paid_back: dict[str, int] = {}
        self._owed = 0

    def take_turn(self, at: Instant, turn: Turn, entry: Entry) -> None:
        match entry:
            case Earned() | Given():
                points = self._expire(entry) if turn is Turn.EXPIRED else self._open(entry)
            case Spent():
                points = -entry.points
                self._owe(entry.points)
            case MoneyBack():
                points = -self._take_back(entry)
            case _:
                assert_never(entry)
        if points:
            before = self.lines[-1].balance if self.lines else 0
            self.lines.append(Line(at, turn, entry.key, points, before + points))

    def _open(self, entry: Earned | Given) -> int:
        if isinstance(entry, Earned):
            self._earned[entry.key] = entry
        self._left[entry.key] = entry.points
        self._owe(0)
        return entry.points

    def _expire(self, entry: Earned | Given) -> int:
        self._expired[entry.key], self._left[entry.key] = self._left[entry.key], 0
        return -self._expired[entry.key]

    def _take_back(self, entry: MoneyBack) -> int:
        """What is no longer earned, less what has expired of it: that is gone already. Its own points go first."""
        earned = self._earned[entry.order_key]
        before = self._paid_back.get(earned.key, 0)
        after = earned.paid if entry.amount is None else min(earned.paid, before + max(0, entry.amount))
        self._paid_back[earned.key] = after
        due = earned.points_of(earned.paid - before) - earned.points_of(earned.paid - after)
        gone = min(due, self._expired.get(earned.key, 0))
        if gone:
            self._expired[earned.key] -= gone
        own = min(due - gone, self._left[earned.key])
        self._left[earned.key] -= own
        self._owe(due - gone - own)
        return due - gone

    def _owe(self, points: int) -> None:
        """Owe so many more, and pay what is owed with what is left, oldest first."""
        self._owed += points
        for key, left in self._left.items():
            paid = min(self._owed, left)
            self._left[key] -= paid
            self._owed -= paid
