"""`ritorno playbook activate|readiness|pause`: what runs, with which parameters, for whom."""

from typing import Any, NamedTuple

import click

from ritorno.cli.app import (
    Refused,
    answer,
    brand_option,
    console,
    installation,
    json_option,
)  # fmt: skip
from ritorno.cli.playbooks import adjusted_of, current_of, playbook
from ritorno.core.journeys.parameters import PlaybookError
from ritorno.core.money import parse_amount
from ritorno.core.plan import Plan
from ritorno.core.words.readiness import say_need, say_need_fix
from ritorno.playbooks import library
from ritorno.store import purchases
from ritorno.work.activate import NoPlaybook, activate, pause
from ritorno.work.invite import invite, members
from ritorno.work.measure_parameters import measure_parameters
from ritorno.work.readiness import readiness
from ritorno.work.ready import lacks, out_of_reach, warnings


@playbook.command("activate")
@click.argument("key")
@click.option("--with", "switched_on", multiple=True, metavar="OPTION", help="Switch on an option of the playbook.")
@click.option("--holdout", type=click.FloatRange(0, 100, max_open=True), help="Per cent left out.")
@click.option("--a-day", type=click.IntRange(0), help="The most messages a day; 0 for no limit.")
@click.option("--value", help="What the offer is worth, in the brand's currency.")
@click.option("--min-basket", help="From what basket on it may be redeemed.")
@click.option("--existing", type=click.IntRange(1), metavar="N", help="Also those in the segment already, N a day.")
@click.option("--set", "given", multiple=True, metavar="NAME=VALUE", help="A parameter; else it is measured.")
@click.option("--take-over", is_flag=True, help="Those in an older version go on in this one.")
@brand_option
@json_option
def activate_command(
    key: str, switched_on: tuple[str, ...], holdout: float | None, a_day: int | None, value: str | None,
    min_basket: str | None, existing: int | None, given: tuple[str, ...], take_over: bool, brand: str, as_json: bool,
) -> None:  # fmt: skip
    """Let KEY run for those who enter from now on; `purchase-360` is the five parts of the purchase automation. Until a
    provider is configured everything goes to the sandbox."""
    asked = Asked(switched_on, holdout, a_day, value, min_basket, existing, given, take_over)
    keys = library.BUNDLES.get(key.lower(), (key,))
    with installation() as app:
        activated = [_activate(app, brand, each, asked) for each in keys]
    if as_json:
        told = [each._asdict() for each in activated]
        answer({"bundle": key.lower(), "playbooks": told} if len(told) > 1 else told[0])
        return
    for one in activated:
        _say_activated(one, existing)


class Asked(NamedTuple):
    """What an operator says when a playbook is activated."""

    switched_on: tuple[str, ...]
    holdout: float | None
    a_day: int | None
    value: str | None
    min_basket: str | None
    existing: int | None
    given: tuple[str, ...]
    take_over: bool


class Activated(NamedTuple):
    """`parameters` with their values, `measured_from` what of the shop; `in_segment` could be let in; `warnings` say
    what will be refused once messages leave the sandbox, and who never gets in (SCO-14)."""

    playbook: str
    version: int
    status: str
    holdout: float
    a_day: int
    in_segment: int
    invited: int
    providers: str
    parameters: dict[str, int | float | str]
    measured_from: dict[str, float] | None
    says: dict[str, str]
    warnings: list[str]


