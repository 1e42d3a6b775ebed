"""Traits: define them, tell one of a customer, and see how old what is known is."""

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
import psycopg

from ritorno.core.events import TraitsTold, TraitValue, happened
from ritorno.core.ids import CustomerId
from ritorno.core.instants import DAY, Instant
from ritorno.core.journeys.way import Words
from ritorno.core.plan import Plan
from ritorno.core.standard_traits import STANDARD
from ritorno.core.trait_history import OPERATOR
from ritorno.core.trait_values import Choice, TraitError, TraitKind
from ritorno.core.traits import TraitDefinition, problems
from ritorno.store import customers, definitions, traits
from ritorno.store.transaction import transaction
from ritorno.work.accept import accept
from ritorno.work.owner import own_identifiers
from ritorno.work.plans import body_of

STALE = 30 * DAY  # an imported value that old is shown as ageing


class NoTrait(LookupError):  # noqa: N818 - the name says the state
    """No such trait is defined; the message names those that are."""


class Unknowable(LookupError):  # noqa: N818 - the name says the state
    """The customer has no identifier of their own by which an event could find them."""


class Wish(msgspec.Struct, frozen=True):
    """What is asked of a definition; None leaves it as it is."""

    kind: TraitKind | None = None
    he: str | None = None
    en: str | None = None
    choices: tuple[Choice, ...] | None = None
    sensitive: bool | None = None
    told_by: tuple[str, ...] | None = None


class Age(msgspec.Struct, frozen=True):
    """How old the values of one trait are that one source told: `median` to the day. `static`: files told them, and
    none lately (ENG-15)."""

    source: str
    count: int
    oldest: Instant
    newest: Instant
    median: Instant
    static: bool


def wished(plan: Plan, key: str, wish: Wish) -> TraitDefinition:
    """The definition as it would stand: what stands, else the standard one of that name, changed as asked.

    Raises TraitError with everything that is wrong with it.
    """
    base = plan.trait_rules.by_key.get(key) or STANDARD.get(key)
    if base is None and wish.kind is None:
        raise TraitError(
            f"say of which kind {key!r} is: --kind {'|'.join(TraitKind)} (only {', '.join(STANDARD)} need none)"
        )
    name = base.name if base else Words(wish.he or wish.en or key, wish.en or wish.he or key)
    kind = wish.kind or (base.kind if base else TraitKind.TEXT)
    kept = base.choices if base and kind in (TraitKind.CHOICE, TraitKind.LIST) else ()
    definition = TraitDefinition(
        key,
        kind,
        Words(name.he if wish.he is None else wish.he, name.en if wish.en is None else wish.en),
        kept if wish.choices is None else wish.choices,
        (base.sensitive if base else False) if wish.sensitive is None else wish.sensitive,
        (base.told_by if base else ()) if wish.told_by is None else wish.told_by,
    )
    if wrong := problems(definition, plan.traits):
        raise TraitError("; ".join(wrong))
    return definition


def define(connection: psycopg.Connection, plan: Plan, key: str, wish: Wish, now: Instant, by: str) -> TraitDefinition:
    """Save the definition as a new version, if it says anything new. What was told before stays as it was told.

    Raises TraitError.
    """
    definition = wished(plan, key, wish)
    standing = plan.trait_rules.by_key.get(key)
    if standing is not None and body_of(standing) == body_of(definition):
        return standing
    with transaction(connection):
        version = definitions.save(
            connection, plan.brand.id, "trait", key, body_of(definition), status="active", at=now, by=by
        )
        definitions.audit(connection, plan.brand.id, now, by, "define trait", {"trait": key, "version": version})
    return msgspec.structs.replace(definition, version=version)


def retire(connection: psycopg.Connection, plan: Plan, key: str, now: Instant, by: str) -> TraitDefinition:
    """The trait is defined no more: its values stay, new ones are taken as told. Raises NoTrait."""
    definition = defined(plan, key)
    with transaction(connection):
        definitions.set_status(connection, plan.brand.id, "trait", definition.key, definition.version, "retired")
        definitions.audit(connection, plan.brand.id, now, by, "retire trait", {"trait": definition.key})
    return definition


