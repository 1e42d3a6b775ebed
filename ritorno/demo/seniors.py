"""The shop «גפן»: aids for the third age by site, phone and one till, 24 months up to 2026-03-01 10:00 (product.md §7).

`make_seniors` writes ordinary files: orders that are mostly refilled at a pace of one's own, people who buy for others,
products of which it is not told how long they last – and, beside them, the truth that was planted (ORC-21).
"""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np

from ritorno.demo.behaviour import Happening, of_relation, write_events
from ritorno.demo.chance import Chance
from ritorno.demo.consents import Asks, Row, claimed_row, given_row, make_consents
from ritorno.demo.made import (
    CONSENT_COLUMNS,
    CUSTOMER_COLUMNS,
    ORDER_COLUMNS,
    PRODUCT_COLUMNS,
    Consents,
    Pace,
    Relation,
    SeniorsStore,
    SeniorsTruth,
    write_csv,
    write_truth,
)
from ritorno.demo.orders import Order, numbered, order_rows
from ritorno.demo.people import Record
from ritorno.demo.product import Product, cooldowns_of
from ritorno.demo.purchases import CLOCK, POS
from ritorno.demo.response import SENIORS_EFFECTS
from ritorno.demo.seniors_baskets import make_aid_baskets
from ritorno.demo.seniors_behaviour import Done, make_habits
from ritorno.demo.seniors_catalogue import Aid, days_told, make_aids
from ritorno.demo.seniors_named import BENEFICIARIES, BUYERS, MOSHE, RELATION, RINA, Named, make_named_aided
from ritorno.demo.seniors_people import BENEFICIARIES as BENEFICIARY_COUNT
from ritorno.demo.seniors_people import HELD_CONSENT, LIST, Aided, make_aided, on_the_list, persons
from ritorno.demo.seniors_purchases import Paced, make_paced

SEED = 20_260_302
SHOP, BRANCH = "גפן", "פתח תקווה"
BUYER_COUNT = 1_500
ASKS = Asks(SHOP, {"sms": 0.60, "whatsapp": 0.30, "email": 0.50})  # of those who buy for themselves
_FOR_ANOTHER = 0.95  # share of a carer's orders that are for the beneficiary


class _Sold(NamedTuple):
    """Every order, by time, with its number and whom it is for (shop id, by order key)."""

    orders: list[Order]
    ids: dict[int, str]
    for_whom: dict[int, str]
    by_run_out: float
    named: Named


class _Told(NamedTuple):
    """Everything of the shop, made but not yet written."""

    catalogue: tuple[Product, ...]
    told_days: frozenset[str]
    aided: Aided
    sold: _Sold
    relations: tuple[Relation, ...]
    consents: list[Row]
    listed: tuple[Record, ...]
    events: list[Happening]


def make_seniors(folder: Path) -> SeniorsStore:
    """Write the shop into `folder` (made when absent): orders, customers, products, consents, events and
    relations, days of supply, an old list, shop.toml and truth.json; the same bytes every time. Raises OSError.
    """
    chance = Chance(SEED)
    catalogue = make_aids(chance)
    told_days = days_told(catalogue, chance)
    paced = make_paced(chance, BUYER_COUNT - len(BUYERS))
    held = round(HELD_CONSENT * BENEFICIARY_COUNT) - 1  # Rina is one more
    aided = make_aided(chance, _first_at(paced), BENEFICIARY_COUNT - len(BENEFICIARIES), held)
    sold = _sold(chance, catalogue, paced, aided)
    relations = (*aided.relations, RELATION)
    listed = on_the_list(chance, aided)
    joined = {record.customer_id: record.joined_at for record in (*aided.buyers, RINA)}
    rows, consents = _consents(chance, aided, relations)
    mailed = sorted({row[0] for row in rows if row[4] == "email" and row[6] == "yes" and row[9]})
    bought = [order for order in sold.orders if order.key < len(paced.buyer)]
    related = [of_relation(one, joined[one.customer]) for one in relations]
    done = make_habits(chance, mailed, bought, sold.ids, aided.buyers, catalogue)
    told = _Told(catalogue, told_days, aided, sold, relations, rows, listed, [*related, *done.rows])
    return _write(folder, told, _truth(told, paced, consents, done))


