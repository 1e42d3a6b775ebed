"""`ritorno broadcast …`: one message to one group, once – looked at before, sent, listed, stopped."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import msgspec
import yaml

from ritorno.cli.app import Refused, answer, brand_option, cli, console, installation, instant_of, json_option
from ritorno.core.broadcasts import (
    ANYONE,
    SILENT,
    Broadcast,
    BroadcastError,
    Turns,
    about_rule,
    advertised,
    turns_of,
)
from ritorno.core.instants import Instant, Span, parse_span, say_instant
from ritorno.core.journeys.parameters import PlaybookError
from ritorno.core.money import decimal_text, format_amount
from ritorno.core.plan import Plan
from ritorno.core.segments.check import RuleError
from ritorno.core.segments.rule import Rule
from ritorno.work.broadcast import Outlook, listed, preview, send, stop
from ritorno.work.segments import NoSegment, told_rule


@cli.group()
def broadcast() -> None:
    """One message to one group, once; what holds for every message holds for it: consent, caps, hours, holdout."""


def asked_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """What both `preview` and `send` are told."""
    options: list[Callable[[Callable[..., Any]], Callable[..., Any]]] = [
        click.argument("name"),
        click.option("--segment", metavar="SEGMENT", help="To whom: a saved segment, or a rule."),
        click.option("--everyone", is_flag=True, help="To everyone instead; say --yes when you send it."),
        click.option("--sms-he", help="The SMS in Hebrew; [AD] and [OUT] are added where they are missing."),
        click.option("--sms-en", help="The SMS in English."),
        click.option("--email-subject-he", help="The e-mail's subject in Hebrew."),
        click.option("--email-subject-en", help="The same in English."),
        click.option("--email-he", help="The e-mail in Hebrew; it is tried before WhatsApp and SMS."),
        click.option("--email-en", help="The same in English."),
        click.option("--whatsapp-he", help="The WhatsApp message in Hebrew; tried before SMS."),
        click.option("--whatsapp-en", help="The same in English."),
        click.option("--file", type=click.Path(path_type=Path), help="A YAML file with `ways`, as a step has them: "
                     "variants, blocks, rules."),
        click.option("--about", metavar="KIND:NAME", help="Its subject: interest:NAME, category:NAME or need:NAME."),
        click.option("--early", metavar="SEGMENT", help="Of those, who gets it before everyone else."),
        click.option("--holdout", type=click.FloatRange(0, 100, max_open=True), default=10, show_default=True,
                     help="Per cent left out, to measure by."),
        click.option("--lasts", default="3d", show_default=True, metavar="SPAN", help="What waits longer is dropped."),
        brand_option,
        json_option,
    ]  # fmt: skip
    for option in reversed(options):
        command = option(command)
    return command


class Asked(msgspec.Struct, frozen=True):
    one: Broadcast
    about: Rule | None
    early: Rule | None


def _asked(plan: Plan, given: dict[str, Any]) -> Asked:
    """Raises Refused for what is missing or cannot be read."""
    if bool(given["segment"]) is given["everyone"]:
        raise Refused("say to whom: --segment SEGMENT, or --everyone")
    try:
        rule = ANYONE if given["everyone"] else told_rule(plan, given["segment"])
        early = told_rule(plan, given["early"]) if given["early"] else None
        about = about_rule(given["about"], plan) if given["about"] else None
        lasts = parse_span(given["lasts"])
    except (NoSegment, RuleError, BroadcastError, ValueError) as error:
        raise Refused(str(error)) from error
    ways = _ways_in(given["file"]) if given["file"] else _ways_told(given)
    return Asked(Broadcast(given["name"], rule, ways, lasts, given["holdout"] / 100), about, early)


def _ways_told(given: dict[str, Any]) -> tuple[dict[str, Any], ...]:
    """The cheapest first; each customer gets the first that she permits."""
    ways = []
    for channel in ("email", "whatsapp", "sms"):
        he, en = given[f"{channel}_he"], given[f"{channel}_en"]
        if he or en:
            titles = (given["email_subject_he"] or "", given["email_subject_en"] or "")
            ways.append(advertised(channel, he or "", en or "", titles if channel == "email" else None))
    if not ways:
        raise Refused("say what to send: --sms-he TEXT, --email-he TEXT with --email-subject-he, or --file FILE")
    return tuple(ways)


def _ways_in(path: Path) -> tuple[dict[str, Any], ...]:
    try:
        told = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise Refused(f"{path} cannot be read: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise Refused(f"{path} is no YAML: {' '.join(str(error).split())}") from error
    ways = told.get("ways") if isinstance(told, dict) else None
    if not isinstance(ways, list) or not all(isinstance(each, dict) for each in ways):
        raise Refused(f"{path} has no ways; write ways: and a list, each with channel and text")
    return tuple(ways)


@broadcast.command("preview")
@asked_options
def preview_command(brand: str, *, as_json: bool, **given: Any) -> None:
    """Whom NAME would reach, by which channel, what it costs and what of that is wasted; nothing is sent."""
    with installation() as app:
        plan = app.plan(brand)
        asked = _asked(plan, given)
        found = _outlook(app, plan, asked)
    if as_json:
        answer(_told(found, plan))
        return
    for line in _lines(found, plan):
        console.print(line, highlight=False, markup=False, soft_wrap=True)


def _outlook(app: Any, plan: Plan, asked: Asked) -> Outlook:
    try:
        now = app.now(plan.brand.id)
        return preview(app.connection(), plan, asked.one, now, about=asked.about, early=asked.early)
    except (BroadcastError, PlaybookError) as error:
        raise Refused(str(error)) from error


def _told(found: Outlook, plan: Plan) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(found)
    for name in ("cost", "silent_cost"):
        plain[name] = decimal_text(round(plain[name] / 1000), plan.brand.currency)
    return plain | {"wasted": round(found.wasted, 4),
                    "relevance": None if found.relevance is None else round(found.relevance, 4)}  # fmt: skip


def _lines(found: Outlook, plan: Plan) -> list[str]:
    money = plan.brand.currency, plan.brand.language
    cost, wasted = (format_amount(round(each / 1000), *money) for each in (found.cost, found.silent_cost))
    by = ", ".join(f"{channel} {count:,}" for channel, count in found.channels.items()) or "nobody"
    lines = [
        f"{found.recipients:,} recipients: {by}",
        f"{found.refused:,} without consent or address, {found.in_rescue:,} in PB1 or PB2, {found.held_out:,} held out",
        f"cost about {cost}; {found.silent:,} ({found.wasted:.0%}) inactive {SILENT} d, {wasted} of it for them",
    ]
    if found.early:
        lines.append(f"{found.early:,} get it early")
    if found.relevance is not None:
        lines.append(f"{'warning: only ' if found.is_off_topic else ''}{found.relevance:.0%} are concerned by it")
    if found.narrower is not None:
        narrower = found.narrower
        lines.append(f"a narrower segment holds {narrower.recipients:,}: --segment '{narrower.rule}'")
    return lines


@broadcast.command("send")
@asked_options
@click.option("--at", "when", metavar="TIME", help="When it is to leave; now if not given.")
@click.option("--an-hour", type=click.IntRange(0), default=0, help="At most so many customers an hour; 0 for no limit.")
@click.option("--early-by", metavar="SPAN", help="How long before the others the --early get it. Default 24h.")
@click.option("--yes", is_flag=True, help="Though it goes to everyone, or concerns few.")
def send_command(
    brand: str, *, as_json: bool, when: str | None, an_hour: int, early_by: str | None, yes: bool, **given: Any
) -> None:
    """Send NAME to the group as it is resolved now. A name is sent once."""
    with installation() as app:
        plan = app.plan(brand)
        asked = _asked(plan, given)
        if early_by and asked.early is None:
            raise Refused("--early-by says how long before; say who as well: --early SEGMENT")
        now = app.now(plan.brand.id)
        turns = _turns(plan, instant_of(when, plan, app), now, early_by if asked.early else None, asked.early, an_hour)
        found = _outlook(app, plan, asked)
        if not yes and (given["everyone"] or found.is_off_topic):
            raise Refused("\n".join([*_lines(found, plan), "nothing was sent; to send it all the same, add --yes"]))
        try:
            begun = send(app.connection(), plan, asked.one, turns, now, "cli", early=asked.early)
        except (BroadcastError, PlaybookError) as error:
            raise Refused(str(error)) from error
    first, last = (say_instant(each, plan.tz) for each in (begun.first, begun.last))
    if as_json:
        answer({**msgspec.to_builtins(begun), "first": first, "last": last, "preview": _told(found, plan)})
        return
    console.print(
        f"{begun.key}: {begun.recipients:,} recipients, {begun.early:,} of them early, {first[:16]} to {last[:16]}.\n"
        f"What it brings: ritorno playbook results {begun.key}",
        highlight=False, soft_wrap=True,
    )  # fmt: skip


def _turns(plan: Plan, at: Instant, now: Instant, early_by: str | None, early: Rule | None, an_hour: int) -> Turns:
    try:
        span: Span | None = parse_span(early_by or "24h") if early is not None else None
        turns = turns_of(at, span, an_hour, plan.policy.send_window, plan.tz)
    except (BroadcastError, ValueError) as error:
        raise Refused(str(error)) from error
    if at < now:
        raise Refused(f"--at {say_instant(at, plan.tz)[:16]} is over; leave it out to send now")
    if turns.early is not None and turns.early < now:
        raise Refused(f"the early notice would have left {say_instant(turns.early, plan.tz)[:16]}; give a later --at")
    return turns


@broadcast.command("list")
@brand_option
@json_option
def list_command(brand: str, as_json: bool) -> None:
    """Every broadcast: how it stands, who waits, what became of its messages."""
    with installation() as app:
        plan = app.plan(brand)
        found = listed(app.connection(), plan)
    if as_json:
        rows = [msgspec.to_builtins(each) for each in found]
        for row in rows:
            row["saved_at"] = say_instant(row["saved_at"], plan.tz)
            row["until"] = row["until"] and say_instant(row["until"], plan.tz)
        answer({"broadcasts": rows})
        return
    for each in found:
        states = ", ".join(f"{count:,} {state}" for state, count in each.messages.items()) or "no messages yet"
        waits = f", {each.waiting:,} wait until {say_instant(each.until, plan.tz)[:16]}" if each.until else ""
        console.print(f"[bold]{each.name}[/] {each.state}: {states}{waits}", highlight=False, soft_wrap=True)
    if not found:
        console.print("No broadcast was ever sent.")


@broadcast.command("stop")
@click.argument("name")
@brand_option
@json_option
def stop_command(name: str, brand: str, as_json: bool) -> None:
    """Nothing more of NAME leaves; what has left has left."""
    with installation() as app:
        plan = app.plan(brand)
        try:
            found = stop(app.connection(), plan, name, app.now(plan.brand.id), "cli")
        except BroadcastError as error:
            raise Refused(str(error)) from error
    if as_json:
        answer(msgspec.to_builtins(found))
        return
    console.print(
        f"{found.key} is stopped: {found.not_invited:,} were not reached yet, {found.dropped:,} messages were dropped.",
        highlight=False,
    )
