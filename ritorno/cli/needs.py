"""`ritorno needs …`, `ritorno inferences …`: what purchases answer, and what they let expect."""

from typing import Any

import click
from rich.table import Table

from ritorno.cli.app import Refused, answer, brand_option, cli, console, installation, json_option
from ritorno.core.inferences import Inference, is_sensitive
from ritorno.core.needs import Need
from ritorno.core.plan import Plan
from ritorno.core.segments.check import RuleError
from ritorno.core.segments.rule import Rule
from ritorno.core.segments.text import from_text
from ritorno.core.segments.text_write import to_text
from ritorno.core.words.traits import say_name, say_value
from ritorno.sources.values import read_trait
from ritorno.work.needs import (
    DefinitionError,
    InferenceWish,
    NeedWish,
    NotDefined,
    define_inference,
    define_need,
    retire_inference,
    retire_need,
)


@cli.group("needs")
def needs_group() -> None:
    """What customers buy for: which categories and products answer which need."""


@needs_group.command("list")
@brand_option
@json_option
def list_needs(brand: str, as_json: bool) -> None:
    """The needs that are defined."""
    with installation() as app:
        plan = app.plan(brand)
    if as_json:
        answer({"needs": [told_need(each) for each in plan.needs]})
        return
    table = Table("need", "name", "answered by", "version")
    for each in sorted(plan.needs, key=lambda one: one.key):
        by = "\n".join((*(f"category {one}" for one in each.categories), *(f"product {one}" for one in each.skus)))
        table.add_row(each.key, each.name.in_language(plan.brand.language), by, str(each.version))
    console.print(table)


def told_need(need: Need) -> dict[str, Any]:
    """A need as JSON."""
    return {
        "key": need.key,
        "name": {"he": need.name.he, "en": need.name.en},
        "categories": list(need.categories),
        "skus": list(need.skus),
        "version": need.version,
    }


@needs_group.command("define")
@click.argument("name")
@click.option("--he", help="Its Hebrew name.")
@click.option("--en", help="Its English name.")
@click.option("--category", "categories", multiple=True, help="A category that answers it. Again for more.")
@click.option("--sku", "skus", multiple=True, help="A product that answers it. Again for more.")
@brand_option
@json_option
def define_need_command(
    name: str, he: str | None, en: str | None, categories: tuple[str, ...], skus: tuple[str, ...], brand: str,
    as_json: bool,
) -> None:  # fmt: skip
    """Define the need NAME, or change what is asked for; the rest stays. What was bought before serves it too."""
    wish = NeedWish(he, en, categories or None, skus or None)
    with installation() as app:
        plan = app.plan(brand)
        try:
            found = define_need(app.connection(), plan, name, wish, app.now(plan.brand.id), "cli")
        except DefinitionError as error:
            raise Refused(str(error)) from error
    if as_json:
        answer(told_need(found))
        return
    console.print(f"[bold]{found.key}[/]: version {found.version}", highlight=False)


@needs_group.command("retire")
@click.argument("name")
@brand_option
@json_option
def retire_need_command(name: str, brand: str, as_json: bool) -> None:
    """NAME is defined no more."""
    with installation() as app:
        plan = app.plan(brand)
        try:
            found = retire_need(app.connection(), plan, name, app.now(plan.brand.id), "cli")
        except (NotDefined, DefinitionError) as error:
            raise Refused(str(error)) from error
    _say_retired(found.key, as_json=as_json)


def _say_retired(key: str, *, as_json: bool) -> None:
    if as_json:
        answer({"retired": key})
    else:
        console.print(f"{key} is retired", highlight=False)


@cli.group("inferences")
def inferences_group() -> None:
    """What purchases let expect of a customer, kept apart from what was told."""


@inferences_group.command("list")
@brand_option
@json_option
def list_inferences(brand: str, as_json: bool) -> None:
    """The inferences that are defined, the surest first."""
    with installation() as app:
        plan = app.plan(brand)
    found = sorted(plan.inferences, key=lambda each: (-each.confidence, each.key))
    if as_json:
        answer({"inferences": [told_inference(each, plan) for each in found]})
        return
    table = Table("inference", "when", "infers", "confidence", "approved by", "version")
    for each in found:
        definition, language = plan.trait_rules.by_key.get(each.trait), plan.brand.language
        infers = f"{say_name(each.trait, definition, language)}: {say_value(each.value, definition, language)}"
        waits = "" if each in plan.standing_inferences else "nobody: not drawn"
        table.add_row(
            each.key, to_text(each.rule), infers, f"{each.confidence:.0%}", each.approved_by or waits,
            str(each.version),
        )  # fmt: skip
    console.print(table)


def told_inference(inference: Inference, plan: Plan) -> dict[str, Any]:
    """An inference as JSON; `drawn` is false while a sensitive trait lacks the approval."""
    return {
        "key": inference.key,
        "when": to_text(inference.rule),
        "trait": inference.trait,
        "value": inference.value,
        "confidence": inference.confidence,
        "sensitive": is_sensitive(inference.trait, plan.trait_rules),
        "approved_by": inference.approved_by,
        "drawn": bool(inference.approved_by) or not is_sensitive(inference.trait, plan.trait_rules),
        "version": inference.version,
    }


@inferences_group.command("define")
@click.argument("name")
@click.option("--when", metavar="RULE", help='Of whom, as `bought sku "D1"`: a rule of what was bought and done.')
@click.option("--trait", help="Which trait it infers.")
@click.option("--value", help="Which value; yes, if not given.")
@click.option("--confidence", type=click.FloatRange(0, 1, min_open=True), help="How sure, up to 1. Default 0.5.")
@click.option("--approve", metavar="NAME", help="Who approves that a sensitive trait is inferred.")
@brand_option
@json_option
def define_inference_command(
    name: str, when: str | None, trait: str | None, value: str | None, confidence: float | None, approve: str | None,
    brand: str, as_json: bool,
) -> None:  # fmt: skip
    """Define the inference NAME, or change what is asked for; the rest stays. What is told always wins."""
    with installation() as app:
        plan = app.plan(brand)
        wish = InferenceWish(trait, _read_rule(when), _read_value(name, trait, value, plan), confidence, approve)
        try:
            found = define_inference(app.connection(), plan, name, wish, app.now(plan.brand.id), "cli")
        except DefinitionError as error:
            raise Refused(str(error)) from error
    if as_json:
        answer(told_inference(found, plan))
        return
    console.print(f"[bold]{found.key}[/]: version {found.version}", highlight=False)


def _read_rule(text: str | None) -> Rule | None:
    try:
        return None if text is None else from_text(text)
    except RuleError as error:
        raise Refused(f"--when {text!r}: {error}") from error


def _read_value(name: str, trait: str | None, text: str | None, plan: Plan) -> Any:
    if text is None:
        return None
    standing = next((each.trait for each in plan.inferences if each.key == name), "")
    definition = plan.trait_rules.by_key.get(trait or standing)
    try:
        return read_trait(text) if definition is None else definition.read(text)
    except ValueError as error:
        raise Refused(f"--value: {error}") from error


@inferences_group.command("retire")
@click.argument("name")
@brand_option
@json_option
def retire_inference_command(name: str, brand: str, as_json: bool) -> None:
    """NAME is drawn no more."""
    with installation() as app:
        plan = app.plan(brand)
        try:
            found = retire_inference(app.connection(), plan, name, app.now(plan.brand.id), "cli")
        except (NotDefined, DefinitionError) as error:
            raise Refused(str(error)) from error
    _say_retired(found.key, as_json=as_json)
