"""Ad audiences: define one, see them all, and what one customer of one may be shown (PB4-06)."""

from collections.abc import Iterable
from typing import Any, NamedTuple

import msgspec
import psycopg

from ritorno.core.ad_identifiers import Platform
from ritorno.core.audience_leaving import Blocked, OutwardName, outward_name
from ritorno.core.audience_problems import joined_by, problems
from ritorno.core.audiences import AudienceDefinition, called, category_of, definition_of, family
from ritorno.core.complements import relations_of
from ritorno.core.customer import Customer
from ritorno.core.ids import AudienceKey
from ritorno.core.instants import Instant
from ritorno.core.journeys.way import Words
from ritorno.core.near import meant
from ritorno.core.offering import offered, shelf_of
from ritorno.core.plan import Plan
from ritorno.store import audience_batches, audience_told, audiences, definitions, gallery, products
from ritorno.store.audience_batches import Size
from ritorno.store.audience_told import Found
from ritorno.store.transaction import transaction
from ritorno.work.aim import article_of
from ritorno.work.plans import body_of
from ritorno.work.sync_audiences import standing

_MOST_SHOWN = 200


class NoAudience(LookupError):  # noqa: N818 - the name says the state
    """No such ad audience; the message names those there are."""


class AudienceError(ValueError):
    """A definition that cannot be saved or retired; the message says why and what to do."""


class There(NamedTuple):
    """One ad audience at one platform."""

    platform: Platform
    size: Size
    queued: int
    found: Found | None


class Overview(NamedTuple):
    """One ad audience as it is shown. `use` is what its members' steps say, or the definition; `outward` has no name
    before anybody was in it."""

    key: AudienceKey
    name: str
    outward: OutwardName
    use: str
    members: int
    is_defined: bool
    blocked: Blocked | None
    there: tuple[There, ...]


def overview(connection: psycopg.Connection, plan: Plan) -> list[Overview]:
    """Every ad audience that anybody was in, by number; those defined that nobody was in yet come last."""
    brand, language = plan.brand.id, plan.brand.language
    known = {one.key: one for one in audiences.known(connection, brand)}
    sizes, found = audience_batches.sizes(connection, brand), audience_told.last_found(connection, brand)
    queued = audiences.counts_queued(connection, brand)
    sensitive = plan.catalogue.sensitive
    defined = {each.key for each in plan.audiences}
    unused = sorted(each.key for each in plan.audiences if each.scope == "all" and each.key not in known)
    shown = []
    for key, definition, why in standing([*known, *unused], plan):
        one = known.get(key)
        there = tuple(
            There(
                platform, sizes.get((platform, key), Size(0, 0, 0, None)), queued.get((platform, key), 0),
                found.get((platform, key)),
            )
            for platform in definition.platforms
        )  # fmt: skip
        outward = OutwardName("", is_renamed=False)
        if one is not None:
            outward = outward_name(one.number, key, definition, language, sensitive)
        shown.append(
            Overview(
                key, called(key, definition, language), outward, (one.use if one else "") or definition.use,
                one.members if one else 0, family(key) in defined, why, there,
            )
        )  # fmt: skip
    return shown


def find(connection: psycopg.Connection, plan: Plan, key: str) -> AudienceDefinition:
    """The definition of an ad audience, or what it is without one. Raises NoAudience."""
    known = {each.key for each in plan.audiences} | {one.key for one in audiences.known(connection, plan.brand.id)}
    if AudienceKey(key) not in known and family(AudienceKey(key)) not in known:
        raise NoAudience(f"there is no ad audience {key!r}{meant(key, known)}")
    return definition_of(AudienceKey(key), plan.audiences)


def wished(plan: Plan, key: str, he: str | None, en: str | None, told: dict[str, Any]) -> AudienceDefinition:
    """What stands, or a new one, changed as asked. Raises AudienceError."""
    standing_now = next((each for each in plan.audiences if each.key == key), None)
    base = standing_now or AudienceDefinition(AudienceKey(key), Words(he or en or key, en or he or key))
    name = Words(base.name.he if he is None else he, base.name.en if en is None else en)
    definition = msgspec.structs.replace(base, name=name, **told)
    if wrong := problems(definition, plan):
        raise AudienceError("; ".join(wrong))
    return definition


def define(
    connection: psycopg.Connection, plan: Plan, definition: AudienceDefinition, now: Instant, by: str
) -> AudienceDefinition:
    """Save a definition from `wished`; whoever it concerns is looked at again, and a mirror filled from its segment."""
    before = next((each for each in plan.audiences if each.key == definition.key), None)
    if before is not None and body_of(before) == body_of(definition):
        return before
    brand, key = plan.brand.id, definition.key
    with transaction(connection):
        body = body_of(definition)
        version = definitions.save(connection, brand, "audience", key, body, status="active", at=now, by=by)
        if definition.segment or (before is not None and before.segment):
            audiences.follow_segment(connection, brand, key, definition.segment, definition.use, now)
        audiences.look_at_all(connection, brand, now, key)
        definitions.audit(connection, brand, now, by, "define ad audience", {"audience": key, "version": version})
    return msgspec.structs.replace(definition, version=version)


def retire(connection: psycopg.Connection, plan: Plan, key: str, now: Instant, by: str) -> AudienceDefinition:
    """Defined no more: a mirror is emptied. Raises NoAudience, and AudienceError while a running playbook joins it."""
    definition = next((each for each in plan.audiences if each.key == key), None)
    if definition is None:
        raise NoAudience(f"no ad audience {key!r} is defined{meant(key, (each.key for each in plan.audiences))}")
    if joined := joined_by(definition.key, plan):
        raise AudienceError(f"{key}: playbook {', '.join(joined)} joins it; pause that first")
    brand = plan.brand.id
    with transaction(connection):
        definitions.set_status(connection, brand, "audience", key, definition.version, "retired")
        if definition.segment:
            audiences.follow_segment(connection, brand, definition.key, "", definition.use, now)
        audiences.look_at_all(connection, brand, now, definition.key)
        definitions.audit(connection, brand, now, by, "retire ad audience", {"audience": key})
    return definition


def shows(
    connection: psycopg.Connection, plan: Plan, key: AudienceKey, customer: Customer, most: int = _MOST_SHOWN
) -> list[str]:
    """The SKUs that its ads may show this customer: of the matching categories, in stock, not sensitive, not owned, and
    nothing that something owned excludes (COM-14)."""
    definition = definition_of(key, plan.audiences)
    categories = set(definition.complements.get(category_of(key), ()))
    sold = products.read(connection, plan.brand.id)
    articles = {one.sku: article_of(one, plan.catalogue) for one in sold}
    shelf = shelf_of(customer, plan.catalogue)
    rules = relations_of(*gallery.declared(connection, plan.brand.id)).rules_of(shelf)
    return offered(_candidates(definition, sold, categories), articles, shelf, rules, most)


def _candidates(definition: AudienceDefinition, sold: Iterable[products.Product], categories: set[str]) -> list[str]:
    return [*definition.skus, *(one.sku for one in sold if one.category in categories)]
