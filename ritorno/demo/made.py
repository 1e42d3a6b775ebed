"""What a demo maker leaves behind: canonical files, how much is in them, and the truth that was planted."""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

ORDER_COLUMNS = (
    "order_id", "occurred_at", "customer_id", "email", "phone", "club_card", "first_name", "last_name", "sold_via",
    "branch", "currency", "total", "discount", "tax", "status", "sku", "product_name", "category", "quantity",
    "unit_price", "refund_of",
)  # fmt: skip
CUSTOMER_COLUMNS = (
    "customer_id", "email", "phone", "club_card", "first_name", "last_name", "birth_date", "gender", "city", "language",
    "joined_at",
)  # fmt: skip
PRODUCT_COLUMNS = (
    "sku", "product_name", "category", "price", "in_stock", "created_at", "url", "image_url", "consumable",
    "days_per_unit", "technical", "complements", "video_url", "sensitive", "label", "excludes", "fits", "cooldown",
)  # fmt: skip
CONSENT_COLUMNS = (
    "customer_id", "email", "phone", "club_card", "channel", "purpose", "given", "at", "source", "wording",
    "wording_version", "evidence",
)  # fmt: skip


class Double(msgspec.Struct, frozen=True):
    """One person with two records: a till's (club card) and the site's (login); the phone, E.164, shows it."""

    club_card: str
    customer_id: str
    phone: str


class SharedPhone(msgspec.Struct, frozen=True):
    """A phone of several people, E.164; `members` are their club cards or site logins."""

    phone: str
    members: tuple[str, ...]


class HouseAccount(msgspec.Struct, frozen=True):
    """A till's "occasional customer": nobody's account."""

    customer_id: str
    receipts: int
    most_a_day: int
    club_cards: int


class Regular(msgspec.Struct, frozen=True):
    """A paced customer; `stopped_on` is the day after which she bought no more, None while she still buys."""

    key: str
    pace_days: float
    stopped_on: str | None


class Effect(msgspec.Struct, frozen=True):
    """The planted effect of a playbook: share who buy within `days`, left alone and reached."""

    playbook: str
    days: int
    left_alone: float
    reached: float


class Consents(msgspec.Struct, frozen=True):
    """Marketing consents planted, in persons; `proven` are in force and provable, by channel."""

    proven: dict[str, int]
    withdrawn: int
    withdrawn_at_the_other_place: int
    unproven: int


class Behaviour(msgspec.Struct, frozen=True):
    """What was planted of behaviour: carts by their id, messages by their label, the rest counted.

    The clicks of `scanned` messages are a scanner's, all of them; they are counted in `clicks`, too.
    """

    carts_bought_at_the_till: tuple[str, ...]
    carts_left: tuple[str, ...]
    views: int
    delivered: int
    opens: int
    machine_opens: int
    clicks: int
    scanned: tuple[str, ...]


class Truth(msgspec.Struct, frozen=True):
    """What was planted, so that recognising, scoring and measuring can be checked against it.

    Persons are named by their club card, else their site login, else their phone (E.164).
    """

    seed: int
    clock: str
    scale: float
    counts: dict[str, int]
    doubles: tuple[Double, ...]
    shared_phones: tuple[SharedPhone, ...]
    house_number: SharedPhone
    house_accounts: tuple[HouseAccount, ...]
    repeated: tuple[str, ...]
    late: tuple[str, ...]
    big_orders: tuple[str, ...]
    regulars: tuple[Regular, ...]
    consents: Consents
    behaviour: Behaviour
    effects: tuple[Effect, ...]
    named: dict[str, tuple[str, ...]]


class Relation(msgspec.Struct, frozen=True):
    """`customer` buys for `beneficiary`, both by their shop id, whom a message calls `he` or `en`; `has_consent`: and
    holds the consent."""

    customer: str
    role: str
    beneficiary: str
    he: str
    en: str
    has_consent: bool


class Pace(msgspec.Struct, frozen=True):
    """A buyer's own pace, and whether it is kept: then a streak of three was reached."""

    key: str
    days: float
    keeps: bool


class SeniorsTruth(msgspec.Struct, frozen=True):
    """What was planted in the shop «גפן»; people are named by their shop id.

    `by_run_out`: of the purchases of what is used up whose stock had run out by the clock, or that were followed by the
    next before, the share followed before. `gaps` are the days between the orders of the named ones. `habits`: who
    reads all newsletters and clicks, none, or opens without a click. `never_watched`: buyers of a walker who never
    followed the link to its video.
    """

    seed: int
    clock: str
    counts: dict[str, int]
    paces: tuple[Pace, ...]
    by_run_out: float
    relations: tuple[Relation, ...]
    missing_names: tuple[str, ...]
    listed: tuple[str, ...]
    consents: Consents
    habits: dict[str, tuple[str, ...]]
    carts_left: tuple[str, ...]
    watched: tuple[str, ...]
    never_watched: tuple[str, ...]
    effects: tuple[Effect, ...]
    gaps: dict[str, tuple[int, ...]]
    named: dict[str, tuple[str, ...]]


class MadeStore(msgspec.Struct, frozen=True):
    """A made demo store: where its files are; paths are None where the store has no such data."""

    name: str
    folder: Path
    orders: Path
    customers: Path
    products: Path
    consents: Path | None
    shop: Path
    counts: dict[str, int]
    truth: Truth | None = None
    licence: str = ""
    events: Path | None = None
    days_of_supply: Path | None = None  # products, once more: how long a unit of the others lasts
    imported_list: Path | None = None  # customers, as of LISTED_ON
    cooldowns: dict[str, int] = {}  # by category: days after a purchase in which nothing more of the kind is offered


class SeniorsStore(MadeStore, frozen=True, kw_only=True):
    planted: SeniorsTruth


def write_csv(path: Path, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Path:
    """Write UTF-8 with plain line ends, the same bytes on every system."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)
    return path


def write_truth(path: Path, truth: msgspec.Struct) -> Path:
    path.write_bytes(msgspec.json.format(msgspec.json.encode(truth), indent=1) + b"\n")
    return path


def say_money(minor: int) -> str:
    """12345 agorot as "123.45"."""
    return f"{minor // 100}.{minor % 100:02d}"
