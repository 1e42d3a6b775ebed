"""The chain «אלמוג»: fashion and coffee, one site and six branches, 24 months up to 2026-03-01 10:00 (product.md §7).

`make_omnichain` writes ordinary files with everything that makes a shop's data hard – one person in two records, phones
of families, tills' own accounts, repeated and late receipts – and, beside them, the truth that was planted.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np

from ritorno.demo.baskets import make_baskets
from ritorno.demo.behaviour import Happening, write_events
from ritorno.demo.catalogue import Category, make_catalogue
from ritorno.demo.chain_behaviour import Site, make_behaviour
from ritorno.demo.chance import Chance
from ritorno.demo.consents import Asks, Row, make_consents
from ritorno.demo.made import (
    CONSENT_COLUMNS,
    CUSTOMER_COLUMNS,
    ORDER_COLUMNS,
    PRODUCT_COLUMNS,
    Consents,
    HouseAccount,
    MadeStore,
    Regular,
    Truth,
    write_csv,
    write_truth,
)
from ritorno.demo.named import BUYERS, PROSPECTS, Named, make_named, names_of
from ritorno.demo.names import BRANCHES, CHAIN
from ritorno.demo.orders import (
    Order,
    also_cancelled,
    arrivals,
    exact,
    house_receipts,
    house_record,
    numbered,
    order_rows,
    returns,
)
from ritorno.demo.people import (
    Dirt,
    Person,
    Planted,
    Record,
    choose_kinds,
    make_people,
    make_prospects,
    places_of,
)
from ritorno.demo.product import Product, cooldowns_of
from ritorno.demo.purchases import (
    CLOCK,
    FIRST_DAY,
    ONLINE,
    PHONE,
    POS,
    Purchases,
    first_at,
    log_normal,
    make_purchases,
)
from ritorno.demo.response import CHAIN_EFFECTS

SEED = 20_260_301
COFFEE_SHARE = 0.35
MEDIAN_ORDER, SIGMA = 290.0, 0.8  # shekels; of the log-normal amounts
ASKS = Asks(CHAIN, {"sms": 0.63, "whatsapp": 0.41, "email": 0.58})
PHONE_ONLY, LAND_LINES, MAIL_ONLY = 0.09, 0.02, 0.06  # shares of people
BIG_ORDER = 5_000_000  # agorot
_TRAITS = ("home_branch", "shoe_size")


class Sizes(msgspec.Struct, frozen=True):
    """How much is made at a scale; the named customers are among `buyers` and `prospects`."""

    buyers: int
    prospects: int
    regulars: int
    house_receipts: int  # on each of the two accounts
    dirt: Dirt


class _Ledger(NamedTuple):
    """Every order, in the order of its arrival, and what was done to them."""

    bought: list[Order]  # those that count, one for each purchase
    queue: list[Order]
    ids: dict[int, str]
    accounts: tuple[HouseAccount, ...]
    repeated: tuple[str, ...]
    late: tuple[str, ...]
    big: tuple[str, ...]
    counts: dict[str, int]


class _Told(NamedTuple):
    """Everything of the store, made but not yet written; `people` are the unnamed ones."""

    catalogue: tuple[Product, ...]
    people: tuple[Person, ...]
    named: Named
    ledger: _Ledger
    consents: tuple[Row, ...]
    events: list[Happening]


def sizes(scale: float) -> Sizes:
    """Sizes at `scale` of the full chain; raises ValueError outside (0, 1]."""
    if not 0 < scale <= 1:
        raise ValueError(f"scale is {scale}: give a part of the full chain, more than 0 and at most 1")
    buyers, prospects = max(round(12_000 * scale), 120), max(round(3_000 * scale), 30)
    dirt = Dirt(
        doubles=max(round(1_300 * scale), 2) - 1,  # Dana is one more
        house_number=max(round(300 * scale), 3),
        phone_only=round(PHONE_ONLY * buyers),
        land_lines=round(LAND_LINES * buyers),
        mail_only=round(MAIL_ONLY * buyers),
        families=max(round(40 * scale), 3),
    )
    return Sizes(buyers, prospects, max(round(60 * scale), 3), max(round(4_000 * scale), 120), dirt)


def make_omnichain(folder: Path, *, scale: float = 1.0) -> MadeStore:
    """Write the chain into `folder` (made when absent): orders, customers, products,
    consents, events, shop.toml, truth.json.

    The same bytes every time for the same `scale`, which shrinks every count for tests. Raises ValueError outside
    (0, 1] and OSError where the folder cannot be written.
    """
    size = sizes(scale)
    chance = Chance(SEED)
    catalogue = make_catalogue(chance)
    purchases = make_purchases(chance, size.buyers - len(BUYERS), size.regulars)
    planted = _people(chance, purchases, size)
    phone_prospects = round(PHONE_ONLY * size.prospects)
    prospects = make_prospects(chance, size.prospects - len(PROSPECTS), phone_prospects, 1_000_000)
    ledger, named = _ledger(chance, catalogue, purchases, planted, size)
    people = (*planted.people, *prospects)
    rows, consents = make_consents(chance, ASKS, people, across=max(round(10 * scale), 1))
    site = Site(catalogue, planted.people, purchases, ledger.bought, rows)
    events, behaviour = make_behaviour(Chance(SEED + 1), site, scale)  # of its own: the rest stays what it was
    told = _Told(catalogue, people, named, ledger, (*rows, *named.consents), events)
    truth = Truth(
        seed=SEED,
        clock=str(CLOCK),
        scale=scale,
        counts={"buyers": size.buyers, "prospects": size.prospects, **ledger.counts, **_row_counts(told)},
        doubles=(*planted.doubles, named.double),
        shared_phones=planted.shared_phones,
        house_number=planted.house_number,
        house_accounts=ledger.accounts,
        repeated=ledger.repeated,
        late=ledger.late,
        big_orders=ledger.big,
        regulars=_regulars(purchases, planted),
        consents=_with_named(consents, named),
        behaviour=behaviour,
        effects=CHAIN_EFFECTS,
        named=dict([*names_of(BUYERS), *names_of(PROSPECTS)]),
    )
    return _write(folder, told, truth)


def _people(chance: Chance, purchases: Purchases, size: Sizes) -> Planted:
    buyers = size.buyers - len(BUYERS)
    till, site = places_of(purchases.place, purchases.buyer, buyers)
    kinds = choose_kinds(chance, till, site, size.dirt)
    at_till = np.minimum(first_at(purchases, buyers, POS), first_at(purchases, buyers, PHONE))
    return make_people(chance, kinds, at_till, first_at(purchases, buyers, ONLINE))


def _ledger(
    chance: Chance, catalogue: Sequence[Product], purchases: Purchases, planted: Planted, size: Sizes
) -> tuple[_Ledger, Named]:
    bought = _bought(chance, catalogue, purchases, planted)
    big = _make_big(bought, catalogue)
    nothing = also_cancelled(chance, bought)
    returned = returns(chance, bought, len(bought) + len(nothing))
    told = [*bought, *nothing, *returned]
    receipts, accounts = house_receipts(chance, catalogue, size.house_receipts, len(told))
    told += receipts
    named = make_named(catalogue, ASKS, len(told))
    ids = numbered([*told, *named.orders], BRANCHES)
    queue, repeated, late = arrivals(chance, told, named.orders)
    counts = {
        "orders": len(bought) + len(named.orders),
        "cancelled": sum(one.cancelled for one in nothing),
        "zero_orders": sum(not one.cancelled for one in nothing),
        "refunds": len(returned),
        "house_receipts": len(receipts),
        "order_ids": len(ids),
    }
    again, delayed = (tuple(ids[one.key] for one in group) for group in (repeated, late))
    return _Ledger(bought, queue, ids, accounts, again, delayed, tuple(ids[key] for key in big), counts), named


def _bought(chance: Chance, catalogue: Sequence[Product], purchases: Purchases, planted: Planted) -> list[Order]:
    """The orders that count: one for each purchase; a till's branch is mostly the buyer's own."""
    count = len(purchases.buyer)
    amounts = np.asarray(log_normal(chance, count, MEDIAN_ORDER, SIGMA))
    people = len(planted.people)
    likes_coffee = chance.uniform(people) < COFFEE_SHARE
    likes_coffee[[pace.buyer for pace in purchases.paces]] = True
    baskets = make_baskets(chance, catalogue, amounts, likes_coffee[purchases.buyer])
    away, other = chance.uniform(count) < 0.15, chance.integers(0, len(BRANCHES), count)
    found = []
    for key, (buyer, place) in enumerate(zip(purchases.buyer.tolist(), purchases.place.tolist(), strict=True)):
        who = planted.people[buyer].record(place)
        branch = (BRANCHES[other[key]] if away[key] else who.home_branch) if place == POS else ""
        found.append(Order(key, who, purchases.at[key], place, branch, baskets[key]))
    return found


def _make_big(orders: list[Order], catalogue: Sequence[Product]) -> tuple[int, ...]:
    """Turn three orders, two of the till and one of the site, into offices' orders of ₪50,000."""
    machine = max((one for one in catalogue if one.category is Category.MACHINES), key=lambda one: one.price)
    units = -(-BIG_ORDER // machine.price)
    chosen = [next(k for k in range(len(orders) // part, len(orders)) if orders[k].place == place)
              for part, place in ((4, POS), (3, POS), (2, ONLINE))]  # fmt: skip
    for key in chosen:
        orders[key] = msgspec.structs.replace(orders[key], basket=exact(machine, units, BIG_ORDER))
    return tuple(chosen)


def _regulars(purchases: Purchases, planted: Planted) -> tuple[Regular, ...]:
    return tuple(
        Regular(
            planted.people[pace.buyer].records[0].key,
            pace.gap_days,
            None if pace.stop_day is None else str(FIRST_DAY + np.timedelta64(pace.stop_day - 1, "D")),
        )
        for pace in purchases.paces
    )


def _with_named(consents: Consents, named: Named) -> Consents:
    proven = {channel: count + named.proven[channel] for channel, count in consents.proven.items()}
    return msgspec.structs.replace(consents, proven=proven)


def _records(told: _Told) -> list[Record]:
    named = [*BUYERS.values(), *PROSPECTS.values()]
    people = [record for person in (*told.people, *named) for record in person.records]
    return [*people, *(house_record(number) for number in range(1, len(told.ledger.accounts) + 1))]


def _row_counts(told: _Told) -> dict[str, int]:
    return {
        "order_rows": sum(len(order.basket.lines) for order in told.ledger.queue),
        "customer_rows": len(_records(told)),
        "products": len(told.catalogue),
        "consent_rows": len(told.consents),
        "events": len(told.events),
    }


def _write(folder: Path, told: _Told, truth: Truth) -> MadeStore:
    folder.mkdir(parents=True, exist_ok=True)
    rows = (row for order in told.ledger.queue for row in order_rows(order, told.ledger.ids))
    shop = folder / "shop.toml"
    shop.write_text(_SHOP, encoding="utf-8", newline="\n")
    write_truth(folder / "truth.json", truth)
    columns = (*CUSTOMER_COLUMNS, *_TRAITS)
    return MadeStore(
        name="omnichain",
        folder=folder,
        orders=write_csv(folder / "orders.csv", ORDER_COLUMNS, rows),
        customers=write_csv(folder / "customers.csv", columns, map(msgspec.structs.astuple, _records(told))),
        products=write_csv(folder / "products.csv", PRODUCT_COLUMNS, (one.row() for one in told.catalogue)),
        consents=write_csv(folder / "consents.csv", CONSENT_COLUMNS, told.consents),
        shop=shop,
        counts=truth.counts,
        cooldowns=cooldowns_of(told.catalogue),
        truth=truth,
        events=write_events(folder / "events.jsonl", told.events),
    )


_SHOP = f"""\
# The synthetic chain {CHAIN} (Almog): nobody in it is real.
name = "{CHAIN}"
name_en = "Almog"
timezone = "Asia/Jerusalem"
currency = "ILS"
language = "he"
city = "Tel Aviv"
clock = "2026-03-01T10:00:00"

[cuts]
recency = [30, 90]       # days
orders = [2, 3]
spend = ["400", "1200"]  # shekels, VAT included
window_days = 730

[policy]
tiers = ["1650", "480"]  # from which net spend of 12 months a customer is A (a tenth), is B (the next 40 %)
points = {{rate = "1/10", multipliers = {{333 = 2}}, lives = "12mo"}}
referral = {{for_referrer = "50", for_friend = "50", min_order = "150", min_basket = "150"}}

[collections.spring]     # what PB1 lets the best in to before everyone
name = "אביב 2026"
url = "https://almog.example/spring"
until = "2026-03-31"

[playbooks.PB1]
collection = "spring"

[playbooks.cross-sell]
category = "{Category.MACHINES}"
other = "{Category.CAPSULES}"

[playbooks.renewal]
product = "GER-001"      # a cleaning set that lasts a machine's year
"""
