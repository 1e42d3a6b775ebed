"""Orders of the chain «אלמוג» as its systems tell them: numbered, taxed, returned, repeated, late, nobody's."""

from collections.abc import Iterable, Sequence

import msgspec
import numpy as np

from ritorno.demo.baskets import Basket, Line, make_baskets
from ritorno.demo.chance import Chance
from ritorno.demo.made import HouseAccount, say_money
from ritorno.demo.names import BRANCHES
from ritorno.demo.people import Record
from ritorno.demo.product import Product
from ritorno.demo.purchases import CLOCK, ONLINE, PHONE, PLACES, POS, log_normal, times

CANCELLED_SHARE, ZERO_SHARE, RETURN_SHARE = 0.02, 0.005, 0.06
REPEATED_SHARE, LATE_SHARE = 0.02, 0.01
_BIG = 4_000_000  # agorot: the three big orders stay
_DAY = np.timedelta64(86_400, "s")
_SECOND = np.timedelta64(1, "s")
_VAT_CHANGE = np.datetime64("2025-01-01T00:00:00", "s")


class Order(msgspec.Struct, frozen=True):
    """An order or, with `refund_of` (the `key` of an order), money given back; amounts in agorot with VAT inside."""

    key: int
    who: Record
    at: np.datetime64
    place: int
    branch: str
    basket: Basket
    cancelled: bool = False
    refund_of: int | None = None

    @property
    def second(self) -> int:
        """`at` as a plain number: numpy's instants take ten times as long to compare."""
        return int(self.at.astype(np.int64))


def tax_inside(total: int, at: np.datetime64) -> int:
    """The VAT inside a total in agorot: 17 % to 2024-12-31, 18 % from 2025-01-01 (ISR-12), half an agora up."""
    rate = 17 if at < _VAT_CHANGE else 18
    return (2 * total * rate + 100 + rate) // (2 * (100 + rate))


def also_cancelled(chance: Chance, orders: Sequence[Order]) -> list[Order]:
    """Orders that came to nothing, beside those that count: cancelled ones and ₪0 replacements."""
    share = 1 - CANCELLED_SHARE - ZERO_SHARE
    cancelled = chance.integers(0, len(orders), round(CANCELLED_SHARE / share * len(orders)))
    free = chance.integers(0, len(orders), round(ZERO_SHARE / share * len(orders)))
    found = []
    for nth, index in enumerate((*cancelled.tolist(), *free.tolist())):
        twin = orders[index]
        is_free = nth >= len(cancelled)
        basket = exact(twin.basket.lines[0].product, 1, 0) if is_free else twin.basket
        at = min(twin.at + 5400 * _SECOND, CLOCK - _SECOND)
        found.append(Order(len(orders) + nth, twin.who, at, twin.place, twin.branch, basket, cancelled=not is_free))
    return found


def returns(chance: Chance, orders: Sequence[Order], first_key: int) -> list[Order]:
    """6 % of orders come back within a fortnight: a quarter whole, the others one line of several."""
    old = np.flatnonzero(np.array([one.at < CLOCK - 15 * _DAY and one.basket.total < _BIG for one in orders]))
    chosen = chance.some(old, round(RETURN_SHARE * len(orders)))
    whole, after = chance.uniform(len(chosen)) < 0.25, chance.integers(20, 320, len(chosen))
    found = []
    for nth, index in enumerate(chosen.tolist()):
        order = orders[index]
        lines = order.basket.lines if whole[nth] else order.basket.lines[-1:]
        full = sum(line.product.price * line.quantity for line in order.basket.lines)
        value = sum(line.product.price * line.quantity for line in lines)
        amount = value * order.basket.total // full if len(lines) < len(order.basket.lines) else order.basket.total
        at = order.at + int(after[nth]) * 3600 * _SECOND
        basket = Basket(lines, value - amount, amount)
        found.append(Order(first_key + nth, order.who, at, order.place, order.branch, basket, refund_of=order.key))
    return found