def _first_at(paced: Paced) -> np.ndarray[tuple[int], np.dtype[np.datetime64]]:
    first = np.full(len(paced.paces), CLOCK)
    np.minimum.at(first, paced.buyer, paced.at)
    return first


def _sold(chance: Chance, catalogue: Sequence[Product], paced: Paced, aided: Aided) -> _Sold:
    baskets, by_run_out = make_aid_baskets(chance, catalogue, paced)
    own = chance.uniform(len(baskets)) >= _FOR_ANOTHER
    orders, for_whom = [], {}
    for key, (buyer, place) in enumerate(zip(paced.buyer.tolist(), paced.place.tolist(), strict=True)):
        orders.append(Order(key, aided.buyers[buyer], paced.at[key], place, _branch(place), baskets[key]))
        if aided.buys_for[buyer] >= 0 and not own[key]:
            for_whom[key] = aided.beneficiaries[aided.buys_for[buyer]].customer_id
    named = make_named_aided(catalogue, len(orders))
    orders = sorted([*orders, *named.orders], key=lambda one: (one.second, one.key))
    return _Sold(orders, numbered(orders, (BRANCH,)), {**for_whom, **named.for_whom}, by_run_out, named)


def _branch(place: int) -> str:
    return BRANCH if place == POS else ""


def _consents(chance: Chance, aided: Aided, relations: Sequence[Relation]) -> tuple[list[Row], Consents]:
    """By share of those who buy for themselves, of carers where they hold it for another, and the claims of a list."""
    by_id = {record.customer_id: record for record in (*aided.buyers, RINA)}
    carers = {one.customer for one in relations}
    selves = [record for record in aided.buyers if record.customer_id not in carers]
    rows, consents = make_consents(chance, ASKS, persons(selves), across=0)
    proven = dict(consents.proven)

    def give(record: Record, channel: str, seed: int, behalf: str = "") -> None:
        rows.append(given_row(ASKS, record, channel, seed, behalf))
        proven[channel] += 1

    for nth, one in enumerate(one for one in relations if one.has_consent):
        record, behalf = by_id[one.customer], f"also for {one.beneficiary}"
        give(record, "sms", nth + 1, behalf)
        if record.email:
            give(record, "email", nth + 1, behalf)
    for nth, (name, record) in enumerate(BUYERS.items()):
        if name != "Rina":
            give(record, "sms", nth + 1)
            give(record, "email", nth + 1)
    claims = [claimed_row(record) for record in aided.listed_only]
    return [*rows, *claims], msgspec.structs.replace(
        consents, proven=proven, unproven=consents.unproven + len(claims)
    )  # fmt: skip


def _truth(told: _Told, paced: Paced, consents: Consents, done: Done) -> SeniorsTruth:
    aided, sold = told.aided, told.sold
    paces = zip(aided.buyers, paced.paces.tolist(), paced.keeps.tolist(), strict=True)
    return SeniorsTruth(
        seed=SEED,
        clock=str(CLOCK),
        counts={
            "buyers": len(aided.buyers) + len(BUYERS),
            "beneficiaries": len(aided.beneficiaries) + len(BENEFICIARIES),
            "listed_only": len(aided.listed_only),
            "orders": len(sold.orders),
            "order_rows": sum(len(order.basket.lines) for order in sold.orders),
            "products": len(told.catalogue),
            "consent_rows": len(told.consents),
            "events": len(told.events),
        },
        paces=tuple(Pace(record.customer_id, round(days, 2), keeps) for record, days, keeps in paces),
        by_run_out=round(sold.by_run_out, 4),
        relations=told.relations,
        missing_names=tuple(record.customer_id for record in aided.records if not record.first_name),
        listed=tuple(record.customer_id for record in told.listed),
        consents=consents,
        habits=done.habits,
        carts_left=done.carts_left,
        watched=done.watched,
        never_watched=done.never_watched,
        effects=SENIORS_EFFECTS,
        gaps=sold.named.gaps,
        named={name: (record.customer_id,) for name, record in {**BUYERS, **BENEFICIARIES}.items()},
    )


