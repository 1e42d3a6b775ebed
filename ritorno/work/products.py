"""Products: how ready the catalogue is, out into a file, days of supply as they were seen (DAT-11, ENG-11, COM-03)."""

import csv
from collections.abc import Collection
from pathlib import Path

import psycopg

from ritorno.core.instants import Instant
from ritorno.core.money import decimal_text
from ritorno.core.plan import Plan
from ritorno.core.product_flags import FLAGS, Coverage, readiness
from ritorno.store import definitions, products, replans
from ritorno.store.transaction import transaction
from ritorno.whole.fit_pace import SupplyProposal
from ritorno.whole.lake import Lake
from ritorno.work.fit_pace import propose_supplies

_PLAIN = ("sku", "product_name", "category", "price", "in_stock", "url", "image_url")


class NotProposed(LookupError):  # noqa: N818 - the name says the state
    """Nothing was seen of such a product that could be accepted; the message names what was."""


def ready(connection: psycopg.Connection, plan: Plan) -> list[Coverage]:
    """How much of the catalogue each use can run on."""
    return readiness([(each.sku, each.traits) for each in products.read(connection, plan.brand.id)])


def export(connection: psycopg.Connection, plan: Plan, path: Path) -> int:
    """Write the catalogue as the file that `ritorno import products` reads back; how many products it holds.

    Raises OSError.
    """
    found = products.read(connection, plan.brand.id)
    others = sorted({name for each in found for name in each.traits} - FLAGS.keys())
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow((*_PLAIN, *FLAGS, *others))
        for each in found:
            price = "" if each.price is None else decimal_text(each.price, plan.brand.currency)
            plain = (each.sku, each.name, each.category, price, _cell(each.in_stock), each.url, each.image_url)
            writer.writerow((*plain, *(_cell(each.traits.get(name)) for name in (*FLAGS, *others))))
    return len(found)


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ";".join(map(str, value)) + (";" if len(value) == 1 else "")  # one entry stays a list
    return "" if value is None else str(value)


def accept_supply(
    connection: psycopg.Connection, lake: Lake, plan: Plan, skus: Collection[str], now: Instant, by: str
) -> list[SupplyProposal]:
    """Let these products last what their customers' gaps show; nothing else changes (COM-03). What was accepted.

    Raises NotProposed and then changes nothing; NoLake, PurchasesError.
    """
    proposed = {each.item: each for each in propose_supplies(lake, plan, now)}
    if missing := [sku for sku in skus if sku not in proposed]:
        known = ", ".join(proposed) or "none: every product lasts as configured, or too few gaps were seen"
        raise NotProposed(f"nothing is suggested for {', '.join(missing)}; there are suggestions for {known}")
    accepted = [proposed[sku] for sku in dict.fromkeys(skus)]
    kept = {each.sku: each for each in products.read(connection, plan.brand.id)}
    changed = [
        kept[each.item]._replace(traits={**kept[each.item].traits, "days_per_unit": each.days}) for each in accepted
    ]
    with transaction(connection):
        products.keep(connection, plan.brand.id, changed, ())
        definitions.renew(connection, plan.brand.id)
        told = {each.item: {"days": each.days, "was": each.configured, "gaps": each.gaps} for each in accepted}
        definitions.audit(connection, plan.brand.id, now, by, "supply accepted", told)
        if keys := [str(each.key) for each in plan.versions.values()]:
            replans.ask_enrolled(connection, plan.brand.id, "supply accepted", keys)
    return accepted
