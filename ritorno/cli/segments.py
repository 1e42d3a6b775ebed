"""`ritorno segments …`: named living rules – list, explain, save, show, remove."""

from typing import Any

import click
import msgspec
from rich.markup import escape
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
from ritorno.core.ids import SegmentKey
from ritorno.core.instants import NEVER, Instant, say_instant
from ritorno.core.plan import Plan, Segment
from ritorno.core.segments.check import RuleError
from ritorno.core.segments.rule import Rule
from ritorno.core.segments.text_write import to_text
from ritorno.core.words.rules_tree import Explained, lines, say_rule, speech_of
from ritorno.store import customers
from ritorno.wiring import App
from ritorno.work.find_customer import NotFound, find
from ritorno.work.group_names import said_groups
from ritorno.work.replan import replan
from ritorno.work.segments import (
    MANY,
    Listed,
    NoSegment,
    SegmentInUse,
    explained,
    listed,
    named,
    remove,
    save,
    told_rule,
)  # fmt: skip


@cli.group()
def segments() -> None:
    """Named living rules, and who is in them. RULE is text (group risk), a file (.json, .yaml) or a segment's key."""


def read_rule(plan: Plan, told: str) -> Rule:
    """The rule that was given, as `Refused` where it is none."""
    try:
        return told_rule(plan, told)
    except (RuleError, NoSegment) as error:
        raise Refused(str(error)) from error


@segments.command("list")
@brand_option
@json_option
def list_command(brand: str, as_json: bool) -> None:
    """Every segment: how many are in it, since when it stands, who asks for it, and what there is to tidy (SEG-11)."""
    with installation() as app:
        plan = app.plan(brand)
        found = listed(app.connection(), plan)
    many = f"{len(found)} segments are more than anybody keeps in mind; remove what nobody asks for"
    if as_json:
        warning = many if len(found) > MANY else None
        answer({"segments": [_listed(one, plan) for one in found], "warning": warning})
        return
    table = Table("segment", "name", "members", "since", "asked for by", "to tidy")
    for one in found:
        name = one.segment.name.in_language(plan.brand.language)
        since = say_instant(one.since, plan.tz)[:10]
        marks = ", ".join(_marks(one))
        table.add_row(one.segment.key, name, f"{one.members:,}", since, ", ".join(one.used_by), marks)
    console.print(table)
    if len(found) > MANY:
        console.print(f"[bold]{many}.[/]")


def _marks(one: Listed) -> list[str]:
    """What there is to tidy: nobody asks for it, nobody is in it, others hold nearly the same customers."""
    marks = [] if one.used_by else ["unused"]
    marks += [] if one.members else ["empty"]
    return marks + [f"{share:.0%} as {key}" for key, share in sorted(one.like.items())]


def _listed(one: Listed, plan: Plan) -> dict[str, Any]:
    return {
        **_told(one.segment),
        "members": one.members,
        "since": say_instant(one.since, plan.tz),
        "saved_at": say_instant(one.saved_at, plan.tz),
        "saved_by": one.saved_by,
        "changed_at": None if one.changed_at is None else say_instant(one.changed_at, plan.tz),
        "used_by": list(one.used_by),
        "unused": not one.used_by,
        "empty": not one.members,
        "like": {key: round(share, 4) for key, share in one.like.items()},
    }


def _told(segment: Segment) -> dict[str, Any]:
    return {
        "key": segment.key,
        "version": segment.version,
        "name": {"he": segment.name.he, "en": segment.name.en},
        "text": to_text(segment.rule),
        "rule": msgspec.to_builtins(segment.rule),
    }


@segments.command("show")
@click.argument("key")
@click.option("--language", type=click.Choice(["he", "en"]), help="The brand's, if not given.")
@brand_option
@json_option
def show_command(key: str, language: str | None, brand: str, as_json: bool) -> None:
    """One segment: its rule as text and in words."""
    with installation() as app:
        plan = app.plan(brand)
        segment = _named(plan, key)
        said = language or plan.brand.language
        words = lines(say_rule(segment.rule, speech_of(plan, said, said_groups(app.connection(), plan, said))))
    if as_json:
        answer(_told(segment) | {"words": words})
        return
    console.print(f"[bold]{key}[/] {escape(segment.name.in_language(said))} · version {segment.version}")
    _print([to_text(segment.rule), *words])


