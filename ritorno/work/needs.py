"""Needs and inferences: define one, retire it; everyone is settled under it (SEG-18, COM-30)."""

from collections.abc import Callable, Collection
from typing import TypeVar

import msgspec
import psycopg

from ritorno.core.inferences import Inference
from ritorno.core.inferences import problems as problems_of_inference
from ritorno.core.instants import Instant
from ritorno.core.journeys.rules import rules_of
from ritorno.core.journeys.way import Words
from ritorno.core.near import meant
from ritorno.core.needs import Need
from ritorno.core.needs import problems as problems_of_need
from ritorno.core.plan import Plan
from ritorno.core.segments.check import RuleError, check, leaves
from ritorno.core.segments.rule import Inferred, NeedServed, Rule, Scalar
from ritorno.store import definitions, replans
from ritorno.store.transaction import transaction
from ritorno.work.plans import body_of
from ritorno.work.wake import wake

Defined = TypeVar("Defined", Need, Inference)


class NotDefined(LookupError):  # noqa: N818 - the name says the state
    """No such need or inference; the message names those that are."""


class DefinitionError(ValueError):
    """One that cannot be defined, or cannot be retired; the message says why and what to do."""


class NeedWish(msgspec.Struct, frozen=True):
    """What is asked of a need; None leaves it as it is."""

    he: str | None = None
    en: str | None = None
    categories: tuple[str, ...] | None = None
    skus: tuple[str, ...] | None = None


class InferenceWish(msgspec.Struct, frozen=True):
    """What is asked of an inference; None leaves it as it is."""

    trait: str | None = None
    rule: Rule | None = None
    value: Scalar | None = None
    confidence: float | None = None
    approved_by: str | None = None


def define_need(connection: psycopg.Connection, plan: Plan, key: str, wish: NeedWish, now: Instant, by: str) -> Need:
    """Save the need as a new version, if it says anything new. Raises DefinitionError."""
    base = plan.needs_by_key.get(key) or Need(key, Words(wish.he or wish.en or key, wish.en or wish.he or key))
    need = Need(
        key,
        Words(base.name.he if wish.he is None else wish.he, base.name.en if wish.en is None else wish.en),
        base.categories if wish.categories is None else wish.categories,
        base.skus if wish.skus is None else wish.skus,
    )
    if wrong := problems_of_need(need):
        raise DefinitionError("; ".join(wrong))
    return _save(connection, plan, "need", need, plan.needs_by_key.get(key), now, by)


def define_inference(
    connection: psycopg.Connection, plan: Plan, key: str, wish: InferenceWish, now: Instant, by: str
) -> Inference:
    """Save the inference as a new version, if it says anything new. Raises DefinitionError.

    What is changed of an approved one needs the approval again: it was given to what was written then.
    """
    base = next((each for each in plan.inferences if each.key == key), None)
    told = {
        name: value for name in ("trait", "rule", "value", "confidence") if (value := getattr(wish, name)) is not None
    }
    if base is None and not {"trait", "rule"} <= told.keys():
        raise DefinitionError(f"{key}: a new inference says of whom (--when RULE) it infers what (--trait NAME)")
    changed = bool(told) if base is None else any(getattr(base, name) != value for name, value in told.items())
    approved = wish.approved_by or ("" if base is None or changed else base.approved_by)
    if base is None:
        inference = Inference(key, told.pop("trait"), told.pop("rule"), approved_by=approved, **told)
    else:
        inference = msgspec.structs.replace(base, approved_by=approved, **told)
    if wrong := problems_of_inference(inference, plan.trait_rules):
        raise DefinitionError("; ".join(wrong))
    try:
        check(inference.rule, plan)
    except RuleError as error:
        raise DefinitionError(f"{key}: {error}") from error
    return _save(connection, plan, "inference", inference, base, now, by)


def _save(
    connection: psycopg.Connection,
    plan: Plan,
    kind: str,
    made: Defined,
    standing: Defined | None,
    now: Instant,
    by: str,
) -> Defined:
    body = body_of(made)
    if standing is not None and body_of(standing) == body:
        return standing
    _let_time_pass(connection, plan, now)
    brand = plan.brand.id
    with transaction(connection):
        version = definitions.save(connection, brand, kind, made.key, body, status="active", at=now, by=by)
        replans.ask(connection, brand, f"{kind} {made.key} v{version}")
        definitions.audit(connection, brand, now, by, f"define {kind}", {kind: made.key, "version": version})
    return msgspec.structs.replace(made, version=version)


def _let_time_pass(connection: psycopg.Connection, plan: Plan, now: Instant) -> None:
    """What time has done by now is not the definition's doing."""
    while wake(connection, plan, now):
        pass


def retire_need(connection: psycopg.Connection, plan: Plan, key: str, now: Instant, by: str) -> Need:
    """The need is defined no more. Raises NotDefined, and DefinitionError while a rule asks for it."""
    found = _found(plan.needs, key, "need")
    _refuse_if_asked(plan, key, lambda part: isinstance(part, NeedServed) and part.need == key)
    return _retire(connection, plan, "need", found, now, by)


def retire_inference(connection: psycopg.Connection, plan: Plan, key: str, now: Instant, by: str) -> Inference:
    """The inference is drawn no more. Raises NotDefined, and DefinitionError while a rule asks for a trait that then
    nothing would infer."""
    found = _found(plan.inferences, key, "inference")
    if sum(each.trait == found.trait for each in plan.inferences) == 1:
        _refuse_if_asked(plan, key, lambda part: isinstance(part, Inferred) and part.trait == found.trait)
    return _retire(connection, plan, "inference", found, now, by)


def _found(known: Collection[Defined], key: str, kind: str) -> Defined:
    found = next((each for each in known if each.key == key), None)
    if found is None:
        raise NotDefined(f"no {kind} {key!r} is defined{meant(key, [each.key for each in known])}")
    return found


def _refuse_if_asked(plan: Plan, key: str, asks: Callable[[Rule], bool]) -> None:
    named = [(f"segment {each.key}", each.rule) for each in plan.segments]
    named += [(f"playbook {each.key}, {path}", rule) for each in plan.running for path, rule in rules_of(each)]
    asking = [name for name, rule in named if any(asks(part) for _, part in leaves(rule))]
    if asking:
        raise DefinitionError(f"{key}: {', '.join(asking)} asks for it; change that rule first")


def _retire(connection: psycopg.Connection, plan: Plan, kind: str, found: Defined, now: Instant, by: str) -> Defined:
    brand = plan.brand.id
    with transaction(connection):
        definitions.set_status(connection, brand, kind, found.key, found.version, "retired")
        replans.ask(connection, brand, f"{kind} {found.key} retired")
        definitions.audit(connection, brand, now, by, f"retire {kind}", {kind: found.key})
    return found
