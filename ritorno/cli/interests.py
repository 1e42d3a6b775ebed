"""`ritorno interests …`: what customers are drawn to, and which clicks, views and purchases say so."""

from typing import Any

import click
from rich.table import Table

from ritorno.cli.app import Refused, answer, brand_option, cli, console, installation, json_option
from ritorno.core.instants import Span, parse_span, say_instant
from ritorno.core.interests import InterestDefinition, ProductType, Watched
from ritorno.core.policies import PolicyError
from ritorno.core.segments.check import RuleError
from ritorno.core.segments.rule import Did
from ritorno.core.segments.text import from_text
from ritorno.core.segments.text_write import to_text
from ritorno.work.interests import InterestError, NoInterest, Wish, define, defined, retire, tell_types, versions

_TYPES = [each.value for each in ProductType]


@cli.group("interests")
def interests_group() -> None:
    """What customers are drawn to: links, views and purchases that say so."""


@interests_group.command("list")
@brand_option
@json_option
def list_command(brand: str, as_json: bool) -> None:
    """The interests that are defined."""
    with installation() as app:
        plan = app.plan(brand)
    if as_json:
        types = {name: each.value for name, each in plan.policy.product_types.items()}
        answer({"interests": [told_interest(each) for each in plan.interests], "product_types": types})
        return
    table = Table("interest", "name", "fed by", "fades after", "version")
    for each in sorted(plan.interests, key=lambda one: one.key):
        name = each.name.in_language(plan.brand.language)
        table.add_row(each.key, name, "\n".join(_feeders(each)), str(each.fades_after), str(each.version))
    console.print(table)


def told_interest(definition: InterestDefinition) -> dict[str, Any]:
    """A definition as JSON; events as the text of a rule."""
    return {
        "key": definition.key,
        "name": {"he": definition.name.he, "en": definition.name.en},
        "links": list(definition.links),
        "events": [_event_text(each) for each in definition.events],
        "categories": list(definition.categories),
        "product_type": definition.product_type,
        "half_life_days": definition.half_life,
        "fades_after": str(definition.fades_after),
        "version": definition.version,
    }


def _event_text(watched: Watched) -> str:
    return to_text(Did(event=watched.event, where=watched.where)).removeprefix("did ")


def _feeders(definition: InterestDefinition) -> list[str]:
    told = [f"link {each}" for each in definition.links]
    told += [f"category {each}" for each in definition.categories]
    told += [f"{definition.product_type.value} products"] if definition.product_type else []
    return told + [f"event {_event_text(each)}" for each in definition.events]


@interests_group.command("define")
@click.argument("name")
@click.option("--he", help="Its Hebrew name.")
@click.option("--en", help="Its English name.")
@click.option("--link", "links", multiple=True, metavar="PATTERN", help="A click on such a link, by its name or "
              "address; * is anything. Again for more.")  # fmt: skip
@click.option("--category", "categories", multiple=True, help="A view or a purchase of it. Again for more.")
@click.option("--product-type", type=click.Choice([*_TYPES, "none"]), help="A view or a purchase of such a product.")
@click.option("--event", "events", multiple=True, metavar="EVENT", help="Any event, as `form_sent where "
              "topic = \"x\"`. Again for more.")  # fmt: skip
@click.option("--half-life", type=float, metavar="DAYS", help="After so many days it weighs half. Default 30.")
@click.option("--fades-after", metavar="SPAN", help="Without anything new for so long it fades. Default 90d.")
@brand_option
@json_option
def define_command(
    name: str, he: str | None, en: str | None, links: tuple[str, ...], categories: tuple[str, ...],
    product_type: str | None, events: tuple[str, ...], half_life: float | None, fades_after: str | None, brand: str,
    as_json: bool,
) -> None:  # fmt: skip
    """Define the interest NAME, or change what is asked for; the rest stays. What was clicked before counts too."""
    wish = Wish(
        he, en, links or None, tuple(map(_read_event, events)) or None, categories or None,
        "" if product_type == "none" else product_type, half_life, _read_span(fades_after),
    )  # fmt: skip
    with installation() as app:
        plan = app.plan(brand)
        try:
            found = define(app.connection(), plan, name, wish, app.now(plan.brand.id), "cli")
        except InterestError as error:
            raise Refused(str(error)) from error
    if as_json:
        answer(told_interest(found))
        return
    console.print(f"[bold]{found.key}[/]: version {found.version}", highlight=False)


