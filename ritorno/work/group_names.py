"""What the groups are called: the brand's own names where it gave any, else the ready ones (SEG-01)."""

from collections.abc import Iterable

import msgspec
import psycopg

from ritorno.core.instants import Instant
from ritorno.core.journeys.way import Words
from ritorno.core.plan import Plan
from ritorno.core.scores.cells import GROUPS, PROSPECTS
from ritorno.store import definitions
from ritorno.store.transaction import transaction


class UnknownGroup(LookupError):  # noqa: N818 - the name says the state
    """There is no such group; the message names those there are."""


def group_names(connection: psycopg.Connection, plan: Plan) -> dict[str, Words]:
    """The name of every group and of the prospects, by key, in the order in which they are shown."""
    return names_under(definitions.read(connection, plan.brand.id, "group"))


def said_groups(connection: psycopg.Connection, plan: Plan, language: str) -> dict[str, str]:
    """The same in one language."""
    return {key: name.in_language(language) for key, name in group_names(connection, plan).items()}


def names_under(found: Iterable[definitions.Definition]) -> dict[str, Words]:
    """The same from a brand's definitions of kind `group`."""
    names = {str(group.key): Words(group.he, group.en) for group in (*GROUPS, PROSPECTS)}
    for given in found:
        if given.status == "active" and given.key in names:
            names[given.key] = msgspec.convert(given.body, Words)
    return names


def rename_group(
    connection: psycopg.Connection, plan: Plan, key: str, he: str | None, en: str | None, now: Instant, by: str
) -> Words:
    """Give a group another name, in one language or both. Raises UnknownGroup, ValueError for an empty name."""
    known = group_names(connection, plan)
    if key not in known:
        raise UnknownGroup(f"there is no group {key!r}; there are: {', '.join(known)}")
    fresh = Words(known[key].he if he is None else he.strip(), known[key].en if en is None else en.strip())
    if not fresh.he or not fresh.en:
        raise ValueError(f"the name of {key} is empty; give it some letters")
    with transaction(connection):
        definitions.save(
            connection, plan.brand.id, "group", key, msgspec.to_builtins(fresh), status="active", at=now, by=by
        )
        definitions.audit(connection, plan.brand.id, now, by, "rename-group", {"group": key, "he": fresh.he})
    return fresh
