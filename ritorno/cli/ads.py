"""`ritorno ads …`: ad audiences, what Meta and Google are told of them, and what they have."""

import re
from pathlib import Path
from typing import Any

import click
import msgspec
from rich.table import Table

from ritorno.cli.app import Refused, answer, brand_option, cli, console, installation, json_option
from ritorno.core.ad_identifiers import Platform
from ritorno.core.instants import Instant, say_instant
from ritorno.core.plan import Plan
from ritorno.core.words.ads import blocked_note, lag, renamed_note, size_note
from ritorno.store import audience_batches, workers
from ritorno.store.audience_told import Found
from ritorno.work.audiences import Overview, There, overview
from ritorno.work.reconcile_audiences import compare, look_at_everyone
from ritorno.work.rehearse_audiences import Rehearsed, rehearse
from ritorno.work.sync_audiences import sync

PLATFORMS = click.Choice([each.value for each in Platform])


@cli.group("ads")
def ads_group() -> None:
    """Ad audiences: who is left out of ads or meant by them, at Meta and Google."""


@ads_group.command("list")
@brand_option
@json_option
def list_command(brand: str, as_json: bool) -> None:
    """Every ad audience: its size, what waits, how far the platforms are behind, what is wrong."""
    with installation() as app:
        plan = app.plan(brand)
        found = overview(app.connection(), plan)
    if as_json:
        answer({"audiences": [_told(each, plan) for each in found]})
        return
    table = Table("ad audience", "known as", "use", "members", "platform", "there", "waiting", "state")
    for each in found:
        for index, there in enumerate(each.there):
            first = (f"{each.name}\n{each.key}", each.outward.name, each.use, str(each.members))
            state = "\n".join(_state(each, there, plan))
            cells = first if index == 0 else ("", "", "", "")
            table.add_row(
                *cells, there.platform.value, str(there.size.members), str(there.queued + there.size.waiting), state
            )
    console.print(table)


def _state(each: Overview, there: There, plan: Plan) -> list[str]:
    language = plan.brand.language
    if each.blocked is not None:
        return [blocked_note(each.blocked, language)]
    said = [lag(there.size.sent_at, there.platform, language, plan.tz)]
    said.append(size_note(there.size.members, there.platform, language))
    said.append(renamed_note(each.outward.name, language) if each.outward.is_renamed else "")
    return [one for one in said if one]


def _told(each: Overview, plan: Plan) -> dict[str, Any]:
    return {
        "key": each.key,
        "name": each.name,
        "known_as": each.outward.name,
        "use": each.use,
        "members": each.members,
        "defined": each.is_defined,
        "blocked": None if each.blocked is None else each.blocked.about or "sensitive products",
        "platforms": [
            {
                "platform": there.platform.value,
                "members": there.size.members,
                "identifiers": there.size.identifiers,
                "queued": there.queued,
                "batches_waiting": there.size.waiting,
                "sent_at": _said(there.size.sent_at, plan),
                "state": _state(each, there, plan),
                "reconciled": None if there.found is None else _found(there.found, plan),
            }
            for there in each.there
        ],
    }


def _said(instant: Instant | None, plan: Plan) -> str | None:
    return None if instant is None else say_instant(instant, plan.tz)


def _found(found: Found, plan: Plan) -> dict[str, Any]:
    drift = None if found.missing is None else found.missing + (found.extra or 0)
    return {
        "audience": found.audience, "platform": found.platform.value, "at": _said(found.at, plan), "told": found.told,
        "missing": found.missing, "extra": found.extra, "drift": drift,
    }  # fmt: skip


@ads_group.command("sync")
@click.argument("platform", required=False, type=PLATFORMS)
@click.option("--dry", is_flag=True, help="Write what would be told to files; tell nobody, change nothing.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="The folder of those files "
              "(RITORNO_HOME/ads).")  # fmt: skip
