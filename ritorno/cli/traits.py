"""`ritorno traits …`: custom fields, their definitions, what is told of them and how old it is."""

from typing import Any

import click
from rich.progress import Progress
from rich.table import Table

from ritorno.cli.app import (
    Refused,
    answer,
    brand_option,
    cli,
    console,
    errors,
    installation,
    json_option,
)  # fmt: skip
from ritorno.core.instants import DAY, Instant, say_instant
from ritorno.core.journeys.way import Words
from ritorno.core.plan import Plan
from ritorno.core.trait_values import Choice, TraitError, TraitKind
from ritorno.core.traits import TraitDefinition
from ritorno.core.words.traits import CATALOGUES, say_age, say_name, say_value
from ritorno.sources.values import read_trait
from ritorno.store import customers
from ritorno.work.find_customer import NotFound, find
from ritorno.work.traits import (
    Age,
    NoTrait,
    Unknowable,
    Wish,
    ages,
    be_strict,
    define,
    defined,
    retire,
    tell,
    versions,
)  # fmt: skip


@cli.group("traits")
def traits_group() -> None:
    """Custom fields: what is told of customers, of which kind, by whom."""


@traits_group.command("list")
@click.option("--ages", "with_ages", is_flag=True, help="Also how old the values are, by source. Reads everybody.")
@brand_option
@json_option
def list_command(with_ages: bool, brand: str, as_json: bool) -> None:
    """The traits that are defined; with --ages also those that are only told."""
    with installation() as app:
        plan = app.plan(brand)
        now = app.now(plan.brand.id)
        found: dict[str, list[Age]] = {}
        if with_ages:
            connection = app.connection()
            with Progress(console=errors, transient=True) as progress:
                task = progress.add_task("customers", total=customers.count(connection, plan.brand.id))
                found = ages(connection, plan, now, lambda done: progress.update(task, advance=done))
    known = plan.trait_rules.by_key
    keys = sorted(known.keys() | found.keys())
    if as_json:
        rows = [_told(key, known.get(key), found.get(key, []), plan, now, with_ages=with_ages) for key in keys]
        answer({"strict": plan.brand.strict_traits, "traits": rows})
        return
    _print_list(keys, found, plan, now)


def _print_list(keys: list[str], found: dict[str, list[Age]], plan: Plan, now: Instant) -> None:
    words, language = CATALOGUES[plan.brand.language], plan.brand.language
    table = Table("trait", "name", "kind", "version", *(("values", "source", "age") if found else ()))
    for key in keys:
        definition = plan.trait_rules.by_key.get(key)
        told = (
            (definition.name.in_language(language), words[definition.kind], str(definition.version))
            if definition
            else ("", "", "")
        )
        rows = [(f"{age.count:,}", age.source, _say_age(age, now, language)) for age in found.get(key, [])]
        first, *rest = rows or [("", "", "")]
        table.add_row(key, *told, *(first if found else ()))
        for row in rest:
            table.add_row("", "", "", "", *row)
    console.print(table)
    for key in (key for key in keys if any(age.static for age in found.get(key, []))):
        console.print(f"  {words['convert'].format(name=key)}", highlight=False, markup=False)
    if plan.brand.strict_traits:
        console.print("No others are taken in (strict).")