def _write(folder: Path, told: _Told, truth: SeniorsTruth) -> SeniorsStore:
    folder.mkdir(parents=True, exist_ok=True)
    sold = told.sold
    shop = folder / "shop.toml"
    shop.write_text(_SHOP, encoding="utf-8", newline="\n")
    write_truth(folder / "truth.json", truth)
    orders = ((*row, sold.for_whom.get(order.key, "")) for order in sold.orders for row in order_rows(order, sold.ids))
    people = [*told.aided.buyers, *told.aided.beneficiaries, *BUYERS.values(), MOSHE]
    products = (_known(one, told).row() for one in told.catalogue)
    rest = [one for one in told.catalogue if one.consumable and one.sku not in told.told_days]
    supply = (one.row() for one in rest)
    listed = ((*_row(one)[:6], LIST) for one in told.listed)
    return SeniorsStore(
        name="seniors",
        folder=folder,
        orders=write_csv(folder / "orders.csv", (*ORDER_COLUMNS, "beneficiary"), orders),
        customers=write_csv(folder / "customers.csv", CUSTOMER_COLUMNS, map(_row, people)),
        products=write_csv(folder / "products.csv", PRODUCT_COLUMNS, products),
        consents=write_csv(folder / "consents.csv", CONSENT_COLUMNS, told.consents),
        shop=shop,
        counts=truth.counts,
        cooldowns=cooldowns_of(told.catalogue),
        events=write_events(folder / "events.jsonl", told.events),
        days_of_supply=write_csv(folder / "days_of_supply.csv", PRODUCT_COLUMNS, supply),
        imported_list=write_csv(folder / "list_2025-06.csv", (*CUSTOMER_COLUMNS[:6], "list"), listed),
        planted=truth,
    )


def _row(record: Record) -> tuple[object, ...]:
    return msgspec.structs.astuple(record)[: len(CUSTOMER_COLUMNS)]


def _known(product: Product, told: _Told) -> Product:
    """As products.csv tells it: of most it is not said how long a unit lasts (DAT-11)."""
    return product if product.sku in told.told_days else msgspec.structs.replace(product, days_per_unit=0)


_SHOP = f"""\
# The synthetic shop {SHOP} (Gefen): nobody in it is real.
name = "{SHOP}"
name_en = "Gefen"
timezone = "Asia/Jerusalem"
currency = "ILS"
language = "he"
city = "Tel Aviv"
margin = 0.4
clock = "2026-03-01T10:00:00"

[cuts]
recency = [35, 90]       # days
orders = [2, 4]
spend = ["400", "1500"]  # shekels, VAT included
window_days = 730

[policy]
tiers = ["3250", "1120"]  # from which net spend of 12 months a customer is A (a tenth), is B (the next 40 %)
points = {{rate = "1/10", multipliers = {{333 = 2}}, lives = "12mo"}}
referral = {{for_referrer = "40", for_friend = "40", min_order = "120", min_basket = "120"}}

[collections.walkers]     # what PB1 lets the best in to before everyone
name = "הליכוני האביב"
url = "https://gefen.example/spring"
until = "2026-03-31"

[playbooks.PB1]
collection = "walkers"

[playbooks.cross-sell]
category = "{Aid.VITAMINS}"
other = "{Aid.SUPPLEMENTS}"

[playbooks.renewal]
product = "CLO-003"       # stockings against swelling, which are worn out after a year
"""