@brand_option
@json_option
def sync_command(platform: str | None, dry: bool, out: Path | None, brand: str, as_json: bool) -> None:
    """Tell the platforms now what is due (the worker does it by itself)."""
    with installation() as app:
        plan = app.plan(brand)
        now = app.now(plan.brand.id)
        chosen = {each: one for each, one in app.ad_platforms().items() if platform is None or each.value == platform}
        if dry:
            found = rehearse(app.connection(), plan, chosen, now)
            files = _write(found, out or app.settings.home / "ads")
        else:
            if plan.stopped:
                raise Refused("the brand is stopped; let it go on with: ritorno resume")
            worker = workers.new_worker(app.connection())
            last = audience_batches.latest_id(app.connection(), plan.brand.id)
            while sync(app.connection(), plan, chosen, now, worker):
                pass
            batches = [one for one in audience_batches.log(app.connection(), plan.brand.id) if one.id > last]
    if dry:
        _show_dry(found, files, as_json=as_json)
    else:
        _show_log(batches, plan, as_json=as_json)


def _write(found: list[Rehearsed], folder: Path) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for nth, each in enumerate(found, 1):
        safe = re.sub(r"[^A-Za-z0-9-]", "_", each.name)
        for call_nth, call in enumerate(each.calls, 1):
            path = folder / f"{nth:03}-{each.platform.value}-{safe}-{each.action}-{call_nth}.json"
            path.write_bytes(msgspec.json.format(msgspec.json.encode(call), indent=1) + b"\n")
            files.append(path)
    return files


def _show_dry(found: list[Rehearsed], files: list[Path], *, as_json: bool) -> None:
    if as_json:
        told = [
            {"platform": each.platform.value, "audience": each.audience, "known_as": each.name, "action": each.action,
             "members": each.members, "identifiers": each.identifiers, "calls": len(each.calls)}
            for each in found
        ]  # fmt: skip
        answer({"dry": True, "batches": told, "files": [str(path) for path in files]})
        return
    for each in found:
        console.print(
            f"{each.platform.value} {each.name}: {each.action} {each.members} ({each.audience})", markup=False
        )
    console.print(f"{len(files)} file(s)" + (f" in {files[0].parent}" if files else ""), highlight=False, markup=False)


@ads_group.command("log")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 1000), help="The latest so many.")
@brand_option
@json_option
def log_command(limit: int, brand: str, as_json: bool) -> None:
    """The latest batches, with what the platforms answered."""
    with installation() as app:
        plan = app.plan(brand)
        batches = audience_batches.log(app.connection(), plan.brand.id, limit)
    _show_log(batches, plan, as_json=as_json)


def _show_log(batches: list[audience_batches.Batch], plan: Plan, *, as_json: bool) -> None:
    if as_json:
        told = [
            {"id": one.id, "platform": one.platform.value, "audience": one.audience, "action": one.action,
             "members": one.members, "identifiers": one.identifiers, "state": one.state,
             "queued_at": _said(one.queued_at, plan), "sent_at": _said(one.sent_at, plan), "tries": one.tries,
             "receipt": one.receipt, "error": one.error}
            for one in batches
        ]  # fmt: skip
        answer({"batches": told})
        return
    table = Table("batch", "platform", "ad audience", "action", "members", "state", "tries")
    for one in batches:
        state = lag(one.sent_at, one.platform, plan.brand.language, plan.tz) if one.state == "done" else one.state
        said = "\n".join(filter(None, (state, one.error)))
        table.add_row(str(one.id), one.platform.value, one.audience, one.action, str(one.members), said, str(one.tries))
    console.print(table)


@ads_group.command("reconcile")
@brand_option
@json_option
def reconcile_command(brand: str, as_json: bool) -> None:
    """Look at everyone again, tell what was missed, compare with what the platforms have (every night by itself)."""
    with installation() as app:
        plan = app.plan(brand)
        if plan.stopped:
            raise Refused("the brand is stopped; let it go on with: ritorno resume")
        connection, platforms, now = app.connection(), app.ad_platforms(), app.now(plan.brand.id)
        worker = workers.new_worker(connection)
        look_at_everyone(connection, plan, now)
        while sync(connection, plan, platforms, now, worker):
            pass
        found = compare(connection, plan, platforms, now, since=Instant(now + 1))
        while sync(connection, plan, platforms, now, worker):
            pass
    if as_json:
        told = [_found(each, plan) for each in found]
        answer({"drift": sum(one["drift"] or 0 for one in told), "compared": told})
        return
    for each in found:
        drift = "sizes only" if each.missing is None else f"{each.missing} missing, {each.extra} too many"
        console.print(f"{each.platform.value} {each.audience}: {drift}", highlight=False, markup=False)
    if not found:
        console.print("nothing was compared: no platform has an ad audience yet, or something is still to be told")