def defined(plan: Plan, key: str) -> TraitDefinition:
    """Raises NoTrait naming those there are."""
    found = plan.trait_rules.headed(key)
    if found is None:
        known = ", ".join(sorted(plan.trait_rules.by_key)) or "none yet"
        raise NoTrait(f"no trait {key!r} is defined; there are: {known}")
    return found


def versions(connection: psycopg.Connection, plan: Plan, key: str) -> list[definitions.Definition]:
    """Every version of a trait's definition, the oldest first, with who saved it and when."""
    return [each for each in definitions.read(connection, plan.brand.id, "trait") if each.key == key]


def be_strict(connection: psycopg.Connection, plan: Plan, now: Instant, by: str, *, strict: bool) -> None:
    """Take no traits but those that are defined, or any again."""
    row = definitions.find_brand(connection, plan.brand.key)
    assert row is not None
    with transaction(connection):
        definitions.save_brand(connection, row.key, {**row.settings, "strict_traits": strict})
        definitions.audit(connection, plan.brand.id, now, by, "strict traits", {"strict": strict})


def tell(
    connection: psycopg.Connection,
    plan: Plan,
    customer: CustomerId,
    told: Mapping[str, Any],
    now: Instant,
    by: str,
    *,
    because: str = "",
) -> dict[str, TraitValue]:
    """An operator says so: an event like any other, durable when this returns; the worker does the rest.

    Raises TraitError naming the trait, Unknowable. None of `told` is kept when one of them is wrong.
    """
    values: dict[str, TraitValue] = {}
    for key, value in told.items():
        try:
            values[key] = plan.trait_rules.read(key, value, OPERATOR)
        except TraitError as error:
            raise TraitError(f"{key}: {error}") from error
    who = own_identifiers(connection, plan.brand.id, customer)
    if not who:
        raise Unknowable(f"customer {customer} has no phone, e-mail, card or shop id of their own to be told of by")
    body = TraitsTold(values, by=by, because=because)
    digest = hashlib.blake2b(msgspec.json.encode(body, order="deterministic"), digest_size=8).hexdigest()
    event = happened(
        OPERATOR, f"{customer} {now} {digest}", body, occurred_at=now, received_at=now, identifiers=who
    )  # fmt: skip
    accept(connection, plan.brand.id, [event])
    return values


def ages(
    connection: psycopg.Connection, plan: Plan, now: Instant, step: Callable[[int], None] = lambda _: None
) -> dict[str, list[Age]]:
    """Of every trait that anybody has: how old its values are, source by source. Reads every document."""
    spans: dict[tuple[str, str], tuple[Counter[int], list[Instant]]] = {}
    for document in customers.read_all(connection, plan.brand.id):
        for key, trait in document.traits.items():
            if trait.value is not None:
                days, ends = spans.setdefault((key, trait.source), (Counter(), [trait.at, trait.at]))
                days[trait.at // DAY] += 1
                ends[:] = min(ends[0], trait.at), max(ends[1], trait.at)
        step(1)
    files = traits.imported_sources(connection, plan.brand.id)
    found: dict[str, list[Age]] = {}
    for (key, source), (days, (oldest, newest)) in sorted(spans.items()):
        is_static = source in files and newest + STALE <= now
        age = Age(source, days.total(), oldest, newest, _median(days, oldest), is_static)
        found.setdefault(key, []).append(age)
    return found


def _median(days: Counter[int], oldest: Instant) -> Instant:
    """The start of the day on which half of them had been told; the oldest where it is that day's."""
    left = (days.total() + 1) // 2
    for day in sorted(days):
        left -= days[day]
        if left <= 0:
            break
    return Instant(max(day * DAY, oldest))