def _say_age(age: Age, now: Instant, language: str) -> str:
    said = say_age(max(0, now - age.median) // DAY, language)
    return CATALOGUES[language]["static"].format(age=said) if age.static else said


def _told(
    key: str, definition: TraitDefinition | None, found: list[Age], plan: Plan, now: Instant, *, with_ages: bool
) -> dict[str, Any]:
    told = {"key": key, "defined": definition is not None, **(told_definition(definition) if definition else {})}
    if with_ages:
        told["ages"] = [
            {
                "source": age.source,
                "values": age.count,
                "oldest": say_instant(age.oldest, plan.tz),
                "newest": say_instant(age.newest, plan.tz),
                "median": say_instant(age.median, plan.tz),
                "median_days": max(0, now - age.median) // DAY,
                "static": age.static,
                "words": _say_age(age, now, plan.brand.language),
                "offer": f"ritorno traits convert {key}" if age.static else "",
            }
            for age in found
        ]
    return told


def told_definition(definition: TraitDefinition) -> dict[str, Any]:
    """A definition as JSON."""
    return {
        "key": definition.key,
        "kind": definition.kind.value,
        "name": {"he": definition.name.he, "en": definition.name.en},
        "choices": [{"key": one.key, "he": one.name.he, "en": one.name.en} for one in definition.choices],
        "sensitive": definition.sensitive,
        "told_by": list(definition.told_by),
        "version": definition.version,
    }


def _read_choice(text: str) -> Choice:
    key, _, names = text.partition("=")
    he, _, en = names.partition("=")
    if not key.strip():
        raise Refused(f"--choice {text!r}: write KEY=HEBREW=ENGLISH, for example light=קל=Light")
    he = he.strip() or en.strip() or key.strip()
    return Choice(key.strip(), Words(he, en.strip() or he))


@traits_group.command("define")
@click.argument("name")
@click.option("--kind", type=click.Choice([str(kind) for kind in TraitKind]), help="What it holds.")
@click.option("--he", help="Its Hebrew name; a column or a form's field of that name tells it, too.")
@click.option("--en", help="Its English name.")
@click.option("--choice", "choices", multiple=True, metavar="KEY=HEBREW=ENGLISH", help="One of the choices; again for "
              "each. Of a list: what its entries may be.")  # fmt: skip
@click.option("--sensitive/--not-sensitive", default=None, help="Never written into a message.")
@click.option("--told-by", multiple=True, metavar="SOURCE", help="Only this source's word counts; again for more. "
              "`any`: everybody's.")  # fmt: skip
@brand_option
@json_option
def define_command(
    name: str, kind: str | None, he: str | None, en: str | None, choices: tuple[str, ...], sensitive: bool | None,
    told_by: tuple[str, ...], brand: str, as_json: bool,
) -> None:  # fmt: skip
    """Define the trait NAME, or change what is asked for; the rest stays. Values told before stay as they are."""
    sources = None if not told_by else () if told_by == ("any",) else told_by
    wish = Wish(
        TraitKind(kind) if kind else None, he, en, tuple(map(_read_choice, choices)) or None, sensitive, sources
    )
    with installation() as app:
        plan = app.plan(brand)
        try:
            found = define(app.connection(), plan, name, wish, app.now(plan.brand.id), "cli")
        except TraitError as error:
            raise Refused(str(error)) from error
    if as_json:
        answer(told_definition(found))
        return
    console.print(f"[bold]{found.key}[/]: {found.kind.value}, version {found.version}", highlight=False)


@traits_group.command("show")
@click.argument("name")
@brand_option
@json_option
def show_command(name: str, brand: str, as_json: bool) -> None:
    """The definition of NAME and its earlier versions, with who saved them."""
    with installation() as app:
        plan = app.plan(brand)
        try:
            found = defined(plan, name)
        except NoTrait as error:
            raise Refused(str(error)) from error
        kept = versions(app.connection(), plan, found.key)
    told = [
        {"version": one.version, "status": one.status, "saved_at": say_instant(one.saved_at, plan.tz),
         "saved_by": one.saved_by, "kind": one.body["kind"]}
        for one in kept
    ]  # fmt: skip
    if as_json:
        answer({**told_definition(found), "versions": told})
        return
    console.print(f"[bold]{found.key}[/] · {found.name.he} · {found.name.en} · {found.kind.value}", highlight=False)
    for choice in found.choices:
        console.print(f"  {choice.key}: {choice.name.he}, {choice.name.en}", highlight=False)
    if found.sensitive:
        console.print("  sensitive: never written into a message")
    if found.told_by:
        console.print(f"  told by {', '.join(found.told_by)} alone")
    for one in told:
        console.print(
            f"  version {one['version']}: {one['kind']}, {one['status']}, {one['saved_at'][:16]} by {one['saved_by']}",
            highlight=False,
        )


@traits_group.command("retire")
@click.argument("name")
@brand_option
@json_option
def retire_command(name: str, brand: str, as_json: bool) -> None:
    """NAME is defined no more. Its values stay; new ones are taken as they are told."""
    with installation() as app:
        plan = app.plan(brand)
        try:
            found = retire(app.connection(), plan, name, app.now(plan.brand.id), "cli")
        except NoTrait as error:
            raise Refused(str(error)) from error
    if as_json:
        answer({**told_definition(found), "status": "retired"})
        return
    console.print(f"{found.key} version {found.version} is retired.")


@traits_group.command("strict")
@click.argument("state", type=click.Choice(["on", "off"]))
@brand_option
@json_option
def strict_command(state: str, brand: str, as_json: bool) -> None:
    """Take in no traits but those that are defined (on), or any (off)."""
    with installation() as app:
        plan = app.plan(brand)
        now = app.now(plan.brand.id)
        be_strict(app.connection(), plan, now, "cli", strict=state == "on")
    if as_json:
        answer({"strict": state == "on"})
        return
    console.print("Only defined traits are taken in." if state == "on" else "Any trait is taken in.")


@traits_group.command("set")
@click.argument("customer")
@click.argument("name")
@click.argument("value", required=False)
@click.option("--clear", is_flag=True, help="It is known no more, instead of a VALUE.")
@click.option("--by", default="cli", show_default=True, help="Who says so; kept with the change.")
@click.option("--because", default="", help="Of what; kept with the change.")
@brand_option
@json_option
def set_command(
    customer: str, name: str, value: str | None, clear: bool, by: str, because: str, brand: str, as_json: bool
) -> None:
    """Tell that the trait NAME of CUSTOMER is VALUE: an event, which the worker takes in like any other."""
    if clear == (value is not None):
        raise Refused("give either a VALUE or --clear")
    with installation() as app:
        plan = app.plan(brand)
        now = app.now(plan.brand.id)
        definition = plan.trait_rules.headed(name)
        key = definition.key if definition else name
        told = value if definition or value is None else read_trait(value)
        try:
            who = find(app.connection(), plan, customer)
            kept = tell(app.connection(), plan, who, {key: told}, now, by, because=because)
        except (NotFound, TraitError, Unknowable) as error:
            raise Refused(str(error)) from error
    if as_json:
        answer({"customer": str(who), "at": say_instant(now, plan.tz), "traits": kept})
        return
    said = say_value(kept[key], definition, plan.brand.language) or "–"
    console.print(f"{say_name(key, definition, plan.brand.language)}: {said}", highlight=False)
