"""`ritorno traits convert`: a list that was imported once becomes a segment that lives (ENG-15)."""

from typing import Any

import click
from rich.progress import Progress

from ritorno.cli.app import Refused, answer, brand_option, console, errors, installation, json_option
from ritorno.cli.traits import traits_group
from ritorno.core.instants import DAY, say_instant
from ritorno.core.plan import Plan
from ritorno.core.segments.check import RuleError
from ritorno.core.segments.text_write import to_text
from ritorno.core.words.rules_tree import say_rule, speech_of
from ritorno.core.words.traits import CATALOGUES, say_age, say_name
from ritorno.sources.values import read_trait
from ritorno.store import customers
from ritorno.work.convert import Conversion, NoList, Today, convert
from ritorno.work.group_names import said_groups
from ritorno.work.segments import save


@traits_group.command("convert")
@click.argument("name")
@click.option("--value", help="Whose list: those with this value. Yes, if not given.")
@click.option("--save", "key", metavar="SEGMENT", help="Save the first rule that is offered as this segment.")
@click.option("--choice", default=1, show_default=True, type=click.IntRange(1, 3), help="Or the second, or third.")
@brand_option
@json_option
def convert_command(name: str, value: str | None, key: str | None, choice: int, brand: str, as_json: bool) -> None:
    """Offer live rules in the place of the trait NAME, a list that was imported once: rules that would have made it.

    Nothing changes without --save; the trait stays in any case. Reads everybody.
    """
    with installation() as app:
        plan, connection = app.plan(brand), app.connection()
        now = app.now(plan.brand.id)
        definition = plan.trait_rules.by_key.get(name)
        try:
            asked: Any = True if value is None else read_trait(value) if definition is None else definition.read(value)
            with Progress(console=errors, transient=True) as progress:
                task = progress.add_task("customers", total=3 * customers.count(connection, plan.brand.id))
                found = convert(connection, plan, name, asked, now, lambda done: progress.update(task, advance=done))
        except (ValueError, NoList) as error:
            raise Refused(str(error)) from error
        groups = said_groups(connection, plan, plan.brand.language)
        if key is not None:
            if choice > len(found.offers):
                raise Refused(f"{len(found.offers)} rules are offered for {name}; there is no choice {choice}")
            called = {language: say_name(name, definition, language) for language in ("he", "en")}
            try:
                rule = found.offers[choice - 1].offer.rule
                save(connection, plan, key, rule, now, "cli", **called)
            except RuleError as error:
                raise Refused(str(error)) from error
    if as_json:
        answer({**_told(found, plan, now, groups), "saved": key})
        return
    _print(name, value, found, plan, now, groups, key)


def _said_age(found: Conversion, plan: Plan, now: int) -> str:
    said = say_age(max(0, now - found.at) // DAY, plan.brand.language)
    return CATALOGUES[plan.brand.language]["static"].format(age=said) if found.is_static else said


def _told(found: Conversion, plan: Plan, now: int, groups: dict[str, str]) -> dict[str, Any]:
    speech = speech_of(plan, plan.brand.language, groups)
    return {
        "listed": found.listed,
        "at": say_instant(found.at, plan.tz),
        "static": found.is_static,
        "words": _said_age(found, plan, now),
        "offers": [
            {
                "rule": to_text(each.offer.rule),
                "words": say_rule(each.offer.rule, speech).words,
                "listed_then": each.offer.listed,
                "met_then": each.offer.met,
                "both_then": each.offer.both,
                "agreement": round(each.offer.agreement, 4),
                "customers_now": each.now,
            }
            for each in found.offers
        ],
    }


def _print(
    name: str, value: str | None, found: Conversion, plan: Plan, now: int, groups: dict[str, str], key: str | None
) -> None:
    words = CATALOGUES[plan.brand.language]
    console.print(f"[bold]{name}[/]: {found.listed:,} · {_said_age(found, plan, now)}", highlight=False)
    if not found.offers:
        console.print(words["no_offer"])
    for each in found.offers:
        console.print(_said_offer(each, plan, groups), highlight=False, markup=False)
    if key is not None:
        console.print(f"segment {key} is saved", highlight=False)
    elif found.offers:
        asked = f" --value {value}" if value is not None else ""
        console.print(f"  ritorno traits convert {name}{asked} --save SEGMENT", highlight=False, markup=False)


def _said_offer(each: Today, plan: Plan, groups: dict[str, str]) -> str:
    offer, speech = each.offer, speech_of(plan, plan.brand.language, groups)
    return CATALOGUES[plan.brand.language]["offer"].format(
        rule=say_rule(offer.rule, speech).words, both=f"{offer.both:,}", listed=f"{offer.listed:,}",
        others=f"{offer.met - offer.both:,}", now=f"{each.now:,}",
    )  # fmt: skip
