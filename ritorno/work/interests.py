"""Interests: define one, retire it, and the type of what a category holds (ENG-04, SEG-16)."""

from collections.abc import Mapping

import msgspec
import psycopg

from ritorno.core.instants import Instant, Span
from ritorno.core.interest_problems import problems
from ritorno.core.interests import InterestDefinition, ProductType, Watched
from ritorno.core.journeys.rules import rules_of
from ritorno.core.journeys.way import Words
from ritorno.core.near import meant
from ritorno.core.plan import Plan
from ritorno.core.segments.check import leaves
from ritorno.core.segments.rule import Interest
from ritorno.store import definitions, replans
from ritorno.store.transaction import transaction
from ritorno.work import policy
from ritorno.work.plans import body_of
from ritorno.work.wake import wake


class NoInterest(LookupError):  # noqa: N818 - the name says the state
    """No such interest is defined; the message names those that are."""


class InterestError(ValueError):
    """An interest that cannot be defined, or cannot be retired; the message says why and what to do."""


class Wish(msgspec.Struct, frozen=True):
    """What is asked of a definition; None leaves it as it is. A `product_type` of "" is none."""

    he: str | None = None
    en: str | None = None
    links: tuple[str, ...] | None = None
    events: tuple[Watched, ...] | None = None
    categories: tuple[str, ...] | None = None
    product_type: ProductType | str | None = None
    half_life: float | None = None
    fades_after: Span | None = None


def wished(plan: Plan, key: str, wish: Wish) -> InterestDefinition:
    """The definition as it would stand: what stands, changed as asked. Raises InterestError."""
    standing = plan.interests_by_key.get(key)
    base = standing or InterestDefinition(key, Words(wish.he or wish.en or key, wish.en or wish.he or key))
    told = {name: value for name in _PLAIN if (value := getattr(wish, name)) is not None}
    if wish.product_type is not None:
        told["product_type"] = ProductType(wish.product_type) if wish.product_type else None
    name = Words(base.name.he if wish.he is None else wish.he, base.name.en if wish.en is None else wish.en)
    definition = msgspec.structs.replace(base, name=name, **told)
    if wrong := problems(definition, plan):
        raise InterestError("; ".join(wrong))
    return definition


_PLAIN = ("links", "events", "categories", "half_life", "fades_after")


def define(
    connection: psycopg.Connection, plan: Plan, key: str, wish: Wish, now: Instant, by: str
) -> InterestDefinition:
    """Save the definition as a new version, if it says anything new; everyone is settled under it, and nobody enters
    a playbook for that. Raises InterestError."""
    definition = wished(plan, key, wish)
    standing = plan.interests_by_key.get(key)
    if standing is not None and body_of(standing) == body_of(definition):
        return standing
    while wake(connection, plan, now):  # what time has done by now is not the definition's doing
        pass
    brand = plan.brand.id
    with transaction(connection):
        body = body_of(definition)
        version = definitions.save(connection, brand, "interest", key, body, status="active", at=now, by=by)
        replans.ask(connection, brand, f"interest {key} v{version}")
        definitions.audit(connection, brand, now, by, "define interest", {"interest": key, "version": version})
    return msgspec.structs.replace(definition, version=version)


def retire(connection: psycopg.Connection, plan: Plan, key: str, now: Instant, by: str) -> InterestDefinition:
    """The interest is defined no more; what was clicked stays. Raises NoInterest, and InterestError while a segment or
    a running playbook asks for it."""
    definition = defined(plan, key)
    if asking := _who_asks(plan, key):
        raise InterestError(f"{key}: {', '.join(asking)} asks for it; change that rule first")
    brand = plan.brand.id
    with transaction(connection):
        definitions.set_status(connection, brand, "interest", key, definition.version, "retired")
        replans.ask(connection, brand, f"interest {key} retired")
        definitions.audit(connection, brand, now, by, "retire interest", {"interest": key})
    return definition


def _who_asks(plan: Plan, key: str) -> list[str]:
    named = [(f"segment {each.key}", each.rule) for each in plan.segments]
    named += [(f"playbook {each.key}, {path}", rule) for each in plan.running for path, rule in rules_of(each)]
    return [
        name for name, rule in named
        if any(isinstance(part, Interest) and part.interest == key for _, part in leaves(rule))
    ]  # fmt: skip


def defined(plan: Plan, key: str) -> InterestDefinition:
    """Raises NoInterest naming the nearest, or those there are."""
    found = plan.interests_by_key.get(key)
    if found is None:
        raise NoInterest(f"no interest {key!r} is defined{meant(key, plan.interests_by_key)}")
    return found


def tell_types(
    connection: psycopg.Connection, plan: Plan, types: Mapping[str, ProductType | None], now: Instant, by: str
) -> dict[str, ProductType]:
    """Which type the products of these categories are of; None takes a category's away. All that stand now."""
    kept = {**plan.policy.product_types, **types}
    known = {name: each for name, each in kept.items() if each is not None}
    if known != plan.policy.product_types:
        policy.save(connection, plan, msgspec.structs.replace(plan.policy, product_types=known), now, by)
    return known


def versions(connection: psycopg.Connection, plan: Plan, key: str) -> list[definitions.Definition]:
    """Every version of a definition, the oldest first, with who saved it and when."""
    return [each for each in definitions.read(connection, plan.brand.id, "interest") if each.key == key]
