"""`ritorno playbook check|save|export|diff`: playbooks as files, in git and back."""

import difflib
import json
import re
from pathlib import Path
from typing import Any

import click
import msgspec
import yaml

from ritorno.cli.app import Refused, answer, brand_option, console, installation, json_option
from ritorno.cli.playbooks import playbook
from ritorno.core.journeys.journey import Playbook
from ritorno.core.journeys.parameters import PlaybookError
from ritorno.core.journeys.told import told
from ritorno.core.plan import Plan
from ritorno.work.activate import NoPlaybook, current, save_draft
from ritorno.work.playbook_file import read_playbook
from ritorno.work.ready import out_of_reach

_VERSION = re.compile(r"(?P<key>.+?)(?:@(?P<version>\d+))?")


def as_yaml(one: Playbook) -> str:
    return yaml.safe_dump(told(one), allow_unicode=True, sort_keys=False, width=110)


@playbook.command("check")
@click.argument("file", type=click.Path(path_type=Path))
@brand_option
@json_option
def check_command(file: Path, brand: str, as_json: bool) -> None:
    """What would go wrong with the playbook in FILE: dead ends, loops without a wait, texts that may not leave."""
    with installation() as app:
        plan = app.plan(brand)
        warned: list[str] = []
        try:
            one, found = read_playbook(file, plan), []
            warned = out_of_reach(app.connection(), plan, one, app.now(plan.brand.id))
        except PlaybookError as error:
            one, found = None, error.problems
    if as_json:
        answer({"file": str(file), "playbook": one.key if one else None, "problems": found, "warnings": warned})
    if one is None:
        raise Refused(f"{file}: " + "; ".join(found))
    if not as_json:
        console.print(f"{file}: {one.key} can run. It has {len(one.program)} steps.")
        for each in warned:
            console.print(f"warning: {each}", highlight=False, markup=False)


@playbook.command("save")
@click.argument("file", type=click.Path(path_type=Path))
@brand_option
@json_option
def save_command(file: Path, brand: str, as_json: bool) -> None:
    """Keep the playbook in FILE as a new version, a draft until it is activated. Those in an older one keep theirs."""
    with installation() as app:
        plan = app.plan(brand)
        try:
            one = save_draft(app.connection(), plan, read_playbook(file, plan), app.now(plan.brand.id), "cli")
        except PlaybookError as error:
            raise Refused("; ".join(error.problems)) from error
    if as_json:
        answer({"playbook": one.key, "version": one.version, "status": "draft"})
    else:
        console.print(f"{one.key} version {one.version} is saved. Activate it: ritorno playbook activate {one.key}")


@playbook.command("export")
@click.argument("key", metavar="KEY[@VERSION]")
@click.option("--format", "form", type=click.Choice(["yaml", "json"]), default="yaml", show_default=True)
@brand_option
def export_command(key: str, form: str, brand: str) -> None:
    """KEY as a file that `playbook save` takes back."""
    with installation() as app:
        one = _named(app, app.plan(brand), key)
    text = as_yaml(one) if form == "yaml" else json.dumps(told(one), ensure_ascii=False, indent=2) + "\n"
    click.echo(text, nl=False)


@playbook.command("diff")
@click.argument("old", metavar="KEY[@VERSION]")
@click.argument("new", metavar="KEY[@VERSION]")
@brand_option
@json_option
def diff_command(old: str, new: str, brand: str, as_json: bool) -> None:
    """What differs between two versions, line by line."""
    with installation() as app:
        plan = app.plan(brand)
        before, after = (_named(app, plan, each) for each in (old, new))
    was, becomes = (f"{each.key}@{each.version}" for each in (before, after))
    left, right = (as_yaml(msgspec.structs.replace(each, version=0)).splitlines() for each in (before, after))
    lines = list(difflib.unified_diff(left, right, was, becomes, lineterm=""))
    if as_json:
        answer({"diff": lines})
        return
    for line in lines or ["They are the same."]:
        console.print(line, markup=False, highlight=False)


def _named(app: Any, plan: Plan, key: str) -> Playbook:
    found = _VERSION.fullmatch(key)
    version = int(found["version"]) if found and found["version"] else None
    try:
        return current(app.connection(), plan, found["key"] if found else key, version)[0]
    except NoPlaybook as error:
        raise Refused(str(error)) from error
