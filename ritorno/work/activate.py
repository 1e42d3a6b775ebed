"""Activate and pause: a playbook goes live, with its parameters, for newcomers and, if asked, those already in."""

from typing import Any

import msgspec
import psycopg

from ritorno.core.ids import PlaybookKey
from ritorno.core.instants import Instant
from ritorno.core.journeys.codec import PlaybookError, decode, faults
from ritorno.core.journeys.journey import Playbook
from ritorno.core.plan import Plan
from ritorno.playbooks import library
from ritorno.store import definitions
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
) -> Playbook:
    """The playbook with an operator's parameters. Raises PlaybookError for those that cannot run."""
    told: dict[str, Any] = msgspec.to_builtins(playbook)
    if switched_on:
        fresh = library.read(playbook.key)
        told["steps"], told["options"] = fresh["steps"], fresh.get("options", {})
    if holdout is not None:
        told["holdout"] = holdout
    if a_day is not None:
        told["a_day"] = a_day
    if offer:
        told["offer"] = {**(told["offer"] or {}), **offer}
    return decode(told, switched_on)


def activate(connection: psycopg.Connection, plan: Plan, playbook: Playbook, now: Instant, by: str) -> Playbook:
    """Save it as a new version and let it run; those in an older version keep theirs.

    Raises PlaybookError when its rules ask for what the brand has not defined.
    """
    found = list(faults(playbook, plan))
    if found:
        raise PlaybookError(playbook.key, found)
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
        definitions.audit(
            connection, plan.brand.id, now, by, "activate", {"playbook": playbook.key, "version": version}
        )
    return msgspec.structs.replace(playbook, version=version)


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
