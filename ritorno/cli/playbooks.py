"""`ritorno playbook …` and `outbox`: see, try on history, run, stop and read what left."""

from typing import Any

import click
import msgspec
from msgspec.structs import asdict
from rich.markup import escape
from rich.table import Table

from ritorno.cli.app import (
    Refused,
    answer,
    brand_option,
    cli,
    console,
    installation,
    instant_of,
    json_option,
)  # fmt: skip
from ritorno.cli.progress import over_customers
from ritorno.core.broadcasts import is_broadcast
from ritorno.core.expected_value import ASSUMED, StepValue, step_value
from ritorno.core.instants import add_span, months, say_instant
from ritorno.core.journeys.journey import Playbook
from ritorno.core.journeys.parameters import PlaybookError
from ritorno.core.journeys.step import Send
from ritorno.core.money import decimal_text, format_amount
from ritorno.core.plan import Plan
from ritorno.core.words.playbook import rule_sayer, say_exits
from ritorno.core.words.steps import SayRule, say_step, say_trigger
from ritorno.store import definitions
from ritorno.work.activate import NoPlaybook, adjusted, current
from ritorno.work.backtest import BacktestError, backtest_playbooks
from ritorno.work.backtest_crew import BacktestFailed, Reading
from ritorno.work.dry_run_tally import DryRun
from ritorno.work.group_names import said_groups


@cli.group()
def playbook() -> None:
    """Ready recipes: goal, segment, trigger, steps, exit, measure."""


@playbook.command("list")
@brand_option
@json_option
def list_command(brand: str, as_json: bool) -> None:
    """Every playbook of the brand and how it stands."""
    with installation() as app:
        plan = app.plan(brand)
        saved = {each.key for each in definitions.read(app.connection(), plan.brand.id, "playbook")}
        keys = sorted(key for key in saved if not is_broadcast(key))
        found = [current(app.connection(), plan, key) for key in keys]
    rows = [
        {"key": one.key, "version": one.version, "status": status, "name": asdict(one.name), "goal": asdict(one.goal)}
        for one, status in found
    ]
    if as_json:
        answer({"playbooks": rows})
        return
    table = Table("key", "status", "version", "name", "goal")
    for one, status in found:
        language = plan.brand.language
        words = one.name.in_language(language), one.goal.in_language(language)
        table.add_row(one.key, status, str(one.version), *words)
    console.print(table)


@playbook.command("show")
@click.argument("key")
@brand_option
@json_option
def show(key: str, brand: str, as_json: bool) -> None:
    """One playbook on one page: goal, segment, trigger, steps, exit, measure (ORC-04)."""
    with installation() as app:
        plan = app.plan(brand)
        one, status = current_of(app, plan, key)
        language = plan.brand.language
        say_rule = rule_sayer(language, said_groups(app.connection(), plan, language), plan.brand.currency)
    if as_json:
        answer({"status": status, **_plain(one)})
        return
    console.print(f"[bold]{one.key} {one.name.in_language(language)}[/] · {status} · version {one.version}")
    for title, text in _page(one, language, say_rule):
        console.print(f"[bold]{title}[/]  {escape(text)}", highlight=False)


def _page(one: Playbook, language: str, say_rule: SayRule) -> list[tuple[str, str]]:
    """The six parts in short lines, in words."""
    rows = [
        ("goal", one.goal.in_language(language)),
        ("segment", say_rule(one.segment)),
        ("trigger", say_trigger(one.trigger, language, say_rule)),
    ]
    for place in one.program:
        step, inside = place.step, "  " * place.path.count(".")
        rows.append((f"{inside}step {step.name}", say_step(step, language, say_rule)))
        if isinstance(step, Send):
            rows += [(f"{inside}  {way.channel.value}", way.text.in_language(language)) for way in step.ways]
    rows += [("exit", said) for said in say_exits(one, language, say_rule)]
    return [*rows, ("measure", one.measure.in_language(language))]


def _plain(value: Any) -> dict[str, Any]:
    told: dict[str, Any] = msgspec.to_builtins(value)
    return told


@playbook.command("dry-run")
@click.argument("key")
@click.option("--from", "start", metavar="TIME", help="From when; a year before --to if not given.")
@click.option("--to", "end", metavar="TIME", help="Until when; now if not given.")
@click.option("--with", "switched_on", multiple=True, metavar="OPTION", help="Switch on an option of the playbook.")
@click.option("--holdout", type=click.FloatRange(0, 100, max_open=True), help="Per cent left out.")
@click.option("--a-day", type=click.IntRange(0), help="The most messages a day; 0 for no limit.")
@click.option("--processes", default=2, show_default=True, type=click.IntRange(1, 64), help="At once.")
@click.option("--expect", type=click.FloatRange(0, 100), help="Per cent of those written to who buy because of it.")
@click.option("--rows", is_flag=True, help="Show every customer: when, why, what became of it.")
@brand_option
@json_option
def dry_run_command(
    key: str, start: str | None, end: str | None, switched_on: tuple[str, ...], holdout: float | None,
    a_day: int | None, processes: int, expect: float | None, rows: bool, brand: str, as_json: bool,
) -> None:  # fmt: skip
    """What KEY would have done over the shop's own history. No message leaves, nothing is written."""
    with installation() as app:
        plan = app.plan(brand)
        one = adjusted_of(app, plan, key, switched_on, holdout, a_day)
        until = instant_of(end, plan, app)
        since = instant_of(start, plan, app) if start else add_span(until, months(-12), plan.tz)
        try:
            with over_customers() as progress:
                (result,) = backtest_playbooks(Reading(app.url, processes), plan, (one,), since, until, progress)
        except (BacktestError, BacktestFailed) as error:
            raise Refused(str(error)) from error
    extra = ASSUMED if expect is None else expect / 100
    if as_json:
        answer(told_dry_run(result, plan, with_rows=rows, extra=extra))
    else:
        print_dry_run(result, plan, with_rows=rows, extra=extra)