def _named(plan: Plan, key: str) -> Segment:
    try:
        return named(plan, key)
    except NoSegment as error:
        raise Refused(str(error)) from error


def _print(said: list[str]) -> None:
    for line in said:
        console.print(line, markup=False, highlight=False, soft_wrap=True)


@segments.command("save")
@click.argument("key")
@click.argument("rule")
@click.option("--he", help="Its name in Hebrew.")
@click.option("--en", help="Its name in English.")
@brand_option
@json_option
def save_command(key: str, rule: str, he: str | None, en: str | None, brand: str, as_json: bool) -> None:
    """Store RULE as a new version of the segment KEY, and settle everyone under it."""
    with installation() as app:
        plan = app.plan(brand)
        now = app.now(plan.brand.id)
        try:
            segment = save(app.connection(), plan, key, read_rule(plan, rule), now, "cli", he=he, en=en)
        except RuleError as error:
            raise Refused(str(error)) from error
        plan = _settle(app, brand, now)
        members = next(one.members for one in listed(app.connection(), plan) if one.segment.key == segment.key)
    if as_json:
        answer(_told(segment) | {"members": members})
    else:
        console.print(f"[bold]{key}[/] version {segment.version}: {members:,} are in it.")


def _settle(app: App, brand: str, now: Instant) -> Plan:
    """Everyone under the definitions as they now stand."""
    plan = app.plan(brand)
    with Progress(console=errors, transient=True) as progress:
        task = progress.add_task("settling", total=customers.count(app.connection(), plan.brand.id))
        replan(app.connection(), plan, now, lambda done: progress.update(task, advance=done))
    return plan


@segments.command("remove")
@click.argument("key")
@brand_option
@json_option
def remove_command(key: str, brand: str, as_json: bool) -> None:
    """Retire the segment KEY; whoever is in it leaves. Its versions are kept."""
    with installation() as app:
        plan = app.plan(brand)
        now = app.now(plan.brand.id)
        try:
            gone = remove(app.connection(), plan, key, now, "cli")
        except (NoSegment, SegmentInUse) as error:
            raise Refused(str(error)) from error
        _settle(app, brand, now)
    if as_json:
        answer({"key": gone.key, "version": gone.version, "status": "retired"})
    else:
        console.print(f"{gone.key} version {gone.version} is retired.")


@segments.command("explain")
@click.argument("customer")
@click.argument("key", required=False)
@click.option("--rule", metavar="RULE", help="A rule that need not be saved.")
@click.option("--language", type=click.Choice(["he", "en"]), help="The brand's, if not given.")
@brand_option
@json_option
def explain_command(
    customer: str, key: str | None, rule: str | None, language: str | None, brand: str, as_json: bool
) -> None:
    """What CUSTOMER answers to a segment's rule, part by part, and until when; without KEY and --rule, to every one."""
    with installation() as app:
        plan = app.plan(brand)
        said = language or plan.brand.language
        asked = _asked(plan, key, rule)
        try:
            who = find(app.connection(), plan, customer)
        except NotFound as error:
            raise Refused(str(error)) from error
        now = app.now(plan.brand.id)
        told = explained(app.connection(), plan, who, [one for _, one in asked], now, said)
    pairs = list(zip([name for name, _ in asked], told, strict=True))
    if as_json:
        answer({"customer": str(who), "segments": [{"key": name, **told_explained(one, plan)} for name, one in pairs]})
        return
    for name, one in pairs:
        if name is not None:
            console.print(f"[bold]{escape(name)}[/]", highlight=False)
        _print(lines(one))


def _asked(plan: Plan, key: str | None, rule: str | None) -> list[tuple[str | None, Rule]]:
    if key is not None and rule is not None:
        raise Refused("give the key of a segment or --rule, not both")
    if rule is not None:
        return [(None, read_rule(plan, rule))]
    if key is not None:
        return [(key, _named(plan, key).rule)]
    if not plan.segments:
        raise Refused("there are no segments yet; save one with: ritorno segments save KEY RULE")
    return [(str(one), plan.rules[SegmentKey(one)]) for one in sorted(plan.rules)]


def told_explained(one: Explained, plan: Plan) -> dict[str, Any]:
    """An answer as JSON; `until` null: until something is told."""
    return {
        "words": one.words,
        "answer": one.answer,
        "until": None if one.until == NEVER else say_instant(one.until, plan.tz),
        "said": one.said,
        "parts": [told_explained(part, plan) for part in one.parts],
    }
