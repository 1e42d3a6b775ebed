"""What people did besides buying, as lines of events.jsonl: looked, filled carts, got, opened and clicked messages.

One JSON object a line: `id`, `event`, `at` (the wall clock of the shop), who (`customer_id`), and either `properties`
or, of a message, `message` (its label), `channel`, `machine`, `link`, `playbook` and `step`. A `relation` says in its
properties to whom the customer is what. Machines' opens say so; scanners' clicks do not: their haste tells (ENG-04).
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np

from ritorno.demo.chance import Chance, Flags
from ritorno.demo.made import Relation
from ritorno.demo.people import Record
from ritorno.demo.product import Product
from ritorno.demo.purchases import CLOCK, log_normal

VIEWED, ADDED = "product_viewed", "product_added"
DWELL_SECONDS, DWELL_SIGMA = 18.0, 1.0  # median and spread of the time on a product's page
SINCE_DAYS = 380  # before the clock: as long as behaviour is kept by default, nearly
_QUIET = 3 * 86_400  # seconds after a cart that was left
_MILLISECOND = np.timedelta64(1, "ms")
_LINKS = ("new", "offers", "magazine")


class Happening(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A line of events.jsonl."""

    id: str
    event: str
    at: str
    customer_id: str = ""
    properties: dict[str, str | int | float] = {}
    message: str = ""
    channel: str = ""
    machine: bool = False
    link: str = ""
    playbook: str = ""
    step: str = ""


def write_events(path: Path, rows: Iterable[Happening]) -> Path:
    """In order of time; the same bytes on every system."""
    encode = msgspec.json.Encoder(order="deterministic").encode
    told = sorted(rows, key=lambda one: (one.at, one.id))
    path.write_bytes(b"".join(encode(one) + b"\n" for one in told))
    return path


def said_exactly(at: np.datetime64) -> str:
    """With its milliseconds, where it has any."""
    return str(at.astype("datetime64[ms]")).replace("T", " ").removesuffix(".000")


def viewed(number: int, who: Record, product: Product, at: np.datetime64, seconds: int) -> Happening:
    """A look at a product's page; `seconds` until the page was left."""
    return Happening(
        id=f"v{number:06d}", event=VIEWED, at=said_exactly(at), customer_id=who.customer_id,
        properties={"sku": product.sku, "category": str(product.category), "dwell_seconds": seconds},
    )  # fmt: skip


def looks(chance: Chance, shoppers: Sequence[Record], catalogue: Sequence[Product], count: int) -> Iterator[Happening]:
    """So many looks, of anybody at anything at any time."""
    who = chance.integers(0, len(shoppers), count)
    what = chance.integers(0, len(catalogue), count)
    at = CLOCK - chance.integers(60, SINCE_DAYS * 86_400, count) * np.timedelta64(1, "s")
    seconds = np.maximum(np.rint(log_normal(chance, count, DWELL_SECONDS, DWELL_SIGMA)), 1).astype(np.int64)
    for nth in range(count):
        yield viewed(nth, shoppers[int(who[nth])], catalogue[int(what[nth])], at[nth], int(seconds[nth]))


def added(cart: str, nth: int, who: Record, product: Product, quantity: int, at: np.datetime64) -> Happening:
    """Put into a cart; `price` in shekels, of one unit."""
    return Happening(
        id=f"{cart}-{nth}", event=ADDED, at=said_exactly(at), customer_id=who.customer_id,
        properties={
            "cart_id": cart, "sku": product.sku, "category": str(product.category), "quantity": quantity,
            "price": product.price / 100,
        },
    )  # fmt: skip


class Shopper(NamedTuple):
    """Somebody whom the site knows, and the seconds (of the wall clock) at which they bought anything anywhere."""

    record: Record
    bought: Sequence[int]


def left(
    chance: Chance, shoppers: Sequence[Shopper], catalogue: Sequence[Product], count: int, rows: list[Happening]
) -> Iterator[str]:
    """Carts that were filled and left, by their id: nothing was bought in the three days after."""
    who = chance.integers(0, len(shoppers), 2 * count)
    at = CLOCK - chance.integers(3_600, SINCE_DAYS * 86_400, 2 * count) * np.timedelta64(1, "s")
    what, number = chance.integers(0, len(catalogue), 6 * count).reshape(-1, 3), chance.integers(1, 4, 2 * count)
    made = 0
    for nth, shopper in enumerate(shoppers[int(index)] for index in who):
        second = int(at[nth].astype(np.int64))
        if made == count or any(0 <= each - second < _QUIET for each in shopper.bought):
            continue
        cart = f"cart-{10_000 + made:05d}"
        for place in range(int(number[nth])):
            product = catalogue[int(what[nth, place])]
            moment = at[nth] - (place + 1) * np.timedelta64(60, "s")
            rows.append(added(cart, place + 1, shopper.record, product, 1, moment))
        made += 1
        yield cart


def of_message(
    name: str, label: str, customer_id: str, at: np.datetime64, *, channel: str = "email", machine: bool = False,
    link: str = "", playbook: str = "", step: str = "",
) -> Happening:  # fmt: skip
    """`name`: delivered, opened or clicked."""
    return Happening(
        id=f"{label} {name} {link}".rstrip(), event=f"message_{name}", at=said_exactly(at), customer_id=customer_id,
        message=label, channel=channel, machine=machine, link=link, playbook=playbook, step=step,
    )  # fmt: skip


def of_relation(one: Relation, at: str) -> Happening:
    """Somebody says for whom they buy (SEG-19)."""
    told: dict[str, str | int | float] = {"role": one.role, "beneficiary": one.beneficiary}
    told |= {name: text for name, text in (("he", one.he), ("en", one.en)) if text}
    return Happening(
        id=f"relation {one.customer} {one.beneficiary}", event="relation", at=at, customer_id=one.customer,
        properties=told,
    )  # fmt: skip


class Reading(msgspec.Struct, frozen=True):
    """Who of the receivers of a letter opens it, whose machine does, who clicks; arrays of one flag a receiver."""

    opens: Flags
    machine: Flags
    clicks: Flags
    scanned: Flags


def letter(chance: Chance, key: str, sent_at: np.datetime64, to: Sequence[str], read: Reading) -> Iterator[Happening]:
    """A newsletter to these customers: delivered within minutes; a scanner clicks every link in half a second."""
    wait = chance.integers(1_000, 300_000, len(to))
    later = chance.integers(120, 172_800, len(to))  # seconds until a person reads
    link = chance.integers(0, len(_LINKS), len(to))
    for nth, who in enumerate(to):
        label = f"{key} {who}"
        arrived = sent_at.astype("datetime64[ms]") + int(wait[nth]) * _MILLISECOND
        yield of_message("delivered", label, who, arrived)
        at = arrived + int(later[nth]) * 1_000 * _MILLISECOND
        if read.opens[nth]:
            by_machine = bool(read.machine[nth])
            opened_at = arrived + 2_000 * _MILLISECOND if by_machine else at
            yield of_message("opened", label, who, opened_at, machine=by_machine)
        if read.scanned[nth]:
            for place, each in enumerate(_LINKS):
                yield of_message("clicked", label, who, arrived + (200 + 150 * place) * _MILLISECOND, link=each)
        elif read.clicks[nth]:
            yield of_message("clicked", label, who, at + 40_000 * _MILLISECOND, link=_LINKS[int(link[nth])])
