"""Activate and pause: a playbook goes live, with its parameters, for newcomers and, if asked, those already in."""

from typing import Any

import msgspec
import psycopg

from ritorno.core.ids import PlaybookKey
from ritorno.core.instants import Instant
from ritorno.core.journeys.codec import PlaybookError, decode, faults
from ritorno.core.journeys.journey import Playbook
from ritorno.core.journeys.trigger import BecameTrue, watch_key
from ritorno.core.plan import Plan
from ritorno.playbooks import library
from ritorno.store import definitions, replans
from ritorno.store.transaction import transaction
from ritorno.work.plans import body_of


class NoPlaybook(LookupError):  # noqa: N818 - the name says the state
    """There is no such playbook, or it is not in the state that was asked for."""


def versions(connection: psycopg.Connection, plan: Plan, key: str) -> list[definitions.Definition]:
    """Every version of a playbook of the brand, the oldest first. Raises NoPlaybook naming those there are."""
    found = definitions.read(connection, plan.brand.id, "playbook")
    own = [each for each in found if each.key.upper() == key.upper()]
    if not own:
        known = ", ".join(sorted({each.key for each in found})) or "none"
        raise NoPlaybook(f"there is no playbook {key!r}; there are: {known}")
    return own


def current(connection: psycopg.Connection, plan: Plan, key: str) -> tuple[Playbook, str]:
    """The version that stands (else the newest) and its status."""
    own = versions(connection, plan, key)
    standing = [each for each in own if each.status in ("active", "paused")]
    chosen = (standing or own)[-1]
    told = {**chosen.body, "key": chosen.key, "version": chosen.version}
    return msgspec.convert(told, Playbook), chosen.status


def adjusted(
    playbook: Playbook,
    *,
    switched_on: frozenset[str] = frozenset(),
    holdout: float | None = None,
    a_day: int | None = None,
    offer: dict[str, Any] | None = None,
    parameters: dict[str, int | float | str] | None = None,
) -> Playbook:
    """The playbook with an operator's parameters; when one of its `$names` changes, its file tells it anew.

    Raises PlaybookError for those that cannot run.
    """
    told: dict[str, Any] = msgspec.to_builtins(playbook)
    if switched_on or parameters:
        fresh = _fresh(playbook, parameters or {})
        told = {**fresh, **{name: told[name] for name in ("holdout", "a_day", "offer") if told.get(name) is not None}}
        told["version"] = playbook.version
    if holdout is not None:
        told["holdout"] = holdout
    if a_day is not None:
        told["a_day"] = a_day
    if offer:
        told["offer"] = {**(told["offer"] or {}), **offer}
    return decode(told, switched_on)


def _fresh(playbook: Playbook, parameters: dict[str, int | float | str]) -> dict[str, Any]:
    """The ready playbook's data with these values for its parameters. Raises PlaybookError."""
    try:
        fresh = library.read(playbook.key)
    except KeyError as error:
        why = f"{playbook.key} is not one of the ready playbooks; change the values in its file"
        raise PlaybookError(playbook.key, [why]) from error
    known = {name: dict(told) for name, told in fresh.get("parameters", {}).items()}
    unknown = parameters.keys() - known.keys()
    if unknown:
        said = ", ".join(known) or "none"
        raise PlaybookError(playbook.key, [f"there is no parameter {min(unknown)!r}; there are: {said}"])
    for name, standing in playbook.parameters.items():
        known.get(name, {})["value"] = standing.value
    for name, value in parameters.items():
        known[name]["value"] = value
    return {**fresh, "parameters": known}


def activate(
    connection: psycopg.Connection, plan: Plan, playbook: Playbook, now: Instant, by: str, *, take_over: bool = False
) -> Playbook:
    """Save it as a new version and let it run. Those in an older version keep theirs; with `take_over` they go on in
    this one, each at the step of the same name (who stands at a step that is no more keeps the old version).

    Raises PlaybookError when its rules ask for what the brand has not defined.
    """
    found = list(faults(playbook, plan))
    if found:
        raise PlaybookError(playbook.key, found)
    older = tuple(sorted(version for key, version in plan.versions if key == playbook.key))
    playbook = msgspec.structs.replace(playbook, takes_over=older if take_over else ())
    with transaction(connection):
        version = definitions.save(
            connection,
            plan.brand.id,
            "playbook",
            playbook.key,
            body_of(playbook),
            status="active",
            at=now,
            by=by,
        )
        _settle(connection, plan, playbook, version)
        definitions.audit(
            connection, plan.brand.id, now, by, "activate", {"playbook": playbook.key, "version": version}
        )
    return msgspec.structs.replace(playbook, version=version)


def _settle(connection: psycopg.Connection, plan: Plan, playbook: Playbook, version: int) -> None:
    """Whom it concerns from this instant on: whoever fits the rule it watches, and those who go on in it."""
    cause = f"playbook {playbook.key} v{version}"
    if isinstance(playbook.trigger, BecameTrue):
        replans.ask(connection, plan.brand.id, cause, keys=[watch_key(playbook.key)])
    if playbook.takes_over:
        replans.ask_enrolled(connection, plan.brand.id, cause, [playbook.key], playbook.takes_over)


def pause(connection: psycopg.Connection, plan: Plan, key: str, now: Instant, by: str) -> Playbook:
    """Nobody enters and nothing leaves until it is activated again. Raises NoPlaybook when it does not run."""
    running = [each for each in versions(connection, plan, key) if each.status == "active"]
    if not running:
        raise NoPlaybook(f"{key.upper()} is not active, so there is nothing to pause")
    one = running[-1]
    with transaction(connection):
        definitions.set_status(connection, plan.brand.id, "playbook", one.key, one.version, "paused")
        definitions.audit(connection, plan.brand.id, now, by, "pause", {"playbook": one.key, "version": one.version})
    return msgspec.convert({**one.body, "key": PlaybookKey(one.key), "version": one.version}, Playbook)
