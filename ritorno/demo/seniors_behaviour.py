"""Behaviour at the shop «גפן»: three habits of reading newsletters; videos that 30 % of a walker's buyers never watch.

A video was sent by SMS the day after the walker was bought, as a service.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from ritorno.demo.behaviour import Happening, Reading, Shopper, left, letter, looks, of_message
from ritorno.demo.chance import Chance
from ritorno.demo.orders import Order
from ritorno.demo.people import Record
from ritorno.demo.product import Product
from ritorno.demo.purchases import CLOCK

HABITS = ("all", "none", "opens")  # opens and clicks everything, nothing, opens and never clicks
LETTERS = ("2025-09-16", "2025-10-21", "2025-11-18", "2025-12-16", "2026-01-20", "2026-02-17")
NEVER_WATCHED = 0.30
CARTS, _VIEWS = 120, 1_500
_SECOND, _DAY = np.timedelta64(1, "s"), np.timedelta64(86_400, "s")


class Done(NamedTuple):
    """Everything that happened; customers by habit; who watched the video of a walker, who never did."""

    rows: list[Happening]
    carts_left: tuple[str, ...]
    habits: dict[str, tuple[str, ...]]
    watched: tuple[str, ...]
    never_watched: tuple[str, ...]


def make_habits(
    chance: Chance,
    mailed: Sequence[str],
    orders: Sequence[Order],
    ids: Mapping[int, str],
    buyers: Sequence[Record],
    catalogue: Sequence[Product],
) -> Done:
    """Newsletters to `mailed` (shop ids), videos for the walkers of `orders`, looks of `buyers`."""
    rows = list(looks(chance, buyers, catalogue, _VIEWS))
    when: dict[str, list[int]] = {}
    for order in orders:
        when.setdefault(order.who.customer_id, []).append(order.second)
    shoppers = [Shopper(one, when.get(one.customer_id, [])) for one in buyers]
    carts = tuple(left(chance, shoppers, catalogue, CARTS, rows))
    habit = chance.weighted((1, 1, 1), len(mailed))
    everybody = np.zeros(len(mailed), dtype=np.bool_)
    read = Reading(habit != 1, everybody, habit == 0, everybody)
    for day in LETTERS:
        rows += letter(chance, f"news-{day}", np.datetime64(f"{day}T10:00:00", "s"), mailed, read)
    habits = {
        name: tuple(who for who, each in zip(mailed, habit.tolist(), strict=True) if each == place)
        for place, name in enumerate(HABITS)
    }
    watched, never = _videos(chance, orders, ids, rows)
    return Done(rows, carts, habits, watched, never)


def _videos(
    chance: Chance, orders: Sequence[Order], ids: Mapping[int, str], rows: list[Happening]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    sent = []
    for order in orders:
        video = next((line.product.video_url for line in order.basket.lines if line.product.technical), "")
        if video and order.at < CLOCK - 5 * _DAY:
            sent.append((order, video))
    people = list(dict.fromkeys(order.who.customer_id for order, _ in sent))
    lazy = chance.flags(len(people), NEVER_WATCHED)
    never = tuple(who for who, is_lazy in zip(people, lazy.tolist(), strict=True) if is_lazy)
    wait = chance.integers(600, 200_000, len(sent))
    for nth, (order, video) in enumerate(sent):
        label, who, at = f"video {ids[order.key]}", order.who.customer_id, order.at + _DAY
        rows.append(_of_video("delivered", label, who, at))
        if who not in never:
            rows.append(_of_video("clicked", label, who, at + int(wait[nth]) * _SECOND, video))
    return tuple(who for who in people if who not in never), never


def _of_video(name: str, label: str, who: str, at: np.datetime64, link: str = "") -> Happening:
    return of_message(name, label, who, at, channel="sms", link=link, playbook="how-to", step="video")