def _read_event(text: str) -> Watched:
    try:
        read = from_text(f"did {text}")
    except RuleError as error:
        raise Refused(f"--event {text!r}: {error}") from error
    if not isinstance(read, Did) or read != Did(event=read.event, where=read.where):
        raise Refused(f'--event {text!r}: write an event and its filters alone, as form_sent where topic = "x"')
    return Watched(read.event, read.where)


def _read_span(text: str | None) -> Span | None:
    try:
        return None if text is None else parse_span(text)
    except ValueError as error:
        raise Refused(f"--fades-after: {error}") from error


@interests_group.command("show")
@click.argument("name")
@brand_option
@json_option
def show_command(name: str, brand: str, as_json: bool) -> None:
    """What feeds the interest NAME, and its earlier versions, with who saved them."""
    with installation() as app:
        plan = app.plan(brand)
        try:
            found = defined(plan, name)
        except NoInterest as error:
            raise Refused(str(error)) from error
        kept = versions(app.connection(), plan, found.key)
    told: list[dict[str, Any]] = [
        {"version": one.version, "status": one.status, "saved_at": say_instant(one.saved_at, plan.tz),
         "saved_by": one.saved_by}
        for one in kept
    ]  # fmt: skip
    if as_json:
        answer({**told_interest(found), "versions": told})
        return
    console.print(f"[bold]{found.key}[/] · {found.name.he} · {found.name.en}", highlight=False)
    for each in _feeders(found):
        console.print(f"  {each}", highlight=False, markup=False)
    console.print(f"  weighs half after {found.half_life:g} days, fades after {found.fades_after}", highlight=False)
    for one in told:
        console.print(f"  version {one['version']}: {one['status']}, {one['saved_at'][:16]} by {one['saved_by']}")


@interests_group.command("retire")
@click.argument("name")
@brand_option
@json_option
def retire_command(name: str, brand: str, as_json: bool) -> None:
    """NAME is defined no more; what was clicked stays, and feeds it again if it is defined again."""
    with installation() as app:
        plan = app.plan(brand)
        try:
            found = retire(app.connection(), plan, name, app.now(plan.brand.id), "cli")
        except (NoInterest, InterestError) as error:
            raise Refused(str(error)) from error
    if as_json:
        answer({"retired": found.key})
        return
    console.print(f"{found.key} is retired", highlight=False)


@interests_group.command("types")
@click.argument("told", nargs=-1, metavar="[CATEGORY=TYPE]...")
@brand_option
@json_option
def types_command(told: tuple[str, ...], brand: str, as_json: bool) -> None:
    """Say of which type the products of a category are: digital, physical, service (none: take it away)."""
    types = dict(map(_read_type, told))
    with installation() as app:
        plan = app.plan(brand)
        try:
            known = tell_types(app.connection(), plan, types, app.now(plan.brand.id), "cli")
        except PolicyError as error:
            raise Refused(str(error)) from error
    if as_json:
        answer({"product_types": {name: each.value for name, each in known.items()}})
        return
    for name, each in sorted(known.items()):
        console.print(f"{name}: {each.value}", highlight=False, markup=False)


def _read_type(text: str) -> tuple[str, ProductType | None]:
    category, _, kind = text.rpartition("=")
    if not category.strip() or kind not in (*_TYPES, "none"):
        raise Refused(f"{text!r}: write CATEGORY=TYPE, the type one of {', '.join(_TYPES)}, none")
    return category.strip(), None if kind == "none" else ProductType(kind)
