"""`ritorno customer traits`: what is told of one customer, and every change of it with its author."""

from typing import Any

import click

from ritorno.cli.app import (
    Refused,
    answer,
    as_of_option,
    brand_option,
    console,
    installation,
    instant_of,
    json_option,
)  # fmt: skip
from ritorno.cli.customer import customer_group
from ritorno.core.customer import Trait
from ritorno.core.instants import say_instant
from ritorno.core.plan import Plan
from ritorno.core.trait_history import TraitChange
from ritorno.core.words.traits import say_change, say_name, say_value
from ritorno.work.card import card
from ritorno.work.find_customer import NotFound, find


@customer_group.command("traits")
@click.argument("customer")
@click.argument("name", required=False)
@click.option("--history", "with_history", is_flag=True, help="Every change, with its author.")
@as_of_option
@brand_option
@json_option
def customer_traits(
    customer: str, name: str | None, with_history: bool, as_of: str | None, brand: str, as_json: bool
) -> None:
    """The traits of CUSTOMER, or NAME alone: the values, since when, told by whom."""
    with installation() as app:
        plan = app.plan(brand)
        try:
            who = find(app.connection(), plan, customer)
        except NotFound as error:
            raise Refused(str(error)) from error
        told = card(app.connection(), plan, who, instant_of(as_of, plan, app))
    assert told is not None
    definition = plan.trait_rules.headed(name) if name else None
    key = definition.key if definition else name
    standing = {one: trait for one, trait in sorted(told.document.traits.items()) if key in (None, one)}
    changes = [one for one in told.changes if key in (None, one.key)]
    if key is not None and not changes:
        known = ", ".join(sorted(told.document.traits)) or "nothing"
        raise Refused(f"nobody told {name!r} of this customer; told are: {known}")
    if as_json:
        found: dict[str, Any] = {"customer": str(told.document.id), "traits": _told(standing, plan)}
        answer(found | ({"history": [_told_change(one, plan) for one in changes]} if with_history else {}))
        return
    for line in _history(changes, plan) if with_history else _values(standing, plan):
        console.print(line, highlight=False, markup=False)


def _values(standing: dict[str, Trait], plan: Plan) -> list[str]:
    language, lines = plan.brand.language, []
    for key, trait in standing.items():
        definition = plan.trait_rules.by_key.get(key)
        said = say_value(trait.value, definition, language) or "–"
        since = say_instant(trait.at, plan.tz)[:10]
        lines.append(f"{say_name(key, definition, language)}: {said} ({trait.source}, {since})")
    return lines


def _history(changes: list[TraitChange], plan: Plan) -> list[str]:
    return [f"{say_instant(one.at, plan.tz)[:16].replace('T', ' ')}  {_say(one, plan)}" for one in changes]


def _say(change: TraitChange, plan: Plan) -> str:
    return say_change(change, plan.trait_rules.by_key.get(change.key), plan.brand.language)


def _told(standing: dict[str, Trait], plan: Plan) -> dict[str, Any]:
    return {
        key: {"value": trait.value, "at": say_instant(trait.at, plan.tz), "source": trait.source}
        for key, trait in standing.items()
    }


def _told_change(change: TraitChange, plan: Plan) -> dict[str, Any]:
    return {
        "at": say_instant(change.at, plan.tz),
        "received_at": say_instant(change.received_at, plan.tz),
        "name": change.key,
        "before": change.before,
        "after": change.after,
        "source": change.source,
        "by": change.by,
        "because": change.because,
        "event": str(change.event),
        "words": _say(change, plan),
    }
