"""`ritorno lake`: the columnar copy of everyone that the worker keeps, for questions about everyone."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from ritorno.cli.app import Refused, answer, brand_option, cli, console, installation, json_option
from ritorno.core.instants import say_instant
from ritorno.core.plan import Plan
from ritorno.store import changed, customers
from ritorno.whole.lake import Lake
from ritorno.whole.manifest import Manifest, ManifestMoved, NoLake
from ritorno.wiring import App
from ritorno.work.keep_lake import Kept, keep_lake, merge_lake, rebuild

_PAUSE = 0.2


@contextmanager
def _open() -> Iterator[App]:
    """The installation; a lake that cannot be used is said in a sentence."""
    with installation() as app:
        try:
            yield app
        except (NoLake, ManifestMoved) as error:
            raise Refused(str(error)) from error
        except OSError as error:
            raise Refused(f"the lake at {app.settings.lake} cannot be used: {error}; see RITORNO_LAKE") from error


@cli.group("lake")
def lake_group() -> None:
    """The columnar copy of everyone, for questions about everyone. The worker keeps it."""


@lake_group.command("status")
@brand_option
@json_option
def lake_status(brand: str, as_json: bool) -> None:
    """What stands, as of when, and how much waits to be taken in."""
    with _open() as app:
        plan = app.plan(brand)
        told = _told(app, plan, _manifest(app, plan))
    if as_json:
        answer(told)
        return
    console.print(f"{told['folder']}: {told['state']}")
    if told["as_of"]:
        console.print(
            f"as of {told['as_of']} · {told['customers']:,} customers · {told['parts']} parts, of them "
            f"{told['deltas']} of changes · {told['megabytes']:,.1f} MB · {told['waiting']:,} changes wait"
        )


@lake_group.command("build")
@brand_option
@json_option
def lake_build(brand: str, as_json: bool) -> None:
    """Build it anew from everyone's documents, beside what stands. Interrupted, it goes on by itself."""
    with _open() as app:
        plan = app.plan(brand)
        app.session.run(lambda connection: rebuild(connection, app.settings.lake, plan, app.now(plan.brand.id)))
        everyone = customers.count(app.connection(), plan.brand.id)
        while (manifest := _manifest(app, plan)) is None or manifest.building is not None:
            kept = app.session.run(lambda connection: _turn(app, connection, plan))
            if not kept.was_free:
                time.sleep(_PAUSE)  # the worker is at it
            elif not as_json:
                console.print(f"{kept.built:,} more of {everyone:,} customers")
        told = _told(app, plan, manifest)
    if as_json:
        answer(told)
    else:
        console.print(f"{told['folder']}: {told['customers']:,} customers, {told['megabytes']:,.1f} MB")


@lake_group.command("compact")
@brand_option
@json_option
def lake_compact(brand: str, as_json: bool) -> None:
    """Merge the parts of changes into the base, however few they are."""
    with _open() as app:
        plan = app.plan(brand)
        manifest, steps = _manifest(app, plan), 0
        if manifest is None or not manifest.stands:
            raise Refused("the lake has not been built yet; the worker builds it, or: ritorno lake build")
        while app.session.run(lambda connection: _merge(app, connection, plan)):
            steps += 1
        told = _told(app, plan, _manifest(app, plan)) | {"steps": steps}
    if as_json:
        answer(told)
    else:
        console.print(f"{told['folder']}: {told['parts']} parts, {told['megabytes']:,.1f} MB")


def _turn(app: App, connection: psycopg.Connection, plan: Plan) -> Kept:
    return keep_lake(connection, app.settings.lake, plan, app.now(plan.brand.id), app.clock.now())


def _merge(app: App, connection: psycopg.Connection, plan: Plan) -> bool:
    return merge_lake(connection, app.settings.lake, plan, app.now(plan.brand.id), app.clock.now())


def _manifest(app: App, plan: Plan) -> Manifest | None:
    """What stands; None where nothing does that can be read."""
    lake = Lake(app.settings.lake, plan.brand.id)
    try:
        return lake.manifest()
    except NoLake:
        return None


def _told(app: App, plan: Plan, manifest: Manifest | None) -> dict[str, Any]:
    """`customers` counts those of the base: deltas speak of some of them again."""
    standing = manifest if manifest and manifest.stands else None
    parts = standing.base + standing.deltas if standing else ()
    return {
        "folder": app.settings.lake,
        "state": "not built yet" if standing is None else "stands" if standing.building is None else "being built anew",
        "as_of": say_instant(standing.as_of, plan.tz) if standing else None,
        "waiting": changed.waiting(app.connection(), plan.brand.id),
        "customers": sum(part.customers for part in standing.base) if standing else 0,
        "parts": len(parts),
        "deltas": len(standing.deltas) if standing else 0,
        "merging": standing is not None and standing.merging is not None,
        "megabytes": round(sum(part.bytes for part in parts) / 1e6, 1),
        "changes": standing.changes if standing else 0,
    }
