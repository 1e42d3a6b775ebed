"""`ritorno suggest`: what to do next, with the money it may bring; put one aside, or make a draft of it."""

from typing import Any

import click
import msgspec

from ritorno.cli.app import Refused, answer, brand_option, cli, console, installation, json_option
from ritorno.core.money import decimal_text, parse_amount
from ritorno.core.plan import Plan
from ritorno.core.suggestions import STAYS_AWAY, Paid, Suggestion, paid
from ritorno.core.words.suggestions import say_nothing, say_paid, say_suggestion
from ritorno.work.activate import NoPlaybook
from ritorno.work.group_names import said_groups
from ritorno.work.suggest import dismiss, draft, suggest

_A_DAY = 50  # let in, where the command lets those in who are in the segment already


@cli.command("suggest")
@click.option("--saved", metavar="AMOUNT", help="What ads cost less in a month: what of the first suggestion it pays.")
@click.option("--apply", "applied", metavar="KEY", help="Make a draft of it; nobody enters it yet.")
@click.option("--dismiss", "dismissed", metavar="KEY", help="Put it aside for 30 days.")
@click.option("--because", default="", metavar="TEXT", help="Why it is put aside.")
@brand_option
@json_option
def suggest_command(
    saved: str | None, applied: str | None, dismissed: str | None, because: str, brand: str, as_json: bool
) -> None:
    """At most three suggestions, the most value at stake first: why, whom they reach, what they may bring (ORC-09)."""
    if applied and dismissed:
        raise Refused("--apply makes a draft and --dismiss puts aside: give one of them")
    with installation() as app:
        plan = app.plan(brand)
        now = app.now(plan.brand.id)
        try:
            if applied:
                _say_draft(draft(app.connection(), plan, applied, now, "cli"), as_json)
                return
            if dismissed:
                key = dismiss(app.connection(), plan, dismissed, because, now, "cli")
                _say_dismissed(key, as_json)
                return
            money = None if saved is None else parse_amount(saved, plan.brand.currency)
        except (NoPlaybook, ValueError) as error:
            raise Refused(str(error)) from error
        told = suggest(app.connection(), plan, now)
        names = said_groups(app.connection(), plan, plan.brand.language)
    pays = paid(money, told[0].reach, told[0].expected.heads) if told and money is not None else None
    if as_json:
        answer(
            {
                "suggestions": [_told(each, plan) for each in told],
                "paid": None if pays is None else _told_paid(pays, told[0], plan),
            }
        )
        return
    _print(told, pays, plan, names)


def _print(told: list[Suggestion], pays: Paid | None, plan: Plan, names: dict[str, str]) -> None:
    language = plan.brand.language
    lines = [] if told else [say_nothing(language)]
    for number, each in enumerate(told, 1):
        first, *others = say_suggestion(each, plan, names, language)
        lines += [f"{number}. {each.playbook} · {first}", *(f"   {line}" for line in others)]
        lines += [f"   {command}" for command in _commands(each)]
        if pays is not None and number == 1:
            lines.append(f"   {say_paid(pays, each.playbook, plan, language)}")
    for line in lines:
        console.print(line, highlight=False, markup=False, soft_wrap=True)


def _commands(told: Suggestion) -> list[str]:
    """What makes a draft of one that never ran, and what lets it run."""
    existing = f" --existing {_A_DAY}" if told.existing else ""
    drafts = [f"ritorno suggest --apply {told.playbook}"] if told.kind == "start" else []
    return [*drafts, f"ritorno playbook activate {told.playbook}{existing}"]


def _say_draft(playbook: Any, as_json: bool) -> None:
    if as_json:
        answer({"playbook": playbook.key, "version": playbook.version, "status": "draft"})
        return
    console.print(
        f"{playbook.key} version {playbook.version} is a draft; let it run: ritorno playbook activate {playbook.key}",
        highlight=False, soft_wrap=True,
    )  # fmt: skip


def _say_dismissed(key: str, as_json: bool) -> None:
    if as_json:
        answer({"dismissed": key, "days": STAYS_AWAY.count})
        return
    console.print(f"{key} is not suggested for {STAYS_AWAY.count} days.", highlight=False)


def _told(one: Suggestion, plan: Plan) -> dict[str, Any]:
    """The suggestion as JSON: money as decimal text, commands to copy."""
    currency = plan.brand.currency
    plain: dict[str, Any] = msgspec.to_builtins(one)
    for name in ("stake", "average_order"):
        plain["reach"][name] = decimal_text(plain["reach"][name], currency)
    plain["reach"]["cost"] = decimal_text(round(one.reach.cost / 1000), currency)
    for name in ("low", "high", "messages", "left_low", "left_high"):
        plain["expected"][name] = decimal_text(round(plain["expected"][name]), currency)
    return plain | {"commands": _commands(one)}


def _told_paid(pays: Paid, one: Suggestion, plan: Plan) -> dict[str, Any]:
    currency = plan.brand.currency
    return {"playbook": one.playbook, "saved": decimal_text(pays.saved, currency), "messages": pays.messages,
            "over": decimal_text(pays.over, currency)}  # fmt: skip