def _activate(app: Any, brand: str, key: str, asked: Asked) -> Activated:
    plan = app.plan(brand)
    offer = {
        name: parse_amount(text, plan.brand.currency)
        for name, text in (("value", asked.value), ("min_basket", asked.min_basket))
        if text is not None
    }
    values, worth = _values(app, plan, key, asked.given)
    one = adjusted_of(app, plan, key, asked.switched_on, asked.holdout, asked.a_day, offer, values)
    leaves = app.leaves(plan.brand)
    try:
        one = activate(
            app.connection(), plan, one, app.now(plan.brand.id), "cli", take_over=asked.take_over, leaves=leaves
        )
    except PlaybookError as error:
        raise Refused(str(error)) from error
    plan = app.plan(brand)
    waiting = members(app.connection(), plan, one, app.now(plan.brand.id))
    invited = invite(app.connection(), plan, one, app.now(plan.brand.id), asked.existing) if asked.existing else 0
    return Activated(
        one.key, one.version, "active", one.holdout, one.a_day, len(waiting), invited, "sandbox", values,
        worth._asdict() if worth else None,
        {name: each.says.in_language(plan.brand.language) for name, each in one.parameters.items()},
        [
            *warnings(one, plan.brand, leaves),
            *out_of_reach(app.connection(), plan, one, app.now(plan.brand.id)),
        ],
    )  # fmt: skip


def _say_activated(one: Activated, existing: int | None) -> None:
    console.print(
        f"[bold]{one.playbook}[/] version {one.version} runs, with {one.holdout:.0%} held out, in the sandbox."
    )
    for each in one.warnings:
        console.print("[yellow]warning[/] ", end="")
        console.print(each, highlight=False, markup=False)
    for name, value in one.parameters.items():
        console.print(f"{name} = {value}: {one.says[name]}")
    if not existing and one.in_segment:
        console.print(f"{one.in_segment:,} are in its segment already; let them in with: --existing 50")
    elif one.invited:
        console.print(f"{one.invited:,} who are in its segment already are let in, {existing} a day.")


@playbook.command("readiness")
@click.argument("key")
@brand_option
@json_option
def readiness_command(key: str, brand: str, as_json: bool) -> None:
    """Which data KEY runs on, and how much of it is there: consents, products, points, tiers, feeds."""
    with installation() as app:
        plan = app.plan(brand)
        one, _ = current_of(app, plan, key, newest=True)
        found = readiness(app.connection(), plan, one)
        lacking = list(lacks(app.connection(), plan, one, app.leaves(plan.brand)))
    language = plan.brand.language
    fixes = {
        each: say_need_fix(each.what, each.about, each.asked - each.covered, language)
        for each in found
        if each.covered < each.asked
    }
    if as_json:
        needs = [
            each._asdict() | {
                "share": round(each.share, 4), "words": say_need(each.what, each.about, language),
                "fix": fixes.get(each, ""),
            }
            for each in found
        ]  # fmt: skip
        answer({"playbook": one.key, "needs": needs, "lacks": lacking})
        return
    for each in found:
        line = f"{each.share:>4.0%}  {say_need(each.what, each.about, language)}"
        console.print(f"{line} – {fixes[each]}" if each in fixes else line, highlight=False, markup=False)
    for lack in lacking:
        console.print(lack, highlight=False, markup=False)


@playbook.command("pause")
@click.argument("key")
@brand_option
def pause_command(key: str, brand: str) -> None:
    """Nobody enters KEY and nothing of it leaves until it is activated again."""
    with installation() as app:
        try:
            plan = app.plan(brand)
            one = pause(app.connection(), plan, key, app.now(plan.brand.id), "cli")
        except NoPlaybook as error:
            raise Refused(str(error)) from error
    console.print(f"{one.key} version {one.version} is paused.")


def _values(
    app: Any, plan: Plan, key: str, given: tuple[str, ...]
) -> tuple[dict[str, int | float | str], purchases.Worth | None]:
    """What is measured of the shop, and what the operator says instead; and what it was measured from."""
    one, _ = current_of(app, plan, key, newest=True)
    values, worth = measure_parameters(app.connection(), plan, one, app.now(plan.brand.id))
    for each in given:
        name, has_value, text = each.partition("=")
        if not has_value or name not in one.parameters:
            known = ", ".join(f"{name} ({said.value})" for name, said in one.parameters.items()) or "none"
            raise Refused(f"--set {each}: write NAME=VALUE; {one.key} has: {known}")
        values[name] = _number_or_text(text)
    return values, worth


def _number_or_text(text: str) -> int | float | str:
    try:
        return int(text)
    except ValueError:
        try:
            return float(text)
        except ValueError:
            return text