def house_receipts(
    chance: Chance, catalogue: Sequence[Product], receipts: int, first_key: int
) -> tuple[list[Order], tuple[HouseAccount, ...]]:
    """Receipts of nobody on two accounts: one all on busy days, one spread, with cards of passers-by (ISR-11)."""
    busy = max(receipts // 62, 1)
    days = np.concatenate([np.repeat(np.arange(busy), 50), chance.integers(0, busy, max(receipts - 50 * busy, 0))])
    crowded = (chance.some(np.arange(60, 700), busy))[days[:receipts]]
    spread = chance.integers(0, 729, receipts)
    found: list[Order] = []
    accounts = []
    for number, day, cards in ((1, crowded, 0), (2, spread, 40)):
        at = times(chance, day, np.full(len(day), POS))
        amounts = np.maximum(log_normal(chance, len(day), 110, 0.7), 18)
        baskets = make_baskets(chance, catalogue, amounts, chance.uniform(len(day)) < 0.35)
        for nth, basket in enumerate(baskets):
            who = house_record(number, f"C8{nth:05d}" if nth < cards else "")
            found.append(Order(first_key + len(found), who, at[nth], POS, BRANCHES[number - 1], basket))
        most = int(np.unique(at.astype("datetime64[D]"), return_counts=True)[1].max())
        accounts.append(HouseAccount(house_record(number).customer_id, len(day), most, min(cards, len(day))))
    return found, tuple(accounts)


def house_record(number: int, club_card: str = "") -> Record:
    return Record(
        customer_id=str(1000 + number),
        club_card=club_card,
        first_name="לקוח מזדמן",
        last_name=f"סניף {number}",
        home_branch=BRANCHES[number - 1],
    )


def numbered(orders: Iterable[Order], branches: Sequence[str]) -> dict[int, str]:
    """The number that each order's system gave it: by branch at the till, running at the site and by phone."""
    counts: dict[str, int] = {}
    found = {}
    for order in sorted(orders, key=lambda one: (one.second, one.key)):
        if order.place == POS:
            prefix = f"R{branches.index(order.branch) + 1}-"
        else:
            prefix = {ONLINE: "W", PHONE: "T"}[order.place]
        counts[prefix] = counts.get(prefix, 0) + 1
        found[order.key] = f"{prefix}{100_000 + counts[prefix]}"
    return found


def arrivals(
    chance: Chance, orders: Sequence[Order], punctual: Sequence[Order]
) -> tuple[list[Order], list[Order], list[Order]]:
    """Orders as they arrive, with the repeated and the late receipts among them: (all, repeated, late).

    A late receipt comes 1–10 days after it was printed; a repeated one comes again, whole, hours or days later. None
    of `punctual` is either.
    """
    receipts = np.flatnonzero(np.array([one.place == POS and one.at < CLOCK - 11 * _DAY for one in orders]))
    tills = sum(one.place == POS for one in orders)
    late = chance.some(receipts, round(LATE_SHARE * tills))
    repeated = chance.some(receipts, round(REPEATED_SHARE * tills))
    delay = np.zeros(len(orders), dtype=np.int64)
    delay[late] = chance.integers(86_400, 10 * 86_400, len(late))
    again = delay[repeated] + chance.integers(7_200, 3 * 86_400, len(repeated))
    queue = [(one.second + int(delay[index]), 0, one) for index, one in enumerate(orders)]
    queue.extend((one.second, 0, one) for one in punctual)
    for index, wait in zip(repeated.tolist(), again.tolist(), strict=True):
        queue.append((orders[index].second + wait, 1, orders[index]))
    queue.sort(key=lambda one: (one[0], one[1], one[2].key))
    return [one[2] for one in queue], [orders[i] for i in repeated.tolist()], [orders[i] for i in late.tolist()]


def order_rows(order: Order, ids: dict[int, str]) -> Iterable[tuple[object, ...]]:
    """One row a line, in the canonical columns; a till does not tell the e-mail."""
    who, basket = order.who, order.basket
    head = (
        ids[order.key], str(order.at).replace("T", " "), who.customer_id, "" if order.place == POS else who.email,
        who.phone, who.club_card, who.first_name, who.last_name, PLACES[order.place], order.branch, "ILS",
        say_money(basket.total), say_money(basket.discount), say_money(tax_inside(basket.total, order.at)),
        "cancelled" if order.cancelled else "paid",
    )  # fmt: skip
    refund_of = "" if order.refund_of is None else ids[order.refund_of]
    for line in basket.lines:
        product = line.product
        yield (
            *head, product.sku, product.name, product.category, line.quantity, say_money(product.price),
            refund_of,
        )  # fmt: skip


def exact(product: Product, quantity: int, total: int) -> Basket:
    """A basket of one product at exactly `total` agorot, the rest of its price as discount."""
    return Basket((Line(product, quantity),), product.price * quantity - total, total)
