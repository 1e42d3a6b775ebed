"""A customer's points: what was booked, and what follows from it at an instant (PB1-07).

A ledger holds what happened – points earned or given, points spent, money given back – and is only ever added to. What
expired, what a refund took back and the balance follow from it. So neither the order of telling nor repetition matters,
and the ledgers of two customers who are one are booked into one.

The balance and what may be spent: points_balance.py. What an order earns: points_terms.py.
"""

import msgspec

from ritorno.core.instants import NEVER, Instant

_APART = "\x1f"


class Rate(msgspec.Struct, frozen=True, array_like=True):
    """`points` for every `amount` paid, in minor units: 1 point per ₪10 is Rate(1, 1000)."""

    points: int
    amount: int


class Earned(msgspec.Struct, frozen=True, tag="earned"):
    """By an order, once. `paid` in minor units; `multiplier` in hundredths (×2 is 200), as it was when it was booked.

    The points live in [at, expires_at). Raises ValueError when that is no time at all.
    """

    source: str
    order: str
    at: Instant
    booked_at: Instant
    paid: int
    rate: Rate
    multiplier: int = 100
    expires_at: Instant = NEVER

    def __post_init__(self) -> None:
        _require_life(self.at, self.expires_at)

    @property
    def key(self) -> str:
        return _APART.join(("order", self.source, self.order))

    @property
    def points(self) -> int:
        return self.points_of(self.paid)

    def points_of(self, paid: int) -> int:
        """Whole points, rounded down once: of the whole order, after the multiplier, never line by line."""
        return max(0, paid) * self.rate.points * self.multiplier // (self.rate.amount * 100)


class Given(msgspec.Struct, frozen=True, tag="given"):
    """Points that no order earned: by a step, by an operator. `id` is that of the giving. Raises ValueError."""

    id: str
    at: Instant
    booked_at: Instant
    points: int
    expires_at: Instant = NEVER
    because: str = ""

    def __post_init__(self) -> None:
        _require_life(self.at, self.expires_at)
        _require_some(self.points)

    @property
    def key(self) -> str:
        return _APART.join(("given", self.id))


class Spent(msgspec.Struct, frozen=True, tag="spent"):
    """Points used up. `id` is that of the spending: a receipt that asks again spends no more. Raises ValueError."""

    id: str
    at: Instant
    booked_at: Instant
    points: int

    def __post_init__(self) -> None:
        _require_some(self.points)

    @property
    def key(self) -> str:
        return _APART.join(("spent", self.id))


class MoneyBack(msgspec.Struct, frozen=True, tag="money_back"):
    """A refund of an order, in minor units; None is all that is left of it. A cancellation is one, too."""

    source: str
    order: str
    refund: str
    at: Instant
    booked_at: Instant
    amount: int | None = None

    @property
    def key(self) -> str:
        return _APART.join(("refund", self.source, self.order, self.refund))

    @property
    def order_key(self) -> str:
        return _APART.join(("order", self.source, self.order))


Entry = Earned | Given | Spent | MoneyBack
Ledger = tuple[Entry, ...]  # made by `book`: by instant, one entry a key


def book(ledger: Ledger, *told: Entry) -> Ledger:
    """The ledger with these in it. Of two tellings of one thing the one booked first stands, for it may have been
    mentioned; a correction is a refund."""
    kept: dict[str, Entry] = {}
    for entry in (*ledger, *told):
        if entry.key not in kept or _telling(entry) < _telling(kept[entry.key]):
            kept[entry.key] = entry
    return tuple(sorted(kept.values(), key=lambda entry: (entry.at, entry.key)))


def booked(ledger: Ledger, source: str, order: str, now: Instant) -> Earned | None:
    """What that order earned, once it stands in the ledger: only then may a message say so."""
    for entry in ledger:
        if isinstance(entry, Earned) and (entry.source, entry.order) == (source, order) and entry.booked_at <= now:
            return entry
    return None


def is_of_order(entry: Entry, order: str) -> bool:
    """Was it booked for that order (`Order.key`)?"""
    return isinstance(entry, Earned | MoneyBack) and f"{entry.source}\x00{entry.order}" == order


def _telling(entry: Entry) -> tuple[Instant, bytes]:
    return entry.booked_at, msgspec.json.encode(entry)


def _require_life(at: Instant, expires_at: Instant) -> None:
    if expires_at <= at:
        raise ValueError(f"points of {at} expire at {expires_at}; they must live for a while")


def _require_some(points: int) -> None:
    if points <= 0:
        raise ValueError(f"{points} points; write a number above 0")
