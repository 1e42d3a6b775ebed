"""The plan of a brand, read from its definitions and kept until one of them changes."""

from typing import Any, TypeVar

import msgspec
import psycopg

from ritorno.core.audiences import AudienceDefinition
from ritorno.core.catalogue import EMPTY, Catalogue, Product
from ritorno.core.ids import BrandId, PlaybookKey
from ritorno.core.inferences import Inference
from ritorno.core.interests import InterestDefinition
from ritorno.core.journeys.journey import Playbook
from ritorno.core.needs import Need
from ritorno.core.pace import NO_PACES, Paces
from ritorno.core.plan import Brand, Plan, Policy, Segment
from ritorno.core.scores.cuts import Scheme
from ritorno.core.traits import TraitDefinition
from ritorno.store import alarms, definitions, products, replans

Kind = TypeVar("Kind")


class UnknownBrand(LookupError):  # noqa: N818 - the name says the state
    """There is no such brand; the message names those there are."""


class PlanMoved(RuntimeError):  # noqa: N818 - not an error: a reason to read the plan again
    """A definition has changed since this plan was read."""


def hold_still(connection: psycopg.Connection, plan: Plan) -> None:
    """Let no definition change until the transaction ends, so that nothing is decided under a plan that is no more.

    Raises PlanMoved when one has changed already: undo, read the plan, begin again.
    """
    if plan.version and definitions.hold(connection, plan.brand.id) != plan.version:
        raise PlanMoved(f"the plan of {plan.brand.key} is no longer version {plan.version}")


class Plans:
    """Plans by brand. `of` asks the database for one number; it reads the definitions only when that has changed."""

    def __init__(self) -> None:
        self._kept: dict[BrandId, tuple[int, Plan]] = {}

    def of(self, connection: psycopg.Connection, row: definitions.BrandRow) -> Plan:
        kept = self._kept.get(row.id)
        if kept is None or kept[0] != row.plan_version:
            silent = alarms.raised(connection, row.id, "feed_silent")
            found = definitions.read(connection, row.id)
            plan = build(row, found, silent, catalogue_of(products.read(connection, row.id)))
            if replans.is_as_moves(connection, row.id):
                plan = msgspec.structs.replace(plan, enrolls_moved=True)
            kept = row.plan_version, plan
            self._kept[row.id] = kept
        return kept[1]

    def named(self, connection: psycopg.Connection, key: str) -> Plan:
        """The plan of the brand of that key. Raises UnknownBrand."""
        row = definitions.find_brand(connection, key)
        if row is None:
            known = ", ".join(brand.key for brand in definitions.brands(connection)) or "none yet"
            raise UnknownBrand(f"there is no brand {key!r}; there are: {known}. Make one with: ritorno init")
        return self.of(connection, row)


def catalogue_of(told: list[products.Product]) -> Catalogue:
    """What the rules know of products: those of which a file has told any flag."""
    found = {each.sku: _flags(each) for each in told}
    return Catalogue({sku: each for sku, each in found.items() if each != Product(sku, each.name, each.category)})


def _flags(told: products.Product) -> Product:
    """A flag that is told in another type than it has is none."""
    flags = {name: value for name, value in told.traits.items() if isinstance(value, _TYPES.get(name, ()))}
    return msgspec.convert({**flags, "sku": told.sku, "name": told.name, "category": told.category}, Product)


_TYPES: dict[str, tuple[type, ...]] = {
    "consumable": (bool,), "technical": (bool,), "sensitive": (bool,), "days_per_unit": (int, float),
    "video_url": (str,), "label": (str,),
}  # fmt: skip


def build(
    row: definitions.BrandRow, found: list[definitions.Definition], silent: frozenset[str] = frozenset(),
    catalogue: Catalogue = EMPTY,
) -> Plan:  # fmt: skip
    """The compiled plan of what stands."""
    active = {(each.kind, each.key): each for each in found if each.status in ("active", "paused")}
    scheme = active.get(("scheme", "rfm"))
    policy = active.get(("policy", "policy"))
    pace = active.get(("pace", "pace"))
    playbooks = [each for each in found if each.kind == "playbook" and each.status != "draft"]
    versions = {(PlaybookKey(each.key), each.version): playbook(each) for each in playbooks}
    return Plan(
        brand=msgspec.convert({**row.settings, "id": row.id, "key": row.key}, Brand),
        scheme=read_scheme(scheme) if scheme else Scheme(),
        policy=msgspec.convert(policy.body, Policy) if policy else Policy(),
        segments=tuple(
            msgspec.convert({**each.body, "key": each.key, "version": each.version}, Segment)
            for (kind, _), each in active.items()
            if kind == "segment"
        ),
        running=tuple(versions[PlaybookKey(each.key), each.version] for each in playbooks if each.status == "active"),
        versions=versions,
        paused=frozenset(PlaybookKey(each.key) for each in playbooks if each.status == "paused"),
        stopped=row.stopped,
        version=row.plan_version,
        silent=silent,
        catalogue=catalogue,
        traits=tuple(read_trait_definition(each) for (kind, _), each in active.items() if kind == "trait"),
        interests=tuple(read_interest(each) for (kind, _), each in active.items() if kind == "interest"),
        needs=tuple(read_as(Need, each) for (kind, _), each in active.items() if kind == "need"),
        inferences=tuple(read_as(Inference, each) for (kind, _), each in active.items() if kind == "inference"),
        audiences=tuple(read_audience(each) for (kind, _), each in active.items() if kind == "audience"),
        paces=msgspec.convert(pace.body, Paces) if pace else NO_PACES,
    )


def read_scheme(found: definitions.Definition) -> Scheme:
    return msgspec.convert({**found.body, "version": found.version}, Scheme)


def read_trait_definition(found: definitions.Definition) -> TraitDefinition:
    return msgspec.convert({**found.body, "key": found.key, "version": found.version}, TraitDefinition)


def read_interest(found: definitions.Definition) -> InterestDefinition:
    return msgspec.convert({**found.body, "key": found.key, "version": found.version}, InterestDefinition)


def read_as(kind: type[Kind], found: definitions.Definition) -> Kind:
    return msgspec.convert({**found.body, "key": found.key, "version": found.version}, kind)


def read_audience(found: definitions.Definition) -> AudienceDefinition:
    return msgspec.convert({**found.body, "key": found.key, "version": found.version}, AudienceDefinition)


def playbook(found: definitions.Definition) -> Playbook:
    return msgspec.convert({**found.body, "key": found.key, "version": found.version}, Playbook)


def body_of(value: Any) -> dict[str, Any]:
    """A definition's body: the value without the key and version that its row carries."""
    told: dict[str, Any] = msgspec.to_builtins(value)
    return {name: part for name, part in told.items() if name not in ("key", "version")}
