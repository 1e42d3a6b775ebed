"""Fit the pace: how often what is used up is bought again, category by category, as a proposal; and take one over.

What is fitted stands nowhere until it is accepted: reminders go by it (docs/decisions/0012-what-is-learnt.md).

    the lake's lines of consumable categories → fit_paces, calibrate → proposal → accept → a definition
"""

from typing import Any, NamedTuple

import duckdb
import ibis.expr.types as ir
import msgspec
import psycopg

from ritorno.core.instants import Instant
from ritorno.core.pace import Paces, expected_gap
from ritorno.core.plan import Plan
from ritorno.store import affinity, definitions, replans
from ritorno.store.transaction import transaction
from ritorno.whole.engines import connected
from ritorno.whole.fit_pace import PurchasesError, SupplyProposal, calibrate, fit_paces, propose_supply
from ritorno.whole.lake import Lake
from ritorno.whole.tables import Engine, tables_of
from ritorno.work.wake import wake


class NoPace(LookupError):  # noqa: N818 - the name says the state
    """There is nothing to accept; the message says what to do."""


class Shift(NamedTuple):
    """Days from one purchase to the next for a customer of whom nothing else is known; None: not fitted."""

    category: str
    before: float | None
    after: float
    gaps: int
    customers: int
    borrowed: bool


class Proposal(NamedTuple):
    """`is_new`: it differs from what stands."""

    paces: Paces
    learnt_at: Instant
    shifts: tuple[Shift, ...]
    is_new: bool


def fit_pace(connection: psycopg.Connection, lake: Lake, plan: Plan, now: Instant, at: Instant) -> Paces | None:
    """Fit to what was bought up to `now` and keep it as the proposal; None, and nothing kept, where no category is
    consumable or too little was bought. Raises NoLake."""
    manifest = lake.standing()
    told: dict[str, Any] = {"as_of": now, "lake": f"{manifest.token}/{manifest.changes}"}
    consumed = sorted({each.category for each in plan.catalogue.products.values() if each.consumable} - {""})
    found: Paces | None = None
    if consumed:
        with connected() as opened:
            purchases = _purchases(opened, lake, consumed)
            try:
                paces = fit_paces(purchases, now, plan.tz)
            except PurchasesError as error:
                told["why_not"] = str(error)
            else:
                found = Paces(paces, calibrate(purchases, paces, now, plan.tz))
    with transaction(connection):
        body = b"" if found is None else msgspec.json.encode(found)
        affinity.put(connection, plan.brand.id, "pace", at, told, body)
    return found


def propose_supplies(lake: Lake, plan: Plan, now: Instant) -> list[SupplyProposal]:
    """Consumable products that are seen to last otherwise than the catalogue says, with the evidence (COM-03). Nothing
    changes. Raises NoLake."""
    products = [each for each in plan.catalogue.products.values() if each.consumable]
    configured = {each.sku: each.days_per_unit for each in products if each.days_per_unit is not None}
    with connected() as opened:
        lines = tables_of(lake, opened, lake.standing()).lines
        chosen = lines.filter(lines.sku.isin([each.sku for each in products])) if products else lines.limit(0)
        told = chosen.select("customer_id", "occurred_at", "quantity", item=chosen.sku)
        return propose_supply(_relation(opened, told), configured, now, plan.tz)


def proposal(connection: psycopg.Connection, plan: Plan) -> Proposal:
    """What was fitted last, against what stands. Raises NoPace."""
    kept, row = affinity.learnt(connection, plan.brand.id, "pace"), affinity.body(connection, plan.brand.id, "pace")
    if kept is None or row is None or not row[1]:
        why = kept.told.get("why_not", "no category is consumable") if kept else "it has not been learnt yet"
        raise NoPace(f"there is no pace to accept: {why}; ritorno pace fit")
    fitted = msgspec.json.decode(row[1], type=Paces)
    stands = plan.paces.by_category
    shifts = tuple(
        Shift(name, expected_gap(stands[name], ()) if name in stands else None, expected_gap(one, ()), one.gaps,
              one.customers, one.borrowed)
        for name, one in sorted(fitted.by_category.items())
    )  # fmt: skip
    return Proposal(fitted, kept.learnt_at, shifts, fitted != plan.paces)


def accept(connection: psycopg.Connection, plan: Plan, now: Instant, by: str) -> int:
    """Let what was fitted last stand, as a new version; its number. Raises NoPace.

    Whoever is in a playbook is to be settled under it: reminders that wait move to where the new pace puts them. Nobody
    enters a playbook for that, and no score or segment goes by it.
    """
    found = proposal(connection, plan).paces
    while wake(connection, plan, now):  # what time has done by now is not the new pace's doing
        pass
    brand = plan.brand.id
    with transaction(connection):
        body = msgspec.to_builtins(found)
        number = definitions.save(connection, brand, "pace", "pace", body, status="active", at=now, by=by)
        if keys := sorted({str(key) for key, _ in plan.versions}):
            replans.ask_enrolled(connection, brand, f"pace v{number}", keys)
        told = {"version": number, "categories": len(found.by_category)}
        definitions.audit(connection, brand, now, by, "pace accepted", told)
    return number


def _purchases(opened: Engine, lake: Lake, categories: list[str]) -> duckdb.DuckDBPyRelation:
    """As `whole/fit_pace.py` reads them: an item is a category."""
    lines = tables_of(lake, opened, lake.standing()).lines
    chosen = lines.filter(lines.category.isin(categories) & (lines.quantity > 0))
    return _relation(opened, chosen.select("customer_id", "occurred_at", item=chosen.category))


def _relation(opened: Engine, told: ir.Table) -> duckdb.DuckDBPyRelation:
    """In DuckDB's own table: it is read many times."""
    opened.create_table("purchases", told, temp=True)
    found: duckdb.DuckDBPyRelation = opened.con.table("purchases")
    return found
