"""Cuts: what stands, what the shop's own data proposes, who would move, and a new version."""

from typing import Any

import msgspec
import psycopg
from msgspec.structs import replace

from ritorno.core.instants import Instant
from ritorno.core.plan import Plan
from ritorno.core.scores.cuts import Scheme, check
from ritorno.core.scores.presets import Preset, preset
from ritorno.store import definitions
from ritorno.store.transaction import transaction
from ritorno.whole.fit_cuts import CategoryFit, Fitted, fit_cuts, spend_cuts
from ritorno.whole.fit_cuts import fit_category as fit_one_category
from ritorno.whole.recut import Mover, Recut, movers, recut, under_both
from ritorno.work.found import save_scheme
from ritorno.work.plans import read_scheme
from ritorno.work.wake import wake
from ritorno.work.whole import open_orders


class NoVersion(LookupError):  # noqa: N818 - the name says the state
    """There is no such version of the cuts; the message names those there are."""


class Preview(msgspec.Struct, frozen=True):
    """Everything that other cuts would do; `movers` is a page of them, most at stake first."""

    recut: Recut
    movers: tuple[Mover, ...]


def versions(connection: psycopg.Connection, plan: Plan) -> list[tuple[Scheme, definitions.Definition]]:
    """Every stored version, the oldest first."""
    return [(read_scheme(each), each) for each in definitions.read(connection, plan.brand.id, "scheme")]


def version(connection: psycopg.Connection, plan: Plan, number: int) -> Scheme:
    """One stored version. Raises NoVersion."""
    found = {scheme.version: scheme for scheme, _ in versions(connection, plan)}
    if number not in found:
        raise NoVersion(f"there are no cuts v{number}; there are: {', '.join(f'v{each}' for each in found)}")
    return found[number]


def next_version(connection: psycopg.Connection, plan: Plan) -> int:
    """The number that the next saved version gets."""
    return max((scheme.version for scheme, _ in versions(connection, plan)), default=0) + 1


def fit(connection: psycopg.Connection, plan: Plan, now: Instant, *, lake: str | None = None) -> Fitted:
    """A proposal from the brand's orders; it scores nobody until it is saved. Raises NoBuyersError.

    Cuts of categories stay as they are: each is fitted by itself (`fit_category`).
    """
    with open_orders(connection, plan, categories=False, lake=lake) as (_, table):
        found = fit_cuts(table, now, plan.tz, version=plan.scheme.version + 1, occasion=plan.scheme.occasion)
    return replace(found, scheme=replace(found.scheme, by_category=plan.scheme.by_category))


def fit_category(
    connection: psycopg.Connection, plan: Plan, category: str, now: Instant, *, lake: str | None = None
) -> CategoryFit:
    """R's cuts of one category from its own gaps (SCO-06). Raises NoBuyersError when nobody bought it."""
    with open_orders(connection, plan, categories=True, lake=lake) as (_, table):
        return fit_one_category(table, category, now, plan.tz)


def from_preset(
    connection: psycopg.Connection, plan: Plan, name: Preset, now: Instant, *, lake: str | None = None
) -> Scheme:
    """The cuts of a preset, M from the brand's own orders where there are any."""
    with open_orders(connection, plan, categories=False, lake=lake) as (_, table):
        return preset(name, plan.scheme, plan.policy, spend_cuts(table, now, plan.tz))


def preview(
    connection: psycopg.Connection, plan: Plan, one: Scheme, other: Scheme, now: Instant, *, most: int | None = 0,
    skip: int = 0, lake: str | None = None,
) -> Preview:  # fmt: skip
    """The cells and groups under `one` and under `other` as of `now`, and who moves; `most` None: all of them.

    Nothing is changed. Raises SchemeError for cuts that could not be saved.
    """
    check(other, plan.tz)
    told = bool(one.by_category or other.by_category)
    with open_orders(connection, plan, categories=told, lake=lake) as (_, table):
        both = under_both(table, one, other, now, plan.tz)
        page = () if most == 0 else tuple(movers(both, most=most, skip=skip))
        return Preview(recut(both), page)


def save(
    connection: psycopg.Connection, plan: Plan, scheme: Scheme, now: Instant, by: str, *, as_moves: bool = False
) -> int:
    """A new version; everyone is then to be settled under it, and only `as_moves` does that trigger playbooks (SCO-12).

    What time has done by now is settled first, under the cuts that stood: the new ones are no cause of it. Raises
    SchemeError naming every problem (SCO-15).
    """
    check(scheme, plan.tz)
    while wake(connection, plan, now):
        pass
    with transaction(connection):
        number = save_scheme(connection, plan.brand.id, scheme, now, by, as_moves=as_moves)
        told: dict[str, Any] = msgspec.to_builtins(scheme)
        told |= {"version": number, "as_moves": as_moves}
        definitions.audit(connection, plan.brand.id, now, by, "cuts", told)
    return number
