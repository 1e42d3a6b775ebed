"""Activate and pause: a playbook goes live, with its parameters, for newcomers and, if asked, those already in."""

from collections.abc import Collection
from typing import Any

import msgspec
import psycopg

from ritorno.core.events import Channel
from ritorno.core.instants import Instant
from ritorno.core.journeys.codec import decode, faults
from ritorno.core.journeys.journey import Playbook
from ritorno.core.journeys.parameters import PlaybookError
from ritorno.core.journeys.told import told
from ritorno.core.journeys.trigger import BecameTrue, watch_key
from ritorno.core.plan import Plan
from ritorno.playbooks import library
from ritorno.store import definitions, replans
from ritorno.store.transaction import transaction
from ritorno.work.plans import body_of
from ritorno.work.plans import playbook as read_playbook
from ritorno.work.ready import lacks


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


def current(
    connection: psycopg.Connection, plan: Plan, key: str, version: int | None = None, *, newest: bool = False
) -> tuple[Playbook, str]:
    """The version that stands (else, or if asked, the newest; or the one of that number) and its status.

    Raises NoPlaybook.
    """
    own = versions(connection, plan, key)
    standing = [each for each in own if each.status in ("active", "paused")]
    if version is not None:
        standing = [each for each in own if each.version == version]
        if not standing:
            known = ", ".join(str(each.version) for each in own)
            raise NoPlaybook(f"{own[0].key} has no version {version}; it has: {known}")
    chosen = own[-1] if newest else (standing or own)[-1]
    return read_playbook(chosen), chosen.status


def save_draft(connection: psycopg.Connection, plan: Plan, playbook: Playbook, now: Instant, by: str) -> Playbook:
    """A new version that nobody enters until it is activated; the same as the newest once more saves nothing."""
    try:
        newest, _ = current(connection, plan, playbook.key, newest=True)
    except NoPlaybook:
        newest = None
    if newest is not None and body_of(newest) == body_of(playbook):
        return newest
    key = newest.key if newest is not None else playbook.key
    with transaction(connection):
        version = definitions.save(
            connection, plan.brand.id, "playbook", key, body_of(playbook), status="draft", at=now, by=by
        )
        definitions.audit(connection, plan.brand.id, now, by, "save", {"playbook": key, "version": version})
    return msgspec.structs.replace(playbook, key=key, version=version)


def adjusted(
    playbook: Playbook,
    *,
    switched_on: frozenset[str] = frozenset(),
    holdout: float | None = None,
    a_day: int | None = None,
    offer: dict[str, Any] | None = None,
    parameters: dict[str, int | float | str] | None = None,
) -> Playbook:
    """The playbook with an operator's parameters. Raises PlaybookError for those that cannot run."""
    data = told(playbook)
    unknown = (parameters or {}).keys() - playbook.parameters.keys()
    if unknown:
        known = ", ".join(playbook.parameters) or "none"
        raise PlaybookError(playbook.key, [f"there is no parameter {min(unknown)!r}; there are: {known}"])
    for name, value in (parameters or {}).items():
        data["parameters"][name]["value"] = value
    if switched_on:
        data["options"] = library.read(playbook.key).get("options", {})
        chosen = {step["name"] for name in switched_on for step in data["options"].get(name, {}).get("steps", ())}
        data["steps"] = [step for step in data["steps"] if step["name"] not in chosen]  # switched on already
    if holdout is not None:
        data["holdout"] = holdout
    if a_day is not None:
        data["a_day"] = a_day
    if offer:
        data["offer"] = {**(data.get("offer") or {}), **offer}
    return decode(data, switched_on)


def activate(
    connection: psycopg.Connection, plan: Plan, playbook: Playbook, now: Instant, by: str, *, take_over: bool = False,
    leaves: Collection[Channel] = (),
) -> Playbook:  # fmt: skip
    """Save it as a new version and let it run. Those in an older version keep theirs; with `take_over` they go on in
    this one, each at the step of the same name (who stands at a step that is no more keeps the old version).

    `leaves`: the channels whose messages leave to people, beyond the sandbox. Raises PlaybookError when it asks for
    what the brand has not defined, or for a sender that those channels would refuse.
    """
    found = [*faults(playbook, plan), *lacks(connection, plan, playbook, leaves)]
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
    return read_playbook(one)