def _told_value(one: StepValue, currency: str) -> dict[str, Any]:
    return {
        "step": one.sent.step,
        "channel": one.sent.channel,
        "messages": one.sent.messages,
        "cost": decimal_text(round(one.sent.cost / 1000), currency),
        "average_order": decimal_text(one.sent.average_order, currency),
        "break_even": one.break_even,
        "extra": one.extra,
        "expected_margin": decimal_text(one.expected, currency),
    }


def told_dry_run(result: DryRun, plan: Plan, *, with_rows: bool, extra: float = ASSUMED) -> dict[str, Any]:
    """A dry-run as JSON: money as decimal text."""
    currency = plan.brand.currency
    told: dict[str, Any] = {
        "playbook": result.playbook,
        "from": say_instant(result.start, plan.tz),
        "to": say_instant(result.end, plan.tz),
        "customers": result.customers,
        "entered": result.entered,
        "held_out": result.held_out,
        "messages": result.messages,
        "bought_first": result.bought_first,
        "states": result.states,
        "reasons": result.reasons,
        "declined": result.declined,
        "channels": result.channels,
        "cost": decimal_text(round(result.cost / 1000), currency),
        "offers_at_most": decimal_text(result.liability, currency),
        "steps": [_told_value(step_value(one, plan.brand.margin, extra), currency) for one in result.steps],
    }
    if with_rows:
        told["rows"] = [
            {
                "customer": str(row.customer),
                "entered_at": say_instant(row.entered_at, plan.tz),
                "arm": row.arm,
                "why": row.cause,
                "ended": row.ended,
                "messages": [
                    {
                        "step": step,
                        "state": state,
                        "sent_at": None if sent is None else say_instant(sent, plan.tz),
                        "reason": reason,
                    }
                    for step, state, sent, reason in row.messages
                ],
            }
            for row in result.rows
        ]
    return told


def print_dry_run(result: DryRun, plan: Plan, *, with_rows: bool, extra: float = ASSUMED) -> None:
    """A dry-run for people."""
    money = plan.brand.currency, plan.brand.language
    span = f"{say_instant(result.start, plan.tz)[:10]} – {say_instant(result.end, plan.tz)[:10]}"
    console.print(f"[bold]{result.playbook}[/] on history, {span}: nothing was sent, nothing was written.")
    console.print(
        f"{result.customers:,} customers · {result.entered:,} would have entered · {result.held_out:,} held out · "
        f"{result.bought_first:,} bought first · {result.messages:,} messages for "
        f"{format_amount(round(result.cost / 1000), *money)} · offers at most {format_amount(result.liability, *money)}"
    )
    for title, counts in (("channels", result.channels), ("states", result.states), ("reasons", result.reasons),
                          ("not enrolled", result.declined)):  # fmt: skip
        if counts:
            console.print(f"{title}: " + ", ".join(f"{name} {count:,}" for name, count in counts.items()))
    for sent in result.steps:
        one = step_value(sent, plan.brand.margin, extra)
        pays = "never pays" if one.break_even is None else f"pays from {one.break_even:.2%} who buy because of it"
        console.print(
            f"{sent.step} by {sent.channel}: {sent.messages:,} for {format_amount(round(sent.cost / 1000), *money)}, "
            f"{pays}; at {extra:.1%}, {format_amount(one.expected, *money)} more margin",
            highlight=False,
        )
    if with_rows:
        table = Table("customer", "entered", "arm", "message", "ended")
        for row in result.rows:
            fates = "; ".join(f"{step} {state} {reason}".strip() for step, state, _, reason in row.messages)
            table.add_row(str(row.customer), say_instant(row.entered_at, plan.tz)[:16], row.arm, fates, row.ended)
        console.print(table)


def current_of(app: Any, plan: Plan, key: str, *, newest: bool = False) -> tuple[Playbook, str]:
    try:
        return current(app.connection(), plan, key, newest=newest)
    except NoPlaybook as error:
        raise Refused(str(error)) from error


def adjusted_of(
    app: Any, plan: Plan, key: str, switched_on: tuple[str, ...], holdout: float | None, a_day: int | None,
    offer: dict[str, Any] | None = None, parameters: dict[str, int | float | str] | None = None,
) -> Playbook:  # fmt: skip
    one, _ = current_of(app, plan, key, newest=True)
    if is_broadcast(one.key):
        raise Refused(f"{one.key} is a broadcast, which is sent once; send another: ritorno broadcast send")
    share = None if holdout is None else holdout / 100
    try:
        return adjusted(one, switched_on=frozenset(switched_on), holdout=share, a_day=a_day, offer=offer,
                        parameters=parameters)  # fmt: skip
    except PlaybookError as error:
        raise Refused(str(error)) from error
