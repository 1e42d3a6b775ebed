"""Behaviour at the site of the chain «אלמוג»: looks, carts of which a fifth is bought at the till, newsletters.

Of the opens a quarter is machines'; of the clicks one in a hundred is a scanner's.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from ritorno.demo.behaviour import SINCE_DAYS, Happening, Reading, Shopper, added, left, letter, looks, viewed
from ritorno.demo.chance import Chance, Ints
from ritorno.demo.consents import Row
from ritorno.demo.made import Behaviour
from ritorno.demo.orders import Order
from ritorno.demo.people import Person
from ritorno.demo.product import Product
from ritorno.demo.purchases import CLOCK, POS, Purchases

CARTS, AT_THE_TILL = 900, 0.20
VIEWS = 8_000
RECEIVERS = 2_500
LETTERS = ("2025-12-10", "2026-01-14", "2026-02-11")
OPENED, BY_MACHINES, CLICKED, BY_SCANNERS = 0.40, 0.25, 0.16, 0.01
_SECOND, _MINUTE, _DAY = np.timedelta64(1, "s"), np.timedelta64(60, "s"), np.timedelta64(86_400, "s")
_SCANNED_LINKS = 3


class Site(NamedTuple):
    """What behaviour is made of; `bought` are the orders of `purchases`, in its order."""

    catalogue: Sequence[Product]
    people: Sequence[Person]
    purchases: Purchases
    bought: Sequence[Order]
    consents: Sequence[Row]


def make_behaviour(chance: Chance, site: Site, scale: float) -> tuple[list[Happening], Behaviour]:
    """Everything that happened, and how much of it was planted."""
    rows: list[Happening] = []
    carts = max(round(CARTS * scale), 10)
    at_till = round(AT_THE_TILL * carts)
    till_carts = tuple(_bought_carts(chance, site, at_till, rows))
    left_carts = tuple(left(chance, _shoppers(site), site.catalogue, carts - at_till, rows))
    shoppers = [person.site for person in site.people if person.site is not None]
    rows += looks(chance, shoppers, site.catalogue, max(round(VIEWS * scale), 100))
    mailed = sorted({row[0] for row in site.consents if row[4] == "email" and row[6] == "yes" and row[9] and row[0]})
    most = min(max(round(RECEIVERS * scale), 30), len(mailed))
    scanned = round(BY_SCANNERS * CLICKED * len(LETTERS) * most / _SCANNED_LINKS)
    for nth, day in enumerate(LETTERS):
        here = scanned * (nth + 1) // len(LETTERS) - scanned * nth // len(LETTERS)
        to = [mailed[int(index)] for index in chance.some(np.arange(len(mailed)), most)]
        rows += letter(chance, f"news-{day}", np.datetime64(f"{day}T10:00:00", "s"), to, _reading(chance, most, here))
    clicks = [one for one in rows if one.event == "message_clicked"]
    labels = [one.message for one in clicks]
    by_scanner = sorted({label for label in labels if labels.count(label) == _SCANNED_LINKS})
    opens = [one for one in rows if one.event == "message_opened"]
    return rows, Behaviour(
        carts_bought_at_the_till=till_carts,
        carts_left=left_carts,
        views=sum(one.event == "product_viewed" for one in rows),
        delivered=len(LETTERS) * most,
        opens=len(opens),
        machine_opens=sum(one.machine for one in opens),
        clicks=len(clicks),
        scanned=tuple(by_scanner),
    )


def _reading(chance: Chance, count: int, by_scanner: int) -> Reading:
    opens, clicks = chance.flags(count, OPENED), chance.flags(count, CLICKED)
    machine = np.zeros(count, dtype=np.bool_)
    reads: Ints = np.flatnonzero(opens)
    machine[chance.some(reads, round(BY_MACHINES * len(reads)))] = True
    scanned = np.zeros(count, dtype=np.bool_)
    scanned[chance.some(np.arange(count), by_scanner)] = True
    return Reading(opens, machine, clicks, scanned)


def _bought_carts(chance: Chance, site: Site, count: int, rows: list[Happening]) -> Iterator[str]:
    """Filled at the site, and the same bought at the till within the hour (COM-29)."""
    recent = CLOCK - SINCE_DAYS * _DAY
    among = np.array([
        index for index, order in enumerate(site.bought)
        if order.place == POS and order.at > recent and site.people[int(site.purchases.buyer[index])].site is not None
    ])  # fmt: skip
    minutes = chance.integers(10, 55, count)
    for nth, index in enumerate(chance.some(among, count).tolist()):
        order, cart = site.bought[index], f"cart-{nth:05d}"
        who = site.people[int(site.purchases.buyer[index])].site
        assert who is not None
        line = order.basket.lines[0]
        at = order.at - int(minutes[nth]) * _MINUTE
        rows.append(viewed(900_000 + nth, who, line.product, at - 95 * _SECOND, 90))
        rows.append(added(cart, 1, who, line.product, line.quantity, at))
        yield cart


def _shoppers(site: Site) -> list[Shopper]:
    """Everyone whom the site knows, with when they bought, anywhere."""
    when: dict[int, list[int]] = {}
    for buyer, order in zip(site.purchases.buyer.tolist(), site.bought, strict=True):
        when.setdefault(buyer, []).append(order.second)
    people = enumerate(site.people)
    return [Shopper(one.site, when.get(index, [])) for index, one in people if one.site is not None]
